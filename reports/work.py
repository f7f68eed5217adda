"""What an officer has before him, shown above the figures."""

from dataclasses import dataclass

from django.db.models import Count, Q

from communes.models import Role, User
from criteria.models import Revision, State
from criteria.uploads.places import refusal_to_upload

FILLING_ROLES = (Role.COMMUNE, Role.DISTRICT)
RETURNED_SHOWN = 5


@dataclass(frozen=True)
class Work:
    """`returned` are the first of `returned_count`; `waiting` await this person's decision."""

    returned: list[Revision]
    returned_count: int
    drafts: int
    waiting: int
    may_upload: bool


def work_of(user: User) -> Work | None:
    """Return what a commune or district officer has to fill in, mend or examine; others have the menu's count."""
    if user.role not in FILLING_ROLES:
        return None
    mine = Revision.objects.visible_to(user)
    counts = mine.aggregate(
        returned=Count("pk", filter=Q(state=State.RETURNED)), drafts=Count("pk", filter=Q(state=State.DRAFT))
    )
    returned = (
        mine.filter(state=State.RETURNED)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period")
        .prefetch_related("assessment__unit__versions")
        .order_by("-assessment__period__ends_on", "-pk")[:RETURNED_SHOWN]
    )
    waiting = Revision.objects.waiting_for(user).count()
    return Work(list(returned), counts["returned"], counts["drafts"], waiting, not refusal_to_upload(user.role))
