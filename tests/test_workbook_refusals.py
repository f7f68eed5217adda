"""Files that cannot be used are refused with their reason, soon, and without the web process opening them."""

import functools
import gc
import io
import os
import resource
import struct
import time
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.workbooks import child, reading
from criteria.workbooks.reading import Refused, read_workbook
from tests.workbook_files import HEADER, MAIN, parts_of, saved, table, text_cell, with_part, with_sheet, zipped

GOOD = table([HEADER, (1, "23905", "Ia Băng", "Đạt", "Chưa đạt")])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@functools.cache
def blanks() -> bytes:
    """A workbook of 600 kB whose sheet unpacks to 600 MB of blanks."""
    with io.BytesIO() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts_of(GOOD).items():
                if name != "xl/worksheets/sheet1.xml":
                    archive.writestr(name, content)
            with archive.open("xl/worksheets/sheet1.xml", "w") as part:
                for _ in range(600):
                    part.write(b" " * 1_000_000)
        return target.getvalue()


def lying_header() -> bytes:
    """The same file, whose sheet's size is declared as 4 kB in both headers of the archive."""
    data = bytearray(blanks())
    declared, real = struct.pack("<I", 4096), struct.pack("<I", 600_000_000)
    assert data.count(real) >= 1
    return bytes(data.replace(real, declared))


def macro() -> bytes:
    return with_part("xl/vbaProject.bin", b"x")


def macro_by_type() -> bytes:
    types = parts_of(GOOD)["[Content_Types].xml"].replace(
        b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        b"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    )
    return with_part("[Content_Types].xml", types)


def doctype(encoding: str) -> bytes:
    laughs = '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{laughs}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    return with_part("xl/worksheets/sheet1.xml", xml.encode(encoding))


def odd_encoding() -> bytes:
    return with_part(
        "xl/worksheets/sheet1.xml", b"<?xml version='1.0' encoding='cp037'?>" + "<!DOCTYPE w>".encode("cp037")
    )


def external_entity() -> bytes:
    xml = f'<?xml version="1.0"?>{" " * 70_000}<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    cell = '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row></sheetData>'
    return with_part("xl/worksheets/sheet1.xml", f'{xml}<worksheet xmlns="{MAIN}">{cell}</worksheet>'.encode())


def encrypted_members() -> bytes:
    data = bytearray(GOOD)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def million_rows() -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n % 100}</v></c></row>' for n in range(1, 1_000_001))
    return with_sheet(rows)


def million_blank_rows() -> bytes:
    return with_sheet("".join(f'<row r="{n}" ht="{n * 7919 % 400}"/>' for n in range(1, 1_000_001)))


def many_sheets() -> bytes:
    book = openpyxl.Workbook()
    for _ in range(60):
        book.create_sheet()
    return saved(book)


def large_part() -> bytes:
    return with_part(
        "docProps/app.xml", b"<Properties>%s</Properties>" % b"".join(b"<a%d/>" % n for n in range(600_000))
    )


