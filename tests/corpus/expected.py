"""What each file of the corpus should be read as, written by hand: beside make.py, never from a reading.

A row is told as "code: verdicts", "+" met, "-" not met, "." blank; one that is refused as the cell and the reason.
"""

THE_TABLE = ("23905: + -", "23924: + +", "23917: - +", "23938: + +")

GOOD: dict[str, tuple[str, ...]] = {
    **{
        f"{name}.xlsx": THE_TABLE
        for name in [
            "plain",
            "titles",
            "ending",
            "everything",
            "two-lines",
            "two-lines-words",
            "numbering",
            "other-order",
            "more-columns",
            "no-codes",
            "no-names",
            "hidden-rows",
            "codes-as-numbers",
            "upper-case",
            "decomposed",
            "spaces",
            "kinds",
            "short-kinds",
            "synonyms",
            "long-headers",
            "tcvn3",
            "vni",
            "unicode-in-tcvn3-font",
        ]
    },
    **{
        f"lo-{name}": THE_TABLE
        for name in [
            "plain.xlsx",
            "plain.xls",
            "plain.ods",
            "everything.xlsx",
            "everything.xls",
            "everything.ods",
            "two-lines.xls",
            "two-lines.ods",
            "hidden-rows.xls",
            "hidden-rows.ods",
            "several-sheets.xls",
            "several-sheets.ods",
            "tcvn3.xls",
            "tcvn3.ods",
            "vni.xls",
            "vni.ods",
            "codes-as-numbers.xls",
            "codes-as-numbers.ods",
            "formulas.xlsx",
            "formulas.xls",
            "formulas.ods",
            "decomposed.xls",
            "decomposed.ods",
        ]
    },
    **{
        f"{name}.csv": THE_TABLE
        for name in [
            "utf8-semicolon",
            "utf8-comma",
            "utf8-tab",
            "utf8-bom",
            "utf16-tab",
            "utf16-big-endian",
            "utf16-no-bom",
            "sep-line",
            "everything",
            "two-lines",
            "quoted",
            "decomposed",
        ]
    },
    "several-sheets.xlsx": THE_TABLE,
    "bare-list.xlsx": ("23905: +", "23924: +", "23917: -", "23938: +"),
    # Read as the eye sees it in that font: ú is a letter of Unicode and of TCVN3, another one in each.
    "unicode-in-tcvn3-font.xlsx": (
        *THE_TABLE[:2],
        'B4 Mã 23917 là xã Ia Púch; tên ở cột C ghi "Ia Pỳch"',
        THE_TABLE[3],
    ),
    "formulas.xlsx": (*THE_TABLE[:3], "D5 Ô chứa công thức chưa có kết quả"),
    "tone-places.xlsx": ("23908: + +", 'C3 "IA TÔR HOÀ" không có trong huyện'),
    "doubtful-words.xlsx": (
        'D2 Ô ghi "cơ bản đạt"',
        'E2 Ô ghi "7/8"',
        'D3 Ô ghi "Không"',
        "E3 Ô báo lỗi #REF!",
        'E4 Ô ghi "Dạt"',
    ),
    "doubtful-units.xlsx": (
        "B2 Mã 23905 là xã Ia Băng; tên ở cột C là Ia Bang, mã 23924",
        "23924: + +",
        "C4 Thị trấn Chư Prông không thuộc đối tượng đánh giá",
        "B5 Mã 99999 không có trong huyện",
        "23938: + +",
        'C7 "Ia Má" không có trong huyện',
    ),
}
HIDDEN_ROWS = {"hidden-rows.xlsx": 2, "lo-hidden-rows.xls": 2, "lo-hidden-rows.ods": 2, "plain.xlsx": 0}
HIDDEN_SHEETS = {"several-sheets.xlsx": 1, "lo-several-sheets.xls": 1, "lo-several-sheets.ods": 1, "plain.xlsx": 0}
# How many cells below the header were typed in a font from before Unicode, and in which.
CONVERTED = {
    f"{before}{name}.{kind}": (encoding, 11)
    for name, encoding in (("tcvn3", "TCVN3"), ("vni", "VNI"))
    for before, kind in (("", "xlsx"), ("lo-", "xls"), ("lo-", "ods"))
} | {"unicode-in-tcvn3-font.xlsx": ("TCVN3", 1), "plain.xlsx": ("", 0)}

BAD = {
    "bad-empty.xlsx": "Tệp rỗng",
    "bad-truncated.xlsx": "Tệp hỏng",
    "bad-laughs.xlsx": "DOCTYPE",
    "bad-entity.xlsx": "DOCTYPE",
    "bad-far-cell.xlsx": "XFD1048576",
    "bad-macro.xlsx": "Tệp có macro",
    "bad-password.xlsx": "Tệp có mật khẩu",
    "bad-bomb.xlsx": "nén bất thường",
    "bad-is-xls.xlsx": "ghi .xlsx nhưng nội dung là bảng tính Excel 97-2003 (.xls)",
    "bad-is-ods.xlsx": "ghi .xlsx nhưng nội dung là bảng tính OpenDocument (.ods)",
    "bad-is-csv.xlsx": "không phải bảng tính Excel (.xlsx)",
    "bad-is-html.xls": "không phải bảng tính Excel 97-2003 (.xls)",
    "bad-is-xlsx.xls": "ghi .xls nhưng nội dung là bảng tính Excel (.xlsx)",
    "bad-truncated.xls": "Tệp hỏng",
    "bad-password.xls": "Tệp có mật khẩu",
    "bad-password-package.xls": "Tệp có mật khẩu",
    "bad-macro.xls": "Tệp có macro",
    "bad-word.xls": "không phải tệp Excel",
    "bad-noise.xls": "Tệp hỏng",
    "bad-truncated.ods": "Tệp hỏng",
    "bad-password.ods": "Tệp có mật khẩu",
    "bad-macro.ods": "Tệp có macro",
    "bad-laughs.ods": "DOCTYPE",
    "bad-entity-styles.ods": "DOCTYPE",
    "bad-far-row.ods": "ngoài 20.000 dòng",
    "bad-far-column.ods": "và 60 cột đầu",
    "bad-bomb.ods": "nén bất thường",
    "bad-is-xlsx.ods": "ghi .ods nhưng nội dung là bảng tính Excel (.xlsx)",
    "bad-text.ods": "không phải bảng tính OpenDocument (.ods)",
    "bad-latin.csv": "không phải bảng mã UTF-8",
    "bad-is-xlsx.csv": "ghi .csv nhưng nội dung là bảng tính Excel (.xlsx)",
    "bad-pdf.csv": "không phải văn bản phân cách (.csv)",
    "bad-binary.csv": "không phải văn bản phân cách (.csv)",
    "bad-quote.csv": "dấu ngoặc kép mở mà không đóng",
    "bad-separator.csv": "Không rõ dấu phân cách",
    "bad-far-column.csv": "và 60 cột đầu",
}
