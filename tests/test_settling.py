"""Kết quả sau sắp xếp: the province settles what today's units have only from the units before them."""

import datetime
import re
from typing import Any

import pytest
from django.test import Client

from communes.models import Unit, User
from criteria.models import Condition, ConditionResult, Door, Entry, Revision, State, Verdict
from reports import scopes
from reports.models import Plan
from reports.progress import Tally, progress
from tests.cases import entered, line, revision_of
from tests.results import set_down, unit_on
from tests.test_boundaries_now import BASIC, BEFORE, NOW, page, plain

pytestmark = pytest.mark.usefixtures("reference")

ADDRESS, ENTER = "/progress/settling/", "/progress/settling/enter/"
TODAY = datetime.date(2026, 3, 1)
LETTER = {"letter_number": "15/QĐ-UBND", "letter_on": "20/02/2026"}
KBANG, PARTS = "23638", ("23656", "23660")
MET, NOT_MET, NOT_APPLICABLE = Verdict.MET, Verdict.NOT_MET, Verdict.NOT_APPLICABLE


@pytest.fixture(autouse=True)
def _a_day_after_the_mergers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scopes, "today", lambda: TODAY)


def judged(unit: Unit, period: str = "2024", **but: str) -> Revision:
    """Set down an official result with its items: all met, but `n4="not_met"`, or "" for one not judged."""
    verdict = NOT_MET if NOT_MET in but.values() else MET
    (revision,) = set_down([unit], BASIC, period, verdict)
    for condition in revision.checklist.conditions.all():
        said = but.get(f"n{condition.number}", MET.value)
        if said:
            reason = "không có đối tượng" if said == NOT_APPLICABLE else ""
            ConditionResult.objects.create(revision=revision, condition=condition, verdict=said, reason=reason)
    return revision


@pytest.fixture
def kbang(reference: None) -> list[Revision]:
    """Both xã that went into Kbang are met for 2024."""
    return [judged(unit_on(BEFORE, code)) for code in PARTS]


def tally() -> Tally:
    return progress(scopes.territory(Plan.objects.current()), datetime.date(2025, 12, 31), "now")[0].tally


