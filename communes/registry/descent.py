"""Who came from whom over any number of successions, in the order of time."""

import datetime
from collections.abc import Iterable
from itertools import groupby

from communes.models import Descent, Succession, Unit

Step = tuple[datetime.date, int, int, bool]
BATCH = 1000


def closure(units: Iterable[int], steps: Iterable[Step]) -> dict[tuple[int, int], bool]:
    """Return (ancestor, descendant) → whether the ancestor went whole at every step; each unit from itself.

    A step is (day, predecessor, successor, is whole). A path goes forward in time only: what a unit gave away
    on a day cannot hold what it received on that day or later.
    """
    origins: dict[int, dict[int, bool]] = {unit: {unit: True} for unit in units}
    for _, same_day in groupby(sorted(steps), key=lambda step: step[0]):
        arrivals = [
            (successor, ancestor, whole and is_whole)
            for _, predecessor, successor, is_whole in same_day
            for ancestor, whole in origins[predecessor].items()
        ]
        for successor, ancestor, whole in arrivals:
            origins[successor][ancestor] = origins[successor].get(ancestor, False) or whole
    return {(ancestor, unit): whole for unit, found in origins.items() for ancestor, whole in found.items()}


def rebuild_descent() -> None:
    """Bring the derived table to the successions; writes only what differs."""
    steps = [
        (day, predecessor, successor, share == 1)
        for day, predecessor, successor, share in Succession.objects.values_list(
            "effective_on", "predecessor_id", "successor_id", "share"
        )
    ]
    wanted = closure(Unit.objects.values_list("pk", flat=True), steps)
    stale, found = [], set()
    for pk, ancestor, descendant, is_whole in Descent.objects.values_list(
        "pk", "ancestor_id", "descendant_id", "is_whole"
    ):
        if wanted.get((ancestor, descendant)) == is_whole:
            found.add((ancestor, descendant))
        else:
            stale.append(pk)
    for start in range(0, len(stale), BATCH):
        Descent.objects.filter(pk__in=stale[start : start + BATCH]).delete()
    Descent.objects.bulk_create(
        (
            Descent(ancestor_id=ancestor, descendant_id=descendant, is_whole=is_whole)
            for (ancestor, descendant), is_whole in wanted.items()
            if (ancestor, descendant) not in found
        ),
        batch_size=BATCH,
    )
