"""How far we are: for a day and a scope, how many units meet each target. Reads only.

The definitions are those of design.md, section 2, "Figures". A unit stands as one text, the standing first and what is
worth saying of it behind: "met", "met review", "not_met not_applicable", "missing returned"; the database groups by it,
so that a level costs one query whatever its size.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cached_property, reduce
from itertools import groupby
from operator import add
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, TextChoices, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Concat

from communes.models import Level, Succession, UnitVersionQuerySet
from criteria.models import PENDING, ConditionResult, Indicator, Revision, State, Verdict
from criteria.models.assessments import RevisionQuerySet
from reports.models import Plan, Target
from reports.rounding import percent_of
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


class NotYet(Exception):
    """A way of looking that is not built yet; the message is for the reader."""


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
    """Return the day that lies so many months earlier; 31/3 less one month is 28/2 or 29/2."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    first_of_next = datetime.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - datetime.timedelta(days=1)).day
    return datetime.date(year, month + 1, min(day.day, last))


def with_standings(versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date) -> UnitVersionQuerySet:
    """Annotate `standing_<target pk>`: the text of each target, for a list of units."""
    return versions.annotate(**{f"standing_{target.pk}": standing_text(target, day) for target in targets})


# --- many units ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """How many units stand how; the first four make up the total.

    `draft` and `returned` are a part of `missing`; `newer` (sent work over a result), `needs_review` and
    `not_applicable` are a part of those with a result and stand beside.
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
    """Where one target stands. `rows` holds the tally by district (of a district-level target: by the unit itself)."""

    target: Target
    units_as_of: datetime.date
    is_asked: bool
    rows: dict[int, Tally]

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
        }


def progress(
    scope: Scope, day: datetime.date, boundaries: str = Boundaries.THEN, targets: list[Target] | None = None
) -> list[Figures]:
    """Return where the plan's targets (or the given ones) stand in the scope on the day, in the plan's order.

    One query for the targets, one for the last days of the levels, one for each level.
    """
    if boundaries not in Boundaries.values:
        raise NotYet(f"Không có cách xem “{boundaries}”; chọn then hoặc now.")
    if boundaries != Boundaries.THEN:
        raise NotYet("Chưa có số liệu theo địa giới hiện nay; chọn theo địa giới tại thời điểm (then).")
    asked = targets if targets is not None else final_targets(scope.plan)
    last_days = scope.last_days(day)
    found = []
    for level, group in groupby(sorted(asked, key=lambda t: t.indicator.level), lambda t: t.indicator.level):
        last = last_days.get(level, day)
        same_level = list(group)
        rows = tallies(scope.living(level, last, day), same_level, last)
        is_asked = scope.is_asked and (last == day or not scope.is_cut)
        found += [Figures(target, last, is_asked, rows[target.pk]) for target in same_level]
    return sorted(found, key=lambda figures: figures.target.position)


def final_targets(plan: Plan) -> list[Target]:
    """Return for each indicator of the plan the target that falls due last, in the plan's order."""
    targets = plan.targets.select_related("indicator__criterion").order_by("due_on")
    last = {target.indicator_id: target for target in targets}
    return sorted(last.values(), key=lambda target: target.position)


def tallies(
    versions: UnitVersionQuerySet, targets: Iterable[Target], day: datetime.date
) -> dict[int, dict[int, Tally]]:
    """Count the versions of one level by district and standing: target → district → tally, in one query."""
    columns: dict[str, Combinable] = {}
    for target in targets:
        columns[f"standing_{target.pk}"] = standing_text(target, day)
        columns[f"newest_{target.pk}"] = newest_state(target, day)
    place = Case(When(unit__level=Level.DISTRICT, then=F("unit")), default=F("parent"))
    grouped = versions.order_by().annotate(place=place, **columns).values("place", *columns)
    counters: dict[int, dict[int, Counter[str]]] = {target.pk: defaultdict(Counter) for target in targets}
    for row in grouped.annotate(units=Count("pk")):
        for pk, counter in counters.items():
            if text := row[f"standing_{pk}"]:
                is_newer = row[f"newest_{pk}"] in PENDING and text.split()[0] in Verdict.values
                words = [*text.split(), *(["newer"] if is_newer else [])]
                counter[row["place"]].update(dict.fromkeys(words, row["units"]))
    return {pk: {place: Tally(**words) for place, words in counter.items()} for pk, counter in counters.items()}
