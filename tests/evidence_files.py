"""Real files of every kind, made when asked for: what telephones, scanners and offices hand in."""

import io
import zipfile

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F
PLACE = {1: "N", 2: (13.0, 58.0, 0.0), 3: "E", 4: (108.0, 0.0, 0.0)}
CAMERA = "MAY-ANH-THU"


def pdf(text: str = "Quyet dinh") -> bytes:
    """A one-page PDF with words on it."""
    stream = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out, starts = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    end = b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def photo(kind: str = "JPEG", size: tuple[int, int] = (400, 300), colour: str = "#336699", **given: object) -> bytes:
    """A photograph that says where it was taken, by which camera, and that it lies on its side."""
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = CAMERA, 6
    exif[GPS] = PLACE
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, exif=exif.tobytes(), **given)
    return out.getvalue()


def office(kind: str, main_part: str, *, macros: bool = False, extra: tuple[str, ...] = ()) -> bytes:
    """The smallest document of Word or Excel: what its list of contents says decides."""
    name = "application/vnd.openxmlformats-officedocument." + kind
    if macros:
        name = "application/vnd.ms-word.document.macroEnabled"
    types = (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{main_part}" ContentType="{name}.main+xml"/></Types>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr(main_part, "<document/>")
        for part in extra:
            archive.writestr(part, "x")
    return out.getvalue()


def docx(**given: object) -> bytes:
    return office("wordprocessingml.document", "word/document.xml", **given)


def xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet().write("A1", "Biên bản")
    return out.getvalue()


def sent(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it; what it claims of itself is not looked at."""
    return SimpleUploadedFile(name, content, content_type="application/octet-stream")
