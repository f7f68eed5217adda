"""The child process that opens photographs: their paths as arguments, one small PDF on stdout, nothing else.

Run as `python -I -B shrinking.py FILE…`; imports neither Django nor our apps. Each photograph becomes a page, turned
upright, without location or any other data of the camera. The same photographs give the same bytes. It ends with 0 and
the PDF, or with 2 and a Vietnamese sentence; whoever crashes it gains nothing: any other end is a refusal.
"""

from __future__ import annotations

import resource
import sys
import warnings
from pathlib import PurePath

from pi_heif import register_heif_opener
from PIL import Image, ImageOps

MAX_MEMORY, MAX_CPU_SECONDS, MAX_OUTPUT = 2**30, 30, 10 * 2**20
MAX_PIXELS = 50_000_000  # a telephone of 48 megapixels
LONG_SIDE = 2000  # pixels: the small print of an A4 page still reads
DOTS_PER_INCH = LONG_SIDE / 11.69  # the page is then no larger than A4
QUALITY = 75
OPENERS = {".jpg": ("JPEG",), ".jpeg": ("JPEG",), ".png": ("PNG",), ".heic": ("HEIF",)}
REFUSED = 2

TOO_LARGE = "Ảnh có kích thước quá lớn (trên 50 triệu điểm ảnh). Giảm kích thước ảnh, rồi đính kèm lại."
BROKEN = "Ảnh hỏng hoặc không đúng định dạng. Chụp lại hoặc chọn ảnh khác, rồi đính kèm lại."


class Bad(Exception):
    """The photographs are refused; the message is a Vietnamese sentence for the officer."""


def page_of(path: str) -> Image.Image:
    """Return one photograph as a small upright page that carries nothing but its pixels."""
    with Image.open(path, formats=OPENERS[PurePath(path).suffix]) as photo:
        if photo.width * photo.height > MAX_PIXELS:
            raise Bad(TOO_LARGE)
        photo.thumbnail((LONG_SIDE, LONG_SIDE))
        upright = ImageOps.exif_transpose(photo)
        page = Image.new("RGB", upright.size, "white")
        if upright.has_transparency_data:
            upright = upright.convert("RGBA")
            page.paste(upright, mask=upright.getchannel("A"))
        else:
            page.paste(upright.convert("RGB"))
        return page


def limit() -> None:
    """Bound memory, processor time and output; a photograph that needs more ends this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_SECONDS, MAX_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(paths: list[str]) -> int:
    limit()
    register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        first, *rest = [page_of(path) for path in paths]
    except Bad as refused:
        sys.stdout.write(str(refused))
        return REFUSED
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        sys.stdout.write(TOO_LARGE)
        return REFUSED
    except MemoryError:
        raise
    except Exception:  # whatever a damaged photograph brings about
        sys.stdout.write(BROKEN)
        return REFUSED
    undated = {"creationDate": None, "modDate": None, "title": None}
    first.save(
        sys.stdout.buffer,
        "PDF",
        save_all=True,
        append_images=rest,
        resolution=DOTS_PER_INCH,
        quality=QUALITY,
        **undated,
    )
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
