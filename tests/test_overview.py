"""The overview, the units behind a figure and the page of a unit, as each person sees them."""

import datetime
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.models import UnitVersion, User
from criteria.models import Condition, Revision, State, Verdict
from reports.models import Plan
from tests.results import fail, set_down, unit_on, units_on

pytestmark = pytest.mark.usefixtures("reference")

BASIC, DISTRICT = "xa-ntm-19.2", "huyen-ntm-9.4"
DAY = "2024-12-31"
IA_BANG = "23905"  # in Chư Prông; Đăk Đoa has an Ia Băng too


def page(user: User, address: str, status: int = 200) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == status, address
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def text(user: User, address: str) -> str:
    """Return the words of the page's main part."""
    main = page(user, address).split("<main", 1)[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def xa_of(district: str) -> list[Any]:
    parent = unit_on(DAY, district)
    versions = UnitVersion.objects.as_of(DAY).filter(parent=parent, kind="xa").order_by("code")
    return [version.unit for version in versions.select_related("unit")]


def queries(user: User, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(user, address)
    return len(captured)


# --- the overview ----------------------------------------------------------------------------------------


def test_card_says_number_share_target_and_gap(chi: User) -> None:
    units = units_on(DAY, "xa")
    set_down(units[:171], BASIC, "2024")
    not_met = set_down(units[171:174], BASIC, "2024", Verdict.NOT_MET)
    for revision, number in zip(not_met, (4, 4, 7), strict=True):
        fail(revision, number)
    set_down(units[174:178], BASIC, "2024", state=State.EXAMINED)
    words = text(chi, "/?as_of=31/12/2024")
    assert "171 /180 xã · 95,00%" in words
    assert "Còn thiếu 8 xã so với mục tiêu" in words
    assert "Còn thiếu 8 xã so với mục tiêu Mục tiêu 99% (179/180 xã)" in words
    assert (
        "171/180 xã đạt (95,00%). Còn 9 xã: 3 xã chưa đạt (nội dung 4: 2, nội dung 7: 1), 4 xã đã gửi, chờ xác "
        "nhận, 2 xã chưa gửi. Nếu cả 4 xã được xác nhận đạt: 175/180 xã (97,22%), còn thiếu 4 xã so với mục tiêu "
        "99%."
    ) in words


def test_drawn_lengths_have_a_point_whatever_the_language(chi: User) -> None:
    set_down(units_on(DAY, "xa")[:171], BASIC, "2024")
    html = page(chi, f"/?as_of={DAY}")
    assert 'width="95.00%"' in html
    assert 'x1="99.44%"' in html


def test_each_number_of_the_district_table_opens_its_units(chi: User) -> None:
    set_down(xa_of("632")[:18], BASIC, "2024")
    html = page(chi, f"/?as_of={DAY}")
    address = f"/progress/{BASIC}/?as_of={DAY}&standing=met&district=632"
    assert f'<a href="{address}">18</a>/<a' in html
    assert text(chi, address).count("Xem đánh giá") == 18
    assert "Tổng cộng 18 / 180 10,00%" in text(chi, f"/?as_of={DAY}")


def test_the_district_table_is_sorted_by_the_column_of_the_address(chi: User) -> None:
    set_down(xa_of("632")[:18], BASIC, "2024")
    set_down(xa_of("633"), BASIC, "2024", Verdict.NOT_MET)

    def order(sort: str) -> list[str]:
        body = page(chi, f"/?as_of={DAY}&sort={sort}").split('id="districts"', 1)[1].split("<tbody>")[1]
        return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', body)

    official = order("")
    assert order(f"{BASIC}.not_met")[0] == "Huyện Chư Sê"
    assert order(f"{BASIC}.share")[-1] == "Huyện Chư Prông"
    assert order("nonsense.met") == order(f"{BASIC}.nonsense") == official
    assert 'aria-sort="ascending"' in page(chi, f"/?as_of={DAY}&sort={BASIC}.share")
    assert '<td class="num heat-3">94,74%</td>' in page(chi, f"/?as_of={DAY}")


def test_the_day_may_be_written_both_ways_and_nonsense_is_named(chi: User) -> None:
    for written in ("2024-11-01", "01/11/2024", "1/11/2024"):
        assert "Kết quả thực hiện đến ngày 01/11/2024" in text(chi, f"/?as_of={written}")
    assert "Ngày không đúng. Ghi ngày/tháng/năm, ví dụ 31/12/2024. Đang xem ngày" in text(chi, "/?as_of=31/2/2024")


def test_without_a_day_the_latest_period_with_official_results(chi: User) -> None:
    set_down(xa_of("632")[:1], BASIC, "2023")
    set_down(xa_of("632")[1:2], BASIC, "2024", state=State.SUBMITTED)
    assert "đến ngày 31/12/2023" in text(chi, "/")


def test_across_a_break_the_last_day_before_it_comes_first(chi: User) -> None:
    set_down(xa_of("632")[:1], BASIC, "2024")
    set_down([unit_on("2025-12-31", "23590")], BASIC, "2025")
    words = text(chi, "/")
    assert "Kết quả thực hiện đến ngày 30/6/2025" in words
    assert "31/12/2025" in words


def test_after_the_district_level_the_communes_stand_in_the_table(chi: User) -> None:
    words = text(chi, "/?as_of=2025-12-31")
    assert "Theo đơn vị cấp xã" in words
    assert "Theo đơn vị cấp huyện" not in words
    assert "0 /69 xã" in words
    assert "Số liệu tính đến ngày 30/6/2025; sau ngày này không còn đơn vị cấp huyện." in words


def test_the_merged_province_can_be_looked_at(quang: User) -> None:
    assert "?as_of=2025-12-31&province=52" in page(quang, "/?as_of=2025-12-31")
    words = text(quang, "/?as_of=2025-12-31&province=52")
    assert "0 /110 xã" in words
    assert "0 /28 đơn vị cấp huyện" in words


def test_a_figure_looked_back_to_says_of_which_part_it_is(lan: User, quang: User) -> None:
    words = "sau ngày này không còn đơn vị cấp huyện. Chỉ gồm địa bàn tỉnh Gia Lai."
    assert "0 /17 đơn vị cấp huyện" in text(lan, "/?as_of=2025-12-31&province=52")
    for address in ("/?as_of=2025-12-31&province=52", f"/progress/{DISTRICT}/?as_of=2025-12-31&province=52"):
        assert words in text(lan, address)
        assert "Chỉ gồm địa bàn" not in text(quang, address)
    assert "Chỉ gồm địa bàn" not in text(lan, "/?as_of=2025-12-31")


def test_a_province_out_of_scope_is_not_found(chi: User) -> None:
    page(chi, "/?as_of=2025-06-30&province=52", status=404)
    page(chi, "/?as_of=2025-06-30&province=99", status=404)


def test_a_district_officer_sees_his_own_scope_without_a_target(bao: User) -> None:
    set_down(xa_of("632")[:18], BASIC, "2024")
    (returned,) = set_down(xa_of("632")[18:], BASIC, "2024", "", State.RETURNED)
    words = text(bao, f"/?as_of={DAY}")
    assert "18 /19 xã · 94,74%" in words
    assert "Chưa đạt, chưa xác nhận: 1" in words
    assert "mục tiêu" not in words.lower().replace("mục tiêu </li>", "").split("giải thích")[0].split("19 xã")[1]
    assert returned.assessment.get_absolute_url() in page(bao, "/")


def test_a_commune_officer_sees_his_commune(an: User) -> None:
    set_down([unit_on(DAY, IA_BANG)], BASIC, "2024")
    words = text(an, f"/?as_of={DAY}")
    assert "1 /1 xã · 100,00%" in words
    assert "Xã Ia Băng" in words
    assert "Ia Kly" not in words


def test_without_rows_the_pages_say_what_to_do(without_reference: None, administrator: User) -> None:
    assert "Chưa có kế hoạch." in text(administrator, "/")
    page(administrator, f"/progress/{BASIC}/", status=404)
    page(administrator, "/communes/1/", status=404)


def test_with_a_plan_and_no_results_the_page_stands(lan: User) -> None:
    assert "0 /180 xã · 0,00%" in text(lan, f"/?as_of={DAY}")
    assert Plan.objects.count() == 1


def test_the_chosen_one_of_the_days_with_results_is_marked(chi: User) -> None:
    for period in ("2022", "2023-Q1", "2023-Q2", "2023-Q3", "2023", "2024-Q1", "2024-Q2", "2024"):
        set_down(xa_of("632")[:1], BASIC, period)
    marked = re.compile(r'<a href="[^"]*" aria-current="date">([^<]*)</a>')
    for day, words in ((DAY, "31/12/2024"), ("2022-12-31", "31/12/2022")):
        assert marked.findall(page(chi, f"/?as_of={day}")) == [words]
    assert marked.findall(page(chi, "/?as_of=2024-12-30")) == []


def test_a_day_before_the_registry_says_so(lan: User, bao: User) -> None:
    words = text(lan, "/?as_of=1990-01-01")
    assert "Danh mục đơn vị hành chính có từ ngày 01/02/2020; chọn ngày từ đó trở đi. Đang xem ngày " in words
    assert "ngày 01/01/1990" not in words
    without_a_day = text(lan, "/")
    for said in ("Kết quả thực hiện đến ngày ", "Mục tiêu 99% "):  # a real day is shown, and its target with it
        shown = [page.split(said, 1)[1][:20] for page in (words, without_a_day)]
        assert shown[0] == shown[1]
    assert "0/0" not in words
    assert "0 /0" not in words
    assert "anh mục đơn vị hành chính có từ" not in text(lan, f"/?as_of={DAY}")


# --- the units behind a figure ---------------------------------------------------------------------------


def test_failed_conditions_are_named_by_number_and_wording(chi: User) -> None:
    (revision,) = set_down([unit_on(DAY, IA_BANG)], BASIC, "2024", Verdict.NOT_MET)
    fail(revision, 4)
    words = text(chi, f"/progress/{BASIC}/?as_of={DAY}&standing=not_met")
    wording = Condition.objects.get(checklist=revision.checklist_id, number=4).wording
    assert f"Nội dung 4: {wording}" in words
    assert "Xã Ia Băng" in words
    assert "Năm 2024" in words
    assert revision.assessment.get_absolute_url() in page(chi, f"/progress/{BASIC}/?as_of={DAY}&district=632")


def test_a_sensitive_condition_is_named_in_no_list(chi: User, lan: User, bao: User) -> None:
    (revision,) = set_down([unit_on(DAY, IA_BANG)], BASIC, "2024", Verdict.NOT_MET)
    fail(revision, 4)
    condition = Condition.objects.get(checklist=revision.checklist_id, number=4)
    Condition.objects.filter(pk=condition.pk).update(is_sensitive=True)
    for person in (chi, lan, bao):
        words = text(person, f"/progress/{BASIC}/?as_of={DAY}&standing=not_met")
        assert "Chưa đạt (1)" in words
        assert "Nội dung 4" not in words
        assert condition.wording not in words
        assert "nội dung 4" not in text(person, f"/?as_of={DAY}")


def sensitive(*numbers: int) -> None:
    """Only the conditions of these numbers are sensitive."""
    basic = Condition.objects.filter(checklist__indicator__code=BASIC)
    basic.update(is_sensitive=False)
    basic.filter(number__in=numbers).update(is_sensitive=True)


def test_a_leader_reads_which_open_condition_was_not_met(chi: User, lan: User) -> None:
    one, two = set_down(xa_of("632")[:2], BASIC, "2024", Verdict.NOT_MET)
    fail(one, 4)
    fail(two, 5)
    sensitive(4)
    for person in (chi, lan):
        page = text(person, f"/progress/{BASIC}/?as_of={DAY}&standing=not_met")
        assert "Nội dung 5" in page
        assert "Nội dung 4" not in page


def test_the_counts_by_condition_leave_the_sensitive_one_out(chi: User, lan: User) -> None:
    revisions = set_down(xa_of("632")[:3], BASIC, "2024", Verdict.NOT_MET)
    for revision, numbers in zip(revisions, [(5,), (5, 7), (4,)], strict=True):
        fail(revision, *numbers)
    sensitive(4)
    for person in (chi, lan):
        assert "3 xã chưa đạt (nội dung 5: 2, nội dung 7: 1)" in text(person, f"/?as_of={DAY}")


def test_each_standing_lists_its_units(chi: User) -> None:
    units = xa_of("632")
    set_down(units[:3], BASIC, "2024")
    set_down(units[3:5], BASIC, "2024", Verdict.NOT_MET)
    set_down(units[5:6], BASIC, "2024", state=State.SUBMITTED)
    base = f"/progress/{BASIC}/?as_of={DAY}&district=632"
    assert "Tất cả (19)" in text(chi, base)
    for standing, count in (("met", 3), ("not_met", 2), ("pending", 1), ("missing", 13)):
        html = page(chi, f"{base}&standing={standing}")
        assert html.count('<th scope="row">') == count
    assert "Đã gửi, chờ thẩm tra" in text(chi, f"{base}&standing=pending")


def test_a_district_s_own_result_waits_for_the_province(chi: User) -> None:
    set_down([unit_on(DAY, "632")], DISTRICT, "2024", state=State.SUBMITTED)
    words = text(chi, f"/progress/{DISTRICT}/?as_of={DAY}&standing=pending")
    assert "chờ thẩm tra" not in words
    assert "Huyện Chư Prông" in words


def test_units_of_one_name_carry_their_district(chi: User) -> None:
    words = text(chi, f"/progress/{BASIC}/?as_of={DAY}&standing=missing&page=2")
    assert "Xã Ia Băng (Chư Prông)" in words


def test_an_unknown_target_or_district_is_not_found(chi: User) -> None:
    page(chi, "/progress/xa-ntm-1.1/", status=404)
    page(chi, f"/progress/{BASIC}/?as_of={DAY}&district=999", status=404)


# --- scopes ----------------------------------------------------------------------------------------------


def test_a_district_officer_meets_nothing_of_another_district(bao: User, binh: User) -> None:
    theirs, ours = xa_of("633"), xa_of("632")
    revisions = set_down([*theirs, *ours], BASIC, "2024")
    links = [one.assessment.get_absolute_url() for one in revisions[: len(theirs)]]
    for address in ("/", f"/progress/{BASIC}/?as_of={DAY}", f"/progress/{DISTRICT}/?as_of={DAY}"):
        html = page(bao, address)
        assert "Chư Sê" not in html
        assert not [link for link in links if link in html]
    page(bao, f"/progress/{BASIC}/?as_of={DAY}&district=633", status=404)
    for unit in (unit_on(DAY, "633"), theirs[0]):
        page(bao, unit.get_absolute_url(), status=404)
        page(binh, unit.get_absolute_url())


# --- one unit --------------------------------------------------------------------------------------------


def test_a_unit_shows_its_line_and_its_results(bao: User) -> None:
    unit = unit_on(DAY, IA_BANG)
    (official,) = set_down([unit], BASIC, "2024")
    set_down([unit], BASIC, "2025-H1", state=State.SUBMITTED)
    words = text(bao, unit.get_absolute_url())
    assert "Từ 01/02/2020 đến hết 30/6/2025" in words
    assert "Huyện Chư Prông" in words
    assert "Năm 2024 Đạt" in words
    assert "6 tháng đầu năm 2025 Đã gửi, chờ thẩm tra" in words
    assert "Đã nhập vào, chuyển thành" in words
    assert official.assessment.get_absolute_url() in page(bao, unit.get_absolute_url())


def test_a_split_unit_shows_its_shares_and_resolution(chi: User) -> None:
    words = text(chi, unit_on("2024-10-31", "23674").get_absolute_url())  # Đăk HLơ
    assert "01/11/2024 Đã nhập vào, chuyển thành:" in words
    assert "mã 23674, đến 30/6/2025): 68,20%" in words
    assert "mã 23662, đến 30/6/2025): 31,80%" in words
    assert "Căn cứ: 1195/NQ-UBTVQH15" in words


# --- the frame -------------------------------------------------------------------------------------------


def menu(user: User) -> list[str]:
    found = re.search(r'<nav class="menu".*?</nav>', page(user, "/"), re.DOTALL)
    return re.sub(r"<[^>]+>", "|", found[0]).split("|") if found else []


def test_the_menu_follows_the_role(an: User, bao: User, chi: User, lan: User, quang: User) -> None:
    assert "Nộp biểu Excel" not in menu(lan)
    assert "Chờ xác nhận" not in menu(lan)
    assert "Chờ thẩm tra" not in "".join(menu(an))
    assert "Quản trị hệ thống" in menu(quang)
    for person in (an, bao, chi, lan, quang):
        assert {"Tổng quan", "Đơn vị hành chính"} <= set(menu(person))


def test_the_queue_is_counted_in_the_menu(bao: User, chi: User) -> None:
    set_down(xa_of("632")[:2], BASIC, "2024", state=State.SUBMITTED)
    set_down(xa_of("632")[2:5], BASIC, "2024", state=State.EXAMINED)
    assert "Chờ thẩm tra 2" in re.sub(r"\s+", " ", "".join(menu(bao)))
    assert "Chờ xác nhận 3" in re.sub(r"\s+", " ", "".join(menu(chi)))


def test_sample_data_is_named_on_every_page(chi: User) -> None:
    notice = "Số liệu minh họa:"
    assert notice not in page(chi, "/")
    (revision,) = set_down([unit_on(DAY, IA_BANG)], BASIC, "2024")
    Revision.objects.filter(pk=revision.pk).update(is_sample=True)
    for address in ("/", f"/progress/{BASIC}/", unit_on(DAY, IA_BANG).get_absolute_url()):
        assert notice in page(chi, address)


def test_the_plan_is_named_under_the_title(chi: User) -> None:
    assert "Kế hoạch số 179/KH-UBND ngày 19/01/2023" in page(chi, "/")


# --- queries ---------------------------------------------------------------------------------------------


def test_a_unit_s_page_costs_the_same_queries_at_any_length(bao: User) -> None:
    unit = unit_on(DAY, IA_BANG)
    set_down([unit], BASIC, "2021")
    before = queries(bao, unit.get_absolute_url())
    for period in ("2022", "2023", "2024", "2025-H1"):
        set_down([unit], BASIC, period)
        set_down([unit], "xa-ntmnc-19.2", period, state=State.SUBMITTED)
    assert queries(bao, unit.get_absolute_url()) == before


def test_the_trend_breaks_where_the_boundaries_change(client: Client, chi: User) -> None:
    """One of the three was merged away on 01/11/2024: the line of the years before does not run on after."""
    units = units_on("2023-12-31", "xa")[:3]
    for period in ("2022", "2023", "2024"):
        set_down(units, BASIC, period)
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/progress/{BASIC}/?as_of=2024-12-31")
    trend = page.context["trend"]
    assert [(point.day.year, point.figures.tally.met, point.figures.tally.total) for point in trend.points] == [
        (2022, 3, 182),
        (2023, 3, 182),
        (2024, 2, 180),
    ]
    assert [(before.day.year, after.day.year) for before, after in trend.lines] == [(2022, 2023)]
    assert [one.on for one in trend.breaks] == [datetime.date(2024, 11, 1)]
    assert 'class="trend-break"' in page.content.decode()
    assert "sắp xếp đơn vị từ ngày 01/11/2024" in page.content.decode()
