"""The list of a period, one assessment with its story, its form and its steps."""

import datetime
import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import UnitVersion, User
from criteria.models import Assessment, Condition, Entry, ReportingPeriod, Review, Revision, State, Verb
from criteria.steps import stamp
from tests.cases import BASIC, DISTRICTS, LETTER, address, conditions, entered, line, revision_of, taken
from tests.conftest import unit_of

YEAR = datetime.date(2024, 12, 31)


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(answer) -> str:
    """Return what a reader sees, in one line."""
    body = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def page_of(code="23905", period="2024", indicator=BASIC, page=""):
    at = ReportingPeriod.objects.get(key=period)
    return reverse("assessment", args=[period, indicator, unit_of(code, at.ends_on).pk]) + page


def fields(seen="", **given):
    return {**{f"verdict_{n}": "met" for n in range(1, 9)}, "seen": seen, **given}


# --- one assessment --------------------------------------------------------------------------------------


def test_before_anything_is_entered(an, lan):
    page = client_of(an).get(page_of())
    assert "Chưa gửi" in text(page)
    assert page_of(page="edit/") in page.content.decode()
    assert "chưa đối chiếu văn bản" in text(page)
    assert page_of(page="edit/") not in client_of(lan).get(page_of()).content.decode()


def test_the_form_saves_a_draft_and_the_page_tells_it(an):
    answer = client_of(an).post(page_of(page="edit/"), fields(verdict_4="not_met"), follow=True)
    seen = text(answer)
    assert "Đang nhập" in seen
    assert "Chưa đạt" in seen
    assert "Nguyễn Thị An – Công an xã Ia Băng" in seen
    assert "Biểu nhập" in seen
    assert "Nội dung 4: Chưa đánh giá → Chưa đạt" in seen
    assert "Nhập lần đầu, 8 nội dung" in seen
    assert revision_of(line()).verdict == "not_met"


def test_the_form_says_that_no_names_are_typed(an):
    assert "không nêu tên người, vụ việc" in text(client_of(an).get(page_of(page="edit/")))


def test_not_applicable_without_a_reason_stays_on_the_page(an):
    answer = client_of(an).post(page_of(page="edit/"), fields(verdict_8="not_applicable"))
    assert "“Không áp dụng” cần ghi lý do." in text(answer)
    assert not Revision.objects.exists()
    client_of(an).post(page_of(page="edit/"), fields(verdict_8="not_applicable", reason_8="không có mô hình"))
    assert revision_of(line()).verdict == "met"


def test_a_stale_form_is_refused_with_both_values_and_can_be_saved_again(an, bao):
    form = client_of(an).get(page_of(page="edit/")).context["form"]
    entered(bao, line(but={4: "not_met"}))
    answer = client_of(an).post(page_of(page="edit/"), fields(form["seen"].value()))
    assert "đã được sửa sau khi mở trang này" in text(answer)
    assert "Đang lưu: Chưa đạt" in text(answer)
    assert revision_of(line()).verdict == "not_met"
    client_of(an).post(page_of(page="edit/"), fields(answer.context["form"]["seen"].value()))
    assert revision_of(line()).verdict == "met"


def test_on_behalf_the_letter_is_asked_for(chi):
    answer = client_of(chi).post(page_of(page="edit/"), fields())
    assert answer.status_code == 200
    letter = {"letter_number": LETTER.number, "letter_on": "10/01/2025"}
    seen = text(client_of(chi).post(page_of(page="edit/"), fields(**letter), follow=True))
    assert "theo công văn 12/CV-UBND ngày 10/01/2025" in seen


def test_what_was_sent_is_not_edited_and_says_the_way_out(an):
    taken(Verb.SUBMIT, entered(an)[0], an)
    answer = client_of(an).get(page_of(page="edit/"))
    assert answer.status_code == 403
    assert "Rút lại" in text(answer)


def test_a_closed_period_says_its_date(an):
    entered(an)
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
    words = "Kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."
    assert words in text(client_of(an).get(page_of()))
    for page in (client_of(an).get(page_of(page="edit/")), client_of(an).post(page_of(page="submit/"))):
        assert page.status_code == 403
        assert words in text(page)


