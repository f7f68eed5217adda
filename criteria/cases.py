"""The facts about revisions on which the rules decide: a fixed number of queries for any number of them."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from communes.models import UnitVersion, User
from criteria import rules
from criteria.evidence.lacking import missing_evidence
from criteria.extensions import Extensions, extensions_of
from criteria.models import (
    Act,
    Checklist,
    Condition,
    ConditionResult,
    Door,
    Entry,
    Examiner,
    GuidanceAct,
    Review,
    Revision,
    Verb,
    Verdict,
)
from criteria.naming import full_name, places_of_rows
from criteria.signing.content import without_signed_copy
from criteria.standings import by_thousand


def cases_of(rows: Sequence[Revision], by: User) -> dict[int, tuple[str, rules.Case]]:
    """Return for each revision the name of its unit and the facts on which the rules decide.

    A fixed number of queries; the rows come with their assessment, period, indicator and unit.
    """
    own, current = own_among(rows, by), current_checklists(rows)
    examined, in_work = _examined_at(rows), _in_work(rows)
    said = _Said.by(rows)
    places = places_of_rows(rows, by)
    examiners = list(Examiner.objects.all())
    extensions = extensions_of({row.assessment.period for row in rows})
    cases = {}
    for row in rows:
        place = places.get((row.assessment.unit_id, row.assessment.period_id))
        is_sender = row.submitted_by_id == by.pk
        decided_at = examined.get(row.pk)
        cases[row.pk] = (
            full_name(place) if place else row.assessment.unit.key,
            rules.Case(
                state=row.state,
                level=row.assessment.indicator.level,
                verdict=row.verdict,
                is_examined_here=bool(
                    place and place.has_district and examiner_on(row.assessment.period.ends_on, examiners) is not None
                ),
                is_own=row.pk in own,
                is_sender=is_sender,
                is_decided_on=bool(decided_at and row.submitted_at and decided_at >= row.submitted_at),
                is_in_correction=in_work.get(row.assessment_id, row.pk) != row.pk,
                needs_items=row.is_bare and row.number > 1,
                **said.of(row, place),
                is_outdated=row.checklist_id != current.get((row.assessment.indicator_id, row.assessment.period_id)),
                number=row.number,
                extended_until=_extended_until(row, place, extensions),
            ),
        )
    return cases


@dataclass(frozen=True)
class _Said:
    """What stands in the results themselves: who lacks a signed copy, what contradicts, what lacks evidence."""

    unsigned: set[int]
    contradicting: dict[int, list[int]]
    lacking: dict[int, list[Condition]]

    @classmethod
    def by(cls, rows: Sequence[Revision]) -> "_Said":
        return cls(without_signed_copy(rows), _contradicting(rows), missing_evidence(rows))

    def of(self, row: Revision, place: UnitVersion | None) -> dict[str, Any]:
        return {
            "lacks_signed_copy": row.pk in self.unsigned,
            "is_living": place is not None and row.assessment.indicator.judges(place.kind),
            "contradicting": tuple(self.contradicting.get(row.pk, ())),
            "lacks_evidence": tuple(condition.number for condition in self.lacking.get(row.pk, ())),
        }


def _extended_until(row: Revision, place: UnitVersion | None, extensions: Extensions) -> datetime.date | None:
    of = row.assessment
    return extensions.until(of.period_id, place, of.indicator_id) if place else None


def _contradicting(rows: Sequence[Revision]) -> dict[int, list[int]]:
    """Return by revision that is met the numbers of its conditions that are not."""
    met = [row.pk for row in rows if row.verdict == Verdict.MET]
    failed = ConditionResult.objects.filter(revision__in=met, verdict=Verdict.NOT_MET).order_by("condition__number")
    found: dict[int, list[int]] = defaultdict(list)
    for revision, number in failed.values_list("revision", "condition__number"):
        found[revision].append(number)
    return found


def _examined_at(rows: Sequence[Revision]) -> dict[int, datetime.datetime]:
    """Return by revision when it was last examined."""
    examined = Review.objects.filter(revision__in=[row.pk for row in rows], verb=Verb.EXAMINE).order_by("at")
    return dict(examined.values_list("revision", "at"))


def _in_work(rows: Sequence[Revision]) -> dict[int, int]:
    """Return by assessment the revision in work."""
    found = Revision.objects.in_work().filter(assessment__in=[row.assessment_id for row in rows])
    return dict(found.values_list("assessment", "pk"))


def own_among(rows: Sequence[Revision], by: User) -> set[int]:
    """Return the revisions that say what this person entered, handed in or sent.

    A revision without an entry of its own is a copy, opened for correction: it says what those said before it.
    """
    assessments = {row.assessment_id for row in rows}
    entered: dict[int, dict[int, set[int | None]]] = defaultdict(lambda: defaultdict(set))
    # Whoever carried answers over to new guidance said nothing of his own.
    said = Entry.objects.filter(revision__assessment__in=assessments).exclude(door=Door.GUIDANCE)
    entries = said.values_list("revision__assessment", "revision__number", "by", "upload__by")
    for assessment, number, person, uploader in entries:
        entered[assessment][number] |= {person, uploader}
    sent = Review.objects.filter(verb=Verb.SUBMIT, by=by, revision__assessment__in=assessments)
    senders = set(sent.values_list("revision__assessment", "revision__number"))
    own = set()
    for row in rows:
        entered_here = entered[row.assessment_id]
        written = max((number for number in entered_here if number <= row.number), default=row.number)
        is_sender = any((row.assessment_id, number) in senders for number in range(written, row.number + 1))
        if by.pk in entered_here[written] or is_sender or row.submitted_by_id == by.pk:
            own.add(row.pk)
    return own


def current_checklists(rows: Sequence[Revision]) -> dict[tuple[int, int], int]:
    """Return by (indicator, period) the checklist in application on the period's last day."""
    periods = {row.assessment.period_id: row.assessment.period for row in rows}
    known = Checklist.objects.filter(indicator__in={row.assessment.indicator_id for row in rows})
    found = {}
    columns = ("pk", "indicator", "applies_from", "applies_to")
    for pk, indicator, begins, ends in known.order_by("applies_from").values_list(*columns):
        held = (p for p in periods.values() if begins <= p.ends_on and (ends is None or p.ends_on <= ends))
        found.update({(indicator, period.pk): pk for period in held})
    return found


def marked_among(revisions: Iterable[int]) -> set[int]:
    """Return those that bear the mark: asked to be reviewed, and still made by the older guidance."""
    found: set[int] = set()
    for some in by_thousand(revisions):
        marks = GuidanceAct.objects.filter(act=Act.MARK, revision__in=some)
        found.update(marks.exclude(checklist=F("revision__checklist")).values_list("revision", flat=True))
    return found


def examiner_on(day: datetime.date, examiners: Iterable[Examiner]) -> Examiner | None:
    """Return the body that examines at the district on the day, if one does."""
    return next((e for e in examiners if e.starts_on <= day and (e.ends_on is None or day <= e.ends_on)), None)
