"""Gia hạn: the facts about extensions that the rules ask for, and the one writer of them."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from communes.models import Unit, UnitVersion, User
from criteria import rules
from criteria.models import Extension, Indicator, ReportingPeriod

Subject = tuple[int, int, int | None]  # period, unit, indicator (None: all)


class Stands(Protocol):
    """What a unit has said so far: a revision, or the standing of a line ("" and 0: nothing)."""

    @property
    def state(self) -> str: ...

    @property
    def number(self) -> int: ...


@dataclass(frozen=True)
class Nothing:
    state: str = ""
    number: int = 0


class ExtensionRefused(Exception):
    """The extension was not written; the message is a Vietnamese sentence."""


@dataclass(frozen=True)
class Extensions:
    """The last day of what stands of some periods, by period, unit and indicator."""

    days: Mapping[Subject, datetime.date]

    def until(self, period: int, place: UnitVersion, indicator: int) -> datetime.date | None:
        """Return the last day that the unit, by itself or by what it stands in, is given for the indicator."""
        found = [
            self.days[period, unit, which]
            for unit in (place.unit_id, place.parent_id, place.province_id)
            for which in (indicator, None)
            if unit is not None and (period, unit, which) in self.days
        ]
        return max(found, default=None)

    def refusal(
        self, period: ReportingPeriod, place: UnitVersion, indicator: Indicator, standing: Stands, day: datetime.date
    ) -> str:
        """Say why work on what stands of the unit is not taken in the period on the day."""
        is_correction = rules.is_correction(standing.state, standing.number)
        until = self.until(period.pk, place, indicator.pk)
        return rules.refusal_of_period(period, day, is_correction=is_correction, extended_until=until)


def extensions_of(periods: Iterable[ReportingPeriod]) -> Extensions:
    """Return what opens a closed period: one query, none where no period ever closes."""
    closing = [period for period in periods if period.ever_closes]
    return standing_extensions(closing) if closing else Extensions({})


def standing_extensions(periods: Iterable[ReportingPeriod]) -> Extensions:
    """Return all that stand: they put off the due day of a period too that never closes."""
    rows = Extension.objects.standing().filter(period__in=[period.pk for period in periods]).order_by("ends_on")
    return Extensions({(row.period_id, row.unit_id, row.indicator_id): row.ends_on for row in rows})


def latest_for(user: User, period: ReportingPeriod) -> datetime.date | None:
    """Return the last day that some unit of the person's scope is given in the period."""
    if not period.ever_closes:
        return None
    seen = Extension.objects.standing().visible_to(user).filter(period=period).order_by("-ends_on")
    return seen.values_list("ends_on", flat=True).first()


def refusal_of_door(user: User, period: ReportingPeriod) -> str:
    """Say why this person can do nothing at all in the period, neither new work nor a correction, for no unit."""
    return rules.refusal_of_any_work(period, timezone.localdate(), extended_until=latest_for(user, period))


def refusal_of_work(period: ReportingPeriod, place: UnitVersion, indicator: Indicator, standing: Stands | None) -> str:
    """Say why work on one unit's result as it stands is not taken in the period today."""
    return extensions_of([period]).refusal(period, place, indicator, standing or Nothing(), timezone.localdate())


# --- writing ---------------------------------------------------------------------------------------------


def grant(
    period: ReportingPeriod,
    unit: Unit,
    *,
    ends_on: datetime.date,
    reason: str,
    by: User,
    indicator: Indicator | None = None,
) -> Extension:
    """Give the unit until the day; raises `ExtensionRefused`."""
    refused = rules.refusal_to_manage_periods(by.role) or refusal_of_unit(period, unit, by)
    if not refused and ends_on < timezone.localdate():
        refused = "ngày gia hạn đã qua. Chọn từ hôm nay trở đi."
    if refused:
        raise ExtensionRefused(refused)
    return Extension.objects.create(
        period=period, unit=unit, indicator=indicator, ends_on=ends_on, reason=reason, granted_by=by
    )


def refusal_of_unit(period: ReportingPeriod, unit: Unit, by: User) -> str:
    living = UnitVersion.objects.as_of(period.ends_on).visible_to(by)
    return "" if living.filter(unit=unit).exists() else "đơn vị không thuộc phạm vi của kỳ này."


def end(extension: Extension, *, by: User) -> None:
    """End it before its day; the row stays. Raises `ExtensionRefused`."""
    refused = rules.refusal_to_manage_periods(by.role)
    with transaction.atomic():
        held = Extension.objects.select_for_update().get(pk=extension.pk)
        if not refused and not held.runs_on(timezone.localdate()):
            refused = "gia hạn này không còn hiệu lực."
        if refused:
            raise ExtensionRefused(refused)
        held.ended_by, held.ended_at = by, timezone.now()
        held.save(update_fields=("ended_by", "ended_at"))
