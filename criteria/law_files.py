"""The law as TOML files ↔ the tables: sets with their indicators and checklists, reporting periods, examiners.

A file describes; it never takes away what the portal uses or what a person entered: rows that stand in no file stay.
"""

import datetime
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import transaction

from communes.models import Kind
from communes.registry.checks import KINDS
from communes.unit_list import BrokenFiles
from criteria.data_files import Fault, Row, Table, doubled_across, read_file
from criteria.data_rows import Changes
from criteria.models import (
    FREE_WHEN_USED,
    Checklist,
    Condition,
    ConditionKind,
    CriteriaSet,
    CriteriaSetVersion,
    Criterion,
    Examiner,
    Indicator,
    IndicatorWording,
    Marker,
    PeriodKind,
    ReportingPeriod,
)
from criteria.verdicts import Rule

FOLDER = Path(__file__).resolve().parent / "data"
SETS_FOLDER, PERIODS, EXAMINERS = "sets", "periods.toml", "examiners.toml"
VERSION_IN_USE = (
    "phiên bản này đã dùng để đánh giá nên không sửa được; lập phiên bản mới: thêm một phiên bản với applies_from khác"
)
PERIOD_KEY = re.compile(r"\d{4}(?:-(?:(H[12])|(Q[1-4])))?")


# --- rules of one table ----------------------------------------------------------------------------------


def confirmed_by_a_person(row: Row) -> Iterator[Fault]:
    if row.values["marker"] == Marker.CONFIRMED:
        yield "marker", "việc đối chiếu do người có tên xác nhận trong trang quản trị, không ghi trong tệp"


def numbered_without_gap(row: Row) -> Iterator[Fault]:
    """Conditions are numbered 1 … n in the order of the file."""
    numbers = [condition.values.get("number") for condition in row.children.get("conditions", [])]
    if not numbers:
        yield "conditions", "hướng dẫn chưa có nội dung nào"
    elif numbers != list(range(1, len(numbers) + 1)) and None not in numbers:
        found = ", ".join(map(str, numbers))
        yield "conditions", f"các nội dung phải đánh số liên tục từ 1 đến {len(numbers)}; tệp ghi: {found}"


def negative_takes_no_words(row: Row) -> Iterator[Fault]:
    if row.values.get("is_negative") and row.values.get("meanings"):
        yield "meanings", "nội dung viết dạng phủ định chỉ nhận “Đạt”, “Chưa đạt”; bỏ khóa này"
    elif row.values.get("meanings") and row.values.get("kind") != ConditionKind.YES_NO:
        yield "meanings", "nội dung có số liệu chỉ nhận số liệu, “Đạt”, “Chưa đạt”; bỏ khóa này"


def values_of_the_kind(row: Row) -> Iterator[Fault]:
    yield from Rule(*(row.values[name] for name in KIND_FIELDS)).misfits()


def known_versions(row: Row) -> Iterator[Fault]:
    """The versions of a set bear different numbers: the wordings name them by number."""
    numbers = [version.values.get("number") for version in row.children.get("versions", [])]
    if not numbers:
        yield "versions", "bộ tiêu chí chưa có phiên bản nào"
    for number in sorted({number for number in numbers if number and numbers.count(number) > 1}):
        yield "versions", f"số văn bản “{number}” có hai phiên bản"


def period_makes_sense(row: Row) -> Iterator[Fault]:
    values = row.values
    if not PERIOD_KEY.fullmatch(values["key"]):
        yield "key", f"“{values['key']}” không phải mã kỳ; mã kỳ có dạng 2024, 2024-H1, 2024-Q3"
    if values["ends_on"] <= values["starts_on"]:
        yield "ends_on", "phải sau starts_on"
    if values["due_on"] < values["starts_on"]:
        yield "due_on", "không được trước starts_on"
    opens, closes, corrections = values["opens_on"], values["closes_on"], values["corrections_close_on"]
    if opens and opens > values["due_on"]:
        yield "opens_on", "không được sau due_on"
    if closes and closes < values["due_on"]:
        yield "closes_on", "không được trước due_on"
    if corrections and (closes is None or corrections < closes):
        yield "corrections_close_on", "đi cùng closes_on và không được trước closes_on"


