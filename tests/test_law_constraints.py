"""What must always be true of the law and the periods: each constraint, with a row that tries to break it."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from criteria.models import (
    Checklist,
    Condition,
    CriteriaSet,
    CriteriaSetVersion,
    Criterion,
    Examiner,
    Indicator,
    IndicatorWording,
    ReportingPeriod,
)

HD04_DAY = datetime.date(2024, 3, 18)


def hd04() -> Checklist:
    return Checklist.objects.get(indicator__code="xa-ntm-19.2", applies_from=HD04_DAY)


def broken_rows() -> list:
    """Rows that a constraint must refuse, each by its name."""
    day = datetime.date(2030, 1, 1)
    version = CriteriaSetVersion.objects.first()
    wording = IndicatorWording.objects.first()
    checklist, condition = hd04(), hd04().conditions.first()
    period, criterion = ReportingPeriod.objects.get(key="2024"), Criterion.objects.first()
    texts = {"number": "1", "signed_on": day}
    set_texts = {**texts, "criteria_set": version.criteria_set}
    days = {"starts_on": day, "ends_on": day + datetime.timedelta(days=30), "due_on": day}
    new_period = {"key": "2030-Q1", "kind": "quarter", "label": "x", **days}
    return [
        (CriteriaSet(code="x", name="x", level="thon", position=9), "criteria_set_has_a_known_level"),
        (
            CriteriaSetVersion(applies_from=version.applies_from, marker="draft", **set_texts),
            "one_version_of_a_set_applies_from_a_day",
        ),
        (
            CriteriaSetVersion(applies_from=day, marker="?", **set_texts),
            "set_version_has_a_known_marker",
        ),
        (
            Criterion(criteria_set=criterion.criteria_set, number=criterion.number, name="x"),
            "one_criterion_of_a_number_in_a_set",
        ),
        (
            Indicator(criterion=criterion, code="x", sheet_title="x", level="?", kinds=[], position=99),
            "indicator_has_a_known_level",
        ),
        (
            IndicatorWording(indicator=wording.indicator, version=wording.version, text="x", marker="draft"),
            "one_wording_of_an_indicator_in_a_version",
        ),
        (
            IndicatorWording(
                indicator=Indicator.objects.exclude(pk=wording.indicator_id).first(),
                version=wording.version,
                text="x",
                marker="?",
            ),
            "wording_has_a_known_marker",
        ),
        (
            Checklist(indicator=checklist.indicator, applies_from=checklist.applies_from, **texts),
            "one_checklist_of_an_indicator_applies_from_a_day",
        ),
        (
            Condition(checklist=checklist, number=condition.number, wording="x", marker="draft"),
            "one_condition_of_a_number_in_a_checklist",
        ),
        (Condition(checklist=checklist, number=99, wording="x", marker="?"), "condition_has_a_known_marker"),
        *(
            (Condition(checklist=checklist, number=99, wording="x", marker="draft", **given), name)
            for given, name in (
                ({"kind": "?"}, "condition_has_a_known_kind"),
                ({"kind": "count"}, "only_a_counting_condition_has_a_limit"),
                ({"limit": 2}, "only_a_counting_condition_has_a_limit"),
                ({"kind": "ratio"}, "only_a_ratio_has_a_threshold"),
                ({"kind": "ratio", "threshold": 0}, "only_a_ratio_has_a_threshold"),
                ({"threshold": 70}, "only_a_ratio_has_a_threshold"),
                ({"kind": "year"}, "only_a_comparison_says_how_it_compares"),
                ({"comparison": "below"}, "only_a_comparison_says_how_it_compares"),
            )
        ),
        (ReportingPeriod(**new_period | {"kind": "week"}), "period_has_a_known_kind"),
        (ReportingPeriod(**new_period | {"ends_on": day}), "period_ends_after_it_starts"),
        (
            ReportingPeriod(**new_period | {"due_on": day - datetime.timedelta(days=1)}),
            "period_is_due_after_it_starts",
        ),
        (ReportingPeriod(**new_period | {"key": period.key}), "key"),
        (
            ReportingPeriod(**new_period | {"opens_on": day + datetime.timedelta(days=1)}),
            "period_opens_before_it_is_due",
        ),
        (
            ReportingPeriod(**new_period | {"closes_on": day - datetime.timedelta(days=1)}),
            "period_closes_after_it_opens",
        ),
        (ReportingPeriod(**new_period | {"corrections_close_on": day}), "corrections_close_after_new_work"),
        (
            ReportingPeriod(
                **new_period | {"corrections_close_on": day, "closes_on": day + datetime.timedelta(days=1)}
            ),
            "corrections_close_after_new_work",
        ),
        (
            Examiner(name="x", starts_on=Examiner.objects.first().starts_on, marker="draft"),
            "one_examiner_starts_on_a_day",
        ),
        (
            Examiner(name="x", starts_on=day, ends_on=day - datetime.timedelta(days=1), marker="draft"),
            "examiner_ends_after_it_starts",
        ),
        (Examiner(name="x", starts_on=day, marker="?"), "examiner_has_a_known_marker"),
    ]


def test_the_database_refuses_what_must_never_be(reference: None):
    for row, name in broken_rows():
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            row.save()
        # SQLite names the columns of a unique constraint, not the constraint.
        assert name in str(refused.value) or "UNIQUE" in str(refused.value), (name, refused.value)
