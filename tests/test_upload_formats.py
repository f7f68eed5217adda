"""What a district sends in another format or in an old font is saved as if it had filled the form in .xlsx."""

import io
import zipfile

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from openpyxl.styles import Font

from communes.models import UnitVersion, User
from criteria.models import Revision, Upload
from tests.cases import BASIC
from tests.upload_books import SHEETS, Filling, hand_in, made, received

pytestmark = pytest.mark.django_db


def as_text(filled: Filling, separator: str = ";") -> bytes:
    """The sheet as Excel's "CSV UTF-8" writes it."""
    rows = ([("" if cell is None else str(cell)) for cell in row] for row in filled.sheet.values)
    quoted = (
        separator.join(f'"{cell}"' if separator in cell or "\n" in cell else cell for cell in row) for row in rows
    )
    return ("\ufeff" + "\r\n".join(quoted)).encode()


def test_a_csv_that_says_what_it_answers_is_saved(client: Client, bao: User) -> None:
    filled = Filling().all_met(["23905"])
    upload = received(client, bao, as_text(filled), name="bieu.csv")
    assert (upload.outcome["new"], upload.outcome["errors"]) == (1, 0)
    client.post(reverse("upload_apply", args=[upload.pk]))
    assert Revision.objects.get(assessment__unit__versions__code="23905", entries__upload=upload).verdict == "met"


def own_list(*rows: object) -> bytes:
    """A list of the district's own, that does not say what it answers."""
    return "".join(";".join(map(str, row)) + "\r\n" for row in (("STT", "Đơn vị", "Kết quả"), *rows)).encode()


def test_a_table_that_does_not_say_what_it_answers_is_told_by_the_officer(client: Client, bao: User) -> None:
    content = own_list((1, "Ia Băng", "Đạt"), (2, "Ia Bang", "Chưa đạt"))
    unclear = received(client, bao, content, name="danh-sach.csv")
    page = client.get(unclear.get_absolute_url()).content.decode()
    assert "không rõ là của chỉ tiêu nào" in page
    assert "Chọn “Chỉ tiêu của bảng” khi nộp" in page
    told = received(client, bao, content, name="danh-sach.csv", indicator=BASIC)
    assert [told.outcome[name] for name in ("new", "errors")] == [2, 0]


def test_our_own_form_answers_what_it_says_whatever_is_chosen(client: Client, bao: User) -> None:
    content = Filling().all_met(["23905"]).content()
    upload = received(client, bao, content, indicator="huyen-ntm-9.4")
    assert [upload.outcome[name] for name in ("new", "errors")] == [1, 0]
    client.post(reverse("upload_apply", args=[upload.pk]))
    assert Revision.objects.get(entries__upload=upload).assessment.indicator.code == BASIC


def test_an_unknown_indicator_is_refused(client: Client, bao: User) -> None:
    response = hand_in(client, bao, own_list((1, "Ia Băng", "Đạt")), name="a.csv", indicator="khong-co")
    assert response.status_code == 200
    assert not Upload.objects.exists()


def test_a_unit_named_like_a_formula_stays_text(bao: User) -> None:
    UnitVersion.objects.filter(code="23905").update(name="=1+1")
    content = made()
    sheet = openpyxl.load_workbook(io.BytesIO(content))[SHEETS[BASIC]]
    assert [cell for row in sheet.iter_rows() for cell in row if "=1+1" in str(cell.value)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in part for part in sheets)


def test_a_file_whose_name_lies_is_refused_with_the_way_out(client: Client, bao: User) -> None:
    response = hand_in(client, bao, as_text(Filling()), name="bieu.xlsx")
    assert "Tệp không phải bảng tính Excel (.xlsx)" in client.get(response["Location"]).content.decode()


def test_the_preview_says_which_cells_were_converted_from_an_old_font(client: Client, bao: User) -> None:
    filled = Filling().all_met(["23905"])
    cell = filled.sheet[filled.say("23905", 1, "§¹t")]
    cell.font = Font(name=".VnTime")
    upload = received(client, bao, filled.content())
    page = client.get(upload.get_absolute_url()).content.decode()
    assert f"có 1 ô dùng phông .VnTime (TCVN3), đã chuyển sang Unicode: {cell.coordinate} “Đạt”" in page
    assert upload.outcome["errors"] == 0
