"""Nội dung cần quan tâm: which units to look at first, and what it would change if they did what they lack.

What the figures hold already is told from them; which units fail which items, and how they stood before, is asked in
one query for all targets.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q, Subquery
from django.utils import timezone

from communes.models import Level, UnitVersion
from communes.templatetags.vietnamese import lowered, number, percent
from criteria.due import late_by_place
from criteria.models import Condition, ConditionResult, ReportingPeriod, StandingSpan, Verdict
from reports.explaining import spans_behind
from reports.pace import Pace
from reports.progress import PLACE, Figures, levels_of
from reports.scopes import Scope

NAMED = 3  # units in one sentence; the others are counted


class Failure(NamedTuple):
    """A unit that does not meet an indicator, and one item that it fails; None where none may be named."""

    indicator: int
    unit: int
    name: str
    district: str | None
    before: str | None
    has_unjudged: bool
    item: int | None


@dataclass(frozen=True)
class Concern:
    """A unit that does not meet an indicator: it met it before, or it lacks one item (`short`, its number).

    A sensitive item is not counted: it is named in no list, and nothing may be inferred of it.
    """

    indicator: int
    unit: int
    name: str
    fell: bool
    short: int | None


@dataclass(frozen=True)
class Line:
    """What is said of one target, and the list behind it."""

    label: str
    text: str
    url: str


@dataclass(frozen=True)
class Item:
    """One thing to look at: `state` of the style sheet, how many, of what, and a line for each target."""

    state: str
    badge: str
    title: str
    lines: list[Line] = field(default_factory=list)


def failures(scope: Scope, figures: Sequence[Figures], day: datetime.date) -> list[Failure]:
    """Return the units that do not meet the targets with each item that they fail, in official order: one query.

    None where no unit fails. `before` is the result that counted before this one.
    """
    asked = [one for one in figures if one.tally.not_met and not one.is_now]
    if not asked:
        return []
    earlier = StandingSpan.objects.filter(
        unit=OuterRef("unit"), indicator=OuterRef("indicator"), result_on__lt=OuterRef("result_on")
    ).order_by("-result_on", "-starts_on")
    judged = ConditionResult.objects.filter(revision=OuterRef(OuterRef("counted")), condition=OuterRef("pk"))
    unjudged = Condition.objects.filter(~Exists(judged), checklist=OuterRef("counted__checklist"), is_sensitive=False)
    last = max(one.units_as_of for one in asked)
    district = UnitVersion.objects.as_of(last).filter(
        unit=OuterRef("unit__versions__parent"), unit__level=Level.DISTRICT
    )
    rows: Any = spans_behind(scope, asked, day).filter(standing=Verdict.NOT_MET)
    rows = rows.annotate(
        district=Subquery(district.values("name")[:1]),
        before=Subquery(earlier.values("standing")[:1]),
        has_unjudged=Exists(unjudged),
        fault=FilteredRelation("counted__results", condition=Q(counted__results__verdict=Verdict.NOT_MET)),
    )
    columns = ("indicator", "unit", "unit__versions__name", "district", "before", "has_unjudged")
    items = ("fault__condition__number", "fault__condition__is_sensitive")
    found = rows.order_by("unit__versions__code", "unit").values_list(*columns, *items)
    return [Failure._make((*row, None if is_sensitive else item)) for *row, item, is_sensitive in found]


def concerns_in(found: Iterable[Failure]) -> list[Concern]:
    """Return the units that fell back or lack one item."""
    units: dict[tuple[int, int], list[Failure]] = defaultdict(list)
    for one in found:
        units[one.indicator, one.unit].append(one)
    concerns = []
    for rows in units.values():
        first, items = rows[0], [row.item for row in rows if row.item is not None]
        short = items[0] if len(items) == 1 and not first.has_unjudged else None
        if short is not None or first.before == Verdict.MET:
            name = f"{first.name} ({first.district})" if first.district else first.name
            concerns.append(Concern(first.indicator, first.unit, name, first.before == Verdict.MET, short))
    return concerns


def failed_in(found: Iterable[Failure]) -> dict[int, dict[int, int]]:
    """Count the items not met: indicator → number → units."""
    counted: dict[int, Counter[int]] = defaultdict(Counter)
    for one in found:
        if one.item is not None:
            counted[one.indicator][one.item] += 1
    return {indicator: dict(sorted(items.items())) for indicator, items in counted.items()}


def concerns(scope: Scope, figures: Sequence[Figures], day: datetime.date) -> list[Concern]:
    return concerns_in(failures(scope, figures, day))


def listed(names: Sequence[str]) -> str:
    """Return "Ia Púch (Chư Prông), Yang Nam (Kông Chro) và 7 đơn vị khác"."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" và {number(more)} đơn vị khác" if more > 0 else "")


@dataclass(frozen=True)
class Late:
    """Who has not sent the results of the last period though it is past due: indicator → place → units."""

    period: ReportingPeriod
    days: int
    counts: Mapping[int, Mapping[int, int]]
    url: str


