"""The line of a unit through time: what it came from and what it became, and how it stood in each period."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, Prefetch, Q

from communes.models import Succession, Unit, UnitVersion, User
from communes.templatetags.vietnamese import percent
from criteria.models import IN_WORK, Assessment, Indicator, ReportingPeriod, Revision, State
from reports.rounding import percent_of
from reports.states import state_of, with_examination


@dataclass(frozen=True)
class Relative:
    """A predecessor or successor: its last version, whether the reader may open it, since when and by what."""

    version: UnitVersion
    is_open: bool
    on: datetime.date
    share: str
    resolution: str


@dataclass(frozen=True)
class Cell:
    """How the unit stands in one period on one indicator: the official revision and the one in work."""

    assessment: Assessment
    official: Revision | None
    work: Revision | None

    @property
    def work_state(self) -> tuple[str, str] | None:
        return state_of(self.work) if self.work else None


@dataclass(frozen=True)
class PeriodRow:
    period: ReportingPeriod
    cells: list[Cell | None] = field(default_factory=list)


def relatives(unit: Unit, user: User) -> tuple[list[Relative], list[Relative]]:
    """Return the predecessors and the successors of the unit, in two queries."""
    links = Succession.objects.filter(Q(predecessor=unit) | Q(successor=unit)).order_by("effective_on", "pk")
    others = {link.predecessor_id for link in links} | {link.successor_id for link in links}
    open_to = UnitVersion.objects.visible_to(user).filter(unit=OuterRef("unit"))
    versions = UnitVersion.objects.filter(unit__in=others).last_of_each_unit().with_parent().select_related("unit")
    by_unit = {version.unit_id: version for version in versions.annotate(is_open=Exists(open_to))}
    before: list[Relative] = []
    after: list[Relative] = []
    for link in links:
        is_before = link.successor_id == unit.pk
        version = by_unit[link.predecessor_id if is_before else link.successor_id]
        relative = Relative(
            version,
            version.is_open,
            link.effective_on,
            share_text(link.share),
            link.resolution,
        )
        (before if is_before else after).append(relative)
    return before, after


def share_text(share: Decimal | None) -> str:
    """Return how much of the predecessor went over: "toàn bộ", "68,20%", "một phần"."""
    if share is None:
        return "một phần"
    if share == 1:
        return "toàn bộ"
    return percent(percent_of(int(share * 1000), 1000))


def standings(unit: Unit, user: User) -> tuple[list[Indicator], list[PeriodRow]]:
    """Return the indicators on which the unit was assessed, and its periods with a cell for each, the latest first.

    Two queries. Only the periods are shown in which the unit was in the reader's scope.
    """
    kept = with_examination(Revision.objects.filter(state__in=(State.CONFIRMED, *IN_WORK)))
    assessments = (
        Assessment.objects.visible_to(user)
        .filter(unit=unit)
        .select_related("period", "indicator")
        .prefetch_related(Prefetch("revisions", kept.select_related("assessment__indicator"), to_attr="kept"))
        .order_by("-period__ends_on", "period__starts_on")
    )
    found: dict[ReportingPeriod, dict[Indicator, Cell]] = {}
    for assessment in assessments:
        found.setdefault(assessment.period, {})[assessment.indicator] = cell(assessment)
    indicators = sorted({one for cells in found.values() for one in cells}, key=lambda one: one.position)
    return indicators, [
        PeriodRow(period, [cells.get(indicator) for indicator in indicators]) for period, cells in found.items()
    ]


def cell(assessment: Assessment) -> Cell:
    kept: Iterable[Revision] = assessment.kept  # type: ignore[attr-defined]
    official = next((one for one in kept if one.state == State.CONFIRMED), None)
    return Cell(assessment, official, next((one for one in kept if one.state in IN_WORK), None))
