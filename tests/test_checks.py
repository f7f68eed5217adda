"""Checks before a result is sent or decided on: what forbids it, what needs a tick and a reason, what is to notice."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from criteria.checks import found_in
from criteria.models import Condition, ConditionResult, Review, Revision, State, Verb
from criteria.steps import StepRefused
from tests.cases import ADVANCED, BASIC, address, conditions, entered, line, taken
from tests.evidence_files import pdf
from tests.evidence_files import sent as file_of
from tests.test_assessment_pages import client_of, text
from tests.test_evidence import attached
from tests.test_review_queue import DECIDE, marks
from tests.test_self_assessment import said, seen, sheet
from tests.upload_books import Filling, received

CODES = ("23902", "23905", "23908", "23911")
FLIP = "Năm 2023 chưa đạt, kỳ này đạt."
WHY = "Đã khắc phục, có văn bản."


def decided(by, chi, *lines, period="2023"):
    """Confirm the lines, whatever they warn of."""
    for revision in entered(by, *lines, period=period):
        taken(Verb.CONFIRM, taken(Verb.SUBMIT, revision, by, acceptance=WHY), chi, acceptance=WHY)


@pytest.fixture
def flipped(bao, chi):
    """A draft of Ia Băng that says met, where the year before was not met."""
    decided(bao, chi, line(but={4: "not_met"}, period="2023"))
    return entered(bao)[0]


def whole(revision):
    return Revision.objects.select_related("assessment__unit", "assessment__indicator", "assessment__period").get(
        pk=revision.pk
    )


def found(revision, by):
    return found_in([whole(revision)], by)[revision.pk]


def accepting(page, **given):
    form = page.context["step"] if "step" in page.context else page.context["form"]
    return {"accepted": "on", "warned": form.check.mark, **given}


# --- what forbids ----------------------------------------------------------------------------------------


def forbidden(revision, by, words):
    with pytest.raises(StepRefused, match=words):
        taken(Verb.SUBMIT, revision, by)
    page = client_of(by).get(address(revision))
    assert words in text(page)
    assert not [offer for offer in page.context["offers"] if offer.verb == Verb.SUBMIT]
    assert client_of(by).post(address(revision, "submit/")).status_code == 403
    assert Revision.objects.get(pk=revision.pk).state == State.DRAFT


def test_met_with_an_item_not_met_is_refused(an):
    revision = entered(an)[0]
    ConditionResult.objects.filter(revision=revision, condition__number=4).update(verdict="not_met")
    forbidden(revision, an, "nội dung 4 “Chưa đạt”")


def test_evidence_that_is_asked_for_and_missing_is_refused(an):
    Condition.objects.filter(pk=conditions()[2].pk).update(asks_for_evidence=True)
    revision = entered(an)[0]
    forbidden(revision, an, "ội dung 2 cần minh chứng")
    attached(Client(), an)
    assert taken(Verb.SUBMIT, revision, an).state == State.SUBMITTED


def test_a_unit_that_does_not_live_in_the_period_is_refused(an):
    revision = entered(an)[0]
    revision.assessment.indicator.kinds = ["phuong"]
    revision.assessment.indicator.save()
    with pytest.raises(StepRefused, match="không thuộc đối tượng đánh giá vào ngày cuối kỳ"):
        taken(Verb.SUBMIT, revision, an)


def test_what_became_wrong_after_it_was_sent_is_not_confirmed(bao, chi):
    revision = taken(Verb.SUBMIT, entered(bao)[0], bao)
    ConditionResult.objects.filter(revision=revision, condition__number=4).update(verdict="not_met")
    client = client_of(chi)
    answer = client.post(DECIDE, {"decision": "approve", "pick": marks(client.get("/reviews/"))})
    assert "nội dung 4 “Chưa đạt”" in text(answer)
    assert 'name="confirmed"' not in answer.content.decode()
    with pytest.raises(StepRefused):
        taken(Verb.CONFIRM, revision, chi)


# --- what needs a reason ---------------------------------------------------------------------------------


def test_a_result_that_turns_to_met_waits_for_a_tick_and_a_reason(flipped, bao, chi):
    client = client_of(bao)
    page = client.get(address(flipped))
    assert FLIP in text(page)
    refused = client.post(address(flipped, "submit/"), {"accepted": "on"})
    assert "Ghi lý do khi còn cảnh báo." in text(refused)
    form = next(offer.form for offer in page.context["offers"] if offer.verb == Verb.SUBMIT)
    client.post(address(flipped, "submit/"), {"accepted": "on", "acceptance": WHY, "warned": form.check.mark})
    review = Review.objects.get(revision=flipped)
    assert (review.verb, review.acceptance) == (Verb.SUBMIT, WHY)
    assert f"Chấp nhận cảnh báo: {WHY}" in text(client.get(address(flipped)))
    with pytest.raises(StepRefused, match="có cảnh báo"):
        taken(Verb.CONFIRM, flipped, chi)


def test_a_result_that_turns_to_not_met_is_only_noticed(bao, chi):
    decided(bao, chi, line(period="2023"))
    revision = entered(bao, line(but={4: "not_met"}))[0]
    assert not found(revision, bao).warnings
    assert "Năm 2023 đạt, kỳ này chưa đạt." in [one.text for one in found(revision, bao).notices]
    assert taken(Verb.SUBMIT, revision, bao).state == State.EXAMINED
    assert Review.objects.get(revision=revision).acceptance == ""


def test_advanced_met_while_basic_is_not(bao):
    entered(bao, line(but={4: "not_met"}))
    advanced = entered(bao, line(indicator=ADVANCED))[0]
    assert [one.text for one in found(advanced, bao).warnings] == [
        "Đạt, trong khi 19.2 xã nông thôn mới chưa đạt (Năm 2024)."
    ]
    entered(bao, line())
    assert not found(advanced, bao).warnings


def test_advanced_met_while_basic_is_unknown_is_noticed(bao):
    advanced = entered(bao, line(indicator=ADVANCED))[0]
    assert [one.text for one in found(advanced, bao).notices] == ["Đạt, chưa có kết quả 19.2 xã nông thôn mới."]


def test_the_same_file_for_several_units_and_a_date_outside_the_period(bao, binh):
    attached(Client(), bao, "23905", file=file_of("a.pdf", pdf()))
    attached(Client(), bao, "23902", file=file_of("b.pdf", pdf()), issued_on="05/10/2022")
    first, second = entered(bao, line("23905"), line("23902"))
    warned = [one.text for one in found(second, bao).warnings]
    assert any(one.startswith("Ngày văn bản ngoài kỳ báo cáo") for one in warned)
    assert any("Cùng một tệp minh chứng đính kèm ở: Xã Ia Băng (Chư Prông), Năm 2024" in one for one in warned)
    assert any("Xã Ia Phìn (Chư Prông)" in one.text for one in found(first, bao).warnings)


def test_notices(an):
    attached(Client(), an)
    revision = entered(an, line(but={4: "not_met", 5: "", 7: ""}))[0]
    assert [one.text for one in found(revision, an).notices] == [
        "1 minh chứng chưa có tệp.",
        "Chưa đánh giá nội dung 5, 7.",
        "Chưa đạt, chưa ghi dự kiến đạt và biện pháp.",
    ]


def test_other_warnings_than_those_shown_are_shown_anew(flipped, bao):
    answer = client_of(bao).post(
        address(flipped, "submit/"), {"accepted": "on", "acceptance": WHY, "warned": "của trang trước"}
    )
    assert "Cảnh báo đã thay đổi." in text(answer)
    assert Revision.objects.get(pk=flipped.pk).state == State.DRAFT


# --- every door ------------------------------------------------------------------------------------------


def test_many_are_sent_with_one_reason_kept_where_there_is_a_warning(flipped, bao):
    entered(bao, line("23902"))
    client, url = client_of(bao), f"/assessments/submit/?period=2024&indicator={BASIC}"
    page = client.post(url, {"all": "1"})
    assert FLIP in text(page)
    assert "Đánh dấu đã xem các cảnh báo." in text(client.post(url, {"pick": page.context["marks"], "confirmed": "1"}))
    client.post(url, {"pick": page.context["marks"], "confirmed": "1"} | accepting(page, acceptance=WHY))
    kept = dict(
        Review.objects.filter(verb=Verb.SUBMIT, revision__assessment__period__key="2024").values_list(
            "revision__assessment__unit", "acceptance"
        )
    )
    assert sorted(kept.values()) == ["", WHY]
    assert kept[flipped.assessment.unit_id] == WHY


def test_many_are_confirmed_with_a_reason(flipped, bao, chi):
    taken(Verb.SUBMIT, flipped, bao, acceptance=WHY)
    client = client_of(chi)
    page = client.post(DECIDE, {"decision": "approve-all"})
    assert FLIP in text(page)
    data = {"decision": "approve-all", "confirmed": "1", "fingerprint": page.context["fingerprint"]}
    assert "Đánh dấu đã xem các cảnh báo." in text(client.post(DECIDE, data))
    assert Revision.objects.get(pk=flipped.pk).state == State.EXAMINED
    client.post(DECIDE, data | accepting(page, acceptance="Đã đối chiếu."))
    assert Review.objects.get(revision=flipped, verb=Verb.CONFIRM).acceptance == "Đã đối chiếu."


def test_a_return_asks_for_no_acceptance(flipped, bao, chi):
    taken(Verb.SUBMIT, flipped, bao, acceptance=WHY)
    page = client_of(chi).post(DECIDE, {"decision": "return-all"})
    assert "accepted" not in page.context["form"].fields


def test_the_sheet_saves_and_asks_before_it_sends(an, bao, chi):
    decided(bao, chi, line(but={4: "not_met"}, period="2023"))
    client = client_of(an)
    page = client.post(sheet(), said() | {"send": "1"}, follow=True)
    assert "Đã lưu, chưa gửi: còn cảnh báo." in text(page)
    assert FLIP in text(page)
    assert Revision.objects.latest("pk").state == State.DRAFT
    client.post(sheet(), said() | seen(page) | {"send": "1"} | accepting(page, acceptance=WHY))
    assert Revision.objects.latest("pk").state == State.SUBMITTED
    assert Review.objects.latest("pk").acceptance == WHY


def test_an_upload_is_sent_with_a_reason(bao, chi):
    decided(bao, chi, line(but={4: "not_met"}, period="2023"))
    client = Client()
    upload = received(client, bao, Filling().all_met(["23905"]).content())
    client.post(
        f"/uploads/{upload.pk}/apply/", {"seen": client.get(f"/uploads/{upload.pk}/").context["plan"].fingerprint}
    )
    url = f"/uploads/{upload.pk}/submit/"
    page = client.get(url)
    assert FLIP in text(page)
    assert "Đánh dấu đã xem các cảnh báo." in text(client.post(url, {"count": "1"}))
    client.post(url, {"count": "1"} | accepting(page, reason=WHY))
    review = Review.objects.get(revision__assessment__period__key="2024")
    assert (review.reason, review.acceptance) == ("", WHY)


def test_the_command_accepts_with_its_reason(bao, chi, tmp_path: Path):
    decided(bao, chi, line(but={4: "not_met"}, period="2023"))
    path = tmp_path / "bieu.xlsx"
    path.write_bytes(Filling().all_met(["23905"]).content())
    call_command("import_assessments", str(path), user="bao", period="2024", confirm=True, submit=True)
    assert Review.objects.get(revision__assessment__period__key="2024").acceptance == "qua lệnh"


def test_the_admin_asks_on_its_page(flipped, bao):
    bao.is_staff = True
    bao.save()
    client, url = client_of(bao), "/admin/criteria/assessment/"
    data = {"action": "submit", "_selected_action": [flipped.assessment_id]}
    page = client.post(url, data)
    assert FLIP in text(page)
    client.post(url, data | {"confirmed": "1"})
    assert Revision.objects.get(pk=flipped.pk).state == State.DRAFT
    client.post(url, data | {"confirmed": "1"} | accepting(page, acceptance=WHY))
    assert Review.objects.get(revision=flipped).acceptance == WHY


# --- cost ------------------------------------------------------------------------------------------------


def test_the_checks_cost_the_same_for_one_and_for_many(bao, chi):
    decided(bao, chi, *(line(code, but={4: "not_met"}, period="2023") for code in CODES))
    rows = []
    for code in CODES:
        attached(Client(), bao, code, file=file_of("a.pdf", pdf()))
        rows += entered(bao, line(code, indicator=ADVANCED)), entered(bao, line(code, but={4: "not_met"}))
    rows = [whole(revision) for some in rows for revision in some]

    def cost(some):
        with CaptureQueriesContext(connection) as captured:
            assert len(found_in(some, bao)) == len(some)
        return len(captured)

    assert cost(rows[:2]) == cost(rows)


def test_a_clean_result_is_sent_without_any_question(an):
    client = client_of(an)
    revision = entered(an)[0]
    client.post(address(revision, "submit/"))
    assert Revision.objects.get(pk=revision.pk).state == State.SUBMITTED