def late_in(scope: Scope, figures: Sequence[Figures], period: ReportingPeriod | None, url: str) -> Late | None:
    """Return who is late in the period: one query, none before its due day."""
    today = timezone.localdate()
    if period is None or today <= period.due_on:
        return None
    indicators = [one.target.indicator for one in figures]
    levels = levels_of([one.target for one in figures])
    living = scope.living(levels, period.ends_on, period.ends_on).annotate(place=PLACE)
    return Late(period, (today - period.due_on).days, late_by_place(living, indicators, period, today), url)


@dataclass(frozen=True)
class Attention:
    """Makes the items out of what was read; `url` gives the list behind one target, narrowed."""

    figures: Sequence[Figures]
    concerns: Sequence[Concern]
    paces: Mapping[int, Pace]
    districts: Mapping[int, str]
    url: Callable[..., str]
    late: Late | None = None

    def items(self) -> list[Item]:
        made = (self.out_of_reach(), self.short(), self.fell(), self.pending(), self.overdue(), self.to_review())
        return [one for one in made if one.lines]

    def short(self) -> Item:
        lines = []
        for one, units in self._by_target(lambda concern: concern.short is not None):
            noun, met = one.target.noun, one.tally.met + len(units)
            who = f"cả {number(len(units))} {noun}" if len(units) > 1 else f"{noun} này"
            share = f"{number(met)}/{number(one.tally.total)} {noun} ({percent(one.percent_if(met))})"
            text = f"{listed(units)}. Nếu {who} hoàn thành: {share}."
            lines.append(Line(str(one.target.indicator.name), text, self.url(one.target, standing="one_short")))
        title = "Còn 01 nội dung chưa đạt (không kể nội dung nhạy cảm)"
        return Item("not-met", self._count(lambda concern: concern.short is not None), title, lines)

    def fell(self) -> Item:
        lines = [
            Line(str(one.target.indicator.name), f"{listed(units)}.", self.url(one.target, standing="fell"))
            for one, units in self._by_target(lambda concern: concern.fell)
        ]
        return Item("not-met", self._count(lambda concern: concern.fell), "Kỳ trước đạt, kỳ này chưa đạt", lines)

    def pending(self) -> Item:
        lines = []
        for one in self.figures:
            if one.tally.pending:
                text = self._by_place(one, {unit: tally.pending for unit, tally in one.rows.items()})
                lines.append(Line(str(one.target.indicator.name), text, self.url(one.target, standing="pending")))
        total = sum(one.tally.pending for one in self.figures)
        return Item("pending", number(total), "Đã gửi, chờ xác nhận", lines)

    def overdue(self) -> Item:
        if self.late is None:
            return Item("missing", "", "")
        lines = []
        for one in self.figures:
            counted = self.late.counts.get(one.target.indicator_id, {})
            if counted:
                text = self._by_place(one, counted)
                lines.append(Line(str(one.target.indicator.name), text, self.late.url))
        title = f"Chưa gửi {lowered(self.late.period.label)}, quá hạn {number(self.late.days)} ngày"
        total = sum(units for counted in self.late.counts.values() for units in counted.values())
        return Item("missing", number(total), title, lines)

    def to_review(self) -> Item:
        lines = []
        for one in self.figures:
            if one.tally.needs_review:
                text = f"{number(one.tally.needs_review)} {one.target.noun}: kết quả đã quá {one.target.months_valid} "
                text += "tháng, hoặc đơn vị đã nhận thêm địa bàn sau đó; vẫn được tính."
                lines.append(Line(str(one.target.indicator.name), text, self.url(one.target, standing="needs_review")))
        total = sum(one.tally.needs_review for one in self.figures)
        return Item("submitted", number(total), "Cần rà soát lại", lines)

    def out_of_reach(self) -> Item:
        lines = []
        for one in self.figures:
            pace = self.paces.get(one.target.pk)
            if pace is not None and pace.is_out_of_reach:
                text = f"Còn thiếu {number(one.gap)} {one.target.noun}. {pace.left_words}. {pace.forecast_words[0]}"
                lines.append(Line(str(one.target.indicator.name), text, self.url(one.target) + "#forecast"))
        badge = f"{len(lines)} mục tiêu"
        return Item("not-met", badge, "Khó hoàn thành mục tiêu nếu giữ tốc độ hiện nay", lines)

    def _by_target(self, chosen: Callable[[Concern], bool]) -> list[tuple[Figures, list[str]]]:
        """Return for each target the names of the units chosen, where there are any."""
        names: dict[int, list[str]] = defaultdict(list)
        for concern in self.concerns:
            if chosen(concern):
                names[concern.indicator].append(concern.name)
        of = [(one, names[one.target.indicator_id]) for one in self.figures if not one.is_now]
        return [(one, found) for one, found in of if found]

    def _count(self, chosen: Callable[[Concern], bool]) -> str:
        return number(sum(len(names) for _, names in self._by_target(chosen)))

    def _by_place(self, figures: Figures, counts: Mapping[int, int]) -> str:
        """Return "Ia Grai 1, Chư Sê 2.", the most first; of a target of districts their names."""
        found = sorted(((units, unit) for unit, units in counts.items() if units), key=lambda one: -one[0])
        is_unit = figures.target.indicator.level == Level.DISTRICT
        if any(unit not in self.districts for _, unit in found):
            return f"{number(sum(counts.values()))} {figures.target.noun}."
        names = [self.districts[unit] + ("" if is_unit else f" {number(units)}") for units, unit in found]
        return f"{listed(names)}."
