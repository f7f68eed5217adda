"""Whose units are counted: the territory of the plan, a province, or what a person answers for."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import DateField, Exists, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from communes.models import Descent, Level, Unit, UnitVersion, UnitVersionQuerySet, User
from communes.templatetags.vietnamese import day as day_text
from criteria.models import ReportingPeriod, Revision
from reports.models import Plan

DAY = datetime.timedelta(days=1)


def today() -> datetime.date:
    """Return the day whose units *now* means; tests set another one here."""
    return timezone.localdate()


@dataclass(frozen=True)
class Scope:
    """Versions of units of all times; a day picks those that lived.

    `origins` are those to look back to for a level that has ended: the same, or for a province made by a merger also
    the units of the provinces that went into it. `heirs` are all that descend from `versions`, as far as the person
    sees them: on them results are restated. `is_asked`: the plan's percentages are set for this scope.
    `is_cut`: the person sees only a part of `origins`, so that a figure looked back to is not the one asked for.
    `place` is the province or, of a person's own scope, the unit he answers for; the plan's territory has none.
    `versions` and `origins` hold whoever belonged to the `territory` at any time, `heirs` to the `homeland`: on a day
    those count that did by then.
    """

    plan: Plan
    versions: UnitVersionQuerySet
    origins: UnitVersionQuerySet
    heirs: UnitVersionQuerySet
    is_asked: bool
    is_cut: bool = False
    place: UnitVersion | None = None
    territory: Unit | None = None
    homeland: Unit | None = None

    def last_days(self, day: datetime.date) -> dict[str, datetime.date]:
        """Return for each level the last day, up to the given one, on which the scope had living units of it."""
        until = Coalesce("ends_on", Value(day, output_field=DateField()))
        ends = (
            _by(day, self.origins, self.territory)
            .filter(starts_on__lte=day)
            .order_by()
            .values("unit__level")
            .annotate(last=Max(until))
        )
        return {row["unit__level"]: min(row["last"], day) for row in ends}

    def living(self, levels: str | Sequence[str], last: datetime.date, day: datetime.date) -> UnitVersionQuerySet:
        """Return the units of a level (or several) as of its last day (`last_days`) for a question about `day`."""
        asked = [levels] if isinstance(levels, str) else levels
        versions = self.versions if last == day else self.origins
        return _by(last, versions, self.territory).filter(unit__level__in=asked).as_of(last)

    def with_joined_on(self) -> UnitVersionQuerySet:
        """Annotate the versions of all times with the first day on which their unit belonged to the scope."""
        if self.territory is None:
            return self.versions.annotate(joined_on=Value(datetime.date.min, output_field=DateField()))
        inside = Descent.objects.filter(
            descendant=OuterRef("unit"), ancestor__versions__province=self.territory
        ).annotate(on=Greatest("first_on", "ancestor__versions__starts_on"))
        return self.versions.annotate(joined_on=Subquery(inside.order_by("on").values("on")[:1]))

    def heirs_on(self, today: datetime.date) -> UnitVersionQuerySet:
        """Return the units of today, of all levels, that results are restated on."""
        return _by(today, self.heirs, self.homeland).as_of(today)

    def levels_on(self, today: datetime.date) -> set[str]:
        """Return the levels of which the scope has units today."""
        return set(self.heirs_on(today).order_by().values_list("unit__level", flat=True).distinct())

    def periods_with_results(self) -> QuerySet[ReportingPeriod]:
        """Return the past periods that have official results in the scope, the latest first."""
        places = self.versions.as_of(OuterRef("assessment__period__ends_on"))
        results = Revision.objects.official().filter(
            Exists(places.filter(unit=OuterRef("assessment__unit"))), assessment__period=OuterRef("pk")
        )
        past = ReportingPeriod.objects.filter(Exists(results), ends_on__lte=timezone.localdate())
        return past.order_by("-ends_on", "starts_on")

    def default_day(self, periods: Iterable[ReportingPeriod]) -> datetime.date:
        """Return the day that a page shows when it is not asked for one; today while there are no results.

        The end of the latest of the periods with results; where a level of the scope ended inside that period, the
        last day before the break (design.md, section 2).
        """
        period = next(iter(periods), None)
        if period is None:
            return timezone.localdate()
        breaks = [last for last in self.last_days(period.ends_on).values() if last >= period.starts_on]
        return min(breaks, default=period.ends_on)

    def province_on(self, day: datetime.date) -> UnitVersion | None:
        """Return the province of the scope under its name and code of the day.

        Without a place it is the plan's province, or the one that it went into whole.
        """
        if self.place is not None:
            return self.place
        heirs = UnitVersion.objects.filter(unit__origins__ancestor=self.plan.province, unit__origins__is_whole=True)
        return heirs.of_level(Level.PROVINCE).as_of(day).first()

    def title(self, province: UnitVersion | None) -> str:
        """Return the scope in words, given its province of the day."""
        if province is not None and (self.place is not None or province.unit_id == self.plan.province_id):
            return province.title
        before = self.plan.province.latest_version
        if before is None or before.ends_on is None:
            return "Địa bàn kế hoạch"
        return f"Địa bàn {before.get_kind_display().lower()} {before.name} trước ngày {day_text(before.ends_on + DAY)}"


def territory(plan: Plan, user: User | None = None) -> Scope:
    """Return the units that descend from the plan's own province, as far as the person sees them."""
    units = _seen(UnitVersion.objects.in_territory_of(plan.province), user)
    return Scope(plan, units, units, units, is_asked=True, territory=plan.province, homeland=plan.province)


def province(plan: Plan, code: str, day: datetime.date, user: User | None = None) -> Scope | None:
    """Return the province that bears the code on the day, or None where the person sees none."""
    provinces = UnitVersion.objects.of_level(Level.PROVINCE).as_of(day).select_related("unit")
    held = _seen(provinces, user).filter(code=code).first()
    if held is None:
        return None
    went_in = Descent.objects.filter(descendant=held.unit_id, is_whole=True)
    return Scope(
        plan,
        _seen(UnitVersion.objects.filter(province=held.unit_id), user),
        _seen(UnitVersion.objects.filter(province__in=went_in.values("ancestor")), user),
        _seen(UnitVersion.objects.in_territory_of(held.unit), user),
        is_asked=went_in.filter(ancestor=plan.province).exists(),
        is_cut=user is not None and not user.sees_everything,
        place=held,
        homeland=held.unit,
    )


def nation(plan: Plan, user: User | None = None) -> Scope:
    """Return every unit that there is, as far as the person sees them; the plan's percentages are not set for it."""
    units = _seen(UnitVersion.objects.all(), user)
    return Scope(plan, units, units, units, is_asked=False)


def of_person(plan: Plan, user: User) -> Scope:
    """Return what a page shows a person first: the plan's territory where he answers for its province.

    Anybody else sees what he answers for; no target was set for that.
    """
    answers = Unit.objects.filter(
        users=user, level=Level.PROVINCE, origins__ancestor=plan.province, origins__is_whole=True
    )
    if user.sees_everything or answers.exists():
        return territory(plan, user)
    units = UnitVersion.objects.visible_to(user)
    place = user.unit.latest_version if user.unit else None
    return Scope(plan, units, units, units, is_asked=False, place=place)


def _by(day: datetime.date, versions: UnitVersionQuerySet, territory: Unit | None) -> UnitVersionQuerySet:
    return versions if territory is None else versions.in_territory_of(territory, day)


def _seen(versions: UnitVersionQuerySet, user: User | None) -> UnitVersionQuerySet:
    return versions if user is None else versions.visible_to(user)
