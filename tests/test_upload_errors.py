"""Workbooks with everything wrong: every error in one pass, each with its cell, and nothing written."""

import html
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.models import ReportingPeriod, Upload, UploadState
from tests.upload_books import Filling, hand_in, made, received, written_rows

pytestmark = pytest.mark.django_db

ERROR_ROW = re.compile(
    r"<strong>(?P<cell>[A-Z]+\d+)</strong> <span[^>]*>(?P<sheet>[^<]*)</span></td>\s*<td>(?P<column>[^<]*)</td>\s*"
    r"<td[^>]*>(?P<value>[^<]*)</td>\s*<td>(?P<message>[^<]*)</td>"
)


@pytest.fixture
def pho(make_person) -> User:
    """Phổ, district officer of Pleiku, where a xã ended on 31/10/2024."""
    return make_person("pho", "district", "622")


def errors_on(page: str) -> dict[str, tuple[str, str]]:
    """The error table of the page: value and message by cell."""
    found = [match.groupdict() for match in ERROR_ROW.finditer(page)]
    return {row["cell"]: (html.unescape(row["value"]), html.unescape(row["message"])) for row in found}


def test_all_row_errors_come_in_one_pass(client: Client, pho: User) -> None:
    book = Filling(made(district="622")).all_met()
    expected = {
        book.rename("23590", "23999"): "Mã 23999 không có trong thành phố; tên ở cột C là Biển Hồ, mã 23590",
        book.say("23596", 1, "đạt?"): 'Ô ghi "đạt?": chưa rõ kết quả. Ghi "Đạt" hoặc "Chưa đạt"',
        book.say(
            "23596", 2, "Không"
        ): 'Ô ghi "Không": chưa rõ là không xảy ra hay không đạt. Ghi "Đạt" hoặc "Chưa đạt"',
        book.say("23599", 6, 7): "Ô ghi 7: chưa rõ số liệu",
        book.say("23602", 7, "=SUM(A1:A2)"): 'Ô chứa công thức chưa có kết quả; nhập "Đạt" hoặc "Chưa đạt"',
        book.rename("23605", "23608"): "Mã 23608 là xã Ia Kênh; tên ở cột C là Diên Phú, mã 23605",
        book.add("23941", "Xã Ia Ko"): "không thuộc phạm vi của biểu này, xóa dòng này",
        book.add("23593", "Xã Tân Sơn"): "không còn từ ngày 01/11/2024, đơn vị kế tiếp: xã Biển Hồ (mã 23590)",
        book.add("23557", "Phường Yên Đỗ"): "không thuộc đối tượng đánh giá của chỉ tiêu 19.2, xóa dòng này",
        book.add("23611", "Xã Gào"): "đã có ở dòng",
    }

    upload = received(client, pho, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()
    found = errors_on(page)

    assert set(found) == set(expected)
    for cell, part in expected.items():
        assert part in found[cell][1], cell
    assert "Tệp có 10 lỗi cần sửa, chưa lưu dòng nào" in page
    assert 'name="leaving_out" value="9"' in page
    assert upload.outcome["rows"] == sum(upload.outcome[k] for k in ("new", "changed", "same", "skipped", "wrong"))
    assert upload.outcome["wrong"] == 9  # one row has two wrong cells


def test_a_file_with_errors_is_never_saved(client: Client, pho: User) -> None:
    book = Filling(made(district="622")).all_met()
    book.say("23596", 1, "đạt?")
    upload = received(client, pho, book.content())

    page = client.post(reverse("upload_apply", args=[upload.pk]), follow=True).content.decode()

    assert "Tệp có 1 lỗi cần sửa, chưa lưu dòng nào" in page
    assert written_rows() == [0, 0, 0, 0]
    assert Upload.objects.get().state == UploadState.CHECKED


def test_setup_errors_come_alone_and_first(client: Client, bao: User) -> None:
    book = Filling(made("2024-Q3")).all_met()
    book.say("23905", 1, "đạt?")
    book.sheet.delete_cols(book.columns["Nội dung 5"])

    upload = received(client, bao, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert "Biểu có 2 lỗi chung cần sửa" in page
    assert "Biểu của quý III/2024 (2024-Q3), đang nộp cho năm 2024" in page
    assert "Thiếu cột “Nội dung 5”" in page
    assert "đạt?" not in page
    assert errors_on(page) == {}
    client.post(reverse("upload_apply", args=[upload.pk]))
    assert written_rows() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda book: setattr(book.sheet.cell(book.header, book.conditions[2]), "value", "Nội dung 2"), "trùng với"),
        (
            lambda book: setattr(book.sheet.cell(book.header, book.conditions[2]), "value", "Nội dung 9"),
            "không có nội dung 9",
        ),
        (lambda book: book.sheet.delete_rows(book.header), "Không thấy dòng tiêu đề"),
    ],
)
def test_columns_twice_unknown_or_without_header(client: Client, bao: User, spoil, sentence: str) -> None:
    book = Filling().all_met()
    spoil(book)
    upload = received(client, bao, book.content())

    assert sentence in client.get(upload.get_absolute_url()).content.decode()
    assert upload.outcome["rows"] == 0


