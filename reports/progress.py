"""How far we are: for a day and a scope, how many units meet each target. Reads only.

The definitions are those of design.md, section 2, "Figures". A unit stands as one text, the standing first and what is
worth saying of it behind: "met", "met review", "not_met not_applicable", "missing returned"; the database groups by it,
so that a level costs one query whatever its size.
"""

import calendar
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property, reduce
from itertools import groupby
from operator import add
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from communes.models import Level, Succession, UnitVersion, UnitVersionQuerySet
from criteria.models import PENDING, ConditionResult, Indicator, Revision, State, Verdict
from criteria.models.assessments import RevisionQuerySet
from criteria.rounding import percent_of
from reports import scopes
from reports.models import Plan, Target
from reports.restating import History, Restated, has_changed, history_of, restate
from reports.scopes import Scope


class Standing(TextChoices):
    """How a unit stands on a day; the four make up the whole."""

    MET = "met", "Đạt"
    NOT_MET = "not_met", "Chưa đạt"
    PENDING = "pending", "Đã gửi, chờ xác nhận"
    MISSING = "missing", "Chưa gửi"

    @property
    def css(self) -> str:
        """The name of the state in the style sheet: not-met."""
        return self.value.replace("_", "-")


class Boundaries(TextChoices):
    """On which units the results are drawn: those living on the date, or today's."""

    THEN = "then", "theo địa giới tại thời điểm"
    NOW = "now", "theo địa giới hiện nay"


class UnknownBoundaries(Exception):
    """A way of looking that there is none of; the message is for the reader."""


# --- one unit --------------------------------------------------------------------------------------------


def revisions_of(indicator: Indicator, day: datetime.date) -> RevisionQuerySet:
    """Return the revisions of the outer unit in periods up to the day, the one that counts first.

    The latest period end, then the longer period, then the later revision.
    """
    return Revision.objects.filter(
        assessment__unit=OuterRef("unit"), assessment__indicator=indicator, assessment__period__ends_on__lte=day
    ).order_by("-assessment__period__ends_on", "assessment__period__starts_on", "-pk")


def official(indicator: Indicator, day: datetime.date) -> RevisionQuerySet:
    return revisions_of(indicator, day).official()


def in_work(indicator: Indicator, day: datetime.date) -> RevisionQuerySet:
    """Return the revisions in work, those sent before those on the desk."""
    is_on_desk = Case(When(state__in=PENDING, then=0), default=1)
    return (
        revisions_of(indicator, day)
        .in_work()
        .order_by(is_on_desk, "-assessment__period__ends_on", "assessment__period__starts_on", "-pk")
    )


def standing_text(target: Target, day: datetime.date) -> Combinable:
    """Return the expression that says of a unit's version how it stands; null where the target does not count it."""
    needs_review = Q(assessment__period__ends_on__lt=months_before(day, target.months_valid)) | Exists(
        Succession.objects.filter(
            successor=OuterRef("assessment__unit"),
            effective_on__gt=OuterRef("assessment__period__ends_on"),
            effective_on__lte=day,
        )
    )
    has_not_applicable = Exists(ConditionResult.objects.filter(revision=OuterRef("pk"), verdict=Verdict.NOT_APPLICABLE))
    result = Concat(
        F("verdict"),
        Case(When(needs_review, then=Value(" needs_review")), default=Value("")),
        Case(When(has_not_applicable, then=Value(" not_applicable")), default=Value("")),
    )
    work = Case(
        When(state__in=PENDING, then=Value(Standing.PENDING.value)),
        default=Concat(Value(f"{Standing.MISSING.value} "), F("state")),
    )
    text = Coalesce(
        Subquery(official(target.indicator, day).values(text=result)[:1]),
        Subquery(in_work(target.indicator, day).values(text=work)[:1]),
        Value(Standing.MISSING.value),
    )
    return Case(When(kind__in=target.kinds, then=text))


def newest_state(target: Target, day: datetime.date) -> Combinable:
    """Return the state of the newest that is official or sent: where sent, it may soon replace the result."""
    states = (State.CONFIRMED, *PENDING)
    newest = revisions_of(target.indicator, day).filter(state__in=states).values("state")[:1]
    return Case(When(kind__in=target.kinds, then=Subquery(newest)))


