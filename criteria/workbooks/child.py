"""The child process that opens a foreign workbook: bytes on stdin, JSON on stdout, nothing else.

Run as `python -I -B child.py`; imports neither Django nor our apps. It answers {"refused": sentence} or
{"sheets": [{"title", "hidden", "rows": [[line, hidden, [[column, kind, value, text, formula or null], …]], …]}]}.
Whoever crashes it gains nothing: the parent takes any other end as a refusal.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, VALUE_TAG, WorkSheetParser
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

MAX_MEMORY, MAX_CPU_SECONDS, MAX_OUTPUT = 2**30, 20, 24 * 2**20
MAX_FILE, MAX_ENTRIES, MAX_UNZIPPED, MAX_RATIO = 5 * 2**20, 300, 80 * 2**20, 100
MAX_SMALL_PART = 8 * 2**20  # every part that is neither a sheet nor the shared texts
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 40, 20_000, 60, 2_000
MAX_ROW_ELEMENTS, MAX_CELL_ELEMENTS, MAX_FILLED = 60_000, 1_000_000, 250_000

SAVE_AGAIN = "Mở tệp bằng Excel, lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
BROKEN = "Tệp hỏng hoặc không phải tệp Excel hoàn chỉnh. " + SAVE_AGAIN
TOO_MUCH = (
    "Tệp có quá nhiều dòng hoặc ô (kể cả dòng trống đã định dạng). "
    "Xóa các dòng thừa và các trang không cần, lưu lại, rồi nộp lại."
)
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CELL_TAG = f"{{{SHEET_MAIN_NS}}}c"


class Bad(Exception):
    """The file is refused; the message is a Vietnamese sentence for the officer."""


# --- before anything is unpacked ---


def preflight(data: bytes) -> None:
    """Refuse what is not an honest .xlsx. Raises Bad; zipfile's own errors mean a broken file."""
    check_signature(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = archive.infolist()
    names = {info.filename for info in infos}
    if len(infos) > MAX_ENTRIES or len(names) != len(infos):
        raise Bad("Tệp có cấu trúc bất thường. " + SAVE_AGAIN)
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Bad("Tệp không phải bảng tính Excel (.xlsx). " + SAVE_AGAIN)
    if any(info.flag_bits & 1 for info in infos):
        raise Bad("Tệp có mật khẩu. Bỏ mật khẩu trong Excel, lưu lại, rồi nộp lại.")
    check_sizes(infos)
    if any("vbaproject" in name.lower() for name in names) or b"macroEnabled" in archive.read(
        "[Content_Types].xml"
    ):
        raise Bad("Tệp có macro. " + SAVE_AGAIN)
    for info in infos:
        with archive.open(info) as part:
            check_prolog(part)


def check_signature(data: bytes) -> None:
    """Refuse by the first bytes: empty, too large, old .xls, password, not a zip."""
    if not data:
        raise Bad("Tệp rỗng. Chọn lại tệp đã điền, rồi nộp lại.")
    if len(data) > MAX_FILE:
        raise Bad("Tệp lớn hơn 5 MB. Xóa hình ảnh và các trang không cần, lưu lại, rồi nộp lại.")
    if data.startswith(OLE_SIGNATURE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Bad("Tệp có mật khẩu. Bỏ mật khẩu trong Excel, lưu lại, rồi nộp lại.")
        raise Bad("Tệp có định dạng Excel 97-2003 (.xls). " + SAVE_AGAIN)
    if not data.startswith(b"PK\x03\x04"):
        raise Bad("Tệp không phải bảng tính Excel (.xlsx). " + SAVE_AGAIN)


def check_sizes(infos: list[zipfile.ZipInfo]) -> None:
    """Refuse by the sizes that the archive declares; one that lies fails its checksum when it is read."""
    for info in infos:
        is_large_part = info.filename.startswith(("xl/worksheets/", "xl/sharedStrings", "xl/media/"))
        if info.file_size > MAX_SMALL_PART and not is_large_part:
            raise Bad("Tệp có thành phần lớn bất thường. " + SAVE_AGAIN)
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise Bad("Tệp nén bất thường, giải nén ra quá lớn. " + SAVE_AGAIN)
    if sum(info.file_size for info in infos) > MAX_UNZIPPED:
        raise Bad("Tệp nén bất thường, giải nén ra quá lớn. " + SAVE_AGAIN)


def check_prolog(part: IO[bytes]) -> None:
    """Refuse a part that declares a document type, in any encoding that the XML reader knows."""
    if b"<!DOCTYPE" in part.read(65_536).replace(b"\x00", b"").upper():
        raise Bad("Tệp chứa khai báo không an toàn (DOCTYPE). " + SAVE_AGAIN)


# --- .xlsx ---


class SheetParser(WorkSheetParser):
    """openpyxl's cell reader that also keeps the formula and skips what is only formatted."""

    def parse_cell(self, element: Any) -> dict[str, Any]:
        """openpyxl's dictionary with two more keys: formula text or None, and whether its result is missing."""
        cell: dict[str, Any] = super().parse_cell(element)
        formula = element.find(FORMULA_TAG)
        cell["formula"] = None if formula is None else "=" + (formula.text or "…")
        result = element.find(VALUE_TAG)
        is_empty_text = element.get("t") == "str" and result is not None
        cell["without_result"] = formula is not None and cell["value"] is None and not is_empty_text
        return cell


class Budget:
    """How many cells of the whole file have been met; raises Bad when there are too many."""

    def __init__(self) -> None:
        self.rows = self.cells = self.filled = 0

    def spend(self, *, rows: int = 0, cells: int = 0, filled: int = 0) -> None:
        """Count, and refuse over the limits."""
        self.rows, self.cells, self.filled = self.rows + rows, self.cells + cells, self.filled + filled
        if self.rows > MAX_ROW_ELEMENTS or self.cells > MAX_CELL_ELEMENTS or self.filled > MAX_FILLED:
            raise Bad(TOO_MUCH)


def read_xlsx(data: bytes) -> list[dict[str, Any]]:
    """Every worksheet with its filled cells. Raises Bad, or anything at all on a crafted file."""
    preflight(data)
    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_strings()
    reader.read_workbook()
    apply_stylesheet(reader.archive, reader.wb)
    parts = [(sheet, rel) for sheet, rel in reader.parser.find_sheets() if rel.target in reader.valid_files]
    parts = [(sheet, rel) for sheet, rel in parts if rel.Type.endswith("/worksheet")]
    if not parts:
        raise Bad("Tệp không có trang tính nào đọc được. " + SAVE_AGAIN)
    if len(parts) > MAX_SHEETS:
        raise Bad(f"Tệp có hơn {MAX_SHEETS} trang tính. Xóa các trang không cần, lưu lại, rồi nộp lại.")
    budget = Budget()
    return [
        {
            "title": sheet.name,
            "hidden": sheet.state != "visible",
            "rows": list(rows_of(reader, rel.target, sheet.name, budget)),
        }
        for sheet, rel in parts
    ]


def rows_of(reader: ExcelReader, path: str, title: str, budget: Budget) -> Iterator[list[Any]]:
    """The rows of one sheet that hold anything. What <dimension> says is not looked at."""
    book = reader.wb
    with reader.archive.open(path) as source:
        parser = SheetParser(
            source,
            reader.shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        last = 0
        for _event, element in iterparse(source):
            if element.tag == CELL_TAG:
                budget.spend(cells=1)
            elif element.tag == ROW_TAG:
                budget.spend(rows=1)
                number, cells = parser.parse_row(element)
                is_hidden = element.get("hidden") in ("1", "true")
                element.clear()
                if number <= last:
                    raise Bad(BROKEN)
                last = number
                filled = filled_cells(cells, title)
                if filled:
                    budget.spend(filled=len(filled))
                    yield [number, is_hidden, filled]
            elif element.tag == DATA_TAG:
                return


def filled_cells(cells: list[dict[str, Any]], title: str) -> list[list[Any]]:
    """The cells of a row that are not blank, as lists; refuses one far outside the table."""
    found: list[list[Any]] = []
    for cell in cells:
        kind, value, text = described(cell)
        if kind == "blank":
            continue
        if cell["row"] > MAX_ROWS or cell["column"] > MAX_COLUMNS:
            address = f"{get_column_letter(cell['column'])}{cell['row']}"
            raise Bad(
                f"Trang “{title[:31]}” có dữ liệu ở ô {address}, ngoài {MAX_ROWS // 1000}.000 dòng "
                f"và {MAX_COLUMNS} cột đầu. Xóa các ô ngoài bảng, lưu lại, rồi nộp lại."
            )
        found.append([cell["column"], kind, value, text, cell["formula"]])
    columns = [cell[0] for cell in found]
    if columns != sorted(set(columns)):
        raise Bad(BROKEN)
    return found


def described(cell: dict[str, Any]) -> tuple[str, Any, str]:
    """Kind, plain value and text of a cell: see `reading.Cell`."""
    value = cell["value"]
    if cell["without_result"]:
        return "formula", None, cell["formula"][:MAX_TEXT]
    if value is None:
        return "blank", None, ""
    if cell["data_type"] == "e":
        return "error", str(value)[:MAX_TEXT], str(value)[:MAX_TEXT]
    if isinstance(value, bool):
        return "bool", value, "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return number_described(value)
    if isinstance(value, datetime | date | time | timedelta):
        return "date", str(value), date_text(value)
    text = str(value)[:MAX_TEXT]
    return ("text", text, text) if text.strip() else ("blank", None, "")


def number_described(value: float) -> tuple[str, Any, str]:
    """A number, whole where it is whole; its text with the decimal comma."""
    if not abs(value) < 10**300:
        return "error", "#NUM!", "#NUM!"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return "number", value, f"{value}".replace(".", ",")[:MAX_TEXT]


def date_text(value: datetime | date | time | timedelta) -> str:
    """A date as it is written in Vietnam: 25/10/2024, 05/10/2024; hours only where there are any."""
    if isinstance(value, time | timedelta):
        return str(value)
    text = f"{value.day:02d}/{value.month:02d}/{value.year}"
    has_hours = isinstance(value, datetime) and value.time() != time.min
    return f"{text} {value:%H:%M}" if has_hours else text


# --- the process ---

READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {".xlsx": read_xlsx}


def answer(data: bytes, suffix: str) -> dict[str, Any]:
    """The sheets, or the reason for a refusal; only running out of memory or time gets past it."""
    try:
        return {"sheets": READERS[suffix](data)}
    except Bad as bad:
        return {"refused": str(bad)}
    except MemoryError:
        return {"refused": "Tệp cần quá nhiều bộ nhớ để đọc. " + SAVE_AGAIN}
    except Exception:
        return {"refused": BROKEN}


def limit() -> None:
    """Cap memory, processor time and what may be written; no core dump."""
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(suffix: str) -> int:
    """Read stdin, answer on stdout. Exit 0 with an answer, anything else without one."""
    limit()
    answered = answer(sys.stdin.buffer.read(MAX_FILE + 1), suffix)
    text = json.dumps(answered, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate in a crafted file cannot be written; it becomes a question mark.
    written = re.sub("[\ud800-\udfff]", "?", text).encode()
    if len(written) > MAX_OUTPUT:
        written = json.dumps({"refused": TOO_MUCH}, ensure_ascii=False).encode()
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
