"""Which periods and indicators concern a person, and which of them a page opens with."""

import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from communes.models import Level, Role, UnitVersion, User
from criteria.models import EDITABLE, Assessment, Indicator, ReportingPeriod, Revision

DECIDING_ROLES = (Role.DISTRICT, Role.PROVINCE)


def periods_of(user: User) -> QuerySet[ReportingPeriod]:
    """Return the periods on whose last day a unit of the person's scope lives, the latest first."""
    if user.sees_everything:
        return ReportingPeriod.objects.all()
    living: Any = UnitVersion.objects.as_of(OuterRef("ends_on")).visible_to(user)
    return ReportingPeriod.objects.filter(Exists(living))


def indicators_of(user: User) -> QuerySet[Indicator]:
    """Return the indicators that judge units of the person's scope: a commune officer has no district's."""
    found = Indicator.objects.all()
    return found.filter(level=Level.COMMUNE) if user.role == Role.COMMUNE else found


def period_to_open(user: User, today: datetime.date) -> ReportingPeriod | None:
    """Return the latest period with something that waits for the person, else with results, else that ended."""
    mine = periods_of(user)
    editable = Revision.objects.visible_to(user).filter(state__in=EDITABLE)
    waiting = editable | Revision.objects.waiting_for(user) if user.role in DECIDING_ROLES else editable
    known = Assessment.objects.visible_to(user)
    return (
        mine.filter(pk__in=waiting.values("assessment__period")).first()
        or mine.filter(pk__in=known.values("period")).first()
        or mine.filter(ends_on__lte=today).first()
        or mine.first()
    )
