"""Registered against achieved by year, and the plans of the districts beside the province's target."""

import datetime
from typing import Any

import pytest

from communes.models import User
from criteria.models import Indicator, Registration, Verdict
from tests.results import sender, set_down
from tests.test_overview import DAY, queries, text, xa_of

pytestmark = pytest.mark.usefixtures("reference")

ADVANCED = "xa-ntmnc-19.2"
ADDRESS = f"/progress/{ADVANCED}/?as_of={DAY}"


def register(units: list[Any], year: int) -> None:
    indicator = Indicator.objects.get(code=ADVANCED)
    Registration.objects.bulk_create(
        Registration(
            unit=unit,
            indicator=indicator,
            year=year,
            number="1/ĐK-UBND",
            signed_on=datetime.date(year, 2, 1),
            recorded_by=sender(),
        )
        for unit in units
    )


def fill() -> None:
    first, second = xa_of("632"), xa_of("633")
    register(first[:4], 2023)
    register(first[2:10], 2024)
    register(second[:14], 2024)
    set_down(first[:3], ADVANCED, "2023")
    set_down(first[3:6], ADVANCED, "2024")
    set_down(first[6:7], ADVANCED, "2024", Verdict.NOT_MET)


def test_each_year_tells_how_many_registered_and_met_it_at_its_end(chi: User) -> None:
    fill()
    words = text(chi, ADDRESS).split("Đăng ký phấn đấu và kết quả theo năm", 1)[1]
    assert "2023 4 3 1 75,00% 31/12/2023" in words  # the fourth met it a year later
    assert "2024 22 4 18 18,18% 31/12/2024" in words
    before = text(chi, f"/progress/{ADVANCED}/?as_of=2023-12-31")
    assert "2023 4 3 1 75,00% 31/12/2023" in before
    assert "18,18%" not in before


def test_the_plan_of_a_district_stands_beside_the_province_s_target(chi: User, bao: User) -> None:
    fill()
    words = text(chi, ADDRESS).split("Kế hoạch của huyện bên cạnh mục tiêu của tỉnh", 1)[1]
    # Chư Prông: 6 of 19 met, 4 of the 8 registered are to come; half of 19 is 10. Chư Sê: 14 of 14, 7 asked.
    assert "Huyện Chư Prông 8 4 10/19 10 đủ" in words
    assert "Huyện Chư Sê 14 0 14/14 7 đủ" in words
    Registration.objects.filter(unit__in=xa_of("632")[6:10]).delete()
    assert "Huyện Chư Prông 4 4 6/19 10 thiếu 4" in text(chi, ADDRESS)
    assert "Kế hoạch của huyện" not in text(bao, ADDRESS)  # one district stands alone
    assert "2024 4 4 0 100,00%" in text(bao, ADDRESS)


def test_without_registrations_nothing_is_said(chi: User) -> None:
    assert "Đăng ký phấn đấu và kết quả" not in text(chi, ADDRESS)


def test_it_costs_the_same_queries_at_any_size(chi: User) -> None:
    register(xa_of("632")[:1], 2024)
    set_down(xa_of("632")[:2], ADVANCED, "2024", Verdict.NOT_MET)
    before = queries(chi, ADDRESS)
    register(xa_of("633"), 2024)
    register(xa_of("633"), 2023)
    assert queries(chi, ADDRESS) == before
