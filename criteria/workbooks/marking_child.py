"""The child process that marks the errors in an officer's own workbook: one line of JSON and the file in, .xlsx out.

Imports neither Django nor the database, has the limits of `child.py` and reads nothing that `child.py` would refuse.
Cell formats, formulas, merges, validations and other sheets stay; what the file was not an .xlsx becomes a copy of its
values. Marks of an earlier time are taken off first: the hidden column of the sheet "Lỗi" carries the style and the
note that each wrong cell had.
"""

from __future__ import annotations

import gc
import io
import json
import re
import sys
import warnings
import zipfile
from copy import copy
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from criteria.workbooks import child

WRONG = PatternFill("solid", fgColor="FFFFC7CE", bgColor="FFFFC7CE")
AUTHOR, PREFIX = "Kiểm tra biểu", "LỖI CẦN SỬA: "
TITLE, HEADING = "Lỗi", "Các lỗi cần sửa"
HEADERS = {"Trang": 22, "Ô": 10, "Cột": 18, "Giá trị trong tệp": 24, "Cách sửa": 90}
FIRST_ROW, CELL_COLUMN, HOLDER_COLUMN = 5, 2, 8
PLAIN = "·"  # in the hidden column: the cell had no note
MAX_NOTE = 2_000
# Parts of a file that openpyxl does not write again, and what they are to the officer.
LOST_PARTS = {
    "xl/drawings/drawing": "hình vẽ, khung chữ",
    "xl/charts/": "định dạng của biểu đồ",
    "xl/diagrams/": "sơ đồ SmartArt",
    "xl/ctrlProps/": "nút bấm, ô chọn",
    "xl/slicers/": "bộ lọc nhanh (slicer)",
    "xl/threadedComments/": "chú thích theo luồng",
}
LOST_EXTENSIONS = {
    "Data Validation extension": "danh sách chọn lấy từ trang khác",
    "Conditional Formatting extension": "định dạng có điều kiện kiểu mới",
}
Mark = dict[str, Any]


def marked(data: bytes, suffix: str, marks: list[Mark]) -> bytes:
    """The workbook with every mark in it. Raises child.Bad if the file is refused."""
    read = child.answer(data, suffix)
    if "refused" in read:
        raise child.Bad(read["refused"])
    lost: list[str] = []
    titles: dict[str, str] = {}
    if suffix == ".xlsx":
        book, lost = opened(data)
    else:
        book, titles = copied(read["sheets"])
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    take_off_old_marks(book)
    errors = book.create_sheet(free_title(book), 0)
    write_errors(errors, marks, lost, is_copy=suffix != ".xlsx")
    told: dict[tuple[str, str], list[str]] = {}
    for row, mark in enumerate(marks, FIRST_ROW):
        sheet = sheets.get(titles.get(mark["sheet"], mark["sheet"]))
        if sheet is not None:
            link(errors, row, sheet.title, mark["cell"])
        if sheet is not None and mark["cell"]:
            cell = top_left(sheet, mark["cell"])
            hold(errors.cell(row, HOLDER_COLUMN), cell)
            told.setdefault((sheet.title, cell.coordinate), []).append(mark["message"])
    for (title, address), messages in told.items():
        put_mark(book[title][address], messages)
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet is errors
    book.active = 0
    if book.calculation is not None:
        book.calculation.fullCalcOnLoad = True
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def opened(data: bytes) -> tuple[Workbook, list[str]]:
    """The officer's workbook, and in words what will be missing when it is written again."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        book = load_workbook(io.BytesIO(data), rich_text=True)
    said = " ".join(str(warning.message) for warning in caught)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    lost = [words for part, words in LOST_PARTS.items() if any(name.startswith(part) for name in names)]
    return book, lost + [words for known, words in LOST_EXTENSIONS.items() if known in said]


def copied(sheets: list[dict[str, Any]]) -> tuple[Workbook, dict[str, str]]:
    """A new workbook with the values that were read, and the title that each sheet has in it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    titles: dict[str, str] = {}
    for read in sheets:
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", read["title"])[:31] or "Trang")
        titles[read["title"]] = sheet.title
        widths: dict[int, int] = {}
        for line, hidden, cells in read["rows"]:
            sheet.row_dimensions[line].hidden = hidden
            for column, kind, value, text, *_rest in cells:
                put(sheet.cell(line, column), value if kind in ("number", "bool") else text)
                widths[column] = min(60, max(widths.get(column, 10), len(text) + 2))
        for column, width in widths.items():
            sheet.column_dimensions[get_column_letter(column)].width = width
        for first, top, last, bottom in read["merged"]:
            sheet.merge_cells(start_row=top, start_column=first, end_row=bottom, end_column=last)
        if read["hidden"]:
            sheet.sheet_state = "hidden"
    return book, titles


def put(cell: Cell, value: Any) -> None:
    """Write a value; a text stays text, whatever it begins with."""
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    else:
        cell.value = value


