"""A table that an administrator hands in: read, judged whole, shown, and then written all or nothing."""

import csv
import datetime
import hashlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

import tablib
from import_export.formats.base_formats import CSV

from communes import attributes, registry
from communes.models import Level
from communes.registry.checks import CODE_LENGTHS
from communes.registry.writing import Difference, difference
from communes.unit_tables import ATTRIBUTES, COLUMNS, UNITS, Fault, Line, Tables, fault_of

FORMULA = ("=", "+", "-", "@", "\t", "\r")
VIETNAMESE_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
DATE_COLUMNS = ("starts_on", "ends_on", "effective_on")

# A line that holds anything: its number in the file, and its cells in the order of the columns of the table.
Lines = list[tuple[int, list[str]]]


class EscapedCSV(CSV):
    """CSV in which no cell is a formula: an apostrophe stands before a sign that would begin one, and is taken off."""

    def get_title(self) -> str:
        return "csv"

    def export_data(self, dataset: tablib.Dataset, **kwargs: Any) -> str:
        return super().export_data(tablib.Dataset(*map(escaped, dataset), headers=dataset.headers), **kwargs)

    def create_dataset(self, in_stream: bytes | str, **kwargs: Any) -> tablib.Dataset:
        """Keep blank lines, so that a row knows its line; an Excel of this country separates by semicolons."""
        text = in_stream.decode("utf-8-sig") if isinstance(in_stream, bytes) else in_stream
        head = text.partition("\n")[0]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",", strict=True)
        headers = next(reader, [])
        dataset, width = tablib.Dataset(headers=headers), len(headers)
        for row in reader:
            if len(row) > width and any(row[width:]):
                raise ValueError(f"Dòng {reader.line_num} có {len(row)} ô, hàng tiêu đề có {width}")
            while len(dataset) < reader.line_num - 2:  # a cell of several lines
                dataset.append([""] * width)
            dataset.append([_unescaped(cell) for cell in (row + [""] * width)[:width]])
        return dataset


def escaped(row: Sequence[Any]) -> list[Any]:
    """Return the cells with an apostrophe before each text that a spreadsheet would take for a formula."""
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row]


def _unescaped(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


@dataclass(frozen=True, slots=True)
class Change:
    """A row that the file adds or changes, in words: what it is, and each value before and after."""

    what: str
    values: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Proposal:
    """What a file would do to the tables; with a fault it does nothing."""

    table: str
    lines: Lines
    tables: Tables
    faults: list[Fault]
    added: list[Any] = field(default_factory=list)
    changed: list[tuple[Any, Any]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed)

    @property
    def digest(self) -> str:
        """Two proposals of one digest do the same to the same rows."""
        return hashlib.sha256(repr((self.added, self.changed, self.unchanged)).encode()).hexdigest()

    def changes(self) -> Iterator[Change]:
        for before, after in self.changed:
            pairs = ((f.name, text_of(getattr(before, f.name)), text_of(getattr(after, f.name))) for f in shown(after))
            yield Change(named(after), [pair for pair in pairs if pair[1] != pair[2]])

    def additions(self) -> Iterator[Change]:
        for row in self.added:
            yield Change(named(row), [(f.name, "", text_of(getattr(row, f.name))) for f in shown(row)])


def lines_of(dataset: tablib.Dataset, table: str) -> tuple[Lines, list[Fault]]:
    """Return the lines of a file as text in the order of the table's columns, or which columns it lacks."""
    headers = [text_of(header).strip() for header in dataset.headers or ()]
    missing = [Fault("Hàng tiêu đề", column, "thiếu cột này") for column in COLUMNS[table] if column not in headers]
    if missing:
        return [], missing
    places = [headers.index(column) for column in COLUMNS[table]]
    lines = []
    for number, row in enumerate(dataset, 2):
        cells = [text_of(row[place]) for place in places]
        if any(cells):
            lines.append((number, tidy(table, cells)))
    return lines, []


def tidy(table: str, cells: list[str]) -> list[str]:
    """Undo what a spreadsheet does to text: a code that lost its zeros, a date in the order of the country."""
    values = dict(zip(COLUMNS[table], cells, strict=True))
    for column in DATE_COLUMNS:
        if match := VIETNAMESE_DATE.fullmatch(values.get(column, "")):
            values[column] = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    if table == UNITS and values["code"].isdigit() and values["level"] in Level.values:
        values["code"] = values["code"].zfill(CODE_LENGTHS[values["level"]])
    return list(values.values())


def text_of(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, datetime.date) else str(value).strip().removesuffix("T00:00:00")


def proposal_of(table: str, lines: Lines) -> Proposal:
    """Judge the lines with the checks of `load_units`, and compare them with what is stored."""
    tables = Tables()
    tables.read(
        table,
        [
            Line(f"Dòng {number}", dict(zip(COLUMNS[table], cells, strict=True)), tables.faults)
            for number, cells in lines
        ],
    )
    found = Proposal(table, lines, tables, tables.faults + tables.further_faults())
    if not found.faults:
        compare(found)
    return found


def compare(found: Proposal) -> None:
    given, stored = found.tables.rows, registry.current()
    pairs: list[tuple[list[Any], list[Any]]] = [
        (getattr(stored, name), getattr(given, name)) for name in ("units", "versions", "successions", "aliases")
    ]
    if found.table == ATTRIBUTES:
        pairs = [(attributes.stored(), found.tables.attributes)]
    for before, after in pairs:
        changes: Difference = difference(before, after, [])
        old = {row.identity: row for row in before}
        found.added += changes.added
        found.changed += [(old[row.identity], row) for row in changes.changed]
        found.unchanged += len(changes.unchanged)


def write(proposal: Proposal) -> list[Fault]:
    """Write the proposal in one transaction, or return why not: the tables may have changed since it was judged."""
    try:
        if proposal.table == ATTRIBUTES:
            attributes.write(proposal.tables.attributes)
        else:
            registry.write(proposal.tables.rows)
    except (registry.Refused, attributes.AttributesRefused) as refused:
        return [fault_of(problem) for problem in refused.problems]
    return []


def shown(row: Any) -> Iterable[Any]:
    return [f for f in fields(row) if f.name != "place"]


def named(row: Any) -> str:
    """ "Ia Băng 23905-20200201 2020-02-01": the name where the row has one, and what identifies it."""
    parts = [getattr(row, "name", ""), *(text_of(part) for part in row.identity)]
    return " ".join(dict.fromkeys(part for part in parts if part))
