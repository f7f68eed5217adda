"""Workbooks as officers send them: made by make_workbook, filled with openpyxl, re-saved by LibreOffice."""

import io
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client

from communes.models import User
from criteria.models import Assessment, ConditionResult, Entry, Revision, Upload
from tests.cases import BASIC
from tests.workbook_files import saved

SHEETS = {BASIC: "19.2 Xã NTM", "xa-ntmnc-19.2": "19.2 Xã NTM nâng cao", "huyen-ntm-9.4": "9.4 Huyện NTM"}
CODE_COLUMN, NAME_COLUMN = 2, 3


def made(period: str = "2024", district: str = "632", **more: Any) -> bytes:
    """The bytes that make_workbook writes; `province="64"` instead of a district."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bieu.xlsx"
        scope = {} if "province" in more else {"district": district}
        call_command("make_workbook", period=period, output=path, stdout=io.StringIO(), **scope, **more)
        return path.read_bytes()


class Filling:
    """A workbook being filled, one sheet of it at a time."""

    def __init__(self, content: bytes | None = None, indicator: str = BASIC) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(made() if content is None else content))
        self.sheet = self.book[SHEETS[indicator]]
        cells = [cell for row in self.sheet.iter_rows(max_row=20) for cell in row]
        self.header = next(cell.row for cell in cells if cell.value == "Mã đơn vị")
        self.columns = {cell.value: cell.column for cell in self.sheet[self.header]}
        self.conditions = [column for name, column in self.columns.items() if str(name).startswith("Nội dung ")]

    @property
    def rows(self) -> dict[str, int]:
        """The line of each unit by its code."""
        codes = {row: self.sheet.cell(row, CODE_COLUMN).value for row in range(self.header + 1, self.sheet.max_row + 1)}
        return {str(code): row for row, code in codes.items() if code and str(code).isdigit()}

    def all_met(self, codes: Iterable[str] | None = None) -> "Filling":
        for code in self.rows if codes is None else codes:
            for column in self.conditions:
                self.sheet.cell(self.rows[code], column).value = "Đạt"
        return self

    def say(self, code: str, number: int, value: Any) -> str:
        """Write a value for a unit's condition and return the address of the cell."""
        cell = self.sheet.cell(self.rows[code], self.columns[f"Nội dung {number}"])
        cell.value = value
        return cell.coordinate

    def rename(self, code: str, new_code: Any, name: Any = None) -> str:
        cell = self.sheet.cell(self.rows[code], CODE_COLUMN)
        cell.value = new_code
        if name is not None:
            self.sheet.cell(cell.row, NAME_COLUMN).value = name
        return cell.coordinate

    def add(self, code: Any, name: Any, value: Any = "Đạt") -> str:
        """Add a row at the end and return the address of its code."""
        row = self.sheet.max_row + 1
        self.sheet.cell(row, CODE_COLUMN).value, self.sheet.cell(row, NAME_COLUMN).value = code, name
        for column in self.conditions:
            self.sheet.cell(row, column).value = value
        return self.sheet.cell(row, CODE_COLUMN).coordinate

    def content(self) -> bytes:
        return saved(self.book)


def resaved(content: bytes, soffice: str) -> bytes:
    """The same workbook opened and saved by LibreOffice."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "bieu.xlsx", Path(folder) / "out"
        source.write_bytes(content)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", str(target), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return (target / "bieu.xlsx").read_bytes()


def hand_in(
    client: Client, user: User, content: bytes, *, period: str = "2024", name: str = "bieu.xlsx", **more: str
) -> HttpResponse:
    """Send the file as the page's form does."""
    client.force_login(user)
    return client.post("/uploads/", {"period": period, "file": SimpleUploadedFile(name, content), **more})


def received(client: Client, user: User, content: bytes, **more: str) -> Upload:
    """Send the file and return the upload that the page leads to."""
    response = hand_in(client, user, content, **more)
    assert response.status_code == 302, response.content.decode()
    return Upload.objects.get(pk=response["Location"].split("/")[2])


def written_rows() -> list[int]:
    """How many rows stand in the tables that an upload writes."""
    return [model.objects.count() for model in (Assessment, Revision, ConditionResult, Entry)]