BAD_FILES = {
    "empty": (lambda: b"", "Tệp rỗng"),
    "over 5 MB": (lambda: GOOD + os.urandom(5 * 2**20), "lớn hơn 5 MB"),
    "password": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "Tệp có mật khẩu"),
    "encrypted members": (encrypted_members, "Tệp có mật khẩu"),
    "old xls renamed": (lambda: OLE + b"Workbook", "Excel 97-2003 (.xls)"),
    "html renamed": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "không phải bảng tính Excel"),
    "csv renamed": (lambda: "Mã xã;Tên xã\n".encode(), "không phải bảng tính Excel"),
    "pdf renamed": (lambda: b"%PDF-1.7 ...", "không phải bảng tính Excel"),
    "another zip renamed": (lambda: zipped({"word/document.xml": b"<w/>"}), "không phải bảng tính Excel"),
    "truncated": (lambda: GOOD[: len(GOOD) // 2], "Tệp hỏng"),
    "no central directory": (lambda: b"PK\x03\x04" + bytes(100), "Tệp hỏng"),
    "sheet of noise": (lambda: with_part("xl/worksheets/sheet1.xml", os.urandom(3000)), "Tệp hỏng"),
    "lines out of order": (lambda: with_sheet('<row r="5"><c r="A5"><v>1</v></c></row><row r="2"/>'), "Tệp hỏng"),
    "a cell twice": (lambda: with_sheet('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>'), "Tệp hỏng"),
    "no sheet": (lambda: with_part("xl/_rels/workbook.xml.rels", b"<Relationships/>"), "Tệp"),
    "600 MB of blanks": (blanks, "nén bất thường"),
    "lying header": (lying_header, "Tệp hỏng"),
    "large part": (large_part, "lớn bất thường"),
    "400 members": (lambda: zipped(parts_of(GOOD) | {f"x{n}": b"" for n in range(400)}), "cấu trúc bất thường"),
    "DOCTYPE": (lambda: doctype("UTF-8"), "DOCTYPE"),
    "DOCTYPE in UTF-16": (lambda: doctype("UTF-16"), "DOCTYPE"),
    "encoding in which a DOCTYPE could hide": (odd_encoding, "bảng mã"),
    "external entity, far down": (external_entity, "DOCTYPE"),
    "macro": (macro, "Tệp có macro"),
    "macro by content type": (macro_by_type, "Tệp có macro"),
    "far cell": (lambda: with_sheet(f'<row r="1048576">{text_cell("XFD1048576", "x")}</row>'), "ô XFD1048576"),
    "far column": (lambda: with_sheet(f'<row r="2">{text_cell("CZ2", "x")}</row>'), "ô CZ2"),
    "1 M rows": (million_rows, "A20001"),
    "1 M blank rows": (million_blank_rows, "quá nhiều dòng"),
    "60 sheets": (many_sheets, "hơn 40 trang tính"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_its_reason_within_five_seconds(name: str) -> None:
    make, reason = BAD_FILES[name]
    data = make()
    gc.collect()
    tracemalloc.start()
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_workbook(data, "bieu.xlsx")
    took = time.monotonic() - began
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reason in refused.value.reason
    assert took < 5
    assert peak < 5_000_000, "the web process must not unpack the file"


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("bieu.xls", "ghi .xls nhưng nội dung là bảng tính Excel (.xlsx). Mở tệp bằng Excel, lưu lại"),
        ("BIEU.XLSM", "macro (.xlsm)"),
        ("bieu.xlsb", "nhị phân (.xlsb)"),
        ("bieu.ods", "ghi .ods nhưng nội dung là bảng tính Excel (.xlsx)"),
        ("bieu.csv", "ghi .csv nhưng nội dung là bảng tính Excel (.xlsx)"),
        ("bieu.xlsx.exe", "không phải bảng tính Excel"),
        ("bieu", "không phải bảng tính Excel"),
    ],
)
def test_another_format_is_refused_by_its_name(filename: str, reason: str) -> None:
    with pytest.raises(Refused, match="nộp lại") as refused:
        read_workbook(GOOD, filename)
    assert reason in refused.value.reason


def test_a_child_that_only_waits_is_ended(monkeypatch, tmp_path) -> None:
    waits = tmp_path / "child.py"
    waits.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(reading, "CHILD", waits)
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.5)
    with pytest.raises(Refused, match="trong giới hạn"):
        read_workbook(GOOD, "bieu.xlsx")


@pytest.mark.parametrize(
    "ending",
    [
        "import os; os.kill(os.getpid(), 9)",
        "raise SystemExit(3)",
        "print('not JSON')",
        "print('[]')",
        "print('{}')",
        "print('{\"sheets\": 5}')",
        "import sys; sys.stdout.write('{}' + ' ' * 25 * 2**20)",
    ],
)
def test_a_child_that_dies_or_babbles_is_a_refusal(monkeypatch, tmp_path, ending: str) -> None:
    script = tmp_path / "child.py"
    script.write_text(ending)
    monkeypatch.setattr(reading, "CHILD", script)
    with pytest.raises(Refused, match="trong giới hạn"):
        read_workbook(GOOD, "bieu.xlsx")


def test_the_child_gets_no_environment_and_sets_its_limits(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    script = tmp_path / "child.py"
    script.write_text(
        "import os, json, resource, sys\n"
        f"sys.path.insert(0, {str(reading.CHILD.parent)!r})\n"
        "import child\n"
        "child.limit()\n"
        "said = [str('SECRET_KEY' in os.environ)] + [str(resource.getrlimit(r)[1]) for r in"
        " (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]\n"
        "print(json.dumps({'refused': ' '.join(said)}))\n"
    )
    monkeypatch.setattr(reading, "CHILD", script)
    with pytest.raises(Refused) as refused:
        read_workbook(GOOD, "bieu.xlsx")
    assert refused.value.reason == f"False {2**30} 20 {24 * 2**20}"
    assert resource.getrlimit(resource.RLIMIT_AS)[1] != 2**30, "the limits are the child's alone"


def test_running_out_of_memory_is_a_refusal(monkeypatch) -> None:
    def hungry(_data: bytes) -> list[dict]:
        raise MemoryError

    monkeypatch.setitem(child.READERS, ".xlsx", hungry)
    assert "bộ nhớ" in child.answer(GOOD, ".xlsx")["refused"]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_damage_to_a_file_gets_past_the_child(data: st.DataObject) -> None:
    """Whatever bytes are changed, the child answers with sheets or a reason; it never raises."""
    damaged = bytearray(GOOD)
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=8)):
        damaged[at] = value
    answer = child.answer(bytes(damaged), ".xlsx")
    assert set(answer) in ({"refused"}, {"sheets"})


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]), st.data()
)
def test_no_damage_inside_a_part_gets_past_the_child(part: str, data: st.DataObject) -> None:
    parts = parts_of(GOOD)
    xml = bytearray(parts[part])
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(xml) - 1), st.binary(max_size=6)), max_size=5)):
        xml[at : at + len(value)] = value
    with io.BytesIO() as target:
        with zipfile.ZipFile(target, "w") as archive:
            for name, content in (parts | {part: bytes(xml)}).items():
                archive.writestr(name, content)
        answer = child.answer(target.getvalue(), ".xlsx")
    assert set(answer) in ({"refused"}, {"sheets"})
