"""The units behind a figure: how each stands, on which result, who confirmed it, what failed."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, Subquery

from communes.models import UnitVersion, UnitVersionQuerySet, User
from criteria.models import PENDING, Condition, ConditionResult, Review, Revision, State, Verb, Verdict
from criteria.models.assessments import RevisionQuerySet
from reports.progress import Figures, Standing, Tally, in_work, official, revisions_of, with_standings
from reports.scopes import Scope
from reports.states import state_of, with_examination


@dataclass(frozen=True)
class Row:
    """A unit behind a figure.

    `counted` is the official result that counts; `work` what is in work instead of it or, sent, over it. Both are
    None where the period's units are not the reader's to see. `remarks` are those of `reports.progress`.
    """

    unit: UnitVersion
    standing: Standing
    remarks: list[str]
    counted: Revision | None
    work: Revision | None

    @property
    def shown(self) -> Revision | None:
        return self.counted or self.work

    @property
    def work_state(self) -> tuple[str, str] | None:
        return state_of(self.work) if self.work else None

    @property
    def confirmation(self) -> Review | None:
        return next(iter(self.counted.reviews.all()), None) if self.counted else None

    @property
    def failed(self) -> list[Condition]:
        """The conditions not met; a sensitive one is named only on the assessment itself."""
        if self.counted is None or self.standing != Standing.NOT_MET:
            return []
        return [result.condition for result in self.counted.results.all()]


def units_behind(
    scope: Scope, asked_day: datetime.date, figures: Figures, district: UnitVersion | None, standing: str
) -> UnitVersionQuerySet:
    """Return the units of a figure in official order, with how they stand, narrowed as asked."""
    target, day = figures.target, figures.units_as_of
    units = scope.living(target.indicator.level, day, asked_day).of_kinds(target.kinds)
    if district is not None:
        units = units.filter(Q(unit=district.unit_id) | Q(parent=district.unit_id))
    newest = revisions_of(target.indicator, day).filter(state__in=(State.CONFIRMED, *PENDING))
    listed = with_standings(units, [target], day).annotate(
        counted_id=Subquery(official(target.indicator, day).values("pk")[:1]),
        newest_id=Subquery(newest.values("pk")[:1]),
        work_id=Subquery(in_work(target.indicator, day).values("pk")[:1]),
    )
    if standing:
        listed = listed.filter(**{f"standing_{target.pk}__startswith": standing})
    return listed.with_district_on(day).select_related("unit").in_official_order()


def tally_of(figures: Figures, district: UnitVersion | None) -> Tally:
    if district is None:
        return figures.tally
    return figures.rows.get(district.unit_id, Tally())


def revisions_with_all(user: User) -> RevisionQuerySet:
    """Return the revisions whose units the person sees in their periods, with what a row prints of them."""
    failed = ConditionResult.objects.filter(verdict=Verdict.NOT_MET, condition__is_sensitive=False)
    confirmed = Review.objects.filter(verb=Verb.CONFIRM).select_related("by__unit")
    return (
        with_examination(Revision.objects.visible_to(user))
        .select_related("assessment__period", "assessment__indicator", "submitted_by")
        .prefetch_related(
            Prefetch("results", failed.select_related("condition").order_by("condition__number")),
            Prefetch("reviews", confirmed.prefetch_related("by__unit__versions").order_by("-at")),
        )
    )


def rows(units: Iterable[UnitVersion], figures: Figures, user: User) -> list[Row]:
    """Return the units of one page with their revisions: five queries, whatever their number."""
    listed = list(units)
    ids = {pk for unit in listed for pk in (unit.counted_id, unit.work_id, unit.newest_id) if pk}  # type: ignore[attr-defined]
    revisions = revisions_with_all(user).in_bulk(ids)
    found = []
    for unit in listed:
        word, *remarks = getattr(unit, f"standing_{figures.target.pk}").split()
        counted, newest, work = (
            revisions.get(pk)
            for pk in (unit.counted_id, unit.newest_id, unit.work_id)  # type: ignore[attr-defined]
        )
        has_result = word in Verdict.values
        newer = newest if newest is not None and newest.state in PENDING else None
        found.append(Row(unit, Standing(word), remarks, counted, newer if has_result else work))
    return found
