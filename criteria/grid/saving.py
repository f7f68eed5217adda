"""What becomes of what was typed: cells laid beside what stands now, and entered through the one writer.

Only the cells that a person changed are written; what others changed meanwhile in other cells stays. A cell that
others changed too is refused with both values.
"""

import datetime
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.text import capfirst

from communes.models import User
from criteria.entering import Compared, EntryRefused, Letter, Line, Status, checklists_of, compare, enter
from criteria.grid.cells import KEEP, OVERWRITE, Said, Typed, TypedRow, read, spoken
from criteria.models import Condition, Door, Entry, Indicator, ReportingPeriod, State, Verdict
from criteria.standings import Standing, standings_of
from criteria.workbooks.text import tidy
from criteria.workbooks.values import Problem

# Each try that is refused means that somebody else was faster; what he wrote is laid beside the next one.
TRIES = 5
WHOLE = "Hàng chưa lưu: sửa ô báo lỗi rồi lưu lại."
UNTICKED = "Kết quả đã xác nhận. Đánh dấu “Mở lần điều chỉnh” ở đầu hàng, rồi lưu."
OUTDATED = "Kết quả lập theo hướng dẫn đã thay đổi. Mở biểu của đơn vị, rà soát theo hướng dẫn hiện hành, rồi lưu."
BUSY = "Chưa lưu: có người khác đang sửa cùng lúc. Lưu lại."
CHANGED_CHECKLIST = "Hướng dẫn đánh giá của kỳ đã thay đổi. Mở lại trang rồi nhập."


class Fate(enum.StrEnum):
    """What became of one cell: HELD is right, but its row was not saved."""

    SAME = "same"
    SAVED = "saved"
    HELD = "held"
    WRONG = "wrong"
    STALE = "stale"


@dataclass(slots=True)
class CellOutcome:
    """`now` is the text that stands, `said` what was typed, in the text of the same form."""

    typed: Typed
    fate: Fate
    message: str = ""
    now: str = ""
    said: Said = field(default_factory=Said)
    text: str = ""

    @property
    def is_open(self) -> bool:
        """Whether what was typed is still to be saved."""
        return self.fate in (Fate.HELD, Fate.WRONG, Fate.STALE)


@dataclass(slots=True)
class RowOutcome:
    """What became of the typed cells of one unit; `message` says why none of them could be saved."""

    typed: TypedRow
    cells: dict[int, CellOutcome] = field(default_factory=dict)
    message: str = ""

    def of(self, *fates: Fate) -> list[CellOutcome]:
        return [cell for cell in self.cells.values() if cell.fate in fates]

    @property
    def is_saved(self) -> bool:
        return bool(self.of(Fate.SAVED))

    @property
    def is_open(self) -> bool:
        return any(cell.is_open for cell in self.cells.values())


@dataclass(frozen=True)
class Saving:
    """One saving of the page: whose, by which letter, of which checklist; `by_cell` as the script does it.

    By cell, right cells are saved beside wrong ones of the same unit; as a whole, a unit is saved wholly or not.
    """

    by: User
    period: ReportingPeriod
    indicator: Indicator
    letter: Letter | None = None
    checklist: str = ""
    by_cell: bool = False

    def save(self, rows: Mapping[int, TypedRow]) -> dict[int, RowOutcome]:
        """Enter what may be entered of the rows, and return what became of each."""
        checklist, conditions = checklists_of([self.indicator], self.period).get(self.indicator.pk, (None, []))
        if checklist is None or self.checklist != str(checklist.pk):
            return {unit: _held(row, CHANGED_CHECKLIST) for unit, row in rows.items()}
        for left in reversed(range(TRIES)):
            standings = self._standings(rows)
            outcomes = {unit: self._judged(row, standings[unit], conditions) for unit, row in rows.items()}
            try:
                self._enter(outcomes, standings, conditions)
                break
            except EntryRefused as refused:  # somebody was faster between the look and the lock
                if not left:
                    _hold(outcomes, refused.compared)
                    _hold_rest(outcomes)
        _tell_who(outcomes, standings)
        return outcomes

    def _standings(self, rows: Iterable[int]) -> dict[int, Standing]:
        found = standings_of(rows, [self.indicator.pk], self.period)
        return {unit: found.get((unit, self.indicator.pk), Standing()) for unit in rows}

    def _judged(self, row: TypedRow, standing: Standing, conditions: Iterable[Condition]) -> RowOutcome:
        outcome = RowOutcome(row)
        for condition in conditions:
            if condition.number in row.cells:
                stands = Said(standing.verdicts.get(condition.pk, ""), standing.numbers.get(condition.pk, ()))
                typed, now = row.cells[condition.number], stands.text(condition)
                outcome.cells[condition.number] = _judged_cell(condition, typed, now)
        if not self.by_cell and outcome.of(Fate.WRONG, Fate.STALE):
            _change(outcome, Fate.HELD, WHOLE)
        elif outcome.is_saved and standing.state == State.CONFIRMED and not row.opens_correction:
            _change(outcome, Fate.HELD, UNTICKED)
        elif outcome.is_saved and not set(standing.verdicts) <= {condition.pk for condition in conditions}:
            _change(outcome, Fate.HELD, OUTDATED)
        return outcome

    def _enter(
        self, outcomes: Mapping[int, RowOutcome], standings: Mapping[int, Standing], conditions: Iterable[Condition]
    ) -> None:
        """Enter the changed cells of every unit that may be entered; hold the others with the reason.

        Raises `EntryRefused`, with nothing written, where what stands was changed since `standings` was read.
        """
        lines = [
            _line(outcome, standings[unit], self.indicator, conditions)
            for unit, outcome in outcomes.items()
            if outcome.is_saved
        ]
        compared = compare(lines, by=self.by, period=self.period, letter=self.letter)
        overtaken = [item for item in compared if item.is_stale]
        if overtaken:
            raise EntryRefused(overtaken)
        _hold(outcomes, [item for item in compared if item.refusal])
        right = [item.line for item in compared if not item.refusal and item.status != Status.SAME]
        enter(right, by=self.by, period=self.period, door=Door.GRID, letter=self.letter)


