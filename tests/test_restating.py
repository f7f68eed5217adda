"""The rule by which earlier results are restated on today's units, case by case, on plain rows."""

import datetime

import pytest

from criteria.models import Indicator
from reports.restating import History, Link, Restated, Result, lowest, restate

RURAL = Indicator(pk=1, kinds=["xa"])
OLD, MERGER, SECOND = datetime.date(2020, 2, 1), datetime.date(2024, 11, 1), datetime.date(2025, 7, 1)
END_2023, END_Q3, END_2024, END_2025 = (
    datetime.date(2023, 12, 31),
    datetime.date(2024, 9, 30),
    datetime.date(2024, 12, 31),
    datetime.date(2025, 12, 31),
)


def history(
    links: dict[int, list[tuple[int, datetime.date]]],
    results: dict[int, list[tuple[str, datetime.date]]],
    kinds: dict[int, tuple[datetime.date, str]] | None = None,
    sent: dict[int, list[datetime.date]] | None = None,
) -> History:
    """Write a history: unit → (part, on), unit → (verdict, period end) the latest first, unit → (since, kind)."""
    units = {1, 2, 3, 4, 5, *links, *results}
    return History(
        {unit: [Link(part, on, None) for part, on in parts] for unit, parts in links.items()},
        {unit: [(kinds or {}).get(unit, (OLD, "xa"))] for unit in units},
        {(u, 1): [Result(u * 10 + n, v, end) for n, (v, end) in enumerate(some)] for u, some in results.items()},
        {(unit, 1): ends for unit, ends in (sent or {}).items()},
    )


NEW = {9: (SECOND, "xa")}


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (["met", "met"], "met"),
        (["met", "not_met"], "not_met"),
        (["not_met", "missing"], "not_met"),
        (["met", "missing"], "missing"),
        (["met", "pending"], "pending"),
        (["pending", "missing"], "missing"),
        (["pending", "pending"], "pending"),
        ([], "missing"),
    ],
)
def test_the_lowest_standing_of_the_parts_is_that_of_the_whole(parts: list[str], whole: str) -> None:
    assert lowest(parts) == whole


def test_a_unit_without_a_change_stands_on_its_own_result() -> None:
    rows = history({}, {1: [("not_met", END_2024), ("met", END_2023)]}, sent={2: [END_2024]})
    assert restate(rows, RURAL, 1) == Restated("not_met", counted=10)
    assert restate(rows, RURAL, 2).standing == "pending"
    assert restate(rows, RURAL, 3).standing == "missing"


def test_a_new_unit_stands_as_its_parts_until_it_has_a_result_of_its_own() -> None:
    links = {9: [(1, SECOND), (2, SECOND)]}
    found = restate(history(links, {1: [("met", END_2024)], 2: [("not_met", END_2023)]}, NEW), RURAL, 9)
    assert (found.standing, found.is_derived) == ("not_met", True)
    assert [(part.unit, part.restated.standing) for part in found.parts] == [(1, "met"), (2, "not_met")]
    own = {1: [("met", END_2024)], 2: [("not_met", END_2023)], 9: [("met", END_2025)]}
    assert restate(history(links, own, NEW), RURAL, 9) == Restated("met", counted=90)


def test_parts_of_a_kind_not_judged_are_left_out_and_named() -> None:
    kinds = {**NEW, 2: (OLD, "thi_tran")}
    links = {9: [(1, SECOND), (2, SECOND)]}
    found = restate(history(links, {1: [("met", END_2024)], 2: [("not_met", END_2024)]}, kinds), RURAL, 9)
    assert found.standing == "met"
    assert [part.unit for part in found.left_out] == [2]
    only_towns = {**kinds, 1: (OLD, "phuong")}
    assert restate(history(links, {1: [("met", END_2024)]}, only_towns), RURAL, 9).standing == "missing"


def test_a_unit_that_took_another_in_is_its_former_self_and_the_other_until_its_next_result() -> None:
    links = {1: [(2, MERGER)]}
    before = {1: [("met", END_Q3)], 2: [("not_met", END_2023)]}
    found = restate(history(links, before), RURAL, 1)
    assert found.standing == "not_met"
    assert {(part.unit, part.before, part.restated.standing) for part in found.parts} == {
        (1, MERGER, "met"),
        (2, MERGER, "not_met"),
    }
    after = {**before, 1: [("met", END_2024), ("met", END_Q3)]}
    assert restate(history(links, after), RURAL, 1) == Restated("met", counted=10)


def test_the_rule_goes_on_through_a_chain_of_changes() -> None:
    links = {9: [(1, SECOND), (3, SECOND)], 1: [(2, MERGER)]}
    results = {1: [("met", END_Q3)], 2: [("met", END_2023)], 3: [("met", END_2024)]}
    found = restate(history(links, results, NEW), RURAL, 9)
    assert found.standing == "met"
    assert [part.unit for part in found.parts] == [1, 3]
    assert [part.unit for part in found.parts[0].restated.parts] == [2, 1]
    assert restate(history(links, {**results, 2: []}, NEW), RURAL, 9).standing == "missing"
    waiting = history(links, {**results, 2: []}, NEW, sent={2: [END_2023]})
    assert restate(waiting, RURAL, 9).standing == "pending"
