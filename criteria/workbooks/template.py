"""The prefilled workbook that a district or a province gets for a period."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import ceil
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from criteria.verdicts import VERDICT_RULE
from criteria.workbooks.documents import DOCUMENTS_SHEET, LABELS, TemplateDocument
from criteria.workbooks.sheets import MARK_SHEET

TEMPLATE_VERSION = "1"
MET, NOT_MET = "Đạt", "Chưa đạt"
SAMPLE_LINE = "Số liệu minh họa: số liệu giả định để dùng thử, không phải số liệu chính thức."
GUIDE_SHEET = "Hướng dẫn"
HEADER_ROW, WORDING_ROW, FIRST_ROW = 6, 7, 8  # from 0, as xlsxwriter counts
WORDING_SHOWN, WORDING_IN_NOTE, NOTE = 160, 240, 255
# What a cell of a condition that asks for numbers takes.
KINDS = {
    "count": 'Ghi số nguyên (ví dụ 2), hoặc "Đạt", "Chưa đạt".',
    "ratio": 'Ghi tử số/mẫu số (ví dụ 45/60), hoặc "Đạt", "Chưa đạt".',
    "year": 'Ghi kỳ này so với năm trước (ví dụ 12 so với 15), hoặc "Đạt", "Chưa đạt".',
}
A4, POINTS_PER_LINE = 9, 11.5
ROOM = 30  # blank lines for documents
DOCUMENTS_GUIDE = (
    "Mỗi dòng một văn bản cho một đơn vị; cho mọi đơn vị của trang thì ghi “Tất cả” ở cột Mã đơn vị.",
    "Cột Nội dung: số của các nội dung, ví dụ 2, 4; để trống là cho cả kết quả.",
    "Văn bản đã đính kèm được giữ nguyên, xóa dòng không gỡ văn bản; gỡ ở trang Minh chứng.",
    "Không chứa bí mật nhà nước, không nêu tên người, vụ việc. Tệp của văn bản đính kèm ở trang Minh chứng.",
)
GUIDE = (
    "Chỉ nhập vào các ô nền vàng nhạt. Không sửa mã chỉ tiêu, mã kỳ, mã phạm vi, mã đơn vị và dòng tiêu đề.",
    'Mỗi ô ghi "Đạt" hoặc "Chưa đạt". Ô để trống là chưa đánh giá.',
    'Không ghi "Cơ bản đạt" hoặc nhận xét vào ô kết quả; chỉ ghi số liệu ở nội dung có quy tắc tính nêu dưới đây.',
    'Nội dung đếm số lượng: ghi số nguyên, không có thì ghi 0. Nội dung tỷ lệ: ghi "45/60", không ghi "75%".',
    'Nội dung so với năm trước: ghi số kỳ này rồi số năm trước, "12 so với 15".',
    "Có số liệu thì kết quả của nội dung tính từ số liệu.",
    'Nội dung viết dạng "Không có …", "Không để xảy ra …": ghi "Đạt" nếu không xảy ra, "Chưa đạt" nếu có xảy ra.',
    "Nội dung không áp dụng: để trống, nhập ở trang đánh giá của đơn vị kèm lý do.",
    "Ô chứa công thức phải có kết quả; nên dán giá trị thay cho công thức.",
    "Đơn vị không có trong biểu không thuộc đối tượng đánh giá hoặc không thuộc phạm vi của biểu.",
    'Cột "Kết quả kỳ trước" chỉ để tham khảo, không được đọc khi nộp.',
    "Tệp không chứa bí mật nhà nước, không nêu tên người, vụ việc.",
)


@dataclass(frozen=True, slots=True)
class TemplateCondition:
    """One column to fill (nội dung). `marker` is "" or "chưa đối chiếu văn bản" or "nội dung tạm"."""

    number: int
    wording: str
    marker: str = ""
    is_negative: bool = False
    is_sensitive: bool = False
    accepted: tuple[tuple[str, bool], ...] = ()  # words taken beside Đạt / Chưa đạt, and whether they mean met
    kind: str = "yes_no"  # or "count", "ratio", "year": its cells take numbers beside Đạt / Chưa đạt
    rule: str = ""  # "Đạt khi không quá 2 vụ"


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One unit: its code, name with kind ("Xã Ia Băng"), current value per condition in the conditions' order."""

    code: str
    name: str
    district: str = ""
    values: tuple[bool | str | None, ...] = ()  # numbers as a cell takes them: "2", "45/60", "12 so với 15"
    previous: str = ""  # last confirmed verdict as text, "Đạt (năm 2023)"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One indicator. `title` is the tab (at most 31 characters), `unit_label` the header word: "Tên xã"."""

    title: str
    indicator_code: str
    indicator_name: str
    checklist_label: str
    marker: str
    conditions: tuple[TemplateCondition, ...]
    rows: tuple[TemplateRow, ...]
    unit_label: str = "Tên đơn vị"

    @property
    def has_districts(self) -> bool:
        """Whether units of several districts stand on the sheet, so that a column names them."""
        return any(row.district for row in self.rows)


