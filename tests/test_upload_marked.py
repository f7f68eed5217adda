"""Tệp đã đánh dấu: the officer's own file with its wrong cells filled, noted and listed, and what they mend of it."""

import io

import openpyxl
import openpyxl.chart
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from communes.models import User
from criteria.models import Upload
from criteria.workbooks.marking import mark_workbook, marked_name
from criteria.workbooks.marking_child import PREFIX, WRONG
from criteria.workbooks.reading import Refused, read_workbook
from tests.cases import LETTER
from tests.upload_books import SHEETS, Filling, received, resaved
from tests.workbook_files import HEADER, SOFFICE, saved, table

FILL = WRONG.fgColor.rgb
SHEET = "19.2"


def mark(cell: str | None, message: str = "sai", value: str = "đạt?", sheet: str = SHEET) -> dict[str, str | None]:
    return {"sheet": sheet, "cell": cell, "column": "Nội dung 1", "value": value, "message": message}


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def marked_cells(book: openpyxl.Workbook) -> set[tuple[str, str]]:
    """The cells that are filled and noted."""
    return {
        (sheet.title, cell.coordinate)
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == FILL and PREFIX in cell.comment.text
    }


def own_book() -> openpyxl.Workbook:
    """A district's own workbook, with everything that must stay."""
    book = opened(table([HEADER, (1, "23905", "Ia Băng", "đạt?", "Đạt"), (2, "23908", "Ia Púch", "Đạt", "x")]))
    sheet = book[SHEET]
    sheet["D2"].font, sheet["D2"].fill = Font(bold=True, color="FF00FF00"), PatternFill("solid", fgColor="FFEEEEEE")
    sheet["D2"].number_format = "@"
    sheet["D2"].comment = Comment("Hỏi lại xã", "Bảo")
    sheet["F2"] = "=SUM(A2:A3)"
    sheet.merge_cells("G1:H1")
    validation = DataValidation(type="list", formula1='"Đạt,Chưa đạt"')
    validation.add("D2:E9")
    sheet.add_data_validation(validation)
    sheet.freeze_panes = "D2"
    book.create_sheet("Ghi chú riêng")["A1"] = "của huyện"
    return book


def test_wrong_cells_are_filled_noted_and_listed_and_all_else_stays() -> None:
    content = mark_workbook(saved(own_book()), "bieu.xlsx", [mark("D2", "một"), mark("D2", "hai"), mark("E3", "ba")])

    book = opened(content)
    sheet, errors = book[SHEET], book["Lỗi"]
    assert marked_cells(book) == {(SHEET, "D2"), (SHEET, "E3")}
    assert sheet["D2"].comment.text == f"{PREFIX}một\nhai\n\nHỏi lại xã"
    assert (sheet["D2"].font.b, sheet["D2"].number_format, sheet["D2"].value) == (True, "@", "đạt?")
    assert sheet["F2"].value == "=SUM(A2:A3)"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["G1:H1"]
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == ["D2:E9"]
    assert sheet.freeze_panes == "D2"
    assert book["Ghi chú riêng"]["A1"].value == "của huyện"
    assert errors["A1"].value == "Các lỗi cần sửa (3)"
    assert [errors.cell(5, column).value for column in range(1, 6)] == [SHEET, "D2", "Nội dung 1", "đạt?", "một"]
    assert errors["B7"].hyperlink.location == f"'{SHEET}'!E3"


def test_marks_of_an_earlier_time_come_off_and_the_cell_is_as_it_was() -> None:
    first = mark_workbook(saved(own_book()), "bieu.xlsx", [mark("D2"), mark("E3")])

    book = opened(mark_workbook(first, "bieu-loi.xlsx", [mark("E3", "vẫn sai")]))

    assert marked_cells(book) == {(SHEET, "E3")}
    assert (book[SHEET]["D2"].fill.fgColor.rgb, book[SHEET]["D2"].comment.text) == ("FFEEEEEE", "Hỏi lại xã")
    assert book.sheetnames == ["Lỗi", SHEET, "Ghi chú riêng"]
    assert book[SHEET]["E3"].comment.text == f"{PREFIX}vẫn sai"


def test_what_begins_like_a_formula_stays_text() -> None:
    evil = '=HYPERLINK("http://x","y")'
    content = mark_workbook(saved(own_book()), "bieu.xlsx", [mark("D2", evil, evil), mark("E3", "+1", "@SUM(1)")])

    errors = opened(content)["Lỗi"]
    for address in ("D5", "E5", "D6", "E6"):
        assert errors[address].data_type == "s", address
    assert errors["D5"].value == evil


def test_a_file_that_is_no_xlsx_comes_back_as_one() -> None:
    rows = ("Mã đơn vị;Tên xã;Nội dung 1", "23905;Ia Băng;đạt?", "23908;=1+1;Đạt")
    content = "\n".join(rows).encode()
    title = read_workbook(content, "bieu.csv").sheets[0].title

    book = opened(mark_workbook(content, "bieu.csv", [mark("C2", sheet=title)]))

    (address,) = marked_cells(book)
    sheet = book[address[0]]
    assert (sheet[address[1]].value, sheet["B3"].value, sheet["B3"].data_type) == ("đạt?", "=1+1", "s")
    assert "bản chép giá trị" in book["Lỗi"]["A2"].value
    assert marked_name("bieu.csv") == marked_name("bieu-loi.xlsx") == "bieu-loi.xlsx"


