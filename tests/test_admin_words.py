"""The admin refuses in Vietnamese, at the field where it can, what the database would refuse."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.db import models
from django.forms import model_to_dict, modelform_factory
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.admin.law_forms import PeriodForm
from criteria.models import Assessment, Examiner, Indicator, ReportingPeriod
from tests.conftest import unit_of

OURS = ("communes", "criteria", "reports")
# Said by `criteria.admin.law_forms.PeriodForm` at the field.
PERIOD = {"key": "2026-Q1", "kind": "quarter", "label": "Quý I/2026"}
PERIOD |= {"starts_on": "01/01/2026", "ends_on": "31/3/2026", "due_on": "05/4/2026", "closes_on": ""}
BROKEN = {
    "due_before": ({"due_on": "31/12/2025"}, "Hạn gửi không được trước ngày đầu của số liệu."),
    "ends_before": ({"ends_on": "01/01/2026"}, "Ngày cuối của số liệu phải sau ngày đầu."),
    "closes_before": ({"closes_on": "30/3/2026"}, "Ngày khóa không được trước ngày cuối của số liệu"),
    "key": ({"key": "2026Q1"}, "Mã kỳ có dạng 2024, 2024-H1, 2024-Q3."),
    "kind": ({"kind": "year"}, "Mã 2026-Q1 là kỳ loại “Quý”."),
    "label": ({"label": "Quý 1"}, "Kỳ 2026-Q1 ghi tên là “Quý I/2026”."),
    "year": ({"ends_on": "31/3/2027"}, "Ngày cuối của kỳ 2026-Q1 phải thuộc năm 2026."),
}


def edited_models() -> Iterator[type[models.Model]]:
    for model, desk in admin.site._registry.items():
        if model._meta.app_label in OURS:
            yield from (model, *(inline.model for inline in getattr(desk, "inlines", ())))


def test_every_constraint_says_what_to_do():
    silent = {
        constraint.name
        for model in edited_models()
        for constraint in model._meta.constraints
        if constraint.violation_error_message == constraint.default_violation_error_message
    }
    assert silent == set()


def test_every_message_can_be_printed():
    for model in edited_models():
        for constraint in model._meta.constraints:
            assert constraint.name not in constraint.get_violation_error_message()


@pytest.mark.parametrize(("given", "said"), BROKEN.values(), ids=BROKEN)
def test_a_period_that_makes_no_sense_is_refused(client: Client, quang: User, given: dict[str, str], said: str):
    client.force_login(quang)
    page = reverse("admin:criteria_reportingperiod_add")
    answer = client.post(page, PERIOD | given)
    assert said in answer.content.decode()
    assert not ReportingPeriod.objects.filter(ends_on__year__gte=2026, key__startswith="2026").exists()


def test_a_period_that_makes_sense_is_kept(client: Client, quang: User):
    client.force_login(quang)
    assert client.post(reverse("admin:criteria_reportingperiod_add"), PERIOD).status_code == 302
    assert ReportingPeriod.objects.get(key="2026-Q1").label == "Quý I/2026"


def test_a_used_period_is_not_due_before_its_first_day(client: Client, quang: User):
    client.force_login(quang)
    period = ReportingPeriod.objects.get(key="2024")
    Assessment.objects.create(unit=unit_of("23905"), indicator=Indicator.objects.all()[0], period=period)
    page = reverse("admin:criteria_reportingperiod_change", args=[period.pk])
    answer = client.post(page, {"label": "Năm 2024", "due_on": "31/12/2023", "closes_on": ""})
    assert "Hạn gửi không được trước ngày đầu của số liệu." in answer.content.decode()
    period.refresh_from_db()
    assert period.due_on.year == 2025


def test_every_shipped_period_has_the_name_that_the_form_asks_for(reference: None):
    form_of: Any = modelform_factory(ReportingPeriod, PeriodForm, fields="__all__")
    for period in ReportingPeriod.objects.all():
        data = model_to_dict(period) | {"label": f" {period.label}"}
        form = form_of({key: value for key, value in data.items() if value is not None}, instance=period)
        assert form.is_valid(), (period.key, form.errors)


def test_two_bodies_do_not_examine_on_one_day(client: Client, quang: User):
    client.force_login(quang)
    other = Examiner.objects.earliest("starts_on")
    given = {"name": "Cơ quan khác", "starts_on": "01/01/2021", "ends_on": "", "marker": "draft", "source": ""}
    page = reverse("admin:criteria_examiner_add")
    given["starts_on"] = f"{other.starts_on.replace(day=other.starts_on.day + 1):%d/%m/%Y}"
    answer = client.post(page, given)
    assert f"Trùng ngày với {other.name}" in answer.content.decode()
    assert not Examiner.objects.filter(name="Cơ quan khác").exists()
    assert client.post(page, given | {"starts_on": "01/7/2025"}).status_code == 302
