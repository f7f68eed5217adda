"""What the pages print of periods and of the extensions in them."""

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from communes.models import UnitVersion, User
from communes.templatetags.vietnamese import day
from criteria.models import Extension, ExtensionQuerySet, Indicator, ReportingPeriod
from criteria.periods import periods_of, status_of
from criteria.registers.naming import place_title


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
    return _rows(Extension.objects.visible_to(user).filter(period=period))


def running_for(user: User, period: ReportingPeriod | None = None) -> list[ExtensionRow]:
    """Return those that run and concern the person, in one period or in any."""
    found = Extension.objects.running_on(timezone.localdate()).visible_to(user)
    return _rows(found if period is None else found.filter(period=period))


def running_of(place: UnitVersion, user: User) -> list[ExtensionRow]:
    """Return those that run, in any period, for the unit: its own and those of what it stands in."""
    above = [unit for unit in (place.unit_id, place.parent_id, place.province_id) if unit]
    return _rows(Extension.objects.running_on(timezone.localdate()).visible_to(user).filter(unit__in=above))


def running_for_result(
    place: UnitVersion, period: ReportingPeriod, indicator: Indicator | None, user: User
) -> list[ExtensionRow]:
    """Return those that run for one unit in one period, for the indicator (None: for any)."""
    return [
        row
        for row in running_of(place, user)
        if row.extension.period_id == period.pk
        and (indicator is None or row.extension.indicator_id in (None, indicator.pk))
    ]


def _rows(extensions: ExtensionQuerySet) -> list[ExtensionRow]:
    """Return the rows of the extensions, those that run first: a fixed number of queries for any number of them."""
    places = UnitVersion.objects.as_of(OuterRef("period__ends_on")).filter(unit=OuterRef("unit"))
    listed: list[Any] = list(
        extensions.annotate(place_id=Subquery(places.values("pk")[:1]))
        .select_related("period", "indicator", "granted_by__unit", "ended_by__unit")
        .prefetch_related("granted_by__unit__versions", "ended_by__unit__versions")
    )
    if not listed:
        return []
    versions = UnitVersion.objects.with_parent().in_bulk([one.place_id for one in listed if one.place_id])
    names = {pk: place_title(version) for pk, version in versions.items()}
    today = timezone.localdate()
    rows = [ExtensionRow(one, names.get(one.place_id, ""), state_of(one, today)) for one in listed]
    return sorted(rows, key=lambda row: not row.is_running)


def state_of(extension: Extension, today: datetime.date) -> tuple[str, str]:
    """Return the name of the state in the style sheet and its words."""
    if extension.ended_at:
        return "locked", f"Đã dừng ngày {day(extension.ended_at)}"
    if today > extension.ends_on:
        return "locked", "Đã hết hạn"
    left = (extension.ends_on - today).days
    return "draft", f"Còn {left} ngày" if left else "Hôm nay là ngày cuối"
