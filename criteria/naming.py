"""Units by the name that they bore on a period's last day, with what tells two of one name apart."""

import copy
import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Count

from communes.models import Level, UnitVersion, User
from communes.templatetags.vietnamese import day as day_text
from criteria.models import Revision
from criteria.standings import by_thousand


def places_of_rows(rows: Iterable[Revision], by: User) -> dict[tuple[int, int], UnitVersion]:
    """Return each row's unit as it stood on the last day of the period, by (unit, period), as `full_name` takes it.

    Four queries, whatever the number of rows, units and periods. A unit that has ended carries `until` where the
    person also sees another of its name.
    """
    wanted = {(row.assessment.unit_id, row.assessment.period) for row in rows}
    versions: dict[int, list[UnitVersion]] = {}
    for version in (
        UnitVersion.objects.filter(unit__in={unit for unit, _ in wanted})
        .select_related("unit")
        .prefetch_related("parent__versions")
    ):
        versions.setdefault(version.unit_id, []).append(version)
    found = {}
    for unit, period in wanted:
        place = place_on(versions.get(unit, []), period.ends_on)
        if place is not None:
            found[unit, period.pk] = place
    shared = _shared_names((place.name for place in found.values()), by)
    for (unit, _), place in found.items():
        if (place.unit.level, place.name) in shared:
            place.until = _last_day(versions[unit])  # type: ignore[attr-defined]
    return found


def _shared_names(names: Iterable[str], by: User) -> set[tuple[str, str]]:
    """Return those of the names, each with its level, that several units of the person's scope bear or bore."""
    found: set[tuple[str, str]] = set()
    for some in by_thousand(set(names)):
        named: Any = UnitVersion.objects.visible_to(by).filter(name__in=some).order_by().values("unit__level", "name")
        counted = named.annotate(units=Count("unit", distinct=True)).filter(units__gt=1)
        found.update(counted.values_list("unit__level", "name"))
    return found


def _last_day(versions: Iterable[UnitVersion]) -> datetime.date | None:
    """Return the day on which a unit ended, or None while it lives."""
    return max(versions, key=lambda version: version.starts_on).ends_on


def place_on(versions: Iterable[UnitVersion], day: datetime.date) -> UnitVersion | None:
    """Return, of a unit's versions (`parent__versions` fetched), the one that held, with `district_name`."""
    held = _held_on(versions, day)
    if held is None:
        return None
    place = copy.copy(held)
    place.district_name = _district_name(held, day)  # type: ignore[attr-defined]
    return place


def _held_on(versions: Iterable[UnitVersion], day: datetime.date) -> UnitVersion | None:
    return next((v for v in versions if v.starts_on <= day and (v.ends_on is None or day <= v.ends_on)), None)


def _district_name(place: UnitVersion, day: datetime.date) -> str:
    if place.parent is None or place.parent.level != Level.DISTRICT:
        return ""
    above = _held_on(place.parent.versions.all(), day)
    return above.name if above else ""


def full_name(place: Any) -> str:
    """Return "Xã Ia Băng (Chư Prông)", "Xã Biển Hồ (Pleiku, đến 30/6/2025)": a name with what tells it apart.

    The district comes from `with_district_on`; the last day is there where units of several times stand together
    (`places_of_rows`).
    """
    until = getattr(place, "until", None)
    apart = ", ".join(filter(None, (place.district_name, until and f"đến {day_text(until)}")))
    return f"{place.title} ({apart})" if apart else place.title
