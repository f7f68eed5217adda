"""Tables of units as text (of a file or a workbook) → plain rows, with everything that is wrong in them."""

import datetime
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from communes import attributes, registry
from communes.attributes import AttributeProblem, AttributeRow
from communes.dated import FIRST_DAY, LAST_DAY, NO_SUCH_DAY
from communes.registry import AliasRow, Problem, Rows, SuccessionRow, UnitRow, VersionRow
from communes.registry.writing import overlaid

UNITS, SUCCESSIONS, ALIASES, ATTRIBUTES = "units", "successions", "aliases", "attributes"
COLUMNS: dict[str, tuple[str, ...]] = {
    UNITS: (
        "key",
        "level",
        "code",
        "name",
        "kind",
        "parent",
        "starts_on",
        "ends_on",
        "source",
        "tile_row",
        "tile_col",
    ),
    SUCCESSIONS: ("predecessor", "successor", "effective_on", "share", "resolution"),
    ALIASES: ("unit", "name", "source"),
    ATTRIBUTES: ("unit", "kind", "value", "starts_on", "ends_on", "source"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place ("units.csv:12", "Dòng 12") in a column ("": in the line as a whole)."""

    place: str
    column: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.place, self.column, self.message) if part)


def fault_of(problem: Problem | AttributeProblem) -> Fault:
    row = problem.row
    where = row.place or "đã lưu: " + " ".join(str(part) for part in row.identity)
    return Fault(where, problem.column, problem.message)


class Line:
    """One line of a table by column; a value that cannot be read is noted and answers None."""

    def __init__(self, place: str, values: Mapping[str, str], faults: list[Fault]) -> None:
        self.place, self.values, self.faults = place, values, faults
        self.is_clear = True

    def text(self, column: str) -> str:
        return unicodedata.normalize("NFC", self.values[column]).strip()

    def refuse(self, column: str, message: str) -> None:
        self.is_clear = False
        self.faults.append(Fault(self.place, column, message))

    def date(self, column: str) -> datetime.date | None:
        text = self.text(column)
        try:
            day = datetime.date.fromisoformat(text)
        except ValueError:
            self.refuse(column, f"“{text}” không phải ngày dạng 2025-07-01")
            return None
        if not FIRST_DAY <= day <= LAST_DAY:
            self.refuse(column, NO_SUCH_DAY)
            return None
        return day

    def optional_date(self, column: str) -> datetime.date | None:
        return self.date(column) if self.text(column) else None

    def whole_number(self, column: str) -> int | None:
        text = self.text(column)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and int(text) < 1000):
            self.refuse(column, f"“{text}” không phải số nguyên từ 0 đến 999")
            return None
        return int(text)

    def share(self, column: str) -> Decimal | None:
        text = self.text(column)
        if not text:
            return None
        try:
            share = Decimal(text)
        except InvalidOperation:
            share = Decimal("nan")
        if not share.is_finite():
            self.refuse(column, f"“{text}” không phải số thập phân dạng 0.682")
            return None
        return share


class Tables:
    """What lines of the four tables say: the rows that can be read, and the faults of those that cannot.

    `unclear` holds the keys on lines with a fault: what depends on them cannot be judged, nor complained of.
    """

    def __init__(self) -> None:
        self.rows = Rows()
        self.attributes: list[AttributeRow] = []
        self.faults: list[Fault] = []
        self.unclear: set[str] = set()

    def read(self, table: str, lines: Iterable[Line]) -> None:
        readers = {
            UNITS: self.read_units,
            SUCCESSIONS: self.read_successions,
            ALIASES: self.read_aliases,
            ATTRIBUTES: self.read_attributes,
        }
        readers[table](lines)

    def read_units(self, lines: Iterable[Line]) -> None:
        """Read a line per version; the lines of one unit must agree on what belongs to the unit."""
        units: dict[str, UnitRow] = {}
        for line in lines:
            tile = line.whole_number("tile_row"), line.whole_number("tile_col")
            unit = UnitRow(
                key=line.text("key"),
                level=line.text("level"),
                tile_row=tile[0] if line.is_clear else None,
                tile_col=tile[1] if line.is_clear else None,
                place=line.place,
            )
            first = units.setdefault(unit.key, unit)
            for column in ("level", "tile_row", "tile_col"):
                if getattr(first, column) != getattr(unit, column):
                    line.refuse(column, f"khác với {first.place} của cùng đơn vị {unit.key}")
            version = version_row(line)
            if version:
                self.rows.versions.append(version)
            else:
                self.unclear.add(unit.key)
        self.rows.units.extend(units.values())

    def read_successions(self, lines: Iterable[Line]) -> None:
        for line in lines:
            day, share = line.date("effective_on"), line.share("share")
            if line.is_clear and day:
                self.rows.successions.append(
                    SuccessionRow(
                        predecessor=line.text("predecessor"),
                        successor=line.text("successor"),
                        effective_on=day,
                        share=share,
                        resolution=line.text("resolution"),
                        place=line.place,
                    )
                )
            else:
                self.unclear |= {line.text("predecessor"), line.text("successor")}

    def read_aliases(self, lines: Iterable[Line]) -> None:
        for line in lines:
            self.rows.aliases.append(
                AliasRow(
                    unit=line.text("unit"),
                    name=line.text("name"),
                    source=line.text("source"),
                    place=line.place,
                )
            )

    def read_attributes(self, lines: Iterable[Line]) -> None:
        for line in lines:
            starts_on, ends_on = line.date("starts_on"), line.optional_date("ends_on")
            if line.is_clear and starts_on:
                self.attributes.append(
                    AttributeRow(
                        unit=line.text("unit"),
                        kind=line.text("kind"),
                        value=line.text("value"),
                        starts_on=starts_on,
                        ends_on=ends_on,
                        source=line.text("source"),
                        place=line.place,
                    )
                )

    def further_faults(self) -> list[Fault]:
        """Return what the writers would refuse in the clear lines, so that all faults come at once."""
        found = [fault_of(one) for one in registry.problems(self.rows) if not self.unclear & judged_by(one)]
        return found + self.attribute_faults()

    def attribute_faults(self) -> list[Fault]:
        if not self.attributes:
            return []
        units = overlaid(registry.current(), self.rows, Rows())
        wrong = attributes.problems(self.attributes, units=units)
        return [fault_of(one) for one in wrong if one.row.unit not in self.unclear]


def version_row(line: Line) -> VersionRow | None:
    starts_on, ends_on = line.date("starts_on"), line.optional_date("ends_on")
    if starts_on is None or (ends_on is None and line.text("ends_on")):
        return None
    return VersionRow(
        key=line.text("key"),
        code=line.text("code"),
        name=line.text("name"),
        kind=line.text("kind"),
        parent=line.text("parent"),
        starts_on=starts_on,
        ends_on=ends_on,
        source=line.text("source"),
        place=line.place,
    )


def judged_by(problem: Problem) -> set[str]:
    """Return the keys of the units on whose lines the problem rests: its own, and the one in its column."""
    row = problem.row
    columns = {"key", problem.column} if problem.column != "share" else {"predecessor", "successor"}
    return {str(getattr(row, column, "")) for column in columns} - {""}
