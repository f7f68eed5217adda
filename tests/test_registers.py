"""The registers through their pages: who reads, writes, withdraws and accepts what, and what is kept of it."""

import datetime
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from criteria.models import Recognition, RegisterEntry, SecurityModel, YearlyTitle
from tests.cases import BASIC
from tests.conftest import unit_of
from tests.register_cases import KINDS, MAKE, MODELS, model, recognition, registration, title, typed
from tests.results import fail, set_down, units_on

pytestmark = pytest.mark.django_db


def url(kind: str, page: str = "", row=None) -> str:
    return reverse(f"register{page}", args=[kind, *([row.pk] if row else [])])


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(person, address: str, data: dict[str, str] | None = None):
    return signed_in(person).post(address, data or {})


def text(response) -> str:
    return response.content.decode()


# --- writing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["bao", "chi", "quang"])
def test_a_district_or_provincial_officer_writes_a_row(kind, who, request):
    person = request.getfixturevalue(who)
    answer = post(person, url(kind, "_new"), typed(kind))
    row = MODELS[kind].objects.get()
    assert answer.status_code == 302, text(answer)
    assert (row.unit, row.recorded_by) == (unit_of("23905"), person)
    entry = RegisterEntry.objects.get()
    assert (entry.register, entry.row, entry.by, entry.door, entry.act) == (kind, row.pk, person, "form", "Ghi mới")
    assert entry.changes["Đơn vị"][1].startswith("Xã Ia Băng")
    assert "Xã Ia Băng (Chư Prông)" in text(signed_in(person).get(url(kind)))
    assert "Ghi mới" in text(signed_in(person).get(url(kind, "_row", row)))


@pytest.mark.parametrize("kind", KINDS)
def test_leaders_read_and_commune_officers_write_models_only(kind, an, lan, chi):
    row = MAKE[kind](chi)
    for page in ("", "_row"):
        for person in (an, lan):
            assert signed_in(person).get(url(kind, page, row if page else None)).status_code == 200
    answer = post(lan, url(kind, "_new"), typed(kind))
    assert answer.status_code == 403
    assert "Lãnh đạo chỉ xem số liệu, không nhập." in text(answer)
    for page in ("_edit", "_withdraw"):
        assert post(lan, url(kind, page, row), {"because": "x"}).status_code == 403
        assert post(an, url(kind, page, row), {"because": "x"}).status_code == 403
    if kind != "models":
        refused = post(an, url(kind, "_new"), typed(kind))
        assert (refused.status_code, "Sổ này do Công an huyện, Công an tỉnh ghi." in text(refused)) == (403, True)
    assert MODELS[kind].objects.count() == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreign_row_is_not_found_by_any_address(kind, binh, chi, make_person):
    # A model that runs on goes with its place into the merged province; this one ended before.
    row = MAKE[kind](chi, **({"ends_on": datetime.date(2024, 12, 31)} if kind == "models" else {}))
    stranger = make_person("dinh", "province", "52")
    for person in (binh, stranger):
        for page in ("_row", "_edit", "_withdraw", "_accept"):
            assert signed_in(person).get(url(kind, page, row)).status_code == 404
            assert page == "_row" or post(person, url(kind, page, row), {"because": "x"}).status_code == 404
        assert "Ia Băng" not in text(signed_in(person).get(url(kind)))
    answer = post(binh, url(kind, "_new"), typed(kind, number="khác", name="khác"))
    assert "trong phạm vi được ghi" in text(answer)
    assert MODELS[kind].objects.count() == 1


