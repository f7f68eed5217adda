"""The decisions of one action together: who, when, what and why, and about which results."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from communes.models import User
from criteria import rules
from criteria.models import Review, Revision
from criteria.naming import full_name, places_of_rows


def reviews_of(batch: uuid.UUID, user: User) -> QuerySet[Review]:
    """Return the decisions of one action on results in the person's scope, in the order of their units."""
    return (
        Review.objects.filter(batch=batch, revision__in=Revision.objects.visible_to(user))
        .select_related(
            "by__unit",
            "revision__checklist",
            "revision__assessment__unit",
            "revision__assessment__indicator",
            "revision__assessment__period",
        )
        .prefetch_related("by__unit__versions", "items__condition")
        .order_by("revision__assessment__unit__key", "revision__assessment__indicator", "pk")
    )


def sizes_of(batches: Iterable[uuid.UUID], user: User) -> dict[uuid.UUID, int]:
    """Return how many decisions each action took on results in the person's scope."""
    seen = Review.objects.filter(batch__in=set(batches), revision__in=Revision.objects.visible_to(user))
    return dict(seen.order_by().values("batch").annotate(n=Count("pk")).values_list("batch", "n"))


def rows_of(reviews: Iterable[Review], user: User) -> list[dict[str, Any]]:
    """Return what the page prints of each decision; a reason may name a condition that the person does not see."""
    listed = list(reviews)
    places = places_of_rows([review.revision for review in listed], user)
    tells = user.role in rules.SEES_SENSITIVE_ROLES
    rows = []
    for review in listed:
        of = review.revision.assessment
        place = places.get((of.unit_id, of.period_id))
        rows.append(
            {
                "review": review,
                "name": full_name(place) if place else of.unit.key,
                "items": review.items.all() if tells else (),
                "acceptance": review.acceptance if tells else "",
            }
        )
    return rows