def test_a_sheet_of_the_officer_that_is_called_so_stays() -> None:
    own = own_book()
    own.create_sheet("Lỗi")["A1"] = "của tôi"

    book = opened(mark_workbook(saved(own), "bieu.xlsx", [mark("D2")]))

    assert book["Lỗi"]["A1"].value == "của tôi"
    assert book["Lỗi 2"]["A1"].value == "Các lỗi cần sửa (1)"


def test_merged_cells_and_whole_sheets_are_marked_where_they_show() -> None:
    own = own_book()
    own[SHEET].merge_cells("D5:E6")

    book = opened(mark_workbook(saved(own), "bieu.xlsx", [mark("D5:E6"), mark(None), mark("A1", sheet="Không có")]))

    assert marked_cells(book) == {(SHEET, "D5")}
    assert book["Lỗi"]["B6"].hyperlink.location == f"'{SHEET}'!A1"


def test_what_will_be_lost_is_said_in_the_file() -> None:
    from_library = own_book()
    chart = openpyxl.chart.BarChart()
    from_library[SHEET].add_chart(chart, "J2")

    said = opened(mark_workbook(saved(from_library), "bieu.xlsx", [mark("D2")]))["Lỗi"]["A2"].value

    assert "Không giữ được: hình vẽ, khung chữ" in said


def test_a_crafted_file_is_refused_and_not_opened() -> None:
    with pytest.raises(Refused):
        mark_workbook(b"PK\x03\x04" + bytes(200), "bieu.xlsx", [mark("D2")])


@pytest.mark.skipif(SOFFICE is None, reason="no soffice: apt-get install libreoffice-calc")
def test_libreoffice_keeps_the_marks_and_they_come_off_after_it() -> None:
    content = resaved(mark_workbook(saved(own_book()), "bieu.xlsx", [mark("D2"), mark("E3")]), SOFFICE)

    assert marked_cells(opened(content)) == {(SHEET, "D2"), (SHEET, "E3")}
    assert opened(content)["Lỗi"]["B5"].hyperlink is not None
    again = opened(mark_workbook(content, "bieu.xlsx", [mark("E3")]))
    assert marked_cells(again) == {(SHEET, "E3")}
    assert again[SHEET]["D2"].fill.fgColor.rgb == "FFEEEEEE"


# --- the pages -------------------------------------------------------------------------------------------


def download(client: Client, upload: Upload) -> bytes:
    response = client.get(reverse("upload_marked", args=[upload.pk]))
    assert response.status_code == 200
    assert response["Content-Disposition"] == 'attachment; filename="bieu-loi.xlsx"'
    return response.content


@pytest.mark.django_db
def test_the_mended_file_continues_the_upload_and_shows_what_is_left(client: Client, bao: User) -> None:
    book = Filling().all_met()
    wrong = {book.say("23905", 1, "đạt?"), book.say("23908", 2, "7/8"), book.say("23911", 3, "Không rõ")}
    upload = received(client, bao, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()
    assert f"?period=2024&amp;after={upload.pk}" in page
    assert "Hình vẽ, khung chữ" in page

    sheet = SHEETS["xa-ntm-19.2"]
    content = download(client, upload)
    assert marked_cells(opened(content)) == {(sheet, cell) for cell in wrong}

    mending = Filling(content)
    mending.say("23905", 1, "Đạt")
    mending.say("23908", 2, "Đạt")
    assert f'value="{upload.pk}"' in client.get(f"/uploads/?period=2024&after={upload.pk}").content.decode()
    second = received(client, bao, mending.content(), after=str(upload.pk))
    page = client.get(second.get_absolute_url()).content.decode()
    assert second.follows == upload
    assert "Lần nộp trước có 3 lỗi, tệp này còn 1 lỗi." in page
    assert "Trang “Lỗi”" not in page

    last = Filling(download(client, second))
    last.say("23911", 3, "Đạt")
    third = received(client, bao, last.content(), after=str(second.pk))
    assert (third.outcome["errors"], third.outcome["new"]) == (0, 19)
    assert (
        "không có lỗi để đánh dấu"
        in client.get(reverse("upload_marked", args=[third.pk]), follow=True).content.decode()
    )


@pytest.mark.django_db
def test_another_person_s_upload_is_not_continued(client: Client, bao: User, binh: User) -> None:
    book = Filling().all_met()
    book.say("23905", 1, "đạt?")
    upload = received(client, bao, book.content())
    client.force_login(binh)

    assert client.get(reverse("upload_marked", args=[upload.pk])).status_code == 404
    assert str(upload.pk) not in client.get(f"/uploads/?period=2024&after={upload.pk}").content.decode()


@pytest.mark.django_db
def test_the_letter_stands_when_the_province_sends_the_mended_file(client: Client, chi: User) -> None:
    book = Filling().all_met()
    book.say("23905", 1, "đạt?")
    upload = received(client, chi, book.content(), letter_number=LETTER.number, letter_on="10/01/2025")

    page = client.get(f"/uploads/?period=2024&after={upload.pk}").content.decode()

    assert f'value="{LETTER.number}"' in page
    assert 'value="10/01/2025"' in page
