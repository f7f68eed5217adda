"""The units behind a figure: how each stands, on which result, who confirmed it, what failed."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, Subquery, TextChoices, Value, When
from django.db.models.functions import Coalesce

from communes.models import Unit, UnitVersion, UnitVersionQuerySet, User
from criteria.models import (
    PENDING,
    Attachment,
    Condition,
    ConditionResult,
    Entry,
    Indicator,
    Review,
    Revision,
    StandingSpan,
    Verb,
    Verdict,
)
from criteria.models.assessments import RevisionQuerySet
from criteria.registers.expecting import not_registered_on
from reports.attention import concerns
from reports.parts import Behind, ShownPart, all_parts, behind
from reports.progress import Figures, Standing, Tally, with_standings
from reports.restating import Restated, has_changed, history_of, restate
from reports.scopes import Scope
from reports.states import state_of, with_examination


class UnitList(TextChoices):
    """The lists that can be opened behind a figure, beside those of each standing."""

    UNCOUNTED = "uncounted", "Không được tính"
    ONE_SHORT = "one_short", "Còn 01 nội dung chưa đạt"
    FELL = "fell", "Kỳ trước đạt, kỳ này chưa đạt"
    NEEDS_REVIEW = "needs_review", "Cần rà soát lại"


UNCOUNTED = (Standing.NOT_MET.value, Standing.PENDING.value)
DESK = {"draft": "Đang nhập", "returned": "Trả lại để bổ sung"}
LISTS = [*Standing.choices, *UnitList.choices]


@dataclass(frozen=True)
class Row:
    """A unit behind a figure.

    `counted` is the official result that counts; `work` what is in work instead of it or, sent, over it. Both are
    None where the period's units are not the reader's to see. `remarks` are those of `reports.progress`. A unit that is
    restated has no result of its own that counts: `parts` are the units it stands as, `left_out` those not judged.
    """

    unit: UnitVersion
    standing: Standing
    remarks: list[str]
    counted: Revision | None
    work: Revision | None
    restated: Restated | None = None
    parts: list[ShownPart] = field(default_factory=list)
    left_out: list[ShownPart] = field(default_factory=list)

    @property
    def is_derived(self) -> bool:
        return self.restated is not None and self.standing in Verdict.values

    @property
    def is_unregistered(self) -> bool:
        """Whether nothing is expected of it: it did not register for the year (it stays in the denominator)."""
        return self.standing == Standing.MISSING and getattr(self.unit, "is_unregistered", False)

    @property
    def shown(self) -> Revision | None:
        return self.counted or self.work

    @property
    def work_state(self) -> tuple[str, str] | None:
        return state_of(self.work) if self.work else None

    @property
    def confirmation(self) -> Review | None:
        return self._decision(Verb.CONFIRM)

    @property
    def examination(self) -> Review | None:
        return self._decision(Verb.EXAMINE)

    def _decision(self, verb: Verb) -> Review | None:
        reviews = self.shown.reviews.all() if self.shown else []
        return next((one for one in reviews if one.verb == verb), None)

    @property
    def entry(self) -> Entry | None:
        """The last saving by a workbook: from which upload the result came."""
        return next(iter(self.shown.entries.all()), None) if self.shown else None

    @property
    def reason(self) -> str:
        """Why the unit is not counted as met, in words; what failed is named beside (`failed`)."""
        if self.standing == Standing.PENDING and self.work_state:
            return self.work_state[1]
        if self.standing == Standing.MISSING:
            on_desk = next((word for word in self.remarks if word in DESK), "")
            return DESK.get(on_desk, "Không đăng ký phấn đấu" if self.is_unregistered else "Chưa nhập")
        return ""

    @property
    def failed(self) -> list[Condition]:
        """The conditions not met; a sensitive one is named only on the assessment itself."""
        if self.counted is None or self.standing != Standing.NOT_MET:
            return []
        return [result.condition for result in self.counted.results.all()]


def units_behind(
    scope: Scope,
    asked_day: datetime.date,
    figures: Figures,
    district: UnitVersion | None,
    standing: str,
    condition: int | None = None,
) -> UnitVersionQuerySet:
    """Return the units of a figure in official order, with how they stand, narrowed as asked.

    `condition` is the number of one that they do not meet; a sensitive one narrows to nobody.
    """
    target, day = figures.target, figures.results_to
    units = units_of(scope, asked_day, figures).of_kinds(target.kinds)
    if district is not None:
        units = units.filter(Q(unit=district.unit_id) | Q(parent=district.unit_id))
    span = StandingSpan.objects.of_outer_unit(target.indicator, day)
    listed = with_standings(units, [target], day).annotate(
        counted_id=Subquery(span.values("counted")),
        work_id=Subquery(span.values("work")),
        has_newer=Coalesce(Subquery(span.values("has_newer")), Value(False)),
        is_unregistered=Case(
            When(not_registered_on(target.indicator, figures.units_as_of), then=Value(True)), default=Value(False)
        ),
    )
    if standing:
        listed = listed.filter(in_list(scope, asked_day, figures, standing))
    if condition is not None:
        failed = ConditionResult.objects.filter(
            revision=OuterRef("counted_id"),
            verdict=Verdict.NOT_MET,
            condition__number=condition,
            condition__is_sensitive=False,
        )
        listed = listed.filter(Exists(failed))
    return listed.with_district_on(figures.units_as_of).select_related("unit").in_official_order()


def in_list(scope: Scope, asked_day: datetime.date, figures: Figures, name: str) -> Q:
    """Return the condition of a list, on versions with standings."""
    text = f"standing_{figures.target.pk}"
    if name in (UnitList.ONE_SHORT, UnitList.FELL):
        of = concerns(scope, [figures], asked_day)
        is_short = name == UnitList.ONE_SHORT
        return Q(unit__in=[one.unit for one in of if (one.short is not None if is_short else one.fell)])
    if name == UnitList.NEEDS_REVIEW:
        return Q(**{f"{text}__contains": " needs_review"}) & ~Q(unit__in=list(figures.restated))
    standings = UNCOUNTED if name == UnitList.UNCOUNTED else (name,)
    own = reduce(or_, (Q(**{f"{text}__startswith": one}) for one in standings))
    restated = [unit for unit, one in figures.restated.items() if one.standing in standings]
    return (own & ~Q(unit__in=list(figures.restated))) | Q(unit__in=restated)


def units_of(scope: Scope, asked_day: datetime.date, figures: Figures) -> UnitVersionQuerySet:
    """Return the units on which the figures are drawn: those of their day, or today's."""
    level, day = figures.target.indicator.level, figures.units_as_of
    return scope.heirs_on(day).of_level(level) if figures.is_now else scope.living(level, day, asked_day)


