"""Excel 97-2003 (.xls), through xlrd: cells with their stored results, hidden rows, merged cells and fonts."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlrd
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel
from xlrd.biffh import (
    XL_CELL_BOOLEAN,
    XL_CELL_DATE,
    XL_CELL_ERROR,
    XL_CELL_NUMBER,
    XL_CELL_TEXT,
    error_text_from_code,
)

from criteria.workbooks.formats.bounds import (
    BROKEN,
    MACRO,
    MAX_MERGED,
    PASSWORD,
    TOO_MUCH,
    Bad,
    Budget,
    bool_told,
    check_count,
    check_place,
    date_told,
    number_told,
    text_told,
)
from criteria.workbooks.formats.fonts import encoding_of, legible_runs

MACRO_STORAGE = "_VBA_PROJECT_CUR".encode("utf-16-le")
STREAMS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))


def read_xls(data: bytes) -> list[dict[str, Any]]:
    """Every worksheet with its filled cells. Raises Bad, or anything at all on a crafted file."""
    if not any(name in data for name in STREAMS):
        raise Bad(BROKEN)
    if MACRO_STORAGE in data:
        raise Bad(MACRO)
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
    except xlrd.XLRDError as error:
        if "encrypted" in str(error):
            raise Bad(PASSWORD) from None
        raise
    check_count(book.nsheets)
    budget = Budget()
    return [sheet_of(book, book.sheet_by_index(at), budget) for at in range(book.nsheets)]


def sheet_of(book: xlrd.Book, sheet: xlrd.sheet.Sheet, budget: Budget) -> dict[str, Any]:
    """One sheet as the child answers it."""
    rows = []
    for at in range(sheet.nrows):
        filled = filled_cells(book, sheet, at, budget)
        budget.spend(rows=1, filled=len(filled))
        if filled:
            info = sheet.rowinfo_map.get(at)
            rows.append([at + 1, bool(info and info.hidden), filled])
    if len(sheet.merged_cells) > MAX_MERGED:
        raise Bad(TOO_MUCH)
    # xlrd counts from 0 and names the line and column behind the last.
    merged = [[left + 1, top + 1, right, bottom] for top, bottom, left, right in sheet.merged_cells]
    return {"title": sheet.name.replace("\x00", ""), "hidden": sheet.visibility != 0, "rows": rows, "merged": merged}


def filled_cells(book: xlrd.Book, sheet: xlrd.sheet.Sheet, at: int, budget: Budget) -> list[list[Any]]:
    """The cells of a row that are not blank, as [column, kind, value, text, formula, encoding]; refuses far ones."""
    found = []
    cells = sheet.row(at)
    budget.spend(cells=len(cells))
    for column, cell in enumerate(cells):
        told, encoding = cell_told(book, sheet, at, column, cell)
        if told[0] != "blank":
            check_place(sheet.name, at + 1, column + 1)
            found.append([column + 1, *told, None, encoding])
    return found


def cell_told(
    book: xlrd.Book, sheet: xlrd.sheet.Sheet, at: int, column: int, cell: xlrd.sheet.Cell
) -> tuple[tuple[str, Any, str], str]:
    """Kind, plain value and text of a cell, and the encoding that its text was typed in."""
    if cell.ctype == XL_CELL_TEXT:
        text, encoding = legible_runs(runs_of(book, sheet, at, column, cell))
        return text_told(text), encoding
    if cell.ctype == XL_CELL_NUMBER:
        return number_told(cell.value), ""
    if cell.ctype == XL_CELL_BOOLEAN:
        return bool_told(bool(cell.value)), ""
    if cell.ctype == XL_CELL_DATE:
        return date_of(cell.value, MAC_EPOCH if book.datemode else WINDOWS_EPOCH), ""
    if cell.ctype == XL_CELL_ERROR:
        text = error_text_from_code.get(cell.value, "#N/A")
        return ("error", text, text), ""
    return ("blank", None, ""), ""


def date_of(number: float, epoch: datetime) -> tuple[str, Any, str]:
    try:
        return date_told(from_excel(number, epoch))
    except (OverflowError, ValueError):
        return "error", "#NUM!", "#NUM!"


def runs_of(
    book: xlrd.Book, sheet: xlrd.sheet.Sheet, at: int, column: int, cell: xlrd.sheet.Cell
) -> list[tuple[str, str]]:
    """The text of a cell in parts, each with its font; the first part, or all of it, is in the cell's own."""
    fonts = book.font_list
    own = fonts[book.xf_list[cell.xf_index].font_index].name if cell.xf_index is not None else ""
    changes = sheet.rich_text_runlist_map.get((at, column), ())
    if not changes and not encoding_of(own):
        return [(cell.value, "")]
    starts = [(0, own), *((offset, fonts[font].name) for offset, font in changes)]
    ends = [offset for offset, _font in starts[1:]] + [len(cell.value)]
    return [(cell.value[start:end], font) for (start, font), end in zip(starts, ends, strict=True)]
