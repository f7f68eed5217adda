"""Whose units are counted: the territory of the plan, a province, or what a person answers for."""

import datetime
from dataclasses import dataclass

from django.db.models import DateField, Exists, Max, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from communes.models import Descent, Level, Unit, UnitVersion, User
from communes.models.units import UnitVersionQuerySet
from criteria.models import ReportingPeriod, Revision
from reports.models import Plan


@dataclass(frozen=True)
class Scope:
    """Versions of units of all times; a day picks those that lived.

    `origins` are those to look back to for a level that has ended: the same, or for a province made by a merger also
    the units of the provinces that went into it. `is_asked`: the plan's percentages are set for this scope;
    `is_cut`: the person sees only a part of `origins`, so that a figure looked back to is not the one asked for.
    """

    plan: Plan
    name: str
    versions: UnitVersionQuerySet
    origins: UnitVersionQuerySet
    is_asked: bool
    code: str | None = None
    is_cut: bool = False

    def last_days(self, day: datetime.date) -> dict[str, datetime.date]:
        """Return for each level the last day, up to the given one, on which the scope had living units of it."""
        until = Coalesce("ends_on", Value(day, output_field=DateField()))
        ends = self.origins.filter(starts_on__lte=day).order_by().values("unit__level").annotate(last=Max(until))
        return {row["unit__level"]: min(row["last"], day) for row in ends}

    def living(self, level: str, last: datetime.date, day: datetime.date) -> UnitVersionQuerySet:
        """Return the units of a level as of its last day (`last_days`) for a question about `day`."""
        versions = self.versions if last == day else self.origins
        return versions.of_level(level).as_of(last)

    def periods_with_results(self) -> QuerySet[ReportingPeriod]:
        """Return the past periods that have official results in the scope, the latest first."""
        results = Revision.objects.official().filter(
            Exists(
                self.versions.as_of(OuterRef("assessment__period__ends_on")).filter(unit=OuterRef("assessment__unit"))
            ),
            assessment__period=OuterRef("pk"),
        )
        past = ReportingPeriod.objects.filter(Exists(results), ends_on__lte=timezone.localdate())
        return past.order_by("-ends_on", "starts_on")

    def default_day(self) -> datetime.date:
        """Return the day that a page shows when it is not asked for one; today while there are no results.

        The end of the latest period with official results; where a level of the scope ended inside that period, the
        last day before the break (design.md, section 2).
        """
        period = self.periods_with_results().first()
        if period is None:
            return timezone.localdate()
        breaks = [last for last in self.last_days(period.ends_on).values() if last >= period.starts_on]
        return min(breaks, default=period.ends_on)


def territory(plan: Plan, day: datetime.date, user: User | None = None) -> Scope:
    """Return the units that descend from the plan's own province, as far as the person sees them."""
    units = _seen(UnitVersion.objects.in_territory_of(plan.province), user)
    holder = _province_on(plan, day)
    name = f"Địa bàn tỉnh {holder.name}" if holder and holder.unit_id == plan.province_id else "Địa bàn kế hoạch"
    return Scope(plan, name, units, units, is_asked=True, code=holder.code if holder else None)


def province(plan: Plan, code: str, day: datetime.date, user: User | None = None) -> Scope | None:
    """Return the province that bears the code on the day, or None where none does or the person does not see it."""
    held = _seen(UnitVersion.objects.of_level(Level.PROVINCE).as_of(day), user).filter(code=code).first()
    if held is None:
        return None
    origins = Descent.objects.filter(descendant=held.unit_id, is_whole=True).values("ancestor")
    return Scope(
        plan,
        held.title,
        _seen(UnitVersion.objects.filter(province=held.unit_id), user),
        _seen(UnitVersion.objects.filter(province__in=origins), user),
        is_asked=Descent.objects.filter(ancestor=plan.province, descendant=held.unit_id, is_whole=True).exists(),
        code=held.code,
        is_cut=user is not None and not user.sees_everything,
    )


def own(plan: Plan, user: User) -> Scope:
    """Return what the person answers for; no target was set for it."""
    units = UnitVersion.objects.visible_to(user)
    return Scope(plan, user.post, units, units, is_asked=False)


def of_person(plan: Plan, day: datetime.date, user: User) -> Scope:
    """Return what a page shows a person first: the plan's territory where he answers for its province."""
    answers = Unit.objects.filter(
        pk=user.unit_id, origins__ancestor=plan.province, origins__is_whole=True, level=Level.PROVINCE
    )
    return territory(plan, day, user) if user.sees_everything or answers.exists() else own(plan, user)


def _seen(versions: UnitVersionQuerySet, user: User | None) -> UnitVersionQuerySet:
    return versions if user is None else versions.visible_to(user)


def _province_on(plan: Plan, day: datetime.date) -> UnitVersion | None:
    """Return the plan's province under its name and code of the day, or the one that it went into whole."""
    return (
        UnitVersion.objects.of_level(Level.PROVINCE)
        .as_of(day)
        .filter(unit__origins__ancestor=plan.province, unit__origins__is_whole=True)
        .first()
    )
