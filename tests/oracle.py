"""The figures worked out a second time, in plain Python over dumped rows.

Written from domain.md and design.md, section 2, and from nothing else: it imports no code of the portal and asks no
database. Slow and literal on purpose; `tests/test_progress_oracle.py` compares it with the portal.
"""

import calendar
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Row = dict[str, Any]
Day = datetime.date
ONE = datetime.timedelta(days=1)
SENT = ("submitted", "examined")
DESK = ("draft", "returned")
STANDINGS = ("met", "not_met", "pending", "missing")
BESIDE = ("draft", "returned", "newer", "needs_review", "not_applicable", "derived")


@dataclass(frozen=True)
class Tables:
    """The rows as the database holds them, by column name; `plan` is the one plan, `targets` those to answer."""

    units: list[Row]
    versions: list[Row]
    successions: list[Row]
    indicators: list[Row]
    periods: list[Row]
    assessments: list[Row]
    revisions: list[Row]
    results: list[Row]
    plan: Row
    targets: list[Row]


@dataclass(frozen=True)
class Result:
    """One revision together with the period that it speaks of."""

    state: str
    verdict: str
    starts_on: Day
    ends_on: Day
    number: int
    not_applicable: bool

    @property
    def rank(self) -> tuple[Day, datetime.timedelta, int]:
        """The latest period end, then the longer period, then the later revision."""
        return self.ends_on, self.ends_on - self.starts_on, self.number


@dataclass(frozen=True)
class Answer:
    """The figures of one target; `rows` by the district (or province) in which the counted units stand."""

    target: int
    needed: int | None
    gap: int | None
    percent: str | None
    reached: bool | None
    units_as_of: Day
    rows: dict[int, dict[str, int]]

    @property
    def figures(self) -> dict[str, int]:
        total: Counter[str] = Counter(dict.fromkeys((*STANDINGS, *BESIDE), 0))
        for row in self.rows.values():
            total.update(row)
        return dict(total)

    @property
    def total(self) -> int:
        return sum(self.figures[standing] for standing in STANDINGS)


class Oracle:
    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.level = {row["id"]: row["level"] for row in tables.units}
        self.versions: dict[int, list[Row]] = defaultdict(list)
        for row in tables.versions:
            self.versions[row["unit_id"]].append(row)
        self.links = sorted(tables.successions, key=lambda row: row["effective_on"])
        self.kinds_judged = {row["id"]: row["kinds"] for row in tables.indicators}
        self.level_judged = {row["id"]: row["level"] for row in tables.indicators}

    # --- units in time ---

    def version_on(self, unit: int, day: Day) -> Row | None:
        """Return the version that holds on the day, both of its days included."""
        for row in self.versions[unit]:
            if row["starts_on"] <= day and (row["ends_on"] is None or day <= row["ends_on"]):
                return row
        return None

    def territory(self, province: int, day: Day) -> set[int]:
        """Return the units that, by the day, stood in the province or came from one that had.

        Forward in time: what a unit gave away on a day cannot hold what it received that day or later.
        """
        since: dict[int, Day] = {}
        for unit, rows in self.versions.items():
            inside = [row["starts_on"] for row in rows if row["province_id"] == province and row["starts_on"] <= day]
            if inside:
                since[unit] = min(inside)
        for link in self.links:
            on, before = link["effective_on"], since.get(link["predecessor_id"])
            if on <= day and before is not None and before < on:
                since[link["successor_id"]] = min(on, since.get(link["successor_id"], on))
        return set(since)

    def went_whole_into(self, province: int) -> set[int]:
        """Return the province and those that became it as a whole, over any number of steps."""
        found = {province}
        for link in reversed(self.links):
            if link["successor_id"] in found and link["share"] == 1:
                found.add(link["predecessor_id"])
        return found

    def living(self, level: str, day: Day, province: int | None, *, with_former: bool) -> dict[int, Row]:
        """Return the units of the scope that live on the day: of the plan's territory, or of the province.

        `with_former`: also those of the provinces that went into it (the answer for a level that has ended).
        """
        found = {u: row for u in self.versions if self.level[u] == level and (row := self.version_on(u, day))}
        if province is None:
            inside = self.territory(self.tables.plan["province_id"], day)
            return {unit: row for unit, row in found.items() if unit in inside}
        provinces = self.went_whole_into(province) if with_former else {province}
        return {unit: row for unit, row in found.items() if row["province_id"] in provinces}

    def last_day(self, level: str, day: Day, province: int | None) -> Day:
        """Return the day, or the last one before it on which the scope had living units of the level."""
        if self.living(level, day, province, with_former=False):
            return day
        ends = {row["ends_on"] for row in self.tables.versions if row["ends_on"] is not None and row["ends_on"] < day}
        for last in sorted(ends, reverse=True):
            if self.living(level, last, province, with_former=True):
                return last
        return day

    # --- results ---

    @cached_property
    def said(self) -> dict[tuple[int, int], list[Result]]:
        """Map (unit, indicator) to all that was ever said of it, the one that ranks first in front."""
        periods = {row["id"]: row for row in self.tables.periods}
        assessments = {row["id"]: row for row in self.tables.assessments}
        left_out = {row["revision_id"] for row in self.tables.results if row["verdict"] == "not_applicable"}
        found: dict[tuple[int, int], list[Result]] = defaultdict(list)
        for row in self.tables.revisions:
            at = assessments[row["assessment_id"]]
            period = periods[at["period_id"]]
            found[at["unit_id"], at["indicator_id"]].append(
                Result(
                    row["state"],
                    row["verdict"],
                    period["starts_on"],
                    period["ends_on"],
                    row["number"],
                    row["id"] in left_out,
                )
            )
        return {key: sorted(some, key=lambda one: one.rank, reverse=True) for key, some in found.items()}

    def up_to(self, unit: int, indicator: int, day: Day) -> list[Result]:
        return [one for one in self.said.get((unit, indicator), []) if one.ends_on <= day]

    def own_words(self, unit: int, target: Row, day: Day) -> list[str]:
        """Return the standing of a unit by what it has itself, and what is worth saying beside it."""
        said = self.up_to(unit, target["indicator_id"], day)
        official = [one for one in said if one.state == "confirmed"]
        if official:
            return self.official_words(unit, target, day, official[0], said)
        if any(one.state in SENT for one in said):
            return ["pending"]
        desk = [one.state for one in said if one.state in DESK]
        return ["missing", *desk[:1]]

    def official_words(self, unit: int, target: Row, day: Day, counted: Result, said: list[Result]) -> list[str]:
        took_in = any(counted.ends_on < on <= day for on in self.changes(unit))
        is_old = day > months_after(counted.ends_on, target["months_valid"])
        words = [counted.verdict]
        words += ["needs_review"] if took_in or is_old else []
        words += ["not_applicable"] if counted.not_applicable else []
        words += ["newer"] if any(one.state in SENT and one.rank > counted.rank for one in said) else []
        return words

    # --- restated on today's units ---

    def changes(self, unit: int) -> list[Day]:
        """Return the days on which the unit was made from others or took one in."""
        return [link["effective_on"] for link in self.links if link["successor_id"] == unit]

    def restated_words(self, unit: int, target: Row, day: Day, today: Day) -> list[str]:
        """Return how a unit of today stands by results of periods up to the day."""
        changes = [on for on in self.changes(unit) if on <= today]
        own = self.own_words(unit, target, day)
        if not changes or self.own_result(unit, target["indicator_id"], day, max(changes)):
            return own
        standing = self.restated(unit, target["indicator_id"], day, today + ONE)
        if standing == "missing":
            return own if own[0] == "missing" else ["missing"]
        if standing == "pending":
            return ["pending"]
        said = self.up_to(unit, target["indicator_id"], day)
        words = [standing]
        words += ["derived"] if standing == "met" else []
        words += ["newer"] if any(one.state in SENT and one.ends_on >= max(changes) for one in said) else []
        return words

    def own_result(self, unit: int, indicator: int, until: Day, changed_on: Day) -> Result | None:
        for one in self.up_to(unit, indicator, until):
            if one.state == "confirmed" and one.ends_on >= changed_on:
                return one
        return None

    def restated(self, unit: int, indicator: int, day: Day, before: Day) -> str:
        """Return how the unit, as it was before a day, stands by results of periods up to the other."""
        until = min(day, before - ONE)
        links = [one for one in self.links if one["successor_id"] == unit and one["effective_on"] < before]
        changed_on = max((one["effective_on"] for one in links), default=Day.min)
        own = self.own_result(unit, indicator, until, changed_on)
        if own:
            return own.verdict
        if not links:
            return "pending" if any(one.state in SENT for one in self.up_to(unit, indicator, until)) else "missing"
        parts = {one["predecessor_id"] for one in links if one["effective_on"] == changed_on}
        parts |= {unit}  # what it was itself, where it lived before
        eve = changed_on - ONE
        alive = {part: row for part in parts if (row := self.version_on(part, eve))}
        judged = [part for part, row in alive.items() if row["kind"] in self.kinds_judged[indicator]]
        return lowest([self.restated(part, indicator, day, changed_on) for part in judged])

    # --- figures ---

    def answers(self, day: Day, province: int | None, boundaries: str, today: Day) -> list[Answer]:
        return [self.answer(target, day, province, boundaries, today) for target in self.tables.targets]

    def answer(self, target: Row, day: Day, province: int | None, boundaries: str, today: Day) -> Answer:
        level = self.level_judged[target["indicator_id"]]
        heirs = self.living_today(level, province, today) if boundaries == "now" else {}
        if heirs:
            units, as_of = heirs, today
        else:
            as_of = self.last_day(level, day, province)
            units = self.living(level, as_of, province, with_former=as_of != day)
        rows: dict[int, Counter[str]] = defaultdict(Counter)
        for unit, version in units.items():
            if version["kind"] in target["kinds"]:
                place = unit if level == "district" else version["parent_id"]
                words = self.restated_words(unit, target, day, today) if heirs else self.own_words(unit, target, as_of)
                rows[place].update(words)
        return self.with_needs(target, {place: dict(row) for place, row in rows.items()}, as_of, province)

    def living_today(self, level: str, province: int | None, today: Day) -> dict[int, Row]:
        """Return today's units of the territory, or of what the province's units became."""
        inside = self.territory(self.tables.plan["province_id"] if province is None else province, today)
        return {u: row for u in inside if self.level[u] == level and (row := self.version_on(u, today))}

    def with_needs(self, target: Row, rows: dict[int, dict[str, int]], as_of: Day, province: int | None) -> Answer:
        """Add needed, gap and reached where the plan's percentages are set: its territory, its province, its heir."""
        met = sum(row.get("met", 0) for row in rows.values())
        total = sum(row.get(standing, 0) for row in rows.values() for standing in STANDINGS)
        asked = province is None or self.tables.plan["province_id"] in self.went_whole_into(province)
        percent = target["percent"]
        if not asked:
            return Answer(target["id"], None, None, shown(met, total, None), None, as_of, rows)
        needed = next(n for n in range(total + 1) if n * 100 >= percent * total)
        reached = total > 0 and met * 100 >= percent * total
        return Answer(target["id"], needed, max(0, needed - met), shown(met, total, percent), reached, as_of, rows)


def months_after(day: Day, months: int) -> Day:
    """Return the last day on which a result of a period with this end is not too old."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    is_month_end = day.day == calendar.monthrange(day.year, day.month)[1]
    return Day(year, month + 1, last if is_month_end else min(day.day, last))


def lowest(standings: Iterable[str]) -> str:
    """Any not met, the whole is not met; any without a result, it has none; else met."""
    found = list(standings)
    if "not_met" in found:
        return "not_met"
    without = [one for one in found if one != "met"]
    if not found or "missing" in without:
        return "missing"
    return "pending" if without else "met"


def shown(met: int, total: int, target: int | None) -> str | None:
    """Return the share as it is printed: half up, but never to or past what is not reached (the target; 100)."""
    if not total:
        return None
    longer = met * 1_000_000 // total  # four decimals: two to show, two to round by
    up, down = (longer + 50) // 100, longer // 100
    missed = [limit for limit in (100, target) if limit is not None and met * 100 < limit * total]
    number = down if any(up >= limit * 100 for limit in missed) else up
    return f"{number // 100}.{number % 100:02}"
