"""Nội dung cần quan tâm: the units named, what it would change, and the lists behind."""

import datetime
from typing import Any

import pytest

from communes.models import User
from criteria.models import Condition, ConditionResult, Extension, Revision, State, Verdict
from reports.attention import listed
from tests.results import set_down, unit_on, units_on
from tests.test_overview import BASIC, DAY, text, xa_of

pytestmark = pytest.mark.usefixtures("reference")

LIST = f"/progress/{BASIC}/?as_of={DAY}&standing="


def judged(revision: Revision, *failed: int, left: int = 0) -> None:
    """Judge every condition of the revision but `left`; those numbers fail."""
    conditions = Condition.objects.filter(checklist=revision.checklist_id).exclude(number=left)
    ConditionResult.objects.bulk_create(
        ConditionResult(
            revision=revision, condition=one, verdict=Verdict.NOT_MET if one.number in failed else Verdict.MET
        )
        for one in conditions
    )


@pytest.fixture
def units(reference: None) -> list[Any]:
    """Six xã of Chư Prông do not meet it in 2024: one item short, two short, one unjudged, fallen, sensitive ones."""
    Condition.objects.filter(checklist__indicator__code=BASIC).update(is_sensitive=False)
    Condition.objects.filter(checklist__indicator__code=BASIC, number=1).update(is_sensitive=True)
    xa = xa_of("632")
    set_down(xa[3:4], BASIC, "2022", Verdict.MET)
    set_down([*xa[:2], *xa[4:5]], BASIC, "2022", Verdict.NOT_MET)
    set_down(xa[4:5], BASIC, "2023", Verdict.NOT_MET)
    made = set_down(xa[:6], BASIC, "2024", Verdict.NOT_MET)
    for revision, (failed, left) in zip(
        made, [((4,), 0), ((4, 5), 0), ((4,), 5), ((4, 6), 0), ((1,), 0), ((1, 7), 0)], strict=True
    ):
        judged(revision, *failed, left=left)
    set_down([unit for unit in units_on(DAY, "xa") if unit not in [*xa, *xa_of("633")]], BASIC, "2024")
    return xa


def test_one_item_short_says_what_it_would_change(chi: User, units: list[Any]) -> None:
    words = text(chi, f"/?as_of={DAY}")
    met = int(words.split(" /180 xã", 1)[0].rsplit(" ", 1)[1])
    item = words.split("Còn 01 nội dung chưa đạt", 1)[1].split("Kỳ trước đạt", 1)[0]
    first, other = (unit.versions.first().name for unit in (units[0], units[5]))
    assert f"{first} (Chư Prông)" in item
    assert f"{other} (Chư Prông)" in item  # the sensitive item that it lacks too is not told by leaving it out
    assert f"Nếu cả 2 xã hoàn thành: {met + 2}/180 xã" in item
    assert text(chi, f"{LIST}one_short").count("Xem đánh giá") == 2


def test_who_met_it_before_and_no_longer_does_is_named(chi: User, units: list[Any]) -> None:
    item = text(chi, f"/?as_of={DAY}").split("Kỳ trước đạt, kỳ này chưa đạt", 1)[1]
    assert f"{units[3].versions.first().name} (Chư Prông)" in item.split("</li>")[0]
    fallen = text(chi, f"{LIST}fell")
    assert fallen.count("Xem đánh giá") == 1
    assert units[3].versions.first().name in fallen


def test_late_districts_are_named_but_for_who_is_still_given_time(chi: User, units: list[Any]) -> None:
    (revision,) = set_down([unit_on(DAY, "632")], "huyen-ntm-9.4", "2024")
    assert "Chưa gửi năm 2024, quá hạn " in text(chi, f"/?as_of={DAY}")
    late = text(chi, f"/?as_of={DAY}").split("Chưa gửi năm 2024", 1)[1]
    assert "Chư Prông 13" in late.split("9.4")[0]
    Extension.objects.create(
        period=revision.assessment.period,
        unit=unit_on(DAY, "632"),
        ends_on=datetime.date(2099, 1, 1),
        reason="thiên tai",
        granted_by=chi,
    )
    assert "Chư Prông 13" not in text(chi, f"/?as_of={DAY}")


def test_pending_and_old_results_are_told_by_district(chi: User, units: list[Any]) -> None:
    set_down(xa_of("633")[:2], BASIC, "2024-Q3", state=State.EXAMINED)
    set_down(xa_of("633")[2:3], BASIC, "2021")
    words = text(chi, f"/?as_of={DAY}")
    assert "Đã gửi, chờ xác nhận" in words
    assert "Cần rà soát lại" in words
    assert text(chi, f"{LIST}needs_review").count("Xem đánh giá") == 1
    assert text(chi, f"{LIST}uncounted").count("Xem đánh giá") == 6 + 2


def test_long_lists_of_names_end_with_a_count() -> None:
    assert listed(["A", "B", "C"]) == "A, B, C"
    assert listed(["A", "B", "C", "D", "E"]) == "A, B, C và 2 đơn vị khác"
