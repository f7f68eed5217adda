"""The sheet "Tài liệu kiểm chứng": documents that prove results, one a row, without their files."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from criteria.workbooks.formats.bounds import letter_of
from criteria.workbooks.headers import HEADER_WITHIN
from criteria.workbooks.sheets import Cell, Column, Role, Row, SheetReading
from criteria.workbooks.text import exact_key, fold, tidy
from criteria.workbooks.values import Problem, shown

DOCUMENTS_SHEET = "Tài liệu kiểm chứng"
ALL_UNITS = "Tất cả"
# The header from the left, by what each column is.
LABELS: dict[Role, str] = {
    "order": "STT",
    "indicator": "Chỉ tiêu",
    "code": "Mã đơn vị",
    "name": "Tên đơn vị",
    "conditions": "Nội dung",
    "kind": "Loại văn bản",
    "number": "Số, ký hiệu",
    "issued_on": "Ngày văn bản",
    "issuer": "Cơ quan ban hành",
}
NEEDED: tuple[Role, ...] = ("code", "kind", "number", "issued_on", "issuer")

_DATA = tomllib.loads(Path(__file__).with_name("headers.toml").read_text(encoding="utf-8"))["documents"]
_ROLES: dict[str, Role] = {fold(word): role for role, words in _DATA.items() for word in words}
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class TemplateDocument:
    """One row that goes out; `code` is ALL_UNITS where the document speaks for every unit of the sheet."""

    indicator: str  # title of its sheet
    code: str
    name: str
    conditions: str  # "2, 4", "" for the whole result
    kind: str
    number: str
    issued_on: str
    issuer: str

    def cells(self) -> list[str]:
        """What stands in the row after its number, in the order of LABELS."""
        about = [self.indicator, self.code, self.name, self.conditions]
        return [*about, self.kind, self.number, self.issued_on, self.issuer]


def is_documents(title: str) -> bool:
    return exact_key(title) == exact_key(DOCUMENTS_SHEET)


def understand_documents(title: str, is_hidden: bool, lines: Sequence[Row]) -> SheetReading:
    """The sheet's table: its header is the first line with a kind and a number, its rows all filled lines below."""
    for at, line in enumerate(lines):
        if line.number > HEADER_WITHIN:
            break
        columns = tuple(
            Column(index, letter_of(index), tidy(cell.text), _ROLES.get(fold(cell.text).strip(" *:()"), ""))
            for index, cell in sorted(line.cells.items())
        )
        if {"kind", "number"} <= {column.role for column in columns}:
            asked = {column.index for column in columns if column.role}
            rows = tuple(row for row in lines[at + 1 :] if asked & set(row.cells))
            return SheetReading(title, is_hidden, header_row=line.number, columns=columns, rows=rows)
    return SheetReading(title, is_hidden, is_empty=not lines)


def read_numbers(cell: Cell | None) -> list[int] | Problem:
    """The numbers of conditions that a cell names, none for a blank one: "2, 4", "ND 2; ND 4", 3."""
    text = tidy(cell.text) if cell else ""
    parts = [re.sub(r"^(noi dung|nd)\.? ?", "", fold(part)) for part in re.split(r"[,;+]| va ", fold(text))]
    if all(re.fullmatch(r"\d{1,2}", part.strip()) for part in parts if part.strip()):
        return sorted({int(part) for part in parts if part.strip()})
    return Problem(f'Ô ghi "{shown(text)}". Ghi số của các nội dung, ví dụ "2, 4"; để trống là cho cả kết quả')


def read_day(cell: Cell | None) -> datetime.date | Problem:
    """The day that a cell holds: a date, or "25/10/2024" as text."""
    if cell is None or not tidy(cell.text):
        return Problem("Ghi ngày văn bản, ví dụ 25/10/2024")
    text = str(cell.value) if cell.kind == "date" else tidy(cell.text)
    iso, day = _ISO.match(text), _DAY.fullmatch(text)
    try:
        if cell.kind == "date" and iso:
            return datetime.date(*map(int, iso.groups()))
        if day:
            return datetime.date(int(day[3]), int(day[2]), int(day[1]))
    except ValueError:
        pass
    return Problem(f'Ô ghi "{shown(cell.text)}": không phải là ngày. Ghi ngày/tháng/năm, ví dụ 25/10/2024')
