"""Theo dõi gửi báo cáo: who has sent what of a period, who is late and by how much, whom to call.

Expected are the units that an indicator judges on the period's last day; of one that needs a registration those that
registered. Sent is what waits for a decision or is confirmed. In time is what is sent and was first sent up to the due
day, or up to the last day of the unit's extension. Both are counted among those expected, so that neither passes 100 %.
"""

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from communes.models import AreaMember, Level, UnitVersion, User, holds_on
from criteria.extensions import Extensions, standing_extensions
from criteria.models import Examiner, Indicator, ReportingPeriod, Review, Revision, State, Verb
from criteria.people import Contact, contacts_of
from criteria.periods import collected_in
from criteria.registers.expecting import not_registered
from criteria.rounding import percent_of
from criteria.situations import CORRECTING, MISSING, STATE_WORDS, UNREGISTERED, state_word, with_revisions

NOT_SENT = (MISSING, State.DRAFT)
NO_AREA = "Chưa phân công địa bàn"
SENT = (State.SUBMITTED, State.EXAMINED, State.CONFIRMED, CORRECTING)


@dataclass(frozen=True)
class Standing:
    """How one unit stands for one indicator; `days_late` 0: in time, or sent."""

    unit: UnitVersion
    indicator: Indicator
    state: str
    label: str
    is_expected: bool
    is_in_time: bool
    days_late: int
    extended_until: datetime.date | None = None

    @property
    def is_sent(self) -> bool:
        return self.state in SENT

    @property
    def is_chased(self) -> bool:
        """Whether the unit is asked for it: nothing sent, or what was sent came back."""
        return self.is_expected and not self.is_sent


@dataclass
class Cell:
    """The standings of some units for one indicator, counted."""

    indicator: Indicator
    standings: list[Standing] = field(default_factory=list)

    @property
    def single(self) -> Standing | None:
        """Return how the unit stands where the cell is of one."""
        return self.standings[0] if len(self.standings) == 1 else None

    @property
    def expected(self) -> int:
        return sum(one.is_expected for one in self.standings)

    @property
    def sent(self) -> int:
        return sum(one.is_expected and one.is_sent for one in self.standings)

    @property
    def in_time(self) -> int:
        return sum(one.is_expected and one.is_sent and one.is_in_time for one in self.standings)

    @property
    def completeness(self) -> Decimal | None:
        """Return the share in percent: 100 only where all have sent."""
        return percent_of(self.sent, self.expected)

    @property
    def punctuality(self) -> Decimal | None:
        return percent_of(self.in_time, self.expected)

    @property
    def unregistered(self) -> int:
        return sum(not one.is_expected for one in self.standings)

    @property
    def late(self) -> int:
        return sum(one.days_late > 0 for one in self.standings)

    @property
    def most_late(self) -> int:
        return max((one.days_late for one in self.standings), default=0)

    @property
    def chased(self) -> list[Standing]:
        return [one for one in self.standings if one.is_chased]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """Return state, words and number of each state that occurs among those expected, in the order of the work."""
        found = Counter(one.state for one in self.standings if one.is_expected)
        words = {one.state: one.label for one in self.standings}
        return [(key, words[key], found[key]) for key in STATE_WORDS if found[key]]


@dataclass(frozen=True)
class Line:
    """A row of the board: a district, an area or a commune, whom to call, and a cell for each indicator."""

    title: str
    cells: Sequence[Cell | None]
    contacts: Sequence[Contact] = ()
    unit: UnitVersion | None = None
    below: Sequence["Line"] = ()

    @property
    def is_chased(self) -> bool:
        return any(cell and cell.chased for cell in self.cells)

    @property
    def standings(self) -> list[Standing | None]:
        """Return of a single unit how it stands for each indicator."""
        return [cell.standings[0] if cell else None for cell in self.cells]


@dataclass(frozen=True)
class Board:
    """The lines of a period: districts, each with its communes; after the last district the areas, with theirs."""

    period: ReportingPeriod
    indicators: Sequence[Indicator]
    lines: Sequence[Line]
    total: Line

    @property
    def has_districts(self) -> bool:
        return any(line.unit and line.unit.unit.level == Level.DISTRICT for line in self.lines)

    def line_of(self, code: str) -> Line | None:
        return next((line for line in self.lines if line.unit and line.unit.code == code), None)


def board_of(user: User, period: ReportingPeriod, province: int | None = None) -> Board:
    """Return the board of the person's scope (of one province, by its id): a fixed number of queries at any size."""
    units = _units(user, period, province)
    indicators = list(collected_in(period))
    extensions = standing_extensions([period])
    is_examined = Examiner.objects.as_of(period.ends_on).exists()
    cells: dict[int, dict[int, Standing]] = {unit: {} for unit in units}
    for indicator in indicators:
        for standing in _standings(units, indicator, period, extensions, is_examined=is_examined):
            cells[standing.unit.unit_id][indicator.pk] = standing
    shown = [one for one in indicators if any(one.pk in some for some in cells.values())]
    total = _line(units.values(), shown, cells, title="Tổng số")
    return Board(period, shown, _lines(units, shown, cells, period), total)


def _units(user: User, period: ReportingPeriod, province: int | None) -> dict[int, UnitVersion]:
    living = UnitVersion.objects.as_of(period.ends_on).visible_to(user).exclude(unit__level=Level.PROVINCE)
    if province is not None:
        living = living.filter(province=province)
    listed = living.with_district_on(period.ends_on).select_related("unit").order_by("name_sort", "code")
    return {version.unit_id: version for version in listed}