def test_an_unknown_register_is_not_found(chi):
    assert signed_in(chi).get("/registers/others/").status_code == 404
    assert signed_in(chi).get("/registers/others/new/").status_code == 404


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("23905", "23905"),
        ("23905 Xã Ia Băng (Chư Prông)", "23905"),
        ("Ia Băng", "23905"),
        ("xã Ia Bang", "23924"),
        ("Xã Ia Bang (Chư Prông)", "23924"),
        ("ia puch", "23917"),
    ],
)
def test_a_unit_is_named_by_code_or_name(named, found, bao):
    post(bao, url("titles", "_new"), typed("titles", unit=named))
    assert YearlyTitle.objects.get().unit == unit_of(found)


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("titles", {"unit": "ia bang"}, "Có 2 đơn vị tên như vậy, ghi mã: "),
        ("titles", {"unit": "99999"}, "Không có đơn vị cấp xã nào là “99999” vào ngày 31/12/2023"),
        ("titles", {"year": "2030", "decided_on": "1/1/2031"}, "Ngày này chưa đến."),
        ("titles", {"decided_on": "1/1/2022"}, "Ngày quyết định không được trước năm xét danh hiệu."),
        ("titles", {"revoked_on": "1/2/2024"}, "Thu hồi cần cả ngày và số quyết định thu hồi."),
        ("titles", {"decided_on": "2023"}, "Nhập ngày hợp lệ"),
        ("recognitions", {"year_recognised": "2025"}, "Ngày quyết định không được trước năm được công nhận."),
        ("recognitions", {"year_registered": "2024"}, "Năm được công nhận không được trước năm đăng ký."),
        ("recognitions", {"unit": "23887"}, "Bộ tiêu chí này công nhận xã."),
        ("recognitions", {"criteria_set": "huyen-ntm", "unit": "23905"}, "Không có đơn vị cấp huyện nào"),
        ("models", {"ends_on": "1/1/2020"}, "Ngày dừng không được trước ngày bắt đầu."),
        ("models", {"is_working": ""}, "Ghi không còn hoạt động cần ngày và cơ quan kiểm tra."),
        ("registrations", {"unit": "23887"}, "Chỉ tiêu này đánh giá xã."),
    ],
)
def test_errors_say_what_is_wrong_and_write_nothing(kind, more, message, bao):
    answer = post(bao, url(kind, "_new"), typed(kind, **more))
    assert answer.status_code == 200
    assert message in text(answer)
    assert not MODELS[kind].objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_written_once(kind, bao):
    post(bao, url(kind, "_new"), typed(kind))
    assert "đã có trong sổ." in text(post(bao, url(kind, "_new"), typed(kind)))
    assert MODELS[kind].objects.count() == 1


def test_the_day_of_the_row_decides_whose_it_is(bao, chi, make_person):
    """Of 2025 the communes are the new ones: no district stands above them, and 23905 names no unit any more."""
    later = typed("titles", year="2025", decided_on="18/11/2025", unit="23611")
    assert "trong phạm vi được ghi" in text(post(bao, url("titles", "_new"), later))
    assert post(chi, url("titles", "_new"), later).status_code == 302
    title_2025 = YearlyTitle.objects.get()
    assert title_2025.unit == unit_of("23611", datetime.date(2025, 12, 31))
    assert title_2025.unit != unit_of("23611")
    assert signed_in(bao).get(url("titles", "_row", title_2025)).status_code == 404


# --- changing --------------------------------------------------------------------------------------------


def test_a_change_keeps_the_old_value_and_a_stale_page_is_refused(bao, chi):
    row = title(bao, issuer="Chủ tịch UBND huyện")
    page = signed_in(bao).get(url("titles", "_edit", row))
    seen = str(page.context["seen"])
    changed = typed("titles", number="16/QĐ-UBND", seen=seen)
    assert post(bao, url("titles", "_edit", row), changed).status_code == 302
    assert RegisterEntry.objects.get().changes == {"Số quyết định": ["15/QĐ-UBND", "16/QĐ-UBND"]}
    answer = post(chi, url("titles", "_edit", row), typed("titles", number="17/QĐ-UBND", seen=seen))
    assert "Dòng này đã được người khác sửa sau khi mở trang." in text(answer)
    row.refresh_from_db()
    assert row.number == "16/QĐ-UBND"


def test_saving_what_stands_writes_nothing(bao):
    row = title(bao, issuer="Chủ tịch UBND huyện")
    post(bao, url("titles", "_edit", row), typed("titles"))
    assert not RegisterEntry.objects.exists()


def test_the_unit_of_a_row_stays(bao):
    row = title(bao)
    post(bao, url("titles", "_edit", row), typed("titles", unit="23917", number="16/QĐ-UBND"))
    row.refresh_from_db()
    assert (row.unit, row.number) == (unit_of("23905"), "16/QĐ-UBND")


def test_a_row_cannot_move_to_a_day_on_which_the_unit_does_not_live(chi):
    row = recognition(chi)
    moved = typed("recognitions", decided_on="1/8/2025", year_recognised="2025")
    assert "Đơn vị không hoạt động vào thời điểm này" in text(post(chi, url("recognitions", "_edit", row), moved))


