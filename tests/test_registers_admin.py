"""The registers in the admin: tables in and out for administrators, all or nothing, judged as on the pages."""

from io import BytesIO

import openpyxl
import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from criteria.models import RegisterEntry, YearlyTitle
from criteria.registers.kinds import REGISTERS
from criteria.registers.tables import labels_of
from tests.conftest import unit_of
from tests.register_cases import KINDS, MAKE, MODELS, TYPED, title, typed

pytestmark = pytest.mark.django_db


def address(kind: str, page: str = "") -> str:
    return f"/admin/criteria/{MODELS[kind]._meta.model_name}/{page}"


@pytest.fixture
def client(quang) -> Client:
    made = Client()
    made.force_login(quang)
    return made


def book(kind: str, *rows: dict[str, str]) -> bytes:
    labels = labels_of(REGISTERS[kind])
    made, data = openpyxl.Workbook(), BytesIO()
    made.active.append(list(labels.values()))
    for row in rows:
        given = {"is_working": "có"} | row if kind == "models" else row
        given = given | ({"is_working": "có"} if given.get("is_working") == "on" else {})
        made.active.append([given.get(name) for name in labels])
    made.save(data)
    return data.getvalue()


def imported(client: Client, kind: str, data: bytes):
    """Preview the file and, where it is offered, confirm."""
    file = SimpleUploadedFile("so.xlsx", data)
    preview = client.post(address(kind, "import/"), {"import_file": file, "format": "0"})
    form = preview.context.get("confirm_form") if preview.context else None
    return client.post(address(kind, "process_import/"), form.initial) if form else preview


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_comes_in_once_and_goes_out_again(client, kind, quang):
    data = book(kind, TYPED[kind], typed(kind, unit="23917"))
    answer = imported(client, kind, data)
    assert answer.status_code == 302, answer.content.decode()
    assert set(MODELS[kind].objects.values_list("unit", flat=True)) == {unit_of("23905").pk, unit_of("23917").pk}
    assert {(e.by, e.door, e.register) for e in RegisterEntry.objects.all()} == {(quang, "admin", kind)}
    entries = RegisterEntry.objects.count()
    exported = client.post(address(kind, "export/"), {"format": "0"})
    rows = list(openpyxl.load_workbook(BytesIO(exported.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] in (["23905", "23917"], ["23917", "23905"])
    assert "Ia Băng" in rows[1] + rows[2]
    again = imported(client, kind, exported.content)
    assert again.status_code == 302, again.content.decode()
    assert (MODELS[kind].objects.count(), RegisterEntry.objects.count()) == (2, entries)


def test_a_table_changes_what_stands(client, bao):
    row = title(bao)
    imported(client, "titles", book("titles", typed("titles", number="99/QĐ-UBND")))
    row.refresh_from_db()
    assert (row.number, YearlyTitle.objects.count()) == ("99/QĐ-UBND", 1)
    assert RegisterEntry.objects.get().changes["Số quyết định"] == ["15/QĐ-UBND", "99/QĐ-UBND"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"unit": "99999"}, "Không có đơn vị cấp xã nào là “99999” vào ngày 31/12/2023"),
        ({"unit": "23917", "decided_on": "40/1/2023"}, "Nhập ngày hợp lệ"),
        ({"unit": "23917", "revoked_on": "1/2/2024"}, "Thu hồi cần cả ngày và số quyết định thu hồi."),
        ({"unit": "23917", "issuer": ""}, "Trường này bắt buộc nhập"),
    ],
)
def test_one_wrong_row_and_none_is_written(client, wrong, message):
    answer = imported(client, "titles", book("titles", TYPED["titles"], typed("titles", **wrong)))
    assert answer.status_code == 200
    assert message in answer.content.decode()
    assert not YearlyTitle.objects.exists()


def test_a_row_that_stands_twice_in_the_file_is_one(client):
    assert imported(client, "titles", book("titles", TYPED["titles"], TYPED["titles"])).status_code == 302
    assert YearlyTitle.objects.count() == 1


def test_a_table_without_a_column_is_refused(client):
    made, data = openpyxl.Workbook(), BytesIO()
    made.active.append(["Mã đơn vị", "Năm"])
    made.active.append(["23905", "2023"])
    made.save(data)
    answer = imported(client, "titles", data.getvalue())
    assert "Tệp thiếu cột: Số quyết định" in answer.content.decode()
    assert not YearlyTitle.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_is_written_and_kept_by_the_form_of_the_pages(client, kind, quang):
    answer = client.post(address(kind, "add/"), TYPED[kind])
    assert answer.status_code == 302, answer.content.decode()
    row = MODELS[kind].objects.get()
    assert (row.recorded_by, RegisterEntry.objects.get().door) == (quang, "admin")
    page = client.get(address(kind, f"{row.pk}/change/"))
    assert page.status_code == 200
    assert "Mở dòng" in page.content.decode()
    assert client.get(address(kind)).status_code == 200
    assert client.get(address(kind, f"{row.pk}/delete/")).status_code == 403
    refused = client.post(address(kind, "add/"), typed(kind, unit="99999"))
    assert "Không có đơn vị cấp xã nào là “99999”" in refused.content.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_only_administrators_find_the_registers_in_the_admin(kind, chi, make_person):
    row = MAKE[kind](chi)
    chi.is_staff = True
    chi.save()
    client = Client()
    client.force_login(chi)
    pages = ("", "add/", "import/", "export/", f"{row.pk}/change/")
    assert {client.get(address(kind, page)).status_code for page in pages} == {403}
    chi.user_permissions.set(Permission.objects.all())
    assert client.get(address(kind, "import/")).status_code == 403
