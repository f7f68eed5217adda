"""The path to a target: how many units it asks for on the way, by its milestones, and how far ahead or behind.

Pure. Milestones are the plan's own earlier targets of the same indicator. Between two of them, and where a plan sets
none, the path rises evenly from the first period with results: a measure to compare with, and it says so.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil

from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import percent as percent_text
from criteria.rounding import percent_of
from reports.models import Target
from reports.progress import Figures


@dataclass(frozen=True)
class Waypoint:
    """A day of the path: the share asked for, and the units, where it is known of how many."""

    on: datetime.date
    share: Fraction
    figures: Figures | None = None
    is_milestone: bool = False

    @property
    def needed(self) -> int | None:
        """The smallest number of units with that share."""
        return ceil(self.share * self.figures.tally.total / 100) if self.figures else None

    @property
    def ahead(self) -> int | None:
        """How many units more than asked for; negative: fewer."""
        return self.figures.tally.met - (self.needed or 0) if self.figures else None

    @property
    def words(self) -> str:
        """ "99%": the share of a milestone."""
        return f"{self.share}%"

    @property
    def behind(self) -> int:
        return max(0, -(self.ahead or 0))


@dataclass(frozen=True)
class Path:
    """The path of a target from the first of its points."""

    target: Target
    waypoints: list[Waypoint]
    milestones: list[Target]

    @property
    def words(self) -> str:
        """Say where the path comes from."""
        first, due = self.waypoints[0], self.target
        end = f"{due.percent}% ngày {day_text(due.due_on)}"
        if self.milestones:
            named = ", ".join(f"{one.percent}% ngày {day_text(one.due_on)}" for one in self.milestones)
            return f"Mốc của kế hoạch: {named}, {end}; giữa hai mốc tính tăng đều."
        share = percent_text(percent_of(first.figures.tally.met, first.figures.tally.total)) if first.figures else "–"
        way = f"từ {share} ngày {day_text(first.on)} đến {end}"
        return f"Kế hoạch không đặt mốc từng năm; để so sánh, tính tăng đều {way}."


def path_of(points: Sequence[Figures], targets: Sequence[Target]) -> Path | None:
    """Return the path through the points' days; `targets` are those of the indicator, the last one the final."""
    counted = [one for one in points if one.tally.total]
    if not counted or not counted[-1].is_asked:
        return None
    *milestones, final = sorted(targets, key=lambda one: one.due_on)
    start = counted[0]
    known = [(start.units_as_of, Fraction(start.tally.met * 100, start.tally.total))]
    known += [(one.due_on, Fraction(one.percent)) for one in (*milestones, final) if one.due_on > start.units_as_of]
    days = {one.due_on for one in milestones}
    waypoints = [Waypoint(one.units_as_of, share_on(one.units_as_of, known), one) for one in counted]
    waypoints += [
        Waypoint(on, share, None, is_milestone=on in days or on == final.due_on)
        for on, share in known
        if on > counted[-1].units_as_of
    ]
    return Path(final, waypoints, milestones)


def share_on(day: datetime.date, known: Sequence[tuple[datetime.date, Fraction]]) -> Fraction:
    """Return the share on the straight line between the two known days around it; beyond the last one, that one's."""
    for (start, low), (end, high) in pairwise(known):
        if start <= day <= end:
            return low + (high - low) * Fraction((day - start).days, (end - start).days)
    return known[-1][1]
