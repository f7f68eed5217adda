"""The whole table of rules: state x role x verb, written here by hand and not taken from the table itself."""

import datetime
from dataclasses import replace

import pytest

from communes.models import Role
from criteria.models import ReportingPeriod, State, Verb
from criteria.rules import (
    Case,
    is_kept_by_own_work,
    next_state,
    refusal,
    refusal_of_any_work,
    refusal_of_period,
    refusal_of_step_in_period,
    refusal_to_enter,
)

# For a commune's decided result in a period in which the district examines, that the person did not enter.
# c commune, d district, p province, l leader, a administrator; a letter is there where the verb is allowed.
ALLOWED = {
    "draft": {"submit": "cdpa"},
    "returned": {"submit": "cdpa"},
    "submitted": {"examine": "d", "return": "dp"},
    "examined": {"confirm": "p", "return": "p"},
    "confirmed": {"reopen": "p"},
    "replaced": {},
}
# What the sender himself may do, and only he.
SENDER = {"submitted": {"withdraw": "cdpa"}, "examined": {"withdraw": "cdpa"}}
LETTERS = {
    "c": Role.COMMUNE,
    "d": Role.DISTRICT,
    "p": Role.PROVINCE,
    "l": Role.LEADER,
    "a": Role.ADMINISTRATOR,
}
COMMUNE_CASE = Case(state="", level="commune", verdict="met", is_examined_here=True)


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("verb", Verb.values)
def test_state_role_verb(state, letter, verb):
    case = replace(COMMUNE_CASE, state=state)
    expected = letter in ALLOWED[state].get(verb, "")
    assert (refusal(verb, LETTERS[letter], case) == "") is expected


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("letter", LETTERS)
def test_only_the_sender_withdraws(state, letter):
    case = replace(COMMUNE_CASE, state=state, is_sender=True, is_own=True)
    expected = letter in SENDER.get(state, {}).get("withdraw", "")
    assert (refusal(Verb.WITHDRAW, LETTERS[letter], case) == "") is expected


@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("letter", LETTERS)
def test_where_no_district_examines_the_province_confirms_what_was_submitted(state, letter):
    case = replace(COMMUNE_CASE, state=state, is_examined_here=False)
    confirms = state in ("submitted", "examined") and letter == "p"
    returns = state in ("submitted", "examined") and letter == "p"
    assert (refusal(Verb.CONFIRM, LETTERS[letter], case) == "") is confirms
    assert (refusal(Verb.RETURN, LETTERS[letter], case) == "") is returns
    assert refusal(Verb.EXAMINE, LETTERS[letter], case)


@pytest.mark.parametrize("verb", [Verb.EXAMINE, Verb.CONFIRM])
@pytest.mark.parametrize("state", State.values)
@pytest.mark.parametrize("letter", LETTERS)
def test_nobody_decides_on_their_own(verb, state, letter):
    case = replace(COMMUNE_CASE, state=state, is_own=True)
    assert refusal(verb, LETTERS[letter], case)
    expected = letter in ALLOWED[state].get(verb, "")
    assert is_kept_by_own_work(verb, LETTERS[letter], case) is expected


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("state", ["", *State.values])
@pytest.mark.parametrize("has_letter", [True, False])
def test_who_enters_over_what(letter, state, has_letter):
    is_open = state in ("", "draft", "returned", "confirmed", "replaced")
    expected = is_open and (letter in "cd" or (letter in "pa" and has_letter))
    assert (refusal_to_enter(LETTERS[letter], state, has_letter=has_letter) == "") is expected


@pytest.mark.parametrize(
    ("letter", "level", "is_examined_here", "state"),
    [
        ("c", "commune", True, "submitted"),
        ("d", "commune", True, "examined"),
        ("p", "commune", True, "examined"),
        ("a", "commune", True, "examined"),
        ("c", "commune", False, "submitted"),
        ("p", "commune", False, "submitted"),
        ("d", "district", False, "submitted"),
        ("p", "district", False, "submitted"),
    ],
)
def test_where_sending_leads(letter, level, is_examined_here, state):
    case = Case(state="draft", level=level, verdict="met", is_examined_here=is_examined_here)
    assert next_state(Verb.SUBMIT, LETTERS[letter], case) == state


@pytest.mark.parametrize(
    ("verb", "state"),
    [("withdraw", "draft"), ("examine", "examined"), ("return", "returned"), ("confirm", "confirmed")],
)
def test_where_the_other_steps_lead(verb, state):
    assert next_state(verb, Role.PROVINCE, COMMUNE_CASE) == state


@pytest.mark.parametrize(
    ("given", "words"),
    [({"verdict": ""}, "chưa đủ nội dung"), ({"needs_items": True}, "chưa có nội dung")],
)
def test_what_is_not_decided_is_not_sent(given, words):
    case = replace(COMMUNE_CASE, state="draft", **given)
    assert words in refusal(Verb.SUBMIT, Role.COMMUNE, case)


