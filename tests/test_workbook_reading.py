"""Tables as districts make them: the header is found, the columns are known, what is no unit is told apart."""

import datetime
import io
import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.workbooks.formats.bounds import letter_of
from criteria.workbooks.headers import role_of, understand_sheet
from criteria.workbooks.reading import Cell, Reading, Row, SheetReading, read_workbook
from tests.workbook_files import HEADER, SOFFICE, parts_of, resaved, saved, table, text_cell, with_sheet, zipped

UNIT = (1, "23905", "Ia Băng", "Đạt", "Chưa đạt")


def read(*rows: Any) -> SheetReading:
    return read_workbook(table(rows), "bieu.xlsx").sheets[0]


def texts(sheet: SheetReading) -> list[list[str]]:
    return [[cell.text for _at, cell in sorted(row.cells.items())] for row in sheet.rows]


# --- headers ---


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Mã đơn vị", ("code", None)),
        ("MÃ XÃ", ("code", None)),
        ("Mã ĐVHC (*)", ("code", None)),
        ("ma don vi", ("code", None)),
        ("Tên xã, phường", ("name", None)),
        ("Đơn vị:", ("name", None)),
        ("Tên\nđơn vị", ("name", None)),
        ("Te\u0302n\u00a0 xa\u0303", ("name", None)),
        ("Huyện", ("district", None)),
        ("Nội dung 1", ("condition", 1)),
        ("NỘI DUNG 08", ("condition", 8)),
        ("ND1", ("condition", 1)),
        ("Nd. 12", ("condition", 12)),
        ("Nội dung số 3", ("condition", 3)),
        ("Nội dung 4: Không có khiếu kiện", ("condition", 4)),
        ("Nội dung 4. Không có khiếu kiện", ("condition", 4)),
        ("Nội dung 5\nHằng năm, Đảng ủy xã có nghị quyết", ("condition", 5)),
        ("Tiêu chí 2", ("condition", 2)),
        ("Kết quả kỳ trước", ("previous", None)),
        ("Kết quả", ("verdict", None)),
        ("Ghi chú", ("note", None)),
        ("Nội dung", ("", None)),
        ("Nội dung 1 và 2", ("", None)),
        ("Nội dung 1-3", ("", None)),
        ("Nội dung 1.2", ("", None)),
        ("Nội dung 0", ("", None)),
        ("Nội dung 123", ("", None)),
        ("Mã chỉ tiêu", ("", None)),
        ("", ("", None)),
    ],
)
def test_what_a_header_says(header: str, expected: tuple[str, int | None]) -> None:
    assert role_of(header) == expected


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_header_is_a_condition_only_with_its_number(header: str) -> None:
    role, number = role_of(header)
    assert (role == "condition") == (number is not None)
    assert number is None or str(number) in unicodedata.normalize("NFKD", header)


def test_the_letters_of_columns() -> None:
    assert [letter_of(index) for index in (1, 26, 27, 52, 60)] == ["A", "Z", "AA", "AZ", "BH"]


def test_titles_above_and_columns_in_any_order() -> None:
    sheet = read(
        ("CÔNG AN HUYỆN CHƯ PRÔNG",),
        ("BIỂU ĐÁNH GIÁ", None, "Kỳ báo cáo: năm 2024"),
        (),
        ("Mã chỉ tiêu", "xa-ntm-19.2"),
        ("ND2", "Ghi chú", "tên xã", "ND 1", "MÃ XÃ", "Người phụ trách"),
        ("Đạt", "tốt", "Ia Băng", "Chưa đạt", 23905, "An"),
    )
    assert sheet.header_row == 5
    assert sheet.indicator_code == "xa-ntm-19.2"
    assert [(c.letter, c.role, c.number) for c in sheet.columns] == [
        ("A", "condition", 2),
        ("B", "note", None),
        ("C", "name", None),
        ("D", "condition", 1),
        ("E", "code", None),
        ("F", "", None),
    ]
    assert sheet.rows[0].number == 6
    assert sheet.rows[0].cell(sheet.conditions[1]) == Cell("text", "Chưa đạt", "Chưa đạt")
    assert sheet.rows[0].cell(sheet.column("code")) == Cell("number", 23905, "23905")


def test_a_table_of_districts_names_its_units_in_the_district_column() -> None:
    sheet = read(("STT", "Huyện", "Nội dung 1"), (1, "Chư Prông", "Đạt"))
    assert sheet.column("name").letter == "B"
    assert sheet.column("district") is None


@pytest.mark.parametrize(
    "header",
    [("STT", "Nội dung 1", "Nội dung 2"), ("a", "b"), ("Đơn vị tính: xã",)],
)
def test_without_a_unit_or_a_condition_there_is_no_table(header: tuple[str, ...]) -> None:
    sheet = read(header, UNIT)
    assert (sheet.header_row, sheet.columns, sheet.rows) == (None, (), ())


