"""Days that nobody can have meant: every page and command that takes a day answers in words."""

import datetime
import io

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import models
from django.test import Client
from django.urls import reverse

from communes.dated import REAL_DAYS
from communes.models import User
from criteria.models import Revision, Upload
from criteria.models.periods import ReportingPeriod
from reports.models import Target
from reports.progress import months_before
from tests.cases import BASIC

BEFORE = "Danh mục đơn vị hành chính có từ ngày 01/02/2020; chọn ngày từ đó trở đi."
BEYOND = "Ngày phải từ 01/01/1900 đến 31/12/2199; kiểm tra lại năm."
SAID = {"0001-01-01": BEFORE, "1990-05-05": BEFORE, "9999-12-31": BEYOND}
# Days of others: those of a period are judged by its form, those of letters by none, no day is counted from them.
JUDGED_ELSEWHERE = {ReportingPeriod, Revision, Upload}


@pytest.mark.parametrize("day", SAID)
@pytest.mark.parametrize("boundaries", ["", "now"])
def test_a_page_asked_for_an_extreme_day_says_so_and_shows_another(client: Client, chi: User, day, boundaries):
    client.force_login(chi)
    pages = ["/", f"/progress/{BASIC}/", "/communes/", reverse("recognised")]
    for page in pages:
        answer = client.get(page, {"as_of": day, "boundaries": boundaries})
        assert answer.status_code == 200, page
        assert SAID[day] in answer.content.decode(), page


@pytest.mark.parametrize("day", SAID)
@pytest.mark.parametrize("command", ["progress", "units"])
def test_a_command_asked_for_an_extreme_day_says_so(reference: None, command: str, day: str):
    with pytest.raises(CommandError) as refused:
        call_command(command, as_of=day, stdout=io.StringIO())
    assert str(refused.value) == SAID[day]


def test_no_number_of_months_leads_before_the_first_day():
    assert months_before(datetime.date(2024, 3, 31), 1) == datetime.date(2024, 2, 29)
    assert months_before(datetime.date(2024, 1, 31), 12) == datetime.date(2023, 1, 31)
    assert months_before(datetime.date(9999, 12, 31), 1) == datetime.date(9999, 11, 30)
    assert months_before(datetime.date(2024, 1, 1), 32767) == datetime.date.min


@pytest.mark.parametrize("months", ["0", "121", "32767"])
def test_the_admin_refuses_months_beyond_ten_years(client: Client, quang: User, months: str):
    client.force_login(quang)
    target = Target.objects.get(indicator__code=BASIC)
    page = reverse("admin:reports_plan_change", args=[target.plan_id])
    form = {"targets-TOTAL_FORMS": "1", "targets-INITIAL_FORMS": "1", "targets-0-id": target.pk}
    form |= {"targets-0-plan": target.plan_id, "targets-0-months_valid": months}
    answer = client.post(page, form)
    assert "Số tháng phải từ 1 đến 120." in answer.content.decode()


DERIVED = ("Descent", "StandingSpan")  # computed, typed by nobody


def test_every_day_that_is_typed_is_a_real_one():
    """Else a day beyond what can be counted from reaches the registry, or a page."""
    for app in ("communes", "criteria", "reports"):
        for model in apps.get_app_config(app).get_models():
            for field in model._meta.fields:
                is_day = (
                    type(field) is models.DateField
                    and field.editable
                    and model.__name__ not in ("Descent", "StandingSpan")
                )
                if is_day and model not in JUDGED_ELSEWHERE:
                    assert all(one in field.validators for one in REAL_DAYS), field


def test_an_event_before_all_days_is_refused(client: Client, quang: User):
    client.force_login(quang)
    for day in ("0001-01-01", "9999-12-31"):
        given = {"kind": "merge", "effective_on": day, "resolution": "1", "units": "23905"}
        answer = client.post(reverse("event_new") + "?kind=merge", given)
        assert answer.status_code == 200
        assert BEYOND in answer.content.decode()
