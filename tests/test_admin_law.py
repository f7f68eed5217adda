"""The law, the periods and the plans in the Django admin."""

import datetime
import re
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from communes.models import User
from criteria.models import (
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    CriteriaSet,
    Criterion,
    Examiner,
    Indicator,
    Marker,
    ReportingPeriod,
    Revision,
    Verdict,
)
from reports.models import Plan, Target
from tests.conftest import unit_of

MODELS = (CriteriaSet, Criterion, Indicator, Checklist, ReportingPeriod, Examiner, Plan)
HD04_DAY = datetime.date(2024, 3, 18)


@pytest.fixture
def desk(client: Client, quang: User) -> Client:
    """Quang at his desk: an administrator signed in."""
    client.force_login(quang)
    return client


@pytest.fixture
def hd04(reference: None) -> Checklist:
    return Checklist.objects.get(indicator__code="xa-ntm-19.2", applies_from=HD04_DAY)


@pytest.fixture
def used(hd04: Checklist) -> Checklist:
    """HD 04, used by one draft of Xã Ia Băng for 2024."""
    period = ReportingPeriod.objects.get(key="2024")
    assessment = Assessment.objects.create(unit=unit_of("23905"), indicator=hd04.indicator, period=period)
    revision = Revision.objects.create(assessment=assessment, checklist=hd04)
    ConditionResult.objects.create(revision=revision, condition=hd04.conditions.get(number=8), verdict=Verdict.MET)
    return hd04


def url(page: str, row: Model | type[Model]) -> str:
    options = row._meta
    args = [] if isinstance(row, type) else [row.pk]
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=args)


