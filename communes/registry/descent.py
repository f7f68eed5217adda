"""Who came from whom over any number of successions, in the order of time."""

import datetime
from collections.abc import Iterable
from itertools import groupby

from communes.models import Descent, Succession, Unit

Step = tuple[datetime.date, int, int, bool]
# Whether the ancestor went whole at every step, the day of the last one, and the day on which anything of it came.
Path = tuple[bool, datetime.date, datetime.date]
SINCE_EVER = datetime.date.min
BATCH = 1000


def closure(units: Iterable[int], steps: Iterable[Step]) -> dict[tuple[int, int], Path]:
    """Return (ancestor, descendant) → the path between them; each unit comes whole from itself since ever.

    A step is (day, predecessor, successor, is whole). A path goes forward in time only: what a unit gave away
    on a day cannot hold what it received on that day or later. Of several paths a whole one counts, then the first.
    """
    origins: dict[int, dict[int, Path]] = {unit: {unit: (True, SINCE_EVER, SINCE_EVER)} for unit in units}
    for _, same_day in groupby(sorted(steps), key=lambda step: step[0]):
        arrivals = [
            (successor, ancestor, (path[0] and is_whole, day, day))
            for day, predecessor, successor, is_whole in same_day
            for ancestor, path in origins[predecessor].items()
        ]
        for successor, ancestor, path in arrivals:
            known = origins[successor].get(ancestor)
            if known is None:
                origins[successor][ancestor] = path
            elif path[0] and not known[0]:
                origins[successor][ancestor] = (*path[:2], known[2])
    return {(ancestor, unit): path for unit, found in origins.items() for ancestor, path in found.items()}


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
    for pk, ancestor, descendant, *path in Descent.objects.values_list(
        "pk", "ancestor_id", "descendant_id", "is_whole", "since", "first_on"
    ):
        if wanted.get((ancestor, descendant)) == tuple(path):
            found.add((ancestor, descendant))
        else:
            stale.append(pk)
    for start in range(0, len(stale), BATCH):
        Descent.objects.filter(pk__in=stale[start : start + BATCH]).delete()
    Descent.objects.bulk_create(
        (
            Descent(ancestor_id=ancestor, descendant_id=descendant, is_whole=is_whole, since=since, first_on=first_on)
            for (ancestor, descendant), (is_whole, since, first_on) in wanted.items()
            if (ancestor, descendant) not in found
        ),
        batch_size=BATCH,
    )
