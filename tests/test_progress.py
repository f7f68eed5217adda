"""`progress`: the four figures on a date, worked by hand on the real units."""

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from communes import registry
from communes.models import UnitVersion
from criteria.models import ConditionResult, Revision, State, Verdict
from criteria.spans import refresh
from reports import scopes
from reports.models import Plan, Target
from reports.progress import Tally, final_targets, months_before, progress
from tests.results import set_down, unit_on, units_on

pytestmark = pytest.mark.usefixtures("reference")

BASIC, ADVANCED, DISTRICT, DISTRICT_ADVANCED = (
    "xa-ntm-19.2",
    "xa-ntmnc-19.2",
    "huyen-ntm-9.4",
    "huyen-ntmnc-9.1",
)


def asked(as_of: str, *arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("progress", "--as-of", as_of, "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def figures(as_of: str, *arguments: str) -> dict[str, dict[str, Any]]:
    return {target["indicator"]: target for target in asked(as_of, *arguments)["targets"]}


def tally(day: datetime.date, indicator: str = BASIC) -> Tally:
    plan = Plan.objects.current()
    targets = [target for target in final_targets(plan) if target.indicator.code == indicator]
    return progress(scopes.territory(plan), day, targets=targets)[0].tally


# --- the denominator and what is needed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "arguments", "expected"),
    [
        ("2024-10-31", (), {BASIC: (182, 181), ADVANCED: (182, 91), DISTRICT: (17, 11), DISTRICT_ADVANCED: (17, 5)}),
        ("2024-11-01", (), {BASIC: (180, 179), ADVANCED: (180, 90), DISTRICT: (17, 11), DISTRICT_ADVANCED: (17, 5)}),
        ("2025-12-31", (), {BASIC: (69, 69), ADVANCED: (69, 35), DISTRICT: (17, 11), DISTRICT_ADVANCED: (17, 5)}),
        (
            "2025-12-31",
            ("--province", "52"),
            {BASIC: (110, 109), ADVANCED: (110, 55), DISTRICT: (28, 17), DISTRICT_ADVANCED: (28, 7)},
        ),
    ],
)
def test_totals_and_needed(as_of: str, arguments: tuple[str, ...], expected: dict[str, tuple[int, int]]) -> None:
    found = {code: (one["total"], one["needed"]) for code, one in figures(as_of, *arguments).items()}
    assert found == expected


def test_a_level_that_has_ended_answers_as_of_its_last_day() -> None:
    found = figures("2025-12-31")
    assert {code: one["units_as_of"] for code, one in found.items()} == {
        BASIC: "2025-12-31",
        ADVANCED: "2025-12-31",
        DISTRICT: "2025-06-30",
        DISTRICT_ADVANCED: "2025-06-30",
    }


def test_results_of_an_ended_level_are_those_of_its_last_day() -> None:
    districts = [v.unit for v in UnitVersion.objects.filter(unit__level="district", code__in=("632", "633"))]
    set_down(districts, DISTRICT, "2025-H1")
    assert figures("2025-12-31")[DISTRICT]["met"] == figures("2025-06-30")[DISTRICT]["met"] == 2


def test_only_the_huyen_is_one_setting_away() -> None:
    Target.objects.filter(indicator__code__in=(DISTRICT, DISTRICT_ADVANCED)).update(kinds=["huyen"])
    found = figures("2024-12-31")
    assert [(found[code]["total"], found[code]["needed"]) for code in (DISTRICT, DISTRICT_ADVANCED)] == [
        (14, 9),
        (14, 4),
    ]


def test_no_unit_at_all() -> None:
    for figures in progress(scopes.territory(Plan.objects.current()), day_of(2019, 12, 31)):
        one = figures.as_json()
        assert (one["total"], one["needed"], one["gap"], one["percent"], one["reached"]) == (0, 0, 0, None, False)


# --- where a target was set ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "arguments", "code"),
    [
        ("2024-12-31", (), "64"),
        ("2025-07-01", (), "52"),
        ("2024-12-31", ("--province", "64"), "64"),
        ("2025-06-30", ("--province", "52"), "52"),
    ],
)
def test_the_province_is_named_by_its_code_of_the_day(as_of: str, arguments: tuple[str, ...], code: str) -> None:
    assert asked(as_of, *arguments)["province"] == code


def test_another_province_has_no_target() -> None:
    for one in figures("2025-06-30", "--province", "52").values():
        assert (one["needed"], one["gap"], one["reached"]) == (None, None, None)
        assert one["total"] > 0


# --- which result counts ---------------------------------------------------------------------------------


