"""How the tests say things: a unit by its code, a period by its key, "all met but 4"."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from communes.models import User
from criteria.entering import Letter, Line, checklists_of, enter
from criteria.models import Assessment, Condition, Door, Indicator, ReportingPeriod, Revision, Verdict
from criteria.steps import take
from tests.conftest import unit_of

BASIC = "xa-ntm-19.2"
ADVANCED = "xa-ntmnc-19.2"
DISTRICTS = "huyen-ntm-9.4"
LETTER = Letter("12/CV-UBND", date(2025, 1, 10))


def conditions(indicator: str = BASIC, period: str = "2024") -> dict[int, Condition]:
    """Return the conditions in application by number."""
    found, at = Indicator.objects.get(code=indicator), ReportingPeriod.objects.get(key=period)
    return {condition.number: condition for condition in checklists_of([found], at)[found.pk][1]}


def line(
    code: str = "23905",
    *,
    but: Mapping[int, str] | None = None,
    indicator: str = BASIC,
    period: str = "2024",
    seen: str = "",
) -> Line:
    """Return "every condition met" for a unit, but those named ("" leaves one unjudged)."""
    said = dict.fromkeys(conditions(indicator, period), Verdict.MET.value) | dict(but or {})
    ids = {number: condition.pk for number, condition in conditions(indicator, period).items()}
    reasons = {ids[n]: "không có mô hình" for n, verdict in said.items() if verdict == Verdict.NOT_APPLICABLE}
    verdicts = {ids[number]: verdict for number, verdict in said.items() if verdict}
    at = ReportingPeriod.objects.get(key=period)
    return Line(unit_of(code, at.ends_on).pk, Indicator.objects.get(code=indicator), verdicts, reasons, seen)


def entered(by: User, *lines: Line, period: str = "2024", **given: Any) -> list[Revision]:
    """Enter the lines (one of Ia Băng if none is given) and return their revisions in work."""
    lines = lines or (line(period=period),)
    at = ReportingPeriod.objects.get(key=period)
    enter(lines, by=by, period=at, door=given.pop("door", Door.FORM), **given)
    return [revision_of(item, period) for item in lines]


def revision_of(item: Line, period: str = "2024") -> Revision:
    return Revision.objects.filter(
        assessment__unit=item.unit_id, assessment__indicator=item.indicator, assessment__period__key=period
    ).latest("number")


def taken(verb: str, revision: Revision, by: User, **given: Any) -> Revision:
    """Take the step and return the revision as it stands then."""
    take(verb, [revision.pk], by=by, **given)
    revision.refresh_from_db()
    return revision


def address(revision: Revision, page: str = "") -> str:
    return Assessment.objects.get(pk=revision.assessment_id).get_absolute_url() + page