def test_a_header_below_line_40_is_not_looked_for() -> None:
    assert read(*[("x",)] * 39, HEADER, UNIT).header_row == 40
    assert read(*[("x",)] * 40, HEADER, UNIT).header_row is None


def test_a_column_given_twice_is_named() -> None:
    sheet = read(("Mã xã", "Tên xã", "Đơn vị", "Nội dung 1", "ND1"), ("23905", "Ia Băng", "x", "Đạt", "Chưa đạt"))
    assert [column.letter for column in sheet.repeated] == ["C", "E"]
    assert (sheet.column("name").letter, sheet.conditions[1].letter) == ("B", "D")


# --- rows ---


def test_blank_lines_are_counted_and_other_lines_kept() -> None:
    sheet = read(HEADER, (), UNIT, (None, None, " ", None), UNIT, ())
    assert [row.number for row in sheet.rows] == [3, 5]
    assert sheet.blank_rows == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ((None, None, "Nội dung đánh giá", "Nghị quyết, kế hoạch", "Không có khiếu kiện"), "wording"),
        ((None, None, None, "Hằng năm, Đảng ủy xã có nghị quyết", "Không có khiếu kiện đông người"), "wording"),
        (("A", "B", 1, 2, 3), "numbering"),
        (("(1)", "(2)", "(3)", "(4)", "(5)"), "numbering"),
        ((1, 2, 3, 4, 5), "numbering"),
        ((None, None, "Tổng cộng", 15, 16), "total"),
        (("Cộng:", None, None, 15, 16), "total"),
        ((None, None, "NGƯỜI LẬP BIỂU", None, "TRƯỞNG CÔNG AN HUYỆN"), "signature"),
        ((None, "", "(Ký, ghi rõ họ tên)"), "signature"),
    ],
)
def test_lines_that_clearly_are_no_unit(line: tuple[Any, ...], why: str) -> None:
    sheet = read(HEADER, line, UNIT)
    assert (sheet.skipped, len(sheet.rows)) == (((2, why),), 1)


@pytest.mark.parametrize(
    "line",
    [
        (1, None, None, "Đạt", "Chưa đạt"),
        (None, None, None, "Chưa đạt", "Đạt"),
        (1, None, None, 1, 0),
        (None, "23905", "Tổng cộng", "Đạt", "Đạt"),
        (None, None, "Cộng Hòa", "Đạt", "Đạt"),
        (None, None, "Huyện Chư Prông", 15, 16),
        (1, None, "Ia Băng"),
        (None, None, None, "Hằng năm, Đảng ủy xã có nghị quyết", "Đạt"),
        (1, 2, 3, 5, 8),
    ],
)
def test_lines_that_may_be_a_unit_are_kept(line: tuple[Any, ...]) -> None:
    sheet = read(HEADER, line, UNIT)
    assert (sheet.skipped, len(sheet.rows)) == ((), 2)


def test_below_the_signatures_only_what_looks_like_a_unit_is_kept() -> None:
    sheet = read(
        HEADER,
        UNIT,
        (None, None, None, None, "Gia Lai, ngày 10 tháng 12 năm 2024"),
        (None, None, "Người lập biểu", None, "Trưởng Công an huyện"),
        (None, None, "Nguyễn Văn A", None, "Trần Thị B"),
        (2, None, "Ia Bang", "Đạt", "Đạt"),
        (3, "23899", "Bàu Cạn"),
    )
    assert sheet.skipped == ((3, "signature"), (4, "signature"), (5, "signature"))
    assert [row.number for row in sheet.rows] == [2, 6, 7]


def test_wording_sorted_among_the_units_is_known_by_its_name_only() -> None:
    wording = "Hằng năm, Đảng ủy xã có nghị quyết về an ninh"
    sheet = read(HEADER, UNIT, (None, None, "Nội dung đánh giá", "a", "b"), (None, None, None, wording, wording), UNIT)
    assert sheet.skipped == ((3, "wording"),)
    assert [row.number for row in sheet.rows] == [2, 4, 5]


def test_a_line_of_wording_with_a_result_in_it_is_kept_to_be_refused() -> None:
    sheet = read(HEADER, UNIT, (None, None, "Nội dung đánh giá", "Đạt", "Không có khiếu kiện đông người"))
    assert [row.number for row in sheet.rows] == [2, 3]


def test_numbered_units_below_signatures_sorted_among_them_are_kept() -> None:
    header = ("STT", "Tên xã", "Nội dung 1")
    sheet = read(header, (None, "Người lập biểu"), (1, "Ia Băng", "đạt?"), (None, "Nguyễn Văn A"), (2, "Ia Me"))
    assert [row.number for row in sheet.rows] == [3, 5]


