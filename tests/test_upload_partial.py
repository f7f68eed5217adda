"""Lưu chỉ các dòng đúng: the rows with errors are left out, their number named and agreed to."""

import pytest
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.models import Entry, Revision, UploadState, Verb
from criteria.uploads.applying import apply_upload
from tests.cases import entered, line, taken
from tests.upload_books import Filling, received, written_rows

pytestmark = pytest.mark.django_db


def two_wrong_rows() -> Filling:
    """Seventeen right rows; one row with two wrong cells, one with one."""
    book = Filling().all_met()
    for code, number in (("23905", 1), ("23905", 2), ("23908", 2)):
        book.say(code, number, "đạt?")
    return book


def test_only_the_right_rows_are_saved_and_the_number_left_out_is_named(client: Client, bao: User) -> None:
    upload = received(client, bao, two_wrong_rows().content())
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Lưu chỉ các dòng đúng (bỏ 2 dòng)" in page

    address = reverse("upload_apply", args=[upload.pk])
    page = client.post(address, {"leaving_out": "2"}, follow=True).content.decode()

    assert "Đã lưu 17 kết quả, bỏ 2 dòng có lỗi." in page
    assert "Bỏ 2 dòng có lỗi, chưa lưu." in page
    assert "Ở dòng có lỗi, chưa lưu: 02 xã" in page
    assert written_rows() == [17, 17, 17 * 8, 17]
    assert client.get(reverse("upload_marked", args=[upload.pk])).status_code == 200


@pytest.mark.parametrize("said", ["", "1", "3", "hai"])
def test_another_number_than_that_of_the_rows_saves_nothing(client: Client, bao: User, said: str) -> None:
    upload = received(client, bao, two_wrong_rows().content())

    client.post(reverse("upload_apply", args=[upload.pk]), {"leaving_out": said})

    upload.refresh_from_db()
    assert (written_rows(), upload.state) == ([0, 0, 0, 0], UploadState.CHECKED)


def test_what_was_sent_is_an_error_that_names_the_way_out_and_is_left_out(client: Client, an: User, bao: User) -> None:
    taken(Verb.SUBMIT, entered(an, line(but={4: "not_met"}))[0], an)
    upload = received(client, bao, Filling().all_met().content())
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Người gửi chọn “Rút lại”" in page

    assert apply_upload(upload.pk, by=bao, leaving_out=1).written == 18
    assert Revision.objects.filter(state="submitted", verdict="not_met").count() == 1


def test_a_confirmed_result_becomes_a_correction(client: Client, an: User, bao: User, chi: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an, line(but={4: "not_met"}))[0], an)
    taken(Verb.EXAMINE, revision, bao)
    taken(Verb.CONFIRM, revision, chi)
    upload = received(client, bao, Filling().all_met().content())
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Đã xác nhận: lưu sẽ mở lần điều chỉnh 2." in page

    assert apply_upload(upload.pk, by=bao).written == 19
    states = Revision.objects.filter(assessment=revision.assessment).order_by("number").values_list("state", flat=True)
    assert list(states) == ["confirmed", "draft"]


def test_a_file_without_one_right_row_has_no_such_button(client: Client, bao: User) -> None:
    book = Filling()
    book.say("23905", 1, "đạt?")
    upload = received(client, bao, book.content())

    assert "Lưu chỉ các dòng đúng" not in client.get(upload.get_absolute_url()).content.decode()
    assert not apply_upload(upload.pk, by=bao, leaving_out=1).is_done
    assert not Entry.objects.exists()
