"""The life of a revision: who moves it where, and who may not."""

import datetime
import io
import json

import pytest
from django.core.management import call_command

from criteria.history import story_of
from criteria.models import EDITABLE, Checklist, Condition, ReportingPeriod, Review, Revision, State, Verb
from criteria.rules import NEEDS_REASON
from criteria.steps import STALE, StepRefused, stamp, take
from tests.cases import DISTRICTS, LETTER, entered, line, taken


def refused_reason(verb, revision, by, **given):
    with pytest.raises(StepRefused) as caught:
        take(verb, [revision.pk], by=by, **given)
    return caught.value.refused[0].reason


def test_a_commune_officers_result_waits_for_the_district_then_the_province(an, bao, chi):
    revision = entered(an)[0]
    assert revision.state == State.DRAFT
    assert taken(Verb.SUBMIT, revision, an).state == State.SUBMITTED
    assert refused_reason(Verb.CONFIRM, revision, chi) == "kết quả chưa được thẩm tra ở cấp huyện."
    assert taken(Verb.EXAMINE, revision, bao).state == State.EXAMINED
    assert taken(Verb.CONFIRM, revision, chi).state == State.CONFIRMED
    verbs = list(Review.objects.filter(revision=revision).values_list("verb", "by__username"))
    assert verbs == [("submit", "an"), ("examine", "bao"), ("confirm", "chi")]


def test_a_district_officers_result_for_a_commune_goes_straight_to_the_province(bao, chi):
    revision = entered(bao)[0]
    assert taken(Verb.SUBMIT, revision, bao).state == State.EXAMINED
    assert not Review.objects.filter(revision=revision, verb=Verb.EXAMINE).exists()
    assert taken(Verb.WITHDRAW, revision, bao).state == State.DRAFT
    taken(Verb.SUBMIT, revision, bao)
    assert taken(Verb.CONFIRM, revision, chi).state == State.CONFIRMED


def test_a_districts_own_result_goes_from_submitted_to_the_province(bao, chi):
    revision = entered(bao, line("632", indicator=DISTRICTS))[0]
    assert taken(Verb.SUBMIT, revision, bao).state == State.SUBMITTED
    assert refused_reason(Verb.EXAMINE, revision, bao) == "kết quả này không qua bước thẩm tra ở cấp huyện."
    assert taken(Verb.CONFIRM, revision, chi).state == State.CONFIRMED


def test_after_the_districts_ended_a_commune_sends_to_the_province(reference, chi, make_person):
    oanh = make_person("oanh", "commune", "24043", day=datetime.date(2025, 12, 31))
    revision = entered(oanh, line(oanh_code(oanh), period="2025"), period="2025")[0]
    assert taken(Verb.SUBMIT, revision, oanh).state == State.SUBMITTED
    assert taken(Verb.CONFIRM, revision, chi).state == State.CONFIRMED


def oanh_code(oanh):
    return oanh.unit.version_on(datetime.date(2025, 12, 31)).code


def test_an_administrator_neither_examines_nor_confirms(bao, quang):
    revision = taken(Verb.SUBMIT, entered(bao)[0], bao)
    assert refused_reason(Verb.CONFIRM, revision, quang).startswith("vai trò Quản trị hệ thống")


def test_returned_edited_and_sent_again_a_commune_officers_result_goes_to_the_district_again(an, bao, chi):
    revision = taken(Verb.EXAMINE, taken(Verb.SUBMIT, entered(an)[0], an), bao)
    assert taken(Verb.RETURN, revision, chi, reason="Thiếu minh chứng.").state == State.RETURNED
    assert Review.objects.filter(verb=Verb.RETURN).get().reason == "Thiếu minh chứng."
    again = entered(an, line(but={4: "not_met"}))[0]
    assert (again.pk, again.state, again.verdict) == (revision.pk, State.RETURNED, "not_met")
    assert taken(Verb.SUBMIT, again, an).state == State.SUBMITTED


def test_a_return_and_a_reopening_need_a_reason(an, bao, chi):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    assert refused_reason(Verb.RETURN, revision, bao, reason="  ") == "cần ghi rõ lý do."
    taken(Verb.CONFIRM, taken(Verb.EXAMINE, revision, bao), chi)
    assert refused_reason(Verb.REOPEN, revision, chi) == "cần ghi rõ lý do."
    assert set(NEEDS_REASON) == {Verb.RETURN, Verb.REOPEN}