def test_180_of_182_is_not_99_percent() -> None:
    set_down(units_on("2024-09-30", "xa")[:180], BASIC, "2024-Q3")
    found = figures("2024-10-31")[BASIC]
    assert (found["met"], found["percent"], found["reached"], found["gap"]) == (180, "98.90", False, 1)


def test_181_of_182_is_99_percent() -> None:
    set_down(units_on("2024-09-30", "xa")[:181], BASIC, "2024-Q3")
    found = figures("2024-10-31")[BASIC]
    assert (found["met"], found["percent"], found["reached"], found["gap"]) == (181, "99.45", True, 0)


def test_standings_make_up_the_whole() -> None:
    met, not_met, sent, examined, draft, returned, *_ = ([unit] for unit in units_on("2024-12-31", "xa"))
    set_down(met, BASIC, "2024")
    set_down(not_met, BASIC, "2024", Verdict.NOT_MET)
    set_down(sent, BASIC, "2024", state=State.SUBMITTED)
    set_down(examined, BASIC, "2024", state=State.EXAMINED)
    set_down(draft, BASIC, "2024", "", State.DRAFT)
    set_down(returned, BASIC, "2024", "", State.RETURNED)
    found = tally(day_of(2024, 12, 31))
    assert found == Tally(met=1, not_met=1, pending=2, missing=176, draft=1, returned=1)
    assert found.total == 180


def day_of(*parts: int) -> datetime.date:
    return datetime.date(*parts)


def test_a_period_counts_from_its_last_day_on() -> None:
    set_down([unit_on("2024-12-31", "23905")], BASIC, "2024")
    assert figures("2024-12-30")[BASIC]["met"] == 0
    assert figures("2024-12-31")[BASIC]["met"] == 1


def test_the_latest_period_end_wins() -> None:
    unit = unit_on("2024-12-31", "23905")
    set_down([unit], BASIC, "2023", Verdict.MET)
    set_down([unit], BASIC, "2024-Q3", Verdict.NOT_MET)
    assert figures("2024-12-31")[BASIC]["not_met"] == 1
    assert figures("2024-06-30")[BASIC]["met"] == 1


@pytest.mark.parametrize("order", [("2024-Q4", "2024-H2", "2024"), ("2024", "2024-H2", "2024-Q4")])
def test_the_longer_period_wins_a_tie(order: tuple[str, ...]) -> None:
    unit = unit_on("2024-12-31", "23905")
    for period in order:
        set_down([unit], BASIC, period, Verdict.MET if period == "2024" else Verdict.NOT_MET)
    assert figures("2024-12-31")[BASIC]["met"] == 1


def test_the_later_revision_wins_once_it_is_confirmed() -> None:
    unit = unit_on("2024-12-31", "23905")
    (first,) = set_down([unit], BASIC, "2024", Verdict.MET)
    (second,) = set_down([unit], BASIC, "2024", Verdict.NOT_MET, State.SUBMITTED)
    assert tally(day_of(2024, 12, 31)) == Tally(met=1, missing=179, newer=1)
    Revision.objects.filter(pk=first.pk).update(state=State.REPLACED)
    Revision.objects.filter(pk=second.pk).update(state=State.CONFIRMED)
    refresh([first.assessment_id])
    assert tally(day_of(2024, 12, 31)) == Tally(not_met=1, missing=179)


def test_older_work_is_not_newer_than_the_result() -> None:
    unit = unit_on("2024-12-31", "23905")
    set_down([unit], BASIC, "2024")
    set_down([unit], BASIC, "2024-H2", state=State.SUBMITTED)
    assert tally(day_of(2024, 12, 31)).newer == 0


def test_sent_in_any_period_is_pending_even_beside_a_later_draft() -> None:
    unit = unit_on("2024-12-31", "23905")
    set_down([unit], BASIC, "2023", state=State.SUBMITTED)
    set_down([unit], BASIC, "2024", "", State.DRAFT)
    assert tally(day_of(2024, 12, 31)) == Tally(pending=1, missing=179)


def test_a_phuong_is_not_counted_and_a_result_of_another_indicator_neither() -> None:
    phuong = units_on("2024-12-31", "phuong")[0]
    set_down([phuong], BASIC, "2024")
    set_down([unit_on("2024-12-31", "23905")], ADVANCED, "2024")
    found = figures("2024-12-31")
    assert (found[BASIC]["met"], found[ADVANCED]["met"]) == (0, 1)


# --- what stands beside the sum --------------------------------------------------------------------------