def _standings(
    units: Mapping[int, UnitVersion],
    indicator: Indicator,
    period: ReportingPeriod,
    extensions: Extensions,
    *,
    is_examined: bool,
) -> Iterable[Standing]:
    """Yield how each of the units that the indicator judges stands: one query."""
    judged = _judged({version.province_id for version in units.values()}, indicator, period)
    today = timezone.localdate()
    for unit, state, is_unregistered, sent_at in judged:
        version = units.get(unit)
        if version is None:
            continue
        extended = extensions.until(period.pk, version, indicator.pk)
        due = max(period.due_on, extended or period.due_on)
        if is_unregistered and state not in SENT:
            state = UNREGISTERED
        is_late = state in NOT_SENT and today > due
        yield Standing(
            version,
            indicator,
            state,
            state_word(state, indicator, is_examined=is_examined and version.has_district),
            is_expected=not is_unregistered,
            is_in_time=sent_at is not None and timezone.localdate(sent_at) <= due,
            days_late=(today - due).days if is_late else 0,
            extended_until=extended if extended and extended >= today else None,
        )


def _judged(provinces: Iterable[int], indicator: Indicator, period: ReportingPeriod) -> Any:
    """Return of each judged unit its id, its state, whether it did not register, and when it first sent."""
    judged: Any = UnitVersion.objects.as_of(period.ends_on).of_level(indicator.level).of_kinds(indicator.kinds)
    is_unregistered = Case(
        When(not_registered(indicator, period), then=Value(True)), default=Value(False), output_field=BooleanField()
    )
    rows = with_revisions(judged.filter(province__in=provinces), indicator, period).annotate(
        is_unregistered=is_unregistered, first_sent=_first_sent(indicator, period)
    )
    return rows.order_by().values_list("unit", "state_key", "is_unregistered", "first_sent")


def _first_sent(indicator: Indicator, period: ReportingPeriod) -> Coalesce:
    """Return the moment at which the unit first sent the result; of one set down without steps that of sending."""
    of_unit = {"unit": OuterRef("unit"), "indicator": indicator, "period": period}
    revisions = Revision.objects.filter(**{f"assessment__{name}": value for name, value in of_unit.items()})
    reviews = Review.objects.filter(
        verb=Verb.SUBMIT, **{f"revision__assessment__{name}": value for name, value in of_unit.items()}
    )
    sent = revisions.filter(submitted_at__isnull=False).order_by("submitted_at").values("submitted_at")
    return Coalesce(Subquery(reviews.order_by("at").values("at")[:1]), Subquery(sent[:1]))


def _line(
    versions: Iterable[UnitVersion],
    indicators: Sequence[Indicator],
    cells: Mapping[int, Mapping[int, Standing]],
    **given: Any,
) -> Line:
    made: list[Cell | None] = []
    units = [version.unit_id for version in versions]
    for indicator in indicators:
        found = [cells[unit][indicator.pk] for unit in units if indicator.pk in cells[unit]]
        made.append(Cell(indicator, found) if found else None)
    return Line(cells=made, **given)


@dataclass(frozen=True)
class _Head:
    """What a group of communes stands under: a district, an area, or neither; those without come last."""

    order: tuple[int, str]
    title: str
    unit: UnitVersion | None = None
    contacts: tuple[Contact, ...] = ()


def _lines(
    units: Mapping[int, UnitVersion],
    indicators: Sequence[Indicator],
    cells: Mapping[int, Mapping[int, Standing]],
    period: ReportingPeriod,
) -> list[Line]:
    """Return the districts in order, else the areas, each with its communes."""
    contacts, areas = contacts_of(units.values()), _areas_of(units, period)
    groups: dict[_Head, list[UnitVersion]] = {}
    for version in units.values():
        groups.setdefault(_head(version, units, contacts, areas), []).append(version)
    lines = []
    for head, inside in sorted(groups.items(), key=lambda item: item[0].order):
        below = [
            _line([one], indicators, cells, title=one.title, unit=one, contacts=contacts.get(one.unit_id, ()))
            for one in sorted(inside, key=lambda one: one is not head.unit)
            if cells[one.unit_id]
        ]
        whole = _line(inside, indicators, cells, title=head.title, unit=head.unit, contacts=head.contacts, below=below)
        if any(whole.cells):
            lines.append(whole)
    return lines


def _head(
    version: UnitVersion,
    units: Mapping[int, UnitVersion],
    contacts: Mapping[int, Sequence[Contact]],
    areas: Mapping[int, tuple[str, Contact]],
) -> _Head:
    above = version if version.unit.level == Level.DISTRICT else units.get(version.parent_id or 0)
    if above is not None:
        return _Head((0, above.name_sort), above.title, above, tuple(contacts.get(above.unit_id, ())))
    if version.has_district:  # of a commune officer, who sees no district
        return _Head((1, ""), version.district_name)  # type: ignore[attr-defined]
    if version.unit_id in areas:
        name, officer = areas[version.unit_id]
        return _Head((1, name), name, contacts=(officer,))
    return _Head((2, ""), NO_AREA)


def _areas_of(units: Mapping[int, UnitVersion], period: ReportingPeriod) -> dict[int, tuple[str, Contact]]:
    """Return by commune straight under its province the area on the period's last day, with its officer."""
    if all(version.has_district or version.unit.level == Level.DISTRICT for version in units.values()):
        return {}
    provinces = {version.province_id for version in units.values()}
    members = AreaMember.objects.filter(holds_on(period.ends_on), area__province__in=provinces)
    rows = members.values_list("unit", "area__name", "area__officer__full_name", "area__officer__phone")
    return {unit: (name, Contact(officer, phone)) for unit, name, officer, phone in rows}
