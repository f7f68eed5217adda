"""The steps of a revision's life: submit, withdraw, examine, return, confirm, reopen; one or many, all or none."""

import datetime
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from communes.models import User
from criteria import rules, spans
from criteria.cases import cases_of
from criteria.checks import found_in
from criteria.entering import Letter
from criteria.models import (
    Assessment,
    Condition,
    ConditionResult,
    Door,
    ReturnedItem,
    Review,
    Revision,
    State,
    Verb,
)
from criteria.models.assessments import EVIDENCE_OF_A_REVISION
from criteria.standings import by_thousand
from criteria.verdicts import ALL_COLUMNS

STALE = "kết quả đã thay đổi sau khi mở trang này. Xem lại nội dung rồi quyết định."


@dataclass(frozen=True)
class Refused:
    """A revision that may not take the step, under the name by which a person knows it, and why.

    `is_overtaken`: somebody else moved or changed it first.
    """

    revision: Revision
    name: str
    reason: str
    is_overtaken: bool = False


class StepRefused(Exception):
    """Some revisions may not take the step; nothing was written. The message names the first of them."""

    def __init__(self, verb: str, refused: Sequence[Refused]) -> None:
        first = refused[0]
        others = f" (và {len(refused) - 1} kết quả khác)" if len(refused) > 1 else ""
        super().__init__(f"Chưa thực hiện được: {first.name}{others}: {first.reason}")
        self.verb = verb
        self.refused = refused


def stamp(revision: Revision) -> str:
    """Return a mark of a revision as it stands now, for a page to bring back with the decision."""
    return revision.updated_at.astimezone(datetime.UTC).isoformat()


def take(
    verb: str,
    revisions: Iterable[int],
    *,
    by: User,
    reason: str = "",
    acceptance: str = "",
    items: Mapping[int, str] | None = None,
    letter: Letter | None = None,
    at: datetime.datetime | None = None,
    seen: Mapping[int, str] | None = None,
    door: str = Door.FORM,
) -> uuid.UUID:
    """Take one step with all the revisions (ids) in one transaction, and return the batch that their reviews share.

    Raises `StepRefused` and writes nothing if one of them may not; a revision outside the person's scope is
    `Revision.DoesNotExist`. `acceptance` is why results with warnings are sent or decided on all the same (without it
    they are refused). `items` gives the reason of each condition (id) that a return names. `letter` is the one by which
    the province submits on behalf of a unit. `seen` holds the `stamp` of each revision as the person saw it: what has
    changed since is refused.
    """
    said = (reason.strip(), acceptance.strip(), items or {}, letter)
    taking = _Taking(verb, by, *said, at or timezone.now(), uuid.uuid4(), seen or {}, door)
    with transaction.atomic():
        moved = set(revisions)
        for ids in by_thousand(sorted(moved)):
            _take_some(taking, ids)
        spans.refresh(_assessments_of(moved))
    return taking.batch


def _assessments_of(revisions: Iterable[int]) -> Iterator[int]:
    for ids in by_thousand(sorted(revisions)):
        yield from Revision.objects.filter(pk__in=ids).values_list("assessment", flat=True)


@dataclass(frozen=True)
class _Taking:
    """One step as it is being taken: the same for all its revisions."""

    verb: str
    by: User
    reason: str
    acceptance: str
    items: Mapping[int, str]
    letter: Letter | None
    at: datetime.datetime
    batch: uuid.UUID
    seen: Mapping[int, str]
    door: str


def _take_some(taking: _Taking, ids: list[int]) -> None:
    rows = _locked(ids, taking.by)
    cases = cases_of(rows, taking.by)
    warnings = _warnings_of(taking, rows)
    refused = [
        Refused(row, name, why, why in (STALE, unaccepted) or row.state not in rules.STEPS[taking.verb].states)
        for row in rows
        for name, case in (cases[row.pk],)
        for unaccepted in (rules.refusal_of_warnings(warnings.get(row.pk, ()), taking.acceptance),)
        if (why := _refusal(taking, row, case) or unaccepted)
    ]
    if refused:
        raise StepRefused(taking.verb, refused)
    _move(taking, rows, {pk: case for pk, (_, case) in cases.items()})
    reviews = Review.objects.bulk_create(
        Review(
            revision=row,
            verb=taking.verb,
            by=taking.by,
            at=taking.at,
            reason=taking.reason,
            acceptance=taking.acceptance if warnings.get(row.pk) else "",
            content_hash=row.content_hash(),
            batch=taking.batch,
            door=taking.door,
        )
        for row in rows
    )
    if taking.verb == Verb.RETURN:
        _name_items(taking, reviews)


def _name_items(taking: _Taking, reviews: Sequence[Review]) -> None:
    """Write at each return the conditions of its checklist that are named."""
    named = list(Condition.objects.filter(pk__in=taking.items).values_list("pk", "checklist"))
    ReturnedItem.objects.bulk_create(
        ReturnedItem(review=review, condition_id=condition, reason=taking.items[condition])
        for review in reviews
        for condition, checklist in named
        if checklist == review.revision.checklist_id
    )


def _warnings_of(taking: _Taking, rows: Sequence[Revision]) -> dict[int, list[str]]:
    if taking.verb not in rules.CHECKED:
        return {}
    return {pk: [one.text for one in found.warnings] for pk, found in found_in(rows, taking.by).items()}


def _locked(ids: list[int], by: User) -> list[Revision]:
    """Lock the assessments, as `criteria.entering` does, and read their revisions as they stand under the lock."""
    assessments = list(Revision.objects.filter(pk__in=ids).values_list("assessment", flat=True))
    list(Assessment.objects.select_for_update().filter(pk__in=assessments).order_by("pk").values_list("pk"))
    rows = list(
        Revision.objects.filter(pk__in=ids)
        .visible_to(by)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period", "checklist")
        .prefetch_related("results__condition", EVIDENCE_OF_A_REVISION)
        .order_by("pk")
    )
    if len(rows) != len(ids):
        raise Revision.DoesNotExist
    return rows


def _refusal(taking: _Taking, row: Revision, case: rules.Case) -> str:
    if taking.verb in rules.NEEDS_REASON and not taking.reason:
        return "cần ghi rõ lý do."
    has_letter = bool(row.letter_number or taking.letter)
    return (
        refusal_of(taking.verb, row, case, by=taking.by, at=taking.at, has_letter=has_letter)
        or _refusal_of_letter(taking, row)
        or (STALE if taking.seen.get(row.pk, stamp(row)) != stamp(row) else "")
    )


def _refusal_of_letter(taking: _Taking, row: Revision) -> str:
    """Say why the letter cannot be written into a revision that was entered without one."""
    if taking.letter is None or row.letter_number:
        return ""
    return rules.refusal_of_letter(taking.letter.on, row.assessment.period, timezone.localdate(taking.at))


def refusal_of(
    verb: str, row: Revision, case: rules.Case, *, by: User, at: datetime.datetime, has_letter: bool = True
) -> str:
    """Say why this person may not take this step with this revision now, its reason and letter apart."""
    period, today = row.assessment.period, timezone.localdate(at)
    return rules.refusal_of_step(verb, by.role, period, case, today, has_letter=has_letter)


def refusals(verb: str, rows: Sequence[Revision], by: User) -> list[Refused]:
    """Return those that the step would refuse, by name, before anybody presses the button; reason and letter apart."""
    cases, now = cases_of(rows, by), timezone.now()
    found = []
    for row in rows:
        name, case = cases[row.pk]
        why = refusal_of(verb, row, case, by=by, at=now)
        if why:
            found.append(Refused(row, name, why, row.state not in rules.STEPS[verb].states))
    return found


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
        _name_letter(taking.letter, rows)
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(rules.next_state(taking.verb, taking.by.role, cases[row.pk]), []).append(row.pk)
    for state, ids in groups.items():
        Revision.objects.filter(pk__in=ids).update(state=state, **written)


def _name_letter(letter: Letter | None, rows: Sequence[Revision]) -> None:
    """Write the letter into the revisions that were entered without one."""
    if letter is not None:
        bare = [row.pk for row in rows if not row.letter_number]
        Revision.objects.filter(pk__in=bare).update(letter_number=letter.number, letter_on=letter.on)


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
            expected_year=row.expected_year,
            expected_quarter=row.expected_quarter,
            measure=row.measure,
        )
        for row in rows
    )
    ConditionResult.objects.bulk_create(
        ConditionResult(
            revision=copy,
            condition_id=result.condition_id,
            verdict=result.verdict,
            reason=result.reason,
            **{name: getattr(result, name) for name in ALL_COLUMNS},
        )
        for row, copy in zip(rows, copies, strict=True)
        for result in row.results.all()
    )
