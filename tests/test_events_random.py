"""What must hold of every history of boundary events, on random histories of a small province."""

import datetime
import io
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from communes import events, registry
from communes.events.telling import outline
from communes.models import BoundaryEvent, Level, Unit, UnitVersion, User
from communes.registry.checks import Registry
from criteria.models import Assessment, Checklist, Indicator, ReportingPeriod, Revision
from criteria.spans import rebuild
from reports import scopes
from reports.effects import effects_of
from reports.models import Plan, Target
from reports.progress import Standing, final_targets, progress
from reports.restating import history_of, restate
from tests.event_cases import PROVINCE, write_small

pytestmark = [pytest.mark.django_db]
DAYS = [datetime.date(year, month, 1) for year, month in ((2022, 1), (2023, 4), (2024, 11), (2025, 7))]
EVES = [day - datetime.timedelta(days=1) for day in DAYS]
ASKED = [*EVES[:3], *DAYS[2:], datetime.date(2025, 12, 31)]
LAST = ASKED[-1]
RESULTS = [("", ""), ("confirmed", "met"), ("confirmed", "met"), ("confirmed", "not_met"), ("submitted", "met")]
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
WITHOUT_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]
KINDS = ["rename", "move", "merge", "take_in", "split", "part", "found", "dissolve", "end_level"]


@pytest.fixture
def people(without_reference: None) -> tuple[User, User]:
    """Only the small province stands in the tables, and a plan for it with targets of both levels."""
    call_command("load_criteria", stdout=io.StringIO())
    write_small()
    plan = Plan.objects.create(
        number="1/KH", title="Kế hoạch thử", issuer="UBND", signed_on=DAYS[0], province=Unit.objects.get(key=PROVINCE)
    )
    for position, indicator in enumerate({one.level: one for one in Indicator.objects.all()}.values()):
        Target.objects.create(
            plan=plan, indicator=indicator, percent=80, due_on=LAST, kinds=indicator.kinds, position=position
        )
    maker, second = (User.objects.create_user(n, full_name=n, role="administrator") for n in ("quang", "quyen"))
    return maker, second


# --- random results and events ---------------------------------------------------------------------------


def set_down(data: st.DataObject, by: User) -> None:
    """Give some of the living units an official result, or sent work, in a period of some year."""
    made, chance = [], random.Random(data.draw(st.integers(0, 10_000)))
    for period in ReportingPeriod.objects.filter(kind="year", ends_on__lte=LAST).order_by("ends_on"):
        for indicator in Indicator.objects.filter(targets__isnull=False):
            checklist = Checklist.objects.in_application_on(period.ends_on).get(indicator=indicator)
            units = UnitVersion.objects.as_of(period.ends_on).of_level(indicator.level).of_kinds(indicator.kinds)
            for version in units.select_related("unit").order_by("code"):
                state, verdict = chance.choice(RESULTS)
                if state:
                    at = Assessment.objects.create(unit=version.unit, indicator=indicator, period=period)
                    sent = {"submitted_by": by, "submitted_at": timezone.now()}
                    made.append(Revision(assessment=at, state=state, verdict=verdict, checklist=checklist, **sent))
    Revision.objects.bulk_create(made)
    rebuild()


def choose(data: st.DataObject, day: datetime.date, number: int) -> events.Choice:
    """Draw an event of the day among the units living on its eve."""
    stored, eve = Registry(registry.current()), day - datetime.timedelta(days=1)
    living = {
        level: [k for k in sorted(stored.units) if stored.level(k) == level and stored.on(k, eve)] for level in Level
    }
    communes = living[Level.COMMUNE]
    kind = data.draw(st.sampled_from(KINDS))
    new = events.Successor(name=f"Mới {number}", code=f"91{number:03}")
    some = (
        st.lists(st.sampled_from(communes), min_size=3, max_size=3, unique=True) if len(communes) > 2 else st.just([])
    )
    one, two, three = data.draw(some) or (communes * 3)[:3]
    other = events.Successor(key=three)
    share = data.draw(st.sampled_from([None, Decimal("0.4")]))
    units, after = {
        "rename": ([one], [replace(new, code="", kind=data.draw(st.sampled_from(["", "xa", "phuong"])))]),
        "move": ([one], [events.Successor(parent=data.draw(st.sampled_from(living[Level.DISTRICT] or [PROVINCE])))]),
        "merge": ([one, two], [replace(new, kind="xa", parent=parent_of(stored, one, day))]),
        "take_in": ([one, two], [other]),
        "split": ([one], [replace(new, kind="xa", share=share), other]),
        "part": ([one], [replace(other, share=share)]),
        "found": ([], [replace(new, kind="xa", parent=PROVINCE)]),
        "dissolve": ([one], []),
        "end_level": ([PROVINCE], []),
    }[kind]
    kind = {"move": "rename", "take_in": "merge"}.get(kind, kind)
    return events.Choice(
        kind=kind, effective_on=day, resolution=f"{number}/NQ", units=tuple(units), successors=tuple(after)
    )


