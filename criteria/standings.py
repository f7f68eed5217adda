"""What stands of an assessment: the revision in work, or else the official one, with all that it says."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from criteria.models import Assessment, ConditionResult, ReportingPeriod, Revision, State
from criteria.outlooks import NO_OUTLOOK, Outlook, outlook_in
from criteria.verdicts import ALL_COLUMNS, Numbers, numbers_in

T = TypeVar("T")
OUTLOOK_COLUMNS = ("expected_year", "expected_quarter", "measure")


def by_thousand(items: Iterable[T]) -> Iterator[list[T]]:
    """Yield the items in lists of at most a thousand, so that no query carries more values than a database takes."""
    rows = list(items)
    for start in range(0, len(rows), 1000):
        yield rows[start : start + 1000]


@dataclass(frozen=True)
class Standing:
    """What is stored for a line: the revision in work, or else the official one."""

    revision_id: int | None = None
    number: int = 0
    state: str = ""
    verdict: str = ""
    verdicts: Mapping[int, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    numbers: Mapping[int, Numbers] = field(default_factory=dict)
    outlook: Outlook = NO_OUTLOOK

    @property
    def token(self) -> str:
        """Return a mark of exactly this content, for a page to bring back."""
        said = [sorted(some.items()) for some in (self.verdicts, self.reasons, self.numbers)]
        content = [self.revision_id, self.state, *said, self.outlook.content]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]


def standings_of(
    units: Iterable[int], indicators: Collection[int], period: ReportingPeriod
) -> dict[tuple[int, int], Standing]:
    """Return what stands for each (unit, indicator): two queries per thousand units."""
    found: dict[tuple[int, int], Standing] = {}
    for some in by_thousand(set(units)):
        revisions = Revision.objects.exclude(state=State.REPLACED).filter(
            assessment__period=period, assessment__indicator__in=indicators, assessment__unit__in=some
        )
        # The revision in work has the higher number, so that it comes last and stands.
        rows = list(
            revisions.order_by("number").values_list(
                "pk", "assessment__unit", "assessment__indicator", "number", "state", "verdict", *OUTLOOK_COLUMNS
            )
        )
        said = _results_of([row[0] for row in rows])
        for pk, unit, indicator, number, state, verdict, *expected in rows:
            found[unit, indicator] = Standing(pk, number, state, verdict, *said[pk], outlook_in(*expected))
    return found


Said = tuple[dict[int, str], dict[int, str], dict[int, Numbers]]


def _results_of(revisions: Iterable[int]) -> dict[int, Said]:
    """Return by revision the verdict of each condition, the reasons given and the numbers.

    Asked by ids: on tables filled in this very transaction PostgreSQL would read them whole for a subquery.
    """
    found: dict[int, Said] = defaultdict(lambda: ({}, {}, {}))
    for some in by_thousand(revisions):
        results = ConditionResult.objects.filter(revision__in=some).order_by()
        columns = ("revision", "condition", "verdict", "reason", *ALL_COLUMNS)
        for revision, condition, verdict, reason, *numbers in results.values_list(*columns):
            verdicts, reasons, counted = found[revision]
            verdicts[condition] = verdict
            if reason:
                reasons[condition] = reason
            if held := numbers_in(tuple(numbers)):
                counted[condition] = held
    return found


def standings_of_revisions(revisions: Iterable[int]) -> dict[int, Standing]:
    """Return by revision what it says: two queries per thousand."""
    ids = list(revisions)
    said = _results_of(ids)
    found: dict[int, Standing] = {}
    for some in by_thousand(ids):
        rows = Revision.objects.filter(pk__in=some)
        for pk, number, state, verdict, *expected in rows.values_list(
            "pk", "number", "state", "verdict", *OUTLOOK_COLUMNS
        ):
            found[pk] = Standing(pk, number, state, verdict, *said[pk], outlook_in(*expected))
    return found


def standing_of(assessment: Assessment | None) -> Standing:
    """Return what stands for one assessment, to be shown and brought back as `seen`."""
    if assessment is None:
        return Standing()
    key = (assessment.unit_id, assessment.indicator_id)
    return standings_of([key[0]], [key[1]], assessment.period).get(key, Standing())
