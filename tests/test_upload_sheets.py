"""Workbooks that were sorted, merged, renamed or thinned out: read right, or refused with place and way out."""

import html

import pytest
from django.test import Client

from communes.models import User
from criteria.models import Upload
from tests.cases import BASIC
from tests.upload_books import Filling, made, received
from tests.workbook_files import table

pytestmark = pytest.mark.django_db

WORDING_ROW = 8


@pytest.fixture
def book(bao: User) -> Filling:
    return Filling(made(indicator=[BASIC])).all_met()


def check(client: Client, user: User, content: bytes) -> tuple[Upload, str]:
    """Hand in the file; return what was kept and the text of the check."""
    upload = received(client, user, content)
    return upload, html.unescape(client.get(upload.get_absolute_url()).content.decode())


def sort(book: Filling, first: int, *, by: int, to: int | None = None) -> None:
    """Sort whole rows as Excel does: digits before letters, blanks last."""
    last = to or book.sheet.max_row
    rows = [[cell.value for cell in row] for row in book.sheet.iter_rows(first, last)]
    rows.sort(key=lambda row: (row[by - 1] is None, not isinstance(row[by - 1], int), str(row[by - 1])))
    for at, row in enumerate(rows, first):
        for column, value in enumerate(row, 1):
            book.sheet.cell(at, column).value = value


@pytest.mark.parametrize("column", ["Mã đơn vị", "Tên xã", "Nội dung 4"])
def test_the_wording_sorted_among_the_units_is_read_over(client: Client, bao: User, book: Filling, column: str) -> None:
    book.say("23905", 4, "Chưa đạt")
    book.sheet.cell(book.rows["23905"], book.columns["Tên xã"]).value = "Xã Ia Băng"
    sort(book, WORDING_ROW, by=book.columns[column])
    upload, page = check(client, bao, book.content())

    assert (upload.outcome["new"], upload.outcome["errors"], upload.outcome["absent"]) == (19, 0, 0)
    assert "chưa đạt: 4" in page


def test_a_header_sorted_below_the_units_is_refused_with_its_line(client: Client, bao: User, book: Filling) -> None:
    sort(book, book.header, by=book.columns["Mã đơn vị"])
    upload, page = check(client, bao, book.content())

    assert "Dòng tiêu đề (dòng 27) đứng dưới các dòng đơn vị (dòng 8, 9, 10 và 16 dòng khác)" in page
    assert upload.outcome["rows"] == 0


def test_one_column_sorted_alone_is_refused_where_the_wording_went(client: Client, bao: User, book: Filling) -> None:
    column = book.columns["Nội dung 1"]
    wording = book.sheet.cell(WORDING_ROW, column).value
    book.sheet.cell(WORDING_ROW, column).value = "Đạt"
    book.sheet.cell(20, column).value = wording
    upload, page = check(client, bao, book.content())

    assert upload.outcome["errors"] == 1 + 8  # the cell, and the line of wording with a result in it
    assert f"{book.sheet.cell(20, column).coordinate}</strong>" in page
    assert '"Nội dung đánh giá" không có trong huyện' in page


def test_a_filled_sheet_of_unknown_name_is_an_error(client: Client, bao: User, book: Filling) -> None:
    book.sheet.title = "Sheet1"
    for line in range(1, book.header):  # what says the indicator is gone as well
        book.sheet.cell(line, 1).value = None
    upload, page = check(client, bao, book.content())

    assert "Sheet1" in page
    assert "Trang có kết quả nhưng không rõ là của chỉ tiêu nào" in page
    assert "“19.2 Xã NTM”" in page
    assert upload.outcome["errors"] == 1


def test_a_renamed_sheet_that_says_its_indicator_is_read(client: Client, bao: User, book: Filling) -> None:
    book.sheet.title = "Xã"
    upload, page = check(client, bao, book.content())

    assert upload.outcome["new"] == 19
    assert "Tệp không còn trang" not in page


def test_other_sheets_are_named_as_not_read(client: Client, bao: User, book: Filling) -> None:
    book.book.create_sheet("Ghi chép")["A1"] = "Đã rà soát"
    book.book.create_sheet("Danh mục").append(["Đạt"])
    book.book.create_sheet("Trống")
    upload, page = check(client, bao, book.content())

    assert upload.outcome["errors"] == 0
    assert "Trang “Ghi chép” không có kết quả của chỉ tiêu nào, không đọc" in page
    assert "Trang “Danh mục” không có" in page
    assert "“Trống”" not in page
    assert "Trang “Hướng dẫn”" not in page


def test_a_table_without_header_on_an_unknown_sheet_is_an_error(client: Client, bao: User, book: Filling) -> None:
    book.book.create_sheet("Sheet2").append(["23905", "Ia Băng", "Đạt", "Đạt"])
    upload, page = check(client, bao, book.content())

    assert upload.outcome["rows"] == 0
    assert "Trang có kết quả nhưng không rõ" in page


def test_a_sheet_missing_from_the_form_is_said(client: Client, bao: User) -> None:
    book = Filling().all_met()
    del book.book["9.4 Huyện NTM"]
    upload, page = check(client, bao, book.content())

    assert upload.outcome["errors"] == 0
    assert "Tệp không còn trang “9.4 Huyện NTM” của biểu" in page
    assert "Tệp không còn trang “19.2" not in page


def test_a_block_of_merged_results_is_refused_with_its_address(client: Client, bao: User, book: Filling) -> None:
    column = book.sheet.cell(1, book.columns["Nội dung 2"]).column_letter
    book.sheet.merge_cells(f"{column}10:{column}14")
    upload, page = check(client, bao, book.content())

    assert upload.outcome["errors"] == 1
    assert f"{column}10:{column}14</strong>" in page
    assert "Các ô này đã gộp, chưa rõ kết quả của từng đơn vị" in page


def test_a_table_of_ones_own_misses_no_sheet(client: Client, bao: User) -> None:
    header = ("TT", "Mã xã", "Tên xã", *(f"Nội dung {number}" for number in range(1, 9)))
    content = table([header, (1, "23905", "Xã Ia Băng", *["Đạt"] * 8)], title="19.2 Xã NTM")
    assert "Tệp không còn trang" not in check(client, bao, content)[1]
