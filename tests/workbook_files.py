"""Workbooks that tests hand to the reader: honest ones from openpyxl, crafted ones from parts."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEADER = ("STT", "Mã đơn vị", "Tên xã", "Nội dung 1", "Nội dung 2")
SOFFICE = shutil.which("soffice")


def table(rows: Iterable[Iterable[Any]], title: str = "19.2") -> bytes:
    """A one-sheet .xlsx with these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A good workbook in which one part is replaced or added."""
    return zipped(parts_of(table([HEADER, (1, "23905", "Ia Băng", "Đạt", "Đạt")])) | {name: content})


def with_sheet(rows: str, before: str = "") -> bytes:
    """A workbook whose only sheet has this XML inside <sheetData>."""
    xml = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'
    return with_part("xl/worksheets/sheet1.xml", xml.encode())


def text_cell(address: str, text: str) -> str:
    return f'<c r="{address}" t="inlineStr"><is><t>{text}</t></is></c>'


def resaved(data: bytes, folder: Path) -> bytes:
    """The same workbook after LibreOffice opened and saved it."""
    (folder / "out").mkdir()
    source = folder / "book.xlsx"
    source.write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(folder / "out"), str(source)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / "book.xlsx").read_bytes()
