"""The way of a good workbook: handed in, checked, saved, sent."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.entering import enter
from criteria.models import ConditionResult, Door, Entry, ReportingPeriod, Revision, State, Upload, UploadState, Verb
from criteria.steps import StepRefused, take
from tests.cases import BASIC, line
from tests.conftest import unit_of
from tests.upload_books import Filling, hand_in, made, received, resaved, written_rows
from tests.workbook_files import SOFFICE, parts_of

pytestmark = pytest.mark.django_db

IA_BANG, IA_PUCH, IA_MO, IA_TOR = "23905", "23917", "23938", "23908"


def two_not_met() -> Filling:
    """All 19 xã of Chư Prông filled, two of them with one condition not met."""
    book = Filling().all_met()
    book.say(IA_BANG, 4, "Chưa đạt")
    book.say(IA_TOR, 7, "Chưa đạt")
    return book


def hidden(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def save(client: Client, upload: Upload) -> str:
    page = client.get(upload.get_absolute_url()).content.decode()
    seen = {"seen": hidden(page, "seen")}
    return client.post(reverse("upload_apply", args=[upload.pk]), seen, follow=True).content.decode()


def send(client: Client, upload: Upload, **more: str) -> str:
    address = reverse("upload_submit", args=[upload.pk])
    count = hidden(client.get(address).content.decode(), "count")
    return client.post(address, {"count": count, **more}, follow=True).content.decode()


def test_a_district_hands_in_saves_and_sends(client: Client, bao: User) -> None:
    upload = received(client, bao, two_not_met().content(), name="Biểu Chư Prông.xlsx")
    page = client.get(upload.get_absolute_url()).content.decode()

    assert "<dt>xã nhập lần đầu</dt><dd>19</dd>" in page
    assert "Tệp không có lỗi" in page
    assert written_rows() == [0, 0, 0, 0]

    page = save(client, upload)

    assert "Đã lưu 19 kết quả" in page
    assert ">Xã Ia Băng</a>" in page  # as in the check before saving
    assert "Gửi Công an tỉnh (19/19 xã)" in page
    assert written_rows() == [19, 19, 19 * 8, 19]
    verdicts = dict(Revision.objects.values_list("assessment__unit", "verdict"))
    assert [code for code in Filling().rows if verdicts[unit_of(code).pk] == "not_met"] == [IA_BANG, IA_TOR]
    assert set(Entry.objects.values_list("door", "upload", "by")) == {(Door.UPLOAD, upload.pk, bao.pk)}

    page = send(client, upload)

    assert "Đã gửi 19/19 xã" in page
    again = client.get(reverse("upload_submit", args=[upload.pk])).content.decode()
    assert "Không còn kết quả nào để gửi" in again
    assert "Sau khi gửi" not in again
    assert set(Revision.objects.values_list("state", flat=True)) == {State.EXAMINED}  # straight to the province


@pytest.mark.skipif(not SOFFICE, reason="no soffice: apt-get install libreoffice-calc to re-save workbooks")
def test_a_workbook_saved_by_libreoffice_is_the_same(client: Client, bao: User) -> None:
    upload = received(client, bao, resaved(two_not_met().content(), SOFFICE))

    assert upload.outcome["new"] == 19
    assert upload.outcome["errors"] == 0


def test_the_file_is_kept_and_given_back_as_it_came(client: Client, bao: User) -> None:
    content = two_not_met().content()
    upload = received(client, bao, content, name="Biểu Chư Prông.xlsx")

    response = client.get(reverse("upload_file", args=[upload.pk]))

    assert response.content == content
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Bi%E1%BB%83u")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert upload.sha256 in client.get(upload.get_absolute_url()).content.decode()


def test_a_second_file_shows_what_changes(client: Client, bao: User) -> None:
    save(client, received(client, bao, two_not_met().content()))
    book = two_not_met()
    book.say(IA_BANG, 4, "Đạt")
    book.say(IA_PUCH, 2, None)  # a blank over a stored value is a change

    upload = received(client, bao, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert (upload.outcome["changed"], upload.outcome["same"]) == (2, 17)
    assert re.search(r"Xã Ia Băng</th>\s*<td><span[^>]*>Chưa đạt</span>\s*→ <span[^>]*>Đạt</span>", page)
    assert "Nội dung 2:" in page
    save(client, upload)
    revision = Revision.objects.get(assessment__unit=unit_of(IA_PUCH))
    assert revision.verdict == ""
    assert revision.results.count() == 7
    assert revision.entries.last().changes == {"2": ["met", ""]}


def test_a_blank_row_is_skipped_and_counted(client: Client, bao: User) -> None:
    codes = [code for code in Filling().rows if code not in (IA_PUCH, IA_MO)]
    upload = received(client, bao, Filling(made(indicator=[BASIC])).all_met(codes).content())

    assert upload.outcome["rows"] == 19
    assert (upload.outcome["new"], upload.outcome["skipped"], upload.outcome["absent"]) == (17, 2, 0)
    page = save(client, upload)
    assert "Gửi Công an tỉnh (17/19 xã)" in page
    assert "Để trống trong tệp: 02 xã (Ia Púch, Ia Mơ)" in page


def test_absent_units_are_named_and_sending_says_how_many(client: Client, bao: User) -> None:
    book = Filling(made(indicator=[BASIC])).all_met()
    for code in (IA_MO, IA_PUCH):
        book.sheet.delete_rows(book.rows[code])
    upload = received(client, bao, book.content())

    assert upload.outcome["absent"] == 2
    assert "chưa có trong tệp: 02 xã (Ia Púch, Ia Mơ)" in client.get(upload.get_absolute_url()).content.decode()
    save(client, upload)
    confirmation = client.get(reverse("upload_submit", args=[upload.pk])).content.decode()
    assert "Gửi 17/19 xã?" in confirmation
    assert "Chưa có trong tệp: 02 xã (Ia Púch, Ia Mơ)" in confirmation
    send(client, upload)
    assert Revision.objects.pending().count() == 17


def test_an_undecided_row_is_saved_and_not_sent(client: Client, bao: User) -> None:
    book = two_not_met()
    book.say(IA_PUCH, 5, None)
    upload = received(client, bao, book.content())
    page = save(client, upload)

    assert "Gửi Công an tỉnh (18/19 xã)" in page
    assert "Chưa đủ nội dung để có kết quả: 01 xã (Ia Púch)" in page
    send(client, upload)
    assert Revision.objects.get(assessment__unit=unit_of(IA_PUCH)).state == State.DRAFT


def test_conditions_left_open_beside_one_not_met_are_warned_of_and_sent_with_a_reason(
    client: Client, bao: User
) -> None:
    book = two_not_met()
    book.say(IA_BANG, 6, None)
    upload = received(client, bao, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert "Xã Ia Băng, chỉ tiêu 19.2 xã nông thôn mới: chưa đánh giá nội dung 6" in page
    save(client, upload)
    assert "Ghi lý do" in send(client, upload)
    assert not Revision.objects.pending().exists()
    send(client, upload, reason="đã rõ kết quả")
    assert Revision.objects.pending().count() == 19
    assert set(Revision.objects.first().reviews.values_list("verb", "reason")) == {(Verb.SUBMIT, "đã rõ kết quả")}


def test_sending_asks_again_when_the_number_has_changed(client: Client, bao: User) -> None:
    upload = received(client, bao, two_not_met().content())
    save(client, upload)
    first = Revision.objects.earliest("pk")
    take(Verb.SUBMIT, [first.pk], by=bao)

    page = client.post(reverse("upload_submit", args=[upload.pk]), {"count": "19"}).content.decode()

    assert "Số kết quả sẽ gửi đã thay đổi" in page
    assert "Gửi 18/19 xã?" in page
    assert Revision.objects.pending().count() == 1


def test_saving_asks_again_when_what_stands_has_changed(client: Client, bao: User) -> None:
    upload = received(client, bao, two_not_met().content())
    seen = hidden(client.get(upload.get_absolute_url()).content.decode(), "seen")
    period = ReportingPeriod.objects.get(key="2024")
    enter([line(IA_BANG, but={1: "not_met"})], by=bao, period=period, door=Door.FORM)

    page = client.post(reverse("upload_apply", args=[upload.pk]), {"seen": seen}, follow=True).content.decode()

    assert "đã thay đổi sau khi kiểm tra" in page
    assert Upload.objects.get().state == UploadState.CHECKED
    assert Revision.objects.count() == 1


def test_what_is_sent_is_an_error_that_names_the_way_out(client: Client, bao: User) -> None:
    save(client, received(client, bao, two_not_met().content()))
    sent = Revision.objects.get(assessment__unit=unit_of(IA_PUCH))
    take(Verb.SUBMIT, [sent.pk], by=bao)
    book = two_not_met()
    cell = book.say(IA_PUCH, 1, "Chưa đạt")

    upload = received(client, bao, book.content())
    page = client.get(upload.get_absolute_url()).content.decode()

    assert (upload.outcome["wrong"], upload.outcome["same"]) == (1, 18)
    assert f"<strong>B{cell[1:]}</strong>" in page
    assert "Xã Ia Púch: kết quả đang chờ Công an tỉnh xác nhận" in page
    assert 'name="seen"' not in page


def test_a_blank_does_not_take_back_what_a_cell_cannot_say(client: Client, bao: User) -> None:
    period = ReportingPeriod.objects.get(key="2024")
    enter([line(IA_BANG, but={8: "not_applicable"})], by=bao, period=period, door=Door.FORM)

    upload = received(client, bao, Filling().all_met([]).content())

    assert (upload.outcome["same"], upload.outcome["changed"]) == (1, 0)
    book = Filling()
    book.say(IA_BANG, 1, "Chưa đạt")
    save(client, received(client, bao, book.content()))
    assert ConditionResult.objects.get(verdict="not_applicable").condition.number == 8


def test_all_sheets_of_the_workbook_are_read(client: Client, bao: User) -> None:
    content = Filling(two_not_met().content(), "xa-ntmnc-19.2").all_met([IA_PUCH]).content()
    content = Filling(content, "huyen-ntm-9.4").all_met().content()
    upload = received(client, bao, content)

    assert upload.outcome["new"] == 19 + 1 + 1
    assert "Gửi Công an tỉnh (21/39 kết quả)" in save(client, upload)
    send(client, upload)
    states = Revision.objects.values_list("assessment__indicator__code", "state").distinct()
    assert set(states) == {
        (BASIC, State.EXAMINED),
        ("xa-ntmnc-19.2", State.EXAMINED),
        ("huyen-ntm-9.4", State.SUBMITTED),
    }


def test_a_workbook_made_before_a_merger_goes_to_the_units_of_its_period(client: Client, make_person) -> None:
    pleiku = make_person("pho", "district", "622")
    upload = received(client, pleiku, Filling(made("2024-Q3", "622")).all_met().content(), period="2024-Q3")
    save(client, upload)

    saved = set(Revision.objects.values_list("assessment__unit__versions__code", flat=True))
    assert "23593" in saved  # Tân Sơn lived until 31/10/2024
    assert upload.outcome["errors"] == 0


def test_the_province_hands_in_on_behalf_by_a_letter(client: Client, chi: User) -> None:
    content = two_not_met().content()
    refused = hand_in(client, chi, content)
    upload = received(client, chi, content, letter_number="125/CV-CAH", letter_on="25/12/2024")

    assert "Ghi số công văn đề nghị" in refused.content.decode()
    assert upload.unit == unit_of("632")  # by the file's own mark
    save(client, upload)
    assert set(Revision.objects.values_list("letter_number", flat=True)) == {"125/CV-CAH"}
    assert "125/CV-CAH ngày 25/12/2024" in client.get(upload.get_absolute_url()).content.decode()


def test_who_handed_in_a_file_that_a_colleague_saved_does_not_confirm_it(
    client: Client, chi: User, chinh: User, make_person
) -> None:
    upload = received(client, chi, two_not_met().content(), letter_number="125/CV-CAH", letter_on="25/12/2024")
    client.force_login(chinh)
    save(client, upload)
    revision = Revision.objects.first()
    take(Verb.SUBMIT, [revision.pk], by=chinh)

    for person in (chi, chinh):
        with pytest.raises(StepRefused, match="người đã nhập hoặc gửi kết quả này"):
            take(Verb.CONFIRM, [revision.pk], by=person)
    take(Verb.CONFIRM, [revision.pk], by=make_person("chuc", "province", "64"))


def test_the_same_file_again_is_noticed(client: Client, bao: User) -> None:
    content = two_not_met().content()
    first = received(client, bao, content)
    second = received(client, bao, content)

    assert first.get_absolute_url() in client.get(second.get_absolute_url()).content.decode()


def test_a_table_of_ones_own_is_read_by_its_title(client: Client, bao: User) -> None:
    book = two_not_met()
    for sheet in [sheet for sheet in book.book if sheet.title not in ("19.2 Xã NTM",)]:
        book.book.remove(sheet)
    book.sheet.delete_rows(1, book.header - 1)
    assert "xl/worksheets/sheet2.xml" not in parts_of(book.content())

    assert received(client, bao, book.content()).outcome["new"] == 19