def test_only_the_sender_withdraws_and_only_before_a_decision(an, bao, chi, make_person):
    ut = make_person("ut", "commune", "23905")
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    assert refused_reason(Verb.WITHDRAW, revision, ut) == "chỉ người gửi được rút lại."
    taken(Verb.EXAMINE, revision, bao)
    assert "đã được thẩm tra" in refused_reason(Verb.WITHDRAW, revision, an)
    taken(Verb.RETURN, revision, chi, reason="Rà soát lại.")
    taken(Verb.SUBMIT, revision, an)
    assert taken(Verb.WITHDRAW, revision, an).state == State.DRAFT


def test_nobody_decides_on_what_they_entered_or_sent(an, bao, chi, chinh):
    mine = entered(chi, letter=LETTER)[0]
    taken(Verb.SUBMIT, mine, chi)
    assert "Đề nghị người khác xét" in refused_reason(Verb.CONFIRM, mine, chi)
    assert taken(Verb.CONFIRM, mine, chinh).state == State.CONFIRMED


def test_who_entered_part_of_it_does_not_decide_even_if_another_sent_it(an, bao):
    entered(bao)
    revision = entered(an, line(but={4: "not_met"}))[0]
    taken(Verb.SUBMIT, revision, an)
    assert "Đề nghị người khác xét" in refused_reason(Verb.EXAMINE, revision, bao)


def test_a_bulk_decision_with_one_own_row_names_it_and_writes_nothing(bao, chi, chinh):
    theirs = entered(bao, line("23905"), line("23902"))
    for revision in theirs:
        taken(Verb.SUBMIT, revision, bao)
    own = taken(Verb.SUBMIT, entered(chi, line("23908"), letter=LETTER)[0], chi)
    with pytest.raises(StepRefused) as caught:
        take(Verb.CONFIRM, [*(r.pk for r in theirs), own.pk], by=chi)
    assert [item.revision for item in caught.value.refused] == [own]
    assert "(Chư Prông" in caught.value.refused[0].name
    assert not Revision.objects.official().exists()
    assert not Review.objects.filter(verb=Verb.CONFIRM).exists()
    batch = take(Verb.CONFIRM, [*(r.pk for r in theirs), own.pk], by=chinh)
    assert Review.objects.filter(batch=batch).count() == 3


def test_only_a_decided_verdict_is_sent(an):
    undecided = entered(an, line(but={8: ""}))[0]
    assert "chưa đủ nội dung" in refused_reason(Verb.SUBMIT, undecided, an)
    decided = entered(an, line(but={8: "", 4: "not_met"}))[0]
    assert taken(Verb.SUBMIT, decided, an).state == State.SUBMITTED


def test_the_province_sends_on_behalf_by_a_letter_only(an, chi):
    revision = entered(an)[0]
    assert "công văn" in refused_reason(Verb.SUBMIT, revision, chi)
    sent = taken(Verb.SUBMIT, revision, chi, letter=LETTER)
    assert (sent.state, sent.letter_number) == (State.EXAMINED, LETTER.number)


def test_nothing_is_sent_in_a_closed_period(an):
    revision = entered(an)[0]
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
    assert refused_reason(Verb.SUBMIT, revision, an) == (
        "kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."
    )


def test_confirming_a_correction_replaces_what_was_official(bao, chi):
    first = taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    second = entered(bao, line(but={4: "not_met"}))[0]
    assert (second.number, second.state) == (2, State.DRAFT)
    first.refresh_from_db()
    assert first.state == State.CONFIRMED
    taken(Verb.SUBMIT, second, bao)
    taken(Verb.RETURN, second, chi, reason="Rà soát lại.")
    first.refresh_from_db()
    assert first.state == State.CONFIRMED
    taken(Verb.CONFIRM, taken(Verb.SUBMIT, second, bao), chi)
    first.refresh_from_db()
    assert (first.state, second.state) == (State.REPLACED, State.CONFIRMED)


def test_the_official_figure_moves_only_with_the_confirmation_and_the_history_is_a_story(an, bao, chi):
    def figure():
        out = io.StringIO()
        call_command("progress", as_of="2024-12-31", as_json=True, stdout=out)
        return json.loads(out.getvalue())["targets"][0]["met"]

    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    assert figure() == 0
    official = taken(Verb.CONFIRM, taken(Verb.EXAMINE, revision, bao), chi)
    assert figure() == 1
    taken(Verb.REOPEN, official, chi, reason="Số liệu cần sửa.")
    correction = entered(an, line(but={4: "not_met"}))[0]
    for verb, by, reason in (
        (Verb.SUBMIT, an, ""),
        (Verb.RETURN, bao, "Thiếu căn cứ."),
        (Verb.SUBMIT, an, ""),
        (Verb.EXAMINE, bao, ""),
        (Verb.RETURN, chi, "Rà soát lại."),
        (Verb.SUBMIT, an, ""),
        (Verb.EXAMINE, bao, ""),
    ):
        taken(verb, correction, by, reason=reason)
        assert figure() == 1, verb
    taken(Verb.CONFIRM, correction, chi)
    assert figure() == 0
    told = [(event.title, event.number) for event in story_of(correction.assessment, chi)]
    first = ["Nhập kết quả", "Gửi", "Thẩm tra xong", "Xác nhận", "Mở lại để điều chỉnh"]
    second = ["Nhập kết quả", "Gửi", "Trả lại", "Gửi", "Thẩm tra xong", "Trả lại", "Gửi", "Thẩm tra xong", "Xác nhận"]
    assert told == [(title, 1) for title in first] + [(title, 2) for title in second]


