"""What a file would do, and all that stands in the way: worked out anew each time, nothing is written."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from django.utils import timezone

from communes.models import UnitVersion, User
from criteria import rules
from criteria.entering import Compared, Letter, Line, Status, compare
from criteria.extensions import refusal_of_door
from criteria.models import Condition, Indicator, ReportingPeriod, Verdict
from criteria.uploads.documents import Documents, documents_of
from criteria.uploads.places import Directory, counted, listed, refusal_to_upload
from criteria.uploads.rows import Place, RowRead, rows_of
from criteria.uploads.tables import Fault, Table, answering, tables_of
from criteria.workbooks.reading import Reading
from criteria.workbooks.values import shown


@dataclass(frozen=True, slots=True)
class Change:
    """One condition that moves: its number, the old and the new verdict ("" is not judged), their numbers in words."""

    number: int
    old: str
    new: str
    old_told: str = ""
    new_told: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row that is clear: its unit, and what it says beside what stands.

    `name` is "Ia Băng", for lists of names; `title` "Xã Ia Băng".
    """

    place: Place
    line: int
    unit: UnitVersion
    name: str
    title: str
    conditions: tuple[Condition, ...]
    compared: Compared

    @property
    def indicator(self) -> Indicator:
        return self.compared.line.indicator

    @property
    def not_met(self) -> list[int]:
        """Numbers of the conditions that are not met."""
        said = self.compared.line.verdicts
        return [c.number for c in self.conditions if said.get(c.pk) == Verdict.NOT_MET]

    @property
    def unjudged(self) -> list[int]:
        return [c.number for c in self.conditions if c.pk not in self.compared.line.verdicts]

    @property
    def unjudged_text(self) -> str:
        """ "4, 7": their numbers in a sentence."""
        return ", ".join(map(str, self.unjudged))

    @property
    def conditions_text(self) -> str:
        """ "8/8 đạt"; "chưa đạt: 4; chưa đánh giá: 5, 7"; "không có nội dung"."""
        if self.compared.line.bare:
            return "không có nội dung"
        parts = (("chưa đạt", self.not_met), ("chưa đánh giá", self.unjudged))
        said = [f"{words}: {', '.join(map(str, numbers))}" for words, numbers in parts if numbers]
        return "; ".join(said) or f"{len(self.conditions)}/{len(self.conditions)} đạt"

    @property
    def is_half_judged(self) -> bool:
        """Whether it is decided by one condition while others are left open: allowed, with a warning."""
        return bool(self.compared.verdict and self.unjudged and not self.compared.line.bare)

    @property
    def changes(self) -> list[Change]:
        """The conditions that move, in order."""
        old, new = self.compared.standing, self.compared.line
        return [
            Change(c.number, *said, *(c.rule.told(some.numbers.get(c.pk, ())) for some in (old, new)))
            for c in self.conditions
            for said in [(old.verdicts.get(c.pk, ""), new.verdicts.get(c.pk, ""))]
            if said[0] != said[1] or old.numbers.get(c.pk) != new.numbers.get(c.pk)
        ]


@dataclass(frozen=True, slots=True)
class Asked:
    """One table against the units that it should hold: who is absent, left blank, or in a row with errors."""

    table: Table
    expected: int
    filled: int
    absent: tuple[str, ...]
    blank: tuple[str, ...]
    wrong: tuple[str, ...] = ()

    @property
    def absent_text(self) -> str:
        """ "02 xã (Ia Púch, Ia Mơ)"."""
        return f"{counted(len(self.absent), self.table.indicator.unit_noun)} ({listed(self.absent)})"


