"""In biểu để ký: the printed sheets, their mã đối chiếu, and the signed copies that must agree with the figures."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.models import Condition, ReportingPeriod, Revision, SignedCopy, State, Verb
from criteria.steps import StepRefused
from tests.cases import BASIC, conditions, entered, line, taken
from tests.conftest import unit_of
from tests.evidence_files import pdf, photo, sent
from tests.results import set_down, units_on
from tests.test_assessment_pages import client_of, text

pytestmark = pytest.mark.django_db

MARK = re.compile(r"[0-9A-F]{4}(-[0-9A-F]{4}){3}")
DISTRICT, COMMUNE = "632", "23905"


def summary(place: str = DISTRICT, period: str = "2024", indicator: str = BASIC) -> str:
    return reverse("summary_sheet", args=[period, indicator, unit_of(place).pk])


def examination(unit: str = COMMUNE) -> str:
    return reverse("examination_sheet", args=["2024", BASIC, unit_of(unit).pk])


def own_sheet() -> str:
    return reverse("self_assessment", args=["2024", unit_of(COMMUNE).pk])


def signing(kind: str = "summary", place: str = DISTRICT) -> str:
    of = "" if kind == "self" else f"?indicator={BASIC}"
    return reverse("signed_copy_new", args=[kind, "2024", unit_of(place).pk]) + of


def mark_on(by: User, url: str) -> str:
    found = re.search(r"Mã đối chiếu: <strong>([^<]+)</strong>", client_of(by).get(url).content.decode())
    assert found is not None
    assert MARK.fullmatch(found[1])
    return found[1]


def attach(by: User, kind: str = "summary", place: str = DISTRICT, **given: Any) -> Any:
    page = {"summary": summary, "examination": examination}.get(kind)
    printed = page(place) if page else own_sheet()
    facts = {
        "mark": given.pop("mark", None) or mark_on(by, printed),
        "number": "15/BC-CAH",
        "signed_on": "10/01/2025",
        "signer": "Thượng tá Nguyễn Văn A, Trưởng Công an huyện",
        "file": sent("ban-ky.pdf", pdf()),
        "is_clean": "on",
    }
    return client_of(by).post(signing(kind, place), facts | given, follow=True)


# --- what is printed -------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_every_unit_and_its_total(bao: User, an: User) -> None:
    entered(an, line(but={4: "not_met"}))
    words = text(client_of(bao).get(summary()))
    assert "BIỂU TỔNG HỢP" in words
    assert "Tổng cộng: 19 xã Đạt 0; chưa đạt 1; chưa có kết quả 18" in words
    assert "Xã Ia Băng Đ CĐ Đ Đ Đ Đ Chưa đạt Đang nhập" in words  # without the two sensitive conditions
    assert "Biểu không in kết quả của nội dung nhạy cảm." in words
    assert words.count("NGƯỜI LẬP BIỂU") == 1
    assert "THỦ TRƯỞNG ĐƠN VỊ" in words


def test_a_table_names_no_sensitive_condition(bao: User, chi: User, an: User) -> None:
    entered(an, line(but={4: "not_met"}))
    Condition.objects.filter(pk=conditions()[4].pk).update(is_sensitive=True)
    for person in (bao, chi):
        words = text(client_of(person).get(summary()))
        assert conditions()[4].wording not in words
        assert "CĐ Đ" not in words


def test_the_examination_sheet_leaves_room_for_the_examiner(an: User, bao: User) -> None:
    entered(an, line(but={4: "not_met"}))
    words = text(client_of(bao).get(examination()))
    assert "PHIẾU THẨM TRA" in words
    assert "Ý kiến thẩm tra" in words
    assert "Công an huyện" in words
    assert "Chưa thẩm tra" in words


def test_where_no_district_examines_there_is_no_examination_sheet(chi: User) -> None:
    unit = units_on("2025-12-31", "xa", "52")[0]
    answer = client_of(chi).get(reverse("examination_sheet", args=["2025", BASIC, unit.pk]))
    assert answer.status_code == 403
    assert "không qua bước thẩm tra ở cấp huyện" in text(answer)


def test_the_mark_follows_the_content_and_nothing_else(an: User, bao: User, chi: User) -> None:
    revision = entered(an)[0]
    first = mark_on(bao, summary())
    assert mark_on(chi, summary()) == first
    taken(Verb.SUBMIT, revision, an)
    assert mark_on(bao, summary()) == first  # sending changes no figure
    taken(Verb.EXAMINE, revision, bao)
    assert mark_on(bao, summary()) == first
    taken(Verb.RETURN, revision, chi, reason="Rà soát")
    entered(an, line(but={4: "not_met"}))
    assert mark_on(bao, summary()) != first


def test_the_table_costs_the_same_at_one_unit_and_at_many(bao: User, an: User) -> None:
    def cost() -> int:
        client = client_of(bao)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(summary()).status_code == 200
        return len(queries)

    units = units_on("2024-12-31", "xa")
    mine = units.index(unit_of(COMMUNE))
    set_down(units[mine : mine + 1], BASIC, "2024")
    few = cost()
    set_down(units[:mine] + units[mine + 1 :], BASIC, "2024")
    assert cost() == few


# --- the signed copy -------------------------------------------------------------------------------------


def test_a_signed_copy_agrees_until_the_figures_change(an: User, bao: User, chi: User) -> None:
    revision = entered(an)[0]
    words = text(attach(bao))
    assert "Đã đính kèm bản ký: Biểu tổng hợp số 15/BC-CAH ngày 10/01/2025." in words
    assert "Khớp số liệu" in words
    entered(an, line(but={4: "not_met"}))
    words = text(client_of(chi).get(summary()))
    assert "Bản ký không còn khớp số liệu" in words
    assert "Khớp số liệu" not in words
    assert revision.pk == Revision.objects.get().pk
    words = text(attach(bao, number="16/BC-CAH"))
    assert "đã thay bằng bản sau" in words
    assert "Bản ký không còn khớp số liệu" not in words


def test_a_paper_signed_on_other_figures_is_refused(an: User, bao: User) -> None:
    entered(an)
    old = mark_on(bao, summary())
    entered(an, line(but={4: "not_met"}))
    words = text(attach(bao, mark=old))
    assert f"Mã này khác mã của số liệu hiện nay ({mark_on(bao, summary())})" in words
    assert not SignedCopy.objects.exists()


def test_the_mark_is_taken_as_people_type_it(an: User, bao: User) -> None:
    entered(an)
    attach(bao, mark=mark_on(bao, summary()).lower().replace("-", " "))
    assert SignedCopy.objects.get().mark == mark_on(bao, summary())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": sent("ban-ky.docx", b"x")}, "Bản ký là tệp PDF hoặc ảnh chụp"),
        ({"file": sent("ban-ky.pdf", b"MZ not a pdf")}, "không phải tệp PDF"),
        ({"file": ""}, "Chọn tệp bản ký."),
        ({"signed_on": "01/01/2099"}, "Ngày ký sau ngày hôm nay"),
        ({"number": ""}, "Số, ký hiệu"),
        ({"is_clean": ""}, "Kiểm tra bản ký rồi đánh dấu xác nhận."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_kept(an: User, bao: User, given: dict[str, Any], said: str) -> None:
    entered(an)
    assert said in text(attach(bao, **given))
    assert not SignedCopy.objects.exists()


def test_photographs_of_the_pages_become_one_file(an: User, bao: User) -> None:
    entered(an)
    attach(bao, file=sent("trang1.jpg", photo()))
    copy = SignedCopy.objects.get()
    assert copy.content_type == "application/pdf"
    answer = client_of(bao).get(copy.get_absolute_url())
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_who_attaches_what(an: User, bao: User, binh: User, chi: User, lan: User) -> None:
    entered(an)
    assert client_of(an).get(signing()).status_code == 404  # the district's table is none of a commune's
    assert client_of(an).get(signing("self", COMMUNE)).status_code == 200
    assert client_of(an).get(signing("examination", COMMUNE)).status_code == 403
    assert client_of(bao).get(signing("examination", COMMUNE)).status_code == 200
    offered = ["Đính kèm bản ký" in text(client_of(who).get(examination())) for who in (an, bao, chi, lan)]
    assert offered == [False, True, True, False]  # as the door says
    assert client_of(binh).get(signing()).status_code == 404
    assert client_of(lan).get(signing()).status_code == 403
    assert client_of(chi).get(signing()).status_code == 200
    attach(bao)
    file = SignedCopy.objects.get().get_absolute_url()
    assert [client_of(person).get(file).status_code for person in (an, bao, binh, chi, lan)] == [
        404,
        200,
        404,
        200,
        200,
    ]


def test_an_empty_sheet_is_not_signed(bao: User) -> None:
    answer = client_of(bao).get(signing())
    assert answer.status_code == 403
    assert "hưa có kết quả nào trên biểu" in text(answer)


# --- required before confirming --------------------------------------------------------------------------


def needs_signed_copies() -> None:
    ReportingPeriod.objects.filter(key="2024").update(needs_signed_copy=True)


@pytest.mark.parametrize(("kind", "place"), [("summary", DISTRICT), ("self", COMMUNE), ("examination", COMMUNE)])
def test_a_period_may_ask_for_the_signed_copy_before_confirming(
    an: User, bao: User, chi: User, kind: str, place: str
) -> None:
    needs_signed_copies()
    revision = entered(an)[0]
    taken(Verb.SUBMIT, revision, an)
    taken(Verb.EXAMINE, revision, bao)
    with pytest.raises(StepRefused, match="kỳ này cần bản ký, chưa có bản ký khớp số liệu"):
        taken(Verb.CONFIRM, revision, chi)
    attach(bao, kind, place)
    assert taken(Verb.CONFIRM, revision, chi).state == State.CONFIRMED


def test_a_copy_signed_before_the_last_change_does_not_let_confirm(an: User, bao: User, chi: User) -> None:
    needs_signed_copies()
    entered(an)
    attach(bao)
    revision = entered(an, line(but={4: "not_met"}))[0]
    taken(Verb.SUBMIT, revision, an)
    taken(Verb.EXAMINE, revision, bao)
    with pytest.raises(StepRefused, match="kỳ này cần bản ký"):
        taken(Verb.CONFIRM, revision, chi)
    assert taken(Verb.RETURN, revision, chi, reason="Bổ sung bản ký").state == State.RETURNED


def test_the_queue_costs_the_same_where_copies_are_asked_for(an: User, bao: User, chi: User) -> None:
    def cost() -> int:
        client = client_of(chi)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/reviews/").status_code == 200
        return len(queries)

    needs_signed_copies()
    units = units_on("2024-12-31", "xa")
    set_down(units[:2], BASIC, "2024", state=State.EXAMINED)
    few = cost()
    set_down(units[2:30], BASIC, "2024", state=State.EXAMINED)
    assert cost() == few


# --- always true -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"sheet": "other"}, "signed_copy_is_of_a_known_sheet"),
        ({"sheet": "self"}, "only_the_self_assessment_is_of_all_indicators"),
        ({"signer": ""}, "signed_copy_has_number_signer_and_mark"),
        ({"sha256": ""}, "signed_copy_has_its_file"),
    ],
)
def test_a_broken_copy_is_refused_by_the_database(an: User, bao: User, broken: dict[str, str], constraint: str) -> None:
    entered(an)
    attach(bao)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SignedCopy.objects.update(**broken)


def test_districts_are_told_apart(an: User, chi: User) -> None:
    entered(an)
    assert mark_on(chi, summary("64")) == mark_on(chi, summary())  # the only result of the province is the district's
    client = Client()
    client.force_login(chi)
    assert "Xã Ia Băng (Chư Prông)" in text(client.get(summary("64")))