def test_reopening_opens_a_copy_and_the_official_result_stays(bao, chi):
    first = taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    taken(Verb.REOPEN, first, chi, reason="Số liệu cần sửa.")
    copy = Revision.objects.in_work().get()
    assert (first.state, copy.number, copy.state, copy.verdict) == (State.CONFIRMED, 2, State.DRAFT, "met")
    assert copy.results.count() == first.results.count()
    assert "chưa xong" in refused_reason(Verb.REOPEN, first, chi, reason="Lần nữa.")


def test_a_decision_on_what_has_changed_since_it_was_seen_is_refused(an, bao):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    seen = {revision.pk: stamp(revision)}
    taken(Verb.WITHDRAW, revision, an)
    entered(an, line(but={4: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    assert refused_reason(Verb.EXAMINE, revision, bao, seen=seen) == STALE
    assert taken(Verb.EXAMINE, revision, bao, seen={revision.pk: stamp(revision)}).state == State.EXAMINED


def test_another_districts_result_does_not_exist(an, bao, binh):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    for verb in Verb:
        with pytest.raises(Revision.DoesNotExist):
            take(verb, [revision.pk], by=binh, reason="x")


def test_each_review_names_the_content_decided_on(an, bao):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    sent = Review.objects.get(verb=Verb.SUBMIT).content_hash
    taken(Verb.RETURN, revision, bao, reason="Sửa nội dung 4.")
    revision = entered(an, line(but={4: "not_met"}))[0]
    taken(Verb.SUBMIT, revision, an)
    hashes = list(Review.objects.values_list("content_hash", flat=True))
    assert hashes[:2] == [sent, sent]
    assert hashes[2] != sent
    assert revision.state not in EDITABLE


def test_an_unchanged_copy_opened_for_correction_is_still_of_who_entered_it(bao, chi, chinh):
    taken(Verb.SUBMIT, entered(chinh, letter=LETTER)[0], chinh)
    first = Revision.objects.get()
    taken(Verb.CONFIRM, first, chi)
    taken(Verb.REOPEN, first, chi, reason="Rà soát lại")
    copy = Revision.objects.get(number=2)
    taken(Verb.SUBMIT, copy, bao)
    assert "đã nhập hoặc gửi" in refused_reason(Verb.CONFIRM, copy, chinh)
    assert taken(Verb.CONFIRM, copy, chi).state == State.CONFIRMED


def test_who_sent_it_once_does_not_decide_on_it_after_another_sent_it_again(bao, chi, chinh):
    revision = taken(Verb.SUBMIT, entered(bao)[0], chi, letter=LETTER)
    taken(Verb.RETURN, revision, chinh, reason="Bổ sung")
    taken(Verb.SUBMIT, revision, bao)
    assert "đã nhập hoặc gửi" in refused_reason(Verb.CONFIRM, revision, chi)
    assert taken(Verb.CONFIRM, revision, chinh).state == State.CONFIRMED


def test_a_correction_entered_by_another_is_no_longer_of_who_entered_it_before(bao, chi, chinh):
    taken(Verb.SUBMIT, entered(chinh, letter=LETTER)[0], chinh)
    taken(Verb.CONFIRM, Revision.objects.get(), chi)
    correction = taken(Verb.SUBMIT, entered(bao, line(but={4: "not_met"}))[0], bao)
    assert taken(Verb.CONFIRM, correction, chinh).state == State.CONFIRMED


def test_a_draft_of_a_superseded_checklist_is_looked_through_again_before_it_is_sent(an):
    revision = entered(an)[0]
    newer = Checklist.objects.create(
        indicator=revision.assessment.indicator,
        number="09/HD-BCA-V05",
        signed_on=datetime.date(2024, 6, 1),
        applies_from=datetime.date(2024, 6, 1),
    )
    Condition.objects.create(checklist=newer, number=1, wording="Nội dung mới", marker="draft")
    assert "hướng dẫn đánh giá của kỳ đã thay đổi" in refused_reason(Verb.SUBMIT, revision, an)
    entered(an, line())
    assert taken(Verb.SUBMIT, revision, an).state == State.SUBMITTED