@dataclass(slots=True)
class UploadPlan:
    """All that a file says, in one pass. With setup errors nothing else is filled."""

    place: UnitVersion
    period: ReportingPeriod
    setup: list[Fault] = field(default_factory=list)
    errors: list[Fault] = field(default_factory=list)
    planned: list[PlannedRow] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    documents: Documents = field(default_factory=Documents)
    unclear: list[RowRead] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    rows: int = 0
    skipped: int = 0
    rows_with_errors: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.setup and not self.errors

    @property
    def right(self) -> list[PlannedRow]:
        """The rows that may be saved when those with errors are left out; none while the file is not set up right."""
        return [] if self.setup else [row for row in self.planned if not row.compared.refusal]

    @property
    def faults(self) -> list[Fault]:
        return self.setup or self.errors

    @property
    def absent(self) -> int:
        return sum(len(asked.absent) for asked in self.asked)

    @property
    def noun(self) -> str:
        """What the counts count: "xã" where one table is filled, else "kết quả"."""
        filled = [asked for asked in self.asked if asked.filled]
        return filled[0].table.indicator.unit_noun if len(filled) == 1 else "kết quả"

    @property
    def blank_tables(self) -> list[str]:
        """Titles of the sheets that are there but say nothing."""
        return [asked.table.sheet.title for asked in self.asked if not asked.filled]

    @property
    def fingerprint(self) -> str:
        """A mark of what stands behind the preview, for the button to bring back."""
        tokens = (f"{row.unit.unit_id} {row.compared.standing.token}" for row in self.planned)
        return hashlib.sha256("\n".join(tokens).encode()).hexdigest()[:20]

    def of(self, status: str) -> list[PlannedRow]:
        """Return the rows that would do this, those that may not left out."""
        return [row for row in self.planned if row.compared.status == status and not row.compared.refusal]

    @property
    def half_judged(self) -> list[PlannedRow]:
        return [row for row in self.planned if row.is_half_judged]

    def counts(self) -> dict[str, Any]:
        """Return the numbers that are kept with the upload; rows = new + changed + same + skipped + wrong."""
        tally = Counter(row.compared.status for row in self.planned if not row.compared.refusal)
        return {
            "rows": self.rows,
            **{str(status): tally[status] for status in Status.values},
            "skipped": self.skipped,
            "wrong": self.rows_with_errors,
            "absent": self.absent,
            "errors": len(self.faults),
            "documents": len(self.documents.new),
        }


def plan_upload(
    reading: Reading,
    *,
    by: User,
    period: ReportingPeriod,
    place: UnitVersion,
    indicator: Indicator | None = None,
    letter: Letter | None = None,
    is_saved: bool = False,
    chosen: Mapping[str, int] = MappingProxyType({}),
) -> UploadPlan:
    """Work out what the file would do for the place in the period if this person saved it.

    `indicator` is what a table answers that does not say so itself; `letter` the one for entering on behalf; `chosen`
    the units that the person chose for names that lead to none. What is saved stays where it stands, also when nothing
    may be entered any more.
    """
    plan = UploadPlan(place, period)
    tables = tables_of(answering(reading, indicator), place=place, period=period)
    plan.setup = [*(() if is_saved else _refusals(by, period, letter)), *tables.faults]
    plan.unmapped = tables.unmapped
    if plan.setup:
        return plan
    plan.notes = tables.notes
    directory = Directory(place, period)
    if reading.documents:
        plan.documents = documents_of(reading.documents, tables.usable, directory, by)
        plan.setup = plan.documents.faults
    if plan.setup:
        return plan
    read: list[RowRead] = []
    for table in tables.usable:
        rows = list(rows_of(table, directory, chosen))
        plan.asked.append(_asked(table, rows, directory))
        read += rows
    _lay_beside(plan, read, directory, by, letter)
    return plan


def _refusals(by: User, period: ReportingPeriod, letter: Letter | None) -> list[Fault]:
    """Return why this person may enter nothing at all."""
    reasons = (
        refusal_to_upload(by.role)
        or rules.refusal_to_enter(by.role, "", has_letter=letter is not None)
        or (rules.refusal_of_letter(letter.on, period, timezone.localdate()) if letter else ""),
        refusal_of_door(by, period),
    )
    return [Fault("", None, "", "", reason[:1].upper() + reason[1:]) for reason in reasons if reason]


