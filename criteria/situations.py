"""How a unit stands for an indicator in a period: its official revision, the one in work, and the words for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.urls import reverse

from communes.models import Level, Role, UnitVersion, User
from criteria.cases import examiner_on, marked_among
from criteria.models import (
    EDITABLE,
    Checklist,
    ConditionResult,
    Examiner,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verb,
    Verdict,
)
from criteria.models.assessments import IN_WORK
from criteria.naming import full_name
from criteria.registers.expecting import not_registered
from criteria.rules import SENT_TO_PROVINCE

PROVINCE_BODY = "Công an tỉnh"
# Keys of the states that only exist between revisions; the others are those of `State`.
MISSING, CORRECTING, PENDING_PROVINCE, UNREGISTERED = "missing", "correcting", "pending", "unregistered"
STATE_WORDS: dict[str, str] = {
    MISSING: "Chưa gửi",
    State.DRAFT: "Đang nhập",
    State.RETURNED: "Trả lại để bổ sung",
    State.SUBMITTED: "Đã gửi, chờ thẩm tra",
    State.EXAMINED: "Đã thẩm tra, chờ xác nhận",
    State.CONFIRMED: "Đã xác nhận",
    CORRECTING: "Đang điều chỉnh",
    UNREGISTERED: "Không đăng ký",
}
OWN_DRAFT = "Tự đánh giá"


def judged_in(indicator: Indicator, period: ReportingPeriod) -> Any:
    """Return the units that the indicator judges, as they stand on the period's last day."""
    return (
        UnitVersion.objects.as_of(period.ends_on)
        .of_level(indicator.level)
        .filter(kind__in=indicator.kinds)
        .with_district_on(period.ends_on)
        .select_related("unit")
    )


def with_revisions(versions: Any, indicator: Indicator, period: ReportingPeriod) -> Any:
    """Annotate the ids of the two revisions of each unit, and `state_key`, one of `STATE_WORDS`."""
    revisions = Revision.objects.filter(
        assessment__unit=OuterRef("unit"), assessment__indicator=indicator, assessment__period=period
    )
    in_work = revisions.filter(state__in=IN_WORK)
    return versions.annotate(
        official_id=Subquery(revisions.official().values("pk")[:1]),
        in_work_id=Subquery(in_work.values("pk")[:1]),
        in_work_state=Subquery(in_work.values("state")[:1]),
    ).annotate(
        state_key=Case(
            When(Q(official_id__isnull=False, in_work_id__isnull=False), then=Value(CORRECTING)),
            When(official_id__isnull=False, then=Value(State.CONFIRMED.value)),
            When(Q(in_work_id__isnull=True) & not_registered(indicator, period), then=Value(UNREGISTERED)),
            When(in_work_id__isnull=True, then=Value(MISSING)),
            default=F("in_work_state"),
            output_field=CharField(),
        )
    )


