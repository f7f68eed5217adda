"""What a district sends in another format or in an old font is saved as if it had filled the form in .xlsx."""

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl.styles import Font

from communes.models import User
from criteria.models import Revision
from tests.upload_books import Filling, hand_in, received

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
