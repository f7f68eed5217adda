"""Which files are taken as evidence: by extension and by what they really are; photographs become one small PDF."""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import uuid
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile

MAX_FILE_BYTES = 10 * 2**20
MAX_PHOTOS = 20
PDF = "application/pdf"
SHRINKING = Path(__file__).with_name("shrinking.py")
REFUSED = 2  # how the child ends when it gives a reason
WALL_SECONDS = 40

MAX_ENTRIES, MAX_UNZIPPED, MAX_CONTENT_TYPES = 2_000, 200 * 2**20, 2**20
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
OFFICE = "application/vnd.openxmlformats-officedocument."
TAKEN = "Nhận tệp PDF, JPG, PNG, HEIC, DOCX, XLSX."
CHANGED_NAME = (
    "Tệp {name} không phải {label}: nội dung không đúng với đuôi tên tệp. Lưu lại đúng định dạng, rồi đính kèm."
)
USUAL_REFUSALS = {
    ".doc": "Tệp Word 97-2003 (.doc) chưa được nhận. Lưu lại dạng .docx hoặc PDF, rồi đính kèm.",
    ".xls": "Tệp Excel 97-2003 (.xls) chưa được nhận. Lưu lại dạng .xlsx hoặc PDF, rồi đính kèm.",
    ".docm": "Tệp có thể chứa macro (.docm). Lưu lại dạng .docx hoặc PDF, rồi đính kèm.",
    ".xlsm": "Tệp có thể chứa macro (.xlsm). Lưu lại dạng .xlsx hoặc PDF, rồi đính kèm.",
}
TOO_MUCH = "Không đọc được ảnh trong giới hạn về thời gian và bộ nhớ. Gửi ít ảnh hơn hoặc giảm kích thước ảnh."


class FileRefused(Exception):
    """The file is not taken; the message is a Vietnamese sentence: what is wrong and what to do."""


@dataclass(frozen=True)
class Prepared:
    """A file as it will be stored."""

    filename: str
    content: bytes
    content_type: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Format:
    """One accepted kind of file; `is_really` tells from its bytes."""

    label: str
    content_type: str
    is_really: Callable[[bytes], bool]
    is_photo: bool = False


def prepare(files: Sequence[UploadedFile]) -> Prepared | None:
    """Return what is to be stored: the document as it came, or all photographs as one PDF; None without a file.

    Raises FileRefused.
    """
    if not files:
        return None
    formats = [_format_of(file) for file in files]
    if all(one.is_photo for one in formats):
        if len(files) > MAX_PHOTOS:
            raise FileRefused(f"Mỗi lần đính kèm không quá {MAX_PHOTOS} ảnh.")
        contents = [_checked_bytes(file, one) for file, one in zip(files, formats, strict=True)]
        return Prepared(_pdf_name(files), shrunk(list(zip(map(_suffix, files), contents, strict=True))), PDF)
    if len(files) > 1:
        raise FileRefused("Chọn một văn bản mỗi lần; chỉ ảnh được chọn nhiều tệp cùng lúc.")
    content = _checked_bytes(files[0], formats[0])
    return Prepared(f"{_stem(files[0])}{_suffix(files[0])}", content, formats[0].content_type)


def store(row: Any, file: Prepared) -> str:
    """Write the file into the private folder under a name that tells nothing, and return that name.

    `row` holds it (Evidence, SignedCopy) and learns name, size and hash; saving the row is the caller's.
    """
    name = uuid.uuid4()
    path = f"{name.hex[:2]}/{name}{PurePath(file.filename).suffix.lower()}"
    row.file.save(path, ContentFile(file.content), save=False)
    row.filename, row.size = file.filename, len(file.content)
    row.sha256, row.content_type = file.sha256, file.content_type
    return row.file.name or ""