def free_title(book: Workbook) -> str:
    """ "Lỗi", or "Lỗi 2" where the officer has a sheet of that name."""
    taken = {sheet.title.casefold() for sheet in book.worksheets}
    return next(title for title in (TITLE, *(f"{TITLE} {n}" for n in range(2, 99))) if title.casefold() not in taken)


def write_errors(sheet: Worksheet, marks: list[Mark], lost: list[str], *, is_copy: bool) -> None:
    """The list of the errors, in the order of the file."""
    put(sheet["A1"], f"{HEADING} ({len(marks)})")
    sheet["A1"].font = Font(bold=True, size=14)
    said = "Sửa các ô tô đỏ (có chú thích), lưu, rồi nộp lại tệp này. Trang này không được đọc khi nộp."
    said += " Đây là bản chép giá trị của tệp đã nộp." if is_copy else ""
    put(sheet["A2"], said + (f" Không giữ được: {'; '.join(lost)}." if lost else ""))
    for column, (header, width) in enumerate(HEADERS.items(), 1):
        put(sheet.cell(FIRST_ROW - 1, column), header)
        sheet.cell(FIRST_ROW - 1, column).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, mark in enumerate(marks, FIRST_ROW):
        said_of = (mark["sheet"] or "Cả tệp", mark["cell"] or "", mark["column"], mark["value"], mark["message"])
        for column, text in enumerate(said_of, 1):
            put(sheet.cell(row, column), text)
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = f"A{FIRST_ROW}"
    sheet.column_dimensions[get_column_letter(HOLDER_COLUMN)].hidden = True
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{FIRST_ROW - 1}:{FIRST_ROW - 1}"


def link(errors: Worksheet, row: int, title: str, cell: str | None) -> None:
    """Let the address in the list lead to the cell."""
    quoted = title.replace("'", "''")
    held = errors.cell(row, CELL_COLUMN)
    held.hyperlink = Hyperlink(ref=held.coordinate, location=f"'{quoted}'!{cell or 'A1'}")
    held.font = Font(color="FF0563C1", underline="single")


def top_left(sheet: Worksheet, address: str) -> Cell:
    """The cell of an address or of a range; of merged cells the one that shows."""
    row, column = coordinate_to_tuple(address.split(":")[0])
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        area = next(area for area in sheet.merged_cells.ranges if address.split(":")[0] in area)
        cell = sheet.cell(area.min_row, area.min_col)
    return cell


def hold(holder: Cell, cell: Cell) -> None:
    """Keep in the hidden column the style and the note that the cell has before it is marked."""
    holder._style = copy(cell._style)
    put(holder, cell.comment.text if cell.comment else PLAIN)


def put_mark(cell: Cell, messages: list[str]) -> None:
    """Fill the cell and say in a note what is wrong; an own note of the cell stays below."""
    own = f"\n\n{cell.comment.text}" if cell.comment else ""
    text = ILLEGAL_CHARACTERS_RE.sub("", PREFIX + "\n".join(dict.fromkeys(messages)))[:MAX_NOTE] + own
    cell.fill = copy(WRONG)
    cell.comment = Comment(text, AUTHOR, height=60 + 16 * (len(text) // 40), width=320)


def take_off_old_marks(book: Workbook) -> None:
    """Give the cells that were marked before their style and note back, and drop the list of that time."""
    for sheet in book.worksheets:
        if sheet.title.startswith(TITLE) and str(sheet["A1"].value or "").startswith(HEADING):
            for row in range(FIRST_ROW, sheet.max_row + 1):
                give_back(book, sheet, row)
            book.remove(sheet)
    for sheet in book.worksheets:
        for cell in list(sheet._cells.values()):
            if cell.comment and cell.comment.text.removeprefix(f"{AUTHOR}:\n").startswith(PREFIX):
                cell.comment = None
                cell.fill = PatternFill() if is_marked(cell) else cell.fill


def give_back(book: Workbook, errors: Worksheet, row: int) -> None:
    """Give one cell back what the hidden column keeps of it, if it is still marked there."""
    title, address = errors.cell(row, 1).value, str(errors.cell(row, CELL_COLUMN).value or "")
    holder = errors.cell(row, HOLDER_COLUMN)
    if title not in book.sheetnames or not re.fullmatch(r"[A-Z]{1,3}\d{1,7}(:[A-Z]{1,3}\d{1,7})?", address):
        return
    cell = top_left(book[title], address)
    if is_marked(cell) and holder.value is not None:
        cell._style = copy(holder._style)
        cell.comment = None if str(holder.value) == PLAIN else Comment(str(holder.value), AUTHOR)


def is_marked(cell: Cell) -> bool:
    return bool(cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == WRONG.fgColor.rgb)


def main(suffix: str) -> int:
    """Read stdin, write the workbook, or {"refused": sentence}, to stdout."""
    child.limit()
    gc.disable()
    marks = json.loads(sys.stdin.buffer.readline())
    try:
        written = marked(sys.stdin.buffer.read(), suffix, marks)
    except child.Bad as bad:
        written = json.dumps({"refused": str(bad)}, ensure_ascii=False).encode()
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()
    return 0
