"""A closed period at every door: the same words, and the way through that an extension opens."""

import datetime
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communes.models import User
from criteria.entering import compare
from criteria.extensions import end, grant
from criteria.models import Extension, Indicator, PeriodChange, ReportingPeriod, Revision, State, Verb
from tests.cases import ADVANCED, LETTER, entered, line, revision_of, taken
from tests.conftest import unit_of
from tests.doors import ENTERING, at_a_browser
from tests.test_assessment_pages import client_of, page_of, text

pytestmark = pytest.mark.django_db

CLOSED = "đã khóa ngày 20/12/2024. Đề nghị Công an tỉnh gia hạn."


def shut() -> ReportingPeriod:
    ReportingPeriod.objects.filter(key="2024").update(closes_on=datetime.date(2024, 12, 20))
    return ReportingPeriod.objects.get(key="2024")


def extended(chi: User, code: str = "23905", indicator: str | None = None, days: int = 3) -> Extension:
    return grant(
        ReportingPeriod.objects.get(key="2024"),
        unit_of(code),
        indicator=Indicator.objects.get(code=indicator) if indicator else None,
        ends_on=timezone.localdate() + datetime.timedelta(days=days),
        reason="Đường truyền hỏng.",
        by=chi,
    )


# --- the doors: what each says of a closed period is told by test_doors.py ---------------------------------


@pytest.mark.parametrize("door", ENTERING)
def test_every_door_takes_it_under_an_extension_of_the_unit_or_its_district_and_no_other(
    an: User, bao: User, chi: User, tmp_path: Path, door: str
):
    shut()
    extended(chi, "23908")
    extended(chi, "23905", ADVANCED)
    User.objects.update(is_staff=True)
    who = bao if door in ("upload", "command") else an
    assert CLOSED in ENTERING[door](at_a_browser(who), tmp_path)
    assert not Revision.objects.exists()
    extended(chi, "632" if door in ("form", "upload") else "23905")
    assert CLOSED not in ENTERING[door](at_a_browser(who), tmp_path)
    assert revision_of(line()).state == State.DRAFT


# --- what an extension is --------------------------------------------------------------------------------


def refusals(by: User, *codes: str) -> list[str]:
    period = ReportingPeriod.objects.get(key="2024")
    return [item.refusal for item in compare([line(code) for code in codes], by=by, period=period)]


def test_ended_or_past_it_opens_nothing_and_stays(an: User, chi: User):
    shut()
    extension = extended(chi)
    assert refusals(an, "23905") == [""]
    end(extension, by=chi)
    assert CLOSED in refusals(an, "23905")[0]
    extension = extended(chi)
    Extension.objects.filter(pk=extension.pk).update(ends_on=timezone.localdate() - datetime.timedelta(days=1))
    assert CLOSED in refusals(an, "23905")[0]
    assert Extension.objects.count() == 2


def test_sending_taking_back_and_reopening_are_bound_deciding_is_not(an: User, bao: User, chi: User):
    revision = entered(an)[0]
    shut()
    page = client_of(an).post(page_of(page="submit/"))
    assert CLOSED in text(page)
    extension = extended(chi)
    taken(Verb.SUBMIT, revision, an)
    end(extension, by=chi)
    assert CLOSED in text(client_of(an).post(page_of(page="withdraw/")))
    taken(Verb.EXAMINE, revision, bao)
    taken(Verb.CONFIRM, revision, chi)
    assert CLOSED in text(client_of(chi).post(page_of(page="reopen/"), {"reason": "Rà soát lại."}))
    extended(chi, "632")
    taken(Verb.REOPEN, revision, chi, reason="Rà soát lại.")


def test_what_came_back_is_mended_until_the_day_of_corrections(an: User, bao: User):
    taken(Verb.RETURN, taken(Verb.SUBMIT, entered(an)[0], an), bao, reason="Bổ sung.")
    period = shut()
    changed = compare([line(but={4: "not_met"})], by=an, period=period)[0]
    assert CLOSED in changed.refusal
    period.corrections_close_on = timezone.localdate()
    period.save()
    assert entered(an, line(but={4: "not_met"}))[0].state == State.RETURNED


def test_the_facts_of_extensions_cost_the_same_for_one_and_for_many(bao: User, chi: User):
    shut()
    codes = [str(code) for code in range(23888, 23940)]
    living = [code for code in codes if code in set(communes_of(bao))]
    extended(chi)
    with CaptureQueriesContext(connection) as one:
        refusals(bao, "23905")
    for code in living[:10]:
        extended(chi, code)
    asked = [line(code) for code in living]
    with CaptureQueriesContext(connection) as many:
        compare(asked, by=bao, period=ReportingPeriod.objects.get(key="2024"))
    assert len(asked) > 10
    # `refusals` itself makes its line and asks for the period.
    with CaptureQueriesContext(connection) as making:
        line("23905")
    assert len(many) == len(one) - len(making)


def communes_of(user: User) -> list[str]:
    versions = user.unit.child_versions.filter(kind="xa", starts_on__lte="2024-12-31", ends_on__gte="2024-12-31")
    return list(versions.values_list("code", flat=True))


def test_the_database_refuses_what_must_never_be(chi: User):
    given = {"period": ReportingPeriod.objects.get(key="2024"), "unit": unit_of("632")}
    given |= {"ends_on": timezone.localdate(), "granted_by": chi}
    broken = [
        (Extension(reason="", **given), "extension_has_a_reason"),
        (Extension(reason="x", ended_by=chi, **given), "ended_extension_says_by_whom_and_when"),
        (PeriodChange(period=given["period"], by=chi, act="?"), "period_change_is_a_known_act"),
    ]
    for row, name in broken:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save()
        assert name in str(refused.value)


def test_the_letter_does_not_open_a_closed_period(chi: User):
    shut()
    period = ReportingPeriod.objects.get(key="2024")
    item = compare([line()], by=chi, period=period, letter=LETTER)[0]
    assert CLOSED in item.refusal
