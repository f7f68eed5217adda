"""OpenDocument spreadsheets (.ods): the cells, hidden rows, merged cells and fonts of content.xml."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, iterparse

from openpyxl.utils.datetime import from_ISO8601

from criteria.workbooks.formats.archives import check_parts, opened
from criteria.workbooks.formats.bounds import (
    MACRO,
    MAX_MERGED,
    MAX_TEXT,
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

_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
OFFICE, TABLE, TEXT, STYLE = (f"{{{_NAMES}:{part}:1.0}}" for part in ("office", "table", "text", "style"))
FO, SVG = f"{{{_NAMES}:xsl-fo-compatible:1.0}}", f"{{{_NAMES}:svg-compatible:1.0}}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
PARTS = ("styles.xml", "content.xml")
LARGE = ("content.xml", "styles.xml", "Pictures/", "Object ", "ObjectReplacements/")
HIDDEN = ("collapse", "filter")


def preflight(data: bytes) -> zipfile.ZipFile:
    """The archive, if it is an honest .ods. Raises Bad; zipfile's own errors mean a broken file."""
    archive = opened(data, must_hold={"content.xml"}, large=LARGE, kind="OpenDocument (.ods)")
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Bad(PASSWORD)
    if any(name.startswith(("Basic/", "Scripts/")) for name in names):
        raise Bad(MACRO)
    check_parts(archive, [name for name in PARTS if name in names])
    return archive


class Styles:
    """The font of each style, followed through its parents, and the sheets that are not shown."""

    def __init__(self) -> None:
        self._faces: dict[str, str] = {}
        self._fonts: dict[tuple[str, str], tuple[str, str]] = {}  # (family, name) → (font, parent)
        self.hidden_tables: set[str] = set()

    def face(self, element: Element) -> None:
        """Note a font that styles call by a name of the file's own."""
        self._faces[element.get(f"{STYLE}name", "")] = element.get(f"{SVG}font-family", "").strip("'")

    def style(self, element: Element) -> None:
        """Note a style; the default of a family stands under no name."""
        family, name = element.get(f"{STYLE}family", ""), element.get(f"{STYLE}name", "")
        text = element.find(f"{STYLE}text-properties")
        named = "" if text is None else text.get(f"{STYLE}font-name", "")
        font = "" if text is None else self._faces.get(named, named) or text.get(f"{FO}font-family", "").strip("'")
        self._fonts[family, name] = font, element.get(f"{STYLE}parent-style-name", "")
        table = element.find(f"{STYLE}table-properties")
        if table is not None and table.get(f"{TABLE}display") == "false":
            self.hidden_tables.add(name)

    def font(self, family: str, name: str) -> str:
        """The font of a style or of the first parent that names one."""
        for _step in range(10):
            font, parent = self._fonts.get((family, name), ("", ""))
            if font or not name:
                return font
            name = parent
        return ""


class Sheet:
    """One sheet while its rows go by."""

    def __init__(self, element: Element, styles: Styles) -> None:
        self.title = element.get(f"{TABLE}name", "")
        self.is_hidden = element.get(f"{TABLE}style-name", "") in styles.hidden_tables
        self.styles = styles
        self.line = 0
        self.columns: list[tuple[int, str]] = []  # up to this position a cell without a style has that one
        self.rows: list[list[Any]] = []
        self.merged: list[list[int]] = []

    def column(self, element: Element) -> None:
        """Note the style of the cells of one or several columns."""
        last = self.columns[-1][0] if self.columns else 0
        self.columns.append((last + repeats(element, "columns"), element.get(f"{TABLE}default-cell-style-name", "")))

    def row(self, element: Element, budget: Budget) -> None:
        """Read a row, which may stand for many equal ones."""
        count = repeats(element, "rows")
        filled = self.cells(element, budget)
        if not filled:
            budget.spend(rows=1)
            self.line += count
            return
        is_hidden = element.get(f"{TABLE}visibility") in HIDDEN
        check_place(self.title, self.line + count, 1)
        for _time in range(count):
            self.line += 1
            budget.spend(rows=1, filled=len(filled))
            self.rows.append([self.line, is_hidden, filled])

    def cells(self, row: Element, budget: Budget) -> list[list[Any]]:
        """The cells of a row that are not blank, as [column, kind, value, text, formula, encoding]."""
        found: list[list[Any]] = []
        column = 0
        for element in row:
            if element.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            budget.spend(cells=1)
            count = repeats(element, "columns")
            # What a merged cell covers may still hold something, which nobody sees.
            told = self.cell(element, column + 1) if element.tag == f"{TABLE}table-cell" else None
            if told and told[0] != "blank":
                check_place(self.title, self.line + 1, column + count)
                found += [[column + 1 + more, *told] for more in range(count)]
                self.merge(element, column + 1)
            column += count
        return found

    def merge(self, element: Element, column: int) -> None:
        """Note the corners of a cell that covers others."""
        wide, high = (int(element.get(f"{TABLE}number-{what}-spanned", "1")) for what in ("columns", "rows"))
        if wide > 1 or high > 1:
            self.merged.append([column, self.line + 1, column + wide - 1, self.line + high])
            if len(self.merged) > MAX_MERGED:
                raise Bad(TOO_MUCH)

    def cell(self, element: Element, column: int) -> tuple[str, Any, str, str | None, str]:
        """Kind, plain value, text, formula and encoding of a cell: see `sheets.Cell`."""
        formula = element.get(f"{TABLE}formula")
        if formula is not None:
            formula = "=" + formula.partition("=")[2][:MAX_TEXT]
        kind = element.get(f"{CALC}value-type") or element.get(f"{OFFICE}value-type") or ""
        if kind in ("string", "error", ""):
            style = element.get(f"{TABLE}style-name") or self.style_of(column)
            text, encoding = legible_runs(runs_of(element, self.styles, self.styles.font("table-cell", style)))
            if kind == "error":
                return "error", text[:MAX_TEXT], text[:MAX_TEXT], formula, ""
            if formula is not None and not kind:
                return "formula", None, formula, formula, ""
            return (*text_told(text), formula, encoding)
        return (*value_told(kind, element), formula, "")

    def style_of(self, column: int) -> str:
        return next((style for last, style in self.columns if column <= last), "")

    def told(self) -> dict[str, Any]:
        """The sheet as the child answers it."""
        return {"title": self.title, "hidden": self.is_hidden, "rows": self.rows, "merged": self.merged}


