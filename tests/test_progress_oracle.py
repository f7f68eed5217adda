"""The portal's figures beside those of `tests/oracle.py`, which shares no code with it, on random histories."""

import datetime
import io
import random
from dataclasses import asdict
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from communes.models import Level, Succession, Unit, UnitVersion, User
from criteria.models import (
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    Indicator,
    ReportingPeriod,
    Revision,
)
from reports import scopes
from reports.models import Plan, Target
from reports.progress import Boundaries, Figures, Standing, Tally, final_targets, progress
from reports.through import figures_through
from tests.histories import CHANGES, LAST, Law, live, write_periods, write_results, write_targets, write_units
from tests.oracle import Answer, Oracle, Tables

pytestmark = [pytest.mark.django_db]
ONE = datetime.timedelta(days=1)
DAYS = [day for change in CHANGES for day in (change - ONE, change)]
DAYS += [datetime.date(2020, 1, 1), *(datetime.date(year, 12, 31) for year in range(2021, 2026))]
TODAYS = [datetime.date(2024, 12, 1), datetime.date(2025, 6, 30), datetime.date(2025, 8, 1), LAST]
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
WITHOUT_SHRINKING = [Phase.explicit, Phase.reuse, Phase.generate]


@pytest.fixture
def law(without_reference: None) -> Law:
    """Only the criteria and the periods stand in the tables; each history brings its own units."""
    call_command("load_criteria", stdout=io.StringIO())
    conditions: dict[int, list[Condition]] = {}
    for condition in Condition.objects.all():
        conditions.setdefault(condition.checklist_id, []).append(condition)
    sender = User.objects.create_user("nguoi-gui", full_name="Người Gửi", role="administrator")
    return Law(list(Indicator.objects.all()), write_periods(), list(Checklist.objects.all()), conditions, sender)


def dumped(plan: Plan) -> Tables:
    """Read every table whole, as the database holds it."""
    models = (Unit, UnitVersion, Succession, Indicator, ReportingPeriod, Assessment, Revision, ConditionResult)
    rows = [list(model.objects.order_by("pk").values()) for model in models]
    targets = list(Target.objects.filter(plan=plan).order_by("position").values())
    return Tables(*rows, plan=Plan.objects.values().get(pk=plan.pk), targets=targets)


def told(figures: Figures) -> dict[str, Any]:
    """Return every figure that the portal gives of a target, in the words of the oracle."""
    rows = {place: asdict(tally) for place, tally in figures.rows.items() if tally != Tally()}
    percent = figures.percent
    return {
        **asdict(figures.tally),
        "total": figures.tally.total,
        "needed": figures.needed,
        "gap": figures.gap,
        "percent": None if percent is None else str(percent),
        "reached": figures.is_reached,
        "units_as_of": figures.units_as_of,
        "rows": rows,
    }


def worked_out(answer: Answer) -> dict[str, Any]:
    return {
        **answer.figures,
        "total": answer.total,
        "needed": answer.needed,
        "gap": answer.gap,
        "percent": answer.percent,
        "reached": answer.reached,
        "units_as_of": answer.units_as_of,
        "rows": {place: asdict(Tally(**row)) for place, row in answer.rows.items()},
    }


def scope_of(plan: Plan, province: UnitVersion | None, day: datetime.date) -> scopes.Scope | None:
    """Return the plan's territory, or a province that lives on the day."""
    return scopes.province(plan, province.code, day) if province else scopes.territory(plan)


def compare(plan: Plan, asked: list[Any], day: datetime.date, today: datetime.date, oracle: Oracle) -> None:
    """Ask the portal and the oracle for each of the scopes, both ways."""
    for version in asked:
        scope, province = scope_of(plan, version, day), version.unit_id if version else None
        for boundaries in Boundaries.values:
            found = progress(scope, day, boundaries, today=today)
            expected = oracle.answers(day, province, boundaries, today)
            assert [one.target.pk for one in found] == [one.target for one in expected]
            for figures, answer in zip(found, expected, strict=True):
                case = f"{day} {boundaries} today {today} province {province} {figures.target}"
                assert (case, told(figures)) == (case, worked_out(answer))


def compare_through(plan: Plan, oracle: Oracle, days: list[datetime.date]) -> None:
    """The line of the trend goes through the same figures, where units of the level live on the day."""
    scope = scopes.territory(plan)
    targets = final_targets(plan)
    through = figures_through(scope, targets, days)
    for number, target in enumerate(targets):
        for day, figures in zip(days, through[target.pk], strict=True):
            answer = oracle.answers(day, None, Boundaries.THEN, day)[number]
            expected = [answer.figures[one.value] if answer.units_as_of == day else 0 for one in Standing]
            assert (day, [getattr(figures.tally, one.value) for one in Standing]) == (day, expected)


def live_and_compare(law: Law, seed: int, days: int, scopes_asked: int) -> None:
    """Compare on some days of one history; three scopes are all there are."""
    chance = random.Random(seed)
    world = live(chance)
    write_units(world)
    plan = write_targets(chance, world.units[0], law.indicators)
    write_results(chance, world, law)
    oracle = Oracle(dumped(plan))
    compare_through(plan, oracle, sorted(chance.sample(DAYS, 4)))
    for day in chance.sample(DAYS, days):
        found = [None, *UnitVersion.objects.of_level(Level.PROVINCE).as_of(day)]
        compare(plan, chance.sample(found, min(scopes_asked, len(found))), day, chance.choice(TODAYS), oracle)


@settings(max_examples=50, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=QUIET)
@given(seed=st.integers(0, 10**9))
def test_the_figures_of_random_histories(law: Law, seed: int) -> None:
    with transaction.atomic():
        live_and_compare(law, seed, days=1, scopes_asked=1)
        transaction.set_rollback(True)


@pytest.mark.long
@settings(max_examples=500, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=QUIET)
@given(seed=st.integers(0, 10**9))
def test_the_figures_of_many_random_histories(law: Law, seed: int) -> None:
    with transaction.atomic():
        live_and_compare(law, seed, days=4, scopes_asked=3)
        transaction.set_rollback(True)
