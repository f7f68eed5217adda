"""The files of units ↔ plain rows: units.csv (a line per version), successions.csv and aliases.csv."""

import csv
import datetime
import io
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from communes.events.keeping import without_events
from communes.registry import (
    AliasRow,
    Changes,
    Problem,
    Refused,
    Rows,
    SuccessionRow,
    UnitRow,
    VersionRow,
    problems,
    write,
)

FOLDER = Path(__file__).resolve().parent / "data"
UNITS, SUCCESSIONS, ALIASES = "units.csv", "successions.csv", "aliases.csv"
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
}


class BrokenFiles(ValueError):
    """Nothing was written; `errors` names file, line and column of everything that is wrong."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class Line:
    """One line of a file by column; a value that cannot be read is noted and answers None."""

    def __init__(self, file: str, number: int, values: dict[str, str], errors: list[str]) -> None:
        self.file, self.number, self.values, self.errors = file, number, values, errors
        self.place = f"{file}:{number}"
        self.is_clear = True

    def text(self, column: str) -> str:
        return unicodedata.normalize("NFC", self.values[column]).strip()

    def refuse(self, column: str, message: str) -> None:
        self.is_clear = False
        self.errors.append(f"{self.place}: {column}: {message}")

    def date(self, column: str) -> datetime.date | None:
        text = self.text(column)
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:
            self.refuse(column, f"“{text}” không phải ngày dạng 2025-07-01")
            return None

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


class Files:
    """What the three files say: the rows that can be read, and the errors of those that cannot.

    `unclear` holds the keys on lines with an error: what depends on them cannot be judged, nor complained of.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = Rows()
        self.errors: list[str] = []
        self.unclear: set[str] = set()
        self.is_complete = True
        self.read_units()
        self.read_successions()
        self.read_aliases()

    def further_errors(self) -> list[str]:
        """Return what the registry would refuse in the clear lines, so that all errors come at once."""
        if not self.is_complete:
            return []
        return [str(found) for found in problems(self.rows) if not self.unclear & judged_by(found)]

    def read_units(self) -> None:
        """Read a line per version; the lines of one unit must agree on what belongs to the unit."""
        units: dict[str, UnitRow] = {}
        for line in self.lines(UNITS):
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

    def read_successions(self) -> None:
        for line in self.lines(SUCCESSIONS):
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

    def read_aliases(self) -> None:
        for line in self.lines(ALIASES):
            self.rows.aliases.append(
                AliasRow(
                    unit=line.text("unit"),
                    name=line.text("name"),
                    source=line.text("source"),
                    place=line.place,
                )
            )

    def lines(self, file: str) -> Iterator[Line]:
        """Yield the lines of a file that have all columns; a file that cannot be used is one error."""
        try:
            text = (self.folder / file).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.give_up(f"{file}: không có tệp này trong {self.folder}")
            return
        except UnicodeDecodeError as error:
            number = error.object[: error.start].count(b"\n") + 1
            self.give_up(f"{file}:{number}: tệp không phải mã UTF-8")
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in COLUMNS[file] if name not in header]
            for name in missing:
                self.give_up(f"{file}:1: {name}: thiếu cột này")
            for values in reader if not missing else ():
                if len(values) == len(header):
                    row = dict(zip(header, values, strict=True))
                    yield Line(file, reader.line_num, row, self.errors)
                else:
                    last = header[min(len(values), len(header) - 1)]
                    found = f"dòng có {len(values)} ô, cần {len(header)}"
                    self.give_up(f"{file}:{reader.line_num}: {last}: {found}")
        except csv.Error as error:
            self.give_up(f"{file}:{reader.line_num}: không đọc được dòng này ({error})")

    def give_up(self, error: str) -> None:
        """Note an error after which the rest can no longer be judged."""
        self.errors.append(error)
        self.is_complete = False


def load_units(folder: Path = FOLDER) -> Changes:
    """Bring the tables to the files of the folder, or raise `BrokenFiles` with every error."""
    files = Files(folder)
    if files.errors:
        raise BrokenFiles(files.errors + files.further_errors())
    try:
        return write(without_events(files.rows), keeps_known_ends=True)
    except Refused as refused:
        raise BrokenFiles([str(problem) for problem in refused.problems]) from refused


def version_row(line: Line) -> VersionRow | None:
    starts_on = line.date("starts_on")
    ends_on = line.date("ends_on") if line.text("ends_on") else None
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
