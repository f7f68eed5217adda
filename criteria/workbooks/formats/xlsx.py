"""Excel Workbook (.xlsx): openpyxl finds the sheets, their cells are parsed here."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, iterparse

from openpyxl.reader.excel import SHARED_STRINGS, ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHEET_MAIN_NS

from criteria.workbooks.formats.archives import check_parts, opened
from criteria.workbooks.formats.bounds import (
    BROKEN,
    MACRO,
    MAX_MERGED,
    MAX_SHARED,
    MAX_TEXT,
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

NS = f"{{{SHEET_MAIN_NS}}}"
# What ends no earlier than the last merged cell: nothing behind it is of interest.
AFTER_MERGED = {f"{NS}{name}" for name in ("mergeCells", "conditionalFormatting", "dataValidations", "pageMargins")}
LARGE = ("xl/worksheets/", "xl/sharedStrings", "xl/styles", "xl/media/")
# A text whole, or in parts with the font of each ("" where a part takes that of its cell).
Runs = list[tuple[str, str]]


def preflight(data: bytes) -> None:
    """Refuse what is not an honest .xlsx. Raises Bad; zipfile's own errors mean a broken file."""
    archive = opened(data, must_hold={"[Content_Types].xml", "xl/workbook.xml"}, large=LARGE, kind="Excel (.xlsx)")
    names = archive.namelist()
    if any("vbaproject" in name.lower() for name in names) or b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise Bad(MACRO)
    check_parts(archive, names)


class Texts(NamedTuple):
    """What cells point to: the shared texts; which cell styles show a number as a date or as a duration; the font of
    each style, "" for all but those typed in before Unicode."""

    shared: list[str | Runs]
    dates: frozenset[int]
    durations: frozenset[int]
    fonts: list[str]
    epoch: datetime


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
    check_count(len(parts))
    texts = Texts(shared_texts(reader), *styles_of(reader), reader.wb.epoch)
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


def shared_texts(reader: ExcelReader) -> list[str | Runs]:
    """The texts that cells of type "s" point to by number."""
    part = reader.package.find(SHARED_STRINGS)
    if part is None:
        return []
    found: list[str | Runs] = []
    with reader.archive.open(part.PartName[1:]) as source:
        for element in elements(source):
            if element.tag == f"{NS}si":
                found.append(text_of(element))
                element.clear()
                if len(found) > MAX_SHARED:
                    raise Bad(TOO_MUCH)
    return found


def text_of(element: Element) -> str | Runs:
    """The text of <si> or <is> without the reading aids of East Asian text; in parts only where parts have fonts."""
    texts = [(node.text or "", "") for node in element.iterfind(f"{NS}t")]
    for run in element.iterfind(f"{NS}r"):
        font = run.find(f"{NS}rPr/{NS}rFont")
        text = "".join(node.text or "" for node in run.iterfind(f"{NS}t"))
        texts.append((text, "" if font is None else font.get("val", "")))
    return texts if any(font for _text, font in texts) else "".join(text for text, _font in texts)[:MAX_TEXT]


def styles_of(reader: ExcelReader) -> tuple[frozenset[int], frozenset[int], list[str]]:
    """The numbers of the cell styles that show dates, and of those that show durations; the font of each style."""
    if "xl/styles.xml" not in reader.valid_files:
        return frozenset(), frozenset(), []
    codes = dict(BUILTIN_FORMATS)
    fonts: list[str] = []
    used: list[tuple[int, int]] = []
    with reader.archive.open("xl/styles.xml") as source:
        for element in elements(source):
            if element.tag == f"{NS}numFmt":
                codes[int(element.get("numFmtId", "0"))] = element.get("formatCode", "")[:255]
            elif element.tag == f"{NS}fonts":
                names = [font.find(f"{NS}name") for font in element.iterfind(f"{NS}font")]
                fonts = ["" if name is None else name.get("val", "") for name in names]
            elif element.tag == f"{NS}cellXfs":
                xfs = element.iterfind(f"{NS}xf")
                used = [(int(xf.get("numFmtId", "0")), int(xf.get("fontId", "0"))) for xf in xfs]
    dates = {number for number, _font in used if is_date_format(codes.get(number, "General"))}
    durations = {number for number in dates if is_timedelta_format(codes.get(number, "General"))}
    named = [fonts[font] if font < len(fonts) else "" for _number, font in used]
    return (
        frozenset(style for style, (number, _font) in enumerate(used) if number in dates),
        frozenset(style for style, (number, _font) in enumerate(used) if number in durations),
        [name if encoding_of(name) else "" for name in named],
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
    """The cells of a row that are not blank, as [column, kind, value, text, formula, encoding]; refuses far ones."""
    found: list[list[Any]] = []
    column = 0
    for element in row.iterfind(f"{NS}c"):
        before, address = column, element.get("r")
        column = column_of(address, line) if address else column + 1
        if column <= before:
            raise Bad(BROKEN)
        told = cell_of(element, texts)
        if told[0] != "blank":
            check_place(title, line, column)
            found.append([column, *told])
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


def cell_of(element: Element, texts: Texts) -> tuple[str, Any, str, str | None, str]:
    """Kind, plain value, text, formula and encoding of a cell: see `sheets.Cell`."""
    kind = element.get("t", "n")
    node = element.find(f"{NS}f")
    formula = None if node is None else "=" + (node.text or "…")[:MAX_TEXT]
    result = element.find(f"{NS}v")
    raw: str | Runs = "" if result is None else (result.text or "")
    if kind == "inlineStr":
        inline = element.find(f"{NS}is")
        raw = "" if inline is None else text_of(inline)
    if raw == "":
        # An empty text that a formula gave (t="str" with an empty <v>) is a result; nothing at all is none.
        has_result = kind == "str" and result is not None
        blank = ("blank", None, "", None, "")
        return blank if formula is None or has_result else ("formula", None, formula, formula, "")
    style = int(element.get("s", "0"))
    if kind == "s":
        raw = texts.shared[int(str(raw))]
    if kind in ("s", "str", "inlineStr"):
        font = texts.fonts[style] if style < len(texts.fonts) else ""
        text, encoding = read_text(raw, font)
        return (*text_told(text), formula, encoding)
    return (*described(kind, str(raw), style, texts), formula, "")


def read_text(raw: str | Runs, font: str) -> tuple[str, str]:
    """The text as the eye sees it in its fonts, and the encoding that it was typed in."""
    if isinstance(raw, str):
        return legible_runs([(raw, font)]) if font else (raw, "")
    return legible_runs([(text, own or font) for text, own in raw])


def described(kind: str, raw: str, style: int, texts: Texts) -> tuple[str, Any, str]:
    """Kind, plain value and text of what a cell without text stores. Raises ValueError if it is no such thing."""
    if kind == "e":
        return "error", raw[:MAX_TEXT], raw[:MAX_TEXT]
    if kind == "b":
        return bool_told(bool(int(raw)))
    if kind == "d":
        return date_told(from_ISO8601(raw))
    number = float(raw)
    if style in texts.dates and abs(number) < 10**300:
        try:
            return date_told(from_excel(number, texts.epoch, timedelta=style in texts.durations))
        except (OverflowError, ValueError):
            return "error", "#NUM!", "#NUM!"
    return number_told(number)
