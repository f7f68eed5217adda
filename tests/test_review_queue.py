"""What waits for the district and for the province, and deciding one, some or all of it."""

import datetime

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communes.models import UnitVersion
from criteria.entering import enter
from criteria.models import Condition, Door, ReportingPeriod, Review, Revision, State, Verb
from criteria.reasons import USUAL_REASONS
from criteria.steps import take
from tests.cases import ADVANCED, BASIC, DISTRICTS, LETTER, conditions, entered, line, taken
from tests.test_assessment_pages import client_of, text

DECIDE = "/reviews/decide/"


def sent(by, *lines, **given):
    return [taken(Verb.SUBMIT, revision, by) for revision in entered(by, *lines, **given)]


def names(answer) -> list[str]:
    return [row.name for row in answer.context["rows"]]


def marks(answer) -> list[str]:
    return [row.mark for row in answer.context["rows"]]


def test_the_district_examines_what_its_communes_sent(an, bao, binh, chi):
    revision = sent(an)[0]
    answer = client_of(bao).get("/reviews/")
    assert answer.context["title"] == "Chờ thẩm tra"
    assert names(answer) == ["Xã Ia Băng (Chư Prông)"]
    assert "Nguyễn Thị An – Công an xã Ia Băng" in text(answer)
    assert names(client_of(binh).get("/reviews/")) == []
    assert names(client_of(chi).get("/reviews/")) == []
    taken(Verb.EXAMINE, revision, bao)
    assert names(client_of(bao).get("/reviews/")) == []
    assert names(client_of(chi).get("/reviews/")) == ["Xã Ia Băng (Chư Prông, đến 30/6/2025)"]


def test_the_province_confirms_what_no_district_examines(bao, chi):
    sent(bao, line("632", indicator=DISTRICTS))
    answer = client_of(chi).get("/reviews/")
    assert answer.context["title"] == "Chờ xác nhận"
    assert names(answer) == ["Huyện Chư Prông"]
    assert names(client_of(bao).get("/reviews/")) == []


def test_an_empty_queue_says_so(chi):
    assert "Không có kết quả nào chờ xác nhận." in text(client_of(chi).get("/reviews/"))


def test_the_oldest_comes_first_with_its_age(bao, chi):
    first, second = sent(bao, line("23905"), line("23902"))
    Revision.objects.filter(pk=second.pk).update(submitted_at=timezone.now() - datetime.timedelta(days=6))
    answer = client_of(chi).get("/reviews/")
    assert [row.revision.pk for row in answer.context["rows"]] == [second.pk, first.pk]
    assert "6 ngày" in text(answer)
    assert "hôm nay" in text(answer)
    assert "0 ngày" not in text(answer)


def test_what_failed_and_what_stood_before(bao, chi):
    taken(Verb.CONFIRM, sent(bao, line(period="2023"), period="2023")[0], chi)
    sent(bao, line(but={4: "not_met", 7: "not_met"}))
    seen = text(client_of(chi).get("/reviews/"))
    assert "nội dung 4, 7" in seen
    assert "Đạt → Chưa đạt Năm 2023" in seen


def test_filters(bao, binh, chi):
    sent(bao, line(but={4: "not_met"}), line("23902"))
    sent(bao, line("632", indicator=DISTRICTS))
    sent(bao, line(period="2023", indicator=ADVANCED), period="2023")
    client = client_of(chi)

    def found(query):
        return sorted(names(client.get(f"/reviews/?{query}")))

    assert len(found("")) == 4
    assert found("verdict=not_met") == ["Xã Ia Băng (Chư Prông, đến 30/6/2025)"]
    assert found(f"indicator={DISTRICTS}") == ["Huyện Chư Prông"]
    assert found("period=2023") == ["Xã Ia Băng (Chư Prông, đến 30/6/2025)"]
    assert len(found(f"district={bao.unit_id}")) == 4
    assert found(f"district={binh.unit_id}") == []
    assert "Bộ lọc đang chọn không có kết quả nào." in text(client.get(f"/reviews/?district={binh.unit_id}"))
    assert len(found("period=x&verdict=y&district=z")) == 4