def test_official_and_correction_stand_side_by_side(bao, chi):
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    entered(bao, line(but={4: "not_met"}))
    page = client_of(bao).get(page_of())
    assert "Đang điều chỉnh (lần 2)" in text(page)
    assert page.content.decode().count('class="changed"') == 1
    assert page_of(page="reopen/") not in client_of(chi).get(page_of()).content.decode()


# --- steps -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "offered"),
    [("an", {"withdraw"}), ("bao", {"examine", "return"}), ("chi", {"return"}), ("lan", set()), ("quang", set())],
)
def test_each_person_is_offered_exactly_their_steps(request, an, who, offered):
    taken(Verb.SUBMIT, entered(an)[0], an)
    person = request.getfixturevalue(who)
    page = client_of(person).get(page_of()).content.decode()
    assert {verb for verb in Verb.values if page_of(page=f"{verb}/") in page} == offered


def test_the_whole_way_by_the_buttons(an, bao, chi):
    revision = entered(an)[0]
    assert "Gửi Công an huyện" in text(client_of(an).get(page_of()))
    for person, verb in ((an, "submit"), (bao, "examine"), (chi, "confirm")):
        answer = client_of(person).post(page_of(page=f"{verb}/"), follow=True)
        assert "Đã thực hiện" in text(answer)
    revision.refresh_from_db()
    assert revision.state == State.CONFIRMED
    told = [event.title for event in client_of(an).get(page_of()).context["history"]]
    assert told == ["Nhập kết quả", "Gửi", Verb.EXAMINE.label, "Xác nhận"]


def test_a_return_needs_a_reason_at_the_field(an, bao):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    answer = client_of(bao).post(page_of(page="return/"))
    assert "Ghi rõ lý do" in text(answer)
    revision.refresh_from_db()
    assert revision.state == State.SUBMITTED
    client_of(bao).post(page_of(page="return/"), {"usual": "Thiếu minh chứng.", "reason": "Nội dung 4."})
    assert Review.objects.get(verb=Verb.RETURN).reason == "Thiếu minh chứng. Nội dung 4."
    assert "Nội dung 4." in text(client_of(an).get(page_of()))


def test_four_eyes_are_explained_on_the_page_and_kept_at_the_button(chi, chinh):
    taken(Verb.SUBMIT, entered(chi, letter=LETTER)[0], chi)
    words = "Người đã nhập hoặc gửi kết quả này không xét kết quả đó. Đề nghị người khác xét."
    assert words in text(client_of(chi).get(page_of()))
    assert client_of(chi).post(page_of(page="confirm/")).status_code == 403
    assert page_of(page="confirm/") in client_of(chinh).get(page_of()).content.decode()


def test_who_comes_second_sees_what_stands_now(bao, chi, chinh):
    revision = taken(Verb.SUBMIT, entered(bao)[0], bao)
    seen = {"seen": stamp(revision)}
    client_of(chi).post(page_of(page="confirm/"), seen)
    answer = client_of(chinh).post(page_of(page="return/"), {**seen, "reason": "Rà soát lại."}, follow=True)
    assert "Kết quả đang ở trạng thái “Đã xác nhận”." in text(answer)
    assert Review.objects.filter(verb=Verb.RETURN).count() == 0


