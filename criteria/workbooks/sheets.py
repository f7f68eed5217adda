"""What was read from a workbook, as plain data that a JSON column can keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

MARK_SHEET = "_ntm"  # very hidden; written by template.py, read by reading.py

CellKind = Literal["text", "number", "bool", "date", "blank", "formula", "error"]
TableRole = Literal["order", "code", "name", "district", "condition", "previous", "verdict", "note", ""]
Role = TableRole | Literal["indicator", "conditions", "kind", "number", "issued_on", "issuer"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value` is str, int, float or bool, an ISO string for a date, None for blank and for "formula".

    Kind "formula" is a formula without a stored result; one with a result has the result's kind and keeps `formula`.
    `text` is the value as a person sees it ("25/10/2024", "7,5", "=B4"). `encoding` is "TCVN3" or "VNI" where it was
    typed in such a font and converted.
    """

    kind: CellKind
    value: str | int | float | bool | None
    text: str
    formula: str | None = None
    encoding: str = ""


class Corners(NamedTuple):
    """The corners of merged cells, by position from 1."""

    first_column: int
    first_line: int
    last_column: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the header row: position from 1, letter, header as typed, what it is, the number of a condition."""

    index: int
    letter: str
    header: str
    role: Role
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the header that is not blank: its line in the sheet and its filled cells by column position."""

    number: int
    cells: dict[int, Cell]
    is_hidden: bool = False

    def cell(self, column: Column | None) -> Cell | None:
        """The cell under a column; None where it is blank or there is no such column."""
        return None if column is None else self.cells.get(column.index)


@dataclass(frozen=True, slots=True)
class SheetReading:
    """One sheet. Without a recognised header `header_row` is None and there are no columns and rows.

    `merged` holds what is merged over conditions: the first unit's line that it touches, the column of the first such
    condition, the range ("D9:F20"). `above_header` are lines above the header that look like units, in a sheet without
    a header lines that hold a result beside another text: the lines of a table that can not be read.
    """

    title: str
    is_hidden: bool
    header_row: int | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    blank_rows: int = 0  # wholly blank lines between the header and the last row
    skipped: tuple[tuple[int, str], ...] = ()  # (line, "wording" | "numbering" | "total" | "signature")
    merged: tuple[tuple[int, int, str], ...] = ()
    above_header: tuple[int, ...] = ()
    is_empty: bool = False  # nothing at all stands on it
    indicator_code: str | None = None  # as the sheet says above its header: "Mã chỉ tiêu: …"
    period_key: str | None = None
    scope_code: str | None = None

    def column(self, role: Role) -> Column | None:
        """The first column of that role."""
        return next((column for column in self.columns if column.role == role), None)

    @property
    def conditions(self) -> dict[int, Column]:
        """The first column of each condition number, from the left."""
        found: dict[int, Column] = {}
        for column in self.columns:
            if column.number is not None:
                found.setdefault(column.number, column)
        return found

    @property
    def is_bare(self) -> bool:
        """Whether it is a plain list: units and their results, without conditions."""
        return self.header_row is not None and not self.conditions

    @property
    def repeated(self) -> tuple[Column, ...]:
        """Unit and condition columns whose meaning an earlier column already has: the table is not clear."""
        seen: set[tuple[str, int | None]] = set()
        found = []
        for column in self.columns:
            key = (column.role, column.number)
            if key in seen and column.role in ("code", "name", "condition"):
                found.append(column)
            seen.add(key)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Mark:
    """What our own template says of itself on its hidden sheet."""

    template_version: str
    period_key: str
    scope_code: str
    indicators: dict[str, str]  # sheet title → indicator code


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole workbook; `to_json` and `from_json` are each other's inverse."""

    mark: Mark | None
    sheets: tuple[SheetReading, ...]
    documents: SheetReading | None = None  # the sheet of evidence, not among the others

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists for a JSON column; cells are kept as lists, the blank ones not at all."""
        mark = self.mark
        return {
            "mark": mark and [mark.template_version, mark.period_key, mark.scope_code, dict(mark.indicators)],
            "sheets": [_sheet_to_json(sheet) for sheet in self.sheets],
            "documents": self.documents and _sheet_to_json(self.documents),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Reading:
        """The reading that `to_json` stored."""
        mark = data["mark"]
        documents = data.get("documents")
        return cls(
            Mark(*mark) if mark else None,
            tuple(_sheet_from_json(sheet) for sheet in data["sheets"]),
            _sheet_from_json(documents) if documents else None,
        )


def _sheet_to_json(sheet: SheetReading) -> dict[str, Any]:
    pairs = ("columns", "rows", "skipped", "merged", "above_header")
    plain = {name: getattr(sheet, name) for name in sheet.__slots__ if name not in pairs}
    return plain | {
        "columns": [[c.index, c.letter, c.header, c.role, c.number] for c in sheet.columns],
        "rows": [
            [
                row.number,
                row.is_hidden,
                [[at, c.kind, c.value, c.text, c.formula, c.encoding] for at, c in row.cells.items()],
            ]
            for row in sheet.rows
        ],
        "skipped": [list(line) for line in sheet.skipped],
        "merged": [list(one) for one in sheet.merged],
        "above_header": list(sheet.above_header),
    }


def _sheet_from_json(data: dict[str, Any]) -> SheetReading:
    return SheetReading(
        **data
        | {
            "columns": tuple(Column(*column) for column in data["columns"]),
            "rows": tuple(row_from_json(row) for row in data["rows"]),
            "skipped": tuple((line, why) for line, why in data["skipped"]),
            # A reading that was kept before these were looked for says nothing of them.
            "merged": tuple((line, column, cells) for line, column, cells in data.get("merged", ())),
            "above_header": tuple(data.get("above_header", ())),
        }
    )


def row_from_json(data: list[Any]) -> Row:
    """A row from [line, hidden, [[column, kind, value, text, formula, encoding], …]], as the child answers too."""
    number, is_hidden, cells = data
    return Row(number, {cell[0]: Cell(*cell[1:]) for cell in cells}, is_hidden)
