"""Text with separators (.csv, also Excel's "Unicode Text"): UTF-8 or UTF-16; semicolons, commas or tabs."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from typing import Any

from criteria.workbooks.formats.bounds import Bad, Budget, check_place, text_told

SHEET = "Bảng"  # how messages call what has no sheet and no name
SEPARATORS = (";", "\t", ",")
NAMED = re.compile(r"sep=(.)\r?\n")
QUOTED = re.compile(r'="([^"]*)"')  # how .csv files keep the zeros of a code: ="01234"
TRIED = 200  # lines from which the separator is told
ENCODING = (
    "Tệp .csv không phải bảng mã UTF-8 hoặc UTF-16, không đọc được chữ tiếng Việt. "
    "Trong Excel chọn Lưu thành (Save As), loại CSV UTF-8 hoặc Excel Workbook (*.xlsx), rồi nộp lại."
)
NO_TEXT = "Tệp không phải văn bản phân cách (.csv). Lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
UNCLEAR = (
    "Không rõ dấu phân cách của tệp .csv (chấm phẩy, phẩy hay tab). Lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
)
UNFINISHED = "Tệp .csv có dấu ngoặc kép mở mà không đóng. Lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."


def read_csv(data: bytes) -> list[dict[str, Any]]:
    """The one table of the file; every cell is text, so that the zeros of a code stay. Raises Bad."""
    text = decoded(data)
    named = NAMED.match(text)
    separator = named[1] if named else separator_of(text)
    budget = Budget()
    rows = []
    line = 0
    try:
        for line, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            cells = [] if named and line == 1 else filled_cells(fields, line)
            budget.spend(rows=1, cells=len(fields), filled=len(cells))
            if cells:
                rows.append([line, False, cells])
    except csv.Error:
        raise Bad(UNFINISHED) from None
    return [{"title": SHEET, "hidden": False, "rows": rows, "merged": []}]


def decoded(data: bytes) -> str:
    """The text. An encoding that is not certain is refused, never tried."""
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            text = data.decode("utf-16")
        elif b"\x00" in data[:200]:
            text = data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be")
        else:
            text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Bad(ENCODING) from None
    if any(ord(c) < 32 and c not in "\t\r\n\f" for c in text):
        raise Bad(NO_TEXT)
    return text


def separator_of(text: str) -> str:
    """The separator by which most lines fall into the same number of fields; Raises Bad where two do equally well."""
    scores = {separator: score_of(text, separator) for separator in SEPARATORS}
    best = max(scores.values())
    if best == (0, 0):
        return SEPARATORS[0]  # one column only: no table, which the reading says
    found = [separator for separator, score in scores.items() if score == best]
    if len(found) > 1:
        raise Bad(UNCLEAR)
    return found[0]


def score_of(text: str, separator: str) -> tuple[int, int]:
    """How many of the first lines have the same number of fields, more than one, and that number."""
    widths: Counter[int] = Counter()
    try:
        for line, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            if line >= TRIED:
                break
            if len(fields) > 1:
                widths[len(fields)] += 1
    except csv.Error:
        return 0, 0
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


def filled_cells(fields: list[str], line: int) -> list[list[Any]]:
    """The fields that are not blank, as [column, kind, value, text, formula, encoding]; refuses far ones."""
    found = []
    for column, field in enumerate(fields, 1):
        quoted = QUOTED.fullmatch(field)
        told = text_told(quoted[1] if quoted else field)
        if told[0] != "blank":
            check_place(SHEET, line, column)
            found.append([column, *told, None, ""])
    return found
