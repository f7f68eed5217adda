"""Chờ thẩm tra, chờ xác nhận: what waits for one person's decision, and what would keep each from it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from communes.models import Role, User
from criteria import rules
from criteria.cases import cases_of
from criteria.changed import Since, moved_against, since_seen
from criteria.models import ConditionResult, Revision, Verb, Verdict
from criteria.picks import mark
from criteria.situations import failed_text, readable
from criteria.steps import refusal_of

DECIDING_VERBS: dict[str, Verb] = {Role.DISTRICT: Verb.EXAMINE, Role.PROVINCE: Verb.CONFIRM}
TITLES: dict[str, str] = {Role.DISTRICT: "Chờ thẩm tra", Role.PROVINCE: "Chờ xác nhận"}


def waiting(user: User) -> QuerySet[Revision]:
    """Return the queue of a person, oldest first."""
    return Revision.objects.waiting_for(user).order_by("submitted_at", "pk")


def with_previous(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Annotate the official result that stood before: of the same assessment, else of the latest period to date."""
    own = Revision.objects.official().filter(assessment=OuterRef("assessment"))
    before = (
        Revision.objects.official()
        .filter(
            assessment__unit=OuterRef("assessment__unit"),
            assessment__indicator=OuterRef("assessment__indicator"),
            assessment__period__ends_on__lte=OuterRef("assessment__period__ends_on"),
        )
        .order_by("-assessment__period__ends_on", "assessment__period__starts_on")
    )
    return revisions.annotate(
        previous_id=_first(own, before, "pk"),
        previous_verdict=_first(own, before, "verdict"),
        previous_period=_first(own, before, "assessment__period__label"),
    )


def _first(own: QuerySet[Revision], before: QuerySet[Revision], field: str) -> Coalesce:
    return Coalesce(Subquery(own.values(field)[:1]), Subquery(before.values(field)[:1]))


@dataclass(frozen=True)
class Row:
    """One revision of the queue as it is printed; `kept` says why this person may not decide on it.

    `since` is what changed since it was last decided on, `moved` what is another than in the result before.
    """

    revision: Any
    name: str
    mark: str
    failed: str
    previous: str
    is_flip: bool
    age: int
    kept: str
    since: Since | None = None
    moved: str = ""

    @property
    def url(self) -> str:
        of = self.revision.assessment
        return reverse("assessment", args=[of.period.key, of.indicator.code, of.unit_id])


def rows_of(revisions: Any, user: User) -> list[Row]:
    """Return the rows of one page of the queue: a fixed number of queries."""
    found: list[Any] = list(
        readable(with_previous(revisions)).select_related(
            "assessment__unit", "assessment__indicator", "assessment__period", "checklist", "submitted_by__unit"
        )
    )
    cases, since = cases_of(found, user), since_seen(found, user)
    before = _results_of(revision.previous_id for revision in found)
    now = timezone.now()
    return [
        replace(
            _row(revision, *cases[revision.pk], user, now),
            since=since.get(revision.assessment_id),
            moved=moved_against(before[revision.previous_id], revision.results.all()),
        )
        for revision in found
    ]


def _results_of(ids: Iterable[int | None]) -> dict[int | None, list[ConditionResult]]:
    found: dict[int | None, list[ConditionResult]] = defaultdict(list)
    for result in ConditionResult.objects.filter(revision__in=[pk for pk in ids if pk]).select_related("condition"):
        found[result.revision_id].append(result)
    return found


def _row(revision: Any, name: str, case: rules.Case, user: User, now: datetime.datetime) -> Row:
    verb = DECIDING_VERBS[user.role]
    previous = revision.previous_verdict
    return Row(
        revision=revision,
        name=name,
        mark=mark(revision),
        failed=failed_text(revision),
        previous=Verdict(previous).label if previous else "",
        is_flip=bool(previous) and previous != revision.verdict,
        age=(timezone.localdate(now) - timezone.localdate(revision.submitted_at)).days,
        kept=refusal_of(verb, revision, case, by=user, at=now),
    )


def names_of(revisions: Iterable[Revision], user: User) -> list[tuple[str, Revision]]:
    """Return the revisions with the names of their units."""
    rows = list(revisions)
    cases = cases_of(rows, user)
    return [(cases[row.pk][0], row) for row in rows]
