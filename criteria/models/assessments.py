"""How a unit stands: an assessment, its revisions, and what each says of the conditions."""

import hashlib
import json
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from communes.models import Role, Unit, UnitVersion
from criteria.models.law import Checklist, Condition, Indicator
from criteria.models.periods import Examiner, ReportingPeriod
from criteria.outlooks import QUARTERS, Outlook, outlook_in
from criteria.verdicts import ALL_COLUMNS, Numbers, Verdict, numbers_in


class State(models.TextChoices):
    DRAFT = "draft", "Đang nhập"
    SUBMITTED = "submitted", "Đã gửi, chờ thẩm tra"
    EXAMINED = "examined", "Đã thẩm tra, chờ xác nhận"
    RETURNED = "returned", "Trả lại để bổ sung"
    CONFIRMED = "confirmed", "Đã xác nhận"
    REPLACED = "replaced", "Đã thay bằng lần điều chỉnh sau"


EDITABLE = (State.DRAFT, State.RETURNED)
PENDING = (State.SUBMITTED, State.EXAMINED)
IN_WORK = (*EDITABLE, *PENDING)


# What `Revision.attachments` and its hash read, for `prefetch_related`.
EVIDENCE_OF_A_REVISION = "assessment__unit__attachments__evidence__conditions"


def places_of(prefix: str = "") -> Any:
    """Return the versions under which the row's unit lives on the last day of its period: whose scope it is."""
    return UnitVersion.objects.as_of(OuterRef(f"{prefix}period__ends_on")).filter(unit=OuterRef(f"{prefix}unit"))


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: Any) -> "AssessmentQuerySet":
        return self if user.sees_everything else self.filter(Exists(places_of().visible_to(user)))


class Assessment(models.Model):
    """Đánh giá: one unit × one indicator × one period; what is said of it stands in its revisions."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments", verbose_name="đơn vị")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="assessments", verbose_name="chỉ tiêu")
    period = models.ForeignKey(ReportingPeriod, models.PROTECT, related_name="assessments", verbose_name="kỳ báo cáo")

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "đánh giá"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "indicator", "period"),
                name="one_assessment_of_a_unit_indicator_and_period",
                violation_error_message="Đơn vị đã có đánh giá chỉ tiêu này trong kỳ; mở đánh giá đã có.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit} · {self.indicator} · {self.period}"

    def get_absolute_url(self) -> str:
        return reverse("assessment", args=[self.period.key, self.indicator.code, self.unit_id])


def waits_for(user: Any) -> Q:
    """Return the condition "this person's decision is next" on revisions of his scope."""
    # Who examines is asked first: the table is small, and where nobody does the database need not look up the place.
    examined_here = Exists(Examiner.objects.as_of(OuterRef("assessment__period__ends_on"))) & Exists(
        places_of("assessment__").with_a_district()
    )
    if user.role == Role.DISTRICT:
        return Q(examined_here, state=State.SUBMITTED)
    if user.role == Role.PROVINCE:
        return Q(state=State.EXAMINED) | Q(~examined_here, state=State.SUBMITTED)
    return Q(pk__in=())


class RevisionQuerySet(models.QuerySet["Revision"]):
    def visible_to(self, user: Any) -> "RevisionQuerySet":
        if user.sees_everything:
            return self
        return self.filter(Exists(places_of("assessment__").visible_to(user)))

    def official(self) -> "RevisionQuerySet":
        return self.filter(state=State.CONFIRMED)

    def in_work(self) -> "RevisionQuerySet":
        return self.filter(state__in=IN_WORK)

    def pending(self) -> "RevisionQuerySet":
        return self.filter(state__in=PENDING)

    def waiting_for(self, user: Any) -> "RevisionQuerySet":
        """Return what this person's decision is next on: the queue of the district, or of the province."""
        return self.filter(state__in=PENDING).visible_to(user).filter(waits_for(user))


