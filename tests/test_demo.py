"""The demo: a whole province from nothing, the same each time, and never over somebody's data."""

import io
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.core.serializers import serialize

from communes.models import Role, UnitVersion, User
from criteria.models import Assessment, Entry, Review, Revision, State, Verb, Verdict
from criteria.outlooks import MEASURES
from tests.conftest import every_model_in_order
from tests.hand_worked import assert_the_table_agrees

pytestmark = pytest.mark.django_db


def run_demo() -> str:
    out = io.StringIO()
    call_command("demo", "--no-serve", stdout=out)
    return out.getvalue()


def everything() -> dict[str, str]:
    models = list(every_model_in_order())
    return {model.__name__: serialize("jsonl", model._base_manager.order_by("pk")) for model in models}


def test_demo_makes_a_province_once(without_reference: None) -> None:
    printed = run_demo()
    for words in (
        "demo-ntm-2025",
        "quantri",
        "huyen-622",
        "xa-",
        "xa25-",
        "Số liệu minh họa",
        "http://127.0.0.1:8000/",
    ):
        assert words in printed
    before = everything()
    assert before["Revision"].count("\n") > 1000
    assert "giữ nguyên" in run_demo()
    assert everything() == before

    roles = Counter(User.objects.values_list("role", flat=True))
    assert roles[Role.ADMINISTRATOR] == roles[Role.PROVINCE] == 2
    assert roles[Role.DISTRICT] == 17
    communes_by_district = Counter(
        UnitVersion.objects.as_of("2025-06-30")
        .filter(unit__users__username__startswith="xa-")
        .values_list("parent", flat=True)
    )
    assert len(communes_by_district) == 17
    assert User.objects.filter(username__startswith="xa25-").exists()
    assert User.objects.get(username="huyen-632").check_password("demo-ntm-2025")

    assert_the_samples_are_plausible()
    assert_the_table_agrees()


def assert_the_samples_are_plausible() -> None:
    assert not Revision.objects.filter(is_sample=False).exists()
    left_out = Assessment.objects.filter(
        indicator__code="xa-ntm-19.2",
        period__key__startswith="2024",
        unit__versions__parent__versions__code="632",
    )
    assert not left_out.exists()
    states = set(Revision.objects.values_list("state", flat=True))
    assert {State.DRAFT, State.SUBMITTED, State.EXAMINED, State.RETURNED, State.CONFIRMED} <= states
    for advanced, basic in (("xa-ntmnc-19.2", "xa-ntm-19.2"), ("huyen-ntmnc-9.1", "huyen-ntm-9.4")):
        met = met_of(advanced)
        assert met
        assert met <= met_of(basic)
    failed = Revision.objects.filter(verdict=Verdict.NOT_MET)
    assert 0.7 < failed.exclude(expected_year=None).exclude(measure="").count() / failed.count() < 0.9
    assert set(failed.exclude(measure="").values_list("measure", flat=True)) <= set(MEASURES)
    own = Review.objects.filter(verb__in=(Verb.EXAMINE, Verb.CONFIRM)).values_list("revision", "by")
    entered = set(Entry.objects.values_list("revision", "by"))
    assert not entered & set(own)


def met_of(indicator: str) -> set[tuple[int, int]]:
    met = Revision.objects.filter(assessment__indicator__code=indicator, verdict=Verdict.MET)
    return set(met.values_list("assessment__unit", "assessment__period"))


def test_demo_refuses_a_database_that_it_did_not_make(reference: None) -> None:
    before = everything()
    with pytest.raises(CommandError, match="không do lệnh demo tạo"):
        run_demo()
    assert everything() == before