@pytest.mark.parametrize(
    ("closes_on", "today", "is_closed"),
    [
        (None, datetime.date(2030, 1, 1), False),
        (datetime.date(2024, 12, 20), datetime.date(2024, 12, 20), False),
        (datetime.date(2024, 12, 20), datetime.date(2024, 12, 21), True),
    ],
)
def test_a_period_without_closing_dates_stays_open(closes_on, today, is_closed):
    period = ReportingPeriod(key="2024", label="Năm 2024", closes_on=closes_on)
    words = "kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."
    assert refusal_of_period(period, today) == (words if is_closed else "")


# --- the period ------------------------------------------------------------------------------------------
# Opens 01/12/2024, is due 15/12, new work to 20/12, corrections to 31/12; an extension to 05/01/2025.

DAYS = {
    "opens_on": datetime.date(2024, 12, 1),
    "due_on": datetime.date(2024, 12, 15),
    "closes_on": datetime.date(2024, 12, 20),
    "corrections_close_on": datetime.date(2024, 12, 31),
}
UNTIL = datetime.date(2025, 1, 5)
NOT_YET = "kỳ năm 2024 chưa mở, nhận kết quả từ ngày 01/12/2024. Đề nghị Công an tỉnh mở kỳ."
CLOSED = "kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."
NO_CORRECTION = "kỳ năm 2024 đã khóa điều chỉnh ngày 31/12/2024. Đề nghị Công an tỉnh gia hạn."
# day: what new work is told, what a correction is told, both without and with the extension
WHEN = {
    "2024-11-30": (NOT_YET, NOT_YET, NOT_YET, NOT_YET),
    "2024-12-01": ("", "", "", ""),
    "2024-12-16": ("", "", "", ""),  # late, and still taken
    "2024-12-20": ("", "", "", ""),
    "2024-12-21": (CLOSED, "", "", ""),
    "2024-12-31": (CLOSED, "", "", ""),
    "2025-01-01": (CLOSED, NO_CORRECTION, "", ""),
    "2025-01-05": (CLOSED, NO_CORRECTION, "", ""),
    "2025-01-06": (CLOSED, NO_CORRECTION, CLOSED, NO_CORRECTION),
}


def a_period(**given) -> ReportingPeriod:
    return ReportingPeriod(key="2024", label="Năm 2024", **{**DAYS, **given})


@pytest.mark.parametrize("day", WHEN)
def test_a_day_new_work_or_correction_extended_or_not(day):
    today, found = datetime.date.fromisoformat(day), []
    for until in (None, UNTIL):
        for correcting in (False, True):
            found.append(refusal_of_period(a_period(), today, is_correction=correcting, extended_until=until))
    assert tuple(found) == WHEN[day]


@pytest.mark.parametrize("day", WHEN)
@pytest.mark.parametrize("verb", Verb.values)
@pytest.mark.parametrize(
    ("state", "number", "is_correction"),
    [("draft", 1, False), ("draft", 2, True), ("returned", 1, True), ("submitted", 1, False), ("confirmed", 1, True)],
)
def test_day_verb_state(day, verb, state, number, is_correction):
    """The steps of those who work on a result are bound by the period, those who decide on what was sent are not."""
    bound = verb in ("submit", "withdraw", "reopen")
    today, case = datetime.date.fromisoformat(day), Case(state=state, level="commune", number=number)
    extended = replace(case, extended_until=UNTIL)
    expected = (WHEN[day][is_correction], WHEN[day][2 + is_correction]) if bound else ("", "")
    found = tuple(refusal_of_step_in_period(verb, a_period(), one, today) for one in (case, extended))
    assert found == expected


def test_without_a_day_of_their_own_corrections_close_with_new_work():
    period = a_period(corrections_close_on=None)
    assert refusal_of_period(period, datetime.date(2024, 12, 21), is_correction=True) == CLOSED


def test_closed_by_hand_it_is_closed_whatever_the_days_say():
    noon = datetime.datetime(2024, 12, 10, 5, tzinfo=datetime.UTC)
    period, today = a_period(closed_at=noon), datetime.date(2024, 12, 10)
    words = "kỳ năm 2024 đã khóa ngày 10/12/2024. Đề nghị Công an tỉnh gia hạn."
    for correcting in (False, True):
        assert refusal_of_period(period, today, is_correction=correcting) == words
        assert refusal_of_period(period, today, is_correction=correcting, extended_until=today) == ""


def test_a_page_says_closed_only_when_nothing_at_all_can_be_done():
    assert refusal_of_any_work(a_period(), datetime.date(2024, 12, 25)) == ""
    assert refusal_of_any_work(a_period(), datetime.date(2025, 1, 2)) == CLOSED
    assert refusal_of_any_work(a_period(), datetime.date(2025, 1, 2), extended_until=UNTIL) == ""