def test_some_are_confirmed_after_they_were_named(bao, chi):
    first, second = sent(bao, line("23905"), line("23902"))
    client = client_of(chi)
    picked = [mark for mark in marks(client.get("/reviews/")) if mark.startswith(f"{first.pk}@")]
    asked = client.post(DECIDE, {"decision": "approve", "pick": picked})
    assert "Xác nhận 1 xã?" in text(asked)
    assert not Revision.objects.official().exists()
    answer = client.post(DECIDE, {"decision": "approve", "pick": picked, "confirmed": "1"}, follow=True)
    assert "Đã xác nhận 1 xã" in text(answer)
    assert list(Revision.objects.official()) == [first]
    assert Revision.objects.get(pk=second.pk).state == State.EXAMINED


def test_all_filtered_are_confirmed_with_the_exact_number(bao, chi):
    sent(bao, line("23905", but={4: "not_met"}), line("23902"), line("23908"))
    client = client_of(chi)
    asked = client.post(f"{DECIDE}?verdict=met", {"decision": "approve-all"})
    assert "Xác nhận 2 xã?" in text(asked)
    data = {"decision": "approve-all", "confirmed": "1", "fingerprint": asked.context["fingerprint"]}
    client.post(f"{DECIDE}?verdict=met", data)
    assert Revision.objects.official().count() == 2
    assert len(set(Review.objects.filter(verb=Verb.CONFIRM).values_list("batch", flat=True))) == 1


def test_all_is_refused_when_it_is_no_longer_what_was_counted(bao, chi):
    sent(bao, line("23905"))
    client = client_of(chi)
    asked = client.post(DECIDE, {"decision": "approve-all"})
    sent(bao, line("23902"))
    data = {"decision": "approve-all", "confirmed": "1", "fingerprint": asked.context["fingerprint"]}
    answer = client.post(DECIDE, data)
    assert "Danh sách đã thay đổi" in text(answer)
    assert "Xác nhận 2 xã?" in text(answer)
    assert not Revision.objects.official().exists()
    data["fingerprint"] = answer.context["fingerprint"]
    client.post(DECIDE, data)
    assert Revision.objects.official().count() == 2
    again = text(client.post(DECIDE, data))  # pressed twice, or decided by another meanwhile
    assert "Danh sách đã thay đổi" in again
    assert "Không còn kết quả nào để xét" in again
    assert "Chọn ít nhất một dòng" not in again


def test_ones_own_row_is_named_and_nothing_is_written(bao, chi):
    sent(bao, line("23902"))
    taken(Verb.SUBMIT, entered(chi, letter=LETTER)[0], chi)
    client = client_of(chi)
    asked = client.post(DECIDE, {"decision": "approve-all"})
    assert "Xã Ia Băng (Chư Prông, đến 30/6/2025): người đã nhập hoặc gửi" in text(asked)
    data = {"decision": "approve-all", "confirmed": "1", "fingerprint": asked.context["fingerprint"]}
    answer = client.post(DECIDE, data)
    assert "không kết quả nào thay đổi" in text(answer)
    assert not Revision.objects.official().exists()


def test_the_district_is_asked_before_it_examines(an, bao):
    (revision,) = sent(an)
    client = client_of(bao)
    asked = client.post(DECIDE, {"decision": "approve", "pick": marks(client.get("/reviews/"))})
    assert "Thẩm tra 1 xã và gửi Công an tỉnh?" in text(asked)
    client.post(DECIDE, {"decision": "approve", "pick": marks(client.get("/reviews/")), "confirmed": "1"})
    assert "Thẩm tra xong" in text(client.get(revision.assessment.get_absolute_url()))