def _asked(table: Table, rows: Sequence[RowRead], directory: Directory) -> Asked:
    there = {row.unit_id for row in rows}
    wrong = {row.unit_id for row in rows if row.faults}
    blank = {row.unit_id for row in rows if row.is_blank} - wrong
    expected = directory.expected_with(there, table.indicator)
    return Asked(
        table,
        len(expected),
        filled=sum(not row.is_blank for row in rows),
        absent=tuple(directory.name(unit) for unit in expected if unit.unit_id not in there),
        blank=tuple(directory.name(unit) for unit in expected if unit.unit_id in blank),
        wrong=tuple(directory.name(unit) for unit in expected if unit.unit_id in wrong),
    )


def _lay_beside(
    plan: UploadPlan, rows: Sequence[RowRead], directory: Directory, by: User, letter: Letter | None
) -> None:
    """Fill the plan with the clear rows beside what stands, and with the errors in the order of the file."""
    plan.rows, plan.unclear = len(rows), [row for row in rows if row.may_choose]
    plan.notes += [note for row in rows if (note := _note_of_choice(row, directory))]
    filled = [row for row in rows if not row.is_blank and not row.faults and row.unit_id is not None]
    lines = [
        Line(row.unit_id or 0, row.table.indicator, row.verdicts, numbers=row.numbers, bare=row.bare) for row in filled
    ]
    compared = _compared(lines, by, plan.period, letter)
    for row, item in zip(filled, compared, strict=True):
        unit = directory.unit(item.line.indicator.level, item.line.unit_id)
        name, title = directory.name(unit), directory.title(unit)
        plan.planned.append(PlannedRow(row.place, row.line, unit, name, title, row.table.conditions, item))
        if item.refusal:
            row.faults.append(row.place.fault(f"{title}: {item.refusal}"))
    wrong = plan.documents.wrong
    plan.rows, plan.rows_with_errors = plan.rows + len(wrong), len(wrong)
    for row in rows:
        plan.errors += row.faults
        plan.rows_with_errors += bool(row.faults)
        plan.skipped += row.is_blank and not row.faults
    plan.errors += [fault for row in wrong for fault in row.faults]


def _note_of_choice(row: RowRead, directory: Directory) -> str:
    """Say which unit was chosen for the row's name, if one was."""
    if not row.is_chosen or row.unit_id is None:
        return ""
    unit = directory.unit(row.table.indicator.level, row.unit_id)
    sheet, named = row.table.sheet.title, f"{directory.title(unit)} (mã {unit.code})"
    return f"Trang “{sheet}”, dòng {row.line} “{shown(row.name)}”: lấy là {named}, do người nộp chọn."


def _compared(lines: Sequence[Line], by: User, period: ReportingPeriod, letter: Letter | None) -> list[Compared]:
    """Compare, and keep what a cell cannot say: a blank does not take back a "không áp dụng"."""
    compared = compare(lines, by=by, period=period, letter=letter)
    kept = {at: line for at, item in enumerate(compared) if (line := _keeping(item)) is not None}
    for at, item in zip(
        kept, compare(list(kept.values()), by=by, period=period, letter=letter) if kept else (), strict=True
    ):
        compared[at] = item
    return compared


def _keeping(item: Compared) -> Line | None:
    """Return the line with the "không áp dụng" that stand, if the file leaves some of them blank."""
    stands = {
        condition: verdict
        for condition, verdict in item.standing.verdicts.items()
        if verdict == Verdict.NOT_APPLICABLE and condition not in item.line.verdicts
    }
    if not stands:
        return None
    reasons = {condition: item.standing.reasons.get(condition, "") for condition in stands}
    return replace(item.line, verdicts={**item.line.verdicts, **stands}, reasons=reasons)
