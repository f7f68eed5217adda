"""Files that no honest program writes, made from honest ones."""

import io
import zipfile
from pathlib import Path

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
MACRO_STORAGE = "_VBA_PROJECT_CUR".encode("utf-16-le")


def files(folder: Path) -> dict[str, bytes]:
    """Every bad file by its name; `folder` holds the good ones."""
    xlsx, xls, ods = ((folder / f"lo-plain.{kind}").read_bytes() for kind in ("xlsx", "xls", "ods"))
    csv = (folder / "utf8-semicolon.csv").read_bytes()
    book = _part(xlsx, "xl/worksheets/sheet1.xml")
    content, manifest = _part(ods, "content.xml"), _part(ods, "META-INF/manifest.xml")
    declared = content.partition(b"?>")[2]
    far, wide = _row(b'table:number-rows-repeated="90000"'), _row(b"", repeated=16000)
    end, sheet1 = b"</table:table>", "xl/worksheets/sheet1.xml"
    far_cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    locked = manifest.replace(b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>")
    return {
        "bad-empty.xlsx": b"",
        "bad-truncated.xlsx": xlsx[: len(xlsx) // 2],
        "bad-laughs.xlsx": _with(xlsx, sheet1, LAUGHS + book.partition(b"?>")[2]),
        "bad-entity.xlsx": _with(xlsx, sheet1, ENTITY + book.partition(b"?>")[2]),
        "bad-far-cell.xlsx": _with(xlsx, sheet1, book.replace(b"</sheetData>", far_cell)),
        "bad-macro.xlsx": _with(xlsx, "xl/vbaProject.bin", b"x"),
        "bad-password.xlsx": OLE + "EncryptedPackage".encode("utf-16-le"),
        "bad-bomb.xlsx": _with(xlsx, "xl/worksheets/sheet2.xml", bytes(20_000_000)),
        "bad-is-xls.xlsx": xls,
        "bad-is-ods.xlsx": ods,
        "bad-is-csv.xlsx": csv,
        "bad-is-html.xls": b"<html><table><tr><td>23905</td></tr></table></html>",
        "bad-is-xlsx.xls": xlsx,
        "bad-truncated.xls": xls[: len(xls) // 2],
        "bad-password.xls": _encrypted(xls),
        "bad-password-package.xls": OLE + "EncryptedPackage".encode("utf-16-le"),
        "bad-macro.xls": xls + MACRO_STORAGE,
        "bad-word.xls": OLE + "WordDocument".encode("utf-16-le"),
        "bad-noise.xls": xls[:512] + bytes(range(256)) * 20 + "Workbook".encode("utf-16-le"),
        "bad-truncated.ods": ods[: len(ods) // 2],
        "bad-password.ods": _with(ods, "META-INF/manifest.xml", locked),
        "bad-macro.ods": _with(ods, "Basic/script-lc.xml", b"<x/>"),
        "bad-laughs.ods": _with(ods, "content.xml", LAUGHS + declared),
        "bad-entity-styles.ods": _with(ods, "styles.xml", ENTITY + b"<x>&a;</x>"),
        "bad-far-row.ods": _with(ods, "content.xml", content.replace(end, far + end, 1)),
        "bad-far-column.ods": _with(ods, "content.xml", content.replace(end, wide + end, 1)),
        "bad-bomb.ods": _with(ods, "content.xml", content + b" " * 20_000_000),
        "bad-is-xlsx.ods": xlsx,
        "bad-text.ods": _with(ods, "content.xml", None),
        "bad-latin.csv": "STT;Ten\r\n1;Ðà".encode("cp1252"),
        "bad-is-xlsx.csv": xlsx,
        "bad-pdf.csv": b"%PDF-1.7 ...",
        "bad-binary.csv": bytes(range(1, 120)) * 3,
        "bad-quote.csv": csv + b'5;"23908;Ia',
        "bad-separator.csv": "Mã;Tên,xã\r\n1;Ia,Mơ\r\n".encode(),
        "bad-far-column.csv": csv + b";" * 200 + b"x\r\n",
    }  # fmt: skip


def _row(attributes: bytes, repeated: int = 1) -> bytes:
    """A row of an .ods with one text, or with as many equal ones."""
    cell = b'<table:table-cell table:number-columns-repeated="%d" office:value-type="string">' % repeated
    return b"<table:table-row %s>%s<text:p>x</text:p></table:table-cell></table:table-row>" % (attributes, cell)


def _part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def _with(data: bytes, name: str, content: bytes | None) -> bytes:
    """The archive with one part replaced or added, or taken out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts.pop(name, None) if content is None else parts.update({name: content})
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, part in parts.items():
            archive.writestr(path, part, zipfile.ZIP_STORED if path == "mimetype" else None)
    return target.getvalue()


def _encrypted(xls: bytes) -> bytes:
    """An .xls whose second record says that what follows is encrypted (FILEPASS)."""
    at = xls.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    return xls[:at] + b"\x2f\x00" + xls[at + 2 :]
