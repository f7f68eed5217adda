"""A foreign workbook as plain data. The file itself is opened only in a child process (`child.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

CellKind = Literal["text", "number", "bool", "date", "blank", "formula", "error"]
Role = Literal["order", "code", "name", "district", "condition", "previous", "verdict", "note", ""]
MAX_FILE_BYTES = 5 * 2**20


class Refused(Exception):
    """The file cannot be used at all; `reason` is a Vietnamese sentence: what is wrong and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value` is str, int, float or bool, an ISO string for a date, None for blank and for "formula".

    Kind "formula" is a formula without a stored result; one with a result has the result's kind and keeps `formula`.
    `text` is the value as a person sees it ("25/10/2024", "7,5", "=B4").
    """

    kind: CellKind
    value: str | int | float | bool | None
    text: str
    formula: str | None = None


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
    """A row below the header that is not blank: its line in the sheet and its cells by column position."""

    number: int
    cells: dict[int, Cell]
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SheetReading:
    """One sheet. Without a recognised header `header_row` is None and there are no columns and rows."""

    title: str
    is_hidden: bool
    header_row: int | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    blank_rows: int = 0
    skipped: tuple[tuple[int, str], ...] = ()  # (line, "wording" | "numbering" | "total" | "signature")
    indicator_code: str | None = None  # as the sheet says: "Mã chỉ tiêu: …" above the header
    period_key: str | None = None
    scope_code: str | None = None


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

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists for a JSON column."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Reading:
        """The reading that `to_json` stored."""
        raise NotImplementedError


def read_workbook(data: bytes, filename: str) -> Reading:
    """Read an .xlsx file in a child process with limits. Raises Refused with a sentence for the officer."""
    raise NotImplementedError
