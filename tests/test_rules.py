"""What the rules say beside the whole table (test_matrix.py): where steps lead, what is undecided, days of a period."""

import datetime
from dataclasses import replace

import pytest

from communes.models import Role
from criteria.models import State, Verb
from criteria.rules import (
    Case,
    is_kept_by_own_work,
    next_state,
    refusal,
    refusal_of_any_work,
    refusal_of_period,
)
from tests.test_matrix import UNTIL, WORDS, YEAR

COMMUNE_CASE = Case(state="", level="commune", verdict="met", is_examined_here=True)


def test_only_ones_own_work_keeps_one_from_deciding():
    """The page explains it to those alone who could decide otherwise."""
    kept = {
        (verb.value, state.value, role.value)
        for verb in Verb
        for state in State
        for role in Role
        if is_kept_by_own_work(verb, role, replace(COMMUNE_CASE, state=state, is_own=True))
    }
    assert kept == {("examine", "submitted", "district"), ("confirm", "examined", "province")}


@pytest.mark.parametrize(
    ("role", "level", "is_examined_here", "state"),
    [
        (Role.COMMUNE, "commune", True, "submitted"),
        (Role.DISTRICT, "commune", True, "examined"),
        (Role.PROVINCE, "commune", True, "examined"),
        (Role.ADMINISTRATOR, "commune", True, "examined"),
        (Role.COMMUNE, "commune", False, "submitted"),
        (Role.PROVINCE, "commune", False, "submitted"),
        (Role.DISTRICT, "district", False, "submitted"),
        (Role.PROVINCE, "district", False, "submitted"),
    ],
)
def test_where_sending_leads(role, level, is_examined_here, state):
    case = Case(state="draft", level=level, verdict="met", is_examined_here=is_examined_here)
    assert next_state(Verb.SUBMIT, role, case) == state


def test_where_the_other_steps_lead():
    led = {verb.value: str(next_state(verb, Role.PROVINCE, COMMUNE_CASE)) for verb in Verb if verb != Verb.SUBMIT}
    assert led == {
        "withdraw": "draft",
        "examine": "examined",
        "return": "returned",
        "confirm": "confirmed",
        "reopen": "confirmed",  # the official one stays; a copy is opened beside it
    }


@pytest.mark.parametrize(
    ("given", "words"),
    [({"verdict": ""}, "chưa đủ nội dung"), ({"needs_items": True}, "chưa có nội dung")],
)
def test_what_is_not_decided_is_not_sent(given, words):
    case = replace(COMMUNE_CASE, state="draft", **given)
    assert words in refusal(Verb.SUBMIT, Role.COMMUNE, case)


# --- the days of a period: opens 01/12/2024, due 15/12, new work to 20/12, corrections to 31/12 -----------


@pytest.mark.parametrize(
    ("day", "new", "correction"),
    [
        ("2024-11-30", "not yet", "not yet"),
        ("2024-12-01", "", ""),
        ("2024-12-20", "", ""),
        ("2024-12-21", "closed", ""),
        ("2024-12-31", "closed", ""),
        ("2025-01-01", "closed", "no correction"),
        ("2025-01-05", "closed", "no correction"),  # the last day of the extension
    ],
)
def test_each_last_day_is_a_whole_day(day, new, correction):
    words, today = {"": "", **WORDS}, datetime.date.fromisoformat(day)
    assert refusal_of_period(YEAR, today) == words[new]
    assert refusal_of_period(YEAR, today, is_correction=True) == words[correction]
    opened = words["not yet"] if new == "not yet" else ""
    assert refusal_of_period(YEAR, today, extended_until=UNTIL) == opened
    assert refusal_of_period(YEAR, today, is_correction=True, extended_until=UNTIL) == opened


def a_period(**given):
    days = {name: getattr(YEAR, name) for name in ("opens_on", "due_on", "closes_on", "corrections_close_on")}
    return type(YEAR)(key="2024", label="Năm 2024", **{**days, **given})


def test_a_period_without_closing_dates_stays_open():
    assert refusal_of_period(a_period(closes_on=None, corrections_close_on=None), datetime.date(2030, 1, 1)) == ""


def test_without_a_day_of_their_own_corrections_close_with_new_work():
    period = a_period(corrections_close_on=None)
    assert refusal_of_period(period, datetime.date(2024, 12, 21), is_correction=True) == WORDS["closed"]


def test_closed_by_hand_it_is_closed_whatever_the_days_say():
    noon = datetime.datetime(2024, 12, 10, 5, tzinfo=datetime.UTC)
    period, today = a_period(closed_at=noon), datetime.date(2024, 12, 10)
    words = "kỳ năm 2024 đã khóa ngày 10/12/2024. Đề nghị Công an tỉnh gia hạn."
    for correcting in (False, True):
        assert refusal_of_period(period, today, is_correction=correcting) == words
        assert refusal_of_period(period, today, is_correction=correcting, extended_until=today) == ""


def test_a_page_says_closed_only_when_nothing_at_all_can_be_done():
    assert refusal_of_any_work(YEAR, datetime.date(2024, 12, 25)) == ""
    assert refusal_of_any_work(YEAR, datetime.date(2025, 1, 2)) == WORDS["closed"]
    assert refusal_of_any_work(YEAR, datetime.date(2025, 1, 2), extended_until=UNTIL) == ""
