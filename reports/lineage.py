"""The line of a unit through time: what it came from and what it became, and how it stood in each period."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.text import capfirst

from communes.models import Succession, Unit, UnitVersion, User
from communes.templatetags.vietnamese import percent
from criteria.models import IN_WORK, Assessment, Indicator, ReportingPeriod, Revision, State
from criteria.rounding import percent_of
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
class Happening:
    """One day in the life of a unit: what happened in words, the other units that it was with, and the ground."""

    on: datetime.date
    words: str
    ground: str
    relatives: list[Relative] = field(default_factory=list)


@dataclass(frozen=True)
class Beside:
    """How a predecessor, the unit itself or a successor stood last on each indicator; a cell may be empty."""

    version: UnitVersion
    is_open: bool
    is_itself: bool
    cells: list[Revision | None]


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


def line_of(versions: Sequence[UnitVersion], before: Sequence[Relative], after: Sequence[Relative]) -> list[Happening]:
    """Return the line of a unit in the order of time: as what it began, what changed, what it became.

    `versions` are its own, in order and `with_parent`; `before` and `after` as `relatives` gives them.
    """
    first, last = versions[0], versions[-1]
    made_of = [relative for relative in before if relative.on == first.starts_on]
    line = [Happening(first.starts_on, _beginning(first, is_made=bool(made_of)), first.source, made_of)]
    for old, new in pairwise(versions):
        line.append(Happening(new.starts_on, _change(old, new), new.source))
    line += _together("Nhận thêm", [relative for relative in before if relative.on != first.starts_on])
    line += _together("Giao lại" if last.ends_on is None else "Đã nhập vào, chuyển thành", after)
    if last.ends_on and not after:
        line.append(Happening(last.ends_on, "Kết thúc hoạt động", last.source))
    return sorted(line, key=lambda happening: happening.on)


def _together(words: str, relatives: Iterable[Relative]) -> list[Happening]:
    """Return one happening for each day and resolution."""
    found: dict[tuple[datetime.date, str], list[Relative]] = {}
    for relative in relatives:
        found.setdefault((relative.on, relative.resolution), []).append(relative)
    return [Happening(on, words, ground, some) for (on, ground), some in found.items()]


def _beginning(version: UnitVersion, *, is_made: bool) -> str:
    above = f", trực thuộc {version.parent_title}" if version.parent_title else ""
    named = f"{version.title}, mã {version.code}{above}"
    return f"{named}; được lập từ" if is_made else named


def _change(old: UnitVersion, new: UnitVersion) -> str:
    """Say what a new version changed: "Đổi tên thành Xã B (trước: Xã A); trực thuộc Tỉnh Gia Lai (trước: …)"."""
    parts = []
    if old.title != new.title:
        parts.append(f"đổi tên thành {new.title} (trước: {old.title})")
    if old.code != new.code:
        parts.append(f"mang mã {new.code} (trước: {old.code})")
    if old.parent_id != new.parent_id:
        parts.append(f"trực thuộc {new.parent_title} (trước: {old.parent_title})")
    return capfirst("; ".join(parts) or "giữ nguyên tên, mã và đơn vị cấp trên")


def standings_beside(
    own: UnitVersion, before: Sequence[Relative], after: Sequence[Relative], user: User
) -> tuple[list[Indicator], list[Beside]]:
    """Return how the unit and those before and after it stood last, each in its own time; in two queries.

    A cell is the official result of the latest period, with its assessment; only what the reader may see is there.
    """
    seen = {relative.version.unit_id for relative in (*before, *after) if relative.is_open} | {own.unit_id}
    official = Revision.objects.official().visible_to(user).filter(assessment__unit__in=seen)
    found: dict[tuple[int, Indicator], Revision] = {}
    for revision in official.select_related("assessment__indicator", "assessment__period").order_by(
        "assessment__period__ends_on", "-assessment__period__starts_on"
    ):
        found[revision.assessment.unit_id, revision.assessment.indicator] = revision
    indicators = sorted({indicator for _, indicator in found}, key=lambda one: one.position)

    def row(version: UnitVersion, is_open: bool, is_itself: bool = False) -> Beside:
        cells = [found.get((version.unit_id, indicator)) for indicator in indicators]
        return Beside(version, is_open, is_itself, cells)

    rows = [row(relative.version, relative.is_open) for relative in before]
    rows.append(row(own, is_open=True, is_itself=True))
    return indicators, rows + [row(relative.version, relative.is_open) for relative in after]


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