def tally_of(figures: Figures, district: UnitVersion | None) -> Tally:
    if district is None:
        return figures.tally
    return figures.rows.get(district.unit_id, Tally())


def revisions_with_all(user: User) -> RevisionQuerySet:
    """Return the revisions whose units the person sees in their periods, with what a row prints of them.

    A sensitive condition is named in no list.
    """
    failed = ConditionResult.objects.filter(verdict=Verdict.NOT_MET, condition__is_sensitive=False)
    decided = Review.objects.filter(verb__in=(Verb.EXAMINE, Verb.CONFIRM)).select_related("by__unit")
    uploaded = Entry.objects.filter(upload__isnull=False).select_related("upload").order_by("-at")
    evidence = Attachment.objects.live().filter(
        unit=OuterRef("assessment__unit"),
        evidence__period=OuterRef("assessment__period"),
        evidence__indicator=OuterRef("assessment__indicator"),
    )
    count = evidence.order_by().values("unit").annotate(count=Count("pk")).values("count")
    return (
        with_examination(Revision.objects.visible_to(user))
        .annotate(evidence_count=Coalesce(Subquery(count), Value(0)))
        .select_related("assessment__period", "assessment__indicator", "submitted_by__unit")
        .prefetch_related(
            "submitted_by__unit__versions",
            Prefetch("results", failed.select_related("condition").order_by("condition__number")),
            Prefetch("reviews", decided.prefetch_related("by__unit__versions").order_by("-at")),
            Prefetch("entries", uploaded),
        )
    )


