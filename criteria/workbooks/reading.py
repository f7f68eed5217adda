"""Reads a foreign workbook. The file itself is opened only in a child process with limits (`child.py`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path, PurePath
from typing import NamedTuple

from criteria.workbooks.documents import is_documents, understand_documents
from criteria.workbooks.headers import understand_sheet
from criteria.workbooks.sheets import (
    MARK_SHEET,
    Cell,
    CellKind,
    Column,
    Corners,
    Mark,
    Reading,
    Role,
    Row,
    SheetReading,
    row_from_json,
)

__all__ = [
    "Cell",
    "CellKind",
    "Column",
    "Mark",
    "Reading",
    "Refused",
    "Role",
    "Row",
    "SheetReading",
    "read_workbook",
]

MAX_FILE_BYTES = 5 * 2**20
MAX_ANSWER_BYTES = 24 * 2**20
WALL_SECONDS = 25  # processor time is what really limits the child; this ends one that only waits
CHILD = Path(__file__).with_name("child.py")
# The child finds what it imports of ours, behind all installed packages, and nothing else of its surroundings.
START = "import runpy, sys; sys.path.append(sys.argv.pop(1)); runpy.run_path(sys.argv.pop(1), run_name='__main__')"
ROOT = Path(__file__).parents[2]

SUFFIXES = (".xlsx", ".xls", ".ods", ".csv")
WRONG_SUFFIX = {
    ".xlsm": "Tệp có thể chứa macro (.xlsm).",
    ".xltm": "Tệp có thể chứa macro (.xltm).",
    ".xlsb": "Tệp có định dạng nhị phân (.xlsb).",
}
SAVE_AGAIN = "Mở tệp bằng Excel, lưu lại dạng Excel Workbook (*.xlsx), rồi nộp lại."
TOO_COMPLEX = "Không đọc được tệp trong giới hạn về thời gian và bộ nhớ. Chép bảng sang tệp biểu mẫu mới, rồi nộp lại."


class Page(NamedTuple):
    """A sheet as the child gives it: its lines that hold anything."""

    title: str
    is_hidden: bool
    lines: list[Row]
    merged: list[Corners]


class Refused(Exception):
    """The file cannot be used at all; `reason` is a Vietnamese sentence: what is wrong and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_workbook(data: bytes, filename: str) -> Reading:
    """Read a file of one of the SUFFIXES in a child process with limits. Raises Refused with a sentence to show."""
    return understand_workbook(read_pages(data, filename))


def read_pages(data: bytes, filename: str) -> list[Page]:
    """The sheets of a file as they stand, before a table is looked for. Raises Refused with a sentence to show."""
    if not data:
        raise Refused("Tệp rỗng. Chọn lại tệp đã điền, rồi nộp lại.")
    if len(data) > MAX_FILE_BYTES:
        raise Refused("Tệp lớn hơn 5 MB. Xóa hình ảnh và các trang không cần, lưu lại, rồi nộp lại.")
    suffix = PurePath(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refused(f"{WRONG_SUFFIX.get(suffix, 'Tệp không phải bảng tính Excel (.xlsx).')} {SAVE_AGAIN}")
    return pages_of(ask_child(data, suffix))


def ask_child(data: bytes, suffix: str) -> bytes:
    """What the child that reads a file answered. Raises Refused if it did not end well."""
    return run_child(START, str(CHILD), suffix, question=data, refusal=TOO_COMPLEX)


def run_child(code: str, *arguments: str, question: bytes, refusal: str) -> bytes:
    """What a child answered that runs `code` with our folder and the arguments. Raises Refused(refusal) if it did not
    end well: killed, out of time, out of bounds.

    The answer goes through an unlinked temporary file, so that the kernel's limit on file size caps it and no reader
    has to keep up with the child. The child gets no environment, hence no secret of ours.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answer:
        asked.write(question)
        asked.seek(0)
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and code, no shell
                [sys.executable, "-I", "-B", "-c", code, str(ROOT), *arguments],
                stdin=asked,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Refused(refusal) from None
        if done.returncode != 0 or os.fstat(answer.fileno()).st_size > MAX_ANSWER_BYTES:
            raise Refused(refusal)
        answer.seek(0)
        return answer.read()


def pages_of(answer: bytes) -> list[Page]:
    """The sheets in the child's answer. Raises Refused with its reason, or because the answer has another form."""
    try:
        said = json.loads(answer)
        reason = said.get("refused")
        pages = [
            Page(
                sheet["title"],
                sheet["hidden"],
                [row_from_json(row) for row in sheet["rows"]],
                [Corners(*corners) for corners in sheet["merged"]],
            )
            for sheet in ([] if reason else said["sheets"])
        ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise Refused(TOO_COMPLEX) from None
    if reason:
        raise Refused(str(reason))
    return pages


def understand_workbook(pages: list[Page]) -> Reading:
    """The pages as tables: header, columns, units; the hidden mark apart from them."""
    mark = next((understand_mark(page.lines) for page in pages if page.title == MARK_SHEET), None)
    sheets = [
        understand_sheet(page.title, page.is_hidden, page.lines, page.merged)
        for page in pages
        if page.title != MARK_SHEET and not is_documents(page.title)
    ]
    documents = next((understand_documents(*page[:3]) for page in pages if is_documents(page.title)), None)
    return Reading(mark, tuple(sheets), documents)


def understand_mark(lines: list[Row]) -> Mark | None:
    """The mark that `template.write_mark` wrote, or None if the sheet says something else."""
    said: dict[str, str] = {}
    indicators: dict[str, str] = {}
    for line in lines:
        key, first, second = (line.cells[at].text if at in line.cells else "" for at in (1, 2, 3))
        if key == "sheet":
            indicators[first] = second
        else:
            said[key] = first
    if not {"template", "period", "scope"} <= said.keys():
        return None
    return Mark(said["template"], said["period"], said["scope"], indicators)