def parent_of(stored: Registry, key: str, day: datetime.date) -> str:
    held = stored.on(key, day)
    return held.parent if held else PROVINCE


def happen(choice: events.Choice, maker: User, second: User) -> BoundaryEvent | None:
    """Make and approve the event; one that the registry refuses does not happen."""
    try:
        event = events.save(choice, by=maker)
    except events.EventRefused:
        return None
    predicted = {
        change.target: (change.total, change.total_after) for change in effects_of(event, outline(event), maker).targets
    }
    before = totals(choice.effective_on)
    events.submit(event, by=maker)
    event.refresh_from_db()
    events.approve(event, by=second, seen=event.stamp)
    event.refresh_from_db()
    after = totals(choice.effective_on)
    changed = {target: (before[target], after[target]) for target in before if before[target] != after[target]}
    assert predicted == changed
    return event


# --- what is asked of the figures ------------------------------------------------------------------------


def counted(target: Target, day: datetime.date) -> int:
    """Count the living units of the kinds, straight from the versions: all of them stand in the one province."""
    versions = UnitVersion.objects.as_of(day).filter(unit__level=target.indicator.level, kind__in=target.kinds)
    return versions.count()


def totals(day: datetime.date) -> dict[Target, int]:
    return {target: counted(target, day) for target in Target.objects.select_related("indicator")}


def figures(days: Iterable[datetime.date] = ASKED) -> dict[datetime.date, list[dict[str, Any]]]:
    scope = scopes.territory(Plan.objects.current())
    targets = final_targets(scope.plan)
    return {day: [one.as_json() for one in progress(scope, day, targets=targets)] for day in days}


def check_totals(found: dict[datetime.date, list[dict[str, Any]]]) -> None:
    targets = {target.indicator.code: target for target in Target.objects.select_related("indicator")}
    for rows in found.values():
        for row in rows:
            asked = datetime.date.fromisoformat(row["units_as_of"])
            assert row["met"] + row["not_met"] + row["pending"] + row["missing"] == row["total"]
            assert row["total"] == counted(targets[row["indicator"]], asked)


def check_now() -> None:
    """Restated on the units that live on the last day, each of them stands somewhere, and they are all."""
    for indicator in Indicator.objects.filter(level=Level.COMMUNE, targets__isnull=False):
        living = UnitVersion.objects.as_of(LAST).of_level(indicator.level).of_kinds(indicator.kinds)
        history = history_of(living, [indicator], LAST, LAST)
        restated = [restate(history, indicator, unit) for unit in living.values_list("unit", flat=True)]
        standings = Counter(one.standing for one in restated)
        assert sum(standings[standing] for standing in Standing.values) == len(restated) == living.count()
        for one in restated:
            parts = {part.restated.standing for part in one.parts}
            assert not parts or (one.standing == "met") == (parts == {"met"})
            assert one.standing != "met" or "not_met" not in parts
    for day in (LAST, DAYS[2]):
        for row in progress(scopes.territory(Plan.objects.current()), day, "now"):
            assert row.tally.total == row.tally.met + row.tally.not_met + row.tally.pending + row.tally.missing
            if row.target.indicator.level == Level.COMMUNE:
                assert row.tally.total == counted(row.target, LAST)


def live_through(data: st.DataObject, maker: User, second: User) -> None:
    """Let events happen in the order of time and undo them backwards, looking at every figure after each step."""
    set_down(data, maker)
    history, seen = [], [(set(registry.current()), figures())]
    days = sorted(data.draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3)))
    for number, day in enumerate(days):
        event = happen(choose(data, day, number), maker, second)
        if event is None:
            continue
        found = figures()
        check_totals(found)
        assert {d: rows for d, rows in found.items() if d < day} == {
            d: rows for d, rows in seen[-1][1].items() if d < day
        }
        history.append(event)
        seen.append((set(registry.current()), found))
    check_now()
    for event in reversed(history):
        seen.pop()
        event.refresh_from_db()
        events.undo(event, by=second, reason="Thử", seen=event.stamp)
        assert (set(registry.current()), figures()) == seen[-1]


@settings(max_examples=6, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=QUIET)
@given(data=st.data())
def test_random_histories(people: tuple[User, User], data: st.DataObject) -> None:
    with transaction.atomic():
        live_through(data, *people)
        transaction.set_rollback(True)


@pytest.mark.long
@settings(max_examples=600, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=QUIET)
@given(data=st.data())
def test_many_random_histories(people: tuple[User, User], data: st.DataObject) -> None:
    with transaction.atomic():
        live_through(data, *people)
        transaction.set_rollback(True)
