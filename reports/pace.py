"""How fast: the rise from period to period, what is left of them, and where that leads by the target's last day.

Pure, but for `paces`, which reads. A rise between two periods counts only where no boundary changed between them: the
units before and after are others (domain.md, section 5). A forecast says its method and its range, and there is none
under `least_points` periods (`data/outlook.toml`).
"""

import datetime
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from pathlib import Path

from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import number, percent
from criteria.models import ReportingPeriod
from reports.progress import Figures, months_before
from reports.scopes import Scope
from reports.through import changes_in, figures_through

SETUP = tomllib.loads((Path(__file__).parent / "data" / "outlook.toml").read_text("utf-8"))
YEAR = 12  # months
POINTS = 8  # periods looked back to
FAR = 3650  # days: what is further ahead is not said
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Step:
    """From one period to the next: how many more units met it, in how many days."""

    rise: int
    days: int


@dataclass(frozen=True)
class Forecast:
    """How many units meet the target on its last day if it goes on so; `slow` and `fast` by the extreme periods.

    `reached_on` is the day on which the needed number would be met at the average speed, None if never.
    """

    on: datetime.date
    met: int
    slow: int
    fast: int
    points: int
    steps: int
    reached_on: datetime.date | None


@dataclass(frozen=True)
class Pace:
    """The way of one target up to the day of its figures, and the way left.

    `ends_on` is the last day on which the target can be judged: it falls due, or its units end. `changes_on` is the
    first day before that on which the units are re-arranged.
    """

    figures: Figures
    before: Figures | None
    steps: list[Step]
    ends_on: datetime.date
    periods_left: int
    forecast: Forecast | None = None
    changes_on: datetime.date | None = None
    recent: list[Step] = field(default_factory=list)

    @property
    def rise(self) -> Decimal | None:
        """The average of the last rises, in units a period."""
        if not self.recent:
            return None
        return (Decimal(sum(step.rise for step in self.recent)) / len(self.recent)).quantize(CENT)

    @property
    def is_out_of_reach(self) -> bool:
        """Whether the target is missed at the speed so far."""
        needed = self.figures.needed
        return bool(self.forecast and needed and not self.figures.is_reached and self.forecast.met < needed)

    @property
    def rise_words(self) -> str:
        """ "Bình quân 4 kỳ gần nhất tăng 3 xã/kỳ"; "" where no rise is known, or it is of one unit."""
        if self.rise is None or self.figures.tally.total == 1:
            return ""
        noun = f"{self.figures.target.noun}/kỳ"
        said = f"{'tăng' if self.rise > 0 else 'giảm'} {plain(abs(self.rise))} {noun}" if self.rise else "không tăng"
        count = len(self.recent)
        return f"Bình quân {count} kỳ gần nhất {said}" if count > 1 else f"Kỳ gần nhất {said.removesuffix('/kỳ')}"

    @property
    def left_words(self) -> str:
        """ "Còn 01 kỳ đánh giá đến ngày 31/12/2025"."""
        if not self.figures.is_asked:
            return ""
        count = f"Còn {self.periods_left:02}" if self.periods_left else "Không còn"
        return f"{count} kỳ đánh giá đến ngày {day_text(self.ends_on)}"

    @property
    def before_words(self) -> str:
        """ "Cùng kỳ năm trước (30/6/2024): 160/182 xã (87,91%), nay tăng 7,09 điểm phần trăm"."""
        then = self.before
        if then is None or then.percent is None or self.figures.percent is None:
            return ""
        share = f"{number(then.tally.met)}/{number(then.tally.total)} {then.target.noun} ({percent(then.percent)})"
        told = f"Cùng kỳ năm trước ({day_text(then.units_as_of)}): {share}"
        if not is_alike(then, self.figures):
            return f"{told}, không so sánh vì đơn vị đã được sắp xếp lại"
        more = self.figures.percent - then.percent
        said = f"nay {'tăng' if more > 0 else 'giảm'} {number(abs(more))} điểm phần trăm" if more else "nay không đổi"
        return f"{told}, {said}"

    @property
    def sentences(self) -> list[str]:
        """What is said of the way in `Giải thích kết quả`."""
        words = (self.before_words, self.rise_words, "" if self.figures.is_reached else self.left_words)
        return [f"{one}." for one in words if one]

    @property
    def forecast_words(self) -> list[str]:
        """The forecast in sentences: what, between what, by which method."""
        one = self.forecast
        if one is None:
            return [self.no_forecast_words]
        total, noun = self.figures.tally.total, self.figures.target.noun

        def share(met: int) -> str:
            return f"{number(met)}/{number(total)} {noun} ({percent(self.figures.percent_if(met))})"

        said = [f"Nếu giữ tốc độ bình quân, đến ngày {day_text(one.on)}: {share(one.met)}."]
        if one.slow != one.fast:
            said.append(f"Theo kỳ tăng chậm nhất: {share(one.slow)}; theo kỳ tăng nhanh nhất: {share(one.fast)}.")
        if one.reached_on and not self.figures.is_reached:
            said.append(f"Đủ {number(self.figures.needed)} {noun} vào khoảng ngày {day_text(one.reached_on)}.")
        said.append(
            f"Cách tính: tốc độ tăng bình quân theo ngày của {one.steps} lần chuyển kỳ giữa {one.points} kỳ đã có kết "
            "quả, nhân với số ngày còn lại, làm tròn xuống; lần chuyển kỳ có sắp xếp đơn vị không tính."
        )
        if self.changes_on:
            said.append(
                f"Đơn vị được sắp xếp lại từ ngày {day_text(self.changes_on)}: dự báo tính trên đơn vị hiện có."
            )
        return said

    @property
    def no_forecast_words(self) -> str:
        if self.ends_on <= self.figures.units_as_of:
            return "Không dự báo: đã đến ngày cuối đánh giá mục tiêu."
        return f"Chưa dự báo: cần ít nhất {SETUP['least_points']} kỳ có kết quả trên các đơn vị tương đương."


