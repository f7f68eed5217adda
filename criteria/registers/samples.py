"""Invented rows of the registers for the demo (số liệu minh họa), the same on each machine."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone

from communes.models import Level, UnitVersion
from criteria.models import (
    CriteriaSet,
    Indicator,
    ModelKind,
    Recognition,
    Registration,
    ReportingPeriod,
    Revision,
    SecurityModel,
    Verdict,
    YearlyTitle,
)
from criteria.samples import PLAN, Officers, chance, is_registered

SETUP: Mapping[str, Any] = PLAN["registers"]


def invent_registers(officers: Officers) -> None:
    """Invent the rows of the four registers, after the results that they stand beside."""
    YearlyTitle.objects.bulk_create(_titles(officers))
    Recognition.objects.bulk_create(_recognitions(officers))
    SecurityModel.objects.bulk_create(_models(officers))
    Registration.objects.bulk_create(_registrations(officers))


def _living(day: datetime.date, officers: Officers) -> Any:
    living = UnitVersion.objects.as_of(day).filter(province=officers.province.unit, kind=SETUP["models"]["kind"])
    return living.filter(unit__level=Level.COMMUNE).select_related("unit").in_official_order()


def _recorded(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day + datetime.timedelta(days=3), datetime.time(9)))


def _number(setup: Mapping[str, Any], *parts: object) -> str:
    return str(setup["number"]).format(number=chance("number", *parts) % 900 + 100)


def _titles(officers: Officers) -> Iterator[YearlyTitle]:
    setup = SETUP["titles"]
    for given in setup["years"]:
        year, on = given["year"], given["on"]
        for place in _living(datetime.date(year, 12, 31), officers):
            if chance("title", year, place.unit.key) >= setup["percent"] * 100:
                continue
            yield YearlyTitle(
                unit=place.unit,
                year=year,
                number=_number(setup, year, place.parent_id),
                decided_on=on,
                issuer=setup["issuer"],
                recorded_by=officers.districts[place.parent_id],
                recorded_at=_recorded(on),
                is_sample=True,
            )


def _recognitions(officers: Officers) -> Iterator[Recognition]:
    """Recognise about half of the communes: such as meet the indicator, and a few that no longer do."""
    setup = SETUP["recognitions"]
    criteria_set = CriteriaSet.objects.get(code=setup["criteria_set"])
    living = {given["year"]: {place.unit_id for place in _living(given["on"], officers)} for given in setup["years"]}
    verdicts = _last_verdicts(setup)
    fallen = 0
    for place in sorted(_living(setup["as_of"], officers), key=lambda place: chance("order", place.unit.key)):
        is_met = verdicts.get(place.unit_id) == Verdict.MET and _is_chosen("recognised", place, setup["percent"])
        is_fallen = verdicts.get(place.unit_id) == Verdict.NOT_MET and fallen < setup["no_longer_met"]
        years = [given for given in setup["years"] if place.unit_id in living[given["year"]]]
        if not years or not (is_met or is_fallen):
            continue
        fallen += is_fallen
        given = years[chance("year", place.unit.key) % len(years)]
        yield Recognition(
            unit=place.unit,
            criteria_set=criteria_set,
            year_registered=given["year"] - chance("before", place.unit.key) % 2,
            year_recognised=given["year"],
            number=_number(setup, given["year"], place.parent_id),
            decided_on=given["on"],
            issuer=setup["issuer"],
            recorded_by=officers.province,
            recorded_at=_recorded(given["on"]),
            is_sample=True,
        )


def _is_chosen(what: str, place: UnitVersion, percent: int) -> bool:
    return chance(what, place.unit.key) < percent * 100


def _last_verdicts(setup: Mapping[str, Any]) -> dict[int, str]:
    """Return by unit the verdict of the official result that counts on the day."""
    official = Revision.objects.official().filter(
        assessment__indicator__code=setup["indicator"], assessment__period__ends_on__lte=setup["as_of"]
    )
    ordered = official.order_by("assessment__period__ends_on", "-assessment__period__starts_on")
    return dict(ordered.values_list("assessment__unit", "verdict"))


def _models(officers: Officers) -> Iterator[SecurityModel]:
    setup = SETUP["models"]
    kinds = list(ModelKind.values)
    for place in _living(setup["as_of"], officers):
        many = chance("models", place.unit.key) % 3 + 1
        for turn in range(many):
            kind = kinds[(chance("kind", place.unit.key) + turn) % len(kinds)]
            yield _model(setup, place, kind, officers)


def _model(setup: Mapping[str, Any], place: UnitVersion, kind: str, officers: Officers) -> SecurityModel:
    about = (kind, place.unit.key)
    started = datetime.date(
        setup["first_year"] + chance("since", *about) % setup["years"], chance("month", *about) % 12 + 1, 15
    )
    names = setup["names"][kind]
    district, commune = officers.districts[place.parent_id or 0], officers.communes.get(place.unit_id)
    is_waiting = commune is not None and _is_chosen(f"waiting {kind}", place, setup["waiting"])
    recorded = _recorded(setup["recorded_on"])
    return SecurityModel(
        unit=place.unit,
        kind=kind,
        name=names[chance("name", *about) % len(names)],
        starts_on=started,
        is_working=is_waiting or not _is_chosen(f"idle {kind}", place, setup["idle"]),
        checked_on=None if is_waiting else setup["checked_on"],
        checker="" if is_waiting else setup["checker"],
        recorded_by=commune if is_waiting and commune else district,
        recorded_at=recorded,
        accepted_by=None if is_waiting else district,
        accepted_at=None if is_waiting else recorded,
        is_sample=True,
    )


def _registrations(officers: Officers) -> Iterator[Registration]:
    setup = SETUP["registrations"]
    indicators = list(Indicator.objects.filter(needs_registration=True))
    for given in setup["years"]:
        period = ReportingPeriod.objects.get(key=given["period"])
        places = list(
            UnitVersion.objects.as_of(period.ends_on)
            .filter(province=officers.province.unit, unit__level__in=(Level.COMMUNE, Level.DISTRICT))
            .select_related("unit")
            .in_official_order()
        )
        codes = {place.unit_id: place.code for place in places}
        for place in places:
            district = place.unit_id if place.unit.level == Level.DISTRICT else place.parent_id or 0
            for indicator in indicators:
                if is_registered(period.key, indicator, place, codes[district]):
                    yield Registration(
                        unit=place.unit,
                        indicator=indicator,
                        year=given["year"],
                        number=_number(setup, given["year"], place.unit.key),
                        signed_on=given["on"],
                        recorded_by=officers.districts[district],
                        recorded_at=_recorded(given["on"]),
                        is_sample=True,
                    )
