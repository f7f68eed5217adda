"""What every reader keeps to: the limits of a file, the sentences of a refusal, how a cell is told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

MAX_FILE, MAX_ENTRIES, MAX_UNZIPPED, MAX_RATIO = 5 * 2**20, 300, 80 * 2**20, 100
MAX_SMALL_PART = 4 * 2**20  # every part that is neither a sheet nor shared texts, styles or a picture
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS, MAX_TEXT = 40, 20_000, 60, 2_000
MAX_ROW_ELEMENTS, MAX_CELL_ELEMENTS, MAX_FILLED = 60_000, 1_000_000, 250_000
MAX_SHARED, MAX_MERGED = 500_000, 5_000

SAVE_AGAIN = "Mở tệp bằng Excel, lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
BROKEN = "Tệp hỏng hoặc không phải tệp Excel hoàn chỉnh. " + SAVE_AGAIN
PASSWORD = "Tệp có mật khẩu. Bỏ mật khẩu trong Excel, lưu lại, rồi nộp lại."  # noqa: S105 - a sentence
MACRO = "Tệp có macro. " + SAVE_AGAIN
INFLATED = "Tệp nén bất thường, giải nén ra quá lớn. " + SAVE_AGAIN
NO_SHEET = "Tệp không có trang tính nào đọc được. " + SAVE_AGAIN
TOO_MUCH = (
    "Tệp có quá nhiều dòng hoặc ô (kể cả dòng trống đã định dạng). "
    "Xóa các dòng thừa và các trang không cần, lưu lại, rồi nộp lại."
)


class Bad(Exception):
    """The file is refused; the message is a Vietnamese sentence for the officer."""


class Budget:
    """How many cells of the whole file have been met; raises Bad when there are too many."""

    def __init__(self) -> None:
        self.rows = self.cells = self.filled = 0

    def spend(self, *, rows: int = 0, cells: int = 0, filled: int = 0) -> None:
        """Count, and refuse over the limits."""
        self.rows, self.cells, self.filled = self.rows + rows, self.cells + cells, self.filled + filled
        if self.rows > MAX_ROW_ELEMENTS or self.cells > MAX_CELL_ELEMENTS or self.filled > MAX_FILLED:
            raise Bad(TOO_MUCH)


def check_count(sheets: int) -> None:
    """Refuse a file with no sheet, or with more than anyone fills."""
    if not sheets:
        raise Bad(NO_SHEET)
    if sheets > MAX_SHEETS:
        raise Bad(f"Tệp có hơn {MAX_SHEETS} trang tính. Xóa các trang không cần, lưu lại, rồi nộp lại.")


def check_place(title: str, line: int, column: int) -> None:
    """Refuse a filled cell far outside any table."""
    if line > MAX_ROWS or column > MAX_COLUMNS:
        raise Bad(
            f'Trang "{title[:31]}" có dữ liệu ở ô {letter_of(column)}{line}, ngoài {MAX_ROWS // 1000}.000 dòng '
            f"và {MAX_COLUMNS} cột đầu. Xóa các ô ngoài bảng, lưu lại, rồi nộp lại."
        )


def letter_of(index: int) -> str:
    """The letter of a column position: 1 is A, 27 is AA."""
    letters = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


# --- kind, plain value and text of a cell: see `sheets.Cell` ---


def text_told(raw: str) -> tuple[str, Any, str]:
    """A text; one of spaces only is a blank. PostgreSQL keeps no NUL, and nobody types one."""
    text = raw[:MAX_TEXT].replace("\x00", "")
    return ("text", text, text) if text.strip() else ("blank", None, "")


def number_told(number: float) -> tuple[str, Any, str]:
    """A number as it is written in Vietnam: 7,5."""
    if not abs(number) < 10**300:
        return "error", "#NUM!", "#NUM!"
    value = int(number) if float(number).is_integer() and abs(number) < 2**53 else number
    return "number", value, f"{value}".replace(".", ",")


def bool_told(value: bool) -> tuple[str, Any, str]:
    return ("bool", True, "TRUE") if value else ("bool", False, "FALSE")


def date_told(value: datetime | date | time | timedelta) -> tuple[str, Any, str]:
    """A date as it is written in Vietnam: 25/10/2024, 05/10/2024; hours only where there are any."""
    if isinstance(value, time | timedelta):
        return "date", str(value), str(value)
    text = f"{value.day:02d}/{value.month:02d}/{value.year}"
    has_hours = isinstance(value, datetime) and value.time() != time.min
    return "date", value.isoformat(), f"{text} {value:%H:%M}" if has_hours else text