def _judged_cell(condition: Condition, typed: Typed, now: str) -> CellOutcome:
    """Lay one cell beside what the page was made from and what stands now."""
    words = tidy(typed.text)
    if words in (typed.seen, now) or typed.choice == KEEP:
        return CellOutcome(typed, Fate.SAME, now=now)
    said = read(condition, words)
    if isinstance(said, Problem):
        return CellOutcome(typed, Fate.WRONG, f"{said.message}.", now)
    text = said.text(condition)
    if text in (typed.seen, now):
        return CellOutcome(typed, Fate.SAME, now=now)
    is_overwritten = typed.choice == OVERWRITE and typed.shown == now
    if now != typed.seen and not is_overwritten:
        return CellOutcome(typed, Fate.STALE, now=now, said=said, text=text)
    return CellOutcome(typed, Fate.SAVED, now=text, said=said, text=text)


def _line(outcome: RowOutcome, standing: Standing, indicator: Indicator, conditions: Iterable[Condition]) -> Line:
    """Return the unit's whole line: what stands, with the cells that were changed."""
    verdicts, numbers = dict(standing.verdicts), dict(standing.numbers)
    for condition in conditions:
        cell = outcome.cells.get(condition.number)
        if cell and cell.fate == Fate.SAVED:
            verdicts[condition.pk], numbers[condition.pk] = cell.said.verdict, cell.said.numbers
    left_out = {pk for pk, verdict in verdicts.items() if verdict == Verdict.NOT_APPLICABLE}
    return Line(
        outcome.typed.unit_id,
        indicator,
        {pk: verdict for pk, verdict in verdicts.items() if verdict},
        {pk: reason for pk, reason in standing.reasons.items() if pk in left_out},
        standing.token,
        {pk: some for pk, some in numbers.items() if some},
    )


def _change(outcome: RowOutcome, fate: Fate, message: str) -> None:
    for cell in outcome.of(Fate.SAVED):
        cell.fate = fate
    outcome.message = message


def _hold(outcomes: Mapping[int, RowOutcome], refused: Iterable[Compared]) -> None:
    for item in refused:
        _change(outcomes[item.line.unit_id], Fate.HELD, capfirst(item.refusal))


def _hold_rest(outcomes: Mapping[int, RowOutcome]) -> None:
    for outcome in outcomes.values():
        if outcome.is_saved:
            _change(outcome, Fate.HELD, BUSY)


def _held(row: TypedRow, message: str) -> RowOutcome:
    cells = {number: CellOutcome(typed, Fate.HELD, now=typed.seen) for number, typed in row.cells.items()}
    return RowOutcome(row, cells, message)


def _tell_who(outcomes: Mapping[int, RowOutcome], standings: Mapping[int, Standing]) -> None:
    """Say in each stale cell who changed it, when, and both values."""
    stale = {standings[unit].revision_id: outcome for unit, outcome in outcomes.items() if outcome.of(Fate.STALE)}
    if not stale:
        return
    entries = Entry.objects.filter(revision__in=[pk for pk in stale if pk]).order_by("-at", "-pk")
    last: dict[tuple[int, str], Entry] = {}
    for entry in entries.select_related("by__unit").prefetch_related("by__unit__versions"):
        for number in entry.changes:
            last.setdefault((entry.revision_id, number), entry)
    for revision, outcome in stale.items():
        for number, cell in outcome.cells.items():
            if cell.fate == Fate.STALE:
                cell.message = _both_values(cell, last.get((revision or 0, str(number))))


def _both_values(cell: CellOutcome, entry: Entry | None) -> str:
    by = f"được {entry.by.signature} sửa lúc {_moment(entry.at)}" if entry else "được sửa sau khi mở trang này"
    return f"Ô này vừa {by}: {spoken(cell.now)}. Giá trị đang nhập: {spoken(cell.text)}."


def _moment(at: datetime.datetime) -> str:
    """Return 14:05, with the day where it is not today's."""
    local = timezone.localtime(at)
    return f"{local:%H:%M}" if local.date() == timezone.localdate() else f"{local:%H:%M %d/%m/%Y}"
