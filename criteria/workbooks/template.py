"""The prefilled workbook that a district or a province gets for a period."""

from __future__ import annotations

from dataclasses import dataclass

TEMPLATE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class TemplateCondition:
    """One column to fill (nội dung). `marker` is "" or "chưa đối chiếu văn bản" or "nội dung tạm"."""

    number: int
    wording: str
    marker: str = ""
    is_negative: bool = False
    is_sensitive: bool = False
    accepted: tuple[tuple[str, bool], ...] = ()  # words taken beside Đạt / Chưa đạt, and whether they mean met


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One unit: its code, name with kind ("Xã Ia Băng"), current value per condition in the conditions' order."""

    code: str
    name: str
    district: str = ""
    values: tuple[bool | None, ...] = ()
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


def write_workbook(book: Book) -> bytes:
    """The .xlsx file. No formulas, links or macros; every text is written as text."""
    raise NotImplementedError
