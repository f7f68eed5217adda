"""The one writer of the spans of standing: derived from the revisions, never typed.

`criteria.entering`, `criteria.steps` and `criteria.restoring`, the only writers of revisions, bring them up to date in
their own transaction;
`rebuild` (the command `rebuild_standings`) brings all of them to the revisions.
"""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef

from communes.models import Unit
from criteria.models import EDITABLE, IN_WORK, PENDING, Assessment, ConditionResult, Revision, State, Verdict
from criteria.models.spans import OPEN_END, StandingSpan, UnitStanding

BATCH = 500
DAY = datetime.timedelta(days=1)
FIELDS = (
    *("unit_id", "indicator_id", "starts_on", "ends_on", "standing", "desk", "has_newer", "has_not_applicable"),
    *("result_on", "counted_id", "work_id"),
)


class Span(NamedTuple):
    """The columns of a `StandingSpan`, in the order of `FIELDS`."""

    unit: int
    indicator: int
    starts_on: datetime.date
    ends_on: datetime.date
    standing: str
    desk: str
    has_newer: bool
    has_not_applicable: bool
    result_on: datetime.date | None
    counted: int | None
    work: int | None


class Said(NamedTuple):
    """A revision that is official or in work, with its period's last day."""

    unit: int
    indicator: int
    pk: int
    state: str
    verdict: str
    ends_on: datetime.date
    has_not_applicable: bool


@dataclass
class Reading:
    """What has been read of the revisions in the order in which they come to count; `rank` is a place in it."""

    rank: int = 0
    counted: Said | None = None
    counted_at: int = 0
    sent: Said | None = None
    sent_at: int = 0
    desk: Said | None = None

    def read(self, one: Said) -> None:
        self.rank += 1
        if one.state == State.CONFIRMED:
            self.counted, self.counted_at = one, self.rank
        elif one.state in PENDING:
            self.sent, self.sent_at = one, self.rank
        elif one.state in EDITABLE:
            self.desk = one

    def standing(self) -> tuple[str, str]:
        if self.counted:
            return self.counted.verdict, ""
        if self.sent:
            return UnitStanding.PENDING, ""
        return UnitStanding.MISSING, self.desk.state if self.desk else ""

    def span(self, key: tuple[int, int], starts_on: datetime.date, ends_on: datetime.date) -> Span:
        counted, work = self.counted, self.sent or self.desk
        return Span(
            *key,
            starts_on,
            ends_on,
            *self.standing(),
            has_newer=counted is not None and self.sent is not None and self.sent_at > self.counted_at,
            has_not_applicable=counted is not None and counted.has_not_applicable,
            result_on=counted.ends_on if counted else None,
            counted=counted.pk if counted else None,
            work=work.pk if work else None,
        )


def refresh(assessments: Iterable[int]) -> int:
    """Bring the spans of the assessments' units to their revisions; return how many were written or taken out.

    In the caller's transaction, after its last lock on an assessment: who works on another period of the same unit
    waits for it here.
    """
    return refresh_units(units_of(assessments))


def units_of(assessments: Iterable[int]) -> set[int]:
    units: set[int] = set()
    for some in _batches(sorted(set(assessments))):
        units |= set(Assessment.objects.filter(pk__in=some).values_list("unit", flat=True))
    return units


def refresh_units(units: Iterable[int]) -> int:
    """Bring the spans of units to their revisions: for who takes assessments out, and asks for their units before."""
    return sum(_bring(some) for some in _batches(sorted(set(units))))


def rebuild() -> int:
    """Bring every span to the revisions; return how many differed."""
    return refresh_units(Unit.objects.values_list("pk", flat=True))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start : start + BATCH]


@transaction.atomic
def _bring(units: Sequence[int]) -> int:
    """Write only what differs, under a lock on the units: in the caller's transaction, or in one of its own."""
    list(Unit.objects.select_for_update(no_key=True).filter(pk__in=units).order_by("pk").values_list("pk"))
    wanted = set(spans_of(units))
    stale, found = [], set()
    for pk, *columns in StandingSpan.objects.filter(unit__in=units).values_list("pk", *FIELDS):
        span = Span(*columns)
        if span in wanted:
            found.add(span)
        else:
            stale.append(pk)
    for some in _batches(stale):
        StandingSpan.objects.filter(pk__in=some).delete()
    missing = [dict(zip(FIELDS, span, strict=True)) for span in wanted - found]
    StandingSpan.objects.bulk_create([StandingSpan(**row) for row in missing], batch_size=BATCH)
    return len(stale) + len(missing)


def spans_of(units: Sequence[int]) -> Iterator[Span]:
    """Work the spans of the units out from their revisions: one query.

    In the order in which they come to count: the latest period end, then the longer period, then the later revision.
    """
    not_applicable = ConditionResult.objects.filter(revision=OuterRef("pk"), verdict=Verdict.NOT_APPLICABLE)
    revisions = (
        Revision.objects.filter(state__in=(State.CONFIRMED, *IN_WORK), assessment__unit__in=units)
        .annotate(has_not_applicable=Exists(not_applicable))
        .order_by(
            "assessment__unit",
            "assessment__indicator",
            "assessment__period__ends_on",
            "-assessment__period__starts_on",
            "pk",
        )
        .values_list(
            "assessment__unit",
            "assessment__indicator",
            "pk",
            "state",
            "verdict",
            "assessment__period__ends_on",
            "has_not_applicable",
        )
    )
    for key, rows in groupby((Said(*row) for row in revisions), lambda one: (one.unit, one.indicator)):
        yield from _spans(key, list(rows))


def _spans(key: tuple[int, int], said: Sequence[Said]) -> Iterator[Span]:
    """Yield a span from each day on which a period ends to the eve of the next such day."""
    reading = Reading()
    for one, following in zip(said, [*said[1:], None], strict=True):
        reading.read(one)
        if following is None:
            yield reading.span(key, one.ends_on, OPEN_END)
        elif following.ends_on > one.ends_on:
            yield reading.span(key, one.ends_on, following.ends_on - DAY)
