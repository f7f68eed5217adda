"""The workbook that goes out: what it holds, that nothing in it is live, and that it comes back as it went."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest

from criteria.workbooks.reading import Mark, Reading, SheetReading, read_workbook
from criteria.workbooks.template import (
    SAMPLE_LINE,
    WORDING_SHOWN,
    Book,
    Sheet,
    TemplateCondition,
    TemplateRow,
    wording_shown,
    write_workbook,
)
from criteria.workbooks.values import Verdict, read_verdict
from tests.workbook_files import SOFFICE, parts_of, resaved

LONG = "Hằng năm, Đảng ủy xã có nghị quyết, UBND xã có kế hoạch về công tác bảo đảm an ninh, trật tự " * 4


def conditions(count: int) -> tuple[TemplateCondition, ...]:
    first = TemplateCondition(1, LONG, accepted=(("x", True), ("o", False)))
    second = TemplateCondition(2, "Không có khiếu kiện đông người", "nội dung tạm", is_negative=True, is_sensitive=True)
    rest = (TemplateCondition(n, f"Nội dung thứ {n}", "nội dung tạm") for n in range(3, count + 1))
    return (first, second, *rest)[:count]


def book(*, sample: bool = True, name: str = "Xã Ia Băng", count: int = 8) -> Book:
    rows = (
        TemplateRow("23905", name, values=(True, False, *(None,) * 6)[:count], previous="Đạt (năm 2023)"),
        TemplateRow("00924", "Xã Ia Bang"),
    )
    commune = Sheet(
        "19.2 Xã NTM",
        "xa-ntm-19.2",
        "Chỉ tiêu 19.2",
        "HD 04",
        "chưa đối chiếu văn bản",
        conditions(count),
        rows,
        "Tên xã",
    )
    district = Sheet(
        "9.4 Huyện NTM",
        "huyen-ntm-9.4",
        "Chỉ tiêu 9.4",
        "QĐ 320",
        "",
        conditions(1),
        (TemplateRow("632", "Huyện Chư Prông"),),
        "Tên huyện",
    )
    return Book("BIỂU ĐÁNH GIÁ", "2024-Q3", "Quý III năm 2024", "632", "huyện Chư Prông", sample, (commune, district))


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def check(reading: Reading) -> None:
    """What must be read from the book above, wherever it has been in between."""
    indicators = {"19.2 Xã NTM": "xa-ntm-19.2", "9.4 Huyện NTM": "huyen-ntm-9.4"}
    assert reading.mark == Mark("1", "2024-Q3", "632", indicators)
    communes, district, guide = reading.sheets
    assert (guide.title, guide.header_row) == ("Hướng dẫn", None)
    assert district.rows[0].cell(district.column("code")).text == "632"
    assert list(district.conditions) == [1]
    assert (communes.indicator_code, communes.period_key, communes.scope_code) == ("xa-ntm-19.2", "2024-Q3", "632")
    assert (communes.header_row, communes.skipped, communes.blank_rows) == (7, ((8, "wording"),), 0)
    assert list(communes.conditions) == list(range(1, 9))
    assert communes.repeated == ()
    assert [row.number for row in communes.rows] == [9, 10]
    assert verdicts(communes, 0) == [Verdict.MET, Verdict.NOT_MET, *[None] * 6]
    assert verdicts(communes, 1) == [None] * 8
    assert [row.cell(communes.column("code")).text for row in communes.rows] == ["23905", "00924"]


def verdicts(sheet: SheetReading, row: int) -> list:
    columns = [sheet.conditions[number] for number in sorted(sheet.conditions)]
    return [read_verdict(sheet.rows[row].cell(column), negative=True, accepted={}) for column in columns]


def test_what_is_written_is_read_back() -> None:
    reading = read_workbook(write_workbook(book()), "bieu.xlsx")
    check(reading)
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


@pytest.mark.skipif(not SOFFICE, reason="no soffice: apt-get install libreoffice-calc to run this test")
def test_libreoffice_opens_and_saves_it(tmp_path: Path) -> None:
    data = resaved(write_workbook(book()), tmp_path)
    check(read_workbook(data, "bieu.xlsx"))
    sheet = opened(data)["19.2 Xã NTM"]  # its frozen panes are gone: without a window LibreOffice keeps no view
    assert {str(rule.sqref) for rule in sheet.data_validations.dataValidation} >= {"D9:D10", "K9:K10"}


def test_excel_saving_again_without_the_dimension_or_the_mark() -> None:
    """A copy of one sheet in a new file has no mark; the lines above the header still say what it is."""
    source = opened(write_workbook(book()))
    for title in ("_ntm", "Hướng dẫn", "9.4 Huyện NTM"):
        del source[title]
    target = io.BytesIO()
    source.save(target)
    reading = read_workbook(target.getvalue(), "bieu.xlsx")
    assert reading.mark is None
    assert (reading.sheets[0].indicator_code, reading.sheets[0].period_key) == ("xa-ntm-19.2", "2024-Q3")


def test_the_page_is_ready_to_fill_and_to_print() -> None:
    sheet = opened(write_workbook(book()))["19.2 Xã NTM"]
    header = [cell.value for cell in sheet[7]]
    assert header[:4] == ["STT", "Mã đơn vị", "Tên xã", "Nội dung 1"]
    assert header[-1] == "Kết quả kỳ trước"
    assert [cell.value for cell in sheet[9]][:6] == [1, "23905", "Xã Ia Băng", "Đạt", "Chưa đạt", None]
    assert sheet["B10"].value == "00924"
    assert sheet["B10"].number_format == "@"
    assert sheet["F9"].fill.start_color.rgb == sheet["D9"].fill.start_color.rgb != sheet["C9"].fill.start_color.rgb
    assert sheet.freeze_panes == "D8"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.print_title_rows == "$7:$8"
    assert not sheet.protection.sheet


def test_the_lists_hold_the_two_results() -> None:
    rules = opened(write_workbook(book()))["19.2 Xã NTM"].data_validations.dataValidation
    assert {rule.formula1 for rule in rules} == {'"Đạt,Chưa đạt"'}
    first, second = rules[0], rules[1]
    assert (first.errorStyle, second.errorStyle) == ("warning", None)  # None is "stop"
    assert second.prompt == "Không có khiếu kiện đông người"
    assert all(len(rule.prompt) <= 255 and len(rule.error) <= 255 for rule in rules)


def test_unconfirmed_wording_is_marked_and_long_wording_is_cut_at_a_word() -> None:
    sheet = opened(write_workbook(book()))["19.2 Xã NTM"]
    assert sheet["D5"].value == "HD 04 (chưa đối chiếu văn bản)"
    assert sheet["E8"].value == "Không có khiếu kiện đông người\n(nội dung tạm)"
    shown = wording_shown(conditions(1)[0])
    assert shown.endswith(" … (xem trang Hướng dẫn)")
    assert LONG.startswith(shown.split(" …")[0] + " ")
    assert len(shown) < WORDING_SHOWN + 30


def test_the_guide_has_every_wording_in_full() -> None:
    values = [
        cell.value for row in opened(write_workbook(book()))["Hướng dẫn"].iter_rows() for cell in row if cell.value
    ]
    text = "\n".join(map(str, values))
    assert LONG in text
    assert 'Cũng nhận: "x" là đạt; "o" là chưa đạt.' in text
    assert "Không có khiếu kiện đông người (nội dung tạm)" in text
    assert "không gửi tệp này ra ngoài cơ quan đánh giá" in text
    assert "bí mật nhà nước" in text


@pytest.mark.parametrize("sample", [True, False])
def test_sample_data_says_so_on_every_sheet(sample: bool) -> None:
    workbook = opened(write_workbook(book(sample=sample)))
    for sheet in workbook.worksheets:
        texts = [cell.value for row in sheet.iter_rows() for cell in row]
        assert (SAMPLE_LINE in texts) == (sample and sheet.title != "_ntm")


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://a.vn")', "{=1}", "+1", "@SUM(A1)", "http://a.vn", "1e5"])
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    data = write_workbook(book(name=text))
    assert opened(data)["19.2 Xã NTM"]["C9"].value == text
    assert opened(data)["19.2 Xã NTM"]["C9"].data_type in ("s", "f")  # openpyxl takes the text "=1+1" for a formula
    parts = parts_of(data)
    xml = b"".join(content for name, content in parts.items() if name.startswith("xl/worksheets/"))
    assert not re.search(rb"<f[ >]|<hyperlink", xml)
    assert not any("vba" in name.lower() or "threaded" in name.lower() for name in parts)


def test_the_mark_is_very_hidden() -> None:
    workbook = opened(write_workbook(book()))
    assert workbook["_ntm"].sheet_state == "veryHidden"
    assert workbook.active.title == "19.2 Xã NTM"


def test_a_province_has_a_column_of_districts() -> None:
    rows = (TemplateRow("23905", "Xã Ia Băng", "Chư Prông"), TemplateRow("23719", "Xã Ia Băng", "Đăk Đoa"))
    sheet = Sheet("19.2", "xa-ntm-19.2", "Chỉ tiêu 19.2", "HD 04", "", conditions(8), rows, "Tên xã")
    reading = read_workbook(
        write_workbook(Book("B", "2024", "Năm 2024", "64", "tỉnh Gia Lai", False, (sheet,))), "b.xlsx"
    )
    found = reading.sheets[0]
    assert [row.cell(found.column("district")).text for row in found.rows] == ["Chư Prông", "Đăk Đoa"]
    assert found.column("name").letter == "C"


def test_a_sheet_without_units_or_conditions_can_be_written() -> None:
    empty = Sheet("19.2", "xa-ntm-19.2", "Chỉ tiêu 19.2", "HD 04", "", (), ())
    assert write_workbook(Book("B", "2024", "Năm 2024", "64", "tỉnh", False, (empty,)))
