"""Periods that end after 30/6/2025: from the commune straight to the province, by no door through a district."""

import datetime
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from communes.models import Role, User
from criteria.filters import AssessmentFilter, ReviewFilter
from criteria.models import Assessment, ReportingPeriod, Revision, State, Upload, Verb
from criteria.periods import periods_of
from tests.cases import ADVANCED, BASIC, DISTRICTS, LETTER, entered, line, revision_of, taken
from tests.conftest import unit_of
from tests.test_assessment_pages import client_of, fields, text
from tests.upload_books import Filling, hand_in, made, received

pytestmark = pytest.mark.django_db

LATER = ("2025", "2025-H2", "2025-Q3", "2025-Q4")
MERGED = datetime.date(2025, 7, 1)
ENDED = "Cấp huyện kết thúc hoạt động ngày 30/6/2025"
BY_LETTER = {"letter_number": LETTER.number, "letter_on": "10/01/2026"}


@pytest.fixture
def ho(make_person) -> User:
    """Hồ, officer of the new Xã Biển Hồ of 01/7/2025."""
    return make_person("ho", Role.COMMUNE, "23590", day=MERGED)


@pytest.fixture
def mo(make_person) -> User:
    """Mơ, officer of Xã Ia Mơ (huyện Chư Prông), which went on as it was."""
    return make_person("mo", Role.COMMUNE, "23938")


def page_of(code: str, period: str, indicator: str = BASIC, page: str = "") -> str:
    at = ReportingPeriod.objects.get(key=period)
    return reverse("assessment", args=[period, indicator, unit_of(code, at.ends_on).pk]) + page


# --- the commune and the province ------------------------------------------------------------------------


@pytest.mark.parametrize("period", LATER)
def test_a_commune_s_result_goes_straight_to_the_province(ho: User, chi: User, bao: User, period: str) -> None:
    page = page_of("23590", period)
    saved = client_of(ho).post(f"{page}edit/", fields(verdict_4="not_met"), follow=True)
    assert "Gửi Công an tỉnh" in text(saved)
    assert "thẩm tra" not in text(saved)

    sent = text(client_of(ho).post(f"{page}submit/", follow=True))
    assert "Đã gửi Công an tỉnh." in sent
    assert "Đã gửi, chờ xác nhận" in sent
    assert "chờ thẩm tra" not in sent

    queue = client_of(chi).get("/reviews/", {"period": period})
    assert [row.name for row in queue.context["rows"]] == ["Xã Biển Hồ"]
    assert not list(client_of(bao).get("/reviews/").context["rows"])


def test_the_list_s_tab_says_who_decides(ho: User) -> None:
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    words = text(client_of(ho).get("/assessments/", {"period": "2025"}))
    assert "Đã gửi, chờ xác nhận (1)" in words
    assert "chờ thẩm tra" not in words


def test_the_admin_s_list_says_who_decides(ho: User, quang: User) -> None:
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    row = text(client_of(quang).get("/admin/criteria/assessment/")).split("Xã Biển Hồ – 23590")[1]
    assert "Đã gửi, chờ xác nhận" in row
    for state, is_listed in (("pending", True), ("submitted", False)):
        listed = text(client_of(quang).get("/admin/criteria/assessment/", {"state": state}))
        assert ("Xã Biển Hồ – 23590" in listed) is is_listed


def test_the_province_returns_and_confirms(ho: User, chi: User) -> None:
    revision = taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    page = page_of("23590", "2025")
    client_of(chi).post(f"{page}return/", {"reason": "Thiếu minh chứng."})
    revision.refresh_from_db()
    assert revision.state == State.RETURNED
    assert "Thiếu minh chứng." in text(client_of(ho).get(page))

    client_of(ho).post(f"{page}submit/")
    client_of(chi).post(f"{page}confirm/")
    revision.refresh_from_db()
    assert revision.state == State.CONFIRMED
    assert not Revision.objects.filter(state=State.EXAMINED).exists()


def test_sending_again_says_who_has_it(ho: User) -> None:
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    again = text(client_of(ho).post(page_of("23590", "2025", page="submit/"), follow=True))
    assert "Kết quả đang ở trạng thái “Đã gửi, chờ xác nhận”." in again


