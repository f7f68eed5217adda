"""The child process that opens a foreign workbook: bytes on stdin, JSON on stdout, nothing else.

`reading.ask_child` starts it with `python -I -B`; what it imports knows neither Django nor the database. It answers
{"refused": sentence} or {"sheets": [{"title", "hidden", "rows": [[line, hidden, [[column, kind, value, text, formula
or null, encoding], …]], …], "merged": [[first column, first line, last column, last line], …]}]}.
Whoever crashes it gains nothing: the parent takes any other end as a refusal.
"""

from __future__ import annotations

import gc
import json
import re
import resource
import sys
from collections.abc import Callable
from typing import Any

from criteria.workbooks.formats.bounds import BROKEN, MAX_FILE, PASSWORD, SAVE_AGAIN, TOO_MUCH, Bad
from criteria.workbooks.formats.ods import read_ods
from criteria.workbooks.formats.separated import read_csv
from criteria.workbooks.formats.xls import read_xls
from criteria.workbooks.formats.xlsx import read_xlsx

MAX_MEMORY, MAX_CPU_SECONDS, MAX_OUTPUT = 2**30, 20, 24 * 2**20
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
KINDS = {
    ".xlsx": "bảng tính Excel (.xlsx)",
    ".xls": "bảng tính Excel 97-2003 (.xls)",
    ".ods": "bảng tính OpenDocument (.ods)",
    ".csv": "văn bản phân cách (.csv)",
}
READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    ".xlsx": read_xlsx,
    ".xls": read_xls,
    ".ods": read_ods,
    ".csv": read_csv,
}


def check_signature(data: bytes, suffix: str) -> None:
    """Refuse by the first bytes: empty, too large, password, or another format than the name says."""
    if not data:
        raise Bad("Tệp rỗng. Chọn lại tệp đã điền, rồi nộp lại.")
    if len(data) > MAX_FILE:
        raise Bad("Tệp lớn hơn 5 MB. Xóa hình ảnh và các trang không cần, lưu lại, rồi nộp lại.")
    if data.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise Bad(PASSWORD)
    found = format_of(data)
    if found == suffix or (suffix == ".csv" and not found):
        return
    if found in KINDS:
        raise Bad(f"Tên tệp ghi {suffix} nhưng nội dung là {KINDS[found]}. {SAVE_AGAIN}")
    raise Bad(f"Tệp không phải {KINDS[suffix]}. {SAVE_AGAIN}")


def format_of(data: bytes) -> str:
    """The format that the first bytes tell; "" for anything else, of which only a .csv may be made."""
    if data.startswith(OLE):
        return ".xls"
    if data.startswith(ZIP):
        return ".ods" if ODS_TYPE in data[:200] else ".xlsx"
    if data.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml") or data.startswith(b"%PDF"):
        return ".html"
    return ""


def answer(data: bytes, suffix: str) -> dict[str, Any]:
    """The sheets, or the reason for a refusal; only running out of memory or time gets past it."""
    try:
        check_signature(data, suffix)
        return {"sheets": READERS[suffix](data)}
    except Bad as bad:
        return {"refused": str(bad)}
    except MemoryError:
        return {"refused": "Tệp cần quá nhiều bộ nhớ để đọc. " + SAVE_AGAIN}
    except Exception:
        return {"refused": BROKEN}


def limit() -> None:
    """Cap memory, processor time and what may be written; no core dump."""
    for what, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MAX_OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(suffix: str) -> int:
    """Read stdin, answer on stdout. Exit 0 with an answer, anything else without one."""
    limit()
    gc.disable()  # one file, one answer: looking for cycles would cost a third of the time
    answered = answer(sys.stdin.buffer.read(MAX_FILE + 1), suffix)
    text = json.dumps(answered, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate in a crafted file cannot be written; it becomes a question mark.
    written = re.sub("[\ud800-\udfff]", "?", text).encode()
    if len(written) > MAX_OUTPUT:
        written = json.dumps({"refused": TOO_MUCH}, ensure_ascii=False).encode()
    sys.stdout.buffer.write(written)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