def months_before(day: datetime.date, months: int) -> datetime.date:
    """Return the day that lies so many months earlier; 31/3 less one month is 28/2 or 29/2.

    Before the first day that there is, that one.
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < datetime.MINYEAR:
        return datetime.date.min
    _, last = calendar.monthrange(year, month + 1)
    return datetime.date(year, month + 1, min(day.day, last))


def with_standings(versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date) -> UnitVersionQuerySet:
    """Annotate `standing_<target pk>`: the text of each target, for a list of units."""
    return versions.annotate(**{f"standing_{target.pk}": standing_text(target, day) for target in targets})


# --- many units ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many units stand how; the first four make up the total.

    `draft` and `returned` are a part of `missing`; `newer` (sent work over a result), `needs_review` and
    `not_applicable` are a part of those with a result and stand beside; `derived` is the part of `met` that is restated
    from former units and waits to be confirmed (chờ xác nhận).
    """

    met: int = 0
    not_met: int = 0
    pending: int = 0
    missing: int = 0
    draft: int = 0
    returned: int = 0
    newer: int = 0
    needs_review: int = 0
    not_applicable: int = 0
    derived: int = 0

    @property
    def total(self) -> int:
        return self.met + self.not_met + self.pending + self.missing

    @property
    def not_yet(self) -> int:
        """Those without an official "Đạt": chưa đạt, chưa xác nhận."""
        return self.total - self.met

    @property
    def percent(self) -> Decimal | None:
        return percent_of(self.met, self.total)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Tally)))


@dataclass(frozen=True)
class Figures:
    """Where one target stands. `rows` holds the tally by district (of a district-level target: by the unit itself).

    Counted are the units living on `units_as_of`, by their results of periods up to `results_to`. Where they are
    today's (`boundaries` is *now*), `restated` holds, by unit, those that stand as the units they came from.
    """

    target: Target
    units_as_of: datetime.date
    results_to: datetime.date
    is_asked: bool
    rows: dict[int, Tally]
    boundaries: str = Boundaries.THEN
    restated: Mapping[int, Restated] = field(default_factory=dict)

    @property
    def is_now(self) -> bool:
        return self.boundaries == Boundaries.NOW

    @property
    def boundaries_words(self) -> str:
        return Boundaries(self.boundaries).label

    def standing_of(self, version: Any) -> Standing | None:
        """Return how a unit that carries `with_standings` stands; None where the target does not count it."""
        text = getattr(version, f"standing_{self.target.pk}")
        restated = self.restated.get(version.unit_id)
        return Standing(restated.standing if restated else text.split()[0]) if text else None

    def is_derived(self, version: UnitVersion) -> bool:
        """Whether the unit has a result only as the units that it came from."""
        restated = self.restated.get(version.unit_id)
        return restated is not None and restated.standing in Verdict.values

    @cached_property
    def tally(self) -> Tally:
        return reduce(add, self.rows.values(), Tally())

    @property
    def rule(self) -> str:
        """The rule of the denominator in words: "tính trên 17 đơn vị cấp huyện"."""
        return self.target.rule_for(self.tally.total)

    @property
    def needed(self) -> int | None:
        return self.target.needed(self.tally.total) if self.is_asked else None

    @property
    def gap(self) -> int | None:
        return max(0, self.target.needed(self.tally.total) - self.tally.met) if self.is_asked else None

    @property
    def is_reached(self) -> bool | None:
        return self.target.is_reached(self.tally.met, self.tally.total) if self.is_asked else None

    @property
    def percent(self) -> Decimal | None:
        return self.percent_if(self.tally.met)

    def percent_if(self, met: int) -> Decimal | None:
        """Return the share if so many units met it, by the one rounding rule."""
        return percent_of(met, self.tally.total, self.target.percent if self.is_asked else None)

    def as_json(self) -> dict[str, Any]:
        tally, percent = self.tally, self.percent
        return {
            "indicator": self.target.indicator.code,
            "target_percent": self.target.percent,
            "met": tally.met,
            "not_met": tally.not_met,
            "pending": tally.pending,
            "missing": tally.missing,
            "total": tally.total,
            "needed": self.needed,
            "gap": self.gap,
            "percent": None if percent is None else str(percent),
            "reached": self.is_reached,
            "units_as_of": self.units_as_of.isoformat(),
            **({"derived": tally.derived} if self.is_now else {}),
        }


def progress(
    scope: Scope,
    day: datetime.date,
    boundaries: str = Boundaries.THEN,
    targets: list[Target] | None = None,
    *,
    today: datetime.date | None = None,
) -> list[Figures]:
    """Return where the plan's targets (or the given ones) stand in the scope on the day, in the plan's order.

    In *now* the results are restated on the units of `today`; a level of which the scope has none any more answers in
    *then*. One query for the targets, one for the last days of the levels, one for each level; in *now* one more for
    the levels of today and four for each of them.
    """
    if boundaries not in Boundaries.values:
        raise UnknownBoundaries(f"Không có cách xem “{boundaries}”; chọn then hoặc now.")
    today = today or scopes.today()
    asked = targets if targets is not None else final_targets(scope.plan)
    levels_now = scope.levels_on(today) if boundaries == Boundaries.NOW else set()
    last_days = scope.last_days(day)
    found = []
    for level, group in groupby(sorted(asked, key=lambda t: t.indicator.level), lambda t: t.indicator.level):
        if level in levels_now:
            found += figures_now(scope, list(group), day, today)
        else:
            found += figures_then(scope, list(group), day, last_days.get(level, day))
    return sorted(found, key=lambda figures: figures.target.position)