def test_the_sender_may_withdraw_before_the_province_decides(ho: User) -> None:
    revision = taken(Verb.SUBMIT, entered(ho, line("23590", period="2025-Q3"), period="2025-Q3")[0], ho)
    client_of(ho).post(page_of("23590", "2025-Q3", page="withdraw/"))
    revision.refresh_from_db()
    assert revision.state == State.DRAFT


# --- the district ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/assessments/", "/reviews/"])
def test_a_district_officer_finds_nothing_and_reads_why(bao: User, ho: User, address: str) -> None:
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    answer = client_of(bao).get(address, {"period": "2025"})
    assert answer.status_code == 200
    assert f"{ENDED}; kỳ này do Công an xã gửi thẳng Công an tỉnh." in text(answer)
    assert "Biển Hồ" not in text(answer)


def test_a_district_officer_reads_where_the_later_periods_went(bao: User) -> None:
    assert f"{ENDED}; kỳ kết thúc sau ngày đó" in text(client_of(bao).get("/assessments/", {"period": "2024"}))
    assert f"{ENDED}; kỳ kết thúc sau ngày đó" in text(client_of(bao).get("/reviews/"))
    assert f"{ENDED}; kỳ kết thúc sau ngày đó" in text(client_of(bao).get("/uploads/"))


