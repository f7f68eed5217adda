"""How far we are: for a day and a scope, how many units meet each target. Reads only.

The definitions are those of design.md, section 2, "Figures". How a unit stands from one day to another is read from
the spans that are derived from the revisions with every step (`criteria.spans`); the database groups them, so that
all the levels of a day cost two queries whatever their size. In a list a unit's standing is one text, the standing
first and what is worth saying of it behind: "met needs_review", "not_met not_applicable", "missing returned".
"""

import calendar
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property, reduce
from operator import add
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from communes.models import Succession, UnitVersion, UnitVersionQuerySet
from criteria.models import StandingSpan, State, Verdict
from criteria.rounding import percent_of
from reports import scopes
from reports.models import Plan, Target
from reports.restating import History, Restated, has_changed, history_of, restate
from reports.scopes import PLACE, Life, Scope


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


def standing_text(target: Target, day: datetime.date) -> Combinable:
    """Return the expression that says of a unit's version how it stands; null where the target does not count it."""
    text = Concat(
        F("standing"),
        Case(When(desk="", then=Value("")), default=Concat(Value(" "), F("desk"))),
        Case(When(needs_review(day, target.months_valid), then=Value(" needs_review")), default=Value("")),
        Case(When(has_not_applicable=True, then=Value(" not_applicable")), default=Value("")),
    )
    spans = StandingSpan.objects.of_outer_unit(target.indicator, day)
    return Case(When(kind__in=target.kinds, then=Coalesce(Subquery(spans.values(text=text)), Value(Standing.MISSING))))


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
    *then*. One query for the targets, one for the units of the scope (of all days: a scope reads them once), one for
    the levels that answer for one day; five for the levels that are restated.
    """
    if boundaries not in Boundaries.values:
        raise UnknownBoundaries(f"Không có cách xem “{boundaries}”; chọn then hoặc now.")
    today = today or scopes.today()
    asked = targets if targets is not None else final_targets(scope.plan)
    found = figures_now(scope, asked, day, today) if boundaries == Boundaries.NOW else []
    rest = [target for target in asked if target not in [one.target for one in found]]
    last_days = scope.last_days(day) if rest else {}
    groups: dict[datetime.date, list[Target]] = defaultdict(list)
    for target in rest:
        groups[last_days.get(target.indicator.level, day)].append(target)
    for last, group in groups.items():
        found += figures_then(scope, group, day, last)
    return sorted(found, key=lambda figures: figures.target.position)


def figures_then(scope: Scope, targets: list[Target], day: datetime.date, last: datetime.date) -> list[Figures]:
    """Return the figures of targets on the units that lived on the last day of their levels up to the asked one."""
    living = scope.living(levels_of(targets), last, day)
    rows = tallies(living, scope.lives_on(last, day), targets, last)
    is_asked = scope.is_asked and (last == day or not scope.is_cut)
    return [Figures(target, last, last, is_asked, rows[target.pk]) for target in targets]


def levels_of(targets: Iterable[Target]) -> list[str]:
    return sorted({target.indicator.level for target in targets})


def final_targets(plan: Plan) -> list[Target]:
    """Return for each indicator of the plan the target that falls due last, in the plan's order."""
    targets = plan.targets.select_related("indicator__criterion").order_by("due_on")
    last = {target.indicator_id: target for target in targets}
    return sorted(last.values(), key=lambda target: target.position)


Counters = dict[int, dict[int, Counter[str]]]
SPANS = "unit__standing_spans__"
TOOK_IN = Succession.objects.order_by().values("successor")
BESIDE = {
    "draft": Q(desk=State.DRAFT),
    "returned": Q(desk=State.RETURNED),
    "newer": Q(has_newer=True),
    "not_applicable": Q(has_not_applicable=True),
}


@dataclass(frozen=True)
class Counted:
    """Units of one kind and place that stand alike on an indicator: how many, and of how many what is worth saying."""

    indicator: int
    standing: str
    units: int
    beside: Mapping[str, int]

    def words(self, target: Target) -> dict[str, int]:
        """Return the fields of `Tally` that they count in, the standing first; each with how many do."""
        worth_saying = {word: self.beside[word] for word in BESIDE}
        needs_review = self.beside[f"needs_review_{target.months_valid}"]
        return {self.standing: self.units, "needs_review": needs_review, **worth_saying}


def counts(target: Target, level: str, kind: str) -> bool:
    return target.indicator.level == level and kind in target.kinds


