"""What a person's units have still to send of the periods that take work today, the latest periods first."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, When

from communes.models import Role, UnitVersion, UnitVersionQuerySet, User, holds_on
from communes.templatetags.vietnamese import day
from criteria import rules
from criteria.models import PENDING, Assessment, Extension, Indicator, ReportingPeriod, Revision, State
from criteria.period_listing import ExtensionRow
from criteria.periods import is_collected, periods_of, status_of
from criteria.registers.expecting import not_registered

LOOKED_AT = 3  # periods: what is older than these is no longer asked for on the first page
SENT_STATES = (*PENDING, State.CONFIRMED)


@dataclass(frozen=True)
class Due:
    """How many results of the period the person's units have not sent, of how many; what came back counts among them.

    `last` is the day by which they are late: the due day, or that of an extension for all of them.
    """

    period: ReportingPeriod
    status: tuple[str, str]
    missing: int
    expected: int
    last: datetime.date
    days_late: int

    @property
    def words(self) -> str:
        """ "hạn gửi 15/01/2025, quá hạn 6 ngày"; "gia hạn đến 28/01/2025, còn 3 ngày"."""
        last = f"{'hạn gửi' if self.last == self.period.due_on else 'gia hạn đến'} {day(self.last)}"
        if self.days_late > 0:
            return f"{last}, quá hạn {self.days_late} ngày"
        return f"{last}, còn {-self.days_late} ngày" if self.days_late else f"{last}, hôm nay là ngày cuối"


def due_for(user: User, today: datetime.date, extensions: Sequence[ExtensionRow]) -> list[Due]:
    """Return the periods of which something is still to be sent; `extensions` are those that run for the person."""
    periods = _taking_work(user, today, extensions)[:LOOKED_AT]
    counts = _counts(user, periods) if periods else {}
    found = []
    for period in periods:
        expected, sent = counts[period.pk]
        if sent < expected:
            last = max((period.due_on, *_days_for_all(user, period, extensions)))
            late = (today - last).days
            found.append(Due(period, status_of(period, today), expected - sent, expected, last, late))
    return found


def _taking_work(user: User, today: datetime.date, extensions: Sequence[ExtensionRow]) -> list[ReportingPeriod]:
    """Return the periods, opened by the province or already filled by somebody, that take work today."""
    is_used = Exists(Assessment.objects.filter(period=OuterRef("pk"))) | Q(opens_on__isnull=False)
    begun = periods_of(user).filter(is_used, starts_on__lte=today)
    until: dict[int, datetime.date] = {}
    for row in extensions:
        key = row.extension.period_id
        until[key] = max(row.extension.ends_on, until.get(key, row.extension.ends_on))
    return [one for one in begun if not rules.refusal_of_any_work(one, today, extended_until=until.get(one.pk))]


def _days_for_all(user: User, period: ReportingPeriod, extensions: Iterable[ExtensionRow]) -> list[datetime.date]:
    """Return the days of the extensions that hold for all of the person's units: a commune's, those above it too."""
    return [
        row.extension.ends_on
        for row in extensions
        if row.extension.period_id == period.pk
        and row.extension.indicator_id is None
        and (user.role == Role.COMMUNE or row.extension.unit_id == user.unit_id)
    ]


def _counts(user: User, periods: Sequence[ReportingPeriod]) -> dict[int, tuple[int, int]]:
    """Return by period how many results are expected of the person's units and how many of these are sent.

    Three queries for all the periods: the indicators, the units of their last days, and what those have sent.
    """
    collected = {f"in_{one.pk}": Case(When(_is_named_in(one), then=True), default=False) for one in periods}
    indicators = list(Indicator.objects.annotate(**collected))
    exempt = _exempt(indicators, periods)
    seen = UnitVersion.objects.visible_to(user).order_by().annotate(**exempt)
    lives = seen.filter(reduce(or_, (holds_on(period.ends_on) for period in periods)))
    units: list[Any] = list(
        lives.values("unit__level", "kind", "starts_on", "ends_on", *exempt).annotate(number=Count("pk"))
    )
    at = "unit__assessments__"
    sent = seen.filter(
        holds_on(F(f"{at}period__ends_on")),
        **{f"{at}period__in": periods, f"{at}revisions__state__in": SENT_STATES},
    )
    said: list[Any] = list(
        sent.values("unit__level", "kind", f"{at}period", f"{at}indicator", *exempt).annotate(
            number=Count(at.removesuffix("__"), distinct=True)
        )
    )
    found = {}
    for period in periods:
        held = [row for row in units if row["starts_on"] <= period.ends_on <= (row["ends_on"] or datetime.date.max)]
        expected = done = 0
        for one in indicators:
            if getattr(one, f"in_{period.pk}"):
                own = [row for row in said if (row[f"{at}period"], row[f"{at}indicator"]) == (period.pk, one.pk)]
                expected += _expected_of(held, one, period)
                done += _expected_of(own, one, period)
        found[period.pk] = expected, done
    return found


def _is_named_in(period: ReportingPeriod) -> Q:
    """Return, for an indicator, "it is collected in the period": it is named there, or none is."""
    named: Any = ReportingPeriod.indicators.through.objects.filter(reportingperiod=period)
    return Q(Exists(named.filter(indicator=OuterRef("pk")))) | ~Q(Exists(named))


def _exempt(indicators: Iterable[Indicator], periods: Iterable[ReportingPeriod]) -> dict[str, Any]:
    """Return, for units' versions, of which of the indicators that need a registration nothing is expected."""
    return {
        f"exempt_{one.pk}_{period.pk}": Case(When(not_registered(one, period), then=True), default=False)
        for one in indicators
        if one.needs_registration
        for period in periods
    }


