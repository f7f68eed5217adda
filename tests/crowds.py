"""Many communes beside the real ones, with a merger of three into one each, to see what size costs."""

import datetime

from django.db.models import Max
from django.utils import timezone

from communes.models import Descent, Kind, Level, Succession, Unit, UnitVersion
from criteria.models import (
    Assessment,
    Checklist,
    ConditionResult,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verdict,
)
from criteria.spans import refresh
from tests.results import sender, unit_on

EVE, DAY = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)
BORN = datetime.date(2020, 2, 1)
BATCH = 2000


def crowd(count: int, district: str = "632") -> tuple[list[Unit], list[Unit]]:
    """Make so many xã of the district that ended on 30/6/2025, and the xã made from three of them each."""
    above, old_province = unit_on("2024-12-31", district), unit_on("2024-12-31", "64")
    new_province = unit_on("2025-12-31", "52")
    start = Unit.objects.aggregate(last=Max("pk"))["last"] + 1
    old = _units("A", range(start, start + count), above, old_province, BORN, EVE)
    new = _units("B", range(start + count, start + count + -(-count // 3)), new_province, new_province, DAY, None)
    pairs = [(unit, new[number // 3]) for number, unit in enumerate(old)]
    Succession.objects.bulk_create(
        [
            Succession(predecessor=part, successor=whole, effective_on=DAY, share=1, resolution="1664/NQ-UBTVQH15")
            for part, whole in pairs
        ],
        batch_size=BATCH,
    )
    descents = [(unit, unit, datetime.date.min) for unit in (*old, *new)] + [(*pair, DAY) for pair in pairs]
    Descent.objects.bulk_create(
        [Descent(ancestor=one, descendant=other, is_whole=True, since=since) for one, other, since in descents],
        batch_size=BATCH,
    )
    return old, new


def _units(
    letter: str, ids: range, parent: Unit, province: Unit, starts_on: datetime.date, ends_on: datetime.date | None
) -> list[Unit]:
    units = Unit.objects.bulk_create(
        [Unit(pk=pk, key=f"{letter}{pk}", level=Level.COMMUNE) for pk in ids], batch_size=BATCH
    )
    versions = [
        UnitVersion(
            unit=unit,
            code=f"{letter}{unit.pk:04x}",
            name=f"Thử {unit.pk}",
            kind=Kind.XA,
            parent=parent,
            province=province,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        for unit in units
    ]
    for version in versions:
        version.fill_keys()
    UnitVersion.objects.bulk_create(versions, batch_size=BATCH)
    return units


def results(units: list[Unit], indicator: str, period: str, verdict: str = Verdict.MET) -> None:
    """Set down an official result of each unit with its items, all alike, many at a time."""
    asked, when = Indicator.objects.get(code=indicator), ReportingPeriod.objects.get(key=period)
    checklist = Checklist.objects.in_application_on(when.ends_on).get(indicator=asked)
    made = Assessment.objects.bulk_create(
        [Assessment(unit=unit, indicator=asked, period=when) for unit in units], batch_size=BATCH
    )
    sent = {"submitted_by": sender(), "submitted_at": timezone.now()}
    revisions = Revision.objects.bulk_create(
        [Revision(assessment=one, state=State.CONFIRMED, verdict=verdict, checklist=checklist, **sent) for one in made],
        batch_size=BATCH,
    )
    ConditionResult.objects.bulk_create(
        (
            ConditionResult(revision=revision, condition=condition, verdict=verdict)
            for revision in revisions
            for condition in checklist.conditions.all()
        ),
        batch_size=BATCH,
    )
    refresh(one.pk for one in made)
