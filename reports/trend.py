"""How a target's figure moved from period to period, drawn with a visible break where the boundaries changed.

The figures before and after a change count other units: they are never joined in one line (domain.md, section 5).
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Any

from django.db.models import Count

from communes.models import Succession
from reports.models import Target
from reports.progress import Figures, Standing, Tally, counts, levels_of
from reports.scopes import Scope

TOP, BOTTOM = 30, 150  # px at 100 % and at 0 %
MARGIN = 12  # % of the width left free on either side, for the words of the outer points
LABELS, LABELS_ON_A_PHONE = 8, 4
HELD = ("joined_on", "starts_on", "ends_on")  # since when and until when a unit counted in the scope


class Labelled(StrEnum):
    """Whether the words of a point have room beside those of its neighbours."""

    ALWAYS = "always"
    ON_A_DESK = "desk"
    NEVER = "never"


@dataclass(frozen=True)
class Point:
    """The figure of one day and where it stands: `x` in percent of the width, `y` in pixels, both with a point."""

    figures: Figures
    day: datetime.date
    x: str
    y: str
    labelled: Labelled = Labelled.ALWAYS
    is_reached: bool = False

    @property
    def words_dy(self) -> int:
        """The words stand on the side of the point that the target's line is not on."""
        return -10 if self.is_reached else 20


@dataclass(frozen=True)
class Break:
    """A boundary change between two points: the day of it, and where its line is drawn."""

    on: datetime.date
    x: str


@dataclass(frozen=True)
class Trend:
    """Points in the order of time; `lines` join two neighbours between which no boundary changed."""

    points: list[Point]
    lines: list[tuple[Point, Point]]
    breaks: list[Break]
    target_y: str = ""

    @property
    def target_dy(self) -> int:
        """The target's words stand on the side of its line that the last point is not on."""
        return 16 if self.points[-1].is_reached else -6


def trend_of(scope: Scope, figures: Figures, days: Sequence[datetime.date]) -> Trend | None:
    """Return the trend of the target over the days with results, or None under two of them: two queries.

    Of a level that has ended the last point is the figure itself, of the last day on which its units lived.
    """
    asked = figures_through(scope, [figures.target], sorted(set(days)))[figures.target.pk]
    found = [one for one in asked if one.tally.total]
    if asked and not asked[-1].tally.total and all(one.units_as_of < figures.units_as_of for one in found):
        found += [figures] if figures.tally.total else []
    if len(found) < 2:
        return None
    target_y = height_of(figures.target.percent) if figures.is_asked else ""
    points = points_of(found)
    changes = changes_in(scope)[figures.target.indicator.level]
    breaks, lines = [], []
    for number, (before, after) in enumerate(pairwise(points)):
        between = [on for on in changes if before.day < on <= after.day]
        if between:
            breaks.append(Break(between[-1], place_of(number + 0.5, len(points))))
        else:
            lines.append((before, after))
    return Trend(points, lines, breaks, target_y)


def figures_through(scope: Scope, targets: Sequence[Target], days: Sequence[datetime.date]) -> dict[int, list[Figures]]:
    """Return for each target the figure of each of the days, in one query beside the scope's own.

    The database groups the units by the days between which they lived, and stood as they did; what holds on a day is
    counted here.
    """
    if not days:
        return {target.pk: [] for target in targets}
    living = scope.with_joined_on().filter(unit__level__in=levels_of(targets)).order_by()
    columns = ("unit__level", "kind", *HELD)
    spans = "unit__standing_spans__"
    stood = list(
        living.filter(
            **{f"{spans}indicator__in": [target.indicator_id for target in targets]},
            **{f"{spans}starts_on__lte": max(days), f"{spans}ends_on__gte": min(days)},
        )
        .values_list(*columns, *(spans + name for name in ("indicator", "starts_on", "ends_on", "standing")))
        .annotate(Count("pk"))
    )
    return {target.pk: [figures_on(scope, target, day, stood) for day in days] for target in targets}


def figures_on(scope: Scope, target: Target, day: datetime.date, stood: Sequence[Any]) -> Figures:
    """Count what holds on the day out of the groups of `figures_through`."""
    total = sum(life.units for life in scope.lives if counts(target, life.level, life.kind) and life.holds_on(day))
    tally = Counter({Standing.MISSING.value: total})
    for level, kind, joined, starts, ends, indicator, begins, until, standing, units in stood:
        stands = indicator == target.indicator_id and begins <= day <= until
        if stands and counts(target, level, kind) and lived_on(day, joined, starts, ends):
            tally[Standing.MISSING.value] -= units
            tally[standing] += units
    found = {one.value: tally[one.value] for one in Standing}
    return Figures(target, day, day, scope.is_asked, {0: Tally(**found)})


def lived_on(
    day: datetime.date, joined_on: datetime.date, starts_on: datetime.date, ends_on: datetime.date | None
) -> bool:
    return joined_on <= day and starts_on <= day and (ends_on is None or day <= ends_on)


def points_of(found: Sequence[Figures]) -> list[Point]:
    """Return a point for each figure, in the order of time."""
    return [
        Point(
            one,
            one.units_as_of,
            place_of(number, len(found)),
            height_of(one.tally.met * 100 / one.tally.total),
            labelled(number, len(found)),
            bool(one.is_reached),
        )
        for number, one in enumerate(found)
    ]


def labelled(number: int, points: int) -> Labelled:
    """Return whether the words of a point have room; counted from the last one, which always has."""
    from_the_end, step = points - 1 - number, ceil(points / LABELS)
    if from_the_end % (step * ceil(points / step / LABELS_ON_A_PHONE)) == 0:
        return Labelled.ALWAYS
    return Labelled.NEVER if from_the_end % step else Labelled.ON_A_DESK


def place_of(number: float, points: int) -> str:
    """Return where a point stands, in percent of the width."""
    return f"{MARGIN + (100 - 2 * MARGIN) * number / (points - 1):.2f}"


def height_of(percent: float) -> str:
    """Return where a share stands in the drawing, in pixels from above."""
    return f"{BOTTOM - percent * (BOTTOM - TOP) / 100:.1f}"


def changes_in(scope: Scope) -> dict[str, list[datetime.date]]:
    """Return by level the days on which units of the scope were re-arranged, in the order of time: one query."""
    units = scope.origins.order_by().values("unit")
    days = Succession.objects.filter(successor__in=units).order_by("effective_on")
    found: dict[str, list[datetime.date]] = defaultdict(list)
    for level, on in days.values_list("successor__level", "effective_on").distinct():
        found[level].append(on)
    return found