def examiner_makes_sense(row: Row) -> Iterator[Fault]:
    ends_on = row.values.get("ends_on")
    if ends_on and ends_on < row.values["starts_on"]:
        yield "ends_on", "không được trước starts_on"


# --- the tables of the files -----------------------------------------------------------------------------

# How a condition is judged: the fields of its `Rule`, in their order.
KIND_FIELDS = ("kind", "limit", "threshold", "comparison", "noun")
CONDITIONS = Table(
    Condition,
    (
        "number",
        "wording",
        "marker",
        "source",
        *KIND_FIELDS,
        "is_negative",
        "is_sensitive",
        "asks_for_evidence",
        "evidence_asked",
        "meanings",
        "model_kinds",
    ),
    rules=(confirmed_by_a_person, negative_takes_no_words, values_of_the_kind),
)
CHECKLISTS = Table(
    Checklist,
    ("number", "issuer", "signed_on", "applies_from", "applies_to", "source"),
    children={"conditions": CONDITIONS},
    closing_rules=(numbered_without_gap,),
)
WORDINGS = Table(
    IndicatorWording, ("text", "marker", "source"), references=("version",), rules=(confirmed_by_a_person,)
)
INDICATORS = Table(
    Indicator,
    ("code", "number", "name", "sheet_title", "unit_noun", "kinds", "needs_registration", "position"),
    children={"wordings": WORDINGS, "checklists": CHECKLISTS},
)
CRITERIA = Table(Criterion, ("number", "name"), children={"indicators": INDICATORS})
VERSIONS = Table(
    CriteriaSetVersion,
    ("number", "issuer", "signed_on", "applies_from", "applies_to", "marker", "source"),
    rules=(confirmed_by_a_person,),
)
SETS = Table(
    CriteriaSet,
    ("code", "name", "level", "standard", "position"),
    children={"versions": VERSIONS, "criteria": CRITERIA},
    closing_rules=(known_versions,),
)
PERIOD_ROWS = Table(
    ReportingPeriod,
    (
        "key",
        "label",
        "starts_on",
        "ends_on",
        "opens_on",
        "due_on",
        "closes_on",
        "corrections_close_on",
        "takes_bare_verdicts",
        "needs_signed_copy",
    ),
    rules=(period_makes_sense,),
)
EXAMINER_ROWS = Table(
    Examiner,
    ("name", "starts_on", "ends_on", "marker", "source"),
    rules=(confirmed_by_a_person, examiner_makes_sense),
)


# --- reading ---------------------------------------------------------------------------------------------


