"""Who hands in workbooks, and that nothing of another's is seen by any address."""

import pytest
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.models import Revision
from criteria.uploads.applying import apply_upload
from tests.upload_books import Filling, hand_in, made, received, written_rows

pytestmark = pytest.mark.django_db

OF_ONE = ("upload", "upload_apply", "upload_submit", "upload_file")


def test_another_district_gets_404_everywhere_and_sees_nothing(client: Client, bao: User, binh: User) -> None:
    upload = received(client, bao, Filling().all_met().content(), name="bieu-cua-chu-prong.xlsx")
    client.force_login(binh)

    for name in OF_ONE:
        assert client.get(reverse(name, args=[upload.pk])).status_code == 404, name
        assert client.post(reverse(name, args=[upload.pk])).status_code in (404, 405), name
    assert "bieu-cua-chu-prong" not in client.get("/uploads/").content.decode()
    assert written_rows() == [0, 0, 0, 0]


def test_a_saved_one_is_not_sent_by_another_district(client: Client, bao: User, binh: User) -> None:
    upload = received(client, bao, Filling().all_met().content())
    apply_upload(upload.pk, by=bao)
    client.force_login(binh)

    assert client.post(reverse("upload_submit", args=[upload.pk]), {"count": "19"}).status_code == 404
    assert not Revision.objects.pending().exists()


def test_colleagues_and_the_province_see_it(client: Client, bao: User, chi: User, make_person) -> None:
    upload = received(client, bao, Filling().all_met().content(), name="bieu-cua-chu-prong.xlsx")
    for user in (make_person("ban", "district", "632"), chi):
        client.force_login(user)
        assert "bieu-cua-chu-prong" in client.get("/uploads/").content.decode()
        assert client.get(upload.get_absolute_url()).status_code == 200


def test_another_province_sees_nothing(client: Client, bao: User, make_person) -> None:
    upload = received(client, bao, Filling().all_met().content())
    client.force_login(make_person("dinh", "province", "52"))

    assert client.get(upload.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    ("who", "reason"),
    [("an", "Nhập kết quả ở trang Đánh giá chỉ tiêu"), ("lan", "ãnh đạo chỉ xem số liệu, không nhập")],
)
def test_who_does_not_hand_in_is_told_why(client: Client, bao: User, request, who: str, reason: str) -> None:
    upload = received(client, bao, Filling().all_met().content())
    client.force_login(request.getfixturevalue(who))
    addresses = ["/uploads/", "/uploads/workbook/2024/", *(reverse(name, args=[upload.pk]) for name in OF_ONE)]

    for address in addresses:
        response = client.get(address)
        assert response.status_code == 403, address
        assert reason in response.content.decode()


def test_a_period_after_the_district_is_not_found(client: Client, bao: User) -> None:
    assert hand_in(client, bao, b"x", period="2025").status_code == 404
    assert client.get("/uploads/?period=2025").status_code == 404
    assert "Năm 2025" not in client.get("/uploads/").content.decode()


def test_an_administrator_goes_by_the_mark_of_the_file(client: Client, quang: User) -> None:
    letter = {"letter_number": "1/CV", "letter_on": "10/01/2025"}
    book = Filling().all_met()
    upload = received(client, quang, book.content(), **letter)
    del book.book["_ntm"]
    for row in book.sheet.iter_rows(max_row=book.header - 1):
        for cell in row:
            cell.value = None
    for sheet in [sheet for sheet in book.book if sheet != book.sheet]:
        book.book.remove(sheet)
    unmarked = hand_in(client, quang, book.content(), period="2025-Q2", **letter | {"letter_on": "10/07/2025"})

    assert upload.outcome["new"] == 19
    assert "Tệp không ghi mã phạm vi" in unmarked.content.decode()


def test_the_provinces_own_workbook_holds_all_its_communes(client: Client, chi: User) -> None:
    letter = {"letter_number": "1/CV", "letter_on": "10/01/2025"}
    upload = received(client, chi, Filling(made(province="64")).all_met(["23905", "23611"]).content(), **letter)

    assert upload.outcome["new"] == 2
    assert "Xã Ia Băng (Chư Prông)" in client.get(upload.get_absolute_url()).content.decode()


def test_one_list_of_uploads_costs_the_same_at_any_size(
    client: Client, bao: User, django_assert_max_num_queries
) -> None:
    upload = received(client, bao, Filling().all_met().content())
    client.force_login(bao)
    with django_assert_max_num_queries(40) as few:
        client.get("/uploads/?period=2024")
    for _ in range(12):
        upload.pk = None
        upload.save(force_insert=True)
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get("/uploads/?period=2024")
