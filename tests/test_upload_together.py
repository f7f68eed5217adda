"""The province hands in several districts' files at once, by a letter; another officer confirms."""

import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.models import Revision, State, Upload, UploadState
from criteria.steps import StepRefused
from tests.cases import taken
from tests.upload_books import Filling, made

pytestmark = pytest.mark.django_db

LETTER = {"letter_number": "12/CV-CAH", "letter_on": "10/01/2025"}
PLEIKU, CHU_PRONG = "622", "632"


def hand_in_together(client: Client, user: User, files: dict[str, bytes], **more: str) -> str:
    """Send the files in one form and return the page that it leads to."""
    client.force_login(user)
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    given = {"period": "2024", "file": sent, **LETTER, **more}
    return client.post("/uploads/", given, follow=True).content.decode()


def book_of(district: str) -> bytes:
    return Filling(made(district=district)).all_met().content()


def test_each_file_is_recognised_by_its_mark_saved_and_confirmed_by_another(
    client: Client, chi: User, chinh: User
) -> None:
    wrong = Filling(made(district=PLEIKU)).all_met()
    wrong.say(next(iter(wrong.rows)), 1, "đạt?")
    files = {"mot.xlsx": book_of(CHU_PRONG), "hai.xlsx": wrong.content(), "ba.xlsx": b"khong phai bieu"}

    page = hand_in_together(client, chi, files)

    assert "Nộp 3 tệp cùng lúc" in page
    assert "theo công văn 12/CV-CAH ngày 10/01/2025" in page
    kept = {upload.filename: upload for upload in Upload.objects.all()}
    assert kept["mot.xlsx"].unit.version_on(kept["mot.xlsx"].period.ends_on).code == CHU_PRONG
    assert [kept[name].state for name in files] == [UploadState.CHECKED, UploadState.CHECKED, UploadState.REFUSED]
    assert [kept["hai.xlsx"].outcome["errors"], kept["mot.xlsx"].outcome["errors"]] == [1, 0]
    assert len({upload.batch for upload in kept.values()}) == 1
    client.post(reverse("upload_apply", args=[kept["mot.xlsx"].pk]))
    client.post(reverse("upload_submit", args=[kept["mot.xlsx"].pk]), {"count": "19"})
    revision = Revision.objects.filter(state=State.EXAMINED).first()
    assert (revision.letter_number, Revision.objects.filter(state=State.EXAMINED).count()) == ("12/CV-CAH", 19)
    with pytest.raises(StepRefused, match="Đề nghị người khác xét"):
        taken("confirm", revision, chi)
    assert taken("confirm", revision, chinh).state == State.CONFIRMED


def test_a_file_that_says_no_place_is_named_and_the_others_are_kept(client: Client, chi: User) -> None:
    plain = "STT;Tên xã;Kết quả\r\n1;Ia Băng;Đạt\r\n".encode()

    page = hand_in_together(client, chi, {"a.xlsx": book_of(CHU_PRONG), "b.xlsx": book_of(CHU_PRONG), "c.csv": plain})

    assert "c.csv: Tệp không ghi mã phạm vi của biểu mẫu. Nộp riêng tệp này." in page
    assert page.count("Có hai tệp của đơn vị này") == 2
    assert Upload.objects.count() == 2


def test_a_district_hands_in_one_file_and_the_province_not_without_a_letter(
    client: Client, bao: User, chi: User
) -> None:
    files = {"a.xlsx": b"x", "b.xlsx": b"y"}
    page = hand_in_together(client, bao, files)
    assert "Mỗi lần nộp một tệp" in page
    assert re.search(r'<input type="file"[^>]* multiple', page) is None
    page = hand_in_together(client, chi, files, letter_number="")
    assert "Ghi số công văn đề nghị" in page
    assert re.search(r'<input type="file"[^>]* multiple', page)
    many = {f"{n}.xlsx": b"x" for n in range(20)}
    assert "không quá 19 tệp" in hand_in_together(client, chi, many)
    assert not Upload.objects.exists()


def test_the_page_costs_the_same_at_any_size(client: Client, chi: User) -> None:
    def queries(count: int) -> int:
        batch = uuid.uuid4()
        given = {"unit": chi.unit, "by": chi, "sha256": "0", "size": 1, "content": b"x", "state": "checked"}
        period = Upload._meta.get_field("period").related_model.objects.get(key="2024")
        outcome = dict.fromkeys(("new", "changed", "same", "errors", "absent"), 0)
        for n in range(count):
            Upload.objects.create(batch=batch, filename=f"{n}.xlsx", period=period, outcome=outcome, **given)
        client.force_login(chi)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("upload_batch", args=[batch])).status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(12)