def test_deciding_on_all_of_a_later_period_is_deciding_on_nothing(bao: User, an: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    answer = client_of(bao).post("/reviews/decide/?period=2025", {"decision": "approve-all", "confirmed": "1"})
    assert answer.context["named"] == []
    revision.refresh_from_db()
    assert revision.state == State.SUBMITTED


def test_a_district_officer_enters_nothing_by_any_door(bao: User, mo: User, tmp_path: Path) -> None:
    """Ia Mơ went on and stood in his district; in a period that ends later it is none of his."""
    for code in ("23938", "23908"):  # went on; made anew of four of his communes
        for page in ("", "edit/", "submit/", "examine/"):
            assert client_of(bao).get(page_of(code, "2025", page=page)).status_code == 404
            assert client_of(bao).post(page_of(code, "2025", page=page), fields()).status_code in (404, 405)
        sheet = reverse("self_assessment", args=["2025", unit_of(code, MERGED).pk])
        assert client_of(bao).post(sheet, {}).status_code == 404
    content = Filling(made("2024")).all_met().content()
    assert hand_in(client_of(bao), bao, content, period="2025").status_code == 404
    assert client_of(bao).get("/uploads/workbook/2025/").status_code == 404
    (tmp_path / "bieu.xlsx").write_bytes(content)
    with pytest.raises(CommandError, match="cấp huyện kết thúc hoạt động ngày 30/6/2025") as refused:
        call_command("import_assessments", tmp_path / "bieu.xlsx", user="bao", period="2025", stdout=io.StringIO())
    assert refused.value.returncode == 2
    assert not Assessment.objects.exists()


def test_no_workbook_of_a_district_is_made_for_a_later_period(bao: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Ngày đó không có đơn vị cấp huyện nào"):
        call_command("make_workbook", period="2025", district="632", output=tmp_path / "x.xlsx")


# --- places follow their succession ----------------------------------------------------------------------


def test_an_officer_of_a_commune_that_went_into_another_works_for_both_each_in_its_time(an: User) -> None:
    client = client_of(an)
    assert client.get(page_of("23905", "2025-H1", page="edit/")).status_code == 200
    assert client.get(page_of("23908", "2025-H1", page="edit/")).status_code == 404  # then her neighbour
    assert client.get(page_of("23908", "2025-H2", page="edit/")).status_code == 200  # now it holds hers
    assert client.get(reverse("assessment", args=["2025-H2", BASIC, an.unit_id])).status_code == 404


def test_an_officer_of_a_new_commune_has_no_earlier_period(ho: User) -> None:
    assert {period.key for period in periods_of(ho)} == set(LATER)
    answer = text(client_of(ho).get("/assessments/", {"period": "2024"}))
    assert "Xã Biển Hồ hoạt động từ ngày 01/7/2025, sau ngày cuối của kỳ này." in answer
    old = reverse("assessment", args=["2024", BASIC, unit_of("23590").pk])
    assert client_of(ho).get(old).status_code == 404


def test_a_commune_that_went_on_keeps_its_officer(mo: User, chi: User) -> None:
    before, after = page_of("23938", "2025-H1"), page_of("23938", "2025")
    assert before.rsplit("/", 2)[1] == after.rsplit("/", 2)[1]  # one and the same unit
    for page, receiver in ((before, "Cơ quan thẩm tra cấp huyện"), (after, "Công an tỉnh")):
        saved = client_of(mo).post(f"{page}edit/", fields(), follow=True)
        assert f"Gửi {receiver}" in text(saved)
        client_of(mo).post(f"{page}submit/")
    assert [row.name for row in client_of(chi).get("/reviews/").context["rows"]] == ["Xã Ia Mơ"]


# --- what is offered -------------------------------------------------------------------------------------


def keys(form, field: str) -> list[str]:
    return [key for key, _ in form.fields[field].choices if key]


def test_each_role_is_offered_the_periods_of_its_places(an, ho, bao, chi, quang) -> None:
    every = ReportingPeriod.objects.count()
    counts = {user: len(keys(AssessmentFilter({}, user=user), "period")) for user in (an, ho, bao, chi, quang)}
    assert counts == {an: every, ho: len(LATER), bao: every - len(LATER), chi: every, quang: every}


def test_a_district_s_indicators_are_offered_while_districts_live(chi: User, quang: User, ho: User) -> None:
    for user in (chi, quang):
        assert keys(AssessmentFilter({"period": "2025-H1"}, user=user), "indicator")[-2:] == [
            DISTRICTS,
            "huyen-ntmnc-9.1",
        ]
        asked = AssessmentFilter({"period": "2025", "indicator": DISTRICTS}, user=user)
        assert keys(asked, "indicator") == [BASIC, ADVANCED]
        assert "district" not in asked.fields
        assert asked.indicator.code == BASIC
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    asked = ReviewFilter({"period": "2025"}, user=chi)
    assert keys(asked, "indicator") == [BASIC, ADVANCED]
    assert "district" not in asked.fields
    assert "9.4" not in text(client_of(chi).get("/assessments/", {"period": "2025"}))


def test_a_period_in_which_nothing_waits_shows_nothing_and_stays_chosen(chi: User, bao: User, an: User) -> None:
    taken(Verb.EXAMINE, taken(Verb.SUBMIT, entered(an)[0], an), bao)
    answer = client_of(chi).get("/reviews/", {"period": "2025"})
    assert list(answer.context["rows"]) == []
    assert answer.context["asked"]["period"].value() == "2025"
    assert client_of(chi).post("/reviews/decide/?period=2025", {"decision": "approve-all"}).context["named"] == []


# --- the province's workbook -----------------------------------------------------------------------------


def test_the_province_hands_in_a_workbook_of_all_its_communes(chi: User, chinh: User) -> None:
    book = Filling(made("2025", province="52"))
    assert len(book.rows) == 110
    client = client_of(chi)
    upload = received(client, chi, book.all_met().content(), period="2025", **BY_LETTER)
    assert (upload.outcome["new"], upload.outcome["errors"], upload.outcome["absent"]) == (110, 0, 0)
    assert upload.unit == unit_of("52", MERGED)

    client.post(reverse("upload_apply", args=[upload.pk]))
    client.post(reverse("upload_submit", args=[upload.pk]), {"count": "110"})
    assert set(Revision.objects.values_list("state", "letter_number")) == {(State.SUBMITTED, LETTER.number)}

    receipt = text(client.get(upload.get_absolute_url()))
    assert "Đã gửi, chờ xác nhận" in receipt
    assert "thẩm tra" not in receipt

    own = text(client.post("/reviews/decide/?period=2025", {"decision": "approve-all"}))
    assert "người đã nhập hoặc gửi kết quả này không xét" in own
    asked = client_of(chinh).post("/reviews/decide/?period=2025", {"decision": "approve-all"})
    done = {"decision": "approve-all", "confirmed": "1", "fingerprint": asked.context["fingerprint"]}
    assert client_of(chinh).post("/reviews/decide/?period=2025", done).status_code == 302
    assert Revision.objects.official().count() == 110


def test_the_page_gives_the_province_its_workbook(chi: User) -> None:
    words = client_of(chi).get("/uploads/", {"period": "2025"})
    assert [place.title for place in words.context["places"]] == ["Tỉnh Gia Lai"]
    assert client_of(chi).get("/uploads/workbook/2025/").status_code == 200
    assert not Upload.objects.exists()


# --- two units of one name -------------------------------------------------------------------------------


def test_the_queue_tells_the_old_and_the_new_commune_apart(chi: User, ho: User, make_person) -> None:
    cu = make_person("cu", Role.COMMUNE, "23590")  # of the old Xã Biển Hồ (Pleiku), which the new one holds
    taken(Verb.SUBMIT, entered(ho, line("23590", period="2025"), period="2025")[0], ho)
    lines = [line(code, period="2024") for code in ("23590", "23674")]
    for revision in entered(chi, *lines, letter=LETTER):
        taken(Verb.SUBMIT, revision, chi)
    names = {row.name for row in client_of(chi).get("/reviews/").context["rows"]}
    assert names == {"Xã Biển Hồ", "Xã Biển Hồ (Pleiku, đến 30/6/2025)", "Xã Kông Bơ La (KBang, đến 30/6/2025)"}

    revision = revision_of(lines[0])
    taken(Verb.RETURN, revision, chi, reason="Rà soát lại.")
    assert "Xã Biển Hồ (Pleiku, đến 30/6/2025), 19.2 xã nông thôn mới" in text(client_of(cu).get("/"))


def test_a_district_s_queue_names_its_two_alike_by_their_accents(an: User, bao: User, make_person) -> None:
    bang = make_person("bang", Role.COMMUNE, "23924")
    for user, code in ((an, "23905"), (bang, "23924")):
        taken(Verb.SUBMIT, entered(user, line(code))[0], user)
    names = [row.name for row in client_of(bao).get("/reviews/").context["rows"]]
    assert names == ["Xã Ia Băng (Chư Prông)", "Xã Ia Bang (Chư Prông)"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (
            "biển hồ",
            ["Xã Biển Hồ (23590) Tỉnh Gia Lai", "Xã Biển Hồ (23590, đến 30/6/2025) Thành phố Pleiku"],
        ),
        (
            "tây sơn",
            [
                "Xã Tây Sơn (21808) Tỉnh Gia Lai",
                "Phường Tây Sơn (23575, đến 30/6/2025) Thành phố Pleiku",
                "Phường Tây Sơn (23617, đến 30/6/2025) Thị xã An Khê",
            ],
        ),
        (
            "ia bang",
            [
                "Xã Ia Băng (23710) Tỉnh Gia Lai",
                "Xã Ia Bang (23924, đến 30/6/2025) Huyện Chư Prông",
                "Xã Ia Băng (23719, đến 30/6/2025) Huyện Đăk Đoa",
                "Xã Ia Băng (23905, đến 30/6/2025) Huyện Chư Prông",
            ],
        ),
    ],
)
def test_a_search_tells_namesakes_apart(chi: User, asked: str, expected: list[str]) -> None:
    answer = client_of(chi).get(reverse("units"), {"q": asked})
    rows = [*answer.context["page"], *answer.context["former"]]
    assert [f"{row.unit} {row.parent_title}" for row in rows] == expected


def test_the_choice_of_a_unit_in_the_admin_tells_namesakes_apart(quang: User) -> None:
    query = {"app_label": "communes", "model_name": "user", "field_name": "unit", "term": "biển hồ"}
    answer = client_of(quang).get("/admin/autocomplete/", query).json()
    assert sorted(row["text"] for row in answer["results"]) == [
        "Xã Biển Hồ (23590)",
        "Xã Biển Hồ (Pleiku, 23590, đến 30/6/2025)",
    ]


# --- a workbook of before --------------------------------------------------------------------------------


@pytest.fixture
def before_the_merger() -> bytes:
    """A workbook of KBang for 2024-Q3, when 23674 was Đăk HLơ and 23671 Kông Pla."""
    return Filling(made("2024-Q3", "625")).all_met(["23671", "23674"]).content()


def test_a_workbook_of_2024_q3_goes_to_the_units_of_2024_q3(make_person, before_the_merger: bytes) -> None:
    kha = make_person("kha", Role.DISTRICT, "625")
    upload = received(client_of(kha), kha, before_the_merger, period="2024-Q3")
    client_of(kha).post(reverse("upload_apply", args=[upload.pk]))
    saved = {assessment.unit.key for assessment in Assessment.objects.select_related("unit")}
    assert saved == {"23671-20200201", "23674-20200201"}


def test_the_command_takes_it_to_the_same_units(make_person, before_the_merger: bytes, tmp_path: Path) -> None:
    make_person("kha", Role.DISTRICT, "625")
    (tmp_path / "bieu.xlsx").write_bytes(before_the_merger)
    told = io.StringIO()
    given = {"user": "kha", "period": "2024-Q3", "confirm": True, "stdout": told}
    call_command("import_assessments", tmp_path / "bieu.xlsx", **given)
    assert "Đã lưu 2 dòng" in told.getvalue()
    assert {a.unit.key for a in Assessment.objects.select_related("unit")} == {"23671-20200201", "23674-20200201"}


FORMER = {
    ("625", "2024"): {
        ("23674", "Xã Đăk HLơ"): "Xã Đăk HLơ (mã 23674) không còn từ ngày 01/11/2024, đơn vị kế tiếp: "
        "xã Nghĩa An (mã 23662), xã Kông Bơ La (mã 23674).",
        ("23671", "Xã Kông Pla"): "Xã Kông Pla (mã 23671) không còn từ ngày 01/11/2024, đơn vị kế tiếp: "
        "xã Kông Bơ La (mã 23674).",
    },
    ("52", "2025"): {
        ("23905", "Xã Ia Băng"): "Xã Ia Băng (Chư Prông, mã 23905) không còn từ ngày 01/7/2025, đơn vị kế tiếp: "
        "xã Ia Tôr (mã 23908).",
        ("23671", "Xã Kông Pla"): "Xã Kông Pla (KBang, mã 23671) không còn từ ngày 01/11/2024, đơn vị kế tiếp: "
        "xã Kông Bơ La (mã 23674).",
        ("23719", "Xã Ia Băng"): "Xã Ia Băng (Đăk Đoa, mã 23719) không còn từ ngày 01/7/2025, đơn vị kế tiếp: ",
    },
}


@pytest.mark.parametrize(("code", "period"), FORMER)
def test_a_row_of_a_unit_that_ended_says_what_succeeded_it_and_since_when(
    chi: User, make_person, tmp_path: Path, code: str, period: str
) -> None:
    user = chi if code == "52" else make_person("kha", Role.DISTRICT, code)
    letter = BY_LETTER if user == chi else {}
    scope = {"province": code} if user == chi else {"district": code}
    book = Filling(made(period, **scope))
    expected = {book.add(*row): message for row, message in FORMER[code, period].items()}

    client = client_of(user)
    upload = received(client, user, book.content(), period=period, **letter)
    words = text(client.get(upload.get_absolute_url()))
    (tmp_path / "bieu.xlsx").write_bytes(book.content())
    told = io.StringIO()
    given = {"letter": LETTER.number, "letter_date": "10/01/2026"} if letter else {}
    with pytest.raises(CommandError) as refused:
        call_command(
            "import_assessments", tmp_path / "bieu.xlsx", user=user.username, period=period, stdout=told, **given
        )

    assert refused.value.returncode == 1
    assert upload.outcome["errors"] == len(expected)
    for cell, message in expected.items():
        assert message in words, cell
        assert f"{cell} " in told.getvalue()
        assert message in told.getvalue(), cell


def test_a_place_follows_its_succession_and_no_further_back(make_person) -> None:
    """Tân Sơn went into Biển Hồ on 01/11/2024: its officer answers for Biển Hồ since then, not for what it was."""
    officer = make_person("son", Role.COMMUNE, "23593", day=datetime.date(2024, 10, 31))
    for period, code, status in (
        ("2024-Q3", "23593", 200),
        ("2024-Q3", "23590", 404),
        ("2024", "23590", 200),
        ("2025", "23590", 200),
    ):
        day = ReportingPeriod.objects.get(key=period).ends_on
        address = reverse("assessment", args=[period, BASIC, unit_of(code, day).pk])
        assert client_of(officer).get(address).status_code == status, (period, code)