class LawFiles:
    """What the files of a folder say: every set, the periods, the examiners, and all that is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        sets = sorted((folder / SETS_FOLDER).glob("*.toml"))
        if not sets:
            self.problems.append(f"{folder / SETS_FOLDER}: không có tệp bộ tiêu chí (*.toml) nào")
        self.sets = [self.read(path, SETS) for path in sets]
        periods = self.read(folder / PERIODS, Table(children={"periods": PERIOD_ROWS}))
        examiners = self.read(folder / EXAMINERS, Table(children={"examiners": EXAMINER_ROWS}))
        self.periods = periods.children.get("periods", [])
        self.examiners = examiners.children.get("examiners", [])
        self.check_together()

    def read(self, path: Path, table: Table) -> Row:
        row, problems = read_file(path, table)
        self.problems += problems
        return row

    def indicators(self) -> Iterator[tuple[Row, Row]]:
        """Yield each set with each of its indicators."""
        for criteria_set in self.sets:
            for criterion in criteria_set.children.get("criteria", []):
                yield from ((criteria_set, indicator) for indicator in criterion.children["indicators"])

    def check_together(self) -> None:
        """Note what is wrong between tables: doubled codes, unknown versions, periods and examiners that overlap."""
        indicators = [indicator for _, indicator in self.indicators()]
        self.problems += doubled_across([*self.sets, *indicators, *self.periods])
        for criteria_set, indicator in self.indicators():
            self.problems += kinds_of_another_level(criteria_set, indicator)
            known = [version.values.get("number") for version in criteria_set.children["versions"]]
            for wording in indicator.children["wordings"]:
                version = wording.values.get("version")
                if version and version not in known:
                    self.problems.append(wording.problem("version", f"bộ tiêu chí không có phiên bản “{version}”"))
        self.problems += overlapping(self.periods)
        self.problems += overlapping(self.examiners)


def kinds_of_another_level(criteria_set: Row, indicator: Row) -> Iterator[str]:
    fitting = KINDS.get(criteria_set.values.get("level", ""), tuple(Kind))
    others = [kind for kind in indicator.values.get("kinds", []) if kind not in fitting]
    if others:
        yield indicator.problem(
            "kinds", f"“{', '.join(others)}” không thuộc cấp của bộ tiêu chí; chọn trong: {', '.join(fitting)}"
        )


def kind_of_period(key: str) -> str:
    """Return the kind that a key tells: 2024 is a year, 2024-H1 a half, 2024-Q3 a quarter."""
    found = PERIOD_KEY.fullmatch(key)
    half, quarter = found.groups() if found else (None, None)
    return PeriodKind.HALF if half else PeriodKind.QUARTER if quarter else PeriodKind.YEAR


def overlapping(rows: list[Row]) -> Iterator[str]:
    """Yield the rows that begin before the one before them (of the same kind, for periods) has ended."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if "starts_on" in row.values:
            groups[kind_of_period(row.values["key"]) if "key" in row.values else ""].append(row)
    for group in groups.values():
        group.sort(key=lambda row: row.values["starts_on"])
        for earlier, later in pairwise(group):
            if later.values["starts_on"] <= (earlier.values.get("ends_on") or datetime.date.max):
                name = earlier.values.get("label") or earlier.values.get("name", "")
                yield later.problem("starts_on", f"trùng ngày với “{name}”")


# --- writing ---------------------------------------------------------------------------------------------


def load_law(folder: Path = FOLDER) -> Changes:
    """Bring the tables to the files of the folder, or raise `BrokenFiles` with every error and change nothing."""
    files = LawFiles(folder)
    if files.problems:
        raise BrokenFiles(files.problems)
    with transaction.atomic():
        changes = Changes()
        for row in files.sets:
            write_set(changes, row)
        for row in files.periods:
            write_period(changes, row)
        for row in files.examiners:
            changes.put(row, ("starts_on",))
        if changes.problems:
            raise BrokenFiles(changes.problems)
        name_what_no_file_says(changes, files)
    return changes


def write_set(changes: Changes, row: Row) -> None:
    criteria_set = changes.put(row, ("code",))
    versions, in_use = {}, {}
    for version_row in row.children["versions"]:
        number, day = version_row.values["number"], version_row.values["applies_from"]
        held = CriteriaSetVersion.objects.filter(criteria_set__code=row.values["code"], applies_from=day).first()
        in_use[number] = bool(held and held.is_used)
        frozen = ("number", "signed_on") if in_use[number] else ()
        why: dict[str, Any] = {"frozen": frozen, "frozen_because": VERSION_IN_USE}
        versions[number] = changes.put(version_row, ("applies_from",), criteria_set=criteria_set, **why)
    for criterion_row in row.children["criteria"]:
        criterion = changes.put(criterion_row, ("number",), criteria_set=criteria_set)
        for indicator_row in criterion_row.children["indicators"]:
            more = {"criterion": criterion, "level": criteria_set.level}
            indicator = changes.put(indicator_row, ("code",), more=more)
            for wording in indicator_row.children["wordings"]:
                number = wording.values["version"]
                why = {"frozen": ("text",) if in_use[number] else (), "frozen_because": VERSION_IN_USE}
                changes.put(wording, (), indicator=indicator, version=versions[number], **why)
            for checklist in indicator_row.children["checklists"]:
                write_checklist(changes, checklist, indicator)