class Revision(models.Model):
    """Lần đánh giá: one version of what is said; at most one is official, at most one in work.

    `verdict` follows from the condition results (`criteria.verdicts`), except where an old list gave a bare verdict.
    `letter_*` name the letter by which the province entered on behalf of the unit (nhập thay đơn vị).
    `expected_*` and `measure`: by when a unit that is not met expects to be, and how (dự kiến đạt).
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="revisions", verbose_name="đánh giá")
    number = models.PositiveSmallIntegerField("lần", default=1)
    state = models.CharField("trạng thái", max_length=10, choices=State.choices, default=State.DRAFT)
    checklist = models.ForeignKey(Checklist, models.PROTECT, related_name="revisions", verbose_name="hướng dẫn")
    verdict = models.CharField("kết quả", max_length=14, choices=Verdict.choices, blank=True, default="")
    is_bare = models.BooleanField("không có nội dung", default=False)
    letter_number = models.CharField("số công văn", max_length=60, blank=True, default="")
    letter_on = models.DateField("ngày công văn", null=True, blank=True)
    expected_year = models.PositiveSmallIntegerField("năm dự kiến đạt", null=True, blank=True)
    expected_quarter = models.PositiveSmallIntegerField("quý dự kiến đạt", null=True, blank=True)
    measure = models.CharField("biện pháp", max_length=100, blank=True, default="")
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="submitted_revisions",
        null=True,
        blank=True,
        verbose_name="người gửi",
    )
    submitted_at = models.DateTimeField("gửi lúc", null=True, blank=True)
    is_sample = models.BooleanField("số liệu minh họa", default=False)
    created_at = models.DateTimeField("lập lúc", auto_now_add=True)
    updated_at = models.DateTimeField("sửa lúc", auto_now=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "lần đánh giá"
        ordering = ("assessment_id", "number")
        indexes = (
            models.Index(fields=("state", "submitted_at"), name="revision_queue"),
            # Every page asks whether there is sample data; without any it would walk all revisions to find none.
            models.Index(fields=("id",), condition=Q(is_sample=True), name="sample_revision"),
        )
        constraints = (
            models.UniqueConstraint(fields=("assessment", "number"), name="one_revision_of_a_number"),
            models.UniqueConstraint(
                fields=("assessment",), condition=Q(state=State.CONFIRMED), name="one_official_revision"
            ),
            models.UniqueConstraint(
                fields=("assessment",), condition=Q(state__in=IN_WORK), name="one_revision_in_work"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="revision_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(verdict__in=("", Verdict.MET, Verdict.NOT_MET)),
                name="revision_is_met_not_met_or_undecided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EDITABLE) | ~Q(verdict=""),
                name="only_a_decided_verdict_leaves_the_desk",
            ),
            models.CheckConstraint(
                condition=Q(submitted_by__isnull=True, submitted_at__isnull=True)
                | Q(submitted_by__isnull=False, submitted_at__isnull=False),
                name="submitted_by_and_at_go_together",
            ),
            models.CheckConstraint(
                condition=Q(state__in=EDITABLE) | Q(submitted_at__isnull=False),
                name="what_left_the_desk_was_submitted",
            ),
            models.CheckConstraint(
                condition=Q(letter_number="", letter_on__isnull=True)
                | (~Q(letter_number="") & Q(letter_on__isnull=False)),
                name="letter_has_number_and_date",
            ),
            models.CheckConstraint(
                condition=Q(verdict=Verdict.NOT_MET)
                | Q(expected_year__isnull=True, expected_quarter__isnull=True, measure=""),
                name="only_what_is_not_met_is_expected_later",
            ),
            models.CheckConstraint(
                condition=Q(expected_year__isnull=True, expected_quarter__isnull=True)
                | Q(
                    expected_year__isnull=False,
                    expected_quarter__isnull=False,
                    expected_quarter__gte=1,
                    expected_quarter__lte=QUARTERS,
                ),
                name="expected_is_a_quarter_of_a_year",
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment} · lần {self.number}"

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def outlook(self) -> Outlook:
        return outlook_in(self.expected_year, self.expected_quarter, self.measure)

    @property
    def is_overdue(self) -> bool:
        """Whether the quarter by which it expected to be met has passed."""
        return self.outlook.is_overdue(timezone.localdate())

    def attachments(self) -> list[Any]:
        """Return the evidence as this revision has it: what stands now, or stood when it was sent.

        No query where `EVIDENCE_OF_A_REVISION` was fetched.
        """
        moment = None if self.is_editable else self.submitted_at
        subject = (self.assessment.period_id, self.assessment.indicator_id)
        return [
            attachment
            for attachment in self.assessment.unit.attachments.all()
            if (attachment.evidence.period_id, attachment.evidence.indicator_id) == subject
            and attachment.held_at(moment)
        ]

    def content_hash(self) -> str:
        """Return the SHA-256 of what a decision decides on: whose, what, when, by which checklist, each result.

        Numbers, evidence and what is expected count where there are any, so that a decision made without them keeps its
        mark.
        """
        results = sorted((r.condition.number, r.verdict, r.reason) for r in self.results.all())
        content: dict[str, Any] = {
            "unit": self.assessment.unit.key,
            "indicator": self.assessment.indicator.code,
            "period": self.assessment.period.key,
            "checklist": [self.checklist.number, self.checklist.applies_from.isoformat()],
            "verdict": self.verdict,
            "results": results,
        }
        numbers = sorted((r.condition.number, r.numbers) for r in self.results.all() if r.numbers)
        if numbers:
            content["numbers"] = numbers
        if self.outlook:
            content["expected"] = self.outlook.content
        evidence = sorted(attachment.evidence.content for attachment in self.attachments())
        if evidence:
            content["evidence"] = evidence
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class ConditionResult(models.Model):
    """Kết quả nội dung: what a revision says of one condition; a condition without a row is not judged.

    The numbers are those of the condition's kind, or none: then "Đạt" or "Chưa đạt" was given as such. Where there are
    numbers, the verdict is the one that follows from them (`criteria.verdicts`).
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="results", verbose_name="lần đánh giá")
    condition = models.ForeignKey(Condition, models.PROTECT, related_name="results", verbose_name="nội dung")
    verdict = models.CharField("kết quả", max_length=14, choices=Verdict.choices)
    reason = models.CharField("lý do không áp dụng", max_length=200, blank=True, default="")
    count = models.PositiveIntegerField("số lượng", null=True, blank=True)
    numerator = models.PositiveIntegerField("tử số", null=True, blank=True)
    denominator = models.PositiveIntegerField("mẫu số", null=True, blank=True)
    this_period = models.PositiveIntegerField("kỳ này", null=True, blank=True)
    year_before = models.PositiveIntegerField("năm trước", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "kết quả nội dung"
        ordering = ("condition__number",)
        constraints = (
            models.UniqueConstraint(fields=("revision", "condition"), name="one_result_of_a_condition"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="result_has_a_known_verdict"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.NOT_APPLICABLE) | ~Q(reason=""),
                name="not_applicable_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.NOT_APPLICABLE) | Q(**{f"{name}__isnull": True for name in ALL_COLUMNS}),
                name="not_applicable_has_no_numbers",
            ),
            models.CheckConstraint(
                condition=Q(numerator__isnull=True, denominator__isnull=True)
                | Q(
                    numerator__isnull=False,
                    denominator__gt=0,
                    denominator__isnull=False,
                    numerator__lte=F("denominator"),
                ),
                name="ratio_is_a_part_of_a_whole",
            ),
            models.CheckConstraint(
                condition=Q(this_period__isnull=True, year_before__isnull=True)
                | Q(this_period__isnull=False, year_before__isnull=False),
                name="this_period_and_year_before_go_together",
            ),
            models.CheckConstraint(
                condition=Q(count__isnull=True, numerator__isnull=True)
                | Q(count__isnull=True, this_period__isnull=True)
                | Q(numerator__isnull=True, this_period__isnull=True),
                name="result_has_numbers_of_one_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.condition}: {self.get_verdict_display()}"

    @property
    def numbers(self) -> Numbers:
        return numbers_in(tuple(getattr(self, name) for name in ALL_COLUMNS))

    @property
    def told(self) -> str:
        """ "45/60 = 75,00%"; "" where the verdict was given as such."""
        return self.condition.rule.told(self.numbers)


class Door(models.TextChoices):
    """Where a value came in."""

    FORM = "form", "Biểu nhập"
    GRID = "grid", "Bảng nhập"
    UPLOAD = "upload", "Biểu Excel"
    ADMIN = "admin", "Trang quản trị"
    COMMAND = "command", "Lệnh"
    SAMPLE = "sample", "Số liệu minh họa"
    SETTLING = "settling", "Kết quả sau sắp xếp"
    UNDO = "undo", "Hủy lần nộp"
    GUIDANCE = "guidance", "Chuyển sang hướng dẫn mới"


# Where `Entry.changes` keeps what was expected and is now, beside the conditions.
OUTLOOK_CHANGE = "outlook"


class Entry(models.Model):
    """Lần nhập: one saving of a revision by one person through one door; rows are only added.

    `changes` maps a condition's number to [old verdict, new verdict] ("" is not judged), then, where there are numbers,
    to the old and the new ones in words; `OUTLOOK_CHANGE` maps to what was and is expected, in words. Nobody examines
    or confirms a revision in which they have an entry, or whose file they handed in. `before` is what stood before
    an upload wrote, so that it can be undone (`criteria.restoring`); {} where the upload opened the revision.
    """

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="entries", verbose_name="lần đánh giá")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="entries", verbose_name="người nhập")
    at = models.DateTimeField("lúc", default=timezone.now)
    door = models.CharField("nhập qua", max_length=8, choices=Door.choices)
    upload = models.ForeignKey(
        "criteria.Upload",
        models.PROTECT,
        related_name="entries",
        null=True,
        blank=True,
        verbose_name="lần nộp",
    )
    changes = models.JSONField("thay đổi", default=dict)
    before = models.JSONField("trước đó", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "lần nhập"
        ordering = ("at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(door__in=Door.values),
                name="entry_has_a_known_door",
                violation_error_message="Chọn một giá trị có trong danh sách.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.revision_id} · {self.by_id}"
