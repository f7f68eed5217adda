"""What the grid shows: each unit with how it stands, each cell with what stands, was before, and was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from communes.models import Role, User
from criteria import rules
from criteria.entering import checklists_of
from criteria.extensions import Extensions, Nothing, extensions_of
from criteria.grid.cells import KEEP, OVERWRITE, Said, spoken
from criteria.grid.saving import CellOutcome, Fate, RowOutcome
from criteria.history import reasons_at_items, verdict_words
from criteria.models import Checklist, Condition, ConditionResult, Indicator, ReportingPeriod, Revision
from criteria.situations import Situation, situations_of

# Those whose grid never leaves one district read its communes without the district's name.
OWN_DISTRICT_ROLES = (Role.COMMUNE, Role.DISTRICT)


@dataclass(frozen=True, slots=True)
class GridCell:
    """One unit × condition: `stored` is the text that stands, `previous` that of the last confirmed earlier period.

    `outcome` is there where the person has just typed something; `returned` is why the condition came back.
    """

    unit_id: int
    condition: Condition
    stored: str
    previous: str
    is_open: bool
    outcome: CellOutcome | None = None
    returned: str = ""

    @property
    def name(self) -> str:
        return f"{self.unit_id}-{self.condition.number}"

    @property
    def is_waiting(self) -> bool:
        """Whether what was typed is still to be saved, so that it stays in the cell."""
        return bool(self.outcome and self.outcome.is_open)

    @property
    def text(self) -> str:
        return self.outcome.typed.text if self.outcome and self.outcome.is_open else self.stored

    @property
    def seen(self) -> str:
        """Return the text that a change of this cell is laid beside: of one not saved yet, what it was before."""
        return self.outcome.typed.seen if self.outcome and self.outcome.is_open else self.stored

    @property
    def is_wrong(self) -> bool:
        return bool(self.outcome and self.outcome.fate in (Fate.WRONG, Fate.STALE))

    @property
    def is_saved(self) -> bool:
        return bool(self.outcome and self.outcome.fate == Fate.SAVED)

    @property
    def choices(self) -> list[dict[str, str]]:
        """Return the two ways out of a stale cell: a later change of others is not overwritten unseen."""
        if not (self.outcome and self.outcome.fate == Fate.STALE):
            return []
        now, said = self.outcome.now, self.outcome.text
        return [
            {"value": KEEP, "label": f"Giữ “{spoken(now)}”"},
            {"value": f"{OVERWRITE}|{now}", "label": f"Ghi đè bằng “{spoken(said)}”"},
        ]


@dataclass(frozen=True, slots=True)
class GridRow:
    """One unit. `refusal` says why it is only read now; over an official result `asks_correction`, by a tick.

    `returned` is why the whole came back, beside what its cells say.
    """

    situation: Situation
    name: str
    refusal: str
    previous: Revision | None
    cells: list[GridCell]
    outcome: RowOutcome | None = None
    returned: str = ""

    @property
    def unit_id(self) -> int:
        return self.situation.version.unit_id

    @property
    def asks_correction(self) -> bool:
        return bool(not self.refusal and self.situation.official and not self.situation.in_work)

    @property
    def next_number(self) -> int:
        return self.situation.official.number + 1 if self.situation.official else 1

    @property
    def opens_correction(self) -> bool:
        return bool(self.outcome and self.outcome.typed.opens_correction)

    @property
    def message(self) -> str:
        """Say why nothing of the row was saved."""
        return self.outcome.message if self.outcome and self.outcome.is_open else ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The units of one page with the conditions that are asked of them in the period."""

    checklist: Checklist | None
    conditions: list[Condition]
    rows: list[GridRow]

    @property
    def has_open_rows(self) -> bool:
        return any(not row.refusal for row in self.rows)

    @property
    def unsaved(self) -> list[GridRow]:
        return [row for row in self.rows if row.outcome and row.outcome.is_open]


def with_previous(versions: Any, indicator: Indicator, period: ReportingPeriod) -> Any:
    """Annotate the id of the result confirmed last of the periods that ended before this one began."""
    before = Revision.objects.official().filter(
        assessment__unit=OuterRef("unit"),
        assessment__indicator=indicator,
        assessment__period__ends_on__lt=period.starts_on,
    )
    order = ("-assessment__period__ends_on", "assessment__period__starts_on")
    return versions.annotate(previous_id=Subquery(before.order_by(*order).values("pk")[:1]))


def grid_of(
    versions: Iterable[Any],
    indicator: Indicator,
    period: ReportingPeriod,
    user: User,
    outcomes: Mapping[int, RowOutcome] | None = None,
) -> Grid:
    """Return the grid of these units (`AssessmentFilter.versions`, `with_previous`), a fixed number of queries."""
    checklist, conditions = checklists_of([indicator], period).get(indicator.pk, (None, []))
    situations = situations_of(versions, indicator, period)
    before = _previous(map(_previous_id, situations))
    extensions = extensions_of([period])
    returned = reasons_at_items([s.in_work for s in situations if s.in_work], user)
    rows = []
    for situation in situations:
        refusal = _refusal(situation, user, extensions)
        outcome = (outcomes or {}).get(situation.version.unit_id)
        why, items = returned.get(situation.in_work.pk if situation.in_work else 0, ("", {}))
        cells = _cells(situation, conditions, before.get(_previous_id(situation)), outcome, is_open=not refusal)
        cells = [replace(cell, returned=items.get(cell.condition.number, "")) for cell in cells]
        name = situation.version.title if user.role in OWN_DISTRICT_ROLES else situation.name
        rows.append(GridRow(situation, name, refusal, before.get(_previous_id(situation)), cells, outcome, why))
    return Grid(checklist, conditions, rows)


def _previous_id(situation: Situation) -> int | None:
    return getattr(situation.version, "previous_id", None)


def _previous(ids: Iterable[int | None]) -> dict[int | None, Revision]:
    found = Revision.objects.filter(pk__in=[pk for pk in ids if pk]).select_related("assessment__period")
    return {revision.pk: revision for revision in found.prefetch_related("results__condition")}


def _results(revision: Revision | None) -> Iterable[ConditionResult]:
    return revision.results.all() if revision else ()


def _refusal(situation: Situation, user: User, extensions: Extensions) -> str:
    """Say why the unit's row is only read today; the letter is asked for by the page."""
    stands = situation.current or Nothing()
    closed = extensions.refusal(situation.period, situation.version, situation.indicator, stands, timezone.localdate())
    return rules.refusal_to_enter(user.role, stands.state, has_letter=True, closed=closed)


def _cells(
    situation: Situation,
    conditions: Iterable[Condition],
    previous: Revision | None,
    outcome: RowOutcome | None,
    *,
    is_open: bool,
) -> list[GridCell]:
    """Return a cell for each condition; what was before is that of the same question, also of an earlier guidance."""
    stored = {r.condition_id: Said(r.verdict, r.numbers) for r in _results(situation.current)}
    before = {r.condition.question: verdict_words(r.verdict, r.told) for r in _results(previous)}
    return [
        GridCell(
            unit_id=situation.version.unit_id,
            condition=condition,
            stored=stored.get(condition.pk, Said()).text(condition),
            previous=before.get(condition.question, ""),
            is_open=is_open,
            outcome=outcome.cells.get(condition.number) if outcome else None,
        )
        for condition in conditions
    ]
