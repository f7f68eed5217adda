"""Write the corpus anew: `uv run python -m tests.corpus.make`. Files with LibreOffice's hand in them need soffice.

The same table of four units stands in most files, in every format and shape; what each should be read as is written
down in expected.py, by hand.
"""

import io
import shutil
import subprocess
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from tests.corpus import crafted

FOLDER = Path(__file__).parent / "files"
HEADER = ("STT", "Mã đơn vị", "Tên xã", "Nội dung 1", "Nội dung 2")
UNITS = (
    (1, "23905", "Ia Băng", "Đạt", "Chưa đạt"),
    (2, "23924", "Ia Bang", "Đạt", "Đạt"),
    (3, "23917", "Ia Púch", "Chưa đạt", "Đạt"),
    (4, "23938", "Ia Mơ", "Đạt", "Đạt"),
)
TABLE = (HEADER, *UNITS)
TITLES = (("CÔNG AN HUYỆN CHƯ PRÔNG",), ("BIỂU ĐÁNH GIÁ CHỈ TIÊU 19.2", None, "Kỳ báo cáo: năm 2024"), ())
ENDING = (
    ("", "", "Tổng cộng", 3, 3),
    (),
    (None, None, None, "Chư Prông, ngày 15 tháng 11 năm 2024"),
    ("Người lập biểu", None, None, "Trưởng Công an huyện"),
    ("Nguyễn Văn A", None, None, "Trần Văn B"),
)
# TCVN3 and VNI as the bytes of those fonts look in Unicode.
TCVN3_UNITS = ("Ia B¨ng", "Ia Bang", "Ia Póch", "Ia M¬")
VNI_UNITS = ("Ia Baêng", "Ia Bang", "Ia Puùch", "Ia Mô")
TCVN3_WORDS = {"Đạt": "§¹t", "Chưa đạt": "Ch\u00ada ®¹t"}
VNI_WORDS = {"Đạt": "Ñaït", "Chưa đạt": "Chöa ñaït"}


