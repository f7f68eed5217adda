"""The zip that an .xlsx or .ods is: refused before anything is unpacked where it is no honest one."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from typing import IO

from criteria.workbooks.formats.bounds import (
    INFLATED,
    MAX_ENTRIES,
    MAX_RATIO,
    MAX_SMALL_PART,
    MAX_UNZIPPED,
    PASSWORD,
    SAVE_AGAIN,
    Bad,
)

ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")
ENCODINGS = {b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii"}


def opened(data: bytes, *, must_hold: set[str], large: tuple[str, ...], kind: str) -> zipfile.ZipFile:
    """The archive, if its list of members is honest. Raises Bad; zipfile's own errors mean a broken file.

    `must_hold` are the members without which it is no `kind`, `large` the beginnings of those that may be large.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    infos = archive.infolist()
    names = {info.filename for info in infos}
    if len(infos) > MAX_ENTRIES or len(names) != len(infos):
        raise Bad("Tệp có cấu trúc bất thường. " + SAVE_AGAIN)
    if not must_hold <= names:
        raise Bad(f"Tệp không phải bảng tính {kind}. {SAVE_AGAIN}")
    if any(info.flag_bits & 1 for info in infos):
        raise Bad(PASSWORD)
    check_sizes(infos, large)
    return archive


def check_sizes(infos: Iterable[zipfile.ZipInfo], large: tuple[str, ...]) -> None:
    """Refuse by the sizes that the archive declares; one that lies fails its checksum when it is read."""
    total = 0
    for info in infos:
        total += info.file_size
        if info.file_size > MAX_SMALL_PART and not info.filename.startswith(large):
            raise Bad("Tệp có thành phần lớn bất thường. " + SAVE_AGAIN)
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise Bad(INFLATED)
    if total > MAX_UNZIPPED:
        raise Bad(INFLATED)


def check_parts(archive: zipfile.ZipFile, names: Iterable[str]) -> None:
    """Refuse where one of these parts declares a document type."""
    for name in names:
        with archive.open(name) as part:
            check_part(part)


def check_part(part: IO[bytes]) -> None:
    """Refuse a part that declares a document type anywhere, or an encoding in which that could hide."""
    tail = b""
    is_first = True
    while block := part.read(2**20):
        plain = block.replace(b"\x00", b"")
        declared = ENCODING.search(plain[:200]) if is_first and b"<?xml" in plain[:10] else None
        if declared and declared.group(1).lower() not in ENCODINGS:
            raise Bad("Tệp dùng bảng mã không được hỗ trợ. " + SAVE_AGAIN)
        if b"<!DOCTYPE" in tail + plain:
            raise Bad("Tệp chứa khai báo không an toàn (DOCTYPE). " + SAVE_AGAIN)
        tail, is_first = plain[-16:], False