def test_a_return_takes_a_usual_reason_or_a_typed_one(an, bao):
    revision = sent(an)[0]
    client = client_of(bao)
    picked = marks(client.get("/reviews/"))
    answer = client.post(DECIDE, {"decision": "return", "pick": picked, "confirmed": "1"})
    assert "Ghi rõ lý do" in text(answer)
    data = {"decision": "return", "pick": picked, "confirmed": "1", "usual": USUAL_REASONS[0]}
    answer = client.post(DECIDE, data, follow=True)
    assert "Đã trả lại 1 xã" in text(answer)
    assert Review.objects.get(verb=Verb.RETURN).reason == USUAL_REASONS[0]
    assert Revision.objects.get(pk=revision.pk).state == State.RETURNED


def test_what_changed_after_it_was_seen_is_not_decided(an, bao):
    revision = sent(an)[0]
    client = client_of(bao)
    picked = marks(client.get("/reviews/"))
    taken(Verb.WITHDRAW, revision, an)
    entered(an, line(but={4: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    answer = client.post(DECIDE, {"decision": "approve", "pick": picked, "confirmed": "1"})
    assert "đã thay đổi sau khi mở trang này" in text(answer)
    assert Revision.objects.get(pk=revision.pk).state == State.SUBMITTED


def test_what_another_decided_first_is_named(bao, chi, chinh):
    revision = sent(bao)[0]
    client = client_of(chi)
    picked = marks(client.get("/reviews/"))
    taken(Verb.CONFIRM, revision, chinh)
    answer = client.post(DECIDE, {"decision": "approve", "pick": picked, "confirmed": "1"})
    assert "kết quả đang ở trạng thái “Đã xác nhận”" in text(answer)
    assert Review.objects.filter(verb=Verb.CONFIRM).count() == 1


def test_nothing_picked_says_so(bao):
    answer = client_of(bao).post(DECIDE, {"decision": "approve"})
    assert "Chưa chọn kết quả nào" in text(answer)


def test_foreign_or_nonsense_picks_are_not_found(an, binh):
    sent(an)
    pick = f"{Revision.objects.get().pk}@2024-01-01T00:00:00+00:00"
    assert client_of(binh).post(DECIDE, {"decision": "approve", "pick": pick}).status_code == 404
    assert client_of(binh).post(DECIDE, {"decision": "approve", "pick": "1;2"}).status_code == 404
    assert client_of(binh).post(DECIDE, {"decision": "delete"}).status_code == 404
    assert client_of(binh).get(DECIDE).url == "/reviews/?"


def test_the_queue_costs_the_same_at_20_and_at_500(bao, chi, chinh, monkeypatch):
    monkeypatch.setattr("criteria.views.reviews.PAGE", 500)
    living = UnitVersion.objects.as_of(datetime.date(2024, 12, 31)).filter(province=chi.unit, kind="xa")
    codes = list(living.order_by("code").values_list("code", flat=True))
    enter_many(chi, codes[:20], "2024")
    few = queries_of(chinh, "/reviews/")
    enter_many(chi, codes[20:], "2024")
    for period in ("2023", "2024-Q4"):
        enter_many(chi, codes, period)
    assert Revision.objects.waiting_for(chinh).count() >= 500
    assert queries_of(chinh, "/reviews/") == few


def enter_many(by, codes, period):
    """Enter and send for many communes at once: the line of one, for the others."""
    pattern = line(codes[0], period=period)
    at = ReportingPeriod.objects.get(key=period).ends_on
    units = UnitVersion.objects.as_of(at).filter(code__in=codes).values_list("unit", flat=True)
    lines = [type(pattern)(unit, pattern.indicator, pattern.verdicts) for unit in units]
    enter(lines, by=by, period=ReportingPeriod.objects.get(key=period), door=Door.FORM, letter=LETTER)
    drafts = Revision.objects.filter(state=State.DRAFT, assessment__indicator__code=BASIC)
    take(Verb.SUBMIT, drafts.values_list("pk", flat=True), by=by)


def queries_of(person, url):
    client = client_of(person)
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


# --- one action together ---------------------------------------------------------------------------------


def test_the_decisions_of_one_action_are_looked_at_together(bao, binh, chi, lan):
    sent(bao, line("23905"), line("23902"))
    client = client_of(chi)
    asked = client.post(DECIDE, {"decision": "return-all"})
    data = {"decision": "return-all", "confirmed": "1", "fingerprint": asked.context["fingerprint"]}
    told = client.post(DECIDE, data | {"reason": "Nội dung 4 chưa đủ căn cứ."}, follow=True)
    review = Review.objects.filter(verb=Verb.RETURN).first()
    url = f"/reviews/batches/{review.batch}/"
    assert url in told.content.decode()
    seen = text(client.get(url))
    assert "Trả lại: 2 kết quả" in seen
    assert "Lê Thị Chi – Công an tỉnh" in seen
    assert "Nội dung 4 chưa đủ căn cứ." in seen
    assert "Xã Ia Phìn" in seen
    page = client_of(bao).get(review.revision.assessment.get_absolute_url())
    assert url in page.content.decode()
    assert "Cùng đợt: 2 kết quả" in text(page)
    assert client_of(binh).get(url).status_code == 404
    assert "chưa đủ căn cứ" not in text(client_of(lan).get(url))


def test_of_a_foreign_action_only_the_own_units_are_shown(an, bao, chi):
    sent(bao, line("23905"), line("23902"))
    take(Verb.CONFIRM, Revision.objects.values_list("pk", flat=True), by=chi)
    url = f"/reviews/batches/{Review.objects.filter(verb=Verb.CONFIRM).first().batch}/"
    seen = text(client_of(an).get(url))
    assert "Xác nhận: 1 kết quả" in seen
    assert "Xã Ia Phìn" not in seen


def test_a_batch_costs_the_same_at_two_sizes(bao, chi):
    codes = ("23902", "23905", "23908", "23911", "23914")
    revisions = sent(bao, *(line(code) for code in codes))
    small = take(Verb.CONFIRM, [revisions[0].pk], by=chi)
    large = take(Verb.CONFIRM, [revision.pk for revision in revisions[1:]], by=chi)
    assert queries_of(bao, f"/reviews/batches/{small}/") == queries_of(bao, f"/reviews/batches/{large}/")


# --- what to look at first -------------------------------------------------------------------------------


def test_the_queue_is_narrowed_to_what_needs_a_look(bao, chi):
    taken(Verb.CONFIRM, sent(bao, line(period="2023"), period="2023")[0], chi)
    (flip,) = sent(bao, line(but={4: "not_met"}))
    resent, plain = sent(bao, line("23902"), line("23908"))
    taken(Verb.RETURN, resent, chi, reason="Rà soát lại.")
    entered(bao, line("23902", but={7: "not_met"}))
    taken(Verb.SUBMIT, resent, bao)
    taken(Verb.CONFIRM, plain, chi)
    entered(bao, line("23908", but={4: "not_met"}))
    (correction,) = Revision.objects.filter(number=2)
    taken(Verb.SUBMIT, correction, bao)
    due = ReportingPeriod.objects.get(key="2024").due_on
    in_time = timezone.make_aware(datetime.datetime.combine(due, datetime.time(23, 30)))
    Revision.objects.exclude(pk=flip.pk).filter(state=State.EXAMINED).update(submitted_at=in_time)
    client = client_of(chi)

    def found(only):
        return {row.revision.pk for row in client.get(f"/reviews/?only={only}").context["rows"]}

    assert found("flips") == {flip.pk, correction.pk}
    assert found("resent") == {resent.pk}
    assert found("corrections") == {correction.pk}
    assert found("late") == {flip.pk}
    assert found("no_evidence") == set()
    Condition.objects.filter(pk=conditions()[1].pk).update(asks_for_evidence=True)
    assert found("no_evidence") == found("") == {flip.pk, resent.pk, correction.pk}


def test_what_changed_since_the_last_decision_is_told(an, bao):
    (revision,) = sent(an, line(but={4: "not_met"}))
    client = client_of(bao)
    assert "Từ lần xét" not in text(client.get("/reviews/"))
    taken(Verb.RETURN, revision, bao, reason="Rà soát lại.")
    taken(Verb.SUBMIT, revision, an)
    assert "không đổi nội dung nào" in text(client.get("/reviews/"))
    taken(Verb.WITHDRAW, revision, an)
    entered(an, line(but={7: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    assert "nội dung 4: Chưa đạt → Đạt; nội dung 7: Đạt → Chưa đạt" in text(client.get("/reviews/"))


def test_a_sensitive_condition_that_moved_is_not_named_in_the_queue(an, bao, chi):
    taken(Verb.CONFIRM, sent(bao, line(period="2024-Q3"), period="2024-Q3")[0], chi)
    Condition.objects.filter(number=4).update(is_sensitive=True)
    (revision,) = sent(an, line(but={4: "not_met", 5: "not_met"}))
    client = client_of(bao)
    before = "Quý III/2024: nội dung 5: Đạt → Chưa đạt; nội dung khác: xem trang đánh giá"
    assert before in text(client.get("/reviews/"))
    taken(Verb.RETURN, revision, bao, reason="Rà soát lại.")
    entered(an, line(but={7: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    seen = text(client.get("/reviews/"))
    assert "nội dung 5: Chưa đạt → Đạt; nội dung 7: Đạt → Chưa đạt; nội dung khác: xem trang đánh giá" in seen
    assert "ội dung 4" not in seen


def test_what_changed_since_the_period_before_is_a_filter_of_its_own(bao, chi):
    codes = ("23902", "23905", "23908", "23911")
    for revision in sent(bao, *(line(code, but={4: "not_met"}, period="2024-Q3") for code in codes), period="2024-Q3"):
        taken(Verb.CONFIRM, revision, chi)
    same, other, undone, _ = sent(
        bao,
        line("23902", but={4: "not_met"}),
        line("23905", but={5: "not_met"}),
        line("23908", but={4: "not_met", 5: "not_met"}),
        line("23914"),  # nothing before
    )
    client = client_of(chi)
    page = client.get("/reviews/?only=changed")
    assert {row.revision.pk for row in page.context["rows"]} == {other.pk, undone.pk}
    assert same.pk not in {row.revision.pk for row in page.context["rows"]}
    assert "nội dung 4: Chưa đạt → Đạt; nội dung 5: Đạt → Chưa đạt" in text(page)
    assert client.get("/reviews/?only=flips").context["page"].paginator.count == 0


def test_the_page_tells_each_what_is_new_since_he_did_something(an, bao, chi, chinh, lan):
    (revision,) = sent(an, line(but={4: "not_met"}))
    url = revision.assessment.get_absolute_url()
    assert "từ lần xử lý gần nhất" not in text(client_of(bao).get(url))  # nothing was decided yet
    taken(Verb.RETURN, revision, bao, reason="Rà soát lại.")
    entered(an, line(but={7: "not_met"}))
    taken(Verb.SUBMIT, revision, an)
    moved = "): nội dung 4: Chưa đạt → Đạt; nội dung 7: Đạt → Chưa đạt."
    assert f"Thay đổi từ lần xử lý gần nhất ({timezone.localdate():%d/%m/%Y}" in text(client_of(bao).get(url))
    assert moved in text(client_of(bao).get(url))
    assert moved in text(client_of(chi).get(url))  # since the last decision of others
    assert "từ lần xử lý gần nhất" not in text(client_of(an).get(url))
    assert "từ lần xử lý gần nhất" not in text(client_of(lan).get(url))
    taken(Verb.CONFIRM, taken(Verb.EXAMINE, revision, bao), chi)
    page = client_of(an).get(url)
    assert "): không đổi kết quả nội dung nào." in text(page)
    assert page.content.decode().count('<span class="marker">mới</span>') == 2  # examined, confirmed