def tallies(
    versions: UnitVersionQuerySet, lives: Iterable[Life], targets: Sequence[Target], day: datetime.date
) -> dict[int, dict[int, Tally]]:
    """Count the versions by district and standing: target → district → tally, in one query for all the targets.

    `lives` says how many they are. Who has no span has sent nothing.
    """
    counters: Counters = {target.pk: defaultdict(Counter) for target in targets}
    for life in lives:
        for target in targets:
            if life.place is not None and counts(target, life.level, life.kind):
                counters[target.pk][life.place][Standing.MISSING.value] += life.units
    columns = ("unit__level", "kind", "place")
    for (level, kind, place), one in with_spans(versions.order_by().annotate(place=PLACE), targets, day, columns):
        for target in targets:
            if target.indicator_id == one.indicator and counts(target, level, kind):
                counter = counters[target.pk][place]
                counter[Standing.MISSING.value] -= one.units
                counter.update(one.words(target))
    return as_tallies(counters)


def with_spans(
    versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date, columns: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], Counted]]:
    """Yield how the versions stand on the day, counted by the given columns of them: one query."""
    named = ("indicator", "standing", "desk", "has_newer", "has_not_applicable", "result_on")
    held = versions.filter(
        **{
            f"{SPANS}indicator__in": [target.indicator_id for target in targets],
            f"{SPANS}starts_on__lte": day,
            f"{SPANS}ends_on__gte": day,
        }
    ).annotate(**{name: F(SPANS + name) for name in named})
    beside = BESIDE | {
        f"needs_review_{months}": needs_review(day, months) for months in {target.months_valid for target in targets}
    }
    counted = {word: Count("pk", filter=condition) for word, condition in beside.items()}
    for row in held.values(*columns, "indicator", "standing").annotate(units=Count("pk"), **counted):
        of = tuple(row[name] for name in columns)
        yield of, Counted(row["indicator"], row["standing"], row["units"], {word: row[word] for word in beside})


def needs_review(day: datetime.date, months: int) -> Q:
    """Return the condition "cần rà soát lại" of a version that carries `result_on`.

    Few units ever took in another: asked first whether one did, the database looks its days up for no other.
    """
    later = Succession.objects.filter(
        successor=OuterRef("unit"), effective_on__gt=OuterRef("result_on"), effective_on__lte=day
    )
    return Q(result_on__lt=months_before(day, months)) | Q(Exists(later), unit__in=TOOK_IN)


def as_tallies(counters: Counters) -> dict[int, dict[int, Tally]]:
    return {pk: {place: Tally(**words) for place, words in counter.items()} for pk, counter in counters.items()}


# --- today's units ---------------------------------------------------------------------------------------


def figures_now(scope: Scope, targets: list[Target], day: datetime.date, today: datetime.date) -> list[Figures]:
    """Return the figures of the targets of whose level units live today, restated on them (`reports.restating`).

    Five queries. A unit without a boundary change stands on its own results, as in *then*.
    """
    living = scope.heirs_on(today).filter(unit__level__in=levels_of(targets)).order_by().annotate(place=PLACE)
    spans = {(unit, one.indicator): one for (unit,), one in with_spans(living, targets, day, ("unit",))}
    history = history_of(living.filter(has_changed(today)), [target.indicator for target in targets], day, today)
    restated: dict[int, dict[int, Restated]] = {target.pk: {} for target in targets}
    counters: Counters = {target.pk: defaultdict(Counter) for target in targets}
    levels = set()
    for unit, level, kind, place in living.values_list("unit", "unit__level", "kind", "place"):
        levels.add(level)
        for target in targets:
            if not counts(target, level, kind):
                continue
            key = (unit, target.indicator_id)
            words = [word for word, units in spans[key].words(target).items() if units] if key in spans else ["missing"]
            if history.links.get(unit):
                one = restate(history, target.indicator, unit)
                if one.counted is None:
                    restated[target.pk][unit] = one
                    words = restated_words(one, words, history, key)
            counters[target.pk][place].update(words)
    rows = as_tallies(counters)
    return [
        Figures(target, today, day, scope.is_asked, rows[target.pk], Boundaries.NOW, restated[target.pk])
        for target in targets
        if target.indicator.level in levels
    ]


def restated_words(restated: Restated, own: list[str], history: History, key: tuple[int, int]) -> list[str]:
    """Return the words of a unit that stands as its parts; `own` are those of what it has itself.

    What is on its own desk is told of a unit without a result; what it sent since its last change stands beside one.
    """
    if restated.standing in Verdict.values:
        derived = ["derived"] if restated.standing == Verdict.MET else []
        return [restated.standing, *derived, *(["newer"] if history.has_sent_since_change(key) else [])]
    is_missing = restated.standing == Standing.MISSING and own[0] == Standing.MISSING
    return own if is_missing else [restated.standing]
