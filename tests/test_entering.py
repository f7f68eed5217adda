"""What comes in through the one writer: new, changed, the same, refused; nothing half."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from communes.models import UnitVersion
from criteria.entering import EntryRefused, Line, compare, enter
from criteria.models import (
    Assessment,
    Checklist,
    Door,
    Entry,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verb,
)
from criteria.standings import standing_of
from tests.cases import BASIC, DISTRICTS, LETTER, conditions, entered, line, revision_of, taken
from tests.conftest import unit_of


def looked_at(by, *lines, period="2024", **given):
    return compare(lines, by=by, period=ReportingPeriod.objects.get(key=period), **given)


def refused(by, *lines, period="2024", **given):
    with pytest.raises(EntryRefused) as caught:
        entered(by, *lines, period=period, **given)
    return caught.value.compared[0].refusal


def test_new_then_the_same_then_changed(an):
    assert [(c.status, c.verdict, c.refusal) for c in looked_at(an, line())] == [("new", "met", "")]
    assert not Assessment.objects.exists()
    revision = entered(an)[0]
    assert (revision.state, revision.verdict, revision.results.count()) == (State.DRAFT, "met", 8)
    assert looked_at(an, line())[0].status == "same"
    entered(an)
    assert Entry.objects.count() == 1
    changed = line(but={4: "not_met"})
    assert [(c.status, c.verdict) for c in looked_at(an, changed)] == [("changed", "not_met")]
    entered(an, changed)
    assert Entry.objects.latest("pk").changes == {"4": ["met", "not_met"]}


def test_an_entry_says_who_when_through_which_door(an):
    revision = entered(an, door=Door.COMMAND)[0]
    entry = Entry.objects.get()
    assert (entry.revision, entry.by, entry.door, entry.upload) == (revision, an, "command", None)
    assert set(entry.changes) == {str(n) for n in range(1, 9)}


def test_a_blank_over_a_stored_value_is_a_change(an):
    entered(an)
    blank = line(but={8: ""})
    assert [(c.status, c.verdict) for c in looked_at(an, blank)] == [("changed", "")]
    assert entered(an, blank)[0].results.count() == 7


def test_a_wholly_blank_line_for_nothing_writes_nothing(an):
    item = Line(an.unit_id, Indicator.objects.get(code=BASIC), {})
    assert looked_at(an, item)[0].status == "same"
    enter([item], by=an, period=ReportingPeriod.objects.get(key="2024"), door=Door.FORM)
    assert not Assessment.objects.exists()


def test_over_a_confirmed_result_a_second_revision_opens_and_the_first_stays_official(bao, chi):
    first = taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)
    second = entered(bao, line(but={4: "not_met"}))[0]
    assert (second.number, second.state, second.verdict) == (2, State.DRAFT, "not_met")
    first.refresh_from_db()
    assert (first.state, first.verdict) == (State.CONFIRMED, "met")
    assert Entry.objects.latest("pk").changes == {"4": ["met", "not_met"]}


@pytest.mark.parametrize(("examined", "words"), [(False, "Rút lại"), (True, "Công an tỉnh trả lại")])
def test_what_was_sent_is_refused_and_the_way_out_is_named(an, bao, examined, words):
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    if examined:
        taken(Verb.EXAMINE, revision, bao)
    assert words in refused(an, line(but={4: "not_met"}))
    assert looked_at(an, line())[0].refusal == ""  # what would change nothing is no fault


def test_on_behalf_a_letter_is_needed_and_kept(chi, an):
    assert refused(chi, line()) == "nhập thay đơn vị cần số và ngày của công văn đề nghị."
    revision = entered(chi, letter=LETTER)[0]
    assert (revision.letter_number, revision.letter_on) == (LETTER.number, LETTER.on)
    assert entered(an, line(but={4: "not_met"}))[0].letter_number == LETTER.number


def test_a_leader_never_enters(lan):
    assert refused(lan, line()) == "lãnh đạo chỉ xem số liệu, không nhập."


def test_another_districts_unit_is_refused(binh, an):
    words = "đơn vị không thuộc phạm vi được nhập trong kỳ này."
    assert refused(binh, line()) == words
    assert refused(an, line("632", indicator=DISTRICTS)) == words


def test_a_kind_that_the_indicator_does_not_judge_is_refused(chi):
    phuong = UnitVersion.objects.as_of(datetime.date(2024, 12, 31)).filter(kind="phuong", parent__isnull=False)
    named = phuong.filter(province=chi.unit).first()
    words = f"{named.title} không thuộc đối tượng đánh giá của chỉ tiêu 19.2."
    assert refused(chi, line(named.code), letter=LETTER) == words


def test_a_unit_that_ended_before_the_periods_last_day_is_refused(chi):
    eve = datetime.date(2024, 10, 31)
    ended = UnitVersion.objects.filter(kind="xa", ends_on=eve).exclude(unit__versions__starts_on__gt=eve).first()
    item = line(ended.code, period="2024-Q3")
    assert refused(chi, item, letter=LETTER, period="2024") == ("đơn vị không thuộc phạm vi được nhập trong kỳ này.")
    assert entered(chi, item, letter=LETTER, period="2024-Q3")


def test_a_closed_period_is_refused_with_its_date(an):
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
    assert refused(an, line()) == "kỳ năm 2024 đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."


def test_a_district_officer_has_no_unit_in_later_periods(bao):
    code = unit_of("23908", datetime.date(2025, 12, 31)).version_on(datetime.date(2025, 12, 31)).code
    assert "phạm vi" in refused(bao, line(code, period="2025"), period="2025")


def test_a_provincial_officer_follows_the_merger(chi):
    binh_dinh = UnitVersion.objects.as_of(datetime.date(2025, 12, 31)).filter(kind="xa", code="21609").first()
    some = binh_dinh or UnitVersion.objects.as_of(datetime.date(2025, 12, 31)).filter(kind="xa").first()
    assert entered(chi, line(some.code, period="2025"), period="2025", letter=LETTER)


def test_not_applicable_needs_a_reason_and_is_left_out_of_all(an):
    left_out = line(but={8: "not_applicable"})
    assert entered(an, left_out)[0].verdict == "met"
    bare = Line(left_out.unit_id, left_out.indicator, left_out.verdicts)
    assert refused(an, bare) == "“Không áp dụng” cần ghi lý do."


def test_all_not_applicable_is_no_verdict(an):
    assert entered(an, line(but=dict.fromkeys(range(1, 9), "not_applicable")))[0].verdict == ""


def test_a_condition_of_another_checklist_is_refused(an):
    old = conditions(period="2023")
    mixed = Line(an.unit_id, Indicator.objects.get(code=BASIC), {old[1].pk: "met"})
    assert "không thuộc hướng dẫn" in refused(an, mixed)


def test_a_period_before_any_checklist_is_refused(an):
    for checklist in Checklist.objects.filter(indicator__code=BASIC):
        checklist.applies_from = checklist.applies_from.replace(year=checklist.applies_from.year + 10)
        checklist.save()
    item = Line(an.unit_id, Indicator.objects.get(code=BASIC), {conditions_ever()[0]: "met"})
    assert refused(an, item) == "chưa có hướng dẫn đánh giá áp dụng trong kỳ này."


def conditions_ever():
    return list(Checklist.objects.filter(indicator__code=BASIC).values_list("conditions", flat=True))


def test_the_checklist_is_that_of_the_periods_last_day(an):
    assert entered(an, line(period="2024"), period="2024")[0].checklist.number == "04/HD-BCA-V05"
    assert entered(an, line(period="2023"), period="2023")[0].checklist.number == "06/HD-BCA-V05"


def test_a_stale_line_is_refused_and_both_values_are_known(an, bao):
    seen = standing_of(None).token
    entered(bao, line(but={4: "not_met"}))
    mine = line(seen=seen)
    compared = looked_at(an, mine)[0]
    assert compared.is_stale
    assert compared.standing.verdict == "not_met"
    assert refused(an, mine).startswith("kết quả đã được sửa")
    now = standing_of(Assessment.objects.get()).token
    assert entered(an, line(seen=now))[0].verdict == "met"


def test_all_or_nothing(bao):
    with pytest.raises(EntryRefused) as caught:
        entered(bao, line("23902"), line("23905"), line("23944"))
    assert len(caught.value.compared) == 1
    assert not Assessment.objects.exists()
    assert not Revision.objects.exists()


def test_queries_do_not_grow_with_the_lines(bao):
    """Entering costs the same for two units as for ten."""
    living = UnitVersion.objects.as_of(datetime.date(2024, 12, 31)).filter(parent=bao.unit, kind="xa")
    codes = list(living.values_list("code", flat=True))
    few, many = [line(c) for c in codes[:2]], [line(c) for c in codes[2:12]]  # SQLite splits what is longer
    assert queries(bao, few) == queries(bao, many)
    assert revision_of(many[-1]).verdict == "met"


def queries(by, lines):
    with CaptureQueriesContext(connection) as captured:
        enter(lines, by=by, period=ReportingPeriod.objects.get(key="2024"), door=Door.FORM)
    return len(captured)
