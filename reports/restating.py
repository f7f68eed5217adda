"""Results restated on today's units (theo địa giới hiện nay): computed and marked as derived, never stored as observed.

The rule (design.md, section 2): a unit's own official result of a period that ends after its last boundary change
counts. Without one the unit stands as its parts do, those of a kind that the indicator judges, whatever their share,
and theirs in turn: one not met, the whole is not met; one without a result, the whole has none (sent, where all of
those have sent); all met, the whole is met, to be confirmed. This follows the central guidance on mergers: the lowest
standing among the parts is the standing of the whole, proposed and never copied silently.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef

from communes.models import Succession, UnitVersion, UnitVersionQuerySet
from criteria.models import PENDING, Indicator, Revision, State, Verdict

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Link:
    """A part of a unit: the unit that went into it on a day, with how much of it (None: only "a part" is known)."""

    unit: int
    on: datetime.date
    share: Decimal | None


@dataclass(frozen=True)
class Result:
    """What a revision says of a unit for a period: the official verdict, or that work has been sent."""

    revision: int
    verdict: str
    ends_on: datetime.date


@dataclass(frozen=True)
class Restated:
    """How a unit stands when its parts' results are restated on it: the standing of `reports.progress`.

    `counted` is the revision of its own that counts. Without one, `parts` are those that decided and `left_out` those
    of a kind that is not judged.
    """

    standing: str
    counted: int | None = None
    parts: tuple["Part", ...] = ()
    left_out: tuple["Part", ...] = ()

    @property
    def is_derived(self) -> bool:
        return bool(self.parts)


@dataclass(frozen=True)
class Part:
    """A part of a unit, as it stood before the day on which it went in."""

    unit: int
    before: datetime.date
    share: Decimal | None
    restated: Restated


@dataclass
class History:
    """All that the rule needs, in plain rows, of the living units and of everything they came from.

    `official` holds for each (unit, indicator) the results of periods up to the asked day, the one that counts first:
    the latest period end, then the longer period, then the later revision. `sent` holds the ends of the periods in
    which work is sent.
    """

    links: Mapping[int, Sequence[Link]] = field(default_factory=dict)
    kinds: Mapping[int, Sequence[tuple[datetime.date, str]]] = field(default_factory=dict)
    official: Mapping[tuple[int, int], Sequence[Result]] = field(default_factory=dict)
    sent: Mapping[tuple[int, int], Sequence[datetime.date]] = field(default_factory=dict)

    def kind_before(self, unit: int, day: datetime.date) -> str:
        """Return the kind that the unit bore on the eve of the day, "" where it did not live yet."""
        borne = [kind for starts_on, kind in self.kinds.get(unit, ()) if starts_on < day]
        return borne[-1] if borne else ""

    def changed_on(self, unit: int) -> datetime.date:
        """Return the day on which the unit was made from others or last took one in."""
        return max((link.on for link in self.links.get(unit, ())), default=datetime.date.min)

    def has_sent_since_change(self, key: tuple[int, int]) -> bool:
        """Whether the unit itself has sent work on the indicator for a period that ends after its last change."""
        return any(ends_on >= self.changed_on(key[0]) for ends_on in self.sent.get(key, ()))


def restate(history: History, indicator: Indicator, unit: int, before: datetime.date = datetime.date.max) -> Restated:
    """Return how the unit stands, as it was before the day."""
    links = [link for link in history.links.get(unit, ()) if link.on < before]
    changed_on = max((link.on for link in links), default=datetime.date.min)
    key = (unit, indicator.pk)
    for result in history.official.get(key, ()):
        if changed_on <= result.ends_on < before:
            return Restated(result.verdict, counted=result.revision)
    if not links:
        has_sent = any(ends_on < before for ends_on in history.sent.get(key, ()))
        return Restated("pending" if has_sent else "missing")
    parts = _parts(history, unit, changed_on, links)
    judged = tuple(
        Part(part.unit, part.on, part.share, restate(history, indicator, part.unit, part.on))
        for part in parts
        if indicator.judges(history.kind_before(part.unit, part.on))
    )
    taken = {part.unit for part in judged}
    left_out = tuple(
        Part(part.unit, part.on, part.share, Restated("missing")) for part in parts if part.unit not in taken
    )
    return Restated(lowest(part.restated.standing for part in judged), parts=judged, left_out=left_out)


def lowest(standings: Iterable[str]) -> str:
    """Return the standing of a whole whose parts stand so; without any part it has no result."""
    found = set(standings)
    if Verdict.NOT_MET in found:
        return Verdict.NOT_MET
    without = found - {Verdict.MET}
    if without or not found:
        return "pending" if without == {"pending"} else "missing"
    return Verdict.MET


def _parts(history: History, unit: int, changed_on: datetime.date, links: Sequence[Link]) -> list[Link]:
    """Return what made the unit on the day of its last change; its former self is a part where it lived before."""
    parts = [link for link in links if link.on == changed_on]
    if history.kind_before(unit, changed_on):
        parts.append(Link(unit, changed_on, Decimal(1)))
    return parts


def has_changed(today: datetime.date) -> Exists:
    """Return the condition "the version's unit was made from others, or took in another, up to today"."""
    return Exists(Succession.objects.filter(successor=OuterRef("unit"), effective_on__lte=today))


def history_of(
    living: UnitVersionQuerySet, indicators: Iterable[Indicator], day: datetime.date, today: datetime.date
) -> History:
    """Read the history of today's units and of all they came from: three queries, whatever their number.

    `day` is the asked one: results of later periods are not read.
    """
    ancestors = UnitVersion.objects.filter(unit__descents__descendant__in=living.order_by().values("unit"))
    units = ancestors.order_by().values("unit")
    links: dict[int, list[Link]] = defaultdict(list)
    successions = Succession.objects.filter(successor__in=units, effective_on__lte=today)
    for part, whole, on, share in successions.order_by("effective_on", "pk").values_list(
        "predecessor", "successor", "effective_on", "share"
    ):
        links[whole].append(Link(part, on, share))
    kinds: dict[int, list[tuple[datetime.date, str]]] = defaultdict(list)
    for unit, starts_on, kind in ancestors.order_by("starts_on").distinct().values_list("unit", "starts_on", "kind"):
        kinds[unit].append((starts_on, kind))
    official: dict[tuple[int, int], list[Result]] = defaultdict(list)
    sent: dict[tuple[int, int], list[datetime.date]] = defaultdict(list)
    revisions = Revision.objects.filter(
        state__in=(State.CONFIRMED, *PENDING),
        assessment__unit__in=units,
        assessment__indicator__in=list(indicators),
        assessment__period__ends_on__lte=day,
    ).order_by("-assessment__period__ends_on", "assessment__period__starts_on", "-pk")
    for pk, unit, indicator, state, verdict, ends_on in revisions.values_list(
        "pk", "assessment__unit", "assessment__indicator", "state", "verdict", "assessment__period__ends_on"
    ):
        if state == State.CONFIRMED:
            official[unit, indicator].append(Result(pk, verdict, ends_on))
        else:
            sent[unit, indicator].append(ends_on)
    return History(links, kinds, official, sent)
