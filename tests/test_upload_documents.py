"""Tài liệu kiểm chứng: the sheet of documents goes out with what is attached and comes in with what is new."""

import datetime

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.models import Evidence, Upload, Verb
from criteria.uploads.applying import apply_upload, plan_of
from criteria.uploads.undoing import undo_upload
from criteria.workbooks.documents import DOCUMENTS_SHEET, read_day, read_numbers
from criteria.workbooks.sheets import Cell
from criteria.workbooks.values import Problem
from tests.cases import BASIC, entered, taken
from tests.conftest import unit_of
from tests.upload_books import SHEETS, Filling, made, received
from tests.workbook_files import saved

pytestmark = pytest.mark.django_db

DECISION = ("Tất cả", "", "2, 4", "Quyết định", "12/QĐ-UBND", "05/10/2024", "UBND huyện Chư Prông")
PLAN = ("23905", "Xã Ia Băng", "", "Kế hoạch", "7/KH-UBND", datetime.date(2024, 3, 1), "UBND xã Ia Băng")


def filled(*rows: tuple, content: bytes | None = None) -> bytes:
    """The district's workbook of one indicator with these documents written below those that are there."""
    book = Filling(made(indicator=[BASIC]) if content is None else content)
    sheet = book.book[DOCUMENTS_SHEET]
    header = next(row[0].row for row in sheet.iter_rows() if row[0].value == "STT")
    first = next(line for line in range(header + 1, sheet.max_row + 1) if sheet.cell(line, 3).value is None)
    for line, row in enumerate(rows, first):
        for column, value in enumerate((SHEETS[BASIC], *row), 2):
            sheet.cell(line, column).value = value
    return book.content()


def documents_in(content: bytes) -> list[list[object]]:
    sheet = Filling(content).book[DOCUMENTS_SHEET]
    rows = [[cell.value for cell in row[1:9]] for row in sheet.iter_rows()]
    return [row for row in rows if row[0] == SHEETS[BASIC]]


def test_documents_come_in_go_out_again_and_are_undone(client: Client, bao: User) -> None:
    upload = received(client, bao, filled(DECISION, PLAN))
    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Tệp không có lỗi. Lưu sẽ đính kèm 2 văn bản" in page
    assert "Quyết định số 12/QĐ-UBND ngày 05/10/2024" in page

    assert apply_upload(upload.pk, by=bao).is_done

    decision, plan = (Evidence.objects.get(number=number) for number in ("12/QĐ-UBND", "7/KH-UBND"))
    assert (decision.scope, decision.attachments.count(), decision.place) == ("all", 19, bao.unit)
    assert sorted(condition.number for condition in decision.conditions.all()) == [2, 4]
    assert (plan.scope, plan.place, plan.issued_on) == ("unit", unit_of("23905"), datetime.date(2024, 3, 1))
    again = made(indicator=[BASIC])
    assert documents_in(again)[0][1:] == ["23905", "Xã Ia Băng", None, "Kế hoạch", "7/KH-UBND", "01/3/2024", PLAN[-1]]
    assert documents_in(again)[1][1:4] == ["Tất cả", None, "2, 4"]
    same = received(client, bao, filled(content=again))
    assert (same.outcome["errors"], same.outcome["documents"]) == (0, 0)
    assert undo_upload(upload.pk, by=bao, reason="Nhầm").is_done
    assert not Evidence.objects.live().exists()
    assert documents_in(made(indicator=[BASIC])) == []


WRONG = {
    ("23999", "", "", *PLAN[3:]): "Mã 23999 không có trong huyện",
    ("23905", "Ia Púch", "", *PLAN[3:]): "Mã 23905 là xã Ia Băng",
    (*PLAN[:2], "9", *PLAN[3:]): "Hướng dẫn có 8 nội dung, không có nội dung 9",
    (*PLAN[:2], "hai", *PLAN[3:]): "Ghi số của các nội dung",
    (*PLAN[:3], "Giấy", *PLAN[4:]): "Loại văn bản ghi một trong: Nghị quyết",
    (*PLAN[:4], None, *PLAN[5:]): "Số, ký hiệu còn trống",
    (*PLAN[:5], "31/02/2024", PLAN[6]): "không phải là ngày",
    (*PLAN[:5], "01/01/2199", PLAN[6]): "sau ngày hôm nay",
    (*PLAN[:6], None): "Cơ quan ban hành còn trống",
}