def test_units_above_a_header_sorted_along_are_named() -> None:
    titles = [("BIỂU KẾT QUẢ",), ("Mã kỳ", "2024"), ("Mã phạm vi", 632, "Huyện Chư Prông")]
    sheet = read(*titles, (1, "23899", "Bàu Cạn"), (2, None, "Ia Me", "Đạt"), HEADER, UNIT)
    assert (sheet.above_header, sheet.header_row) == ((4, 5), 6)


def test_labels_sorted_below_the_header_still_hold() -> None:
    sheet = read(HEADER, UNIT, ("Mã kỳ: 2024-Q3",), ("Mã phạm vi: 632",))
    assert (sheet.period_key, sheet.scope_code) == ("2024-Q3", "632")


def merged(*ranges: str) -> SheetReading:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (HEADER, UNIT, (2, "23899", "Bàu Cạn", None, "Đạt"), (3, "23908", "Ia Me")):
        sheet.append(row)
    for cells in ranges:
        sheet.merge_cells(cells)
    return read_workbook(saved(book), "bieu.xlsx").sheets[0]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("D2:D4", ((2, 4, "D2:D4"),)),
        ("D2:E2", ((2, 4, "D2:E2"),)),
        ("C3:E4", ((3, 4, "C3:E4"),)),
        ("D4:E4", ()),  # it holds nothing
        ("A2:A4", ()),
        ("D1:E1", ()),
    ],
)
def test_what_is_merged_over_the_conditions_of_units_is_named(cells: str, expected: tuple) -> None:
    assert merged(cells).merged == expected


# --- cells ---


def test_the_kinds_of_cells() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("19.2")
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    hour = book.add_format({"num_format": "[h]:mm"})
    sheet.write_row(0, 0, ["Mã xã", *[f"Nội dung {n}" for n in range(1, 15)]])
    sheet.write_string(1, 0, "23905")
    sheet.write_number(1, 1, 7)
    sheet.write_number(1, 2, 0.5)
    sheet.write_boolean(1, 3, True)
    sheet.write_datetime(1, 4, datetime.date(2024, 10, 5), day)
    sheet.write_datetime(1, 5, datetime.datetime(2024, 10, 5, 7, 30), day)  # noqa: DTZ001 - a cell has no zone
    sheet.write_formula(1, 6, '=IF(1,"Đạt","")', value="Đạt")
    sheet.write_formula(1, 7, "=B4", value="")  # xlsxwriter's way to leave the result out
    sheet.write_formula(1, 8, "=1/0", value="#DIV/0!")
    sheet.write_blank(1, 9, None, day)
    sheet.write_rich_string(1, 10, "Chưa ", book.add_format({"bold": True}), "đạt")
    sheet.write_string(1, 11, "=1+1")
    sheet.write_number(1, 12, 1.5, hour)
    sheet.write_number(1, 13, -1, day)
    book.close()
    row = read_workbook(target.getvalue(), "b.xlsx").sheets[0].rows[0].cells
    assert row == {
        1: Cell("text", "23905", "23905"),
        2: Cell("number", 7, "7"),
        3: Cell("number", 0.5, "0,5"),
        4: Cell("bool", True, "TRUE"),
        5: Cell("date", "2024-10-05T00:00:00", "05/10/2024"),
        6: Cell("date", "2024-10-05T07:30:00", "05/10/2024 07:30"),
        7: Cell("text", "Đạt", "Đạt", '=IF(1,"Đạt","")'),
        8: Cell("formula", None, "=B4", "=B4"),
        9: Cell("error", "#DIV/0!", "#DIV/0!", "=1/0"),
        11: Cell("text", "Chưa đạt", "Chưa đạt"),
        12: Cell("text", "=1+1", "=1+1"),
        13: Cell("date", "1 day, 12:00:00", "1 day, 12:00:00"),
        14: row[14],
    }
    assert row[14].kind in ("date", "error")


def test_a_formula_without_result_is_told_from_a_blank_cell() -> None:
    """openpyxl writes formulas without results, as some programs do; a formula that gave "" is blank."""
    sheet = read(HEADER, (1, "23905", "Ia Băng", "=B4", None))
    assert sheet.rows[0].cells[4] == Cell("formula", None, "=B4", "=B4")
    assert 5 not in sheet.rows[0].cells
    empty_result = with_sheet(
        f'<row r="1">{text_cell("A1", "Mã xã")}{text_cell("B1", "ND1")}</row>'
        f'<row r="2">{text_cell("A2", "23905")}<c r="B2" t="str"><f>IF(A9="","",1)</f><v></v></c></row>'
        f'<row r="3">{text_cell("A3", "23899")}<c r="B3"><f t="shared" si="0"/></c></row>'
    )
    first, second = read_workbook(empty_result, "b.xlsx").sheets[0].rows
    assert 2 not in first.cells
    assert second.cells[2] == Cell("formula", None, "=…", "=…")


