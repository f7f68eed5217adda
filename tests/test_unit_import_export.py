"""Tables of units out of the admin and in again: all or nothing, the checks of load_units, no formula, no stranger."""

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from communes.models import Alias, Descent, Succession, Unit, UnitAttribute, UnitVersion, User
from communes.unit_list import FOLDER
from tests.english import find_english
from tests.test_units_admin import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

XLSX, CSV = 0, 1
SOFFICE = shutil.which("soffice")
UNITS_HEAD = "key,level,code,name,kind,parent,starts_on,ends_on,source,tile_row,tile_col"


@pytest.fixture
def admin(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


def export(client: Client, model: str, kind: int, **query: str) -> bytes:
    url = address(model, "export") + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
    response = client.post(url, {"format": kind, "resource": ""})
    assert response.status_code == 200
    assert "attachment" in response["Content-Disposition"]
    return response.content


def rows_of(data: bytes) -> list[list[str]]:
    if data[:2] == b"PK":
        sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
        return [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def check(client: Client, model: str, data: bytes, name: str = "bang.csv") -> HttpResponse:
    return client.post(address(model, "import"), {"file": SimpleUploadedFile(name, data)})


def save(client: Client, model: str, checked: HttpResponse) -> HttpResponse:
    return client.post(address(model, "process_import"), {"lines": checked.context["signed"]})


def faults(response: HttpResponse) -> list[str]:
    assert response.status_code == 200
    assert "signed" not in response.context
    return [str(fault) for fault in response.context["faults"]]


def book(rows: list[list[object]]) -> bytes:
    made, data = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(data)
    return data.getvalue()


# --- out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [XLSX, CSV])
@pytest.mark.parametrize(
    ("model", "table"),
    [
        ("province", "units"),
        ("commune", "units"),
        ("succession", "successions"),
        ("alias", "aliases"),
        ("unitattribute", "attributes"),
    ],
)
def test_what_goes_out_has_the_columns_of_the_file_and_comes_in_again_unchanged(
    admin: Client, model: str, table: str, kind: int
) -> None:
    data = export(admin, model, kind)
    rows = rows_of(data)
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        shipped = list(csv.reader(file))
    assert rows[0] == shipped[0]
    if table != "units":
        assert sorted(map(str, rows[1:])) == sorted(map(str, shipped[1:]))
    name = "bang.xlsx" if kind == XLSX else "bang.csv"
    checked = check(admin, model, data, name)
    assert not checked.context["faults"], faults(checked)
    assert checked.context["proposal"].is_empty
    assert checked.context["proposal"].unchanged >= len(rows) - 1
    assert "Tệp không thay đổi gì" in checked.content.decode()


def test_units_go_out_a_row_per_version_as_the_list_is_filtered(admin: Client) -> None:
    rows = rows_of(export(admin, "commune", XLSX, q="ia+pnon"))
    assert [row[:4] + row[6:8] for row in rows[1:]] == [
        ["23881-20200201", "commune", "23881", "Ia Pnôn", "2020-02-01", "2025-06-30"],
        ["23881-20200201", "commune", "23881", "Ia Pnôn", "2025-07-01", ""],
    ]
    assert rows_of(export(admin, "province", CSV))[1][2] == "52"


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(A1)"])
def test_no_formula_leaves_and_text_comes_back(admin: Client, text: str) -> None:
    alias = Alias.objects.order_by("pk").first()
    Alias.objects.filter(pk=alias.pk).update(source=text)
    data = export(admin, "alias", CSV)
    assert f"'{text[:2]}" in data.decode("utf-8-sig").replace('"', "")
    assert check(admin, "alias", data).context["proposal"].is_empty
    sheet = openpyxl.load_workbook(io.BytesIO(export(admin, "alias", XLSX))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert all(cell.value is None for row in sheet.iter_rows() for cell in row if cell.data_type == "n")


# --- in --------------------------------------------------------------------------------------------------


def test_units_and_their_successions_come_in(admin: Client) -> None:
    lines = [
        UNITS_HEAD,
        "23938-20200201,commune,23938,Ia Mơ,xa,52-20250701,2025-07-01,2026-12-31,1664/NQ-UBTVQH15,,",
        "23938-20270101,commune,23938,Ia Mơ Mới,xa,52-20250701,2027-01-01,,Nghị quyết thử,,",
    ]
    checked = check(admin, "commune", "\n".join(lines).encode())
    assert not checked.context["faults"], faults(checked)
    text = checked.content.decode()
    assert "Thêm 2 · sửa 1" in text  # the unit and its version; the version that ends
    assert "2026-12-31" in text
    assert not Unit.objects.filter(key="23938-20270101").exists()  # nothing is written by looking
    assert save(admin, "commune", checked).status_code == 302
    new = UnitVersion.objects.get(unit__key="23938-20270101")
    assert (new.province.key, new.name_search) == ("52-20250701", "ia mo moi")
    log = LogEntry.objects.latest("pk")
    assert "bang.csv: thêm 2, sửa 1" in log.change_message

    link = "predecessor,successor,effective_on,share,resolution\n23938-20200201,23938-20270101,01/01/2027,1,thử\n"
    checked = check(admin, "succession", link.encode())
    assert save(admin, "succession", checked).status_code == 302
    assert Succession.objects.filter(successor__key="23938-20270101").exists()
    assert Descent.objects.get(ancestor__key="23938-20200201", descendant__key="23938-20270101").is_whole


def test_attributes_and_aliases_come_in(admin: Client) -> None:
    table = [
        ["unit", "kind", "value", "starts_on", "ends_on", "source"],
        ["23905-20200201", "region", "III", "2021-06-04", None, "thử"],
        ["23881-20200201", "border", "", "2020-02-01", None, "Văn bản thử"],
    ]
    checked = check(admin, "unitattribute", book(table), "bang.xlsx")
    assert "Thêm 1 · sửa 1" in checked.content.decode()
    assert save(admin, "unitattribute", checked).status_code == 302
    assert UnitAttribute.objects.get(kind="region").unit.key == "23905-20200201"
    assert UnitAttribute.objects.get(unit__key="23881-20200201").source == "Văn bản thử"
    checked = check(admin, "alias", "unit,name,source\n23905-20200201,Ja Băng,thử\n".encode())
    assert save(admin, "alias", checked).status_code == 302
    assert Alias.objects.get(name="Ja Băng").name_search == "ja bang"


def test_what_a_spreadsheet_does_to_text_is_undone(admin: Client) -> None:
    """Numbers for codes, dates as dates, blank lines, a semicolon, a byte order mark: the row keeps its number."""
    version = UnitVersion.objects.get(unit__key="64-20200201")
    head = UNITS_HEAD.split(",")
    row = ["64-20200201", "province", 64, "Gia Lai", "tinh", None, version.starts_on, version.ends_on, "Nguồn", None]
    checked = check(admin, "province", book([head, [None], [*row, None]]), "bang.xlsx")
    assert not checked.context["faults"], faults(checked)
    (change,) = checked.context["changes"]
    assert [column for column, _, _ in change.values] == ["source"]
    wrong = check(admin, "province", book([head, [None] * 11, [*row[:4], "xa", *row[5:], None]]), "bang.xlsx")
    assert [fault.split(":")[0] for fault in faults(wrong)] == ["Dòng 3"]
    text = "\ufeffunit;name;source\n\n23905-20200201;Ia Bang;\n"
    assert faults(check(admin, "alias", text.encode()))[0].startswith("Dòng 3: name: là tên của đơn vị khác")


def test_every_fault_at_once_with_its_row_and_column_and_nothing_written(admin: Client) -> None:
    before = list(UnitVersion.objects.values_list())
    lines = [
        UNITS_HEAD,
        "23938-20200201,commune,23938,Ia Mơ,xa,52-20250701,2025-07-01,ngày mai,x,,",
        "23881-20200201,commune,23882,,xã,52-20250701,2025-07-01,,x,một,",
        "99999-20260101,commune,23881,Xã Thử,xa,52-20250701,2026-01-01,,x,,",
    ]
    checked = check(admin, "commune", "\n".join(lines).encode())
    found = faults(checked)
    for start in (
        "Dòng 2: ends_on: “ngày mai” không phải ngày",
        "Dòng 3: tile_row: “một” không phải số nguyên",
        "Dòng 3: name: chưa nhập",
        "Dòng 3: kind: không có loại “xã”",
    ):
        assert [fault for fault in found if fault.startswith(start)], found
    assert f"Tệp có {len(found)} lỗi cần sửa, chưa lưu dòng nào" in checked.content.decode()
    assert before == list(UnitVersion.objects.values_list())


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("bang.csv", b"unit,name\n", "source: thiếu cột này"),
        ("bang.csv", "unit,name,source\n".encode("utf-16"), "không phải mã UTF-8"),
        ("bang.xlsx", b"PK\x03\x04 not a workbook", "Tệp hỏng"),
        ("bang.csv", b'unit,name,source\n"x', "không đọc được"),
        ("bang.csv", b"unit,name,source\na,b,c,d\n", "Dòng 2 có 4 ô"),
    ],
)
def test_a_file_that_cannot_be_used(admin: Client, name: str, data: bytes, message: str) -> None:
    (fault,) = faults(check(admin, "alias", data, name))
    assert message in fault


@pytest.mark.parametrize(("name", "message"), [("bang.xls", "Chỉ nhận tệp .xlsx hoặc .csv"), ("", "Chọn tệp")])
def test_a_file_of_another_kind_is_refused(admin: Client, name: str, message: str) -> None:
    given = {"file": SimpleUploadedFile(name, b"x")} if name else {}
    assert message in admin.post(address("alias", "import"), given).content.decode()


# --- who, and when ---------------------------------------------------------------------------------------


def test_only_a_superuser_brings_tables_in(client: Client, chi: User) -> None:
    chi.is_staff = True
    chi.save()
    client.force_login(chi)
    for model in ("commune", "succession", "alias", "unitattribute"):
        assert client.get(address(model, "import")).status_code == 403
        assert client.post(address(model, "process_import"), {"lines": "x"}).status_code == 403


def test_nobody_saves_what_another_has_looked_at(admin: Client, make_person: object) -> None:
    checked = check(admin, "alias", "unit,name,source\n23905-20200201,Ja Băng,thử\n".encode())
    signed = checked.context["signed"]
    other = make_person("khac", "administrator", None, is_staff=True, is_superuser=True)
    stranger = Client()
    stranger.force_login(other)
    for client, model, lines in ((stranger, "alias", signed), (admin, "succession", signed), (admin, "alias", "x")):
        response = client.post(address(model, "process_import"), {"lines": lines}, follow=True)
        assert "hết hạn hoặc của người khác" in response.content.decode()
    assert not Alias.objects.filter(name="Ja Băng").exists()
    assert admin.get(address("alias", "process_import")).status_code == 302


def test_what_has_changed_meanwhile_is_shown_again(admin: Client) -> None:
    text = "unit,name,source\n23905-20200201,Ja Băng,thử\n"
    checked = check(admin, "alias", text.encode())
    save(admin, "alias", check(admin, "alias", text.replace("thử", "khác").encode()))
    again = save(admin, "alias", checked)
    assert again.status_code == 200
    assert "Xem lại rồi lưu" in again.content.decode()
    assert Alias.objects.get(name="Ja Băng").source == "khác"
    assert save(admin, "alias", again).status_code == 302
    assert Alias.objects.get(name="Ja Băng").source == "thử"


# --- the pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["commune", "succession", "alias", "unitattribute"])
def test_the_pages_are_vietnamese_and_hold_no_inline_code(admin: Client, model: str) -> None:
    pages = [admin.get(address(model, name)) for name in ("changelist", "import", "export")]
    pages.append(check(admin, model, b"x,y\n"))
    for page in pages:
        text = page.content.decode()
        assert find_english(text) == []
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)|\sstyle=|<style|\son\w+=", text)
    assert address(model, "import") in pages[0].content.decode()
    assert address(model, "export") in pages[0].content.decode()


@pytest.mark.skipif(not SOFFICE, reason="no soffice: apt-get install libreoffice-calc to re-save workbooks")
def test_a_workbook_saved_again_by_libreoffice_is_the_same(admin: Client, tmp_path: Path) -> None:
    source = tmp_path / "bang.xlsx"
    source.write_bytes(export(admin, "commune", XLSX))
    command = [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", tmp_path / "out", source], check=True, capture_output=True, timeout=120)
    checked = check(admin, "commune", (tmp_path / "out" / "bang.xlsx").read_bytes(), "bang.xlsx")
    assert not checked.context["faults"], faults(checked)
    assert checked.context["proposal"].is_empty
