"""Results for tests: revisions set down as they stand, without the steps that lead there."""

from collections.abc import Iterable

from django.db.models import Count
from django.utils import timezone

from communes.models import Unit, UnitVersion, User
from criteria.models import (
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verdict,
)
from criteria.spans import refresh

ON_DESK = (State.DRAFT, State.RETURNED)


def sender() -> User:
    province = UnitVersion.objects.get(code="64").unit
    found, _ = User.objects.get_or_create(
        username="nguoi-gui", defaults={"full_name": "Người Gửi", "role": "province", "unit": province}
    )
    return found


def set_down(
    units: Iterable[Unit], indicator: str, period: str, verdict: str = Verdict.MET, state: str = State.CONFIRMED
) -> list[Revision]:
    """Set down one revision for each unit; a second one of the same assessment is the next in number."""
    asked, when = Indicator.objects.get(code=indicator), ReportingPeriod.objects.get(key=period)
    checklist = Checklist.objects.in_application_on(when.ends_on).get(indicator=asked)
    sent = {} if state in ON_DESK else {"submitted_by": sender(), "submitted_at": timezone.now()}
    asked_of = list(units)
    held = Assessment.objects.filter(unit__in=asked_of, indicator=asked, period=when)
    said = {one.unit_id: one for one in held.annotate(last=Count("revisions"))}
    fresh = [Assessment(unit=unit, indicator=asked, period=when) for unit in asked_of if unit.pk not in said]
    said |= {one.unit_id: one for one in Assessment.objects.bulk_create(fresh)}
    alike = {"state": state, "verdict": verdict, "checklist": checklist, **sent}
    assessments = [said[unit.pk] for unit in asked_of]
    made = Revision.objects.bulk_create(
        Revision(assessment=one, number=getattr(one, "last", 0) + 1, **alike) for one in assessments
    )
    refresh(one.assessment_id for one in made)
    return made


def fail(revision: Revision, *numbers: int) -> None:
    """Write that the conditions of these numbers are not met."""
    for condition in Condition.objects.filter(checklist=revision.checklist_id, number__in=numbers):
        ConditionResult.objects.create(revision=revision, condition=condition, verdict=Verdict.NOT_MET)


def units_on(day: str, kind: str, province: str = "64") -> list[Unit]:
    """Return the units of a kind that lived in the province of this code on the day, in official order."""
    holder = UnitVersion.objects.as_of(day).get(code=province, unit__level="province")
    versions = UnitVersion.objects.as_of(day).filter(province=holder.unit, kind=kind, unit__level="commune")
    return [version.unit for version in versions.select_related("unit").order_by("code")]


def unit_on(day: str, code: str) -> Unit:
    return UnitVersion.objects.as_of(day).get(code=code).unit