def form_of(response: Any) -> dict[str, Any]:
    """What a browser would send back from a change page, nothing touched."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    sent: dict[str, Any] = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False:
                continue
            sent[bound.html_name] = value if isinstance(value, list) else bound.field.prepare_value(value)
    return sent


def save(desk: Client, row: Model, **changed: Any) -> Any:
    """Change fields by their name in the form; None unticks a box."""
    page = desk.get(url("change", row))
    sent = {**form_of(page), **changed}
    return desk.post(url("change", row), {name: value for name, value in sent.items() if value is not None})


def errors_of(response: Any) -> str:
    formsets = [inline.formset for inline in response.context["inline_admin_formsets"]]
    return f"{response.context['adminform'].form.errors} {[formset.errors for formset in formsets]}"


def condition_field(checklist: Checklist, number: int, name: str) -> str:
    pks = list(checklist.conditions.order_by("number").values_list("number", flat=True))
    return f"conditions-{pks.index(number)}-{name}"


# --- pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens_and_speaks_vietnamese(desk: Client, model: type[Model]):
    row = model.objects.first()
    for address in (url("changelist", model), url("add", model), url("change", row)):
        response = desk.get(address)
        assert response.status_code == 200
        assert str(model._meta.verbose_name) in response.content.decode().lower()
    found = desk.get(url("changelist", model), {"q": "a"})
    assert found.status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_the_same_at_two_sizes(
    desk: Client, model: type[Model], django_assert_num_queries: Any, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(14) as counted:
        desk.get(url("changelist", model))
    for number in range(30):
        one_more(model, number)
    with django_assert_num_queries(len(counted.captured_queries)):
        desk.get(url("changelist", model))


def one_more(model: type[Model], number: int) -> None:
    row = model.objects.first()
    row.pk = None
    day = datetime.date(2031, 1, 1) + datetime.timedelta(days=number)
    new = {
        "code": f"them-{number}",
        "number": f"{number}/X",
        "position": 100 + number,
        "sheet_title": f"Thêm {number}",
        "applies_from": day,
        "starts_on": day,
        "due_on": day + datetime.timedelta(days=60),
        "ends_on": day + datetime.timedelta(days=30),
        "key": f"x{number}",
    }
    for name, value in new.items():
        if hasattr(row, name):
            setattr(row, name, value)
    if model is Criterion:
        row.number = f"{100 + number}"
    row.save()


@pytest.mark.parametrize("query", [{"marker": "draft"}, {"kind": "quarter"}])
def test_lists_can_be_filtered(desk: Client, query: dict[str, str]):
    model = Examiner if "marker" in query else ReportingPeriod
    response = desk.get(url("changelist", model), query)
    assert response.context["cl"].result_count == (1 if model is Examiner else 20)


def test_the_list_of_checklists_says_how_many_conditions_and_how_far_they_are_checked(desk: Client, used: Checklist):
    response = desk.get(url("changelist", Checklist), {"indicator__id__exact": used.indicator_id})
    rows = {row.number: row for row in response.context["cl"].result_list}
    row = rows["04/HD-BCA-V05"]
    assert (row.conditions_total, row.conditions_unchecked, row.conditions_draft, row.has_revisions) == (8, 3, 5, True)
    assert rows["06/HD-BCA-V05"].has_revisions is False


@pytest.mark.parametrize("who", ["an", "bao", "chi", "lan"])
def test_nobody_else_enters(client: Client, who: str, request: pytest.FixtureRequest, reference: None):
    client.force_login(request.getfixturevalue(who))
    assert client.get(url("changelist", Checklist)).status_code == 302


# --- kinds and words -------------------------------------------------------------------------------------


def test_kinds_are_boxes_to_tick(desk: Client):
    indicator = Indicator.objects.get(code="huyen-ntm-9.4")
    page = desk.get(url("change", indicator)).content.decode()
    assert page.count('type="checkbox" name="kinds"') == 9
    assert save(desk, indicator, kinds=["huyen", "thi_xa"]).status_code == 302
    indicator.refresh_from_db()
    assert indicator.kinds == ["thi_xa", "huyen"] or indicator.kinds == ["huyen", "thi_xa"]
    assert indicator.level == "district"


def test_kinds_of_another_level_are_refused(desk: Client):
    indicator = Indicator.objects.get(code="huyen-ntm-9.4")
    assert "Không thuộc cấp của bộ tiêu chí: xã" in errors_of(save(desk, indicator, kinds=["xa"]))


def test_a_new_indicator_takes_the_level_of_its_set(desk: Client):
    criterion = Criterion.objects.get(criteria_set__code="huyen-ntm")
    sent = {
        "criterion": criterion.pk,
        "code": "huyen-ntm-9.9",
        "number": "9.9",
        "name": "9.9 huyện nông thôn mới",
        "sheet_title": "9.9 Huyện NTM",
        "unit_noun": "đơn vị cấp huyện",
        "kinds": ["huyen"],
        "position": 9,
    }
    response = desk.post(url("add", Indicator), sent)
    assert response.status_code == 302, errors_of(response)
    assert Indicator.objects.get(code="huyen-ntm-9.9").level == "district"


def test_the_words_of_a_condition_are_a_line_each(desk: Client, hd04: Checklist):
    page = desk.get(url("change", hd04)).content.decode()
    assert "1 = đạt\ncó = đạt\nx = đạt\n✓ = đạt\n0 = chưa đạt\nkhông = chưa đạt" in page
    field = condition_field(hd04, 8, "meanings")
    assert save(desk, hd04, **{field: "Có = đạt\r\n\r\n + =  đạt\nKhông = chưa đạt"}).status_code == 302
    assert hd04.conditions.get(number=8).meanings == {"có": "met", "+": "met", "không": "not_met"}
    assert save(desk, hd04, **{field: ""}).status_code == 302
    assert hd04.conditions.get(number=8).meanings == {}


@pytest.mark.parametrize(
    ("number", "text", "message"),
    [
        (8, "có: đạt", "Dòng “có: đạt”: viết “từ = đạt” hoặc “từ = chưa đạt”."),
        (8, "có = tốt", "Dòng “có = tốt”"),
        (8, "có = đạt\nCÓ = chưa đạt", "Từ “có” viết hai lần."),
        (4, "không = đạt", "Nội dung viết dạng phủ định chỉ nhận “Đạt”, “Chưa đạt”; bỏ trống ô này."),
    ],
)
def test_words_that_cannot_be_taken_are_refused(desk: Client, hd04: Checklist, number: int, text: str, message: str):
    before = list(hd04.conditions.values())
    assert message in errors_of(save(desk, hd04, **{condition_field(hd04, number, "meanings"): text}))
    assert list(hd04.conditions.values()) == before


def test_saving_an_untouched_page_changes_nothing(desk: Client, reference: None):
    for row in (*Checklist.objects.all(), *Indicator.objects.all(), *Plan.objects.all(), *CriteriaSet.objects.all()):
        before = list(Condition.objects.values()), list(Indicator.objects.values()), list(Target.objects.values())
        response = save(desk, row)
        assert response.status_code == 302, errors_of(response)
        after = list(Condition.objects.values()), list(Indicator.objects.values()), list(Target.objects.values())
        assert after == before


def test_a_wording_chooses_among_the_versions_of_its_own_set(desk: Client):
    indicator = Indicator.objects.get(code="xa-ntm-19.2")
    formset = desk.get(url("change", indicator)).context["inline_admin_formsets"][0].formset
    versions = formset.forms[0].fields["version"].queryset
    assert set(versions) == set(indicator.criterion.criteria_set.versions.all())


# --- what is used ----------------------------------------------------------------------------------------


def test_a_used_checklist_is_read_except_for_its_markers(desk: Client, used: Checklist):
    page = desk.get(url("change", used))
    text = page.content.decode()
    assert "Phiên bản đang dùng cho 1 lần đánh giá: chỉ sửa được tình trạng đối chiếu" in text
    assert "Hằng năm, Đảng ủy xã có nghị quyết" in text
    changed = {
        condition_field(used, 1, "wording"): "Lời khác",
        condition_field(used, 4, "marker"): Marker.UNCHECKED,
        condition_field(used, 6, "is_sensitive"): "on",
        condition_field(used, 2, "DELETE"): "on",
        "number": "05/HD",
        "applies_from": "01/01/2024",
    }
    assert save(desk, used, **changed).status_code == 302
    used.refresh_from_db()
    first, sixth = used.conditions.get(number=1), used.conditions.get(number=6)
    assert (first.wording[:8], used.conditions.get(number=4).marker) == ("Hằng năm", Marker.UNCHECKED)
    assert sixth.is_sensitive
    assert used.conditions.count() == 8
    assert (used.number, used.applies_from) == ("04/HD-BCA-V05", HD04_DAY)


def test_a_used_checklist_gains_no_condition(desk: Client, used: Checklist):
    more = {"number": 9, "wording": "Thêm", "marker": "draft"}
    changed = {f"conditions-8-{name}": value for name, value in more.items()}
    save(desk, used, **changed, **{"conditions-TOTAL_FORMS": 9})
    assert used.conditions.count() == 8


def test_a_checklist_that_nobody_used_can_be_worked_on(desk: Client, hd04: Checklist):
    assert save(desk, hd04, **{condition_field(hd04, 4, "wording"): "Không có án mạng"}).status_code == 302
    assert hd04.conditions.get(number=4).wording == "Không có án mạng"


def test_the_days_of_a_used_period_are_read_only(desk: Client, used: Checklist):
    period = ReportingPeriod.objects.get(key="2024")
    assert save(desk, period, ends_on="30/12/2024", due_on="20/01/2025", closes_on="31/01/2025").status_code == 302
    period.refresh_from_db()
    assert period.ends_on == datetime.date(2024, 12, 31)
    assert (period.due_on, period.closes_on) == (datetime.date(2025, 1, 20), datetime.date(2025, 1, 31))


@pytest.mark.parametrize("model", [CriteriaSet, Criterion, Indicator, Checklist, ReportingPeriod])
def test_what_is_held_is_not_deleted_and_says_by_what(desk: Client, used: Checklist, model: type[Model]):
    row = {
        Checklist: used,
        Indicator: used.indicator,
        Criterion: used.indicator.criterion,
        CriteriaSet: used.indicator.criterion.criteria_set,
        ReportingPeriod: ReportingPeriod.objects.get(key="2024"),
    }[model]
    for post in ({}, {"post": "yes"}):
        page = (desk.post if post else desk.get)(url("delete", row), post)
        assert page.status_code == 200
        text = page.content.decode()
        assert "Không thể xóa" in text
        assert re.search(rf"{re.escape(escape(str(row)))}: [^<]+ \(\d+\)", text), text
    page = desk.post(url("changelist", model), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert page.status_code == 200
    assert model.objects.filter(pk=row.pk).exists()


def test_what_nothing_holds_is_deleted(desk: Client, reference: None):
    period = ReportingPeriod.objects.get(key="2021-Q1")
    assert desk.post(url("delete", period), {"post": "yes"}).status_code == 302
    assert not ReportingPeriod.objects.filter(pk=period.pk).exists()


# --- plans -----------------------------------------------------------------------------------------------


def test_huyen_only_is_one_tick_in_the_plan(desk: Client, reference: None):
    plan = Plan.objects.current()
    assert save(desk, plan, **{"targets-2-kinds": ["huyen"]}).status_code == 302
    target = Target.objects.select_related("indicator").get(indicator__code="huyen-ntm-9.4")
    assert target.kinds == ["huyen"]
    assert target.rule_for(14) == "tính trên 14 huyện"


def test_a_target_counts_only_what_its_indicator_judges(desk: Client, reference: None):
    response = save(desk, Plan.objects.current(), **{"targets-0-kinds": ["xa", "phuong"]})
    assert "Chỉ tiêu này không đánh giá phường; chỉ đánh giá xã." in errors_of(response)


def test_a_share_above_a_hundred_is_refused(desk: Client, reference: None):
    response = save(desk, Plan.objects.current(), **{"targets-0-percent": 101})
    assert response.status_code == 200
    assert Target.objects.get(indicator__code="xa-ntm-19.2").percent == 99
