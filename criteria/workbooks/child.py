"""The child process that opens a foreign workbook: bytes on stdin, JSON on stdout, nothing else.

Run as `python -I -B child.py`; imports neither Django nor our apps. It answers {"refused": sentence} or
{"sheets": [{"title", "hidden", "rows": [[line, hidden, [[column, kind, value, text, formula or null], …]], …],
"merged": [[first column, first line, last column, last line], …]}]}.
Whoever crashes it gains nothing: the parent takes any other end as a refusal.
"""

from __future__ import annotations

import gc
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

MAX_MEMORY, MAX_CPU_SECONDS, MAX_OUTPUT = 2**30, 20, 24 * 2**20
MAX_FILE, MAX_ENTRIES, MAX_UNZIPPED, MAX_RATIO = 5 * 2**20, 300, 80 * 2**20, 100
MAX_SMALL_PART = 4 * 2**20  # every part that is neither a sheet nor shared texts, styles or a picture
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 40, 20_000, 60, 2_000
MAX_ROW_ELEMENTS, MAX_CELL_ELEMENTS, MAX_FILLED = 60_000, 1_000_000, 250_000
MAX_SHARED, MAX_MERGED = 500_000, 5_000

SAVE_AGAIN = "Mở tệp bằng Excel, lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
BROKEN = "Tệp hỏng hoặc không phải tệp Excel hoàn chỉnh. " + SAVE_AGAIN
TOO_MUCH = (
    "Tệp có quá nhiều dòng hoặc ô (kể cả dòng trống đã định dạng). "
    "Xóa các dòng thừa và các trang không cần, lưu lại, rồi nộp lại."
)
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")
ENCODINGS = {b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii"}
NS = f"{{{SHEET_MAIN_NS}}}"
# What ends no earlier than the last merged cell: nothing behind it is of interest.
AFTER_MERGED = {f"{NS}{name}" for name in ("mergeCells", "conditionalFormatting", "dataValidations", "pageMargins")}


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
    if any("vbaproject" in name.lower() for name in names) or b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise Bad("Tệp có macro. " + SAVE_AGAIN)
    for info in infos:
        with archive.open(info) as part:
            check_part(part)


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
        is_large_part = info.filename.startswith(("xl/worksheets/", "xl/sharedStrings", "xl/styles", "xl/media/"))
        if info.file_size > MAX_SMALL_PART and not is_large_part:
            raise Bad("Tệp có thành phần lớn bất thường. " + SAVE_AGAIN)
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise Bad("Tệp nén bất thường, giải nén ra quá lớn. " + SAVE_AGAIN)
    if sum(info.file_size for info in infos) > MAX_UNZIPPED:
        raise Bad("Tệp nén bất thường, giải nén ra quá lớn. " + SAVE_AGAIN)


def check_part(part: IO[bytes]) -> None:
    """Refuse a part that declares a document type anywhere, or an encoding in which that could hide."""
    tail = b""
    is_first = True
    while block := part.read(2**20):
        plain = block.replace(b"\x00", b"")
        declared = ENCODING.search(plain[:200]) if is_first and b"<?xml" in plain[:10] else None
        if declared and declared.group(1).lower() not in ENCODINGS:
            raise Bad("Tệp dùng bảng mã không được hỗ trợ. " + SAVE_AGAIN)
        if b"<!DOCTYPE" in tail + plain:
            raise Bad("Tệp chứa khai báo không an toàn (DOCTYPE). " + SAVE_AGAIN)
        tail, is_first = plain[-16:], False


# --- .xlsx ---


class Texts(NamedTuple):
    """What cells point to: the shared texts, and which cell styles show a number as a date or as a duration."""

    shared: list[str]
    dates: frozenset[int]
    durations: frozenset[int]
    epoch: datetime


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
    """Every worksheet with its filled cells. Raises Bad, or anything at all on a crafted file.

    openpyxl finds the sheets. Their cells, the shared texts and the styles are parsed here: twice as fast, with
    formulas and their results in one pass, and no odd style, print option or <dimension> can make a table unreadable.
    """
    preflight(data)
    reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    parts = [(sheet, rel) for sheet, rel in reader.parser.find_sheets() if rel.target in reader.valid_files]
    parts = [(sheet, rel) for sheet, rel in parts if rel.Type.endswith("/worksheet")]
    if not parts:
        raise Bad("Tệp không có trang tính nào đọc được. " + SAVE_AGAIN)
    if len(parts) > MAX_SHEETS:
        raise Bad(f"Tệp có hơn {MAX_SHEETS} trang tính. Xóa các trang không cần, lưu lại, rồi nộp lại.")
    texts = Texts(shared_texts(reader), *date_styles(reader), reader.wb.epoch)
    budget = Budget()
    found = []
    for sheet, rel in parts:
        merged: list[list[int]] = []
        with reader.archive.open(rel.target) as source:
            rows = list(rows_of(source, sheet.name, texts, budget, merged))
        found.append({"title": sheet.name, "hidden": sheet.state != "visible", "rows": rows, "merged": merged})
    return found


def elements(source: IO[bytes]) -> Iterator[Element]:
    """Every element of a part as it ends. A part with a document type never comes this far: see check_part."""
    return (element for _event, element in iterparse(source))  # noqa: S314 - twice as fast as defusedxml


def shared_texts(reader: ExcelReader) -> list[str]:
    """The texts that cells of type "s" point to by number."""
    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return []
    found = []
    with reader.archive.open(part.PartName[1:]) as source:
        for element in elements(source):
            if element.tag == f"{NS}si":
                found.append(text_of(element))
                element.clear()
                if len(found) > MAX_SHARED:
                    raise Bad(TOO_MUCH)
    return found


def text_of(element: Element) -> str:
    """The plain text of <si> or <is>, formatting dropped, without the reading aids of East Asian text."""
    runs = [*element.iterfind(f"{NS}t"), *element.iterfind(f"{NS}r/{NS}t")]
    return "".join(run.text or "" for run in runs)[:MAX_TEXT]


def date_styles(reader: ExcelReader) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of the cell styles that show dates, and of those that show durations."""
    if "xl/styles.xml" not in reader.valid_files:
        return frozenset(), frozenset()
    codes = dict(BUILTIN_FORMATS)
    used: list[int] = []
    with reader.archive.open("xl/styles.xml") as source:
        for element in elements(source):
            if element.tag == f"{NS}numFmt":
                codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")[:255]
            elif element.tag == f"{NS}cellXfs":
                used = [int(xf.get("numFmtId", "0")) for xf in element.iterfind(f"{NS}xf")]
    dates = {number for number in set(used) if is_date_format(codes.get(number, "General"))}
    durations = {number for number in dates if is_timedelta_format(codes.get(number, "General"))}
    return (
        frozenset(style for style, number in enumerate(used) if number in dates),
        frozenset(style for style, number in enumerate(used) if number in durations),
    )


def rows_of(
    source: IO[bytes], title: str, texts: Texts, budget: Budget, merged: list[list[int]]
) -> Iterator[list[Any]]:
    """The rows of one sheet that hold anything, as [line, hidden, cells]. What <dimension> says is not looked at.

    `merged` is filled with the corners of the merged cells, which stand after the rows.
    """
    line = 0
    for element in elements(source):
        if element.tag == f"{NS}c":
            budget.spend(cells=1)
        elif element.tag == f"{NS}row":
            before, line = line, int(element.get("r", line + 1))
            if line <= before:
                raise Bad(BROKEN)
            filled = filled_cells(element, line, title, texts)
            budget.spend(rows=1, filled=len(filled))
            if filled:
                yield [line, element.get("hidden") in ("1", "true"), filled]
            element.clear()
        elif element.tag == f"{NS}mergeCell":
            merged.append(corners_of(element.get("ref", "")))
            if len(merged) > MAX_MERGED:
                raise Bad(TOO_MUCH)
        elif element.tag in AFTER_MERGED:
            return


def filled_cells(row: Element, line: int, title: str, texts: Texts) -> list[list[Any]]:
    """The cells of a row that are not blank, as [column, kind, value, text, formula]; refuses one far outside."""
    found: list[list[Any]] = []
    column = 0
    for element in row.iterfind(f"{NS}c"):
        before, address = column, element.get("r")
        column = column_of(address, line) if address else column + 1
        if column <= before:
            raise Bad(BROKEN)
        described = cell_of(element, texts)
        if described[0] == "blank":
            continue
        if line > MAX_ROWS or column > MAX_COLUMNS:
            raise Bad(
                f'Trang "{title[:31]}" có dữ liệu ở ô {address or line}, ngoài {MAX_ROWS // 1000}.000 dòng '
                f"và {MAX_COLUMNS} cột đầu. Xóa các ô ngoài bảng, lưu lại, rồi nộp lại."
            )
        found.append([column, *described])
    return found


def corners_of(reference: str) -> list[int]:
    """ "D9:F20" as [4, 9, 6, 20]. Raises Bad for whole columns or rows: Excel merges none."""
    corners = [corner or 0 for corner in range_boundaries(reference)]
    if not all(corners):
        raise Bad(BROKEN)
    return corners


def column_of(address: str, line: int) -> int:
    """The column position of a cell's address, which must lie in the row that holds it."""
    row, column = coordinate_to_tuple(address)
    if row != line:
        raise Bad(BROKEN)
    return int(column)


def cell_of(element: Element, texts: Texts) -> tuple[str, Any, str, str | None]:
    """Kind, plain value, text and formula of a cell: see `sheets.Cell`."""
    kind = element.get("t", "n")
    node = element.find(f"{NS}f")
    formula = None if node is None else "=" + (node.text or "…")[:MAX_TEXT]
    result = element.find(f"{NS}v")
    raw = "" if result is None else (result.text or "")
    if kind == "inlineStr":
        inline = element.find(f"{NS}is")
        raw = "" if inline is None else text_of(inline)
    if raw == "":
        # An empty text that a formula gave (t="str" with an empty <v>) is a result; nothing at all is none.
        has_result = kind == "str" and result is not None
        return ("blank", None, "", None) if formula is None or has_result else ("formula", None, formula, formula)
    return (*described(kind, raw, int(element.get("s", "0")), texts), formula)


def described(kind: str, raw: str, style: int, texts: Texts) -> tuple[str, Any, str]:
    """Kind, plain value and text of what a cell stores. Raises ValueError or IndexError if it is no such thing."""
    if kind == "s":
        raw = texts.shared[int(raw)]
    if kind in ("s", "str", "inlineStr"):
        text = raw[:MAX_TEXT]
        return ("text", text, text) if text.strip() else ("blank", None, "")
    if kind == "e":
        return "error", raw[:MAX_TEXT], raw[:MAX_TEXT]
    if kind == "b":
        return ("bool", True, "TRUE") if int(raw) else ("bool", False, "FALSE")
    if kind == "d":
        return date_described(from_ISO8601(raw))
    number = float(raw)
    if not abs(number) < 10**300:
        return "error", "#NUM!", "#NUM!"
    if style in texts.dates:
        try:
            return date_described(from_excel(number, texts.epoch, timedelta=style in texts.durations))
        except (OverflowError, ValueError):
            return "error", "#NUM!", "#NUM!"
    value = int(number) if number.is_integer() and abs(number) < 2**53 else number
    return "number", value, f"{value}".replace(".", ",")


def date_described(value: datetime | date | time | timedelta) -> tuple[str, Any, str]:
    """A date as it is written in Vietnam: 25/10/2024, 05/10/2024; hours only where there are any."""
    if isinstance(value, time | timedelta):
        return "date", str(value), str(value)
    text = f"{value.day:02d}/{value.month:02d}/{value.year}"
    has_hours = isinstance(value, datetime) and value.time() != time.min
    return "date", value.isoformat(), f"{text} {value:%H:%M}" if has_hours else text


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
    gc.disable()  # one file, one answer: looking for cycles would cost a third of the time
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