def book(*rows: Any, more: Callable[[Worksheet], None] | None = None, title: str = "19.2 Xã NTM") -> bytes:
    """One sheet with these rows, then changed by `more`."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    if more:
        more(sheet)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def legacy(font: str, names: tuple[str, ...], words: dict[str, str]) -> bytes:
    """The table with its units and results in a font from before Unicode."""
    rows = [(o, c, name, *(words[w] for w in said)) for (o, c, _n, *said), name in zip(UNITS, names, strict=True)]

    def dress(sheet: Worksheet) -> None:
        for row in sheet.iter_rows(min_row=2, min_col=3):
            for cell in row:
                cell.font = Font(name=font)

    return book(HEADER, *rows, more=dress)


def hidden(sheet: Worksheet) -> None:
    sheet.row_dimensions[3].hidden = sheet.row_dimensions[4].hidden = True


def merged_title(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A2:B2")


def two_lines(sheet: Worksheet) -> None:
    for cells in ("A1:A2", "B1:B2", "C1:C2", "D1:E1"):
        sheet.merge_cells(cells)


def several() -> bytes:
    made = openpyxl.load_workbook(io.BytesIO(book(*TABLE)))
    made.create_sheet("Ghi chép").append(["Danh sách điện thoại"])
    made.create_sheet("Trang trống")
    secret = made.create_sheet("Nâng cao")
    for row in TABLE[:2]:
        secret.append(list(row))
    secret.sheet_state = "hidden"
    return saved(made)


def each(change: Callable[[str], str]) -> tuple[tuple[Any, ...], ...]:
    """The table with every text changed."""
    return tuple(tuple(change(cell) if isinstance(cell, str) else cell for cell in row) for row in TABLE)


def spaced(text: str) -> str:
    return f" {text.replace(' ', chr(160) + ' ')}\u200b "


def columns(*order: int) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row[at] for at in order) for row in TABLE)


def text(rows: Any, separator: str) -> str:
    return "".join(separator.join("" if c is None else str(c) for c in row) + "\r\n" for row in rows)


WORKBOOKS: dict[str, Callable[[], bytes]] = {
    "plain": lambda: book(*TABLE),
    "titles": lambda: book(*TITLES, *TABLE, more=merged_title),
    "ending": lambda: book(*TABLE, *ENDING),
    "everything": lambda: book(*TITLES, *TABLE[:3], (), (), *TABLE[3:], *ENDING, more=merged_title),
    "two-lines": lambda: book((*HEADER[:3], "Nội dung", None), (None, None, None, 1, 2), *UNITS, more=two_lines),
    "two-lines-words": lambda: book(
        (*HEADER[:3], "Kết quả đánh giá", None), (None, None, None, "ND 1", "ND 2"), *UNITS, more=two_lines
    ),
    "numbering": lambda: book(HEADER, ("A", "B", "C", 1, 2), *UNITS),
    "other-order": lambda: book(*columns(4, 2, 3, 1)),
    "more-columns": lambda: book(*((*row, "x", row[0]) for row in TABLE)),
    "no-codes": lambda: book(*columns(0, 2, 3, 4)),
    "no-names": lambda: book(*columns(1, 3, 4)),
    "hidden-rows": lambda: book(*TABLE, more=hidden),
    "several-sheets": several,
    "codes-as-numbers": lambda: book(HEADER, *((o, int(c), *rest) for o, c, *rest in UNITS)),
    "upper-case": lambda: book(*each(str.upper)),
    "decomposed": lambda: book(*each(lambda said: unicodedata.normalize("NFD", said))),
    "spaces": lambda: book(*each(spaced)),
    "kinds": lambda: book(HEADER, *((o, None, f"Xã {n}", *rest) for o, _c, n, *rest in UNITS)),
    "short-kinds": lambda: book(HEADER, *((o, None, f"X. {n}", *rest) for o, _c, n, *rest in UNITS)),
    "synonyms": lambda: book(("TT", "Mã ĐVHC (*)", "Địa phương", "Tiêu chí số 1", "ND02"), *UNITS),
    "long-headers": lambda: book(
        (*HEADER[:3], "Nội dung 1: Hằng năm, Đảng ủy có nghị quyết", "Nội dung 2\nKhông có"), *UNITS
    ),
    "tone-places": lambda: book(HEADER, (1, "23908", "Ia Tôr", "Đạt", "Đạt"), (2, None, "IA TÔR HOÀ", "Đạt", "Đạt")),
    "tcvn3": lambda: legacy(".VnTime", TCVN3_UNITS, TCVN3_WORDS),
    "vni": lambda: legacy("VNI-Times", VNI_UNITS, VNI_WORDS),
    "unicode-in-tcvn3-font": lambda: legacy(".VnTime", tuple(row[2] for row in UNITS), {w: w for w in TCVN3_WORDS}),
    "formulas": lambda: book(HEADER, *UNITS[:3], (4, "23938", "Ia Mơ", '=IF(1=1,"Đạt","Chưa đạt")', "Đạt")),
    "bare-list": lambda: book(("STT", "Đơn vị", "Kết quả"), *((o, n, one) for o, _c, n, one, _two in UNITS)),
    # What is wrong in a row is told with its cell; the file is read.
    "doubtful-words": lambda: book(
        HEADER,
        (1, "23905", "Ia Băng", "cơ bản đạt", "7/8"),
        (2, "23924", "Ia Bang", "Không", "#REF!"),
        (3, "23917", "Ia Púch", "Đạt", "Dạt"),
    ),
    "doubtful-units": lambda: book(
        HEADER,
        (1, "23905", "Ia Bang", "Đạt", "Đạt"),
        (2, None, "ia bang", "Đạt", "Đạt"),
        (3, None, "Chư Prông", "Đạt", "Đạt"),
        (4, "99999", "Ia Mơ", "Đạt", "Đạt"),
        (5, None, "Ia Mo", "Đạt", "Đạt"),
        (6, None, "Ia Má", "Đạt", "Đạt"),
    ),
}
RESAVED = {  # by LibreOffice, into each of these formats
    "plain": ("xlsx", "xls", "ods"),
    "everything": ("xlsx", "xls", "ods"),
    "two-lines": ("xls", "ods"),
    "hidden-rows": ("xls", "ods"),
    "several-sheets": ("xls", "ods"),
    "tcvn3": ("xls", "ods"),
    "vni": ("xls", "ods"),
    "codes-as-numbers": ("xls", "ods"),
    "formulas": ("xlsx", "xls", "ods"),
    "decomposed": ("xls", "ods"),
}
TEXTS: dict[str, Callable[[], bytes]] = {
    "utf8-semicolon.csv": lambda: text(TABLE, ";").encode(),
    "utf8-comma.csv": lambda: text(TABLE, ",").encode(),
    "utf8-tab.csv": lambda: text(TABLE, "\t").encode(),
    "utf8-bom.csv": lambda: text(TABLE, ";").encode("utf-8-sig"),
    "utf16-tab.csv": lambda: text(TABLE, "\t").encode("utf-16"),
    "utf16-big-endian.csv": lambda: b"\xfe\xff" + text(TABLE, ";").encode("utf-16-be"),
    "utf16-no-bom.csv": lambda: text(TABLE, ";").encode("utf-16-le"),
    "sep-line.csv": lambda: ("sep=,\r\n" + text(TABLE, ",")).encode(),
    "everything.csv": lambda: text((*TITLES, *TABLE, *ENDING), ";").encode("utf-8-sig"),
    "two-lines.csv": lambda: text(((*HEADER[:3], "Nội dung", ""), ("", "", "", 1, 2), *UNITS), ";").encode(),
    "quoted.csv": lambda: text(
        ((*HEADER[:3], '"Nội dung 1: a, b; c\nd"', HEADER[4]), *((o, f'"=""{c}"""', *r) for o, c, *r in UNITS)), ";"
    ).encode(),
    "decomposed.csv": lambda: unicodedata.normalize("NFD", text(TABLE, ";")).encode(),
}


