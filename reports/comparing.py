"""Two figures side by side, of two days, two districts or two ways of drawing boundaries, and what changed by unit."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from communes.models import UnitVersion
from communes.templatetags.vietnamese import day as day_text
from reports.drilldown import tally_of, units_of
from reports.progress import Boundaries, Figures, Standing, Tally, with_standings
from reports.scopes import Scope


@dataclass(frozen=True)
class Side:
    """One of the two: the figures of a day by one way of drawing boundaries, of all or of one district."""

    day: Any
    boundaries: str
    figures: Sequence[Figures]
    district: UnitVersion | None = None

    @property
    def words(self) -> str:
        place = f"{self.district.title}, " if self.district else ""
        return f"{place}ngày {day_text(self.day)}, {Boundaries(self.boundaries).label}"

    def of(self, indicator: int) -> Figures | None:
        return next((one for one in self.figures if one.target.indicator_id == indicator), None)

    def tally(self, figures: Figures) -> Tally:
        return tally_of(figures, self.district)

    def percent(self, figures: Figures) -> Decimal | None:
        """The share: of the whole by the target that was set for it."""
        return self.tally(figures).percent if self.district else figures.percent


@dataclass(frozen=True)
class Compared:
    """One target on both sides, and by how much the share differs, in points of what is shown."""

    before: Figures
    after: Figures
    tallies: tuple[Tally, Tally]
    percents: tuple[Decimal | None, Decimal | None]

    @property
    def more(self) -> int:
        return self.tallies[1].met - self.tallies[0].met

    @property
    def points(self) -> Decimal | None:
        first, second = self.percents
        return None if first is None or second is None else second - first

    @property
    def more_shown(self) -> int:
        return abs(self.more)

    @property
    def points_shown(self) -> Decimal | None:
        return None if self.points is None else abs(self.points)

    @property
    def has_same_units(self) -> bool:
        """Whether the counts can be taken from each other: as many units on both sides."""
        return self.tallies[0].total == self.tallies[1].total


def compared(first: Side, second: Side) -> list[Compared]:
    """Return the targets that both sides have."""
    found = []
    for before in first.figures:
        after = second.of(before.target.indicator_id)
        if after is not None:
            tallies = (first.tally(before), second.tally(after))
            found.append(Compared(before, after, tallies, (first.percent(before), second.percent(after))))
    return found


@dataclass(frozen=True)
class Change:
    """A unit that stands otherwise on the second side; None: it is not counted on that side."""

    unit: UnitVersion
    before: Standing | None
    after: Standing | None

    @property
    def words(self) -> tuple[str, str]:
        sides = (self.before, self.after)
        return tuple(str(one.label) if one else "không có đơn vị này" for one in sides)  # type: ignore[return-value]


@dataclass(frozen=True)
class Changes:
    """The units that changed: to "Đạt", from "Đạt", otherwise; and those that only one side has."""

    risen: list[Change] = field(default_factory=list)
    fallen: list[Change] = field(default_factory=list)
    other: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)
    new: list[Change] = field(default_factory=list)
    same: int = 0

    @property
    def groups(self) -> list[tuple[str, list[Change]]]:
        named = (
            ("Chuyển sang đạt", self.risen),
            ("Không còn đạt", self.fallen),
            ("Thay đổi khác", self.other),
            ("Chỉ có ở bên thứ nhất", self.gone),
            ("Chỉ có ở bên thứ hai", self.new),
        )
        return [(words, some) for words, some in named if some]


def changes_between(scope: Scope, sides: tuple[Side, Side], indicator: int) -> Changes:
    """Return what changed from the first side to the second, unit by unit: two queries."""
    first, second = (standings_on(scope, side, indicator) for side in sides)
    found = Changes(same=sum(first[unit][1] == second[unit][1] for unit in first.keys() & second.keys()))
    for unit, (version, before) in first.items():
        if unit not in second:
            found.gone.append(Change(version, before, None))
            continue
        later, after = second[unit]
        if before != after:
            kept = found.risen if after == Standing.MET else found.fallen if before == Standing.MET else found.other
            kept.append(Change(later, before, after))
    found.new.extend(Change(version, None, after) for unit, (version, after) in second.items() if unit not in first)
    return found


def standings_on(scope: Scope, side: Side, indicator: int) -> dict[int, tuple[UnitVersion, Standing]]:
    """Return by unit how it stands on the side, in official order: one query."""
    figures = side.of(indicator)
    if figures is None:
        return {}
    units = units_of(scope, side.day, figures).of_kinds(figures.target.kinds)
    if side.district is not None:
        units = units.filter(Q(unit=side.district.unit_id) | Q(parent=side.district.unit_id))
    listed = with_standings(units, [figures.target], figures.results_to).with_district_on(figures.units_as_of)
    return {
        version.unit_id: (version, standing)
        for version in listed.select_related("unit").in_official_order()
        if (standing := figures.standing_of(version)) is not None
    }
