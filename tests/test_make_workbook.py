"""make_workbook and its button: the district's workbook of a period, prefilled from the tables."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from communes.models import User
from criteria.entering import enter
from criteria.models import Door, ReportingPeriod, Revision
from tests.cases import ADVANCED, BASIC, DISTRICTS, line
from tests.conftest import unit_of
from tests.results import set_down
from tests.upload_books import CODE_COLUMN, Filling, made

pytestmark = pytest.mark.django_db


def sheets_of(content: bytes) -> list[str]:
    return [s.title for s in openpyxl.load_workbook(io.BytesIO(content)) if s.sheet_state == "visible"]


def test_a_district_has_a_sheet_for_each_indicator(bao: User) -> None:
    content = made()

    assert sheets_of(content)[:4] == ["19.2 Xã NTM", "19.2 Xã NTM nâng cao", "9.4 Huyện NTM", "9.1 Huyện NTM nâng cao"]
    basic = Filling(content)
    assert len(basic.rows) == 19
    assert "23905" in basic.rows
    assert "23887" not in basic.rows  # the town
    assert len(basic.conditions) == 8
    assert list(Filling(content, DISTRICTS).rows) == ["632"]


def test_codes_stand_as_text(bao: User) -> None:
    book = Filling()

    assert all(isinstance(book.sheet.cell(row, CODE_COLUMN).value, str) for row in book.rows.values())


def test_unconfirmed_wording_is_marked(bao: User) -> None:
    texts = [str(cell.value) for row in Filling().sheet.iter_rows(max_row=9) for cell in row]

    assert any("nội dung tạm" in text for text in texts)
    assert any("chưa đối chiếu văn bản" in text for text in texts)


def test_a_period_asks_for_the_units_of_its_last_day(bao: User) -> None:
    before, after = Filling(made("2024-Q3", "622")), Filling(made("2024", "622"))

    assert set(before.rows) - set(after.rows) == {"23593"}  # Tân Sơn went into Biển Hồ on 01/11/2024


def test_a_period_asks_by_the_checklist_of_its_last_day(bao: User) -> None:
    assert len(Filling(made("2023")).conditions) == 7
    assert len(Filling(made("2024-Q1")).conditions) == 8


def test_a_province_without_districts_lists_its_communes(bao: User) -> None:
    content = made("2025", province="52")

    assert sheets_of(content)[:2] == ["19.2 Xã NTM", "19.2 Xã NTM nâng cao"]
    assert "9.4 Huyện NTM" not in sheets_of(content)
    assert len(Filling(content).rows) == 110


def test_a_province_names_the_district_of_each_commune(bao: User) -> None:
    book = Filling(made(province="64"))

    assert len(book.rows) == 180
    row = book.rows["23905"]
    assert book.sheet.cell(row, book.columns["Huyện"]).value == "Chư Prông"


def test_only_the_asked_indicators(bao: User) -> None:
    assert sheets_of(made(indicator=[ADVANCED]))[0] == "19.2 Xã NTM nâng cao"
    assert "19.2 Xã NTM" not in sheets_of(made(indicator=[ADVANCED]))


def test_what_stands_is_filled_in(bao: User) -> None:
    period = ReportingPeriod.objects.get(key="2024")
    enter([line("23905", but={4: "not_met", 5: ""})], by=bao, period=period, door=Door.FORM)

    book = Filling()

    values = [book.sheet.cell(book.rows["23905"], column).value for column in book.conditions]
    assert values == ["Đạt", "Đạt", "Đạt", "Chưa đạt", None, "Đạt", "Đạt", "Đạt"]


def test_the_last_confirmed_result_before_the_period_stands_beside(bao: User) -> None:
    units = [unit_of("23905")]
    set_down(units, BASIC, "2022", "not_met")
    set_down(units, BASIC, "2023-Q4", "not_met")
    set_down(units, BASIC, "2023", "met")
    set_down(units, BASIC, "2024-Q3", "not_met")  # within the year 2024, not before it

    book = Filling()

    assert book.sheet.cell(book.rows["23905"], book.columns["Kết quả kỳ trước"]).value == "Đạt (năm 2023)"


def test_sample_data_says_so(bao: User) -> None:
    set_down([unit_of("23905")], BASIC, "2023")
    plain = [str(c.value) for row in Filling().sheet.iter_rows(max_row=6) for c in row]
    Revision.objects.update(is_sample=True)
    marked = [str(c.value) for row in Filling().sheet.iter_rows(max_row=6) for c in row]

    assert not any("Số liệu minh họa" in text for text in plain)
    assert any("Số liệu minh họa" in text for text in marked)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"period": "2030"}, "Không có kỳ báo cáo “2030”. Các kỳ hiện có: 2021, 2021-H1"),
        ({"district": "999"}, "mang mã “999” ngày 31/12/2024. Ngày đó có: 622 Thành phố Pleiku; 623"),
        ({"period": "2025"}, "ngày 31/12/2025. Ngày đó không có đơn vị cấp huyện nào"),
        ({"indicator": ["xa-ntm"]}, "không có chỉ tiêu “xa-ntm”. Các chỉ tiêu được đánh giá: xa-ntm-19.2"),
        ({"output": Path("/khong/co/bieu.xlsx")}, "Không ghi được tệp /khong/co/bieu.xlsx"),
    ],
)
def test_what_does_not_exist_is_named(bao: User, tmp_path: Path, given: dict, sentence: str) -> None:
    options = {"period": "2024", "district": "632", "output": tmp_path / "bieu.xlsx"} | given
    with pytest.raises(CommandError, match=sentence.replace("(", r"\(")):
        call_command("make_workbook", **options)


# --- the button ------------------------------------------------------------------------------------------


def test_an_officer_downloads_the_workbook_of_the_district(client: Client, bao: User) -> None:
    client.force_login(bao)
    page = client.get("/uploads/?period=2024").content.decode()
    response = client.get("/uploads/workbook/2024/")

    assert "Tải biểu Excel của huyện" in page
    assert "/uploads/workbook/2024/" in page
    assert response["Content-Disposition"] == 'attachment; filename="bieu-chu-prong-2024.xlsx"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert len(Filling(response.content).rows) == 19


def test_the_province_downloads_any_district_or_all(client: Client, chi: User) -> None:
    client.force_login(chi)

    whole = client.get("/uploads/workbook/2024/")
    one = client.get("/uploads/workbook/2024/?unit=633")

    assert whole["Content-Disposition"] == 'attachment; filename="bieu-gia-lai-2024.xlsx"'
    assert one["Content-Disposition"] == 'attachment; filename="bieu-chu-se-2024.xlsx"'


def test_a_place_follows_its_succession(client: Client, chi: User) -> None:
    client.force_login(chi)

    assert len(Filling(client.get("/uploads/workbook/2025/").content).rows) == 110


@pytest.mark.parametrize("address", ["2024/?unit=633", "2024/?unit=64", "2024/?unit=23905", "2025/", "2030/"])
def test_no_workbook_outside_the_scope(client: Client, bao: User, address: str) -> None:
    client.force_login(bao)

    assert client.get(f"/uploads/workbook/{address}").status_code == 404
