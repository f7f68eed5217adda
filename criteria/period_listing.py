"""What the pages print of periods and of the extensions in them."""

import datetime
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from communes.models import UnitVersion, User
from communes.templatetags.vietnamese import day
from criteria.models import Extension, Indicator, ReportingPeriod
from criteria.naming import full_name
from criteria.periods import periods_of, status_of


@dataclass(frozen=True)
class PeriodRow:
    """A period of the list; `running` counts the extensions that concern the person."""

    period: ReportingPeriod
    status: tuple[str, str]
    running: int


@dataclass(frozen=True)
class ExtensionRow:
    """An extension under the name that its unit bore on the period's last day."""

    extension: Extension
    name: str
    state: tuple[str, str]

    @property
    def is_running(self) -> bool:
        return self.extension.runs_on(timezone.localdate())


def periods_listed(user: User) -> list[PeriodRow]:
    """Return the periods that concern the person, the latest first: two queries."""
    today = timezone.localdate()
    running = Counter(Extension.objects.running_on(today).visible_to(user).order_by().values_list("period", flat=True))
    return [PeriodRow(one, status_of(one, today), running[one.pk]) for one in periods_of(user)]


def extensions_for(user: User, period: ReportingPeriod) -> list[ExtensionRow]:
    """Return the extensions of the period that concern the person, those that run first."""
    found = Extension.objects.visible_to(user).filter(period=period)
    return _rows(found, period.ends_on)


def running_for(user: User, period: ReportingPeriod) -> list[ExtensionRow]:
    """Return those that run in the period and concern the person."""
    found = Extension.objects.running_on(timezone.localdate()).visible_to(user).filter(period=period)
    return _rows(found, period.ends_on)


def running_of(place: UnitVersion, user: User, on: datetime.date | None = None) -> list[ExtensionRow]:
    """Return those that run, in any period, for the unit: its own and those of what it stands in."""
    above = [unit for unit in (place.unit_id, place.parent_id, place.province_id) if unit]
    found = Extension.objects.running_on(timezone.localdate()).visible_to(user).filter(unit__in=above)
    return _rows(found, on or place.ends_on or timezone.localdate())


def running_for_result(
    place: UnitVersion, period: ReportingPeriod, indicator: Indicator | None, user: User
) -> list[ExtensionRow]:
    """Return those that run for one unit in one period, for the indicator (None: for any)."""
    return [
        row
        for row in running_of(place, user, period.ends_on)
        if row.extension.period_id == period.pk
        and (indicator is None or row.extension.indicator_id in (None, indicator.pk))
    ]


def _rows(extensions: Iterable[Extension], on: datetime.date) -> list[ExtensionRow]:
    """Return the rows of extensions (a queryset): three queries for any number of them."""
    listed = list(
        extensions.select_related(  # type: ignore[attr-defined]
            "period", "indicator", "granted_by__unit", "ended_by__unit"
        ).prefetch_related("granted_by__unit__versions", "ended_by__unit__versions")
    )
    if not listed:
        return []
    versions = UnitVersion.objects.as_of(on).filter(unit__in={one.unit_id for one in listed})
    names = {version.unit_id: full_name(version) for version in versions.with_district_on(on)}
    today = timezone.localdate()
    rows = [ExtensionRow(one, names.get(one.unit_id, ""), state_of(one, today)) for one in listed]
    return sorted(rows, key=lambda row: not row.is_running)


def state_of(extension: Extension, today: datetime.date) -> tuple[str, str]:
    """Return the name of the state in the style sheet and its words."""
    if extension.ended_at:
        return "locked", f"Đã dừng ngày {day(extension.ended_at)}"
    if today > extension.ends_on:
        return "locked", "Đã hết hạn"
    left = (extension.ends_on - today).days
    return "draft", f"Còn {left} ngày" if left else "Hôm nay là ngày cuối"
