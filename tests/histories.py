"""Random histories of two small provinces: units that change in every way, results in every state, set down in bulk."""

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from communes.models import Kind, Level, Succession, Unit, UnitVersion, User
from communes.registry.descent import rebuild_descent
from criteria.models import (
    Assessment,
    Checklist,
    Condition,
    ConditionResult,
    Indicator,
    PeriodKind,
    ReportingPeriod,
    Revision,
    State,
    Verdict,
)
from criteria.spans import rebuild
from reports.models import Plan, Target

Day = datetime.date
ONE = datetime.timedelta(days=1)
BORN, LAST = Day(2021, 1, 1), Day(2026, 6, 30)
# Days on which something changes: inside periods and between them.
CHANGES = [
    Day(2022, 1, 1),
    Day(2022, 5, 17),
    Day(2023, 4, 1),
    Day(2023, 12, 31),
    Day(2024, 3, 1),
    Day(2024, 11, 1),
    Day(2025, 3, 1),
    Day(2025, 7, 1),
]
KINDS = [Kind.XA, Kind.XA, Kind.XA, Kind.XA, Kind.PHUONG, Kind.THI_TRAN]
C, R = State.CONFIRMED, State.REPLACED
# The revisions of one assessment, the first one first: sent, returned, official, corrected, reopened.
LIVES: list[list[State]] = [
    *([[C]] * 6),
    [R, C],
    [R, R, C],
    [C, State.DRAFT],
    [C, State.RETURNED],
    [C, State.SUBMITTED],
    [R, C, State.EXAMINED],
    [State.SUBMITTED],
    [State.EXAMINED],
    [State.DRAFT],
    [State.RETURNED],
]


@dataclass
class World:
    """The rows of a history as they grow. A version is open until its unit changes or ends."""

    chance: random.Random
    units: list[Unit] = field(default_factory=list)
    versions: list[UnitVersion] = field(default_factory=list)
    links: list[Succession] = field(default_factory=list)
    has_crossed: bool = False

    def living(self, level: str, province: Unit | None = None) -> list[UnitVersion]:
        found = [one for one in self.versions if one.ends_on is None and one.unit.level == level]
        return [one for one in found if province is None or one.province is province]

    def unit(self, level: str) -> Unit:
        number = len(self.units)
        unit = Unit(key=f"t{number}", level=level)
        self.units.append(unit)
        return unit

    def version(self, unit: Unit, day: Day, kind: str, parent: Unit | None, province: Unit, code: str = "") -> None:
        number = len(self.versions)
        self.versions.append(
            UnitVersion(
                unit=unit,
                code=code or f"{number:05}",
                name=f"Thử {number}",
                kind=kind,
                parent=parent,
                province=province,
                starts_on=day,
            )
        )

    def end(self, version: UnitVersion, day: Day) -> None:
        version.ends_on = day - ONE

    def link(self, part: UnitVersion, whole: Unit, day: Day, share: Decimal | None = Decimal(1)) -> None:
        self.links.append(
            Succession(predecessor=part.unit, successor=whole, effective_on=day, share=share, resolution="1/NQ")
        )

    def are_linked(self, part: Unit, whole: Unit) -> bool:
        return any(one.predecessor is part and one.successor is whole for one in self.links)

    def pick(self, count: int) -> list[UnitVersion]:
        """Return communes that may have to do with one another: of one province, but once across the border."""
        if not self.has_crossed and self.chance.random() < 0.1:
            found = self.living(Level.COMMUNE)
        else:
            provinces = self.living(Level.PROVINCE)
            found = self.living(Level.COMMUNE, self.chance.choice(provinces).unit)
        if len(found) < count:
            return []
        picked = self.chance.sample(found, count)
        self.has_crossed |= any(one.province is not picked[0].province for one in picked)
        return picked

    # --- what may happen on a day ---

    def rename(self, day: Day) -> None:
        for old in self.pick(1):
            self.end(old, day)
            kind = self.chance.choice([old.kind, *KINDS])
            code = self.chance.choice([old.code, ""])
            self.version(old.unit, day, kind, old.parent, old.province, code)

    def move(self, day: Day) -> None:
        for old in self.pick(1):
            districts = self.living(Level.DISTRICT, old.province)
            if districts:
                self.end(old, day)
                self.version(old.unit, day, old.kind, self.chance.choice(districts).unit, old.province, old.code)

    def merge(self, day: Day) -> None:
        if parts := self.pick(self.chance.choice([2, 3])):
            whole = self.unit(Level.COMMUNE)
            kind, code = self.chance.choice([Kind.XA, Kind.XA, Kind.PHUONG]), self.chance.choice([parts[0].code, ""])
            self.version(whole, day, kind, parts[0].parent, parts[0].province, code)
            for part in parts:
                self.end(part, day)
                self.link(part, whole, day)

    def take_in(self, day: Day) -> None:
        picked = self.pick(self.chance.choice([2, 3]))
        for part in picked[1:]:
            if not self.are_linked(part.unit, picked[0].unit):
                self.end(part, day)
                self.link(part, picked[0].unit, day)

    def split(self, day: Day) -> None:
        if picked := self.pick(2):
            old, other = picked
            if self.are_linked(old.unit, other.unit):
                return
            whole, share = self.unit(Level.COMMUNE), self.chance.choice([Decimal("0.6"), None])
            self.end(old, day)
            self.version(whole, day, old.kind, old.parent, old.province, self.chance.choice([old.code, ""]))
            self.link(old, whole, day, share)
            self.link(old, other.unit, day, None if share is None else 1 - share)

    def part(self, day: Day) -> None:
        if picked := self.pick(2):
            old, other = picked
            if not self.are_linked(old.unit, other.unit):
                self.link(old, other.unit, day, self.chance.choice([Decimal("0.2"), None]))

    def found(self, day: Day) -> None:
        for beside in self.pick(1):
            self.version(self.unit(Level.COMMUNE), day, Kind.XA, beside.parent, beside.province)

    def dissolve(self, day: Day) -> None:
        for old in self.pick(1):
            self.end(old, day)

    def merge_districts(self, day: Day) -> None:
        province = self.chance.choice(self.living(Level.PROVINCE)).unit
        districts = self.living(Level.DISTRICT, province)
        if len(districts) < 2:
            return
        gone, stays = self.chance.sample(districts, 2)
        self.end(gone, day)
        self.link(gone, stays.unit, day)
        for old in self.living(Level.COMMUNE, province):
            if old.parent is gone.unit:
                self.end(old, day)
                self.version(old.unit, day, old.kind, stays.unit, province, old.code)

    def end_districts(self, day: Day) -> None:
        """The district level of a province ends; every commune goes on straight under the province."""
        self._end_districts(self.chance.choice(self.living(Level.PROVINCE)).unit, day)

    def _end_districts(self, province: Unit, day: Day) -> None:
        districts = self.living(Level.DISTRICT, province)
        for district in districts:
            self.end(district, day)
        for old in self.living(Level.COMMUNE, province) if districts else ():
            self.end(old, day)
            self.version(old.unit, day, old.kind, province, province, old.code)

    def merge_provinces(self, day: Day) -> None:
        """The two provinces become a third; their units go on in it, the districts perhaps not."""
        old = self.living(Level.PROVINCE)
        if len(old) < 2:
            return
        whole = self.unit(Level.PROVINCE)
        ends_districts = self.chance.random() < 0.7
        for district in self.living(Level.DISTRICT):
            self.end(district, day)
            if not ends_districts:
                self.version(district.unit, day, district.kind, whole, whole, district.code)
        for commune in self.living(Level.COMMUNE):
            self.end(commune, day)
            parent = whole if ends_districts or commune.parent is commune.province else commune.parent
            self.version(commune.unit, day, commune.kind, parent, whole, commune.code)
        for province in old:
            self.end(province, day)
            self.link(province, whole, day)
        self.version(whole, day, Kind.TINH, None, whole, self.chance.choice([old[1].code, ""]))

    def step(self, day: Day) -> None:
        """Let one thing happen, the great ones rarely."""
        common = [self.rename, self.move, self.merge, self.take_in, self.split, self.part, self.found, self.dissolve]
        great = [self.merge_districts, self.end_districts, self.merge_provinces]
        acts: list[Callable[[Day], None]] = [*common, *great, self.merge, self.take_in, self.split]
        self.chance.choice(acts)(day)


def begin(chance: random.Random) -> World:
    """Two provinces: the plan's with two districts, the other with one; towns among the communes."""
    world = World(chance)
    for districts in (2, 1):
        province = world.unit(Level.PROVINCE)
        world.version(province, BORN, Kind.TINH, None, province)
        for _ in range(districts):
            district = world.unit(Level.DISTRICT)
            world.version(district, BORN, chance.choice([Kind.HUYEN, Kind.HUYEN, Kind.THI_XA]), province, province)
            for _ in range(chance.randint(2, 4)):
                world.version(world.unit(Level.COMMUNE), BORN, chance.choice(KINDS), district, province)
    return world


