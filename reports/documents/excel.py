"""Tables as an .xlsx to print: title, day and rule above, borders, header on each page, formulas with their values.

Every text is written as text: nothing that a person typed can become a formula, a link or a number.
"""

import datetime
import io
from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

import xlsxwriter

from communes.templatetags.vietnamese import day as day_text
from reports.documents.tables import NO_SHARE, Formula, Table

A4, TAB, HEADER_HEIGHT = 9, 31, 32
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(title: str, tables: Sequence[Table]) -> bytes:
    """Return a workbook with a sheet for each table."""
    target = io.BytesIO()
    workbook = xlsxwriter.Workbook(target, OPTIONS)
    workbook.set_properties({"title": title})
    formats = formats_of(workbook)
    for table in tables:
        write_sheet(workbook.add_worksheet(table.name[:TAB]), table, formats)
    workbook.close()
    return target.getvalue()


def formats_of(workbook: Any) -> dict[str, Any]:
    base = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
    boxed = base | {"border": 1}
    described = {
        "title": base | {"bold": True, "font_size": 14},
        "plain": base | {"italic": True},
        "header": boxed | {"bold": True, "align": "center", "text_wrap": True},
        "text": boxed | {"text_wrap": True},
        "number": boxed | {"num_format": "#,##0", "align": "center"},
        "share": boxed | {"num_format": '0.00"%"', "align": "center"},
    }
    described |= {f"total_{name}": described[name] | {"bold": True} for name in ("text", "number", "share")}
    return {name: workbook.add_format(properties) for name, properties in described.items()}


def write_sheet(page: Any, table: Table, formats: dict[str, Any]) -> None:
    """Write one table; the header is repeated on each printed page, which is as wide as the table."""
    page.write_string(0, 0, table.title, formats["title"])
    for at, line in enumerate(table.heading, 1):
        page.write_string(at, 0, line, formats["plain"])
    header = len(table.heading) + 2
    write_header(page, table, header, formats)
    first = header + 2
    last = first + max(len(table.rows), 1) - 1
    for at, row in enumerate(table.rows, first):
        write_row(page, at, row, formats, "", (first, last))
    if table.total:
        write_row(page, last + 1, table.total, formats, "total_", (first, last))
    for at, column in enumerate(table.columns):
        page.set_column(at, at, column.width)
    page.set_paper(A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(header, header + 1)
    page.freeze_panes(first, 0)
    page.set_footer("&R&P/&N")


def write_header(page: Any, table: Table, header: int, formats: dict[str, Any]) -> None:
    """Write the two rows of the header: groups over their columns; a column without one is two rows high."""
    page.set_row(header, HEADER_HEIGHT)
    page.set_row(header + 1, HEADER_HEIGHT)
    at = 0
    for group, columns in groupby(table.columns, lambda column: column.group):
        some = list(columns)
        if group and len(some) > 1:
            page.merge_range(header, at, header, at + len(some) - 1, "", formats["header"])
            page.write_string(header, at, group, formats["header"])
        elif group:
            page.write_string(header, at, group, formats["header"])
        for offset, column in enumerate(some):
            if group:
                page.write_string(header + 1, at + offset, column.label, formats["header"])
            else:
                page.merge_range(header, at + offset, header + 1, at + offset, "", formats["header"])
                page.write_string(header, at + offset, column.label, formats["header"])
        at += len(some)


def write_row(
    page: Any, at: int, row: Sequence[Any], formats: dict[str, Any], prefix: str, body: tuple[int, int]
) -> None:
    rows = {"row": at + 1, "first": body[0] + 1, "last": body[1] + 1}
    for column, cell in enumerate(row):
        if isinstance(cell, Formula):
            kind = formats[prefix + ("share" if cell.is_share else "number")]
            value = NO_SHARE if cell.value is None else float(cell.value)
            page.write_formula(at, column, cell.text.format(**rows), kind, value)
        elif isinstance(cell, int | Decimal) and not isinstance(cell, bool):
            page.write_number(at, column, cell, formats[prefix + "number"])
        elif cell is None:
            page.write_blank(at, column, None, formats[prefix + "text"])
        else:
            words = day_text(cell) if isinstance(cell, datetime.date) else str(cell)
            page.write_string(at, column, words, formats[prefix + "text"])
