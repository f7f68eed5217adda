"""How a target's figure moved from period to period, drawn with a visible break where the boundaries changed.

The figures before and after a change count other units: they are never joined in one line (domain.md, section 5).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from math import ceil

from reports.pace import Pace
from reports.path import Path
from reports.progress import Figures

TOP, BOTTOM = 30, 150  # px at 100 % and at 0 %
MARGIN = 12  # % of the width left free on either side, for the words of the outer points
AHEAD = "97.00"  # % of the width: what is to come, in the right margin
LABELS, LABELS_ON_A_PHONE = 8, 4


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
class Stroke:
    """A piece of a line, as the drawing places it."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True)
class Ahead:
    """Where the forecast leads, in the free margin on the right: a line to the mean, and the range."""

    line: Stroke
    range: Stroke


@dataclass(frozen=True)
class Trend:
    """Points in the order of time; `lines` join two neighbours between which no boundary changed."""

    points: list[Point]
    lines: list[tuple[Point, Point]]
    breaks: list[Break]
    target_y: str = ""
    path: list["Stroke"] = field(default_factory=list)
    forecast: "Ahead | None" = None

    @property
    def target_dy(self) -> int:
        """The target's words stand on the side of its line that the last point is not on."""
        return 16 if self.points[-1].is_reached else -6


def trend_of(figures: Figures, asked: Sequence[Figures], changes: Sequence[datetime.date]) -> Trend | None:
    """Return the trend of the target through the figures of the days with results, or None under two of them.

    Of a level that has ended the last point is the figure itself, of the last day on which its units lived.
    """
    found = [one for one in asked if one.tally.total]
    if asked and not asked[-1].tally.total and all(one.units_as_of < figures.units_as_of for one in found):
        found += [figures] if figures.tally.total else []
    if len(found) < 2:
        return None
    target_y = height_of(figures.target.percent) if figures.is_asked else ""
    points = points_of(found)
    breaks, lines = [], []
    for number, (before, after) in enumerate(pairwise(points)):
        between = [on for on in changes if before.day < on <= after.day]
        if between:
            breaks.append(Break(between[-1], place_of(number + 0.5, len(points))))
        else:
            lines.append((before, after))
    return Trend(points, lines, breaks, target_y)


def with_outlook(trend: Trend, path: Path | None, pace: Pace | None) -> Trend:
    """Add to the drawing the path to the target and, where the target is still to come, the forecast."""
    if path is None:
        return trend
    on = {waypoint.on: height_of(float(waypoint.share)) for waypoint in path.waypoints}
    places = [(point.x, on[point.day]) for point in trend.points if point.day in on]
    last = trend.points[-1]
    if path.target.due_on > last.day:
        places.append((AHEAD, height_of(path.target.percent)))
    strokes = [Stroke(*before, *after) for before, after in pairwise(places)]
    one = pace.forecast if pace else None
    if one is None or pace is None:
        return replace(trend, path=strokes)
    mean, slow, fast = (height_of(met * 100 / pace.figures.tally.total) for met in (one.met, one.slow, one.fast))
    return replace(
        trend, path=strokes, forecast=Ahead(Stroke(last.x, last.y, AHEAD, mean), Stroke(AHEAD, slow, AHEAD, fast))
    )


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
