"""The line of a unit through time on its page, and how those before and after it stood."""

import datetime

import pytest

from communes.models import Role, User
from criteria.models import State, Verdict
from tests.cases import ADVANCED, BASIC
from tests.conftest import unit_of
from tests.results import set_down
from tests.test_assessment_pages import client_of, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

MERGED = datetime.date(2025, 7, 1)
EARLY = datetime.date(2024, 10, 31)


def words_of(user: User, code: str, day: datetime.date) -> str:
    return text(client_of(user).get(unit_of(code, day).get_absolute_url()))


def test_a_new_unit_says_of_what_it_was_made(chi: User) -> None:
    words = words_of(chi, "23590", MERGED)
    assert "01/7/2025 Xã Biển Hồ, mã 23590, trực thuộc Tỉnh Gia Lai; được lập từ:" in words
    for name in (
        "Xã Biển Hồ (Thành phố Pleiku, mã 23590, đến 30/6/2025)",
        "Xã Hà Bầu (Huyện Đăk Đoa, mã 23692, đến 30/6/2025)",
        "Xã Nghĩa Hưng (Huyện Chư Păh, mã 23761, đến 30/6/2025)",
    ):
        assert name in words
    assert "Căn cứ: 1664/NQ-UBTVQH15" in words


def test_a_unit_that_took_in_another_and_ended_tells_both_in_order(chi: User) -> None:
    words = words_of(chi, "23590", datetime.date(2024, 12, 31))
    line = [
        "01/02/2020 Xã Biển Hồ, mã 23590, trực thuộc Thành phố Pleiku",
        "01/11/2024 Nhận thêm: Xã Tân Sơn (Thành phố Pleiku, mã 23593, đến 31/10/2024)",
        "01/7/2025 Đã nhập vào, chuyển thành: Xã Biển Hồ (Tỉnh Gia Lai, mã 23590)",
    ]
    places = [words.index(part) for part in line]
    assert places == sorted(places)


def test_a_unit_that_went_on_says_what_changed(chi: User) -> None:
    words = words_of(chi, "23938", MERGED)  # Ia Mơ
    assert "01/7/2025 Trực thuộc Tỉnh Gia Lai (trước: Huyện Chư Prông)" in words
    assert "Đã nhập vào" not in words


def test_one_code_two_units_each_with_its_own_results(chi: User) -> None:
    hlo, bo_la = unit_of("23674", EARLY), unit_of("23674")
    set_down([hlo], BASIC, "2024-Q3", Verdict.NOT_MET)
    set_down([bo_la], BASIC, "2024")
    before, after = (text(client_of(chi).get(unit.get_absolute_url())) for unit in (hlo, bo_la))
    assert "Xã Đăk HLơ (đơn vị này) Chưa đạt Quý III/2024" in before
    assert "Xã Kông Bơ La (Huyện KBang, mã 23674, đến 30/6/2025) Đạt Năm 2024" in before
    assert "Xã Đăk HLơ (Huyện KBang, mã 23674, đến 31/10/2024) Chưa đạt Quý III/2024" in after
    assert "Xã Kông Bơ La (đơn vị này) Đạt Năm 2024" in after


def test_the_results_before_and_after_are_the_latest_official_ones(chi: User) -> None:
    old = unit_of("23590")
    set_down([old], BASIC, "2023", Verdict.NOT_MET)
    (latest,) = set_down([old], BASIC, "2024")
    set_down([old], ADVANCED, "2024", state=State.SUBMITTED)
    page = client_of(chi).get(unit_of("23590", MERGED).get_absolute_url())
    row = text(page).split("Kết quả trước và sau sắp xếp")[1]
    assert "Xã Biển Hồ (Thành phố Pleiku, mã 23590, đến 30/6/2025) Đạt Năm 2024 Xã Hà Bầu" in row
    assert latest.assessment.get_absolute_url() in page.content.decode()


def test_those_outside_the_scope_are_named_without_a_link_or_a_result(make_person) -> None:
    ho = make_person("ho", Role.COMMUNE, "23590", day=MERGED)
    old, new = unit_of("23590"), unit_of("23590", MERGED)
    (hidden,) = set_down([old], BASIC, "2024", Verdict.NOT_MET)
    set_down([new], BASIC, "2025")
    page = client_of(ho).get(new.get_absolute_url())
    assert "Xã Hà Bầu (Huyện Đăk Đoa, mã 23692, đến 30/6/2025) ngoài phạm vi được xem" in text(page)
    assert "Chưa đạt" not in text(page)
    for address in (old.get_absolute_url(), hidden.assessment.get_absolute_url()):
        assert f'"{address}"' not in page.content.decode()
        assert client_of(ho).get(address).status_code == 404


def test_an_officer_of_the_old_commune_follows_it_to_the_new(an: User) -> None:
    set_down([an.unit], BASIC, "2025-H1")
    old, new = an.unit, unit_of("23908", MERGED)
    page = client_of(an).get(old.get_absolute_url())
    assert f'href="{new.get_absolute_url()}"' in page.content.decode()
    after = text(client_of(an).get(new.get_absolute_url()))
    assert "Xã Ia Băng (Huyện Chư Prông, mã 23905, đến 30/6/2025) Đạt 6 tháng đầu năm 2025" in after
    assert "Xã Ia Bang (Huyện Chư Prông, mã 23924, đến 30/6/2025) ngoài phạm vi được xem" in after


def test_two_of_one_name_have_different_titles(chi: User) -> None:
    old, new = (client_of(chi).get(unit_of("23590", day).get_absolute_url()) for day in (EARLY, MERGED))
    assert "<title>Xã Biển Hồ (đến 30/6/2025) –" in old.content.decode()
    assert "<title>Xã Biển Hồ –" in new.content.decode()