def test_a_file_of_another_district_is_refused_without_its_names(client: Client, bao: User) -> None:
    upload = received(client, bao, Filling(made(district="633")).all_met().content())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert "Biểu của phạm vi mã 633, không phải Huyện Chư Prông (mã 632)" in page
    assert "Chư Sê" not in page


def test_a_closed_period_takes_nothing(client: Client, bao: User) -> None:
    content = Filling().all_met().content()
    ReportingPeriod.objects.filter(key="2024").update(closes_on="2025-01-20")

    client.force_login(bao)
    page = client.get("/uploads/?period=2024").content.decode()
    upload = received(client, bao, content)

    assert "đã khóa ngày 20/01/2025. Đề nghị Công an tỉnh gia hạn" in page
    assert 'type="file"' not in page
    assert "Nộp và kiểm tra" not in page
    assert "Các lần nộp" in page
    assert "đã khóa ngày 20/01/2025" in client.get(upload.get_absolute_url()).content.decode()


def test_a_result_beside_conditions_that_contradict_it(client: Client, bao: User) -> None:
    book = Filling().all_met()
    column = max(book.columns.values()) + 1
    book.sheet.cell(book.header, column).value = "Kết quả"
    book.sheet.cell(book.rows["23905"], column).value = "Chưa đạt"
    book.sheet.cell(book.rows["23908"], column).value = "Đạt"

    upload = received(client, bao, book.content())

    assert upload.outcome["errors"] == 1
    assert "không khớp với các nội dung" in client.get(upload.get_absolute_url()).content.decode()


# --- files that cannot be read ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"PK\x03\x04 nonsense", "bieu.xlsx", "Tệp hỏng"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "bieu.xls", "không phải tệp Excel hoàn chỉnh"),
        (b"%PDF-1.7", "bieu.xlsx", "không phải bảng tính Excel"),
    ],
)
def test_an_unreadable_file_gets_its_reason_and_is_kept(
    client: Client, bao: User, content: bytes, name: str, sentence: str
) -> None:
    upload = received(client, bao, content, name=name)
    page = client.get(upload.get_absolute_url()).content.decode()

    assert sentence in page
    assert "Nộp lại tệp đã sửa" in page
    assert upload.state == UploadState.REFUSED
    assert client.get(reverse("upload_file", args=[upload.pk])).content == content
    assert client.post(reverse("upload_apply", args=[upload.pk])).status_code == 302
    assert client.get(reverse("upload_submit", args=[upload.pk])).status_code == 302
    assert "Không đọc được" in client.get("/uploads/").content.decode()


def test_no_file_an_empty_one_or_one_too_large(client: Client, bao: User) -> None:
    client.force_login(bao)
    missing = client.post("/uploads/", {"period": "2024"}).content.decode()
    empty = hand_in(client, bao, b"").content.decode()
    large = hand_in(client, bao, b"PK\x03\x04" + b"0" * (5 * 2**20)).content.decode()
    huge = hand_in(client, bao, b"0" * (settings.MAX_BODY_BYTES + 1))

    assert "Chọn tệp rồi nộp" in missing
    assert "Tệp rỗng" in empty
    assert "Tệp lớn hơn 5 MB nên chưa được nhận" in large
    assert huge.status_code == 413
    assert "Tệp lớn hơn 5 MB nên chưa được nhận" in huge.content.decode()
    assert 'href="/uploads/"' in huge.content.decode()
    assert not Upload.objects.exists()


def test_a_file_without_results_offers_nothing_to_save(client: Client, bao: User) -> None:
    upload = received(client, bao, made())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert "Biểu chưa có kết quả nào" in page
    assert 'name="seen"' not in page