@dataclass(frozen=True, slots=True)
class Book:
    """One file: one period and one scope. `sample` puts "Số liệu minh họa" on every sheet."""

    title: str
    period_key: str
    period_label: str
    scope_code: str
    scope_name: str
    sample: bool
    sheets: tuple[Sheet, ...]
    documents: tuple[TemplateDocument, ...] | None = None  # None: the file has no sheet for them
    document_kinds: tuple[str, ...] = ()


def write_workbook(book: Book) -> bytes:
    """The .xlsx file. No formulas, links or macros; every text is written as text."""
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(target, options)
    workbook.set_properties({"title": book.title, "subject": f"{book.period_label} – {book.scope_name}"})
    formats = _formats(workbook)
    for sheet in book.sheets:
        write_sheet(workbook.add_worksheet(sheet.title), book, sheet, formats)
    if book.documents is not None:
        write_documents(workbook.add_worksheet(DOCUMENTS_SHEET), book, formats)
    write_guide(workbook.add_worksheet(GUIDE_SHEET), book, formats)
    write_mark(workbook.add_worksheet(MARK_SHEET), book)
    workbook.close()
    return target.getvalue()


def write_sheet(page: Worksheet, book: Book, sheet: Sheet, formats: dict[str, Any]) -> None:
    """One indicator: titles, header, wording, one line per unit."""
    labels = header_labels(sheet)
    _write_titles(page, book, sheet, formats)
    first = labels.index(f"Nội dung {sheet.conditions[0].number}") if sheet.conditions else len(labels) - 1
    for column, label in enumerate(labels):
        page.write_string(HEADER_ROW, column, label, formats["header"])
        page.write_string(WORDING_ROW, column, "", formats["wording"])
    page.write_string(WORDING_ROW, 2, "Nội dung đánh giá", formats["wording"])
    for column, condition in enumerate(sheet.conditions, first):
        page.write_string(WORDING_ROW, column, wording_shown(condition), formats["wording"])
        if sheet.rows:
            last = FIRST_ROW + len(sheet.rows) - 1
            page.data_validation(FIRST_ROW, column, last, column, _validation(condition))
    for number, row in enumerate(sheet.rows):
        _write_unit(page, FIRST_ROW + number, number + 1, sheet, row, formats)
    _lay_out(page, sheet, labels, first)


def header_labels(sheet: Sheet) -> list[str]:
    """The header row from the left."""
    district = ["Huyện"] if sheet.has_districts else []
    conditions = [f"Nội dung {condition.number}" for condition in sheet.conditions]
    return ["STT", "Mã đơn vị", sheet.unit_label, *district, *conditions, "Kết quả kỳ trước"]


def wording_shown(condition: TemplateCondition) -> str:
    """The wording for the narrow cell under the header: cut at a word, with its marker."""
    wording = condition.wording
    if len(wording) > WORDING_SHOWN:
        wording = wording[:WORDING_SHOWN].rsplit(" ", 1)[0] + f" … (xem trang {GUIDE_SHEET})"
    return f"{wording}\n({condition.marker})" if condition.marker else wording


def _write_titles(page: Worksheet, book: Book, sheet: Sheet, formats: dict[str, Any]) -> None:
    """Six lines above the header; the codes stand alone in their cells, so that they are read back."""
    marker = f" ({sheet.marker})" if sheet.marker else ""
    page.write_string(0, 0, book.title, formats["title"])
    page.write_string(1, 0, sheet.indicator_name, formats["bold"])
    page.write_string(2, 0, f"Mã chỉ tiêu: {sheet.indicator_code}", formats["plain"])
    page.write_string(2, 3, f"Kỳ báo cáo: {book.period_label}", formats["plain"])
    page.write_string(3, 0, f"Mã kỳ: {book.period_key}", formats["plain"])
    page.write_string(3, 3, f"Phạm vi: {book.scope_name}", formats["plain"])
    page.write_string(4, 0, f"Mã phạm vi: {book.scope_code}", formats["plain"])
    page.write_string(4, 3, f"{sheet.checklist_label}{marker}", formats["plain"])
    if book.sample:
        page.write_string(5, 0, SAMPLE_LINE, formats["sample"])


