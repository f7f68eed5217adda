"""The three flows that `benchmarks/import.py` measures; imported after Django is set up in that process."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from import_export.fields import Field
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from communes.models import UnitVersion, User
from criteria.entering import checklists_of
from criteria.models import (
    Assessment,
    ConditionResult,
    Door,
    Entry,
    Indicator,
    ReportingPeriod,
    Review,
    Revision,
    Upload,
    Verdict,
)
from criteria.workbooks.reading import read_workbook
from tests.test_upload_size import filled_workbook, large_district
from tests.workbook_files import table

Steps = dict[str, Callable[[], Any]]
OURS, PLAIN = "bieu.xlsx", "bang.xlsx"


def prepare(communes: int, stock_rows: int, folder: Path, *, person: str) -> None:
    """A fresh database with one district of so many xã, the filled workbook and the same rows as a plain table."""
    call_command("migrate", verbosity=0)
    with open(folder / "load.log", "w") as log:
        call_command("load_criteria", stdout=log)
    place = large_district(communes, first=10_000)
    User.objects.create_user(person, full_name="Đo Lường", role="district", unit=place.unit)
    (folder / OURS).write_bytes(filled_workbook(place))
    units = UnitVersion.objects.filter(unit__level="commune").order_by("code").values_list("code", "name")[:stock_rows]
    header = ["code", "name", "assessment", "verdict", *(f"c{number}" for number in range(1, 9))]
    (folder / PLAIN).write_bytes(table([header, *([code, name, None, None, *["Đạt"] * 8] for code, name in units)]))


def forget() -> None:
    """Empty the tables that a flow writes."""
    for model in (ConditionResult, Entry, Review, Revision, Assessment, Upload):
        model.objects.all().delete()


def ours(folder: Path, period: str, indicator: str, person: str) -> Steps:
    """Through the pages: handing in up to the page of the check; then "Lưu"."""
    client = Client()
    client.force_login(User.objects.get(username=person))
    content = (folder / OURS).read_bytes()

    def preview() -> None:
        file = SimpleUploadedFile(OURS, content)
        page = client.post("/uploads/", {"period": period, "file": file}, follow=True, secure=True)
        assert "Tệp không có lỗi" in page.content.decode()

    def confirm() -> None:
        client.post(reverse("upload_apply", args=[Upload.objects.get().pk]), secure=True)

    return {"preview": preview, "confirm": confirm}


def floor(folder: Path, period: str, indicator: str, person: str) -> Steps:
    """The same reader; then bulk writes of the same rows, nothing matched, checked or asked."""
    content = (folder / OURS).read_bytes()
    asked, when = Indicator.objects.get(code=indicator), ReportingPeriod.objects.get(key=period)
    checklist, conditions = checklists_of([asked], when)[asked.pk]
    units = dict(UnitVersion.objects.filter(unit__level="commune").values_list("code", "unit"))
    by = User.objects.get(username=person)

    def preview() -> None:
        assert read_workbook(content, OURS).sheets

    def confirm() -> None:
        with transaction.atomic():
            assessments = Assessment.objects.bulk_create(
                [Assessment(unit_id=unit, indicator=asked, period=when) for unit in units.values()], batch_size=1000
            )
            revisions = Revision.objects.bulk_create(
                [Revision(assessment=one, checklist=checklist, verdict=Verdict.MET) for one in assessments],
                batch_size=1000,
            )
            results = [
                ConditionResult(revision=one, condition=condition, verdict=Verdict.MET)
                for one in revisions
                for condition in conditions
            ]
            ConditionResult.objects.bulk_create(results, batch_size=5000)
            changes = {str(condition.number): ["", "met"] for condition in conditions}
            entries = [Entry(revision=one, by=by, door=Door.UPLOAD, changes=changes) for one in revisions]
            Entry.objects.bulk_create(entries, batch_size=1000)

    return {"preview": preview, "confirm": confirm}


def stock(folder: Path, period: str, indicator: str, person: str) -> Steps:
    """The flow of django-import-export as its admin runs it: a dry run, then the import; its page is left out."""
    resource = StockResource(
        Indicator.objects.get(code=indicator),
        ReportingPeriod.objects.get(key=period),
        User.objects.get(username=person),
    )
    content = (folder / PLAIN).read_bytes()

    def run(*, dry_run: bool) -> None:
        result = resource.import_data(XLSX().create_dataset(content), dry_run=dry_run, raise_errors=True)
        assert result.totals["new"] == result.total_rows > 0

    return {"preview": lambda: run(dry_run=True), "confirm": lambda: run(dry_run=False)}


class StockResource(ModelResource):
    """One row a commune, saved with its assessment, its eight results and its entry, as the library's guide does it."""

    assessment = Field("assessment", "assessment", ForeignKeyWidget(Assessment))

    class Meta:
        model = Revision
        import_id_fields = ("assessment",)
        fields = ("assessment", "verdict")

    def __init__(self, indicator: Indicator, period: ReportingPeriod, by: User) -> None:
        super().__init__()
        self.indicator, self.period, self.by = indicator, period, by
        self.checklist, self.conditions = checklists_of([indicator], period)[indicator.pk]

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        version = UnitVersion.objects.as_of(self.period.ends_on).get(code=str(row["code"]))
        assessment, _made = Assessment.objects.get_or_create(
            unit_id=version.unit_id, indicator=self.indicator, period=self.period
        )
        row["assessment"] = assessment.pk
        row["verdict"] = Verdict.MET if all(row[f"c{c.number}"] == "Đạt" for c in self.conditions) else Verdict.NOT_MET

    def before_save_instance(self, instance: Revision, row: Any, **kwargs: Any) -> None:
        instance.checklist = self.checklist

    def after_save_instance(self, instance: Revision, row: Any, **kwargs: Any) -> None:
        for condition in self.conditions:
            said = Verdict.MET if row[f"c{condition.number}"] == "Đạt" else Verdict.NOT_MET
            ConditionResult(revision=instance, condition=condition, verdict=said).save()
        changes = {str(condition.number): ["", "met"] for condition in self.conditions}
        Entry(revision=instance, by=self.by, door=Door.UPLOAD, changes=changes).save()
