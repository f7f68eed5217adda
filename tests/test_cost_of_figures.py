"""What the pages of figures cost: so many queries and no more, with ten communes and with all of the nation's."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.models import Level, Unit, User
from criteria.models import State, Verdict
from reports import scopes
from reports.models import Plan
from reports.progress import Boundaries, progress
from tests.crowds import EVE, crowd, results
from tests.results import fail, set_down, unit_on
from tests.test_overview import BASIC, DAY, DISTRICT

pytestmark = pytest.mark.usefixtures("reference")
OVERVIEW, TARGET = f"/?as_of={DAY}", f"/progress/{BASIC}/?as_of={DAY}"
COSTS = {
    OVERVIEW: {"bao": 32, "chi": 25},  # of Bảo's, six name what came back, two list the communes of the district
    TARGET: {"bao": 24, "chi": 20},
    f"/progress/{DISTRICT}/?as_of={DAY}": {"bao": 22, "chi": 23},
    f"{TARGET}&district=632": {"bao": 19, "chi": 20},
    f"{TARGET}&standing=not_met": {"bao": 18, "chi": 19},
    "unit": {"bao": 19, "chi": 19},
}


def fill(units: list[Unit]) -> None:
    """Give the units all that a figure may say: met and not met, with its ground, and newer work sent over it."""
    results(units, BASIC, "2023", Verdict.NOT_MET)
    results(units[::2], BASIC, "2024")
    for revision in set_down(units[1:2], BASIC, "2024-Q3", Verdict.NOT_MET):
        fail(revision, 4)
    set_down(units[3:5], BASIC, "2024", state=State.SUBMITTED)
    set_down(units[5:6], BASIC, "2024", state=State.RETURNED)


def costs_of(people: list[User], unit: Unit) -> dict[str, dict[str, int]]:
    """Count the queries of each page for each person, who has signed in before."""
    found: dict[str, dict[str, int]] = {address: {} for address in COSTS}
    for person in people:
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        for address, costs in found.items():
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(unit.get_absolute_url() if address == "unit" else address)
            assert answer.status_code == 200
            costs[person.username] = len(captured)
    return found


def grown(count: int, bao: User, chi: User) -> None:
    few, _ = crowd(10)
    fill(few)
    set_down([unit_on(DAY, "632")], DISTRICT, "2024")
    before = costs_of([bao, chi], few[0])
    many, _ = crowd(count)
    fill(many)
    set_down([unit_on(DAY, "633")], DISTRICT, "2024")
    after = costs_of([bao, chi], few[0])
    assert after == before
    above = [
        (address, who, cost)
        for address, costs in after.items()
        for who, cost in costs.items()
        if cost > COSTS[address][who]
    ]
    assert above == []


def test_pages_cost_the_same_at_any_size(bao: User, chi: User) -> None:
    grown(60, bao, chi)


@pytest.mark.long
def test_pages_cost_the_same_at_the_size_of_the_nation(bao: User, chi: User) -> None:
    grown(10_598, bao, chi)


def figures_cost(number: Any, boundaries: str) -> None:
    with number:
        found = progress(scopes.territory(Plan.objects.current()), EVE, boundaries, today=EVE)
    assert {one.target.indicator.level for one in found} == {Level.DISTRICT, Level.COMMUNE}


@pytest.mark.parametrize("count", [pytest.param(10), pytest.param(60), pytest.param(10_598, marks=pytest.mark.long)])
def test_figures_cost_the_same_at_any_size(count: int, django_assert_num_queries: Any) -> None:
    units, _ = crowd(count)
    fill(units)
    figures_cost(django_assert_num_queries(4), Boundaries.THEN)  # one of them finds the plan
    figures_cost(django_assert_num_queries(7), Boundaries.NOW)