def main() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    for name, make in WORKBOOKS.items():
        (FOLDER / f"{name}.xlsx").write_bytes(make())
    for name, make in TEXTS.items():
        (FOLDER / name).write_bytes(make())
    resave()
    for name, content in crafted.files(FOLDER).items():
        (FOLDER / name).write_bytes(content)


def resave() -> None:
    """Let LibreOffice open and save some of the workbooks, as "lo-NAME"; one start for each format."""
    with tempfile.TemporaryDirectory() as folder:
        for format_ in ("xlsx", "xls", "ods"):
            names = [name for name, formats in RESAVED.items() if format_ in formats]
            profile, target = f"-env:UserInstallation=file://{folder}/profile", f"{folder}/{format_}"
            sources = [str(FOLDER / f"{name}.xlsx") for name in names]
            command = ["soffice", profile, "--headless", "--convert-to", format_, "--outdir", target, *sources]
            subprocess.run(command, check=True, capture_output=True, timeout=300)
            for name in names:
                source, kept = Path(target) / f"{name}.{format_}", FOLDER / f"lo-{name}.{format_}"
                shutil.copy(source, kept)
                if format_ == "ods":
                    without_picture(kept)


def without_picture(path: Path) -> None:
    """Take the thumbnail of the first page out of an .ods: half of its size, and nobody reads it."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name == "mimetype":
                archive.writestr(zipfile.ZipInfo(name), content)
            elif not name.startswith(("Thumbnails/", "Configurations2/")):
                archive.writestr(name, content)


if __name__ == "__main__":
    main()