def _write_unit(
    page: Worksheet, line: int, order: int, sheet: Sheet, row: TemplateRow, formats: dict[str, Any]
) -> None:
    """One unit; blanks are written too, so that every cell to fill has its light ground."""
    page.write_number(line, 0, order, formats["order"])
    page.write_string(line, 1, row.code, formats["code"])
    page.write_string(line, 2, row.name, formats["unit"])
    column = 3
    if sheet.has_districts:
        page.write_string(line, column, row.district, formats["unit"])
        column += 1
    values = row.values or (None,) * len(sheet.conditions)
    for condition, value in zip(sheet.conditions, values, strict=True):
        # Excel takes "5/12" for a day unless the cell holds text.
        form = formats["input_text" if condition.kind in ("ratio", "year") else "input"]
        if value is None:
            page.write_blank(line, column, None, form)
        elif isinstance(value, bool):
            page.write_string(line, column, MET if value else NOT_MET, form)
        elif value.isdigit():
            page.write_number(line, column, int(value), form)
        else:
            page.write_string(line, column, value, form)
        column += 1
    page.write_string(line, column, row.previous, formats["previous"])


def _validation(condition: TemplateCondition) -> dict[str, Any]:
    """The list of a column, which only warns where the condition also takes other words; no list for numbers."""
    wording = condition.wording
    if len(wording) > WORDING_IN_NOTE:
        wording = wording[:WORDING_IN_NOTE].rsplit(" ", 1)[0] + " …"
    note = {"input_title": f"Nội dung {condition.number}", "input_message": wording}
    if condition.kind in KINDS:
        how = f"{condition.rule}. {KINDS[condition.kind]}"
        return {"validate": "any", **note, "input_message": _note(wording, how)}
    return note | {
        "validate": "list",
        "source": [MET, NOT_MET],
        "error_title": "Giá trị không hợp lệ",
        "error_message": f'Chọn "{MET}" hoặc "{NOT_MET}"; để trống nếu chưa đánh giá.',
        "error_type": "warning" if condition.accepted else "stop",
    }


def _note(wording: str, how: str) -> str:
    """The wording, cut where needed, and how to fill the cell; Excel shows 255 characters."""
    room = NOTE - len(how) - 3
    return f"{wording if len(wording) <= room else wording[:room].rsplit(' ', 1)[0] + ' …'}\n{how}"


