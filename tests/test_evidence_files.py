"""Which files are taken as evidence, and what becomes of photographs."""

import io
import re
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from communes.models import User
from criteria.evidence.files import FileRefused, prepare, shrunk
from criteria.models import Evidence
from tests.evidence_files import CAMERA, docx, pdf, photo, sent, xlsx
from tests.test_evidence import DECISION, attached, page_of, post, said

pytestmark = pytest.mark.django_db

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
EXE = b"MZ\x90\x00" + bytes(600)
HTML = b"<!doctype html><html><script>alert(1)</script></html>"


def kept(evidence: Evidence) -> bytes:
    with evidence.file.open("rb") as file:
        return file.read()


def pages_in(content: bytes) -> list[tuple[float, float]]:
    """Width and height of each page of a PDF, in points."""
    boxes = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
    return [(float(width), float(height)) for width, height in boxes]


def pictures_in(content: bytes) -> list[Image.Image]:
    """The pictures inside a PDF."""
    found = re.findall(rb"stream\r?\n(\xff\xd8\xff.*?)\nendstream", content, re.S)
    return [Image.open(io.BytesIO(one)) for one in found]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.pdf", pdf(), "application/pdf"),
        ("Biên bản.DOCX", docx(), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.xlsx", xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_documents_are_kept_as_they_came(client: Client, an: User, name: str, content: bytes, kind: str) -> None:
    evidence = attached(client, an, file=sent(name, content))

    assert evidence.content_type == kind
    assert kept(evidence) == content
    assert evidence.size == len(content)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", EXE, "không phải tệp PDF"),
        ("a.pdf", HTML, "không phải tệp PDF"),
        ("a.pdf", pdf()[:-40], "không phải tệp PDF"),
        ("a.jpg", HTML, "không phải ảnh JPG"),
        ("a.jpg", photo("PNG"), "không phải ảnh JPG"),
        ("a.png", photo(), "không phải ảnh PNG"),
        ("a.heic", photo(), "không phải ảnh HEIC"),
        ("a.jpg", b"\xff\xd8\xff" + HTML, "Ảnh hỏng hoặc không đúng định dạng"),
        ("a.jpg", photo(size=(900, 900))[:2000], "Ảnh hỏng hoặc không đúng định dạng"),
        ("a.heic", photo("HEIF")[:400], "Ảnh hỏng hoặc không đúng định dạng"),
        ("a.pdf", b"", "rỗng"),
        ("a.docx", xlsx(), "không phải văn bản Word"),
        ("a.xlsx", docx(), "không phải bảng tính Excel"),
        ("a.docx", docx(macros=True), "Tệp có macro"),
        ("a.docx", docx(extra=("word/vbaProject.bin",)), "Tệp có macro"),
        ("a.docx", OLE, "có mật khẩu hoặc có định dạng Office 97-2003"),
        ("a.docx", b"PK\x03\x04 hong", "không phải văn bản Word"),
        ("a.doc", OLE, "Word 97-2003"),
        ("a.xlsm", xlsx(), "có thể chứa macro"),
        ("a.exe", EXE, "không thuộc loại được nhận"),
        ("a.pdf.exe", pdf(), "không thuộc loại được nhận"),
        ("khong-duoi", pdf(), "không thuộc loại được nhận"),
        ("a.svg", b"<svg/>", "không thuộc loại được nhận"),
    ],
)
def test_what_is_not_what_it_says_is_refused_in_words(
    client: Client, an: User, name: str, content: bytes, words: str
) -> None:
    before = stored_files()
    response = post(client, an, page_of(), file=sent(name, content))

    assert response.status_code == 200
    assert words in said(response)
    assert not Evidence.objects.exists()
    assert stored_files() == before


