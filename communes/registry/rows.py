"""The registry of units as plain rows: what a file, a form or an event says, and what the tables hold."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

Identity = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One unit; `place` is where the row was read ("units.csv:12"), only for messages."""

    key: str
    level: str
    tile_row: int | None = None
    tile_col: int | None = None
    place: str = field(default="", compare=False)

    @property
    def identity(self) -> Identity:
        return (self.key,)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """What the unit `key` bore from one day to another, both included; `parent` is a key ("": a province)."""

    key: str
    code: str
    name: str
    kind: str
    parent: str
    starts_on: datetime.date
    ends_on: datetime.date | None = None
    source: str = ""
    place: str = field(default="", compare=False)

    @property
    def identity(self) -> Identity:
        return (self.key, self.starts_on)

    @property
    def last_day(self) -> datetime.date:
        return self.ends_on or datetime.date.max

    def meets(self, other: "VersionRow") -> bool:
        """Whether the two hold on at least one common day."""
        return self.starts_on <= other.last_day and other.starts_on <= self.last_day


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionRow:
    """One unit became, on a day, wholly (share 1) or in part, another; no share: "a part", size not known."""

    predecessor: str
    successor: str
    effective_on: datetime.date
    share: Decimal | None
    resolution: str
    place: str = field(default="", compare=False)

    @property
    def identity(self) -> Identity:
        return (self.predecessor, self.successor)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """Another spelling of a unit's name."""

    unit: str
    name: str
    source: str = ""
    place: str = field(default="", compare=False)

    @property
    def identity(self) -> Identity:
        return (self.unit, self.name)


Row = UnitRow | VersionRow | SuccessionRow | AliasRow


@dataclass(slots=True)
class Rows:
    """Rows of the four tables; within a table the identity of each is unique once it has been checked."""

    units: list[UnitRow] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)
    successions: list[SuccessionRow] = field(default_factory=list)
    aliases: list[AliasRow] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row]:
        yield from self.units
        yield from self.versions
        yield from self.successions
        yield from self.aliases

    def to_json(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows as an event keeps them; `from_json` reads them back."""
        return {table: [_plain(row) for row in getattr(self, table)] for table in TABLES}

    @classmethod
    def from_json(cls, stored: dict[str, list[dict[str, Any]]]) -> "Rows":
        return cls(
            **{table: [_row(kind, values) for values in stored.get(table, [])] for table, kind in TABLES.items()}
        )


TABLES: dict[str, type[Row]] = {
    "units": UnitRow,
    "versions": VersionRow,
    "successions": SuccessionRow,
    "aliases": AliasRow,
}
DATES = ("starts_on", "ends_on", "effective_on")


def _plain(row: Row) -> dict[str, Any]:
    values = {f.name: getattr(row, f.name) for f in fields(row) if f.name != "place"}
    return {name: value if value is None or isinstance(value, int) else str(value) for name, value in values.items()}


def _row(kind: type[Row], values: dict[str, Any]) -> Any:
    read = dict(values)
    for name in DATES:
        if read.get(name):
            read[name] = datetime.date.fromisoformat(read[name])
    if read.get("share"):
        read["share"] = Decimal(read["share"])
    return kind(**read)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one row; `column` is a field of the row, "" for the row as a whole."""

    row: Row
    column: str
    message: str

    def __str__(self) -> str:
        where = self.row.place or "đã lưu: " + " ".join(str(part) for part in self.row.identity)
        return f"{where}: {self.column}: {self.message}" if self.column else f"{where}: {self.message}"


class Refused(ValueError):
    """The rows were not written; `problems` holds everything that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems
