"""Whose units are counted: the territory of the plan, a province, or what a person answers for."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import Case, Count, DateField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone

from communes.models import Descent, Level, Unit, UnitVersion, UnitVersionQuerySet, User, holds_on
from communes.templatetags.vietnamese import day as day_text
from criteria.models import ReportingPeriod, State
from reports.models import Plan

DAY = datetime.timedelta(days=1)
PLACE = Case(When(unit__level=Level.DISTRICT, then=F("unit")), default=F("parent"))


def today() -> datetime.date:
    """Return the day whose units *now* means; tests set another one here."""
    return timezone.localdate()


class Life(NamedTuple):
    """Units of one level and kind that stood in one place and counted between the same days: how many they are.

    `place` is the district that they stand in (the province, where none is between), or are.
    """

    level: str
    kind: str
    place: int | None
    joined_on: datetime.date
    starts_on: datetime.date
    ends_on: datetime.date | None
    units: int

    def has_begun_by(self, day: datetime.date) -> bool:
        return self.joined_on <= day and self.starts_on <= day

    def holds_on(self, day: datetime.date) -> bool:
        return self.has_begun_by(day) and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Scope:
    """Versions of units of all times; a day picks those that lived.

    What is read of it is read once: a scope serves one request.

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

    @cached_property
    def lives(self) -> list[Life]:
        """The lives of `versions`, grouped by the database: one query."""
        return lives_of(self.versions, self.territory)

    @cached_property
    def lives_of_origins(self) -> list[Life]:
        return self.lives if self.origins is self.versions else lives_of(self.origins, self.territory)

    @cached_property
    def lives_of_heirs(self) -> list[Life]:
        is_same = self.heirs is self.versions and self.homeland == self.territory
        return self.lives if is_same else lives_of(self.heirs, self.homeland)

    def last_days(self, day: datetime.date) -> dict[str, datetime.date]:
        """Return for each level the last day, up to the given one, on which the scope had living units of it."""
        found: dict[str, datetime.date] = {}
        for life in self.lives_of_origins:
            if life.has_begun_by(day):
                last = min(life.ends_on or day, day)
                found[life.level] = max(last, found.get(life.level, last))
        return found

    def lives_on(self, last: datetime.date, day: datetime.date) -> list[Life]:
        """Return the lives of the units that `living` returns, of all levels."""
        lives = self.lives if last == day else self.lives_of_origins
        return [life for life in lives if life.holds_on(last)]

    def living(self, levels: str | Sequence[str], last: datetime.date, day: datetime.date) -> UnitVersionQuerySet:
        """Return the units of a level (or several) as of its last day (`last_days`) for a question about `day`."""
        asked = [levels] if isinstance(levels, str) else levels
        versions = self.versions if last == day else self.origins
        return _by(last, versions, self.territory).filter(unit__level__in=asked).as_of(last)

    def with_joined_on(self) -> UnitVersionQuerySet:
        return with_joined_on(self.versions, self.territory)

    def heirs_on(self, today: datetime.date) -> UnitVersionQuerySet:
        """Return the units of today, of all levels, that results are restated on."""
        return _by(today, self.heirs, self.homeland).as_of(today)

    def levels_on(self, today: datetime.date) -> set[str]:
        """Return the levels of which the scope has units today."""
        return {life.level for life in self.lives_of_heirs if life.holds_on(today)}

    def periods_with_results(self) -> QuerySet[ReportingPeriod]:
        """Return the past periods that have official results in the scope, the latest first."""
        period = "unit__assessments__period"
        results = self.versions.filter(
            holds_on(F(f"{period}__ends_on")), unit__assessments__revisions__state=State.CONFIRMED
        )
        with_results = results.order_by().values(period).distinct()
        past = ReportingPeriod.objects.filter(pk__in=with_results, ends_on__lte=timezone.localdate())
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

    @cached_property
    def line(self) -> list[UnitVersion]:
        """The versions of the plan's province and of what it went into whole, in the order of time: one query."""
        heirs = UnitVersion.objects.filter(unit__origins__ancestor=self.plan.province, unit__origins__is_whole=True)
        return list(heirs.of_level(Level.PROVINCE).order_by("starts_on", "code"))

    def province_on(self, day: datetime.date) -> UnitVersion | None:
        """Return the province of the scope under its name and code of the day.

        Without a place it is the plan's province, or the one that it went into whole.
        """
        if self.place is not None:
            return self.place
        held = (one for one in self.line if one.starts_on <= day and (one.ends_on is None or day <= one.ends_on))
        return next(held, None)

    def title(self, province: UnitVersion | None) -> str:
        """Return the scope in words, given its province of the day."""
        if province is not None and (self.place is not None or province.unit_id == self.plan.province_id):
            return province.title
        before = next((one for one in reversed(self.line) if one.unit_id == self.plan.province_id), None)
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
    if user.sees_everything or _answers_for(plan.province, user):
        return territory(plan, user)
    units = UnitVersion.objects.visible_to(user)
    return Scope(plan, units, units, units, is_asked=False, place=user.place)


def _answers_for(province: Unit, user: User) -> bool:
    """Whether the person's place is the province or what it went into whole."""
    if user.unit is None or user.unit.level != Level.PROVINCE:
        return False
    return user.unit == province or user.unit.origins.filter(ancestor=province, is_whole=True).exists()


def with_joined_on(versions: UnitVersionQuerySet, territory: Unit | None) -> UnitVersionQuerySet:
    """Annotate versions of all times with the first day on which their unit belonged to the territory.

    One that stood in the territory itself did from its own first day on: of that no earlier one need be looked up.
    """
    always = Value(datetime.date.min, output_field=DateField())
    if territory is None:
        return versions.annotate(joined_on=always)
    inside = Descent.objects.filter(descendant=OuterRef("unit"), ancestor__versions__province=territory).annotate(
        on=Greatest("first_on", "ancestor__versions__starts_on")
    )
    first = Subquery(inside.order_by("on").values("on")[:1])
    return versions.annotate(joined_on=Case(When(province=territory, then=always), default=first))


def lives_of(versions: UnitVersionQuerySet, territory: Unit | None) -> list[Life]:
    columns = ("unit__level", "kind", "place", "joined_on", "starts_on", "ends_on")
    grouped = with_joined_on(versions, territory).order_by().annotate(place=PLACE).values_list(*columns)
    return [Life(*row) for row in grouped.annotate(Count("pk"))]


def _by(day: datetime.date, versions: UnitVersionQuerySet, territory: Unit | None) -> UnitVersionQuerySet:
    return versions if territory is None else versions.in_territory_of(territory, day)


def _seen(versions: UnitVersionQuerySet, user: User | None) -> UnitVersionQuerySet:
    return versions if user is None else versions.visible_to(user)