def stored_files() -> int:
    return sum(len(default_storage.listdir(folder)[1]) for folder in default_storage.listdir("")[0])


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("HEIF", "heic")])
def test_a_photograph_becomes_a_small_upright_pdf_without_its_place(
    client: Client, an: User, kind: str, suffix: str
) -> None:
    content = photo(kind, size=(3000, 1500))
    assert Image.open(io.BytesIO(content)).getexif()  # it does say where and by which camera
    evidence = attached(client, an, kind="photo", number="", file=sent(f"Cổng làng.{suffix}", content))

    stored = kept(evidence)
    (picture,) = pictures_in(stored)
    assert (evidence.filename, evidence.content_type) == ("Cổng làng.pdf", "application/pdf")
    assert picture.size == (1000, 2000)  # turned by its own mark, no side over 2000
    assert not picture.getexif()
    assert "exif" not in picture.info
    assert CAMERA.encode() not in stored
    assert b"Exif" not in stored


def test_several_photographs_become_one_document_of_pages_no_larger_than_a4(client: Client, an: User) -> None:
    photos = [sent(f"{number}.jpg", photo(size=(4000, 3000), colour="red")) for number in range(2)]
    evidence = attached(client, an, kind="photo", number="", file=photos, photo=[sent("3.png", photo("PNG"))])

    pages = pages_in(kept(evidence))
    assert evidence.filename == "0 (3 ảnh).pdf"
    assert len(pages) == 3
    assert all(max(page) <= 843 for page in pages)


def test_the_same_photograph_has_the_same_mark_each_time() -> None:
    assert shrunk([(".jpg", photo())]) == shrunk([(".jpg", photo())])


def test_a_transparent_picture_lies_on_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    (picture,) = pictures_in(shrunk([(".png", out.getvalue())]))

    assert (
        min(
            picture.convert("L").getdata()
            if not hasattr(picture, "get_flattened_data")
            else picture.convert("L").get_flattened_data()
        )
        > 250
    )


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    out = io.BytesIO()
    Image.new("1", (12_000, 9_000)).save(out, "PNG")

    with pytest.raises(FileRefused, match="quá lớn"):
        shrunk([(".png", out.getvalue())])


def test_a_document_comes_alone() -> None:
    with pytest.raises(FileRefused, match="Chọn một văn bản mỗi lần"):
        prepare([sent("a.pdf", pdf()), sent("b.jpg", photo())])
    with pytest.raises(FileRefused, match="không quá 20 ảnh"):
        prepare([sent(f"{number}.jpg", photo()) for number in range(21)])


def test_what_else_is_wrong_is_told_before_the_file_is_opened(client: Client, an: User) -> None:
    page = said(post(client, an, page_of(), issuer="", file=sent("a.exe", EXE)))

    assert "Ghi cơ quan ban hành" in page
    assert "Sửa các lỗi khác trên trang, rồi chọn lại tệp." in page


def test_ten_megabytes_pass_and_more_do_not(client: Client, an: User) -> None:
    large = pdf()[:9] + b"%" + bytes(10 * 2**20 - 10_000) + pdf()[9:]
    assert attached(client, an, file=sent("a.pdf", large)).size == len(large)

    page = said(post(client, an, page_of(), number="13", file=sent("a.pdf", large + bytes(20_000) + b"%%EOF")))
    assert "lớn hơn 10 MB" in page


@pytest.mark.parametrize("length", [12 * 2**20, 300 * 2**20])
def test_a_body_beyond_that_is_refused_by_its_declared_length(client: Client, an: User, length: int) -> None:
    client.force_login(an)
    response = client.post(page_of(), b"x", "multipart/form-data; boundary=x", headers={"content-length": length})

    assert response.status_code == 413
    assert "lớn hơn 10 MB" in said(response)
    assert f'href="{page_of()}"' in response.content.decode()


def test_other_pages_keep_their_limit(client: Client, an: User) -> None:
    client.force_login(an)
    response = client.post("/assessments/", b"x", "text/plain", headers={"content-length": 7 * 2**20})

    assert response.status_code == 413
    assert "lớn hơn 5 MB" in said(response)


def test_nothing_stays_behind_where_the_row_is_not_written(client: Client, an: User, monkeypatch: Any) -> None:
    before = stored_files()
    monkeypatch.setattr(Evidence, "save", lambda *a, **k: 1 / 0)
    client.force_login(an)
    with pytest.raises(ZeroDivisionError):
        client.post(page_of(), DECISION | {"file": sent("a.pdf", pdf())})

    assert stored_files() == before
