"""A plain .docx: A4, Times New Roman, a title, sentences and tables; the parts of the format that these need.

The official layout (Nghị định 30) and frozen reports have their own place. No template is read and nothing is run: the
document is four small XML files in a .zip, each text escaped.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from reports.documents.tables import Table, said

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml"
WIDTH = 9600  # twentieths of a point between the margins
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOMENT = (1980, 1, 1, 0, 0, 0)  # of every part: the same figures give the same bytes

CONTENT_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{MAIN}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{MAIN}.styles+xml"/></Types>'
)
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    '<Relationship Id="r1" Type="{kind}" Target="{part}"/></Relationships>'
)
FONT = 'w:ascii="{0}" w:hAnsi="{0}" w:cs="{0}" w:eastAsia="{0}"'.format("Times New Roman")
STYLES = (
    f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr>'
    f'<w:rFonts {FONT}/><w:sz w:val="26"/><w:lang w:val="vi-VN"/></w:rPr></w:rPrDefault></w:docDefaults></w:styles>'
)
SECTION = (
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1134" w:bottom="1134" w:left="1701" w:right="850" w:header="567" w:footer="567" w:gutter="0"/>'
    "</w:sectPr>"
)
BORDERS = "".join(
    f'<w:{side} w:val="single" w:sz="4" w:color="000000"/>'
    for side in ("top", "left", "bottom", "right", "insideH", "insideV")
)


def write_docx(title: str, lines: Sequence[str], parts: Sequence[Table | str]) -> bytes:
    """Return the document: the title, lines under it, then paragraphs and tables in their order."""
    body = [paragraph(title, "center", "b"), *(paragraph(line, "center", "i") for line in lines)]
    for part in parts:
        if isinstance(part, str):
            body.append(paragraph(part, "both"))
        else:
            body += [paragraph(part.title, "left", "b"), table(part), paragraph("", "left")]
    files = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELATIONS.format(kind=f"{OFFICE}/officeDocument", part="word/document.xml"),
        "word/_rels/document.xml.rels": RELATIONS.format(kind=f"{OFFICE}/styles", part="styles.xml"),
        "word/styles.xml": STYLES,
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{"".join(body)}{SECTION}</w:body></w:document>',
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
            archive.writestr(zipfile.ZipInfo(name, MOMENT), head + content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def run(text: str, style: str = "", size: int = 26) -> str:
    """Return a piece of text; `style` is "b" or "i", the size in half points."""
    mark = f"<w:{style}/>" if style else ""
    words = escape(NOT_IN_XML.sub("", text))
    return f'<w:r><w:rPr>{mark}<w:sz w:val="{size}"/></w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def paragraph(text: str, align: str, style: str = "", size: int = 26) -> str:
    spacing = '<w:spacing w:after="80"/>' if size > 22 else ""
    return f'<w:p><w:pPr>{spacing}<w:jc w:val="{align}"/></w:pPr>{run(text, style, size)}</w:p>'


def table(part: Table) -> str:
    """Return a table with its header repeated on each page, and its total in bold."""
    widths = [column.width for column in part.columns]
    lengths = [WIDTH * width // sum(widths) for width in widths]
    grid = "".join(f'<w:gridCol w:w="{length}"/>' for length in lengths)
    header = row([column.label for column in part.columns], lengths, "b", is_header=True)
    if any(column.group for column in part.columns):
        groups = [(group, list(some)) for group, some in groupby(part.columns, lambda column: column.group)]
        above = "".join(cell(group, 0, "b", "center", len(some)) for group, some in groups)
        header = f"<w:tr><w:trPr><w:tblHeader/></w:trPr>{above}</w:tr>{header}"
    rows = "".join(row([said(one) for one in some], lengths) for some in part.rows)
    total = row([said(one) for one in part.total], lengths, "b") if part.total else ""
    borders = f'<w:tblBorders>{BORDERS}</w:tblBorders><w:tblLayout w:type="fixed"/>'
    layout = f'<w:tblW w:w="{WIDTH}" w:type="dxa"/>{borders}'
    return f"<w:tbl><w:tblPr>{layout}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{header}{rows}{total}</w:tbl>"


def row(texts: Sequence[str], lengths: Sequence[int], style: str = "", *, is_header: bool = False) -> str:
    mark = "<w:tblHeader/>" if is_header else ""
    cells = "".join(
        cell(text, length, style, "center" if is_header else "left")
        for text, length in zip(texts, lengths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{mark}</w:trPr>{cells}</w:tr>"


def cell(text: str, length: int, style: str, align: str, span: int = 1) -> str:
    width = f'<w:tcW w:w="{length}" w:type="{"dxa" if length else "auto"}"/>'
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return f"<w:tc><w:tcPr>{width}{spanned}</w:tcPr>{paragraph(text, align, style, 20)}</w:tc>"
