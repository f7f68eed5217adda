"""What an officer has before him, shown above the figures."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from communes.models import Role, UnitVersion, User
from criteria.history import returns_of
from criteria.models import ReportingPeriod, Revision, State
from criteria.naming import full_name, places_of_rows
from criteria.periods import period_to_open
from criteria.self_assessment import sheet_to_open
from criteria.uploads.places import refusal_to_upload

FILLING_ROLES = (Role.COMMUNE, Role.DISTRICT)
RETURNED_SHOWN = 5


@dataclass(frozen=True)
class Work:
    """`returned` are the first of `returned_count`, by name, each with why it came back.

    `waiting` await this person's decision. `sheet` is the commune whose self-assessment of `sheet_period` a commune
    officer fills in next.
    """

    returned: list[tuple[str, Revision, str]]
    returned_count: int
    drafts: int
    waiting: int
    may_upload: bool
    sheet: UnitVersion | None
    sheet_period: ReportingPeriod | None


def work_of(user: User) -> Work | None:
    """Return what a commune or district officer has to fill in, mend or examine; others have the menu's count."""
    if user.role not in FILLING_ROLES:
        return None
    mine = Revision.objects.visible_to(user)
    counts = mine.aggregate(
        returned=Count("pk", filter=Q(state=State.RETURNED)), drafts=Count("pk", filter=Q(state=State.DRAFT))
    )
    waiting = Revision.objects.waiting_for(user).count()
    period = period_to_open(user, timezone.localdate())
    return Work(
        _returned(user),
        counts["returned"],
        counts["drafts"],
        waiting,
        may_upload=not refusal_to_upload(user.role),
        sheet=sheet_to_open(user, period),
        sheet_period=period,
    )


def _returned(user: User) -> list[tuple[str, Revision, str]]:
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
        (
            full_name(places[row.assessment.unit_id, row.assessment.period_id]),
            row,
            reviews[row.pk].reason if row.pk in reviews else "",
        )
        for row in returned
    ]