def figures_then(scope: Scope, targets: list[Target], day: datetime.date, last: datetime.date) -> list[Figures]:
    """Return the figures of targets of one level on the units that lived on its last day up to the asked one."""
    rows = tallies(scope.living(targets[0].indicator.level, last, day), targets, last)
    is_asked = scope.is_asked and (last == day or not scope.is_cut)
    return [Figures(target, last, last, is_asked, rows[target.pk]) for target in targets]


def final_targets(plan: Plan) -> list[Target]:
    """Return for each indicator of the plan the target that falls due last, in the plan's order."""
    targets = plan.targets.select_related("indicator__criterion").order_by("due_on")
    last = {target.indicator_id: target for target in targets}
    return sorted(last.values(), key=lambda target: target.position)


Counters = dict[int, dict[int, Counter[str]]]
PLACE = Case(When(unit__level=Level.DISTRICT, then=F("unit")), default=F("parent"))


def tallies(
    versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date
) -> dict[int, dict[int, Tally]]:
    """Count the versions of one level by district and standing: target → district → tally, in one query."""
    return as_tallies(counted(versions, targets, day))


def counted(versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date) -> Counters:
    """Count the words of the standings by target and district, in one query."""
    columns = standing_columns(targets, day)
    grouped = versions.order_by().annotate(place=PLACE, **columns).values("place", *columns)
    counters: Counters = {target.pk: defaultdict(Counter) for target in targets}
    for row in grouped.annotate(units=Count("pk")):
        for pk, counter in counters.items():
            if text := row[f"standing_{pk}"]:
                counter[row["place"]].update(dict.fromkeys(words_of(text, row[f"newest_{pk}"]), row["units"]))
    return counters


def standing_columns(targets: Iterable[Target], day: datetime.date) -> dict[str, Combinable]:
    columns: dict[str, Combinable] = {}
    for target in targets:
        columns[f"standing_{target.pk}"] = standing_text(target, day)
        columns[f"newest_{target.pk}"] = newest_state(target, day)
    return columns


def words_of(text: str, newest: str) -> list[str]:
    """Return the fields of `Tally` that a unit counts in: its words, and whether work was sent over its result."""
    is_newer = newest in PENDING and text.split()[0] in Verdict.values
    return [*text.split(), *(["newer"] if is_newer else [])]


def as_tallies(counters: Counters) -> dict[int, dict[int, Tally]]:
    return {pk: {place: Tally(**words) for place, words in counter.items()} for pk, counter in counters.items()}


# --- today's units ---------------------------------------------------------------------------------------


def figures_now(scope: Scope, targets: list[Target], day: datetime.date, today: datetime.date) -> list[Figures]:
    """Return the figures of targets of one level, restated on the units of today (`reports.restating`).

    A unit without a boundary change stands on its own results, as in *then*; only the others are restated.
    """
    living = scope.heirs_on(today).of_level(targets[0].indicator.level)
    changed = living.filter(has_changed(today))
    counters = counted(living.exclude(has_changed(today)), targets, day)
    history = history_of(changed, [target.indicator for target in targets], day, today)
    restated: dict[int, dict[int, Restated]] = {target.pk: {} for target in targets}
    columns = standing_columns(targets, day)
    for row in changed.order_by().annotate(place=PLACE, **columns).values("unit", "place", *columns):
        for target in targets:
            text, unit = row[f"standing_{target.pk}"], row["unit"]
            if not text:
                continue
            one = restate(history, target.indicator, unit)
            words = words_of(text, row[f"newest_{target.pk}"])
            if one.counted is None:
                restated[target.pk][unit] = one
                words = restated_words(one, text, history, (unit, target.indicator_id))
            counters[target.pk][row["place"]].update(words)
    rows = as_tallies(counters)
    return [
        Figures(target, today, day, scope.is_asked, rows[target.pk], Boundaries.NOW, restated[target.pk])
        for target in targets
    ]


def restated_words(restated: Restated, own: str, history: History, key: tuple[int, int]) -> list[str]:
    """Return the words of a unit that stands as its parts; `own` is the text of what it has itself.

    What is on its own desk is told of a unit without a result; what it sent since its last change stands beside one.
    """
    if restated.standing in Verdict.values:
        derived = ["derived"] if restated.standing == Verdict.MET else []
        return [restated.standing, *derived, *(["newer"] if history.has_sent_since_change(key) else [])]
    is_missing = restated.standing == Standing.MISSING and own.split()[0] == Standing.MISSING
    return own.split() if is_missing else [restated.standing]