def test_every_error_names_its_cell_and_nothing_is_attached(client: Client, bao: User) -> None:
    upload = received(client, bao, filled(*WRONG))

    faults = plan_of(upload, by=bao).faults

    assert [fault.sheet for fault in faults] == [DOCUMENTS_SHEET] * len(WRONG)
    for fault, expected in zip(faults, WRONG.values(), strict=True):
        assert expected in fault.message
    assert len({fault.cell for fault in faults}) == len(WRONG)
    counts = upload.outcome
    assert (counts["wrong"], counts["errors"]) == (9, 9)
    assert counts["rows"] == sum(counts[name] for name in ("new", "changed", "same", "skipped", "wrong"))
    assert not apply_upload(upload.pk, by=bao).is_done
    assert not Evidence.objects.exists()
    marked = client.get(reverse("upload_marked", args=[upload.pk]))
    assert marked.status_code == 200


def test_only_the_right_documents_are_attached_when_asked(client: Client, bao: User) -> None:
    upload = received(client, bao, filled(DECISION, next(iter(WRONG))))

    assert apply_upload(upload.pk, by=bao, leaving_out=1).is_done
    assert Evidence.objects.count() == 1


def test_a_unit_whose_result_was_sent_takes_none_and_one_for_all_leaves_it_out(
    client: Client, an: User, bao: User
) -> None:
    taken(Verb.SUBMIT, entered(an)[0], an)
    upload = received(client, bao, filled(DECISION, PLAN))

    plan = plan_of(upload, by=bao)
    assert ["Rút lại" in fault.message for fault in plan.errors] == [True]
    assert [len(one.units) for one in plan.documents.new] == [18]


def test_what_was_attached_before_the_result_was_sent_comes_back_as_it_went_out(
    client: Client, an: User, bao: User
) -> None:
    assert apply_upload(received(client, bao, filled(PLAN)).pk, by=bao).is_done
    taken(Verb.SUBMIT, entered(an)[0], an)
    unchanged = received(client, bao, made(indicator=[BASIC]))

    plan = plan_of(unchanged, by=bao)
    assert (plan.errors, plan.documents.same, plan.documents.new) == ([], 1, [])


def test_a_missing_column_is_a_setup_error(client: Client, bao: User) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEETS[BASIC]
    sheet.append(["Mã xã", *(f"ND {n}" for n in range(1, 9))])
    sheet.append(["23905", *["Đạt"] * 8])
    other = book.create_sheet("TÀI LIỆU KIỂM CHỨNG")
    other.append(["Mã xã", "Loại", "Số văn bản", "Ngày"])
    other.append(["23905", "Kế hoạch", "7/KH-UBND", "1/3/2024"])
    upload = received(client, bao, saved(book))

    page = client.get(upload.get_absolute_url()).content.decode()
    assert "Thiếu cột “Cơ quan ban hành”" in page


def test_the_check_costs_the_same_for_any_number_of_documents(client: Client, bao: User) -> None:
    def queries(count: int) -> int:
        rows = [(*PLAN[:4], f"{n}/KH-UBND", *PLAN[5:]) for n in range(count)]
        upload = received(client, bao, filled(*rows))
        upload = Upload.objects.get(pk=upload.pk)
        with CaptureQueriesContext(connection) as captured:
            assert len(plan_of(upload, by=bao).documents.new) == count
        return len(captured)

    queries(1)
    assert queries(2) == queries(12)


def test_days_and_numbers_are_read_strictly() -> None:
    def cell(text: str, kind: str = "text") -> Cell:
        return Cell(kind, text, text)

    assert read_day(cell("25/10/2024")) == read_day(cell("25-10-2024")) == datetime.date(2024, 10, 25)
    assert read_day(cell("2024-10-25T00:00:00", "date")) == datetime.date(2024, 10, 25)
    for wrong in ("10/2024", "quý 3", "25/10/24", "31/02/2024"):
        assert isinstance(read_day(cell(wrong)), Problem)
    assert read_numbers(None) == []
    assert read_numbers(cell("Nội dung 2; ND 4 và 1")) == [1, 2, 4]
    assert isinstance(read_numbers(cell("2-4")), Problem)
