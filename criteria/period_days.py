"""The one writer of a period's days and of what is collected in it: each writing leaves who, when, old and new."""

import datetime
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from communes.models import User
from criteria.data_files import column, words
from criteria.models import Indicator, PeriodAct, PeriodChange, ReportingPeriod

TOLD = (
    "label",
    "kind",
    "starts_on",
    "ends_on",
    "opens_on",
    "due_on",
    "closes_on",
    "corrections_close_on",
    "closed_at",
    "takes_bare_verdicts",
    "needs_signed_copy",
)
COLLECTED, EVERYTHING = "Chỉ tiêu thu thập trong kỳ", "tất cả"


class Stale(Exception):
    """Somebody wrote the period after the person saw it; nothing was written."""


def keep(
    period: ReportingPeriod,
    *,
    by: User,
    act: str = PeriodAct.CHANGED,
    indicators: Iterable[Indicator] | None = None,
    seen: int | None = None,
) -> bool:
    """Write the period as it is given, and say whether anything changed; `seen` is the `last_change` on the page.

    Raises `Stale`.
    """
    with transaction.atomic():
        before = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
        if seen is not None and seen != last_change(period):
            raise Stale
        changes = _differing(before, period)
        if indicators is not None:
            changes |= _collect(before, list(indicators))
        if changes:
            period.save()
            PeriodChange.objects.create(period=period, by=by, act=act, changes=changes)
    return bool(changes)


def close(period: ReportingPeriod, *, by: User) -> None:
    """Close the period at once, whatever its days say."""
    period.closed_at = timezone.now()
    keep(period, by=by, act=PeriodAct.CLOSED)


def open_until(
    period: ReportingPeriod, *, closes_on: datetime.date | None, corrections_close_on: datetime.date | None, by: User
) -> None:
    """Open the period from today on, until the days given; without them it stays open."""
    today = timezone.localdate()
    period.closed_at, period.closes_on, period.corrections_close_on = None, closes_on, corrections_close_on
    if period.opens_after(today):
        period.opens_on = today
    keep(period, by=by, act=PeriodAct.OPENED)


def last_change(period: ReportingPeriod) -> int:
    """Return the id of the last writing of the period, 0 where nobody wrote it by hand."""
    change = period.changes.order_by("pk").last()
    return change.pk if change else 0


def _differing(before: ReportingPeriod, after: ReportingPeriod) -> dict[str, list[str]]:
    changes = {}
    for name in TOLD:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            label = str(column(ReportingPeriod, name).verbose_name)
            changes[label[:1].upper() + label[1:]] = [words(old), words(new)]
    return changes


def _collect(period: ReportingPeriod, indicators: list[Indicator]) -> dict[str, list[str]]:
    old = list(period.indicators.all())
    if {one.pk for one in old} == {one.pk for one in indicators}:
        return {}
    period.indicators.set(indicators)
    return {COLLECTED: ["; ".join(map(str, some)) or EVERYTHING for some in (old, indicators)]}
