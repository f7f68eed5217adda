"""The officer's own workbook back, its errors marked. The file is opened only in a child process with limits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from criteria.workbooks.reading import Refused, run_child

# Isolated Python knows neither the environment nor the current folder: it is told where our code is.
START = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from criteria.workbooks.marking_child import main; sys.exit(main(sys.argv[2]))"
)
ERRORS_SHEET = "Lỗi"
NOT_MARKED = "Không đánh dấu được lỗi trong tệp này. Xem danh sách lỗi trên trang, sửa tệp, rồi nộp lại."


def mark_workbook(data: bytes, filename: str, marks: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the file as .xlsx with each error filled, noted and listed. Raises Refused with a sentence to show.

    A mark has "sheet", "cell" (None: not one cell), "column", "value" and "message".
    """
    suffix = PurePath(filename).suffix.lower()
    question = json.dumps(list(marks)).encode() + b"\n" + data
    written = run_child(START, suffix, question=question, refusal=NOT_MARKED)
    if not written.startswith(b"PK"):
        raise Refused(NOT_MARKED)
    return written


def marked_name(filename: str) -> str:
    """ "bieu.xls" marked is "bieu-loi.xlsx"."""
    return f"{PurePath(filename).stem.removesuffix('-loi')}-loi.xlsx"
