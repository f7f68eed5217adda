"""The files of units → the tables: units.csv (a line per version), successions, aliases and attributes."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from django.db import transaction

from communes import attributes
from communes.attributes import AttributeChanges, AttributeRow
from communes.events.keeping import without_events
from communes.registry import Changes, Refused, Rows, write
from communes.unit_tables import ATTRIBUTES, COLUMNS, Fault, Line, Tables, fault_of

FOLDER = Path(__file__).resolve().parent / "data"
OPTIONAL = (ATTRIBUTES,)  # a folder without this file leaves the table alone


class BrokenFiles(ValueError):
    """Nothing was written; `errors` names file, line and column of everything that is wrong."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Loaded:
    registry: Changes
    attributes: AttributeChanges

    @property
    def is_empty(self) -> bool:
        return self.registry.is_empty and self.attributes.is_empty


class Files:
    """What the files of a folder say; a file that cannot be used ends the judging of the rest."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.tables, self.is_complete = folder, Tables(), True
        for table in COLUMNS:
            if table not in OPTIONAL or (folder / f"{table}.csv").exists():
                self.tables.read(table, self.lines(table))

    @property
    def rows(self) -> Rows:
        return self.tables.rows

    def errors(self) -> list[str]:
        faults = list(self.tables.faults)
        if faults and self.is_complete:
            faults += self.tables.further_faults()
        return [str(fault) for fault in faults]

    def lines(self, table: str) -> Iterator[Line]:
        """Yield the lines of a file that have all columns; a file that cannot be used is one error."""
        file = f"{table}.csv"
        try:
            text = (self.folder / file).read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.give_up(file, f"không có tệp này trong {self.folder}")
            return
        except UnicodeDecodeError as error:
            number = error.object[: error.start].count(b"\n") + 1
            self.give_up(f"{file}:{number}", "tệp không phải mã UTF-8")
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in COLUMNS[table] if name not in header]
            for name in missing:
                self.give_up(f"{file}:1", "thiếu cột này", name)
            for values in reader if not missing else ():
                place = f"{file}:{reader.line_num}"
                if len(values) == len(header):
                    yield Line(place, dict(zip(header, values, strict=True)), self.tables.faults)
                else:
                    last = header[min(len(values), len(header) - 1)]
                    self.give_up(place, f"dòng có {len(values)} ô, cần {len(header)}", last)
        except csv.Error as error:
            self.give_up(f"{file}:{reader.line_num}", f"không đọc được dòng này ({error})")

    def give_up(self, place: str, message: str, column: str = "") -> None:
        """Note an error after which the rest can no longer be judged."""
        self.tables.faults.append(Fault(place, column, message))
        self.is_complete = False


def load_units(folder: Path = FOLDER) -> Loaded:
    """Bring the tables to the files of the folder, or raise `BrokenFiles` with every error."""
    files = Files(folder)
    if errors := files.errors():
        raise BrokenFiles(errors)
    with transaction.atomic():
        try:
            units = write(without_events(files.rows), keeps_known_ends=True)
        except Refused as refused:
            faults = [fault_of(problem) for problem in refused.problems] + files.tables.attribute_faults()
            raise BrokenFiles([str(fault) for fault in faults]) from refused
        return Loaded(units, load_attributes(files.tables.attributes))


def load_attributes(rows: list[AttributeRow]) -> AttributeChanges:
    """Write the attributes; a row without an end does not open again one that has ended in the meantime."""
    if not rows:
        return AttributeChanges()
    ends = {row.identity: row.ends_on for row in attributes.stored()}
    try:
        return attributes.write([row if row.ends_on else replace(row, ends_on=ends.get(row.identity)) for row in rows])
    except attributes.AttributesRefused as refused:
        raise BrokenFiles([str(fault_of(problem)) for problem in refused.problems]) from refused
