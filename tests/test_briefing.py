"""Bản trình lãnh đạo: what the one page says of each target, to whom, at what cost."""

from typing import Any

import pytest

from communes.models import User
from criteria.models import Condition, State, Verdict
from tests.results import fail, set_down
from tests.test_attention import units  # noqa: F401 - a fixture
from tests.test_overview import BASIC, DAY, page, queries, text, xa_of

pytestmark = pytest.mark.usefixtures("reference")

ADDRESS = f"/briefing/?as_of={DAY}"


def test_it_says_where_why_whom_and_by_when(lan: User, units: list[Any]) -> None:  # noqa: F811
    (revision,) = set_down(xa_of("633")[:1], BASIC, "2024", Verdict.NOT_MET)
    fail(revision, 4)
    type(revision).objects.filter(pk=revision.pk).update(expected_year=2025, expected_quarter=3)
    set_down(xa_of("633")[1:2], BASIC, "2024", state=State.EXAMINED)
    words = text(lan, ADDRESS)
    assert "so với mục tiêu 99%" in words
    assert "Nội dung 4 (5 xã)" in words
    assert "Nội dung 1 (" not in words  # sensitive
    assert "Chư Prông 19, Chư Sê 14" in words
    assert "Quý III/2025: 1 xã; chưa nêu: 6 xã" in words
    assert "Chưa dự báo: cần ít nhất 4 kỳ" in words
    wording = Condition.objects.filter(checklist__indicator__code=BASIC, number=1).values_list("wording", flat=True)
    assert not [one for one in wording if one[:40] in words]


def test_a_commune_officer_reads_his_own(an: User) -> None:
    set_down([an.unit], BASIC, "2024")
    words = text(an, ADDRESS)
    assert "1 /1 xã · 100,00%" in words
    assert "mục tiêu 99%" not in words


def test_the_overview_leads_to_it_with_the_same_day(chi: User) -> None:
    assert f'href="{ADDRESS}"' in page(chi, f"/?as_of={DAY}")
    assert "Không có đơn vị nào được tính" not in text(chi, ADDRESS)


def test_it_costs_the_same_queries_at_any_size(bao: User) -> None:
    def fill(some: list[Any]) -> None:
        for revision in set_down(some, BASIC, "2024", Verdict.NOT_MET):
            fail(revision, 4)

    fill(xa_of("632")[:2])
    before = queries(bao, ADDRESS)
    fill(xa_of("632")[2:])
    assert queries(bao, ADDRESS) == before