def rows(units: Iterable[UnitVersion], figures: Figures, user: User) -> list[Row]:
    """Return the units of one page with their revisions and parts: nine queries, whatever their number."""
    listed = list(units)
    restated = {unit.unit_id: figures.restated[unit.unit_id] for unit in listed if unit.unit_id in figures.restated}
    ids = {pk for unit in listed for pk in (unit.counted_id, unit.work_id) if pk}  # type: ignore[attr-defined]
    revisions = revisions_behind(ids, restated.values(), [figures.target.indicator], user)
    found = behind(restated.values(), revisions, user)
    return [
        restated_row(unit, figures, restated[unit.unit_id], found)
        if unit.unit_id in restated
        else own_row(unit, figures, revisions)
        for unit in listed
    ]


def revisions_behind(
    ids: Iterable[int], restated: Iterable[Restated], indicators: list[Indicator], user: User
) -> dict[int, Revision]:
    """Return by id the given revisions, those that count for the parts, and what the parts have sent."""
    parts = [part for one in restated for part in all_parts(one)]
    wanted = {*ids, *(part.restated.counted for part in parts if part.restated.counted)}
    sent = Q(
        state__in=PENDING,
        assessment__indicator__in=indicators,
        assessment__unit__in={part.unit for part in parts if part.restated.standing == Standing.PENDING},
    )
    return {one.pk: one for one in revisions_with_all(user).filter(Q(pk__in=wanted) | sent)}


def own_row(unit: Any, figures: Figures, revisions: Mapping[int, Revision]) -> Row:
    """Return the row of a unit that stands on what it has itself."""
    word, *remarks = getattr(unit, f"standing_{figures.target.pk}").split()
    counted, work = (revisions.get(pk) for pk in (unit.counted_id, unit.work_id))
    is_shown = unit.has_newer or word not in Verdict.values
    return Row(unit, Standing(word), remarks, counted, work if is_shown else None)


def restated_row(unit: Any, figures: Figures, restated: Restated, found: Behind) -> Row:
    """Return the row of a unit that stands as its parts; what it has sent itself since is shown as work."""
    key = (unit.unit_id, figures.target.indicator_id)
    changed_on = max(part.before for part in (*restated.parts, *restated.left_out))
    work = found.revisions.get(unit.work_id)
    is_since = work is not None and work.assessment.period.ends_on >= changed_on
    return Row(
        unit,
        Standing(restated.standing),
        [],
        None,
        work if is_since else None,
        restated,
        found.parts(*key, restated),
        found.left_out(*key, restated),
    )


@dataclass(frozen=True)
class NowRow:
    """How one of today's units stands on an indicator in *now*: on its own result, `counted`, or as its parts."""

    indicator: Indicator
    standing: Standing
    is_derived: bool
    counted: Revision | None
    parts: list[ShownPart]
    left_out: list[ShownPart]


def standings_now(unit: Unit, user: User, today: datetime.date) -> list[NowRow]:
    """Return how a unit stands today, restated; nothing for one that has ended or never changed."""
    living = UnitVersion.objects.as_of(today).filter(has_changed(today), unit=unit)
    version = living.first()
    if version is None:
        return []
    indicators = [one for one in Indicator.objects.filter(level=unit.level) if one.judges(version.kind)]
    history = history_of(living, indicators, today, today)
    found = {indicator: restate(history, indicator, unit.pk) for indicator in indicators}
    own = [one.counted for one in found.values() if one.counted]
    revisions = revisions_behind(own, found.values(), indicators, user)
    shown = behind(found.values(), revisions, user)
    return [
        NowRow(
            indicator,
            Standing(one.standing),
            one.is_derived and one.standing in Verdict.values,
            revisions.get(one.counted) if one.counted else None,
            shown.parts(unit.pk, indicator.pk, one),
            shown.left_out(unit.pk, indicator.pk, one),
        )
        for indicator, one in found.items()
    ]