def readable(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Fetch with revisions what a page prints of them: results, conditions, people with their posts."""
    return revisions.select_related(
        "assessment__indicator", "assessment__period", "checklist", "submitted_by__unit"
    ).prefetch_related("results__condition", "checklist__conditions", "submitted_by__unit__versions")


@dataclass(frozen=True)
class Situation:
    """One unit × indicator × period: the unit as it stood on the last day, and its two revisions."""

    version: UnitVersion
    indicator: Indicator
    period: ReportingPeriod
    official: Revision | None = None
    in_work: Revision | None = None
    examiner: Examiner | None = None
    is_to_review: bool = False

    @property
    def current(self) -> Revision | None:
        return self.in_work or self.official

    @property
    def name(self) -> str:
        return full_name(self.version)

    @property
    def url(self) -> str:
        return self.url_of("assessment")

    def url_of(self, view: str) -> str:
        return reverse(view, args=[self.period.key, self.indicator.code, self.version.unit_id])

    @property
    def state_key(self) -> str:
        """Return the word of the style sheet for the state."""
        if self.in_work is None:
            return State.CONFIRMED if self.official else getattr(self.version, "state_key", MISSING)
        if self.official:
            return CORRECTING
        if self.in_work.state == State.SUBMITTED and self.examiner is None:
            return PENDING_PROVINCE
        return self.in_work.state

    @property
    def state_label(self) -> str:
        if self.in_work and self.official:
            return f"Đang điều chỉnh (lần {self.in_work.number})"
        return state_word(self.state_key, self.indicator)

    @property
    def work_label(self) -> str:
        """Say how far the revision in work is."""
        if self.in_work is None:
            return ""
        is_direct = self.in_work.state == State.SUBMITTED and self.examiner is None
        return state_word(PENDING_PROVINCE if is_direct else self.in_work.state, self.indicator)

    def target(self, verb: str) -> Revision | None:
        """Return the revision that a verb is about: what is official is reopened, what is in work does the rest."""
        return (self.official or self.in_work) if verb == Verb.REOPEN else self.current

    def receiver(self, role: str) -> str:
        """Return the body to which this role sends the result."""
        return self.examiner.name if self.examiner and role == Role.COMMUNE else PROVINCE_BODY


def state_word(key: str, indicator: Indicator, *, is_examined: bool = True) -> str:
    """Return the word for a state: what a district says of itself before sending is its "Tự đánh giá".

    `is_examined`: a district examines what was sent; where none does it waits for the province.
    """
    if key == PENDING_PROVINCE or (key == State.SUBMITTED and not is_examined):
        return SENT_TO_PROVINCE
    return OWN_DRAFT if key == State.DRAFT and indicator.level == Level.DISTRICT else STATE_WORDS[key]


def is_examined_in(period: ReportingPeriod, indicator: Indicator) -> bool:
    """Whether a district's body examines what communes send in the period; a district's own goes straight on."""
    return indicator.level == Level.COMMUNE and Examiner.objects.as_of(period.ends_on).exists()


def situations_of(versions: Iterable[Any], indicator: Indicator, period: ReportingPeriod) -> list[Situation]:
    """Return the situations of units that carry `with_revisions`, with all that a list prints."""
    rows = list(versions)
    ids = {pk for row in rows for pk in (row.official_id, row.in_work_id) if pk}
    found = {revision.pk: revision for revision in readable(Revision.objects.filter(pk__in=ids))}
    marked = marked_among(found)
    examiner = examiner_on(period.ends_on, Examiner.objects.all())
    return [
        Situation(
            version=row,
            indicator=indicator,
            period=period,
            official=found.get(row.official_id),
            in_work=found.get(row.in_work_id),
            is_to_review=(row.in_work_id or row.official_id) in marked,
            examiner=examiner if row.unit.level == Level.COMMUNE and row.has_district else None,
        )
        for row in rows
    ]


def situation_for(user: User, period: ReportingPeriod, indicator: Indicator, unit_id: int) -> Situation | None:
    """Return how one unit stands, or None where the person may not see it or the indicator does not judge it."""
    versions = judged_in(indicator, period).visible_to(user).filter(unit=unit_id)
    return next(iter(situations_of(with_revisions(versions, indicator, period), indicator, period)), None)


def failed_numbers(revision: Revision) -> list[int]:
    """Return the numbers of the conditions not met, for a list: a sensitive one is named in none."""
    return [
        result.condition.number
        for result in revision.results.all()
        if result.verdict == Verdict.NOT_MET and not result.condition.is_sensitive
    ]


def failed_text(revision: Revision | None) -> str:
    """Return "nội dung 4, 7"."""
    numbers = failed_numbers(revision) if revision else []
    return f"nội dung {', '.join(map(str, numbers))}" if numbers else ""


def results_by_number(revision: Revision | None) -> dict[int, ConditionResult]:
    return {result.condition.number: result for result in revision.results.all()} if revision else {}


def checklist_in_application(indicator: Indicator, period: ReportingPeriod) -> Checklist | None:
    """Return the guidance of the period's last day with its conditions."""
    found = Checklist.objects.in_application_on(period.ends_on).filter(indicator=indicator)
    return found.prefetch_related("conditions").first()


def ready_among(versions: Any) -> Any:
    """Return the units (with `with_revisions`) whose result is decided and not sent."""
    ready = Revision.objects.filter(state__in=EDITABLE).exclude(verdict="").exclude(is_bare=True, number__gt=1)
    return versions.filter(in_work_id__in=ready.values("pk"))


def receiver_of(situations: Iterable[Situation], role: str) -> str:
    """Return where this role sends these results: a commune to the district's body where one examines."""
    receivers = {situation.receiver(role) for situation in situations}
    return receivers.pop() if len(receivers) == 1 else PROVINCE_BODY
