"""The spans of standing: whatever is entered, sent and decided, they are those that the revisions give."""

import datetime
import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from communes.models import User
from criteria.entering import EntryRefused
from criteria.models import Door, Revision, StandingSpan, Verb
from criteria.spans import rebuild
from criteria.steps import StepRefused, take
from tests.cases import entered, line, taken
from tests.results import set_down, unit_on

pytestmark = pytest.mark.usefixtures("reference")
PERIODS = ("2023", "2024-Q4", "2024-H2", "2024")
OPEN_END = datetime.date.max
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["enter", *Verb.values]),
        st.integers(0, 3),
        st.sampled_from(PERIODS),
        st.sampled_from(["met", "not_met", "not_applicable", ""]),
    ),
    min_size=5,
    max_size=25,
)


def spans(**of: Any) -> list[tuple[Any, ...]]:
    found = StandingSpan.objects.filter(**of).order_by("indicator", "starts_on")
    return list(found.values_list("starts_on", "ends_on", "standing", "desk", "has_newer"))


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def test_a_result_on_its_way(an: User, bao: User, chi: User) -> None:
    begins = day("2024-12-31")
    (revision,) = entered(an)
    assert spans() == [(begins, OPEN_END, "missing", "draft", False)]
    taken(Verb.SUBMIT, revision, an)
    assert spans() == [(begins, OPEN_END, "pending", "", False)]
    taken(Verb.RETURN, revision, bao, reason="Thiếu minh chứng.")
    assert spans() == [(begins, OPEN_END, "missing", "returned", False)]
    taken(Verb.SUBMIT, revision, an)
    taken(Verb.EXAMINE, revision, bao)
    assert spans() == [(begins, OPEN_END, "pending", "", False)]
    taken(Verb.CONFIRM, revision, chi)
    assert spans() == [(begins, OPEN_END, "met", "", False)]
    (span,) = StandingSpan.objects.all()
    assert (span.counted, span.result_on, span.work) == (revision, begins, None)


def test_a_correction_stands_beside_until_it_is_confirmed(an: User, bao: User, chi: User) -> None:
    begins = day("2024-12-31")
    set_down([unit_on("2024-12-31", "23905")], "xa-ntm-19.2", "2024")
    (second,) = entered(bao, line(but={4: "not_met"}))
    assert spans() == [(begins, OPEN_END, "met", "", False)]
    taken(Verb.SUBMIT, second, bao)
    assert spans() == [(begins, OPEN_END, "met", "", True)]
    taken(Verb.CONFIRM, second, chi)
    assert spans() == [(begins, OPEN_END, "not_met", "", False)]


def test_one_span_follows_on_another_and_the_longer_period_counts(chi: User) -> None:
    unit = unit_on("2024-12-31", "23905")
    set_down([unit], "xa-ntm-19.2", "2023", "not_met")
    set_down([unit], "xa-ntm-19.2", "2024", "met")
    set_down([unit], "xa-ntm-19.2", "2024-Q4", "not_met")
    assert spans() == [
        (day("2023-12-31"), day("2024-12-30"), "not_met", "", False),
        (day("2024-12-31"), OPEN_END, "met", "", False),
    ]


def test_the_command_brings_them_back_and_says_how_many_differed() -> None:
    set_down([unit_on("2024-12-31", "23905")], "xa-ntm-19.2", "2024")
    right = spans()
    StandingSpan.objects.update(standing="not_met")
    out = io.StringIO()
    call_command("rebuild_standings", stdout=out)
    assert "2 dòng khác trước" in out.getvalue()  # the wrong one out, the right one in
    assert spans() == right
    call_command("rebuild_standings", stdout=out)
    assert "0 dòng khác trước" in out.getvalue()


def act(kind: str, who: User, period: str, verdict: str) -> None:
    """Enter something, or take a step with all that stands in the period; what is refused does not happen."""
    try:
        with transaction.atomic():
            if kind == "enter":
                entered(who, line("23905", but={4: verdict}, period=period), period=period, door=Door.FORM)
            else:
                revisions = Revision.objects.filter(assessment__period__key=period).exclude(state="replaced")
                for pk in revisions.order_by("-number").values_list("pk", flat=True)[:1]:
                    take(kind, [pk], by=who, reason="Thử")
    except (EntryRefused, StepRefused):
        pass


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_whatever_happens_a_rebuild_finds_nothing_to_mend(
    an: User, bao: User, chi: User, chinh: User, acts: list[Any]
) -> None:
    people = (an, bao, chi, chinh)
    with transaction.atomic():
        for kind, who, period, verdict in acts:
            act(kind, people[who], period, verdict)
            assert rebuild() == 0
        transaction.set_rollback(True)