def test_a_decision_on_what_changed_meanwhile_is_refused(an, bao):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    seen = {"seen": stamp(revision)}
    taken(Verb.WITHDRAW, revision, an)
    entered(an, line(but={4: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    answer = client_of(bao).post(page_of(page="examine/"), seen, follow=True)
    assert "đã thay đổi sau khi mở trang này" in text(answer)


def test_a_step_is_not_taken_by_a_link(an):
    revision = entered(an)[0]
    for verb in Verb.values:
        assert client_of(an).get(page_of(page=f"{verb}/")).url == page_of()
    assert client_of(an).get("/assessments/submit/?period=2024").url.startswith("/assessments/?period=2024")
    revision.refresh_from_db()
    assert revision.state == State.DRAFT


def test_steps_with_nothing_entered_are_refused(an):
    answer = client_of(an).post(page_of(page="submit/"))
    assert (answer.status_code, "chưa có kết quả nào" in text(answer)) == (403, True)


def test_why_a_result_came_back_stands_where_it_is_mended(an, bao, lan):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    taken(Verb.RETURN, revision, bao, reason="Thiếu biên bản kiểm tra.")
    words = "Lý do trả lại: Thiếu biên bản kiểm tra. Trần Quốc Bảo – Công an huyện Chư Prông, ngày"
    for url in (page_of(), page_of(page="edit/"), reverse("self_assessment", args=["2024", an.unit_id])):
        assert words in text(client_of(an).get(url)), url
    assert "Năm 2024 : Thiếu biên bản kiểm tra." in text(client_of(an).get("/"))
    assert "Thiếu biên bản" not in text(client_of(lan).get(page_of()))
    taken(Verb.SUBMIT, revision, an)
    assert "Lý do trả lại" not in text(client_of(an).get(page_of()))


# --- scope -----------------------------------------------------------------------------------------------


def test_outside_the_scope_is_not_found(an, binh, bao):
    revision = entered(an)[0]
    for page in ("", "edit/"):
        assert client_of(binh).get(address(revision, page)).status_code == 404
    for verb in Verb.values:
        assert client_of(binh).post(address(revision, f"{verb}/")).status_code == 404
    assert client_of(an).get(page_of("632", indicator=DISTRICTS)).status_code == 404
    assert client_of(bao).get(page_of("632", indicator=DISTRICTS)).status_code == 200


def test_what_the_indicator_does_not_judge_is_not_found(chi):
    phuong = UnitVersion.objects.as_of(YEAR).filter(kind="phuong", province=chi.unit).first()
    assert client_of(chi).get(page_of(phuong.code)).status_code == 404
    assert client_of(chi).get(page_of("632")).status_code == 404
    assert client_of(chi).get("/assessments/1999/khong-co/1/").status_code == 404


# --- sensitive conditions --------------------------------------------------------------------------------


def test_a_sensitive_condition_is_told_only_to_those_who_enter_or_review(an, lan, bao, chi):
    sensitive = Condition.objects.get(checklist__number="04/HD-BCA-V05", number=4)
    Condition.objects.filter(pk=sensitive.pk).update(is_sensitive=True)
    revision = taken(Verb.SUBMIT, entered(an, line(but={4: "not_met"}))[0], an)
    taken(Verb.RETURN, revision, bao, reason="Xem lại nội dung 4.")
    seen = text(client_of(lan).get(page_of()))
    assert "Chưa đạt" in seen
    assert sensitive.wording not in seen
    assert "ội dung 4" not in seen
    for person in (an, bao, chi):
        assert sensitive.wording in text(client_of(person).get(page_of()))


def test_a_leader_reads_of_a_sensitive_condition_only_that_the_whole_is_not_met(an, bao, chi, lan):
    revision = entered(an, line(but={4: "not_met"}))[0]
    Condition.objects.filter(pk=conditions()[4].pk).update(is_sensitive=True)
    entered(an, line(but={4: ""}))
    entered(an, line(but={4: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    User.objects.filter(pk=lan.pk).update(is_staff=True)
    pages = (
        page_of(),
        reverse("self_assessment", args=["2024", an.unit_id]),
        reverse("admin:criteria_assessment_change", args=[revision.assessment_id]),
        "/assessments/?period=2024&state=submitted",
    )
    for url in pages:
        page = client_of(lan).get(url)
        assert "Chưa đạt" in text(page), url
        assert "ội dung thay đổi" not in text(page), url
        assert "ội dung 4" not in text(page), url
        assert conditions()[4].wording not in text(page), url
    assert "Nội dung nhạy cảm và lý do trả lại chỉ người nhập, người xét" in text(client_of(lan).get(page_of()))
    assert "Nội dung 4: Chưa đạt → Chưa đánh giá" in text(client_of(chi).get(page_of()))


def test_a_leader_reads_the_open_conditions_of_a_verdict_that_is_met(an, bao, lan):
    Condition.objects.filter(pk=conditions()[4].pk).update(is_sensitive=True)
    entered(an)
    page = client_of(lan).get(page_of())
    assert conditions()[5].wording in text(page)
    assert conditions()[4].wording not in text(page)


def test_a_list_names_to_a_leader_the_open_conditions(an, lan, bao):
    Condition.objects.filter(pk=conditions()[4].pk).update(is_sensitive=True)
    entered(an, line(but={4: "not_met", 5: "not_met"}))
    for person in (bao, lan):
        page = text(client_of(person).get("/assessments/?period=2024&state=draft"))
        assert "nội dung 5" in page
        assert "ội dung 4" not in page


def test_a_sensitive_condition_is_named_in_no_list(an, bao):
    Condition.objects.filter(checklist__number="04/HD-BCA-V05", number=4).update(is_sensitive=True)
    taken(Verb.SUBMIT, entered(an, line(but={4: "not_met", 5: "not_met"}))[0], an)
    for url in ("/assessments/?period=2024", "/reviews/"):
        seen = text(client_of(bao).get(url))
        assert "nội dung 5" in seen
        assert "nội dung 4" not in seen


# --- the list of a period --------------------------------------------------------------------------------


def test_the_list_shows_the_units_of_the_periods_last_day(bao, an, chi):
    seen = text(client_of(bao).get("/assessments/?period=2024"))
    assert "Xã Ia Băng Chưa gửi" in seen
    assert "Xã Dun" not in seen
    assert len(client_of(an).get("/assessments/?period=2024").context["rows"]) == 1
    assert "Xã Ia Băng (Chư Prông)" in text(client_of(chi).get(f"/assessments/?period=2024&district={bao.unit_id}"))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "Đang nhập"),
        (["submit"], "Đã gửi, chờ thẩm tra"),
        (["submit", "examine"], "Đã thẩm tra, chờ xác nhận"),
        (["submit", "examine", "confirm"], "Đã xác nhận"),
        (["submit", "return"], "Trả lại để bổ sung"),
    ],
)
def test_each_state_in_words(an, bao, chi, steps, words):
    revision = entered(an)[0]
    for verb in steps:
        by = {"submit": an, "examine": bao, "confirm": chi, "return": bao}[verb]
        taken(verb, revision, by, reason="Rà soát lại." if verb == "return" else "")
    rows = client_of(bao).get("/assessments/?period=2024").context["rows"]
    labels = {row["situation"].name: row["situation"].state_label for row in rows}
    assert labels["Xã Ia Băng (Chư Prông)"] == words


def test_a_districts_own_result_before_sending_and_after(bao):
    revision = entered(bao, line("632", indicator=DISTRICTS))[0]
    url = f"/assessments/?period=2024&indicator={DISTRICTS}"
    assert "Tự đánh giá" in text(client_of(bao).get(url))
    taken(Verb.SUBMIT, revision, bao)
    assert "Đã gửi, chờ xác nhận" in text(client_of(bao).get(url))


def test_filters_by_state_and_district(chi, bao, an):
    entered(an)
    seen = client_of(chi).get(f"/assessments/?period=2024&district={bao.unit_id}&state=draft")
    assert [row["situation"].name for row in seen.context["rows"]] == ["Xã Ia Băng (Chư Prông)"]
    assert seen.context["page"].paginator.count == 1
    seen = client_of(chi).get("/assessments/?period=nonsense&indicator=x&district=y&state=z&page=w")
    assert seen.status_code == 200


def test_the_list_opens_with_what_is_to_be_done(an, bao):
    entered(an, line(period="2023-Q3"), period="2023-Q3")
    assert client_of(an).get("/assessments/").context["asked"].period.key == "2023-Q3"


def test_a_district_officer_is_offered_no_period_after_the_district_ended(bao):
    keys = [key for key, _ in client_of(bao).get("/assessments/").context["asked"].fields["period"].choices]
    assert "2025-H1" in keys
    assert "2025" not in keys


def test_many_are_sent_after_saying_how_many_and_who_is_left_out(bao):
    revisions = entered(bao, line("23902"), line("23905"), line("23908", but={8: ""}))
    client = client_of(bao)
    url = f"/assessments/submit/?period=2024&indicator={BASIC}"
    asked = client.post(url, {"all": "1"})
    total = UnitVersion.objects.as_of(YEAR).filter(parent=bao.unit, kind="xa").count()
    assert f"Gửi 2/{total} xã?" in text(asked)
    assert "Xã Ia Tôr (Chư Prông) : Đang nhập, chưa đủ nội dung" in text(asked)
    assert not Review.objects.exists()
    answer = client.post(url, {"pick": asked.context["marks"], "confirmed": "1"}, follow=True)
    assert "Đã gửi 2 xã đến Công an tỉnh." in text(answer)
    states = [Revision.objects.get(pk=revision.pk).state for revision in revisions]
    assert states == [State.EXAMINED, State.EXAMINED, State.DRAFT]


def test_one_that_cannot_be_sent_stops_all_and_is_named(bao):
    entered(bao, line("23902"), line("23905"))
    client = client_of(bao)
    url = f"/assessments/submit/?period=2024&indicator={BASIC}"
    marks = client.post(url, {"all": "1"}).context["marks"]
    taken(Verb.SUBMIT, revision_of(line("23902")), bao)
    answer = client.post(url, {"pick": marks, "confirmed": "1"})
    assert "Chưa gửi đơn vị nào." in text(answer)
    assert "Xã Ia Phìn (Chư Prông): kết quả đang ở trạng thái" in text(answer)
    assert revision_of(line("23905")).state == State.DRAFT


def test_others_cannot_be_sent_along(bao, binh, an):
    revision = entered(an)[0]
    url = f"/assessments/submit/?period=2024&indicator={BASIC}"
    pick = f"{revision.pk}@{stamp(revision)}"
    assert client_of(binh).post(url, {"pick": pick, "confirmed": "1"}).status_code == 404
    assert client_of(binh).post(url, {"pick": "x"}).status_code == 404


def test_the_province_sends_many_with_one_letter(chi, an):
    entered(an)
    url = f"/assessments/submit/?period=2024&indicator={BASIC}"
    marks = client_of(chi).post(url, {"all": "1"}).context["marks"]
    answer = client_of(chi).post(url, {"pick": marks, "confirmed": "1"})
    assert "Ghi số công văn đề nghị nhập thay đơn vị." in text(answer)
    letter = {"letter_number": LETTER.number, "letter_on": "10/01/2025"}
    client_of(chi).post(url, {"pick": marks, "confirmed": "1", **letter})
    assert revision_of(line()).letter_number == LETTER.number


# --- cost ------------------------------------------------------------------------------------------------


def queries_of(person, url):
    client = client_of(person)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("who", ["bao", "chi"])
def test_the_list_costs_the_same_whatever_is_entered(request, bao, who, monkeypatch):
    monkeypatch.setattr("criteria.views.assessments.PAGE", 500)
    person = request.getfixturevalue(who)
    taken(Verb.SUBMIT, entered(bao, line("23902"))[0], bao)
    few = queries_of(person, "/assessments/?period=2024")
    living = UnitVersion.objects.as_of(YEAR).filter(parent=bao.unit, kind="xa").exclude(code="23902")
    for revision in entered(bao, *(line(code) for code in living.values_list("code", flat=True))):
        taken(Verb.SUBMIT, revision, bao)
    assert queries_of(person, "/assessments/?period=2024") == few


def test_one_assessment_costs_the_same_after_a_long_story(bao, chi):
    revision = entered(bao)[0]
    taken(Verb.SUBMIT, revision, bao)
    few = queries_of(chi, page_of())
    for _ in range(3):
        taken(Verb.RETURN, revision, chi, reason="Rà soát lại.")
        entered(bao, line(but={4: "not_met"}))
        entered(bao, line())
        taken(Verb.SUBMIT, revision, bao)
    assert queries_of(chi, page_of()) <= few
    assert Entry.objects.count() == 7
    assert Assessment.objects.count() == 1
