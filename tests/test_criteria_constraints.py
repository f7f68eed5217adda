"""What must always be true of assessments, reviews and uploads: each constraint, with a row that tries to break it."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from criteria.models import (
    Assessment,
    ConditionResult,
    Entry,
    ReturnedItem,
    Review,
    Revision,
    StandingSpan,
    State,
    Upload,
    Verb,
)
from tests.cases import entered, line, taken

HERE = (Assessment, Revision, ConditionResult, StandingSpan, Entry, Review, ReturnedItem, Upload)
HASH = "0" * 64
BATCH = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def official(bao, chi):
    """A confirmed first revision; rows of a second one try to break what must be true."""
    return taken(Verb.CONFIRM, taken(Verb.SUBMIT, entered(bao)[0], bao), chi)


def second(official, **given):
    base = {"assessment": official.assessment, "number": 2, "checklist": official.checklist}
    return Revision(**{**base, **given})


def sent(official, **given):
    return second(
        official, submitted_by=official.submitted_by, submitted_at=timezone.now(), **{"verdict": "met", **given}
    )


def review(official, **given):
    base = {"revision": official, "verb": "confirm", "by": official.submitted_by, "at": timezone.now()}
    return Review(**{**base, "content_hash": HASH, "batch": BATCH, **given})


def returned_item(official, **given):
    review_of = Review.objects.filter(revision=official).first()
    condition = official.results.first().condition
    return ReturnedItem(**{"review": review_of, "condition": condition, "reason": "Rà soát lại.", **given})


def upload(official, **given):
    base = {"unit": official.assessment.unit, "period": official.assessment.period}
    base |= {"by": official.submitted_by, "filename": "a.xlsx", "sha256": HASH, "size": 1, "content": b"x"}
    return Upload(**{**base, "state": "checked", **given})


def result(official, **given):
    first = official.results.first()
    return ConditionResult(**{"revision": official, "condition": first.condition, "verdict": "met", **given})


def free_result(official, **given):
    """A result of a condition that has no row yet."""
    first = official.results.first()
    condition = first.condition
    first.delete()
    return ConditionResult(**{"revision": official, "condition": condition, "verdict": "met", **given})


def span(official, **given):
    """A span beside the one that the official revision has."""
    base = {"unit": official.assessment.unit, "indicator": official.assessment.indicator, "standing": "missing"}
    base |= {
        "starts_on": date(2025, 1, 1),
        "ends_on": date(2025, 1, 2),
        "has_newer": False,
        "has_not_applicable": False,
    }
    return StandingSpan(**{**base, **given})


BREAKING = {
    "one_assessment_of_a_unit_indicator_and_period": lambda o: Assessment(
        unit=o.assessment.unit, indicator=o.assessment.indicator, period=o.assessment.period
    ),
    "one_revision_of_a_number": lambda o: second(o, number=1),
    "one_official_revision": lambda o: sent(o, state=State.CONFIRMED),
    "one_revision_in_work": lambda o: [second(o), second(o, number=3)],
    "revision_has_a_known_state": lambda o: sent(o, state="lost"),
    "revision_is_met_not_met_or_undecided": lambda o: second(o, verdict="not_applicable"),
    "only_a_decided_verdict_leaves_the_desk": lambda o: sent(o, state=State.SUBMITTED, verdict=""),
    "submitted_by_and_at_go_together": lambda o: second(o, submitted_at=timezone.now()),
    "what_left_the_desk_was_submitted": lambda o: second(o, state=State.SUBMITTED, verdict="met"),
    "letter_has_number_and_date": lambda o: second(o, letter_number="12/CV"),
    "only_what_is_not_met_is_expected_later": lambda o: second(o, verdict="met", measure="Tuyên truyền"),
    "expected_is_a_quarter_of_a_year": lambda o: second(o, verdict="not_met", expected_year=2025, expected_quarter=5),
    "one_result_of_a_condition": result,
    "result_has_a_known_verdict": lambda o: free_result(o, verdict="maybe"),
    "not_applicable_has_a_reason": lambda o: free_result(o, verdict="not_applicable"),
    "not_applicable_has_no_numbers": lambda o: free_result(o, verdict="not_applicable", reason="x", count=0),
    "ratio_is_a_part_of_a_whole": lambda o: free_result(o, numerator=61, denominator=60),
    "this_period_and_year_before_go_together": lambda o: free_result(o, this_period=3),
    "result_has_numbers_of_one_kind": lambda o: free_result(o, count=1, numerator=1, denominator=2),
    "entry_has_a_known_door": lambda o: Entry(revision=o, by=o.submitted_by, door="window"),
    "review_came_by_a_known_door": lambda o: review(o, door="window"),
    "review_has_a_known_verb": lambda o: review(o, verb="forget"),
    "returned_review_has_a_reason": lambda o: review(o, verb="return"),
    "only_a_checked_step_accepts_warnings": lambda o: review(o, verb="withdraw", acceptance="Đã xem."),
    "review_names_its_content": lambda o: review(o, content_hash=""),
    "one_reason_of_a_condition_in_a_return": lambda o: [returned_item(o), returned_item(o)],
    "returned_item_has_a_reason": lambda o: returned_item(o, reason=""),
    "upload_has_a_known_state": lambda o: upload(o, state="lost"),
    "applied_upload_says_by_whom_and_when": lambda o: upload(o, state="applied"),
    "undone_upload_says_by_whom_when_and_why": lambda o: upload(
        o, state="undone", applied_by=o.submitted_by, applied_at=timezone.now()
    ),
    "one_span_of_a_unit_and_indicator_starts_on_a_day": lambda o: span(o, starts_on=o.assessment.period.ends_on),
    "span_ends_after_it_starts": lambda o: span(o, ends_on=date(2024, 12, 31)),
    "span_has_a_known_standing": lambda o: span(o, standing="maybe"),
    "span_desk_is_draft_or_returned": lambda o: span(o, desk="submitted"),
    "span_with_a_result_names_it": lambda o: span(o, standing="met"),
    "refused_upload_has_a_reason": lambda o: upload(o, state="refused"),
}


@pytest.mark.parametrize("name", BREAKING)
def test_the_database_refuses(official, name):
    rows = BREAKING[name](official)
    *before, last = rows if isinstance(rows, list) else [rows]
    for row in before:
        row.save()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        last.save()
    constraint = next(c for model in HERE for c in model._meta.constraints if c.name == name)
    fields = getattr(constraint, "fields", ())
    said = str(caught.value)
    assert name in said or all(field in said for field in fields)
    assert name in said or fields


def test_every_constraint_has_its_row():
    assert {c.name for model in HERE for c in model._meta.constraints} == set(BREAKING)


@pytest.mark.parametrize("given", [{"numerator": 1}, {"denominator": 2}, {"numerator": 0, "denominator": 0}])
def test_half_a_ratio_is_refused(official, given):
    with pytest.raises(IntegrityError, match="ratio_is_a_part_of_a_whole"), transaction.atomic():
        free_result(official, **given).save()


def test_what_is_right_is_taken(official):
    second(official, letter_number="12/CV", letter_on=timezone.localdate()).save()
    review(official, verb="return", reason="Rà soát lại.").save()
    upload(official).save()
    assert line().unit_id == official.assessment.unit_id
