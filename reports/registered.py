"""Đăng ký phấn đấu beside what came of it: by year, and for the asked year by district beside the province's target.

A year is looked at on its last day, the asked one on the asked day. Whoever registered and has an official "Đạt" then
has done what was undertaken, whenever that result was given.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from communes.models import UnitVersion
from criteria.models import Registration, StandingSpan, Verdict
from criteria.rounding import percent_of
from reports.progress import Figures, Tally
from reports.scopes import PLACE, Scope


@dataclass(frozen=True)
class Year:
    """How many units registered for a year, and how many of them meet the target on the day."""

    year: int
    day: datetime.date
    registered: int
    met: int

    @property
    def left(self) -> int:
        return self.registered - self.met

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.met, self.registered)


@dataclass(frozen=True)
class DistrictPlan:
    """What a district undertook for the asked year, beside what the province's target asks of as many units.

    `reached_if` is how many would meet it if all that registered did; `asked` None: no target is set.
    """

    district: UnitVersion
    tally: Tally
    registered: int
    met: int
    asked: int | None

    @property
    def reached_if(self) -> int:
        return self.tally.met + self.registered - self.met

    @property
    def falls_short(self) -> int:
        """By how many units the district's own plan stays below the province's target."""
        return max(0, (self.asked or 0) - self.reached_if)


def years_of(scope: Scope, figures: Figures) -> list[Year]:
    """Return the years with registrations up to the asked day, the first one first: two queries."""
    day, indicator = figures.units_as_of, figures.target.indicator
    rows: Any = Registration.objects.standing().filter(
        indicator=indicator, year__lte=day.year, unit__in=scope.origins.order_by().values("unit")
    )
    registered = dict(rows.order_by("year").values_list("year").annotate(Count("pk")))
    if not registered:
        return []
    spans = "unit__standing_spans__"
    met = rows.filter(**{f"{spans}indicator": indicator, f"{spans}standing": Verdict.MET})
    counted: Counter[int] = Counter()
    for year, begins, ends, units in met.values_list("year", f"{spans}starts_on", f"{spans}ends_on").annotate(
        Count("pk")
    ):
        if begins <= looked_at(year, day) <= ends:
            counted[year] += units
    return [Year(year, looked_at(year, day), units, counted[year]) for year, units in registered.items()]


def looked_at(year: int, day: datetime.date) -> datetime.date:
    return min(datetime.date(year, 12, 31), day)


def district_plans(
    scope: Scope, figures: Figures, asked_day: datetime.date, districts: Sequence[UnitVersion]
) -> list[DistrictPlan]:
    """Return the plans of the districts where units registered for the year of the day: one query."""
    target, day = figures.target, figures.units_as_of
    of_unit = {"unit": OuterRef("unit"), "indicator": target.indicator}
    listed = Registration.objects.for_year(day.year).filter(**of_unit)
    is_met = Q(Exists(StandingSpan.objects.of_outer_unit(target.indicator, day).filter(standing=Verdict.MET)))
    living: Any = scope.living(target.indicator.level, day, asked_day).of_kinds(target.kinds).filter(Exists(listed))
    rows = living.order_by().annotate(place=PLACE).values_list("place")
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for place, registered, met in rows.annotate(registered=Count("pk"), met=Count("pk", filter=is_met)):
        found[place] = (registered, met)
    plans = []
    for district in districts:
        if district.unit_id in found:
            tally = figures.rows.get(district.unit_id, Tally())
            asked = target.needed(tally.total) if figures.is_asked else None
            plans.append(DistrictPlan(district, tally, *found[district.unit_id], asked))
    return plans
