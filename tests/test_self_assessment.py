"""Phiếu tự đánh giá: all indicators of a commune on one page, saved, sent, printed."""

import datetime
import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import Role, User
from criteria.models import Door, Entry, ReportingPeriod, Revision, State, Verb
from tests.cases import ADVANCED, BASIC, LETTER, conditions, entered, line, revision_of, taken
from tests.conftest import unit_of
from tests.test_assessment_pages import client_of, text

pytestmark = pytest.mark.django_db

MERGED = datetime.date(2025, 7, 1)


def sheet(code: str = "23905", period: str = "2024") -> str:
    at = ReportingPeriod.objects.get(key=period)
    return reverse("self_assessment", args=[period, unit_of(code, at.ends_on).pk])


def said(
    indicator: str = BASIC, but: dict[int, str] | None = None, period: str = "2024", **more: str
) -> dict[str, str]:
    """Return the fields of one indicator with every condition met but those named."""
    verdicts = dict.fromkeys(conditions(indicator, period), "met") | (but or {})
    fields = {f"verdict_{number}": verdict for number, verdict in verdicts.items()} | more
    return {f"{indicator}-{name}": value for name, value in fields.items()}


def seen(answer: HttpResponse) -> dict[str, str]:
    """Return the marks of what a page showed."""
    forms = [part.form for part in answer.context["sheet"].parts if part.form]
    return {form.add_prefix("seen"): form["seen"].value() for form in forms}


def states() -> dict[str, str]:
    return dict(Revision.objects.values_list("assessment__indicator__code", "state"))


# --- filling in ------------------------------------------------------------------------------------------


def test_the_page_asks_every_condition_of_every_indicator(an: User) -> None:
    page = client_of(an).get(sheet())
    words = text(page)
    assert "Xã Ia Băng (Chư Prông) · Năm 2024 · hạn gửi 15/01/2025" in words
    for indicator in (BASIC, ADVANCED):
        for condition in conditions(indicator).values():
            assert condition.wording in words
            assert f'name="{indicator}-verdict_{condition.number}"' in page.content.decode()
    assert "chưa đối chiếu văn bản" in words
    assert "nội dung tạm" in words
    assert "Lưu và gửi Công an huyện" in words
    assert "<script>" not in page.content.decode()


def test_saving_keeps_a_draft_and_says_what_is_missing(an: User) -> None:
    words = text(client_of(an).post(sheet(), said(but={4: "", 7: ""}), follow=True))
    assert "Đã lưu. Còn thiếu: 19.2 xã nông thôn mới: chưa đánh giá nội dung 4, 7;" in words
    assert "19.2 xã nông thôn mới nâng cao: chưa nhập." in words
    assert states() == {BASIC: State.DRAFT}
    assert Entry.objects.get().door == Door.FORM


def test_what_is_complete_is_sent_and_the_rest_named(an: User) -> None:
    words = text(client_of(an).post(sheet(), said(but={4: "not_met"}) | {"send": "1"}, follow=True))
    assert "Đã gửi Công an huyện: 19.2 xã nông thôn mới. Còn thiếu: 19.2 xã nông thôn mới nâng cao: chưa nhập." in words
    assert states() == {BASIC: State.SUBMITTED}
    assert revision_of(line()).verdict == "not_met"


def test_both_are_sent_at_once(an: User) -> None:
    words = text(client_of(an).post(sheet(), said() | said(ADVANCED) | {"send": "1"}, follow=True))
    assert "Đã gửi Công an huyện: 19.2 xã nông thôn mới, 19.2 xã nông thôn mới nâng cao." in words
    assert states() == {BASIC: State.SUBMITTED, ADVANCED: State.SUBMITTED}
    assert "name=" + '"send"' not in client_of(an).get(sheet()).content.decode()


def test_nothing_complete_is_saved_and_not_sent(an: User) -> None:
    words = text(client_of(an).post(sheet(), said(but={4: ""}) | {"send": "1"}, follow=True))
    assert "Chưa có kết quả nào đủ để gửi; nội dung đã nhập được lưu." in words
    assert states() == {BASIC: State.DRAFT}


def test_saving_twice_changes_nothing(an: User) -> None:
    client_of(an).post(sheet(), said())
    assert "Không có thay đổi nào để lưu." in text(client_of(an).post(sheet(), said(), follow=True))
    assert Entry.objects.count() == 1


def test_one_error_saves_neither(an: User) -> None:
    answer = client_of(an).post(sheet(), said() | said(ADVANCED, {1: "not_applicable"}))
    assert "Chưa lưu." in text(answer)
    assert "“Không áp dụng” cần ghi lý do." in text(answer)
    assert not Revision.objects.exists()


def test_a_stale_page_is_refused_with_both_values_and_can_be_saved_again(an: User, bao: User) -> None:
    before = seen(client_of(an).get(sheet()))
    entered(bao, line(but={4: "not_met"}))
    answer = client_of(an).post(sheet(), said() | said(ADVANCED) | before)
    assert "đã được sửa sau khi mở trang này" in text(answer)
    assert "Đang lưu: Chưa đạt" in text(answer)
    assert states() == {BASIC: State.DRAFT}
    client_of(an).post(sheet(), said() | said(ADVANCED) | seen(answer))
    assert revision_of(line()).verdict == "met"
    assert states() == {BASIC: State.DRAFT, ADVANCED: State.DRAFT}


# --- what stands beside ----------------------------------------------------------------------------------


