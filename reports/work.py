"""What an officer has before him, shown above the figures: what is due, returned, waiting, and since when."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from communes.models import Role, UnitVersion, User
from criteria.due import Due, due_for
from criteria.history import returns_of
from criteria.models import ReportingPeriod, Review, Revision, State
from criteria.models.assessments import waits_for
from criteria.naming import full_name, places_of_rows
from criteria.period_listing import ExtensionRow, running_for
from criteria.periods import period_to_open
from criteria.queue import TITLES
from criteria.self_assessment import sheet_to_open
from criteria.uploads.places import refusal_to_upload

FILLING_ROLES = (Role.COMMUNE, Role.DISTRICT)
WORKING_ROLES = (*FILLING_ROLES, Role.PROVINCE)
RETURNED_SHOWN = 5


@dataclass(frozen=True)
class Since:
    """How many there are, and the day since when the oldest of them is there."""

    count: int
    day: datetime.date | None

    @property
    def days(self) -> int:
        return (timezone.localdate() - self.day).days if self.day else 0

    def __bool__(self) -> bool:
        return self.count > 0


@dataclass(frozen=True)
class Desk:
    """What is in work: how many results came back, what is begun, and what waits for the person's decision."""

    returned: int
    drafts: Since
    waiting: Since


@dataclass(frozen=True)
class Returned:
    """One result that came back: under the name of its unit, with the step by which it did."""

    name: str
    revision: Revision
    review: Review | None


@dataclass(frozen=True)
class Work:
    """`returned` are the first of `returned_count`, by name, each with why and since when it came back.

    `waiting` await this person's decision. `due` are the periods of which something is still to be sent, `extensions`
    what the province allows beyond their closing. `sheet` is the commune whose self-assessment of `sheet_period` a
    commune officer fills in next.
    """

    returned: list[Returned]
    returned_count: int
    drafts: Since
    waiting: Since
    waiting_title: str
    due: list[Due]
    extensions: list[ExtensionRow]
    may_upload: bool
    sheet: UnitVersion | None
    sheet_period: ReportingPeriod | None

    def __bool__(self) -> bool:
        return bool(self.returned_count or self.drafts or self.waiting or self.due or self.extensions)


def work_of(user: User) -> Work | None:
    """Return what an officer has to send, fill in, mend or decide; leaders and administrators have no such work."""
    if user.role not in WORKING_ROLES:
        return None
    today, is_filling = timezone.localdate(), user.role in FILLING_ROLES
    extensions = running_for(user)
    period = period_to_open(user, today) if user.role == Role.COMMUNE else None
    desk = _desk_of(user)
    return Work(
        returned=_returned(user) if is_filling and desk.returned else [],
        returned_count=desk.returned if is_filling else 0,
        drafts=desk.drafts if is_filling else Since(0, None),
        waiting=desk.waiting,
        waiting_title=TITLES.get(user.role, ""),
        due=due_for(user, today, extensions),
        extensions=extensions,
        may_upload=is_filling and not refusal_to_upload(user.role),
        sheet=sheet_to_open(user, period),
        sheet_period=period,
    )


def _desk_of(user: User) -> Desk:
    """Count what is in work in the person's scope: one query."""
    is_draft, waits = Q(state=State.DRAFT), waits_for(user)
    found = (
        Revision.objects.in_work()
        .visible_to(user)
        .aggregate(
            returned=Count("pk", filter=Q(state=State.RETURNED)),
            drafts=Count("pk", filter=is_draft),
            begun=Min("updated_at", filter=is_draft),
            waiting=Count("pk", filter=waits),
            sent=Min("submitted_at", filter=waits),
        )
    )
    drafts, waiting = Since(found["drafts"], _day(found["begun"])), Since(found["waiting"], _day(found["sent"]))
    return Desk(found["returned"], drafts, waiting)


def _day(moment: Any) -> datetime.date | None:
    return timezone.localdate(moment) if moment else None


def _returned(user: User) -> list[Returned]:
    """Return the first of those that came back, with the names of their units."""
    returned = (
        Revision.objects.visible_to(user)
        .filter(state=State.RETURNED)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period")
        .order_by("-assessment__period__ends_on", "-pk")[:RETURNED_SHOWN]
    )
    places = places_of_rows(returned, user)
    reviews = returns_of(returned)
    return [
        Returned(full_name(places[row.assessment.unit_id, row.assessment.period_id]), row, reviews.get(row.pk))
        for row in returned
    ]
