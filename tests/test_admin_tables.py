"""Tables of the admin in .xlsx: every row is read, no formula leaves."""

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
import tablib
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.test import RequestFactory
from import_export.admin import ImportExportModelAdmin

from communes.models import User
from ntm_portal.tables import Workbook


def book(*rows: tuple) -> bytes:
    made, data = openpyxl.Workbook(), BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(data)
    return data.getvalue()


def with_dimension(data: bytes, dimension: str) -> bytes:
    """The same workbook, its sheet declaring another size."""
    changed = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(
                name, re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{dimension}"'.encode(), old.read(name))
            )
    return changed.getvalue()


def test_rows_below_the_declared_size_are_read() -> None:
    data = with_dimension(book(("Mã", "Tên"), ("1", "Một"), ("2", "Hai"), ("3", "Ba")), "A1:B2")

    assert Workbook().create_dataset(data).dict[-1] == {"Mã": "3", "Tên": "Ba"}


def test_blank_columns_are_left_out_and_blank_rows_kept_so_that_a_row_knows_its_line() -> None:
    dataset = Workbook().create_dataset(
        book(("Mã", "Tên", None), ("1", None, None), (None, None, None), ("2", "Hai", None))
    )

    assert dataset.headers == ["Mã", "Tên"]
    assert dataset[1] == (None, None)
    assert dataset[2] == ("2", "Hai")


def test_an_empty_sheet_is_refused() -> None:
    with pytest.raises(ValueError, match="hàng tiêu đề"):
        Workbook().create_dataset(book())


def test_a_foreign_file_is_opened_in_the_child_and_refused_in_words() -> None:
    with pytest.raises(ValueError, match="Tệp hỏng"):
        Workbook().create_dataset(b"PK\x03\x04 not a workbook")


def test_no_formula_leaves() -> None:
    dataset = tablib.Dataset(('=HYPERLINK("https://x.example")', "+1", "@SUM(A1)"), headers=["a", "b", "c"])
    sheet = openpyxl.load_workbook(BytesIO(Workbook().export_data(dataset))).active

    assert [cell.data_type for row in sheet.iter_rows() for cell in row] == ["s"] * 6


def test_only_an_administrator_imports(rf: RequestFactory, chi: User, quang: User) -> None:
    chi.user_permissions.set(Permission.objects.all())
    door, request = ImportExportModelAdmin(User, site), rf.get("/")

    request.user = chi
    assert not door.has_import_permission(request)
    assert door.has_export_permission(request)
    request.user = quang
    assert door.has_import_permission(request)


def test_the_admin_offers_one_format() -> None:
    door = ImportExportModelAdmin(User, site)

    assert door.get_import_formats() == door.get_export_formats() == [Workbook]