def _lay_out(page: Worksheet, sheet: Sheet, labels: list[str], first: int) -> None:
    """Widths, the frozen header, and the printed page: A4 landscape, one page wide, header on every page."""
    count = len(sheet.conditions)
    condition_width = max(11, min(40, 96 // max(1, count)))
    page.set_column(0, 0, 5)
    page.set_column(1, 1, 11)
    page.set_column(2, 2, 24)
    page.set_column(3, first - 1, 14) if sheet.has_districts else None
    page.set_column(first, first + count - 1, condition_width) if count else None
    page.set_column(len(labels) - 1, len(labels) - 1, 16)
    page.set_row(HEADER_ROW, 27)
    lines = [_lines(part, condition_width) for c in sheet.conditions for part in [wording_shown(c)]]
    page.set_row(WORDING_ROW, min(400, POINTS_PER_LINE * max([1, *lines])))
    page.freeze_panes(HEADER_ROW + 1, 3)
    page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.5, right=0.4, top=0.6, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW, WORDING_ROW)
    page.set_footer(f"&L{sheet.title.replace('&', '&&')}&RTrang &P/&N")


def _lines(text: str, width: int) -> int:
    """How many lines a wrapped text of size 9 takes in a column of that width, with some room for uneven words."""
    return sum(ceil(max(1, len(part)) / (width * 1.25)) for part in text.split("\n"))


def write_documents(page: Worksheet, book: Book, formats: dict[str, Any]) -> None:
    """The documents that are attached already, then room for more."""
    documents = book.documents or ()
    page.write_string(0, 0, f"Tài liệu kiểm chứng kết quả {book.period_label}", formats["title"])
    for line, text in enumerate(DOCUMENTS_GUIDE, 1):
        page.write_string(line, 0, text, formats["plain"])
    header = len(DOCUMENTS_GUIDE) + 2
    for column, label in enumerate(LABELS.values()):
        page.write_string(header, column, label, formats["header"])
    last = header + len(documents) + ROOM
    for line, document in enumerate((*documents, *[None] * ROOM), header + 1):
        page.write_number(line, 0, line - header, formats["order"])
        for column, text in enumerate(document.cells() if document else [""] * (len(LABELS) - 1), 1):
            page.write(line, column, text or None, formats["input_text"])
    lists = {1: [sheet.title for sheet in book.sheets], 5: list(book.document_kinds)}
    for column, words in lists.items():
        if words and len(",".join(words)) <= NOTE:
            page.data_validation(header + 1, column, last, column, {"validate": "list", "source": words})
    for column, width in enumerate((5, 22, 11, 24, 11, 16, 20, 13, 30)):
        page.set_column(column, column, width)
    page.freeze_panes(header + 1, 0)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.repeat_rows(header)


def write_guide(page: Worksheet, book: Book, formats: dict[str, Any]) -> None:
    """The rules of filling, then every condition in full with its marker."""
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 14)
    page.set_column(2, 2, 100)
    page.write_string(0, 0, "Hướng dẫn nhập biểu", formats["title"])
    lines = [*((SAMPLE_LINE,) if book.sample else ()), *GUIDE, VERDICT_RULE]
    for at, text in enumerate(lines, 1):
        page.write_string(at, 0, text, formats["plain"])
    at = len(lines) + 2
    for column, label in enumerate(("Trang", "Nội dung", "Toàn văn")):
        page.write_string(at, column, label, formats["header"])
    for sheet in book.sheets:
        for condition in sheet.conditions:
            at += 1
            text = wording_in_full(condition)
            page.write_string(at, 0, sheet.title, formats["unit"])
            page.write_string(at, 1, f"Nội dung {condition.number}", formats["unit"])
            page.write_string(at, 2, text, formats["wording"])
            page.set_row(at, min(400, POINTS_PER_LINE * _lines(text, 100)))
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)


def wording_in_full(condition: TemplateCondition) -> str:
    """The whole wording with what the officer must know of it."""
    parts = [f"{condition.wording} ({condition.marker})" if condition.marker else condition.wording]
    if condition.kind in KINDS:
        parts.append(f"{condition.rule}. {KINDS[condition.kind]}")
    elif condition.is_negative:
        parts.append('Chỉ nhận "Đạt" (không xảy ra) hoặc "Chưa đạt" (có xảy ra).')
    elif condition.accepted:
        words = "; ".join(f'"{word}" là {"đạt" if means_met else "chưa đạt"}' for word, means_met in condition.accepted)
        parts.append(f"Cũng nhận: {words}.")
    if condition.is_sensitive:
        parts.append("Nội dung hạn chế: không gửi tệp này ra ngoài cơ quan đánh giá.")
    return "\n".join(parts)


def write_mark(page: Worksheet, book: Book) -> None:
    """The very hidden sheet by which an uploaded file is recognised."""
    lines: list[tuple[str, ...]] = [
        ("template", TEMPLATE_VERSION),
        ("period", book.period_key),
        ("scope", book.scope_code),
    ]
    lines += [("sheet", sheet.title, sheet.indicator_code) for sheet in book.sheets]
    for line, parts in enumerate(lines):
        for column, part in enumerate(parts):
            page.write_string(line, column, part)
    page.very_hidden()


def _formats(workbook: xlsxwriter.Workbook) -> dict[str, Any]:
    """The cell formats by name. Times New Roman, as offices print."""
    base = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
    boxed = base | {"border": 1, "border_color": "#9AA5B1"}
    described = {
        "plain": base,
        "bold": base | {"bold": True},
        "title": base | {"bold": True, "font_size": 13},
        "sample": base | {"italic": True, "font_color": "#9B1C1C"},
        "header": boxed | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#DCE6F1"},
        "wording": boxed | {"font_size": 9, "text_wrap": True, "valign": "top", "bg_color": "#F5F7FA"},
        "order": boxed | {"align": "center"},
        "code": boxed | {"align": "center", "num_format": "@"},
        "unit": boxed,
        "input": boxed | {"align": "center", "bg_color": "#FFF9DB"},
        "input_text": boxed | {"align": "center", "bg_color": "#FFF9DB", "num_format": "@"},
        "previous": boxed | {"align": "center", "font_color": "#52606D"},
    }
    return {name: workbook.add_format(properties) for name, properties in described.items()}
