"""Units that hold a recognition in force while their official result now says not met: to be looked at, not judged.

The recognition is the council's act and stays until it is revoked; the result is the portal's. The two are laid side by
side (`criteria.models.registers`), and only a person decides what follows.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery

from communes.models import User
from criteria.models import Indicator, Recognition, Revision, StandingSpan, Verdict
from criteria.models.registers import in_force_on
from criteria.registers.kinds import RECOGNITIONS
from criteria.registers.showing import Line, lines_of, readable
from reports.drilldown import revisions_with_all
from reports.scopes import Scope


@dataclass(frozen=True)
class Fallen:
    """A recognition in force and the official result that counts on the day, which is "Chưa đạt".

    `result` is None where the period's units are not the reader's to see.
    """

    line: Line
    indicator: Indicator
    result: Revision | None

    @property
    def failed(self) -> list[Any]:
        """The conditions not met; a sensitive one is named only on the assessment itself."""
        return [result.condition for result in self.result.results.all()] if self.result else []


def fallen_rows(scope: Scope, day: datetime.date, indicator: Indicator, last: datetime.date, rows: Any) -> Any:
    """Narrow recognitions to those in force on the indicator's last day of units, of units that do not meet it then."""
    living = scope.living(indicator.level, last, day).filter(unit=OuterRef("unit"))
    span = StandingSpan.objects.of_outer_unit(indicator, last).filter(standing=Verdict.NOT_MET)
    return (
        rows.in_force_on(last)
        .filter(Exists(living), criteria_set__criteria__indicators=indicator)
        .annotate(result_id=Subquery(span.values("counted")))
        .filter(result_id__isnull=False)
    )


def fallen(scope: Scope, day: datetime.date, user: User) -> list[Fallen]:
    """Return those of the scope on the day, by indicator: a fixed number of queries."""
    last_days = scope.last_days(day)
    found = []
    for indicator in Indicator.objects.all():
        last = last_days.get(indicator.level)
        if last is None:
            continue
        rows = fallen_rows(scope, day, indicator, last, readable(RECOGNITIONS, user))
        lines = lines_of(rows.order_by("unit__key", "-decided_on"), RECOGNITIONS)
        results = revisions_with_all(user).in_bulk([line.row.result_id for line in lines])
        found += [Fallen(line, indicator, results.get(line.row.result_id)) for line in lines]
    return found


def count_fallen(scope: Scope, day: datetime.date) -> int:
    """Return how many recognitions there are to look at: one query."""
    indicators = "criteria_set__criteria__indicators"
    spans = f"{indicators}__standing_spans"
    is_fallen = Q(pk__in=())
    for level, last in scope.last_days(day).items():
        living = scope.living(level, last, day).filter(unit=OuterRef("unit"))
        not_met = {f"{spans}__starts_on__lte": last, f"{spans}__ends_on__gte": last}
        is_fallen |= Q(in_force_on(last), Exists(living), **{f"{indicators}__level": level}, **not_met)
    of_the_unit = {f"{spans}__unit": F("unit"), f"{spans}__standing": Verdict.NOT_MET}
    return Recognition.objects.standing().filter(is_fallen, **of_the_unit).count()