@dataclass(frozen=True)
class Ways:
    """What was read of the way of some targets: their figures of other days, boundary changes, the periods to come."""

    through: Mapping[int, Sequence[Figures]]
    changes: Mapping[str, Sequence[datetime.date]]
    lasts: Mapping[str, datetime.date]
    ends: Collection[datetime.date]
    coming: Sequence[datetime.date]

    def points(self, figures: Figures) -> list[Figures]:
        """The figures of the days with results, in the order of time."""
        return [one for one in self.through[figures.target.pk] if one.units_as_of in self.ends]

    def pace(self, figures: Figures) -> Pace:
        target = figures.target
        then = months_before(figures.units_as_of, YEAR)
        before = next((one for one in self.through[target.pk] if one.units_as_of == then), None)
        points = [one for one in self.points(figures) if one.units_as_of <= figures.units_as_of][-POINTS:]
        last = min(target.due_on, self.lasts.get(target.indicator.level, target.due_on))
        return pace_of(figures, before, points, self.changes[target.indicator.level], last, self.coming)


def ways_of(
    scope: Scope, figures: Sequence[Figures], periods: Sequence[ReportingPeriod], *, of_all_days: bool = False
) -> Ways | None:
    """Read the way of figures that are counted on the units of their own day: three queries; None if there is none.

    `periods` are those with results: the last ones before the figures, or all of them, as a chart shows them.
    """
    asked = [one for one in figures if not one.is_now and one.tally.total]
    if not asked:
        return None
    ends = {period.ends_on for period in periods}
    latest = max(one.units_as_of for one in asked)
    shown = ends if of_all_days else sorted(day for day in ends if day <= latest)[-POINTS:]
    days = sorted({*shown, *(months_before(one.units_as_of, YEAR) for one in asked)})
    return Ways(
        figures_through(scope, [one.target for one in asked], days),
        changes_in(scope),
        scope.last_days(max(one.target.due_on for one in asked)),
        ends,
        coming_days(latest, {period.kind for period in periods}),
    )


def paces(scope: Scope, figures: Sequence[Figures], periods: Sequence[ReportingPeriod]) -> dict[int, Pace]:
    """Return by target the way of the figures that have one: three queries."""
    ways = ways_of(scope, figures, periods)
    return {one.target.pk: ways.pace(one) for one in figures if one.target.pk in ways.through} if ways else {}


def coming_days(after: datetime.date, kinds: set[str]) -> list[datetime.date]:
    """Return the last days of the periods to come, of the kinds that have results: one query."""
    coming = ReportingPeriod.objects.filter(ends_on__gt=after, kind__in=kinds)
    return list(coming.order_by("ends_on").values_list("ends_on", flat=True).distinct())


def pace_of(
    figures: Figures,
    before: Figures | None,
    points: Sequence[Figures],
    changes: Sequence[datetime.date],
    last: datetime.date,
    coming: Iterable[datetime.date],
) -> Pace:
    """Return the way of a target, given the figures of the periods up to it and the days of boundary changes."""
    day = figures.units_as_of
    alike = [one for one in points if one.tally.met + one.tally.not_met and is_alike(one, figures)]
    steps = [
        (earlier, Step(later.tally.met - earlier.tally.met, (later.units_as_of - earlier.units_as_of).days))
        for earlier, later in pairwise(alike)
        if not any(earlier.units_as_of < on <= later.units_as_of for on in changes)
    ]
    kept = [step for _, step in steps]
    recent_from = min((one.units_as_of for one in alike[-SETUP["average_of"] - 1 :]), default=day)
    return Pace(
        figures,
        before if before is not None and before.tally.met + before.tally.not_met else None,
        kept,
        last,
        len({on for on in coming if day < on <= last}),
        forecast_of(figures, kept, [one.units_as_of for one in alike], last),
        next((on for on in changes if day < on <= last), None),
        [step for earlier, step in steps if earlier.units_as_of >= recent_from],
    )


def is_alike(one: Figures, other: Figures) -> bool:
    """Whether the numbers of units counted differ by little enough to be one series."""
    return abs(one.tally.total - other.tally.total) * 100 <= SETUP["alike_percent"] * other.tally.total


def forecast_of(
    figures: Figures, steps: Sequence[Step], points: Sequence[datetime.date], last: datetime.date
) -> Forecast | None:
    """Return where the steps lead from the last of the points; None under `least_points`, or where no day is left."""
    left = (last - points[-1]).days if points else 0
    if len(points) < SETUP["least_points"] or not steps or left <= 0:
        return None
    tally = figures.tally
    rate = Fraction(sum(step.rise for step in steps), sum(step.days for step in steps))
    rates = [Fraction(step.rise, step.days) for step in steps]

    def met_at(speed: Fraction) -> int:
        return min(tally.total, max(0, tally.met + floor(speed * left)))

    days = ceil((figures.gap or 0) / rate) if rate > 0 else 0
    reached_on = points[-1] + datetime.timedelta(days=days) if 0 < days <= FAR else None
    return Forecast(last, met_at(rate), met_at(min(rates)), met_at(max(rates)), len(points), len(steps), reached_on)


def plain(value: Decimal) -> str:
    """Return 3 for 3.00, 0,75 for 0.75, 1,5 for 1.50."""
    return number(value.normalize() if value % 1 else value.quantize(Decimal(1)))