def _expected_of(rows: Iterable[Any], indicator: Indicator, period: ReportingPeriod) -> int:
    """Return how many of the counted units are expected to send a result."""
    return sum(
        row["number"]
        for row in rows
        if row["unit__level"] == indicator.level
        and row["kind"] in indicator.kinds
        and not row.get(f"exempt_{indicator.pk}_{period.pk}")
    )


def _is_expected(indicator: Indicator, period: ReportingPeriod) -> Q:
    """Return, for a unit's version, "it lives on the period's last day, and a result is expected of it"."""
    is_judged = Q(holds_on(period.ends_on), unit__level=indicator.level, kind__in=indicator.kinds)
    return is_judged & is_collected(indicator, period) & ~not_registered(indicator, period)


def _has_sent(indicator: Indicator, period: ReportingPeriod) -> Q:
    sent = Revision.objects.filter(
        assessment__unit=OuterRef("unit"),
        assessment__indicator=indicator,
        assessment__period=period,
        state__in=SENT_STATES,
    )
    return Q(Exists(sent))


def late_by_place(
    versions: UnitVersionQuerySet, indicators: Iterable[Indicator], period: ReportingPeriod, today: datetime.date
) -> dict[int, dict[int, int]]:
    """Return by indicator and place how many of the units have not sent though the due day is past: one query.

    `versions` are those of the period's last day, with `place` annotated. Who is still given time is not late.
    """
    if today <= period.due_on:
        return {}
    given: Any = Extension.objects.running_on(today).filter(period=period)
    late = {}
    for indicator in indicators:
        of_unit = Q(unit=OuterRef("unit")) | Q(unit=OuterRef("parent")) | Q(unit=OuterRef("province"))
        has_time = Q(Exists(given.filter(of_unit, Q(indicator=indicator) | Q(indicator=None))))
        is_late = _is_expected(indicator, period) & ~_has_sent(indicator, period) & ~has_time
        late[indicator.pk] = Count("pk", filter=is_late)
    found: dict[int, dict[int, int]] = defaultdict(dict)
    columns = {f"late_{pk}": counted for pk, counted in late.items()}
    placed: Any = versions
    for row in placed.order_by().values("place").annotate(**columns):
        for pk in late:
            if row[f"late_{pk}"]:
                found[pk][row["place"]] = row[f"late_{pk}"]
    return found
