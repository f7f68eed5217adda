"""Which conditions lack the evidence that they ask for, and what evidence a result has or was sent with."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from criteria.models import Attachment, Condition, ConditionResult, Evidence, Revision, Verdict
from criteria.standings import by_thousand


def missing_evidence(revisions: Iterable[Revision]) -> dict[int, list[Condition]]:
    """Return by revision the conditions that ask for evidence, are said to be met, and have none.

    Evidence of the condition counts, of the whole result, and of the district's or province's shared documents; a
    missing file does not matter. Three queries per thousand revisions, one where no condition asks.
    """
    lacking: dict[int, list[Condition]] = {}
    for rows in by_thousand(revisions):
        asked = (
            ConditionResult.objects.filter(
                revision__in=[row.pk for row in rows], condition__asks_for_evidence=True, verdict=Verdict.MET
            )
            .select_related("condition", "revision__assessment")
            .order_by("condition__number")
        )
        results = list(asked)
        held = held_evidence(result.revision for result in results)
        for result in results:
            if not any(_speaks_for(one, result.condition_id) for one in held[result.revision_id]):
                lacking.setdefault(result.revision_id, []).append(result.condition)
    return lacking


def _speaks_for(evidence: Evidence, condition: int) -> bool:
    named = {one.pk for one in evidence.conditions.all()}
    return not named or condition in named


def held_evidence(revisions: Iterable[Revision]) -> dict[int, list[Evidence]]:
    """Return by revision its evidence as it stands now or, of what was sent, as it stood then: two queries."""
    held: dict[int, list[Evidence]] = defaultdict(list)
    wanted = {row.pk: row for row in revisions}
    if not wanted:
        return held
    subjects = defaultdict(list)
    for row in wanted.values():
        subjects[row.assessment.unit_id, row.assessment.indicator_id, row.assessment.period_id].append(row)
    attachments = (
        Attachment.objects.filter(
            unit__in={unit for unit, _, _ in subjects}, evidence__period__in={period for _, _, period in subjects}
        )
        .select_related("evidence__period")
        .prefetch_related("evidence__conditions")
    )
    for attachment in attachments:
        evidence = attachment.evidence
        for row in subjects.get((attachment.unit_id, evidence.indicator_id, evidence.period_id), ()):
            if attachment.held_at(None if row.is_editable else row.submitted_at):
                held[row.pk].append(evidence)
    return held


def without_evidence(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Narrow revisions to those where a condition said to be met asks for evidence and has none."""
    live = Attachment.objects.live().filter(
        unit=OuterRef("revision__assessment__unit"),
        evidence__indicator=OuterRef("revision__assessment__indicator"),
        evidence__period=OuterRef("revision__assessment__period"),
    )
    of_it = live.filter(Q(evidence__conditions__isnull=True) | Q(evidence__conditions=OuterRef("condition")))
    asked = ConditionResult.objects.filter(
        revision=OuterRef("pk"), condition__asks_for_evidence=True, verdict=Verdict.MET
    )
    return revisions.filter(Exists(asked.exclude(Exists(of_it))))
