"""The steps of a revision's life: submit, withdraw, examine, return, confirm, reopen; one or many, all or none."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from communes.models import UnitVersion, User
from criteria import rules
from criteria.entering import Letter, by_thousand
from criteria.models import (
    Assessment,
    ConditionResult,
    Entry,
    Examiner,
    ReportingPeriod,
    Review,
    Revision,
    State,
    Verb,
)


@dataclass(frozen=True)
class Refused:
    """A revision that may not take the step, under the name by which a person knows it, and why."""

    revision: Revision
    name: str
    reason: str


class StepRefused(Exception):
    """Some revisions may not take the step; nothing was written. The message names the first of them."""

    def __init__(self, verb: str, refused: Sequence[Refused]) -> None:
        first = refused[0]
        others = f" (và {len(refused) - 1} kết quả khác)" if len(refused) > 1 else ""
        super().__init__(f"Chưa thực hiện được: {first.name}{others}: {first.reason}")
        self.verb = verb
        self.refused = refused


def take(
    verb: str,
    revisions: Iterable[int],
    *,
    by: User,
    reason: str = "",
    letter: Letter | None = None,
    at: datetime.datetime | None = None,
) -> uuid.UUID:
    """Take one step with all the revisions (ids) in one transaction, and return the batch that their reviews share.

    Raises `StepRefused` and writes nothing if one of them may not; a revision outside the person's scope is
    `Revision.DoesNotExist`. `letter` is the one by which the province submits on behalf of a unit.
    """
    taking = _Taking(verb, by, reason.strip(), letter, at or timezone.now(), uuid.uuid4())
    with transaction.atomic():
        for ids in by_thousand(sorted(set(revisions))):
            _take_some(taking, ids)
    return taking.batch


@dataclass(frozen=True)
class _Taking:
    """One step as it is being taken: the same for all its revisions."""

    verb: str
    by: User
    reason: str
    letter: Letter | None
    at: datetime.datetime
    batch: uuid.UUID


def _take_some(taking: _Taking, ids: list[int]) -> None:
    rows = _locked(ids, taking.by)
    cases = cases_of(rows, taking.by)
    refused = [
        Refused(row, name, why)
        for row in rows
        for name, case in (cases[row.pk],)
        if (why := _refusal(taking, row, case))
    ]
    if refused:
        raise StepRefused(taking.verb, refused)
    _move(taking, rows, {pk: case for pk, (_, case) in cases.items()})
    Review.objects.bulk_create(
        Review(
            revision=row,
            verb=taking.verb,
            by=taking.by,
            at=taking.at,
            reason=taking.reason,
            content_hash=row.content_hash(),
            batch=taking.batch,
        )
        for row in rows
    )


def _locked(ids: list[int], by: User) -> list[Revision]:
    """Lock the assessments, as `criteria.entering` does, and read their revisions as they stand under the lock."""
    assessments = Revision.objects.filter(pk__in=ids).visible_to(by).values("assessment")
    list(Assessment.objects.select_for_update().filter(pk__in=assessments).order_by("pk").values_list("pk"))
    rows = list(
        Revision.objects.filter(pk__in=ids)
        .visible_to(by)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period", "checklist")
        .prefetch_related("results__condition")
        .order_by("pk")
    )
    if len(rows) != len(ids):
        raise Revision.DoesNotExist
    return rows


def _refusal(taking: _Taking, row: Revision, case: rules.Case) -> str:
    if taking.verb in rules.NEEDS_REASON and not taking.reason:
        return "cần ghi rõ lý do."
    if taking.verb == Verb.SUBMIT:
        has_letter = bool(row.letter_number or taking.letter)
        closed = rules.refusal_of_period(row.assessment.period, timezone.localdate(taking.at))
        if closed or row.is_editable:
            return (
                closed
                or rules.refusal_to_enter(taking.by.role, row.state, has_letter=has_letter)
                or rules.refusal(taking.verb, taking.by.role, case)
            )
    return rules.refusal(taking.verb, taking.by.role, case)


def cases_of(rows: Sequence[Revision], by: User) -> dict[int, tuple[str, rules.Case]]:
    """Return for each revision the name of its unit and the facts on which the rules decide.

    Five queries, whatever the number of rows; the rows come with their assessment, period, indicator and unit.
    """
    ids = [row.pk for row in rows]
    own = set(Entry.objects.filter(revision__in=ids, by=by).values_list("revision", flat=True))
    examined: dict[int, datetime.datetime] = dict(
        Review.objects.filter(revision__in=ids, verb=Verb.EXAMINE).order_by("at").values_list("revision", "at")
    )
    newer = set(
        Revision.objects.in_work()
        .filter(assessment__in=[row.assessment_id for row in rows])
        .exclude(pk__in=ids)
        .values_list("assessment", flat=True)
    )
    places = _places(rows)
    examiners = list(Examiner.objects.all())
    cases = {}
    for row in rows:
        place = places.get((row.assessment.unit_id, row.assessment.period_id))
        is_sender = row.submitted_by_id == by.pk
        decided_at = examined.get(row.pk)
        cases[row.pk] = (
            place.title if place else row.assessment.unit.key,
            rules.Case(
                state=row.state,
                level=row.assessment.indicator.level,
                verdict=row.verdict,
                is_examined_here=bool(
                    place and place.has_district and examiner_on(row.assessment.period.ends_on, examiners) is not None
                ),
                is_own=row.pk in own or is_sender,
                is_sender=is_sender,
                is_decided_on=bool(decided_at and row.submitted_at and decided_at >= row.submitted_at),
                is_in_correction=row.assessment_id in newer,
                needs_items=row.is_bare and row.number > 1,
            ),
        )
    return cases


def examiner_on(day: datetime.date, examiners: Iterable[Examiner]) -> Examiner | None:
    """Return the body that examines at the district on the day, if one does."""
    return next((e for e in examiners if e.starts_on <= day and (e.ends_on is None or day <= e.ends_on)), None)


def _places(rows: Sequence[Revision]) -> dict[tuple[int, int], UnitVersion]:
    """Return the version of each unit on the last day of its period, by (unit, period)."""
    periods: dict[int, ReportingPeriod] = {row.assessment.period_id: row.assessment.period for row in rows}
    versions = UnitVersion.objects.filter(unit__in={row.assessment.unit_id for row in rows}).select_related("unit")
    held = [
        (version, pk)
        for version in versions
        for pk, period in periods.items()
        if version.starts_on <= period.ends_on and (version.ends_on is None or period.ends_on <= version.ends_on)
    ]
    return {(version.unit_id, period_id): version for version, period_id in held}


def _move(taking: _Taking, rows: Sequence[Revision], cases: dict[int, rules.Case]) -> None:
    """Write the new states; the official revision gives way before its successor takes its place."""
    if taking.verb == Verb.REOPEN:
        _reopen(rows)
        return
    if taking.verb == Verb.CONFIRM:
        assessments = [row.assessment_id for row in rows]
        Revision.objects.official().filter(assessment__in=assessments).update(state=State.REPLACED)
    written: dict[str, Any] = {"updated_at": taking.at}
    if taking.verb == Verb.SUBMIT:
        written |= {"submitted_by": taking.by, "submitted_at": taking.at}
        if taking.letter:
            written |= {"letter_number": taking.letter.number, "letter_on": taking.letter.on}
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(rules.next_state(taking.verb, taking.by.role, cases[row.pk]), []).append(row.pk)
    for state, ids in groups.items():
        Revision.objects.filter(pk__in=ids).update(state=state, **written)


def _reopen(rows: Sequence[Revision]) -> None:
    """Open for correction a copy of each official revision; the official one stays until the copy is confirmed."""
    copies = Revision.objects.bulk_create(
        Revision(
            assessment_id=row.assessment_id,
            number=row.number + 1,
            checklist=row.checklist,
            verdict=row.verdict,
            is_bare=row.is_bare,
            is_sample=row.is_sample,
        )
        for row in rows
    )
    ConditionResult.objects.bulk_create(
        ConditionResult(revision=copy, condition_id=result.condition_id, verdict=result.verdict, reason=result.reason)
        for row, copy in zip(rows, copies, strict=True)
        for result in row.results.all()
    )
