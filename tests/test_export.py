"""The figures as files: formulas that agree with the page to the last digit, nothing that can run, only one's scope."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from defusedxml import ElementTree
from django.core.management import CommandError, call_command
from django.test import Client

from communes.models import User
from criteria.models import Revision, State, Verdict
from criteria.rounding import percent_of
from reports.documents.excel import write_xlsx
from reports.documents.separated import write_csv
from reports.documents.tables import Column, Table, letter, needed, share
from reports.documents.word import write_docx
from tests.results import fail, set_down, unit_on, units_on
from tests.test_overview import BASIC, DAY

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def worked_out(formula: str, cells: dict[str, Any]) -> Any:
    """Work a formula of ours out, in integers as a spreadsheet does: QUOTIENT, IF, AND, OR, MAX, SUM, COUNTIF."""

    def column(first: str, last: str) -> list[Any]:
        head = re.sub(r"\d", "", first)
        return [cells.get(f"{head}{at}") for at in range(int(first[len(head) :]), int(last[len(head) :]) + 1)]

    text = formula.removeprefix("=").replace("IF(", "IF_(").replace("COUNTIF_(", "COUNTIF(")
    text = re.sub(r"([A-Z]+\d+):([A-Z]+\d+)", r"column('\1','\2')", text)
    text = re.sub(r"(?<![A-Z'])([A-Z]{1,2}\d+)(?!['\d])", r"cells['\1']", text)
    text = re.sub(r"(?<![<>=])=(?!=)", "==", text)
    names = {
        "QUOTIENT": lambda a, b: a // b if b else 0,
        "IF_": lambda test, yes, no: yes if test else no,
        "AND": lambda *tests: all(tests),
        "OR": lambda *tests: any(tests),
        "MAX": max,
        "SUM": lambda values: sum(value or 0 for value in values),
        "COUNTIF": lambda values, word: sum(
            str(value or "").startswith(word[:-1]) if word.endswith("*") else value == word for value in values
        ),
        "column": column,
        "cells": cells,
    }
    return eval(text, {"__builtins__": {}}, names)  # noqa: S307 - a formula of our own


@pytest.mark.parametrize("total", [182, 180, 69, 17, 8207])
def test_the_formula_of_a_share_rounds_as_everywhere(total: int) -> None:
    step = 7 if total > 1000 else 1
    for target in (99, 50, None):
        formula = share(None, 1, 0, target).text.format(row=5)
        edge = range(total * 98 // 100, total + 1) if total > 1000 else ()
        for met in {*range(0, total + 1, step), *edge}:
            assert round(worked_out(formula, {"A5": total, "B5": met}) * 100) == int(
                percent_of(met, total, target) * 100
            ), (met, total, target)


def test_small_parts_of_the_formulas() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]
    assert share(None, 1, 0).text.format(row=1).startswith('=IF(A1=0,"–"')
    for total in (182, 180, 17, 69):
        assert worked_out(needed(None, 0, 99).text.format(row=1), {"A1": total}) == -(-99 * total // 100)


def test_nothing_typed_can_run_in_a_file() -> None:
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(1)", "\t=1", "bình thường"]
    table = Table("T", "=title", ["=heading"], [Column("=x", group="=g")], [[one] for one in evil])
    lines = list(csv.reader(io.StringIO(write_csv(table).decode("utf-8-sig")), delimiter=";"))
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t"))]
    sheet = openpyxl.load_workbook(io.BytesIO(write_xlsx("t", [table]))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert "=1+1" in [cell.value for row in sheet.iter_rows() for cell in row]


def texts(content: bytes) -> list[str]:
    """Return the paragraphs of a .docx, and that each part of it is XML."""
    archive = zipfile.ZipFile(io.BytesIO(content))
    parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    assert {"[Content_Types].xml", "_rels/.rels", "word/document.xml"} <= set(parts)
    found = parts["word/document.xml"].iter(f"{WORD}p")
    return ["".join(run.text or "" for run in one.iter(f"{WORD}t")) for one in found]


def test_word_takes_any_text_and_gives_the_same_bytes() -> None:
    table = Table("T", "Bảng", [], [Column("A", "G"), Column("B", "G"), Column("C")], [["<b>", "&", "\x00\x0bx"]])
    made = write_docx("Tên & <tên>", ["dòng"], ["câu", table])
    assert texts(made)[:3] == ["Tên & <tên>", "dòng", "câu"]
    assert texts(made)[-4:-1] == ["<b>", "&", "x"]
    assert made == write_docx("Tên & <tên>", ["dòng"], ["câu", table])


@pytest.fixture
def results(reference: None) -> None:
    units = units_on(DAY, "xa")
    set_down(units[:171], BASIC, "2024")
    for revision in set_down(units[171:174], BASIC, "2024", Verdict.NOT_MET):
        fail(revision, 4)
    set_down(units[174:178], BASIC, "2024", state=State.EXAMINED)
    set_down([unit_on(DAY, code) for code in ("632", "633")], "huyen-ntm-9.4", "2024")
    Revision.objects.update(is_sample=True)


@pytest.mark.usefixtures("results")
def test_the_command_writes_a_table_whose_formulas_agree(tmp_path: Path) -> None:
    target = tmp_path / "bieu.xlsx"
    call_command("export_report", "--as-of", DAY, "--format", "xlsx", "--output", str(target), stdout=io.StringIO())
    stored, formulas = openpyxl.load_workbook(target, data_only=True), openpyxl.load_workbook(target)
    for sheet in formulas:
        cells = {cell.coordinate: cell.value for row in stored[sheet.title].iter_rows() for cell in row}
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert worked_out(cell.value, cells) == pytest.approx(cells[cell.coordinate]), cell.coordinate
    heading = [stored["Mục tiêu"].cell(row, 1).value for row in range(1, 7)]
    assert heading[1] == "Số liệu tính đến ngày 31/12/2024 · Tỉnh Gia Lai · theo địa giới tại thời điểm"
    assert any(str(line).startswith("Số liệu minh họa") for line in heading)
    first = next(row for row in stored["Mục tiêu"].iter_rows(values_only=True) if row[0] == 1)
    assert first[3:12] == (180, 171, 3, 4, 2, 95, 99, 179, 8)
    assert isinstance(first[-1], str)
    *districts, total = [row for row in stored["Theo đơn vị cấp huyện"].iter_rows(values_only=True) if row[2]][1:]
    assert total[2:6] == ("Tổng cộng", 180, 171, 95)
    assert [row[0] for row in districts] == list(range(1, 18))
    assert [row[1] for row in districts] == sorted(row[1] for row in districts)
    assert len(list(stored["Theo đơn vị cấp xã"].iter_rows(values_only=True))) > 180


@pytest.mark.usefixtures("results")
def test_the_command_writes_word_and_refuses_in_vietnamese(tmp_path: Path) -> None:
    target = tmp_path / "bao-cao.docx"
    call_command("export_report", "--as-of", DAY, "--format", "docx", "--output", str(target), stdout=io.StringIO())
    words = texts(target.read_bytes())
    assert any("171/180 xã đạt (95,00%)." in one for one in words)
    assert any(one.startswith("Số liệu minh họa") for one in words)
    assert "171/180" in words
    for arguments, said in (
        (("--as-of", DAY, "--format", "pdf", "--output", "x"), "chọn docx hoặc xlsx"),
        (("--as-of", DAY, "--format", "docx", "--output", str(tmp_path / "a" / "b")), "Không ghi được tệp"),
        (("--as-of", "hôm qua", "--format", "docx", "--output", "x"), "không phải là ngày"),
        (("--as-of", DAY, "--format", "docx"), "Tham số không dùng được: còn thiếu --output"),
    ):
        with pytest.raises(CommandError, match=re.escape(said)):
            call_command("export_report", *arguments, stdout=io.StringIO())


def got(user: User, address: str, status: int = 200) -> bytes:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(address)
    assert response.status_code == status
    if status == 200:
        assert response["Content-Disposition"].startswith("attachment")
    return response.content


@pytest.mark.usefixtures("results")
def test_pages_hand_over_the_person_s_own_scope(bao: User, chi: User) -> None:
    mine = got(bao, f"/briefing/csv/?as_of={DAY}").decode("utf-8-sig")
    assert "Ia Băng" in mine
    assert "Chư Sê" not in mine
    assert "Thành phố Pleiku;7;" in got(chi, f"/briefing/csv/?as_of={DAY}").decode("utf-8-sig")
    assert any("/19 xã đạt" in one for one in texts(got(bao, f"/briefing/docx/?as_of={DAY}")))
    got(chi, "/briefing/pdf/", status=404)
    after = got(chi, "/briefing/csv/?as_of=2025-12-31").decode("utf-8-sig")
    assert after.count("Chưa gửi") >= 69


@pytest.mark.usefixtures("results")
def test_the_list_behind_a_figure_is_handed_over_whole(chi: User) -> None:
    listed = got(chi, f"/progress/{BASIC}/?as_of={DAY}&download=csv").decode("utf-8-sig").splitlines()
    assert len([line for line in listed if re.match(r"\d+;", line)]) == 180
    assert listed[0] == "Chỉ tiêu 19.2 xã nông thôn mới: Tất cả"
    assert "Cách tính: tính trên 180 xã" in listed
    few = got(chi, f"/progress/{BASIC}/?as_of={DAY}&standing=not_met&download=csv").decode("utf-8-sig")
    assert few.count("Nội dung 4: ") == 3
    book = openpyxl.load_workbook(io.BytesIO(got(chi, f"/progress/{BASIC}/?as_of={DAY}&download=xlsx")))
    assert book.sheetnames == ["Danh sách", "Đường tới mục tiêu", "Nội dung chưa đạt", "Số còn lại"]
