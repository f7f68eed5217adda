"""The other half of `criteria.entering`: what stood before an upload wrote over it, and bringing exactly that back."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Exists, OuterRef
from django.utils.dateparse import parse_date, parse_datetime

from communes.models import User
from criteria import spans
from criteria.models import (
    OUTLOOK_CHANGE,
    Assessment,
    Condition,
    ConditionResult,
    Door,
    Entry,
    Review,
    Revision,
    Upload,
)
from criteria.outlooks import Outlook
from criteria.standings import OUTLOOK_COLUMNS, Standing, by_thousand, standings_of_revisions
from criteria.verdicts import ALL_COLUMNS, Numbers

# What of a revision an entry, or the sending after it, writes over.
WRITTEN_OVER = (
    "state",
    "verdict",
    "checklist_id",
    "is_bare",
    "letter_number",
    "letter_on",
    "submitted_by_id",
    "submitted_at",
    *OUTLOOK_COLUMNS,
)
READ: Mapping[str, Any] = {"letter_on": parse_date, "submitted_at": parse_datetime}
Snapshot = dict[str, Any]


class Says(Protocol):
    """Anything that says something of conditions: a line, a standing."""

    @property
    def verdicts(self) -> Mapping[int, str]: ...

    @property
    def numbers(self) -> Mapping[int, Numbers]: ...


def snapshots_of(revisions: Iterable[int]) -> dict[int, Snapshot]:
    """Return by revision all that an entry would write over, as JSON keeps it: two queries a thousand."""
    found: dict[int, Snapshot] = {}
    for some in by_thousand(revisions):
        rows = Revision.objects.filter(pk__in=some).values("pk", *WRITTEN_OVER)
        found.update({row.pop("pk"): {**row, "results": []} for row in rows})
        results = ConditionResult.objects.filter(revision__in=some).order_by("revision", "condition")
        for revision, *said in results.values_list("revision", "condition", "verdict", "reason", *ALL_COLUMNS):
            found[revision]["results"].append(said)
    for snapshot in found.values():
        snapshot |= {name: snapshot[name] and snapshot[name].isoformat() for name in READ}
    return found


def take_back(entries: Sequence[Entry], *, by: User, upload: Upload, at: datetime.datetime) -> None:
    """Bring back what stood before each of these entries (one a revision), in the caller's transaction.

    A revision that the entry opened is deleted with its steps, and its assessment if nothing else is said of it; the
    caller holds the lock on the assessments and keeps what is deleted.
    """
    units = spans.units_of(entry.revision.assessment_id for entry in entries)
    opened = [entry.revision for entry in entries if not entry.before]
    for some in by_thousand(opened):
        ids = [revision.pk for revision in some]
        Review.objects.filter(revision__in=ids).delete()
        Revision.objects.filter(pk__in=ids).delete()
        bare = ~Exists(Revision.objects.filter(assessment=OuterRef("pk")))
        Assessment.objects.filter(bare, pk__in=[revision.assessment_id for revision in some]).delete()
    for kept in by_thousand(entry for entry in entries if entry.before):
        _restore(kept, by=by, upload=upload, at=at)
    spans.refresh_units(units)


def _restore(entries: Sequence[Entry], *, by: User, upload: Upload, at: datetime.datetime) -> None:
    """Write what stood before, and one entry for each revision with what moved back."""
    ids = [entry.revision_id for entry in entries]
    before = standings_of_revisions(ids)
    stood: dict[int, Snapshot] = {entry.revision_id: entry.before or {} for entry in entries}
    for entry in entries:
        for name in WRITTEN_OVER:
            value = stood[entry.revision_id][name]
            setattr(entry.revision, name, READ[name](value) if value and name in READ else value)
        entry.revision.updated_at = at
    fields = [name.removesuffix("_id") for name in (*WRITTEN_OVER, "updated_at")]
    Revision.objects.bulk_update([entry.revision for entry in entries], fields, batch_size=100)
    ConditionResult.objects.filter(revision__in=ids).delete()
    ConditionResult.objects.bulk_create(
        [
            ConditionResult(
                revision_id=pk,
                condition_id=condition,
                verdict=verdict,
                reason=reason,
                **dict(zip(ALL_COLUMNS, numbers, strict=True)),
            )
            for pk, snapshot in stood.items()
            for condition, verdict, reason, *numbers in snapshot["results"]
        ],
        batch_size=5000,
    )
    after = standings_of_revisions(ids)
    conditions = Condition.objects.in_bulk({pk for one in (*before.values(), *after.values()) for pk in one.verdicts})
    Entry.objects.bulk_create(
        Entry(
            revision_id=pk,
            by=by,
            at=at,
            door=Door.UNDO,
            upload=upload,
            changes=changes_between(before[pk], after[pk], conditions, expected=after[pk].outlook),
        )
        for pk in ids
    )


def changes_between(
    old: Standing, new: Says, conditions: Mapping[int, Condition], *, expected: Outlook
) -> dict[str, list[str]]:
    """Return {"4": ["met", "not_met"]}: each condition that moved, with the old and the new verdict.

    Where there are numbers, theirs follow in words: {"4": ["met", "not_met", "1 vụ", "3 vụ"]}.
    """
    was, is_now = _told(old, conditions), _told(new, conditions)
    nothing = ("", "")
    moved = sorted(number for number in {*was, *is_now} if was.get(number, nothing) != is_now.get(number, nothing))
    changes = {}
    for number in moved:
        (before, counted_before), (after, counted_after) = was.get(number, nothing), is_now.get(number, nothing)
        counted = [counted_before, counted_after] if counted_before or counted_after else []
        changes[str(number)] = [before, after, *counted]
    if expected != old.outlook:
        changes[OUTLOOK_CHANGE] = [old.outlook.text, expected.text]
    return changes


def _told(said: Says, conditions: Mapping[int, Condition]) -> dict[int, tuple[str, str]]:
    """Return by the condition's number its verdict and its numbers in words."""
    return {
        conditions[pk].number: (verdict, conditions[pk].rule.told(said.numbers.get(pk, ())))
        for pk, verdict in said.verdicts.items()
    }