def shrunk(photos: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the photographs (extension, bytes) as one PDF, made in a child process with limits."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as answer:
        paths = []
        for number, (suffix, content) in enumerate(photos):
            path = Path(folder, f"{number}{suffix}")
            path.write_bytes(content)
            paths.append(str(path))
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and script, no shell
                [sys.executable, "-I", "-B", str(SHRINKING), *paths],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={},
                timeout=WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileRefused(TOO_MUCH) from None
        answer.seek(0, os.SEEK_SET)
        said = answer.read()
    if done.returncode == REFUSED and said:
        raise FileRefused(said.decode("utf-8", "replace"))
    if done.returncode or not said.startswith(b"%PDF-"):
        raise FileRefused(TOO_MUCH)
    return said


def _suffix(file: UploadedFile) -> str:
    return PurePath(file.name or "").suffix.lower()


def _stem(file: UploadedFile) -> str:
    return PurePath(file.name or "").stem[:150]


def _pdf_name(files: Sequence[UploadedFile]) -> str:
    """ "Anh cong truong.pdf"; of several "Anh cong truong (3 ảnh).pdf"."""
    return f"{_stem(files[0])}.pdf" if len(files) == 1 else f"{_stem(files[0])} ({len(files)} ảnh).pdf"


def _format_of(file: UploadedFile) -> Format:
    suffix = _suffix(file)
    if suffix not in FORMATS:
        raise FileRefused(USUAL_REFUSALS.get(suffix, f"Tệp {file.name} không thuộc loại được nhận. {TAKEN}"))
    return FORMATS[suffix]


def _checked_bytes(file: UploadedFile, wanted: Format) -> bytes:
    if not file.size:
        raise FileRefused(f"Tệp {file.name} rỗng. Chọn lại tệp, rồi đính kèm.")
    if file.size > MAX_FILE_BYTES:
        raise FileRefused(f"Tệp {file.name} lớn hơn 10 MB. Giảm dung lượng, rồi đính kèm.")
    content = file.read()
    if not wanted.is_really(content):
        raise FileRefused(CHANGED_NAME.format(name=file.name, label=wanted.label))
    return content


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]


def _is_jpg(content: bytes) -> bool:
    return content.startswith(b"\xff\xd8\xff")


def _is_png(content: bytes) -> bool:
    return content.startswith(b"\x89PNG\r\n\x1a\n")


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS


def _is_docx(content: bytes) -> bool:
    return _is_office(content, "wordprocessingml.document", "word/document.xml")


def _is_xlsx(content: bytes) -> bool:
    return _is_office(content, "spreadsheetml.sheet", "xl/workbook.xml")


def _is_office(content: bytes, kind: str, main_part: str) -> bool:
    """Whether the bytes are a zip of this kind of document, of honest size, without macros. Raises FileRefused."""
    if content.startswith(OLE_SIGNATURE):
        raise FileRefused("Tệp có mật khẩu hoặc có định dạng Office 97-2003. Bỏ mật khẩu, lưu lại, rồi đính kèm.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
        names = {info.filename for info in infos}
        if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_UNZIPPED:
            raise FileRefused("Tệp nén bất thường, giải nén ra quá lớn. Lưu lại dạng PDF, rồi đính kèm.")
        if not {"[Content_Types].xml", main_part} <= names:
            return False
        with archive.open("[Content_Types].xml") as part:
            types = part.read(MAX_CONTENT_TYPES)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError):
        return False
    if b"macroEnabled" in types or any("vbaproject" in name.lower() for name in names):
        raise FileRefused("Tệp có macro. Lưu lại dạng không có macro (.docx, .xlsx) hoặc PDF, rồi đính kèm.")
    return f"{OFFICE}{kind}.main+xml".encode() in types


FORMATS: dict[str, Format] = {
    ".pdf": Format("tệp PDF", PDF, _is_pdf),
    ".jpg": Format("ảnh JPG", "image/jpeg", _is_jpg, is_photo=True),
    ".jpeg": Format("ảnh JPG", "image/jpeg", _is_jpg, is_photo=True),
    ".png": Format("ảnh PNG", "image/png", _is_png, is_photo=True),
    ".heic": Format("ảnh HEIC", "image/heic", _is_heic, is_photo=True),
    ".docx": Format("văn bản Word (.docx)", f"{OFFICE}wordprocessingml.document", _is_docx),
    ".xlsx": Format("bảng tính Excel (.xlsx)", f"{OFFICE}spreadsheetml.sheet", _is_xlsx),
}