def write_checklist(changes: Changes, row: Row, indicator: Indicator) -> None:
    """Write a checklist and its conditions; of one that a revision was made with only the markers may change."""
    applies_from = row.values["applies_from"]
    held = Checklist.objects.filter(indicator=indicator, applies_from=applies_from).first() if indicator.pk else None
    uses = held.revisions.count() if held else 0
    why = (
        f"hướng dẫn này đã dùng cho {uses} lần đánh giá nên không sửa được; lập phiên bản mới: thêm một hướng dẫn "
        "với applies_from khác"
    )
    freeze: dict[str, Any] = {"frozen_because": why} if uses else {}
    frozen: tuple[str, ...] = ("number", "signed_on") if uses else ()
    checklist = changes.put(row, ("applies_from",), indicator=indicator, frozen=frozen, **freeze)
    conditions = row.children["conditions"]
    numbers = [condition.values["number"] for condition in conditions]
    left_out = held.conditions.exclude(number__in=numbers) if held else Condition.objects.none()
    # To ask for numbers where only “Đạt”, “Chưa đạt” were asked changes no answer: both still hold.
    yes_no = Condition.objects.filter(checklist=held, kind=ConditionKind.YES_NO) if held else Condition.objects.none()
    widening = set(yes_no.values_list("number", flat=True))
    known = list(held.conditions.values_list("number", flat=True)) if held else []
    if uses and sorted(known) != sorted(numbers):
        counts = f"phần mềm có {len(known)} nội dung, tệp có {len(numbers)}: "
        changes.problems.append(row.problem("conditions", counts + why))
        return
    for gone in left_out:
        changes.remove(gone)
    frozen = tuple(name for name in CONDITIONS.fields if name not in FREE_WHEN_USED) if uses else ()
    for condition in conditions:
        fixed = frozen if condition.values["number"] not in widening else tuple(set(frozen) - set(KIND_FIELDS))
        changes.put(condition, ("number",), checklist=checklist, frozen=fixed, **freeze)


def write_period(changes: Changes, row: Row) -> None:
    """Write a period; its days no longer move once something was reported for it."""
    held = ReportingPeriod.objects.filter(key=row.values["key"]).first()
    changes.put(
        row,
        ("key",),
        initial=("opens_on", "due_on", "closes_on", "corrections_close_on", "takes_bare_verdicts", "needs_signed_copy"),
        frozen=("starts_on", "ends_on") if held and held.is_used else (),
        frozen_because="kỳ này đã có số liệu báo cáo, không đổi được ngày của số liệu",
        more={"kind": kind_of_period(row.values["key"])},
    )


def name_what_no_file_says(changes: Changes, files: LawFiles) -> None:
    indicators = [indicator.values["code"] for _, indicator in files.indicators()]
    changes.name_left(CriteriaSet.objects.exclude(code__in=[row.values["code"] for row in files.sets]))
    changes.name_left(Indicator.objects.exclude(code__in=indicators))
    for row in files.sets:
        days = [version.values["applies_from"] for version in row.children["versions"]]
        held = CriteriaSetVersion.objects.filter(criteria_set__code=row.values["code"])
        changes.name_left(held.exclude(applies_from__in=days))
    for _, indicator in files.indicators():
        days = [checklist.values["applies_from"] for checklist in indicator.children["checklists"]]
        others = Checklist.objects.filter(indicator__code=indicator.values["code"]).exclude(applies_from__in=days)
        changes.name_left(others.select_related("indicator"))
    changes.name_left(ReportingPeriod.objects.exclude(key__in=[row.values["key"] for row in files.periods]))
    changes.name_left(Examiner.objects.exclude(starts_on__in=[row.values["starts_on"] for row in files.examiners]))
