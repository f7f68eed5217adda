"""An old list of units and results: taken without conditions where the period allows it, and marked so."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from communes.models import User
from criteria.models import ReportingPeriod, Revision, State, Upload
from tests.cases import BASIC
from tests.upload_books import SHEETS, Filling, received, written_rows
from tests.workbook_files import table

pytestmark = pytest.mark.django_db
LIST = (("STT", "Đơn vị", "Kết quả"), (1, "Ia Băng", "Đạt"), (2, "Ia Bang", "Chưa đạt"), (3, "Ia Púch", None))


def handed(client: Client, by: User, *rows: Any, period: str = "2024") -> Upload:
    return received(client, by, table(rows, SHEETS[BASIC]), period=period)


def saved(client: Client, upload: Upload) -> str:
    seen = client.get(upload.get_absolute_url()).context["plan"].fingerprint
    return client.post(reverse("upload_apply", args=[upload.pk]), {"seen": seen}, follow=True).content.decode()


def bare() -> dict[str, tuple[str, bool]]:
    found = Revision.objects.order_by("pk")
    return {row.assessment.unit.versions.last().name: (row.verdict, row.is_bare) for row in found}


def test_it_is_saved_marked_and_sent(client: Client, bao: User) -> None:
    upload = handed(client, bao, *LIST)
    assert [upload.outcome[name] for name in ("new", "skipped", "errors")] == [2, 1, 0]
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "chỉ có kết quả chung: kết quả được lưu với ghi chú “không có nội dung”" in page
    assert page.count("<td>không có nội dung</td>") == 2
    assert "chưa đánh giá nội dung" not in page
    assert "không có nội dung" in saved(client, upload)
    assert bare() == {"Ia Băng": ("met", True), "Ia Bang": ("not_met", True)}
    page = client.get(reverse("upload_submit", args=[upload.pk])).content.decode()
    assert "2/19 xã" in page
    client.post(reverse("upload_submit", args=[upload.pk]), {"count": 2})
    assert set(Revision.objects.values_list("state", flat=True)) == {State.EXAMINED}


def test_the_same_list_changes_nothing_and_another_result_is_a_change(client: Client, bao: User) -> None:
    saved(client, handed(client, bao, *LIST))
    again = handed(client, bao, *LIST)
    assert [again.outcome[name] for name in ("new", "changed", "same")] == [0, 0, 2]
    other = handed(client, bao, LIST[0], (1, "Ia Băng", "Chưa đạt"))
    assert other.outcome["changed"] == 1
    saved(client, other)
    assert bare()["Ia Băng"] == ("not_met", True)


def test_conditions_take_the_place_of_a_bare_result_but_not_the_other_way(client: Client, bao: User) -> None:
    saved(client, handed(client, bao, *LIST))
    saved(client, received(client, bao, Filling().all_met(["23905"]).content()))
    assert bare()["Ia Băng"] == ("met", False)
    before = written_rows()
    upload = handed(client, bao, LIST[0], (1, "Ia Băng", "Chưa đạt"))
    assert upload.outcome["errors"] == 1
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "đã có kết quả từng nội dung; sửa từng nội dung, không nhập kết quả chung" in page
    saved(client, upload)
    assert written_rows() == before


def test_a_confirmed_bare_result_is_corrected_by_its_conditions_only(client: Client, bao: User) -> None:
    saved(client, handed(client, bao, *LIST))
    Revision.objects.update(state=State.CONFIRMED, submitted_by=bao, submitted_at=timezone.now())
    upload = handed(client, bao, LIST[0], (1, "Ia Băng", "Chưa đạt"))
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "lần điều chỉnh cần kết quả từng nội dung" in page


def test_a_doubtful_result_is_an_error_at_its_cell(client: Client, bao: User) -> None:
    upload = handed(client, bao, LIST[0], (1, "Ia Băng", "Cơ bản đạt"))
    page = client.get(upload.get_absolute_url()).content.decode()
    assert upload.outcome["errors"] == 1
    assert "C2" in page


def test_a_period_that_asks_for_conditions_refuses_the_list_whole(client: Client, bao: User) -> None:
    ReportingPeriod.objects.filter(key="2024").update(takes_bare_verdicts=False)
    upload = handed(client, bao, *LIST)
    page = client.get(upload.get_absolute_url()).content.decode()
    assert upload.outcome["errors"] == 1
    assert "Kỳ này cần kết quả từng nội dung, không nhận danh sách chỉ có kết quả chung" in page
