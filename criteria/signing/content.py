"""The exact content of a printed sheet, and whether a signed copy still says the same."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from communes.models import UnitVersion
from criteria.models import Revision, SignedCopy
from criteria.models.assessments import EVIDENCE_OF_A_REVISION
from criteria.standings import by_thousand


@dataclass(frozen=True)
class Content:
    """By assessment (its id as text) the hash of what the sheet shows of it; `mark` is the mã đối chiếu of it all."""

    contents: dict[str, str]

    @property
    def mark(self) -> str:
        """ "3F0A-91C2-77DE-04B5": the first 64 bits of the SHA-256 over the hashes in order."""
        digest = hashlib.sha256("\n".join(sorted(self.contents.values())).encode()).hexdigest()[:16].upper()
        return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


def content_of(revisions: Iterable[Revision]) -> Content:
    """Return the content of the revisions: eight queries a thousand."""
    return Content({str(row.assessment_id): row.content_hash() for row in _whole(revisions)})


def _whole(revisions: Iterable[Revision]) -> list[Revision]:
    """Fetch anew all that `content_hash` reads."""
    return [
        row
        for some in by_thousand(revision.pk for revision in revisions)
        for row in Revision.objects.filter(pk__in=some)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period", "checklist")
        .prefetch_related("results__condition", EVIDENCE_OF_A_REVISION)
    ]


def without_signed_copy(revisions: Iterable[Revision]) -> set[int]:
    """Return the revisions (ids) of periods that ask for a signed copy and that none covers as they stand.

    A copy of the unit's own sheets counts, and of the tables of its district and province. No query where no period
    asks.
    """
    asked = [row for row in revisions if row.assessment.period.needs_signed_copy]
    copies = _copies_around(asked)
    return {
        row.pk
        for row in _whole(asked)
        if not any(copy.covers(row.assessment_id, row.content_hash()) for copy in copies[row.assessment.period_id])
    }


def _copies_around(revisions: Iterable[Revision]) -> dict[int, list[SignedCopy]]:
    """Return by period the signed copies of the units and of the places above them, the newest of each sheet."""
    found: dict[int, list[SignedCopy]] = defaultdict(list)
    units = defaultdict(set)
    for row in revisions:
        units[row.assessment.period].add(row.assessment.unit_id)
    for period, wanted in units.items():
        above = UnitVersion.objects.as_of(period.ends_on).filter(unit__in=wanted)
        copies = SignedCopy.objects.filter(
            Q(place__in=wanted) | Q(place__in=above.values("parent")) | Q(place__in=above.values("province")),
            period=period,
        )
        found[period.pk] = newest(copies)
    return found


def newest(copies: Iterable[SignedCopy]) -> list[SignedCopy]:
    """Return of each sheet, indicator and place the copy attached last; those before it were replaced."""
    last: dict[tuple[str, int | None, int], SignedCopy] = {}
    for copy in sorted(copies, key=lambda one: one.attached_at):
        last[copy.sheet, copy.indicator_id, copy.place_id] = copy
    return list(last.values())
