"""Guidance changes inside a period: the results are named and counted, then carried over, asked anew or marked."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from criteria.entering import carry_over
from criteria.guidance import Changed, GuidanceRefused, act_on, groups_for
from criteria.law_acts import new_checklist
from criteria.models import (
    Act,
    Checklist,
    Entry,
    GuidanceAct,
    Review,
    Revision,
    State,
    Verb,
)
from criteria.steps import StepRefused, refusals
from tests.cases import BASIC, address, entered, line, taken
from tests.test_boundaries_now import page, plain

PAGE = "/assessments/guidance/"
REASON = "Hướng dẫn mới từ 01/12/2024."


@pytest.fixture
def hd04(reference):
    return Checklist.objects.get(indicator__code=BASIC, number="04/HD-BCA-V05")


@pytest.fixture
def results(an, bao, chi, hd04):
    """Of one period: a draft, one returned, one submitted, one examined, one confirmed, all by HD 04."""
    codes = ["23888", "23905", "23908", "23911", "23914"]
    made = dict(
        zip(
            ("draft", "returned", "submitted", "examined", "confirmed"),
            entered(bao, *(line(code) for code in codes)),
            strict=True,
        )
    )
    for name in ("returned", "examined", "confirmed"):
        taken(Verb.SUBMIT, made[name], bao)
    taken(Verb.RETURN, made["returned"], chi, reason="Rà soát lại.")
    taken(Verb.CONFIRM, made["confirmed"], chi)
    Revision.objects.filter(pk=made["submitted"].pk).update(
        state=State.SUBMITTED, submitted_by=an, submitted_at=timezone.now()
    )
    return made


def newer(hd04, **changed):
    """A newer version that applies on the last day of 2024; `changed` changes its sixth item."""
    made = new_checklist(
        hd04,
        number="05/HD-BCA-V05",
        issuer="Bộ Công an",
        signed_on=datetime.date(2024, 11, 20),
        applies_from=datetime.date(2024, 12, 1),
    )
    if changed:
        made.conditions.filter(number=6).update(**changed)
    return made


def group_of(user):
    groups = groups_for(user)
    assert len(groups) == 1
    return groups[0]


def act(user, name, **given):
    group = group_of(user)
    return act_on(group.key, name, by=user, reason=given.pop("reason", REASON), seen=group.fingerprint)


def post(user, data):
    client = Client()
    client.force_login(user)
    return client.post(PAGE, data, follow=True)


def test_nothing_stands_there_while_the_guidance_holds(chi, results):
    assert "Không có kết quả nào theo hướng dẫn cũ" in page(chi, PAGE)


def test_the_results_are_counted_by_state_before_anything_is_done(chi, hd04, results):
    new = newer(hd04)
    text = plain(page(chi, PAGE))
    assert "5 kết quả theo 04/HD-BCA-V05 ; kỳ này áp dụng 05/HD-BCA-V05 (từ 01/12/2024)" in text
    for word in ("Đang nhập 1", "Trả lại để bổ sung 1", "Đã gửi, chờ thẩm tra 1", "Đã thẩm tra, chờ xác nhận 1"):
        assert word in text
    assert "Chuyển kết quả sang hướng dẫn mới (5)" in text
    assert "Yêu cầu đánh giá lại (3)" in text
    assert "Ghi “cần rà soát lại theo hướng dẫn mới” (3)" in text
    assert f"/criteria/{hd04.pk}/compare/{new.pk}/" in page(chi, PAGE)
    assert "kỳ này áp dụng 05/HD-BCA-V05" in plain(page(chi, address(results["draft"])))


def test_carrying_over_keeps_the_answers_and_gives_them_back(chi, bao, hd04, results):
    new = newer(hd04)
    before = {name: list(row.results.values_list("condition__number", "verdict")) for name, row in results.items()}
    group = group_of(chi)
    answer = post(chi, {"group": group.key, "seen": group.fingerprint, "act": "carry"})
    assert "Đã chuyển 5 kết quả sang 05/HD-BCA-V05" in answer.content.decode()
    now = {}
    for name, row in results.items():
        working = Revision.objects.in_work().get(assessment=row.assessment_id)
        assert working.checklist == new
        assert working.verdict == "met"
        assert list(working.results.values_list("condition__number", "verdict")) == before[name]
        assert set(working.results.values_list("condition__checklist", flat=True)) == {new.pk}
        now[name] = working.state
    returned = dict.fromkeys(("returned", "submitted", "examined"), State.RETURNED)
    assert now == {"draft": State.DRAFT, **returned, "confirmed": State.DRAFT}
    official = Revision.objects.get(pk=results["confirmed"].pk)
    assert (official.state, official.checklist) == (State.CONFIRMED, hd04)  # the official figure stays
    assert GuidanceAct.objects.filter(act=Act.CARRY).count() == 5
    assert GuidanceAct.objects.values("batch").distinct().count() == 1
    assert groups_for(chi) == []
    text = plain(page(bao, address(results["confirmed"])))
    assert "Chuyển sang hướng dẫn mới (lần 2)" in text


def test_what_was_carried_can_be_sent_and_confirmed_by_the_one_who_carried(chi, bao, hd04, results):
    newer(hd04)
    draft = results["draft"]
    assert (
        "hướng dẫn đánh giá của kỳ đã thay đổi"
        in refusals(Verb.SUBMIT, [Revision.objects.get(pk=draft.pk)], bao)[0].reason
    )
    act(chi, Act.CARRY)
    sent = taken(Verb.SUBMIT, draft, bao)
    assert taken(Verb.CONFIRM, sent, chi).state == State.CONFIRMED
    with pytest.raises(StepRefused, match="người đã nhập hoặc gửi"):  # four eyes hold for whoever entered
        taken(Verb.EXAMINE, reentered(bao, results["submitted"]), bao)


def reentered(bao, row):
    Revision.objects.filter(pk=row.pk).update(state=State.SUBMITTED)
    return Revision.objects.get(pk=row.pk)


@pytest.mark.parametrize("changed", [{"wording": "Lời khác"}, {"comparison": "below"}])
def test_other_words_or_another_rule_are_not_carried(chi, hd04, results, changed):
    newer(hd04, **changed)
    assert "Nội dung của hai bản khác nhau" in page(chi, PAGE)
    assert "Chuyển kết quả sang hướng dẫn mới (" not in page(chi, PAGE)
    with pytest.raises(GuidanceRefused, match="không chuyển được"):
        act(chi, Act.CARRY)
    assert not GuidanceAct.objects.exists()


def test_asking_anew_gives_back_what_was_sent_and_opens_what_is_official(chi, hd04, results):
    newer(hd04, wording="Lời khác")
    act(chi, Act.REASSESS)
    states = {name: Revision.objects.get(pk=row.pk).state for name, row in results.items()}
    given_back = dict.fromkeys(("returned", "submitted", "examined"), State.RETURNED)
    assert states == {"draft": State.DRAFT, **given_back, "confirmed": State.CONFIRMED}
    assert Revision.objects.get(number=2).state == State.DRAFT
    assert set(Review.objects.filter(reason=REASON).values_list("verb", flat=True)) == {Verb.RETURN, Verb.REOPEN}
    assert "Các đơn vị đang nhập lại theo hướng dẫn mới." in page(chi, PAGE)


def test_a_mark_stands_beside_the_result_until_it_is_judged_anew(chi, bao, hd04, results):
    newer(hd04, wording="Lời khác")
    act(chi, Act.MARK)
    confirmed = results["confirmed"]
    assert Revision.objects.get(pk=confirmed.pk).state == State.CONFIRMED
    label = "cần rà soát lại theo hướng dẫn mới"
    assert label in page(bao, address(confirmed))
    listed = page(bao, f"/assessments/?period=2024&indicator={BASIC}")
    assert listed.count(f'<span class="marker">{label}</span>') == 3
    assert "Ghi “cần rà soát lại" in plain(page(chi, address(confirmed)))  # the story tells it
    with pytest.raises(GuidanceRefused, match="không có kết quả nào"):
        act(chi, Act.MARK)
    entered(bao, line("23914", but={4: "not_met"}))
    assert label not in plain(page(bao, f"/assessments/?period=2024&indicator={BASIC}&state=correcting"))


def test_stale_counts_are_refused_and_nothing_is_done(chi, bao, hd04, results):
    newer(hd04)
    group = group_of(chi)
    taken(Verb.RETURN, results["examined"], chi, reason="Thiếu biên bản.")
    answer = post(chi, {"group": group.key, "seen": group.fingerprint, "act": "mark", "reason": REASON})
    assert "Các kết quả đã thay đổi sau khi mở trang này" in answer.content.decode()
    with pytest.raises(Changed):
        act_on("0-0", Act.MARK, by=chi, reason=REASON, seen=group.fingerprint)
    assert not GuidanceAct.objects.exists()


@pytest.mark.parametrize("name", ["reassess", "mark"])
def test_a_reason_is_asked_for(chi, hd04, results, name):
    newer(hd04)
    group = group_of(chi)
    answer = post(chi, {"group": group.key, "seen": group.fingerprint, "act": name})
    assert "Ghi rõ lý do" in answer.content.decode()
    assert not GuidanceAct.objects.exists()


def test_a_closed_period_refuses_whole(chi, hd04, results):
    newer(hd04)
    period = results["draft"].assessment.period
    type(period).objects.filter(pk=period.pk).update(closes_on="2025-01-31")
    for name in (Act.CARRY, Act.REASSESS):
        with pytest.raises((StepRefused, GuidanceRefused), match="đã khóa"):
            act(chi, name)
    assert not GuidanceAct.objects.exists()
    assert Revision.objects.get(pk=results["examined"].pk).state == State.EXAMINED  # nothing half done


@pytest.mark.parametrize("who", ["an", "bao", "lan", "quang"])
def test_only_the_province_does_it(request, chi, hd04, results, who):
    newer(hd04)
    group, user = group_of(chi), request.getfixturevalue(who)
    assert "theo hướng dẫn cũ do Công an tỉnh xử lý" in page(user, PAGE, 403)
    with pytest.raises(GuidanceRefused):
        act_on(group.key, Act.MARK, by=user, reason=REASON, seen=group.fingerprint)


def test_another_province_sees_none_of_it(make_person, hd04, results):
    newer(hd04)
    assert groups_for(make_person("dinh", "province", "52")) == []


def test_only_drafts_of_the_old_guidance_are_carried(chi, hd04, results):
    new = newer(hd04)
    with pytest.raises(ValueError, match="only drafts"):
        carry_over([results["confirmed"].pk], old=hd04, new=new, by=chi)
    assert not Entry.objects.filter(door="guidance").exists()


def test_the_database_refuses_an_act_without_reason(chi, hd04, results):
    given = {"revision": results["draft"], "checklist": hd04, "by": chi, "at": timezone.now()}
    given["batch"] = "00000000-0000-0000-0000-000000000000"
    for broken, name in (({"act": "mark", "reason": ""}, "has_a_reason"), ({"act": "x", "reason": "x"}, "known_one")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            GuidanceAct.objects.create(**given, **broken)


def test_the_page_costs_the_same_at_two_sizes(chi, bao, hd04, results):
    newer(hd04)
    few = cost(chi)
    extra = ["23917", "23920", "23923", "23926"]
    Checklist.objects.filter(number="05/HD-BCA-V05").update(applies_from="2025-01-01")
    entered(bao, *(line(code) for code in extra))
    Checklist.objects.filter(number="05/HD-BCA-V05").update(applies_from="2024-12-01")
    assert len(group_of(chi).rows) == 5 + len(extra)
    assert cost(chi) == few


def cost(user):
    client = Client()
    client.force_login(user)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(PAGE).status_code == 200
    return len(captured)