def test_the_value_confirmed_last_stands_beside_each_condition(an: User, bao: User, chi: User) -> None:
    earlier = entered(bao, line(but={4: "not_met"}, period="2024-Q3"), period="2024-Q3")[0]
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, earlier, bao), chi)
    words = text(client_of(an).get(sheet()))
    assert "Đã xác nhận gần nhất: chưa đạt (quý III/2024)" in words
    assert words.count("Đã xác nhận gần nhất: đạt") == 7
    part = client_of(an).get(sheet()).context["sheet"].parts[0]
    assert [row["previous"].verdict for row in part.rows() if row["condition"].number == 4] == ["not_met"]


def test_a_returned_one_says_why(an: User, bao: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    taken(Verb.RETURN, revision, bao, reason="Thiếu biên bản kiểm tra.")
    words = text(client_of(an).get(sheet()))
    assert "Lý do trả lại: Thiếu biên bản kiểm tra." in words
    assert f'name="{BASIC}-verdict_1"' in client_of(an).get(sheet()).content.decode()


def test_a_confirmed_one_is_read_and_corrected_on_its_own_page(an: User, bao: User, chi: User) -> None:
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    page = client_of(an).get(sheet())
    assert f"{BASIC}-verdict" not in page.content.decode()
    assert f"{ADVANCED}-verdict_1" in page.content.decode()
    client_of(an).post(sheet(), said(but={4: "not_met"}))  # typed by hand into the request
    assert Revision.objects.count() == 1


# --- who -------------------------------------------------------------------------------------------------


def test_the_province_and_a_leader_read_it_only(an: User, chi: User, lan: User) -> None:
    entered(an)
    for user in (chi, lan):
        page = client_of(user).get(sheet())
        assert page.status_code == 200
        assert "verdict_" not in page.content.decode()
        assert client_of(user).post(sheet(), said()).status_code == 403


def test_a_closed_period_is_read_only_and_says_since_when(an: User) -> None:
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2025, 1, 20))
    assert "đã khóa ngày 20/01/2025" in text(client_of(an).get(sheet()))
    assert client_of(an).post(sheet(), said()).status_code == 403


def test_a_unit_that_no_indicator_judges_has_no_sheet(chi: User) -> None:
    assert client_of(chi).get(sheet("23887")).status_code == 404  # a thị trấn
    assert client_of(chi).get(reverse("self_assessment", args=["2030", unit_of("23905").pk])).status_code == 404


def test_entered_on_behalf_it_can_still_be_read_and_printed(an: User, chi: User) -> None:
    entered(chi, line(), letter=LETTER)
    assert "Đang nhập" in text(client_of(chi).get(sheet()))


# --- the ways to it --------------------------------------------------------------------------------------


def test_a_commune_officer_is_led_to_it(an: User, bao: User, make_person) -> None:
    ho = make_person("ho", Role.COMMUNE, "23590", day=MERGED)
    assert f'href="{sheet("23590", "2025")}"' in client_of(ho).get("/").content.decode()
    entered(an)
    assert f'href="{sheet()}"' in client_of(an).get("/").content.decode()
    assert f'href="{sheet()}"' in client_of(an).get("/assessments/", {"period": "2024"}).content.decode()
    assert "/self/" not in client_of(bao).get("/").content.decode()


# --- print -----------------------------------------------------------------------------------------------


def printed(answer: HttpResponse) -> str:
    """Return what stands in the printed sheet."""
    found = re.search(r'<div class="sheet print-only">.*', answer.content.decode(), re.S)
    answer.content = found[0].encode() if found else b""
    return text(answer)


def test_the_print_has_title_unit_period_results_and_blocks(an: User) -> None:
    entered(an, line(but={4: "not_met", 8: "not_applicable"}))
    words = printed(client_of(an).get(sheet()))
    assert words.startswith("HUYỆN CHƯ PRÔNG XÃ IA BĂNG CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
    for part in (
        "PHIẾU TỰ ĐÁNH GIÁ",
        "Năm 2024 (số liệu từ 01/01/2024 đến hết 31/12/2024)",
        "Đơn vị: Xã Ia Băng (Chư Prông), mã 23905. Nơi nhận: Công an huyện.",
        "Chỉ tiêu 19.2 xã nông thôn mới, theo 04/HD-BCA-V05 ngày 18/3/2024",
        "Không áp dụng: không có mô hình",
        "Kết quả tự đánh giá (Đang nhập) Chưa đạt",
        "NGƯỜI LẬP BIỂU",
        "TRƯỞNG CÔNG AN XÃ",
        "nội dung tạm",
    ):
        assert part in words, part


def test_after_the_district_the_print_goes_to_the_province(make_person) -> None:
    ho = make_person("ho", Role.COMMUNE, "23590", day=MERGED)
    words = printed(client_of(ho).get(sheet("23590", "2025")))
    assert words.startswith("TỈNH GIA LAI XÃ BIỂN HỒ")
    assert "Nơi nhận: Công an tỉnh." in words


def test_it_costs_the_same_however_much_stands(an: User, bao: User, chi: User) -> None:
    """Both indicators stand at both sizes; what grows is the number of periods confirmed before."""
    client = client_of(an)

    def confirm_both(period: str) -> None:
        for indicator in (BASIC, ADVANCED):
            revision = entered(bao, line(indicator=indicator, period=period), period=period)[0]
            taken(Verb.CONFIRM, taken(Verb.SUBMIT, revision, bao), chi)

    for indicator in (BASIC, ADVANCED):
        entered(bao, line(indicator=indicator))
    confirm_both("2023")
    with CaptureQueriesContext(connection) as few:
        client.get(sheet())
    for period in ("2022", "2023-Q4", "2024-Q1", "2024-Q3"):
        confirm_both(period)
    with CaptureQueriesContext(connection) as many:
        client.get(sheet())
    assert len(many) == len(few) <= 74, (len(few), len(many))