def test_a_revocation_is_shown_with_its_decision(chi):
    row = recognition(chi)
    post(
        chi,
        url("recognitions", "_edit", row),
        typed("recognitions", revoked_on="5/3/2025", revoked_by_number="7/QĐ-UBND"),
    )
    assert "Thu hồi ngày 05/3/2025, QĐ số 7/QĐ-UBND" in text(signed_in(chi).get(url("recognitions")))
    assert not Recognition.objects.in_force_on(datetime.date(2025, 3, 5)).exists()
    assert Recognition.objects.in_force_on(datetime.date(2025, 3, 4)).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_row_is_withdrawn_with_a_reason_and_stays(kind, bao):
    row = MAKE[kind](bao)
    address = url(kind, "_withdraw", row)
    assert signed_in(bao).get(address).status_code == 302
    assert "Trường này bắt buộc nhập" in text(post(bao, address, {"because": " "}))
    assert post(bao, address, {"because": "ghi nhầm xã"}).status_code == 302
    row.refresh_from_db()
    assert (row.withdrawn_by, row.withdrawn_because) == (bao, "ghi nhầm xã")
    assert "Không có dòng nào" in text(signed_in(bao).get(url(kind)))
    assert "ghi nhầm xã" in text(signed_in(bao).get(url(kind) + "?state=withdrawn"))
    for page in ("_withdraw", "_edit"):
        again = post(bao, url(kind, page, row), {"because": "x"})
        assert (again.status_code, "Dòng này đã hủy." in text(again)) == (403, True)


# --- models ----------------------------------------------------------------------------------------------


def test_a_commune_proposes_a_model_and_the_district_accepts_it(an, bao, chi):
    assert post(an, url("models", "_new"), typed("models")).status_code == 302
    row = SecurityModel.objects.get()
    day = datetime.date(2024, 12, 31)
    assert (row.accepted_by, SecurityModel.objects.working_on(day).count()) == (None, 0)
    assert "Xã đề xuất, chờ ghi nhận" in text(signed_in(bao).get(url("models") + "?state=waiting"))
    assert post(an, url("models", "_edit", row), typed("models", name="Tổ liên gia 2")).status_code == 302
    assert post(an, url("models", "_accept", row)).status_code == 403
    assert post(bao, url("models", "_accept", row)).status_code == 302
    row.refresh_from_db()
    assert (row.accepted_by, SecurityModel.objects.working_on(day).count()) == (bao, 1)
    late = post(an, url("models", "_edit", row), typed("models"))
    assert (late.status_code, "đã được ghi nhận" in text(late)) == (403, True)
    assert post(chi, url("models", "_accept", row)).status_code == 403
    acts = list(RegisterEntry.objects.order_by("pk").values_list("act", "by__username"))
    assert acts == [("Ghi mới", "an"), ("Sửa", "an"), ("Ghi nhận", "bao")]


def test_a_commune_proposes_for_itself_only(an):
    assert "trong phạm vi được ghi" in text(post(an, url("models", "_new"), typed("models", unit="23917")))


def test_the_condition_that_asks_for_a_model_counts_those_that_work(bao, an):
    model(bao)
    model(bao, kind="crime", name="Tiếng kẻng", ends_on=datetime.date(2023, 1, 1))
    model(bao, kind="traffic", name="Cổng trường", is_accepted=False)
    checked = {"checked_on": datetime.date(2024, 6, 1), "checker": "Công an huyện"}
    model(bao, kind="traffic", name="Đoạn đường", is_working=False, **checked)
    model(bao, kind="camera", name="Camera")
    page = text(signed_in(an).get(reverse("assessment", args=["2024", BASIC, an.unit_id])))
    assert page.count("Mô hình đang hoạt động: ") == 1
    assert "Mô hình đang hoạt động: 1<" in page
    assert f"/registers/models/?unit={an.unit_id}" in page


def test_a_model_goes_on_with_the_commune_that_its_own_went_into(bao, make_person):
    old = model(bao)
    heir = unit_of("23905").successor_links.get().successor
    assert list(SecurityModel.objects.of_unit(heir)) == [old]
    code = heir.versions.get().code
    person = make_person("moi", "commune", code, day=datetime.date(2025, 12, 31))
    page = text(signed_in(person).get(url("models")))
    assert "Tổ liên gia" in page
    assert f"/communes/{heir.pk}/" in page
    assert f"/communes/{old.unit_id}/" not in page


# --- lists -----------------------------------------------------------------------------------------------


