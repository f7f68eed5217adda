"""Kỳ báo cáo: opening, closing, the days with their history, extensions; and the board of who has sent what."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communes.models import Area, AreaMember, Role, User
from criteria.board import Board, board_of
from criteria.models import Extension, Indicator, PeriodChange, Registration, ReportingPeriod, Revision, State, Verb
from tests.cases import ADVANCED, BASIC, DISTRICTS, entered, line, taken
from tests.conftest import unit_of
from tests.crowds import crowd, results
from tests.results import set_down
from tests.test_assessment_pages import client_of, text
from tests.test_closing import extended, refusals, shut

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def period(key: str = "2024") -> ReportingPeriod:
    return ReportingPeriod.objects.get(key=key)


def days(**given: Any) -> dict[str, Any]:
    """The fields of the page, with the days of the year 2024 but those given."""
    return {"opens_on": "", "due_on": "15/01/2025", "closes_on": "", "corrections_close_on": "", **given}


def post(user: User, page: str, **given: Any) -> HttpResponse:
    return client_of(user).post(f"/periods/2024/{page}", given)


# --- days ------------------------------------------------------------------------------------------------


def test_the_days_are_set_and_leave_who_when_old_and_new(chi: User) -> None:
    basic = Indicator.objects.get(code=BASIC)
    given = days(
        opens_on="01/12/2024", closes_on="20/01/2025", corrections_close_on="31/01/2025", indicators=basic.code
    )
    assert post(chi, "edit/", **given).status_code == 302
    found = period()
    assert (found.opens_on, found.closes_on) == (datetime.date(2024, 12, 1), datetime.date(2025, 1, 20))
    assert list(found.indicators.all()) == [basic]
    words = text(client_of(chi).get("/periods/2024/"))
    assert "Lê Thị Chi – Công an tỉnh Gia Lai" in words
    assert "Khóa từ hết ngày: bỏ trống → 20/01/2025" in words
    assert "Chỉ tiêu thu thập trong kỳ: tất cả → 19.2 xã nông thôn mới" in words


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"opens_on": "16/01/2025"}, "Ngày mở nhập không được sau hạn gửi."),
        ({"due_on": "31/12/2023"}, "Hạn gửi không được trước ngày đầu của số liệu."),
        ({"closes_on": "14/01/2025"}, "Hạn gửi không được sau ngày khóa nhập mới."),
        ({"closes_on": "31/12/2023"}, "Ngày khóa không được trước ngày mở nhập và ngày đầu của số liệu."),
        ({"corrections_close_on": "31/01/2025"}, "Ngày khóa điều chỉnh đi cùng ngày khóa nhập mới"),
        ({"closes_on": "20/01/2025", "corrections_close_on": "19/01/2025"}, "không được trước ngày đó"),
        ({"due_on": "30/02/2025"}, "hợp lệ"),
        ({"due_on": ""}, "bắt buộc"),
        ({"indicators": "999999"}, "999999"),
    ],
)
def test_days_out_of_order_are_refused_in_words(chi: User, given: dict[str, str], message: str) -> None:
    answer = post(chi, "edit/", **days(**given))
    assert answer.status_code == 200
    assert message in text(answer)
    assert not PeriodChange.objects.exists()


def test_a_page_that_went_stale_is_refused(chi: User, chinh: User) -> None:
    page = client_of(chi).get("/periods/2024/edit/")
    assert post(chinh, "edit/", **days(due_on="16/01/2025")).status_code == 302
    answer = post(chi, "edit/", **days(due_on="20/01/2025"), seen=page.context["form"]["seen"].value())
    assert "vừa được người khác sửa" in text(answer)
    assert period().due_on == datetime.date(2025, 1, 16)


def test_closing_takes_effect_at_once_and_opening_again_too(an: User, chi: User) -> None:
    entered(an)
    asked = text(client_of(chi).get("/periods/2024/close/"))
    assert "19.2 xã nông thôn mới, trên 180 xã 180" in asked
    assert period().closed_at is None
    post(chi, "close/")
    today = timezone.localdate()
    changed = line(but={4: "not_met"})
    refused = refusals(an, "23905")  # the same again: nothing to refuse
    assert refused == [""]
    assert "đã khóa ngày" in text(client_of(an).get("/assessments/?period=2024"))
    assert client_of(an).get(f"/assessments/2024/{BASIC}/{changed.unit_id}/edit/").status_code == 403
    assert post(chi, "open/", closes_on="").status_code == 302
    assert period().is_open_on(today)
    assert client_of(an).get(f"/assessments/2024/{BASIC}/{changed.unit_id}/edit/").status_code == 200
    assert [change.get_act_display() for change in PeriodChange.objects.all()] == ["Mở kỳ", "Khóa kỳ"]


def test_a_period_is_opened_until_a_day_that_has_not_passed(chi: User) -> None:
    shut()
    assert "Ngày này đã qua" in text(post(chi, "open/", closes_on="20/12/2024"))
    until = timezone.localdate() + DAY
    assert post(chi, "open/", closes_on=until.strftime("%d/%m/%Y")).status_code == 302
    assert period().closes_on == until
    assert "Đang mở, còn 1 ngày" in text(client_of(chi).get("/periods/"))


def test_others_read_what_concerns_them_and_change_nothing(an: User, bao: User, lan: User) -> None:
    for user in (an, bao, lan):
        page = client_of(user).get("/periods/2024/")
        assert "/periods/2024/edit/" not in page.content.decode()
        assert "Kỳ báo cáo do Công an tỉnh mở, khóa và gia hạn." in text(client_of(user).get("/periods/2024/edit/"))
    assert client_of(bao).get("/periods/2025/").status_code == 404  # the district had ended
    assert "Năm 2025" not in text(client_of(bao).get("/periods/"))


# --- extensions ------------------------------------------------------------------------------------------


def grant(chi: User, **given: Any) -> HttpResponse:
    until = timezone.localdate() + 3 * DAY
    usual = {"unit": unit_of("632").pk, "indicator": "", "ends_on": until.strftime("%d/%m/%Y"), "reason": "Mất điện."}
    return post(chi, "extensions/new/", **usual | given)


def test_an_extension_is_granted_seen_by_all_whom_it_concerns_and_ended(
    an: User, bao: User, binh: User, chi: User
) -> None:
    shut()
    assert grant(chi).status_code == 302
    for user in (an, bao, chi):
        for page in ("/periods/2024/", "/periods/2024/board/", "/assessments/?period=2024"):
            assert "Mất điện." in text(client_of(user).get(page)), (user, page)
    assert "Mất điện." in text(client_of(an).get(f"/communes/{an.unit_id}/"))
    assert "Mất điện." not in text(client_of(binh).get("/periods/2024/"))
    row = Extension.objects.get()
    assert client_of(chi).post(f"/periods/2024/extensions/{row.pk}/end/").status_code == 302
    row.refresh_from_db()
    assert (row.ended_by, row.reason) == (chi, "Mất điện.")
    assert "Đã dừng ngày" in text(client_of(an).get("/periods/2024/"))
    again = client_of(chi).post(f"/periods/2024/extensions/{row.pk}/end/", follow=True)
    assert "gia hạn này không còn hiệu lực" in text(again).lower()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ends_on": "01/01/2025"}, "Ngày này đã qua."),
        ({"reason": " "}, "bắt buộc"),
        ({"unit": ""}, "bắt buộc"),
        ({"unit": "0"}, "0"),
        ({"indicator": "x"}, "x"),
    ],
)
def test_an_extension_that_says_too_little_is_refused(chi: User, given: dict[str, str], message: str) -> None:
    answer = grant(chi, **given)
    assert answer.status_code == 200
    assert message in text(answer)
    assert not Extension.objects.exists()


def test_a_unit_of_another_province_is_not_extended(chi: User, make_person: Any) -> None:
    dinh = make_person("dinh", Role.PROVINCE, "52")
    assert grant(dinh).status_code == 200
    assert not Extension.objects.exists()


# --- the board -------------------------------------------------------------------------------------------


def of(board: Board, code: str, indicator: str = BASIC) -> Any:
    found = board.line_of(code)
    assert found is not None
    return next(cell for cell in found.cells if cell and cell.indicator.code == indicator)


def due(days_ago: int) -> ReportingPeriod:
    ReportingPeriod.objects.filter(key="2024").update(due_on=timezone.localdate() - days_ago * DAY)
    return period()


def test_the_states_are_counted_and_none_passes_a_hundred(an: User, bao: User, chi: User, make_person: Any) -> None:
    found = due(6)
    entered(an)
    sent = entered(bao, line("23908"), line("23911"), line("23914"))
    for revision in sent:
        taken(Verb.SUBMIT, revision, bao)
    taken(Verb.RETURN, sent[0], chi, reason="Bổ sung.")
    taken(Verb.CONFIRM, sent[1], chi)
    cell = of(board_of(chi, found), "632")
    assert [(key, count) for key, _, count in cell.counts] == [
        ("missing", 15),
        ("draft", 1),
        ("returned", 1),
        ("examined", 1),
        ("confirmed", 1),
    ]
    assert (cell.sent, cell.expected, cell.completeness) == (2, 19, Decimal("10.53"))
    assert (cell.in_time, cell.punctuality) == (0, 0)
    assert (cell.late, cell.most_late) == (16, 6)
    Revision.objects.filter(pk=sent[1].pk).update(submitted_at=timezone.now() - 7 * DAY)
    sent[1].reviews.filter(verb=Verb.SUBMIT).update(at=timezone.now() - 7 * DAY)
    assert of(board_of(chi, found), "632").in_time == 1


def test_all_sent_in_time_is_exactly_a_hundred_corrections_too(bao: User, chi: User) -> None:
    found = due(-1)
    board = board_of(bao, found)
    communes = [one.unit.unit for one in board.lines[0].below if one.unit and one.unit.parent_id == bao.unit_id]
    judged = [unit for unit in communes if unit in {one.unit.unit for one in of(board, "632").standings}]
    set_down(judged, BASIC, "2024")
    set_down(judged[:2], BASIC, "2024", state=State.SUBMITTED)
    cell = of(board_of(bao, found), "632")
    assert (cell.sent, cell.completeness, cell.punctuality) == (19, 100, 100)


def test_who_did_not_register_is_not_expected_even_where_something_was_sent(bao: User, chi: User) -> None:
    found = due(6)
    advanced = Indicator.objects.get(code=ADVANCED)
    given = {"indicator": advanced, "year": 2024, "number": "1", "signed_on": "2024-02-01", "recorded_by": bao}
    Registration.objects.create(unit=unit_of("23905"), **given)
    set_down([unit_of("23908")], ADVANCED, "2024")
    cell = of(board_of(chi, found), "632", ADVANCED)
    assert (cell.expected, cell.sent, cell.unregistered, cell.late) == (1, 0, 18, 1)
    words = text(client_of(chi).get("/periods/2024/board/?district=632"))
    assert "Không đăng ký" in words
    assert "19.2 xã nông thôn mới nâng cao: chưa gửi 01/01 xã (Ia Băng)." in words


def test_an_extension_puts_the_lateness_off(chi: User) -> None:
    found = due(6)
    extended(chi, "23905")
    cell = of(board_of(chi, found), "632")
    assert cell.late == 18
    assert "Ia Băng, gia hạn đến" in text(client_of(chi).get("/periods/2024/board/?district=632"))
    Extension.objects.update(ends_on=timezone.localdate() - 2 * DAY)
    late = {one.unit.name: one.days_late for one in of(board_of(chi, found), "632").standings}
    assert (late["Ia Băng"], late["Ia Bang"]) == (2, 6)


def test_only_what_is_collected_stands_on_the_board(chi: User) -> None:
    found = period()
    found.indicators.set([Indicator.objects.get(code=DISTRICTS)])
    assert [one.code for one in board_of(chi, found).indicators] == [DISTRICTS]


def test_the_page_names_whom_to_call_and_says_what_to_send(bao: User, chi: User) -> None:
    User.objects.filter(pk=bao.pk).update(phone="0905 123 456")
    page = client_of(chi).get("/periods/2024/board/")
    words = text(page)
    assert "Trần Quốc Bảo, 0905 123 456" in words
    assert f"/periods/2024/extensions/new/?unit={bao.unit_id}" in page.content.decode()
    assert "Tình hình gửi báo cáo năm 2024, hạn gửi 15/01/2025, đã quá hạn" in words
    assert "Sao chép nội dung đôn đốc" in words
    own = client_of(bao).get("/periods/2024/board/")
    assert "Chư Sê" not in text(own)
    assert "Xã Ia Băng" in text(own)
    assert "Gia hạn cho" not in own.content.decode()


def test_after_the_last_district_communes_stand_under_their_area(chi: User, make_person: Any) -> None:
    last = datetime.date(2025, 12, 31)
    province = chi.unit.descents.filter(is_whole=True).exclude(descendant=chi.unit).get().descendant
    area = Area.objects.create(name="Địa bàn Chư Prông", province=province, officer=chi)
    AreaMember.objects.create(area=area, unit=unit_of("23926", last), starts_on=datetime.date(2025, 7, 1))
    board = board_of(chi, period("2025"))
    assert not board.has_districts
    assert [one.title for one in board.lines] == ["Địa bàn Chư Prông", "Chưa phân công địa bàn"]
    assert len(board.lines[0].below) == 1
    assert "Lê Thị Chi" in text(client_of(chi).get("/periods/2025/board/"))


@pytest.mark.parametrize("page", ["/periods/", "/periods/2024/", "/periods/2024/board/"])
def test_a_page_costs_the_same_at_two_sizes(bao: User, chi: User, page: str) -> None:
    shut()
    extended(chi, "23905")
    client = client_of(bao)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        client.get(page)
    many, _ = crowd(60)
    results(many[:40], BASIC, "2024")
    for unit in many[:10]:
        Extension.objects.create(
            period=period(), unit=unit, ends_on=timezone.localdate(), reason="Mất điện.", granted_by=chi
        )
    with CaptureQueriesContext(connection) as more:
        assert client.get(page).status_code == 200
    assert len(more) == len(few)
