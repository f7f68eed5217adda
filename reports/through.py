"""The figures of many days at once, and the days on which boundaries changed between them."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count

from communes.models import Succession
from reports.models import Target
from reports.progress import Figures, Standing, Tally, counts, levels_of
from reports.scopes import Scope

HELD = ("joined_on", "starts_on", "ends_on")  # since when and until when a unit counted in the scope


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


def changes_in(scope: Scope) -> dict[str, list[datetime.date]]:
    """Return by level the days on which units of the scope were re-arranged, in the order of time: one query."""
    units = scope.origins.order_by().values("unit")
    days = Succession.objects.filter(successor__in=units).order_by("effective_on")
    found: dict[str, list[datetime.date]] = defaultdict(list)
    for level, on in days.values_list("successor__level", "effective_on").distinct():
        found[level].append(on)
    return found
