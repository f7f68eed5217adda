"""How a target's figure moved from period to period, drawn with a visible break where the boundaries changed.

The figures before and after a change count other units: they are never joined in one line (domain.md, section 5).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from communes.models import Succession
from reports.progress import Boundaries, Figures, progress
from reports.scopes import Scope

WIDTH, HEIGHT, MARGIN = 640, 150, 60


@dataclass(frozen=True)
class Point:
    """The figure of one day and where it stands in the drawing; `x` and `y` are strings with a point, in SVG units."""

    figures: Figures
    day: datetime.date
    x: str
    y: str


@dataclass(frozen=True)
class Break:
    """A boundary change between two points: the day of it, and where its line is drawn."""

    on: datetime.date
    x: str


@dataclass(frozen=True)
class Trend:
    """Points in the order of time; `lines` join those between which no boundary changed, as SVG point lists."""

    points: list[Point]
    lines: list[str]
    breaks: list[Break]
    target_y: str = ""


def trend_of(scope: Scope, figures: Figures, days: Sequence[datetime.date]) -> Trend | None:
    """Return the trend of the target over the days with results, or None under two of them.

    Costs the queries of `progress` for each day and one for the changes, whatever the number of units.
    """
    asked = [progress(scope, day, Boundaries.THEN, [figures.target])[0] for day in sorted(days)]
    found = [one for one in {one.units_as_of: one for one in asked}.values() if one.tally.total]
    if len(found) < 2:
        return None
    step = (WIDTH - 2 * MARGIN) / (len(found) - 1)
    points = [
        Point(one, one.units_as_of, f"{MARGIN + step * number:.1f}", height_of(one.tally.met * 100 / one.tally.total))
        for number, one in enumerate(found)
    ]
    changes = changes_in(scope, figures)
    breaks, lines = [], [[points[0]]]
    for number, (before, after) in enumerate(pairwise(points)):
        between = [on for on in changes if before.day < on <= after.day]
        if between:
            breaks.append(Break(between[-1], f"{MARGIN + step * (number + 0.5):.1f}"))
            lines.append([])
        lines[-1].append(after)
    target_y = height_of(figures.target.percent) if figures.is_asked else ""
    joined = [" ".join(f"{point.x},{point.y}" for point in line) for line in lines]
    return Trend(points, joined, breaks, target_y)


def height_of(percent: float) -> str:
    """Return where a share stands in the drawing: 100 % at the top, 0 % at the bottom."""
    return f"{HEIGHT - percent * (HEIGHT - 30) / 100:.1f}"


def changes_in(scope: Scope, figures: Figures) -> list[datetime.date]:
    """Return the days on which the units that the target counts were re-arranged, in the order of time."""
    units = scope.origins.of_level(figures.target.indicator.level).order_by().values("unit")
    days = (
        Succession.objects.filter(successor__in=units).order_by("effective_on").values_list("effective_on", flat=True)
    )
    return list(days.distinct())
