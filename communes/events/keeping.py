"""What the files of units must leave alone: the rows that an applied event has written or removed since."""

from dataclasses import replace

from communes.models import BoundaryEvent
from communes.registry import Rows
from communes.registry.rows import Identity


def without_events(rows: Rows) -> Rows:
    """Return the rows without the versions and successions that applied events decide on."""
    decided: set[tuple[type, Identity]] = set()
    for written, removed in BoundaryEvent.objects.applied().values_list("written", "removed"):
        for kept in (Rows.from_json(written), Rows.from_json(removed)):
            decided |= {(type(row), row.identity) for row in kept.versions}
            decided |= {(type(row), row.identity) for row in kept.successions}
    if not decided:
        return rows
    return replace(
        rows,
        versions=[row for row in rows.versions if (type(row), row.identity) not in decided],
        successions=[row for row in rows.successions if (type(row), row.identity) not in decided],
    )
