"""What a boundary event touches beside the units themselves: people, open work, official results, targets, names.

Reads only; a fixed number of queries for each plan, whatever the number of units.
"""

import datetime
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, QuerySet

from communes.events.finding import described
from communes.events.telling import Outline
from communes.models import BoundaryEvent, UnitVersion, UnitVersionQuerySet, User
from communes.names import search_key
from criteria.models import IN_WORK, Revision, State
from reports.models import Plan, Target
from reports.progress import final_targets

SHOWN = 50


@dataclass(frozen=True)
class TargetChange:
    """How many units a target counts on the event's day, and how many it needs: before → after."""

    target: Target
    total: int
    total_after: int

    @property
    def needed(self) -> int:
        return self.target.needed(self.total)

    @property
    def needed_after(self) -> int:
        return self.target.needed(self.total_after)


@dataclass
class Effects:
    """`open_work` are revisions of closed units in periods that end on the event's day or later: their unit will not
    live on the period's last day. `to_review` are official results that count for units which take in another.
    """

    users: list[User] = field(default_factory=list)
    open_work: list[Revision] = field(default_factory=list)
    open_counts: list[tuple[str, int]] = field(default_factory=list)
    to_review: list[Revision] = field(default_factory=list)
    to_review_count: int = 0
    targets: list[TargetChange] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def open_count(self) -> int:
        return sum(count for _, count in self.open_counts)


def effects_of(event: BoundaryEvent, found: Outline, user: User) -> Effects:
    """Return what the event touches, as far as the reader sees it."""
    closed = [told.pk for told in found.closed if told.pk]
    work = _of_closed(closed, event.effective_on, user)
    review = _to_review(found.receiver_ids, event.effective_on, user)
    counts = dict(work.order_by().values_list("state").annotate(Count("pk")))
    return Effects(
        users=list(
            User.objects.filter(unit__in=closed, is_active=True).prefetch_related("unit__versions").order_by("username")
        ),
        open_work=list(work[:SHOWN]),
        open_counts=[(str(State(state).label), counts[state]) for state in State.values if state in counts],
        to_review=list(review[:SHOWN]),
        to_review_count=review.count(),
        targets=list(_targets(event, found)),
        names=list(_same_names(event, found)),
    )


def _of_closed(units: list[int], day: datetime.date, user: User) -> QuerySet[Revision]:
    return (
        Revision.objects.visible_to(user)
        .filter(state__in=(*IN_WORK, State.CONFIRMED), assessment__unit__in=units, assessment__period__ends_on__gte=day)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period")
        .prefetch_related("assessment__unit__versions")
        .order_by("assessment__unit__key", "assessment__period__ends_on", "pk")
    )


def _to_review(units: list[int], day: datetime.date, user: User) -> QuerySet[Revision]:
    """Return the official results that count on the day for the units that take in another."""
    later = Revision.objects.official().filter(
        assessment__unit=OuterRef("assessment__unit"),
        assessment__indicator=OuterRef("assessment__indicator"),
        assessment__period__ends_on__gt=OuterRef("assessment__period__ends_on"),
    )
    return (
        Revision.objects.official()
        .visible_to(user)
        .filter(~Exists(later), assessment__unit__in=units, assessment__period__ends_on__lt=day)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period")
        .prefetch_related("assessment__unit__versions")
        .order_by("assessment__unit__key", "assessment__indicator__position", "pk")
    )


# --- targets ---------------------------------------------------------------------------------------------


def _targets(event: BoundaryEvent, found: Outline) -> Iterator[TargetChange]:
    """Yield the targets whose total changes on the day, over all plans."""
    provinces = _provinces(event.effective_on, found)
    for plan in Plan.objects.select_related("province"):
        living = UnitVersion.objects.in_territory_of(plan.province, event.effective_on)
        inside = set(living.filter(unit__in=_stored(found)).order_by().values_list("unit", flat=True))
        moved = _moved(plan, found, inside, provinces)
        counts = _counted(living.as_of(event.effective_on))
        for target in final_targets(plan):
            total = sum(counts[target.indicator.level, kind] for kind in target.kinds)
            change = sum(moved[target.indicator.level, kind] for kind in target.kinds)
            if change:
                yield TargetChange(target, total, total + change)


def _moved(plan: Plan, found: Outline, inside: set[int], provinces: dict[str, int]) -> Counter[tuple[str, str]]:
    """Return (level, kind) → how many more units of the plan's territory there are after the event."""
    heirs = {link.successor.version.key for link in found.links if link.predecessor.pk in inside}
    before = {told.version.key: told for told in (*found.closed, *(old for old, _ in found.changed))}
    after = {told.version.key: told for told in (*found.made, *(new for _, new in found.changed))}
    for link in found.links:  # one that takes in a unit of the territory belongs to it from then on
        key = link.successor.version.key
        if key not in after:
            before[key] = after[key] = link.successor
    moved: Counter[tuple[str, str]] = Counter()
    for told in before.values():
        if told.pk in inside:
            moved[told.level, told.version.kind] -= 1
    for key, told in after.items():
        if told.pk in inside or key in heirs or provinces.get(told.version.parent or key) == plan.province_id:
            moved[told.level, told.version.kind] += 1
    return moved


def _stored(found: Outline) -> set[int]:
    sides = [told for link in found.links for told in (link.predecessor, link.successor)]
    told = [*found.closed, *sides, *(old for old, _ in found.changed)]
    return {one.pk for one in told if one.pk}


def _provinces(day: datetime.date, found: Outline) -> dict[str, int]:
    """Return the province of each unit that stands, on the day, above one that is made or changed."""
    above = {told.version.parent for told in (*found.made, *(new for _, new in found.changed))}
    versions = UnitVersion.objects.as_of(day).filter(unit__key__in=above)
    return dict(versions.order_by().values_list("unit__key", "province"))


def _counted(versions: UnitVersionQuerySet) -> Counter[tuple[str, str]]:
    rows = versions.order_by().values_list("unit__level", "kind").annotate(Count("pk"))
    return Counter({(level, kind): number for level, kind, number in rows})


# --- names -----------------------------------------------------------------------------------------------


def _same_names(event: BoundaryEvent, found: Outline) -> Iterator[str]:
    """Name the units of the province, living on the day, that a new name equals, accents aside."""
    renamed = [new for old, new in found.changed if old.version.name != new.version.name]
    named = [*found.made, *renamed]
    gone = [told.pk for told in (*found.closed, *renamed) if told.pk]
    names = {search_key(told.version.name) for told in named}
    living = UnitVersion.objects.as_of(event.effective_on).filter(name_search__in=names).exclude(unit__in=gone)
    if event.province_id:
        living = living.filter(province=event.province_id)
    others = list(living.with_district_on(event.effective_on).select_related("unit"))
    for told in named:
        for other in others:
            if other.name_search == search_key(told.version.name) and other.unit.level == told.level:
                word = "trùng tên với" if other.name == told.version.name else "chỉ khác dấu với"
                yield f"{told.title} ({told.parent}) {word} {described(other)}."
