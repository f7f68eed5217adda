"""The first page of an officer is his work: what is due, returned, waiting, extended, and since when."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communes.models import Level, User
from criteria.models import Extension, Indicator, ReportingPeriod, Verb
from reports.work import work_of
from tests.cases import BASIC, DISTRICTS, entered, line, taken
from tests.crowds import crowd, results
from tests.results import set_down
from tests.test_assessment_pages import client_of, text
from tests.test_closing import extended, shut
from tests.test_period_pages import DAY, due, period

pytestmark = pytest.mark.django_db


def home(user: User) -> str:
    return text(client_of(user).get("/"))


def only(*indicators: str) -> ReportingPeriod:
    found = period()
    found.indicators.set(Indicator.objects.filter(code__in=indicators))
    return found


def test_a_commune_sees_what_is_due_and_by_when(an: User, bao: User) -> None:
    due(-3)
    only(BASIC)
    entered(bao, line("23908"))  # the period is in use
    work = work_of(an)
    assert [(one.period.key, one.missing, one.expected) for one in work.due] == [("2024", 1, 1)]
    assert "Chưa gửi xong năm 2024 Còn 1 trên 1 kết quả chưa gửi ; hạn gửi" in home(an)
    assert "còn 3 ngày" in home(an)
    due(6)
    assert "quá hạn 6 ngày" in home(an)
    taken(Verb.SUBMIT, entered(an)[0], an)
    assert work_of(an).due == []


def test_what_was_begun_and_what_came_back_say_since_when(an: User, bao: User) -> None:
    revision = entered(an)[0]
    draft = type(revision).objects.filter(pk=revision.pk)
    draft.update(updated_at=timezone.now() - 4 * DAY)
    assert "4 ngày trước" in home(an)
    taken(Verb.RETURN, taken(Verb.SUBMIT, revision, an), bao, reason="Bổ sung biên bản.")
    words = home(an)
    assert "Trả lại để bổ sung" in words
    assert "Bổ sung biên bản. từ" in words


def test_district_and_province_see_what_waits_for_them_and_since_when(an: User, bao: User, chi: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an)[0], an)
    type(revision).objects.filter(pk=revision.pk).update(submitted_at=timezone.now() - 5 * DAY)
    assert "Chờ thẩm tra Lâu nhất từ ngày" in home(bao)
    assert "(5 ngày)" in home(bao)
    assert not work_of(chi).waiting
    taken(Verb.EXAMINE, revision, bao)
    assert "Chờ xác nhận Lâu nhất từ ngày" in home(chi)
    assert (work_of(chi).waiting.count, work_of(chi).waiting.days) == (1, 5)


def test_the_sums_are_those_of_the_board(bao: User, chi: User) -> None:
    only(BASIC, DISTRICTS)
    for revision in entered(bao, line("23905"), line("23908")):
        taken(Verb.SUBMIT, revision, bao)
    district, province = work_of(bao).due[0], work_of(chi).due[0]
    assert (district.missing, district.expected) == (18, 20)
    assert (province.missing, province.expected) == (195, 197)
    assert Level.DISTRICT in {one.level for one in Indicator.objects.filter(code=DISTRICTS)}


def test_a_period_about_to_close_counts_the_days_and_a_closed_one_asks_nothing(an: User, bao: User) -> None:
    entered(bao, line("23908"))
    today = timezone.localdate()
    ReportingPeriod.objects.filter(key="2024").update(closes_on=today + 3 * DAY)
    assert "Đang mở, còn 3 ngày" in home(an)
    ReportingPeriod.objects.filter(key="2024").update(closes_on=today - DAY)
    assert work_of(an).due == []
    assert "Không có việc nào đang chờ" in home(an)


def test_an_extension_is_work_again_until_its_day(an: User, bao: User, binh: User, chi: User) -> None:
    entered(bao, line("23908"))
    shut()
    extended(chi, "632")
    words = home(an)
    assert "gia hạn đến" in words
    assert "Huyện Chư Prông, năm 2024" in words
    assert "Đường truyền hỏng." in words
    assert work_of(binh).due == []
    assert work_of(binh).extensions == []
    assert [one.extension.unit_id for one in work_of(chi).extensions] == [bao.unit_id]


def test_a_period_that_nobody_uses_asks_nothing(an: User, bao: User) -> None:
    assert work_of(bao).due == []
    ReportingPeriod.objects.filter(key="2024-Q3").update(opens_on=datetime.date(2024, 9, 20))
    assert [one.period.key for one in work_of(bao).due] == ["2024-Q3"]


def test_leaders_and_administrators_have_no_such_work(lan: User, quang: User) -> None:
    assert work_of(lan) is None
    assert work_of(quang) is None


def test_the_first_page_costs_the_same_at_two_sizes(bao: User, chi: User) -> None:
    entered(bao, line("23905"))
    extended(chi, "23905")
    work_of(bao)
    with CaptureQueriesContext(connection) as few:
        work_of(bao)
    many, _ = crowd(60)
    results(many[:30], BASIC, "2024")
    set_down(many[30:40], BASIC, "2024", state="draft")
    for unit in many[:10]:
        Extension.objects.create(
            period=period(), unit=unit, ends_on=timezone.localdate(), reason="Mất điện.", granted_by=chi
        )
    with CaptureQueriesContext(connection) as more:
        work = work_of(bao)
    assert work.due[0].expected > 60
    assert len(work.extensions) == 11
    assert len(more) == len(few)