def post(user: User, address: str, **data: Any) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(address, data, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def hidden(html: str, name: str) -> list[str]:
    return re.findall(rf'type="hidden" name="{name}" value="([^"]*)"', html)


def settle_all(user: User, **data: Any) -> str:
    """Go the way of the pages: the list, the page that names and counts, the button."""
    asked = post(user, f"{ENTER}?indicator={BASIC}", decision="all")
    (fingerprint,) = hidden(asked, "fingerprint")
    given = {"decision": "all", "fingerprint": fingerprint, "confirmed": "1", **LETTER, **data}
    return post(user, f"{ENTER}?indicator={BASIC}", **given)


def result_of(code: str = KBANG, period: str = "2025") -> Revision:
    return Revision.objects.get(assessment__unit=unit_on(NOW, code), assessment__period__key=period)


# --- the list --------------------------------------------------------------------------------------------


def test_the_list_names_units_proposals_and_parts(chi: User, kbang: list[Revision]) -> None:
    html = page(chi, ADDRESS)
    words = plain(html)
    assert "Kết quả sau sắp xếp: 1 xã chờ xác nhận" in words
    assert "Xã Kbang Đạt Đạt Xã Lơ Ku (KBang) · Năm 2024" in words
    assert "Không tính: Thị trấn KBang (KBang)" in words
    assert '<option value="2025" selected>' in html
    assert all(revision.assessment.get_absolute_url() in html for revision in kbang)


def test_the_pages_of_figures_lead_to_it_those_who_may(chi: User, lan: User, kbang: list[Revision]) -> None:
    address = f"/?as_of={NOW}&boundaries=now"
    assert f"{ADDRESS}?indicator={BASIC}" in page(chi, address)
    assert ADDRESS not in page(lan, address)
    page(lan, ADDRESS, status=403)


def test_nothing_to_settle_before_a_period_has_ended_after_the_change(
    chi: User, kbang: list[Revision], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scopes, "today", lambda: datetime.date(2025, 7, 15))
    assert "Chưa có kỳ báo cáo nào kết thúc sau khi đơn vị hành chính" in plain(page(chi, ADDRESS))
    monkeypatch.setattr(scopes, "today", lambda: datetime.date(2025, 10, 15))
    assert '<option value="2025-Q3" selected>' in page(chi, ADDRESS)


# --- settling --------------------------------------------------------------------------------------------


def test_all_are_named_counted_entered_and_sent(chi: User, kbang: list[Revision]) -> None:
    before = tally()
    asked = post(chi, f"{ENTER}?indicator={BASIC}", decision="all")
    assert "Lập kết quả năm 2025 cho 1 xã?" in plain(asked)
    assert "Xã Kbang · 19.2 xã nông thôn mới: Đạt" in plain(asked)
    assert not Revision.objects.in_work().exists()
    done = plain(settle_all(chi))
    assert "Đã lập và gửi 1 xã, chờ một cán bộ khác của Công an tỉnh xác nhận." in done
    assert "1 kết quả đã lập và gửi, đợi một cán bộ khác xét" in done
    revision = result_of()
    assert (revision.state, revision.verdict, revision.submitted_by) == (State.SUBMITTED, MET, chi)
    assert (revision.letter_number, revision.letter_on) == ("15/QĐ-UBND", datetime.date(2026, 2, 20))
    assert revision.results.count() == revision.checklist.conditions.count()
    assert Entry.objects.get(revision=revision).door == Door.SETTLING
    assert "Kết quả sau sắp xếp" in page(chi, revision.assessment.get_absolute_url())
    assert tally() == before + Tally(newer=1)


def test_the_maker_does_not_confirm_and_a_second_officer_does(chi: User, chinh: User, kbang: list[Revision]) -> None:
    settle_all(chi)
    before = tally()
    assert "Chưa thực hiện được" in plain(post(chi, "/reviews/decide/", decision="approve-all"))
    revision = result_of()
    address = revision.assessment.get_absolute_url()
    client = Client()
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(f"{address}confirm/").status_code == 403
    assert tally() == before
    post(chinh, f"{address}confirm/")
    assert result_of().state == State.CONFIRMED
    assert (before.met, before.derived) == (1, 1)
    assert (tally().met, tally().derived) == (1, 0)
    assert "Kết quả sau sắp xếp: 0" in plain(page(chi, ADDRESS))


def test_one_by_one(chi: User, kbang: list[Revision]) -> None:
    judged(unit_on(BEFORE, "23680"))
    judged(unit_on(BEFORE, "23683"), n4=NOT_MET.value)
    html = page(chi, ADDRESS)
    picks = dict(re.findall(r'name="pick" value="([^"]+)" aria-label="Chọn (Xã [^,]+)', html))
    (mark,) = [mark for mark, name in picks.items() if name == "Xã Đak Sơmei"]
    asked = post(chi, ENTER, decision="picked", pick=[mark])
    assert "cho 1 xã?" in plain(asked)
    assert "Đề xuất: đạt 0, chưa đạt 1" in plain(asked)
    (fingerprint,) = hidden(asked, "fingerprint")
    post(chi, ENTER, decision="picked", pick=[mark], fingerprint=fingerprint, confirmed="1", **LETTER)
    revision = result_of("23683")
    assert revision.verdict == NOT_MET
    failed = revision.results.filter(verdict=NOT_MET).values_list("condition__number", flat=True)
    assert list(failed) == [4]
    assert not Revision.objects.filter(assessment__unit=unit_on(NOW, KBANG)).exists()


def test_the_letter_is_required(chi: User, kbang: list[Revision]) -> None:
    html = settle_all(chi, letter_number="", letter_on="")
    assert html.count("errorlist") >= 2
    assert not Revision.objects.in_work().exists()


def test_what_changed_meanwhile_is_shown_again_and_nothing_is_written(chi: User, kbang: list[Revision]) -> None:
    asked = post(chi, f"{ENTER}?indicator={BASIC}", decision="all")
    (fingerprint,) = hidden(asked, "fingerprint")
    judged(unit_on(BEFORE, "23680"))
    judged(unit_on(BEFORE, "23683"))
    given = {"decision": "all", "fingerprint": fingerprint, "confirmed": "1", **LETTER}
    html = post(chi, f"{ENTER}?indicator={BASIC}", **given)
    assert "Danh sách đã thay đổi sau khi mở trang, chưa lập kết quả nào. Nay có 2 xã." in plain(html)
    assert not Revision.objects.in_work().exists()
    mark = "1-1@" + "0" * 20
    assert "Danh sách đã thay đổi" in plain(post(chi, ENTER, decision="picked", pick=[mark]))


def test_a_closed_period_is_refused_with_its_reason(chi: User, kbang: list[Revision]) -> None:
    period = revision_period("2025")
    period.closes_on = datetime.date(2026, 1, 31)
    period.save()
    assert "đã khóa ngày 31/01/2026" in plain(settle_all(chi))
    assert not Revision.objects.in_work().exists()


def revision_period(key: str) -> Any:
    return type(Revision.objects.first().assessment.period).objects.get(key=key)


# --- what cannot be carried over -------------------------------------------------------------------------


@pytest.mark.parametrize("wording", ["same", "other"])
def test_another_checklist_is_carried_over_only_in_the_same_words(
    chi: User, kbang: list[Revision], wording: str
) -> None:
    """The first checklist applied before 2024."""
    old = judged(unit_on(BEFORE, "23680"), "2023")
    judged(unit_on(BEFORE, "23683"))
    new = Condition.objects.filter(checklist=kbang[0].checklist_id)
    if wording == "same":
        ConditionResult.objects.filter(revision=old).delete()
        Condition.objects.filter(checklist=old.checklist_id).delete()
        for condition in new:
            twin = Condition.objects.create(
                checklist=old.checklist,
                number=condition.number,
                wording=condition.wording,
                marker=condition.marker,
                **{name: getattr(condition, name) for name in ("kind", "limit", "threshold", "comparison", "noun")},
            )
            ConditionResult.objects.create(revision=old, condition=twin, verdict=MET)
    else:
        Condition.objects.filter(checklist=old.checklist_id, number=2).update(wording="Nội dung khác.")
    words = plain(page(chi, ADDRESS))
    by_hand = words.split("Cần nhập từng nội dung")[1:]
    assert bool(by_hand) == (wording == "other")
    if by_hand:
        assert f"Xã Hà Đông: đánh giá theo hướng dẫn khác ({old.checklist.number})" in by_hand[0]
        assert f"/assessments/2025/{BASIC}/{unit_on(NOW, '23683').pk}/edit/" in page(chi, ADDRESS)


def test_a_bare_result_is_entered_by_hand(chi: User) -> None:
    judged(unit_on(BEFORE, PARTS[0]))
    set_down([unit_on(BEFORE, PARTS[1])], BASIC, "2024")
    assert "Xã Đak SMar: kết quả không có nội dung" in plain(page(chi, ADDRESS))
    assert "Chưa chọn kết quả nào" in plain(post(chi, ENTER, decision="all"))


def test_a_part_without_a_result_is_judged_anew(chi: User) -> None:
    judged(unit_on(BEFORE, PARTS[0]), n3=NOT_MET.value)
    assert "Xã Đak SMar: chưa có kết quả" in plain(page(chi, ADDRESS))


def test_the_lowest_of_the_parts_condition_by_condition(chi: User) -> None:
    judged(unit_on(BEFORE, PARTS[0]), n1=NOT_MET.value, n2="", n5=NOT_APPLICABLE.value, n6=NOT_APPLICABLE.value)
    judged(unit_on(BEFORE, PARTS[1]), n3=NOT_MET.value, n6=NOT_APPLICABLE.value)
    settle_all(chi)
    said = {one.condition.number: (one.verdict, one.reason) for one in result_of().results.all()}
    assert said[1] == said[3] == (NOT_MET, "")
    assert 2 not in said
    assert said[5] == (MET, "")
    assert said[6] == (NOT_APPLICABLE, "không có đối tượng")


def test_a_unit_that_is_entering_itself_is_not_overwritten(chi: User, make_person: Any, kbang: list[Revision]) -> None:
    officer = make_person("moi", "commune", KBANG, day=datetime.date(2025, 12, 31))
    said = line(KBANG, but={4: NOT_MET.value}, period="2025")
    entered(officer, said, period="2025")
    words = plain(page(chi, ADDRESS))
    assert "Đơn vị đang nhập kết quả" in words
    assert "Chưa chọn kết quả nào" in plain(post(chi, ENTER, decision="all"))
    assert revision_of(said, "2025").state == State.DRAFT