def test_a_list_is_narrowed_by_name_year_district_and_kind(chi):
    for code in ("23905", "23917", "23590"):
        title(chi, unit_of(code))
    title(chi, year=2022)
    client = signed_in(chi)

    def count(query: str) -> int:
        return client.get(url("titles") + query).context["page"].paginator.count

    district = unit_of("632").pk
    assert count("") == 4
    assert count("?q=" + quote("ia bang")) == 2
    assert count("?q=23917") == 1
    assert count("?year=2022") == 1
    assert count(f"?district={district}") == 3
    assert count(f"?district={district}&year=2023&q=puch") == 1
    assert count("?state=ended") == 0
    assert count("?year=abc&state=abc&district=abc&page=abc&unit=abc") == 4


def test_a_list_costs_the_same_for_few_and_for_many(bao, chi):
    units = [unit for unit in units_on("2024-12-31", "xa") if unit.versions.filter(parent=bao.unit).exists()]
    client, costs = signed_in(bao), []
    client.get("/registers/")
    for some in (units[:2], units[2:]):
        for unit in some:
            for kind in KINDS:
                MAKE[kind](chi, unit)
        for kind in KINDS:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url(kind)).status_code == 200
            costs.append(len(queries))
    assert costs[:4] == costs[4:]
    assert max(costs) < 20


def test_the_first_page_counts_what_the_person_sees(bao, binh, chi):
    title(chi)
    assert [count for _, count in signed_in(bao).get("/registers/").context["registers"]] == [1, 0, 0, 0]
    assert [count for _, count in signed_in(binh).get("/registers/").context["registers"]] == [0, 0, 0, 0]


def test_the_page_of_a_unit_lays_the_registers_beside_its_results(an, bao, chi):
    title(bao)
    recognition(chi)
    registration(bao)
    model(bao)
    page = text(signed_in(an).get(reverse("unit", args=[an.unit_id])))
    for words in ("15/QĐ-UBND ngày 17/11/2023", "Đạt chuẩn nông thôn mới", "19.2 xã nông thôn mới nâng cao", "Tổ liên"):
        assert words in page


def test_a_town_fulfils_its_task_where_a_district_meets_the_standard():
    assert Recognition.wording("huyen", "nông thôn mới") == "Đạt chuẩn nông thôn mới"
    assert Recognition.wording("thi_xa", "nông thôn mới") == "Hoàn thành nhiệm vụ xây dựng nông thôn mới"
    assert Recognition.wording("thanh_pho", "nông thôn mới") == "Hoàn thành nhiệm vụ xây dựng nông thôn mới"


# --- recognised and no longer meeting --------------------------------------------------------------------


def test_recognised_units_that_no_longer_meet_are_brought_to_notice(bao, binh, chi):
    bang, puch, mo = (unit_of(code) for code in ("23905", "23917", "23908"))
    for unit in (bang, puch, mo):
        recognition(chi, unit)
    set_down([bang, puch], BASIC, "2023")
    fail(*set_down([puch], BASIC, "2024", "not_met"), 4)
    set_down([mo], BASIC, "2024", "not_met", state="submitted")
    address = reverse("recognised") + "?as_of=2024-12-31"
    page = text(signed_in(chi).get(address))
    assert "1 trường hợp" in page
    assert "Xã Ia Púch (Chư Prông)" in page
    assert "Không để xảy ra tội phạm đặc biệt nghiêm trọng" in page
    assert "1 trường hợp" in text(signed_in(bao).get(address))
    assert "0 trường hợp" in text(signed_in(binh).get(address))
    assert "0 trường hợp" in text(signed_in(chi).get(reverse("recognised") + "?as_of=2023-12-31"))
    notice = "1 đơn vị đã được công nhận, kết quả hiện chưa đạt."
    assert notice in text(signed_in(chi).get("/?as_of=2024-12-31"))
    assert notice not in text(signed_in(binh).get("/?as_of=2024-12-31"))
    Recognition.objects.filter(unit=puch).update(revoked_on=datetime.date(2024, 12, 1), revoked_by_number="9/QĐ-UBND")
    assert "0 trường hợp" in text(signed_in(chi).get(address))


def test_a_sensitive_condition_is_named_in_no_list(chi):
    recognition(chi)
    fail(*set_down([unit_of("23905")], BASIC, "2024", "not_met"), 2)
    page = text(signed_in(chi).get(reverse("recognised") + "?as_of=2024-12-31"))
    assert "1 trường hợp" in page
    assert "124/2021" not in page