def live(chance: random.Random) -> World:
    """Let some years go by: on each of some days one thing happens."""
    world = begin(chance)
    for day in sorted(chance.sample(CHANGES, chance.randint(0, 6))):
        world.step(day)
    return world


def write_units(world: World) -> None:
    """Set the rows down in bulk, with what the portal derives from them."""
    Unit.objects.bulk_create(world.units)
    for version in world.versions:
        version.fill_keys()
    UnitVersion.objects.bulk_create(world.versions)
    Succession.objects.bulk_create(world.links)
    rebuild_descent()


def write_targets(chance: random.Random, province: Unit, indicators: list[Indicator]) -> Plan:
    plan = Plan.objects.create(number="1/KH", title="Kế hoạch thử", issuer="UBND", signed_on=BORN, province=province)
    Target.objects.bulk_create(
        Target(
            plan=plan,
            indicator=indicator,
            percent=chance.choice([1, 25, 50, 60, 99, 100]),
            due_on=LAST,
            kinds=chance.choice([indicator.kinds, indicator.kinds[:1]]),
            months_valid=chance.choice([12, 12, 6, 3]),
            position=position,
        )
        for position, indicator in enumerate(indicators)
    )
    return plan


def write_periods() -> list[ReportingPeriod]:
    """Set down, beside those of every year, one of another shape: from 16/11 to 15/11 of the next year."""
    ReportingPeriod.objects.bulk_create(
        ReportingPeriod(
            key=f"{year}-T",
            kind=PeriodKind.YEAR,
            label=f"16/11 đến 15/11 năm {year}",
            starts_on=Day(year - 1, 11, 16),
            ends_on=Day(year, 11, 15),
            due_on=Day(year, 11, 20),
        )
        for year in (2023, 2024)
    )
    return list(ReportingPeriod.objects.all())


@dataclass(frozen=True, repr=False)
class Law:
    """What results are made of; read once, it never changes in these histories."""

    indicators: list[Indicator]
    periods: list[ReportingPeriod]
    checklists: list[Checklist]
    conditions: dict[int, list[Condition]]
    sender: User

    def checklist(self, indicator: Indicator, day: Day) -> Checklist:
        found = [one for one in self.checklists if one.indicator_id == indicator.pk and one.applies_from <= day]
        return max(found, key=lambda one: one.applies_from)


def write_results(chance: random.Random, world: World, law: Law) -> None:
    """Give some of the units that live on the last day of some periods a life of revisions."""
    density = chance.choice([0.15, 0.4, 0.8])
    assessments, revisions, results = [], [], []
    for period in chance.sample(law.periods, chance.randint(0, 8)):
        living = [v for v in world.versions if v.starts_on <= period.ends_on <= (v.ends_on or Day.max)]
        for indicator in law.indicators:
            checklist = law.checklist(indicator, period.ends_on)
            for version in living:
                if version.unit.level != indicator.level or chance.random() > density:
                    continue
                assessment = Assessment(unit=version.unit, indicator=indicator, period=period)
                assessments.append(assessment)
                for number, state in enumerate(chance.choice(LIVES), start=1):
                    revision = revision_of(chance, assessment, number, state, checklist, law.sender)
                    revisions.append(revision)
                    if chance.random() < 0.15:
                        condition = chance.choice(law.conditions[checklist.pk])
                        results.append(
                            ConditionResult(
                                revision=revision,
                                condition=condition,
                                verdict=Verdict.NOT_APPLICABLE,
                                reason="không có đối tượng",
                            )
                        )
    Assessment.objects.bulk_create(assessments)
    Revision.objects.bulk_create(revisions)
    ConditionResult.objects.bulk_create(results)
    rebuild()


def revision_of(
    chance: random.Random, assessment: Assessment, number: int, state: State, checklist: Checklist, sender: User
) -> Revision:
    is_on_desk = state in (State.DRAFT, State.RETURNED)
    verdict = chance.choice(["met", "met", "met", "not_met", *([""] if is_on_desk else [])])
    sent = {} if is_on_desk else {"submitted_by": sender, "submitted_at": timezone.now()}
    return Revision(assessment=assessment, number=number, state=state, verdict=verdict, checklist=checklist, **sent)