def read_ods(data: bytes) -> list[dict[str, Any]]:
    """Every sheet with its filled cells. Raises Bad, or anything at all on a crafted file."""
    archive = preflight(data)
    styles = Styles()
    if "styles.xml" in archive.namelist():
        for _sheet in sheets_of(archive, "styles.xml", styles, Budget()):
            pass
    sheets = list(sheets_of(archive, "content.xml", styles, Budget()))
    check_count(len(sheets))
    return [sheet.told() for sheet in sheets]


def sheets_of(archive: zipfile.ZipFile, part: str, styles: Styles, budget: Budget) -> Iterator[Sheet]:
    """The sheets of a part; its fonts and styles stand before them and go into `styles`."""
    sheet: Sheet | None = None
    with archive.open(part) as source:
        # A part with a document type never comes this far: see check_part.
        for event, element in iterparse(source, events=("start", "end")):  # noqa: S314 - twice as fast as defusedxml
            if event == "start":
                if element.tag == f"{TABLE}table":
                    sheet = Sheet(element, styles)
            elif element.tag == f"{STYLE}font-face":
                styles.face(element)
            elif element.tag in (f"{STYLE}style", f"{STYLE}default-style"):
                styles.style(element)
            elif sheet and element.tag == f"{TABLE}table-column":
                sheet.column(element)
            elif sheet and element.tag == f"{TABLE}table-row":
                sheet.row(element, budget)
                element.clear()
            elif sheet and element.tag == f"{TABLE}table":
                yield sheet
                sheet = None
                element.clear()


def repeats(element: Element, what: str) -> int:
    """How many equal rows or columns an element stands for."""
    return max(1, int(element.get(f"{TABLE}number-{what}-repeated", "1")))


def value_told(kind: str, element: Element) -> tuple[str, Any, str]:
    """What a cell with a typed value holds. Raises ValueError if it is no such thing."""
    if kind == "boolean":
        return bool_told(element.get(f"{OFFICE}boolean-value") == "true")
    if kind == "date":
        return date_told(from_ISO8601(element.get(f"{OFFICE}date-value", "")))
    if kind == "time":
        text = element.get(f"{OFFICE}time-value", "")[:MAX_TEXT]
        return "date", text, text
    return number_told(float(element.get(f"{OFFICE}value", "")))


def runs_of(cell: Element, styles: Styles, own: str) -> list[tuple[str, str]]:
    """The text of a cell in parts, each with its font; what a note on the cell says is not of it."""
    font = own if encoding_of(own) else ""
    found: list[tuple[str, str]] = []
    for at, paragraph in enumerate(cell.iterfind(f"{TEXT}p")):
        if at:
            found.append(("\n", ""))
        found.extend(parts_of(paragraph, styles, font))
    return found


def parts_of(element: Element, styles: Styles, font: str) -> Iterator[tuple[str, str]]:
    """The text inside a paragraph or span, with the spaces, tabs and line breaks that are elements of their own."""
    yield element.text or "", font
    for child in element:
        if child.tag == f"{TEXT}s":
            yield " " * min(MAX_TEXT, int(child.get(f"{TEXT}c", "1"))), ""
        elif child.tag in (f"{TEXT}tab", f"{TEXT}line-break"):
            yield "\n", ""
        elif child.tag == f"{TEXT}span":
            yield from parts_of(child, styles, styles.font("text", child.get(f"{TEXT}style-name", "")) or font)
        elif child.tag == f"{TEXT}a":
            yield from parts_of(child, styles, font)
        yield child.tail or "", font