@pytest.mark.parametrize("dimension", ["A1", "A1:B2", "A1:XFD1048576", "nonsense"])
def test_the_declared_dimension_is_not_believed(dimension: str) -> None:
    rows = "".join(
        f'<row r="{n}">{text_cell(f"A{n}", "Mã xã" if n == 1 else f"{n:05d}")}{text_cell(f"C{n}", "ND1")}</row>'
        for n in range(1, 101)
    )
    sheet = read_workbook(with_sheet(rows, f'<dimension ref="{dimension}"/>'), "b.xlsx").sheets[0]
    assert len(sheet.rows) == 99


def test_rows_and_cells_without_addresses_are_counted() -> None:
    bare = text_cell("A1", "{}").replace(' r="A1"', "")
    rows = "".join(f"<row>{bare.format(a)}{bare.format(b)}</row>" for a, b in (("Mã xã", "ND1"), ("23905", "Đạt")))
    sheet = read_workbook(with_sheet(rows), "b.xlsx").sheets[0]
    assert texts(sheet) == [["23905", "Đạt"]]


def test_hidden_rows_and_sheets_are_read_and_said() -> None:
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("cũ")
    for sheet in (first, second):
        sheet.append(HEADER)
        sheet.append(UNIT)
    first.row_dimensions[2].hidden = True
    second.sheet_state = "hidden"
    one, other = read_workbook(saved(book), "b.xlsx").sheets
    assert (one.is_hidden, one.rows[0].is_hidden) == (False, True)
    assert (other.is_hidden, other.rows[0].is_hidden) == (True, False)


def test_far_formatted_blanks_do_not_matter() -> None:
    header = f'<row r="1">{text_cell("A1", "Mã xã")}{text_cell("B1", "ND1")}</row>'
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert read_workbook(with_sheet(header + far), "b.xlsx").sheets[0].header_row == 1


def test_merged_titles_and_an_odd_style_do_not_matter() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "BIỂU"
    sheet.merge_cells("A1:E1")
    for row in (HEADER, UNIT):
        sheet.append(row)
    parts = parts_of(saved(book))
    parts["xl/styles.xml"] = parts["xl/styles.xml"].replace(
        b"<fills", b"<fills count='x'><fill><odd/></fill></fills><fills"
    )
    assert read_workbook(zipped(parts), "b.xlsx").sheets[0].header_row == 2


def test_a_table_of_ten_thousand_rows_is_read_in_time() -> None:
    header = ("Mã xã", "Tên xã", *[f"Nội dung {n}" for n in range(1, 9)])
    data = table([header, *[(f"{n:05d}", f"Ia {n}", *["Đạt"] * 8) for n in range(10_600)]])
    began = time.monotonic()
    reading = read_workbook(data, "b.xlsx")
    assert time.monotonic() - began < 10
    assert len(reading.sheets[0].rows) == 10_600


@pytest.mark.skipif(not SOFFICE, reason="no soffice: apt-get install libreoffice-calc to run this test")
def test_a_table_saved_by_libreoffice_reads_the_same(tmp_path: Path) -> None:
    lines = (("BIỂU",), HEADER, UNIT, (2, 23924, "Ia Bang", "x", 7), ("Tổng cộng", None, None, 1, 1))
    data = table(lines)
    before = read_workbook(data, "b.xlsx").sheets[0]
    after = read_workbook(resaved(data, tmp_path), "b.xlsx").sheets[0]
    assert (after.columns, after.rows, after.skipped) == (before.columns, before.rows, before.skipped)


# --- whatever is there ---

VALUES = st.one_of(
    st.sampled_from(["Mã xã", "Tên xã", "Nội dung 1", "ND2", "Đạt", "Tổng cộng", "Người lập biểu", "Mã kỳ: 2024", "1"]),
    st.text(min_size=1, max_size=12),
)
LINES = st.lists(st.dictionaries(st.integers(1, 8), VALUES, min_size=1), max_size=8)


@settings(deadline=None)
@given(LINES)
def test_any_sheet_is_understood_without_an_exception_and_no_line_is_lost(lines: list[dict[int, str]]) -> None:
    rows = [Row(n, {at: Cell("text", text, text) for at, text in line.items()}) for n, line in enumerate(lines, 1)]
    sheet = understand_sheet("19.2", False, rows)
    if sheet.header_row is not None:
        numbers = sorted([row.number for row in sheet.rows] + [number for number, _why in sheet.skipped])
        assert numbers == [row.number for row in rows if row.number > sheet.header_row]
        code = sheet.column("code")
        kept = {row.number for row in sheet.rows}
        if code:
            below = rows[sheet.header_row :]
            assert all(row.number in kept for row in below if len(row.cell(code).text if row.cell(code) else "") > 3)
    reading = Reading(None, (sheet,))
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading
