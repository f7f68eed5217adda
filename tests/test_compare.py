"""So sánh: two days, two districts, two ways of drawing the boundaries; what changed, unit by unit."""

from typing import Any

import pytest

from communes.models import User
from criteria.models import Revision, State, Verdict
from tests.results import set_down, unit_on, units_on
from tests.test_export import got
from tests.test_overview import BASIC, DAY, page, queries, text, xa_of

BEFORE = "2023-12-31"
ADDRESS = f"/compare/?as_of={DAY}&to={BEFORE}"


@pytest.fixture
def units(reference: None) -> list[Any]:
    """Of Chư Prông: one rises, one falls, one is sent; Tân Sơn is only there before 01/11/2024."""
    xa = xa_of("632")
    set_down(xa[:1], BASIC, "2023", Verdict.NOT_MET)
    set_down([*xa[1:2], *xa[3:6]], BASIC, "2023")
    set_down(xa[:1], BASIC, "2024")
    set_down(xa[1:2], BASIC, "2024", Verdict.NOT_MET)
    set_down(xa[2:3], BASIC, "2024", state=State.SUBMITTED)
    return xa


def group(words: str, title: str) -> str:
    """Return what stands in a group of changes."""
    return words.split(f"{title}: ", 1)[1].split("Bên thứ nhất Bên thứ hai", 1)[1].split(" xã Đơn vị", 1)[0]


def test_two_days_tell_who_rose_fell_and_is_only_on_one(chi: User, units: list[Any]) -> None:
    words = text(chi, ADDRESS)
    assert "4/182 xã · 2,20%" in words  # the earlier day stands first
    assert "4/180 xã · 2,22%" in words
    assert "khác số đơn vị tăng 0,02" in words
    rose, fell, sent = (unit.versions.first().name for unit in units[:3])
    assert f"Xã {rose} (Chư Prông) Chưa đạt Đạt" in group(words, "Chuyển sang đạt")
    assert f"Xã {fell} (Chư Prông) Đạt Chưa đạt" in group(words, "Không còn đạt")
    assert f"Xã {sent} (Chư Prông) Chưa gửi Đã gửi, chờ xác nhận" in group(words, "Thay đổi khác")
    gone = group(words, "Chỉ có ở bên thứ nhất")
    assert "Xã Tân Sơn (Pleiku) Chưa gửi không có đơn vị này" in gone
    assert "Xã Kông Bơ La (KBang) không có đơn vị này Chưa gửi" in group(words, "Chỉ có ở bên thứ hai")


def test_without_another_day_the_one_with_results_before(chi: User, units: list[Any]) -> None:
    assert "1. ngày 31/12/2023" in text(chi, f"/compare/?as_of={DAY}")
    assert "Chuyển sang đạt: 1 xã" in text(chi, f"/compare/?as_of={DAY}&district=632")


def test_two_districts_stand_beside_each_other(chi: User, bao: User, units: list[Any]) -> None:
    set_down(xa_of("633"), BASIC, "2024")
    words = text(chi, f"/compare/?as_of={DAY}&district=632&other=633")
    assert "Huyện Chư Prông, ngày 31/12/2024" in words
    assert "4/19 xã · 21,05%" in words
    assert "14/14 xã · 100,00%" in words
    assert "thay đổi từng đơn vị" not in words
    page(bao, f"/compare/?as_of={DAY}&district=632&other=633", status=404)
    page(chi, f"/compare/?as_of={DAY}&district=999", status=404)


def test_two_ways_of_drawing_the_boundaries(chi: User, units: list[Any]) -> None:
    set_down(units_on("2025-06-30", "xa"), BASIC, "2025-H1")
    words = text(chi, "/compare/?as_of=2025-06-30&other_boundaries=now")
    assert "180/180 xã · 100,00%" in words
    assert "69/69 xã · 100,00%" in words
    assert "theo địa giới hiện nay" in words


def test_the_changes_can_be_taken_along(chi: User, units: list[Any]) -> None:
    Revision.objects.update(is_sample=True)
    lines = got(chi, f"{ADDRESS}&indicator={BASIC}&download=csv").decode("utf-8-sig").splitlines()
    assert any(line.startswith("Bên thứ nhất: ngày 31/12/2023") for line in lines)
    assert any(line.startswith("Số liệu minh họa") for line in lines)
    assert any(line.endswith("Chuyển sang đạt;Chưa đạt;Đạt") for line in lines)


def test_nonsense_is_named(chi: User, units: list[Any]) -> None:
    assert "Ngày không đúng. Ghi ngày/tháng/năm" in text(chi, f"/compare/?as_of={DAY}&to=31/2/2024")
    assert "có từ ngày 01/02/2020" in text(chi, f"/compare/?as_of={DAY}&to=1990-01-01")


def test_it_costs_the_same_queries_at_any_size(bao: User, units: list[Any]) -> None:
    before = queries(bao, ADDRESS)
    set_down(units[6:], BASIC, "2023")
    set_down(units[6:12], BASIC, "2024", Verdict.NOT_MET)
    set_down([unit_on(DAY, "632")], "huyen-ntm-9.4", "2024")
    assert queries(bao, ADDRESS) == before