def test_a_result_older_than_twelve_months_needs_review_and_still_counts() -> None:
    set_down([unit_on("2024-12-31", "23905")], BASIC, "2023")
    assert tally(day_of(2024, 12, 31)) == Tally(met=1, missing=179)
    assert tally(day_of(2025, 1, 1)) == Tally(met=1, missing=179, needs_review=1)


def test_taking_in_another_unit_calls_for_review() -> None:
    """Nghĩa An took in a part of Đăk HLơ on 01/11/2024."""
    set_down([unit_on("2024-09-30", "23662")], BASIC, "2024-Q3")
    assert tally(day_of(2024, 10, 31)).needs_review == 0
    assert tally(day_of(2024, 11, 1)).needs_review == 1


def test_a_unit_with_a_condition_that_does_not_apply_stays_in_the_denominator() -> None:
    (revision,) = set_down([unit_on("2024-12-31", "23905")], BASIC, "2024")
    ConditionResult.objects.create(
        revision=revision,
        condition=revision.checklist.conditions.get(number=8),
        verdict=Verdict.NOT_APPLICABLE,
        reason="không có đối tượng",
    )
    refresh([revision.assessment_id])
    assert tally(day_of(2024, 12, 31)) == Tally(met=1, missing=179, not_applicable=1)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ((2025, 3, 31), 1, (2025, 2, 28)),
        ((2024, 3, 31), 1, (2024, 2, 29)),
        ((2025, 1, 15), 12, (2024, 1, 15)),
        ((2024, 12, 31), 12, (2023, 12, 31)),
    ],
)
def test_months_before(day: tuple[int, ...], months: int, expected: tuple[int, ...]) -> None:
    assert months_before(day_of(*day), months) == day_of(*expected)


def test_who_takes_in_a_unit_of_the_territory_belongs_to_it_from_then_on() -> None:
    """A commune of Bình Định takes in a part of one of ours: the figures of the days before stay as they were."""
    before = figures("2025-12-31")
    ours, theirs = unit_on("2025-12-31", "23650"), unit_on("2025-12-31", "21609")
    taking_in = registry.SuccessionRow(
        predecessor=ours.key, successor=theirs.key, effective_on=day_of(2026, 3, 1), share=None, resolution="9/NQ"
    )
    registry.write(registry.Rows(successions=[taking_in]))
    assert figures("2025-12-31") == before
    assert figures("2026-02-28")[BASIC]["total"] == 69
    assert figures("2026-03-01")[BASIC]["total"] == 70


# --- the command -----------------------------------------------------------------------------------------


def test_json_has_exactly_the_agreed_names() -> None:
    answer = asked("2024-12-31")
    assert set(answer) == {"as_of", "province", "boundaries", "targets"}
    assert (answer["as_of"], answer["boundaries"]) == ("2024-12-31", "then")
    assert [one["indicator"] for one in answer["targets"]] == [BASIC, ADVANCED, DISTRICT, DISTRICT_ADVANCED]
    assert [one["target_percent"] for one in answer["targets"]] == [99, 50, 60, 25]
    names = "indicator target_percent met not_met pending missing total needed gap percent reached units_as_of"
    assert all(set(one) == set(names.split()) for one in answer["targets"])


def test_the_text_reads_as_vietnamese() -> None:
    set_down(units_on("2024-12-31", "xa")[:171], BASIC, "2024")
    out = io.StringIO()
    call_command("progress", "--as-of", "31/12/2024", stdout=out)
    assert "Đạt 171/180 xã · 95,00% · mục tiêu 99%" in out.getvalue()
    assert "Cần 179 xã. Còn thiếu 8 xã so với mục tiêu" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as-of", "2024-02-30"), "“2024-02-30” không phải là ngày"),
        (("--as-of", "2024-12-31", "--province", "99"), "Không có tỉnh nào mang mã “99” ngày 31/12/2024"),
        (("--as-of", "2024-12-31", "--boundaries", "x"), "Không có cách xem “x”"),
    ],
)
def test_errors_say_what_is_wrong(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("progress", *arguments)


def test_without_a_plan_the_command_says_what_to_run() -> None:
    Plan.objects.current().targets.all().delete()
    Plan.objects.all().delete()
    with pytest.raises(CommandError, match="load_plan"):
        call_command("progress", "--as-of", "2024-12-31")


@pytest.mark.parametrize("count", [1, 180])
def test_queries_do_not_grow(count: int, django_assert_num_queries: Any) -> None:
    set_down(units_on("2024-12-31", "xa")[:count], BASIC, "2024")
    plan = Plan.objects.current()
    with django_assert_num_queries(3):
        progress(scopes.territory(plan), day_of(2024, 12, 31))
