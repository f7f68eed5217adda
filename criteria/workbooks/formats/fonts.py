"""Vietnamese typed before Unicode: text in a .VnTime (TCVN3) or VNI font holds other letters than the eye sees.

Only the name of the font tells: the same bytes in Times New Roman are what they are.
"""

from __future__ import annotations

import re
import unicodedata

TCVN3, VNI = "TCVN3", "VNI"

_TCVN3 = str.maketrans(
    "¡¢£¤¥¦§¨©ª«¬\u00ad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
)
# A VNI font writes a letter and its marks beside it; ơ, ư, đ, and i with its marks, are letters of their own.
_VNI_LETTERS = str.maketrans("ôöñÔÖÑíìæóòîÍÌÆÓÒÎ", "ơưđƠƯĐíìỉĩịỵÍÌỈĨỊỴ")
_BREVE, _HAT, _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0306", "\u0302", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_VNI_MARKS = {
    **dict(zip("ùøûõï", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True)),
    **dict(zip("âáàåãä", (_HAT + tone for tone in ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)), strict=True)),
    **dict(zip("êéèúüë", (_BREVE + tone for tone in ("", _ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)), strict=True)),
}
_VNI_MARKS |= {mark.upper(): marks for mark, marks in _VNI_MARKS.items()}
_VNI_PAIR = re.compile(f"([aeouyôöAEOUYÔÖ])([{''.join(_VNI_MARKS)}])")


def encoding_of(font: str) -> str:
    """Which of the two a font's name tells: TCVN3, VNI, or "" for every other font."""
    name = font.strip(" '\"").casefold()
    if name.startswith(".vn"):
        return TCVN3
    return VNI if name.startswith(("vni-", "vni ")) else ""


def legible(text: str, font: str) -> tuple[str, str]:
    """The text as the eye sees it in that font, and which encoding it came from ("" where it was left alone).

    Text with a letter that neither encoding has was typed in Unicode, whatever font the cell still names.
    """
    encoding = encoding_of(font)
    if not encoding or text.isascii() or any(ord(c) > 0xFF and c not in "–—‘’“”…" for c in text):
        return text, ""
    if encoding == TCVN3:
        read = text.translate(_TCVN3)
        return (read.upper() if font.strip(" '\"").casefold().endswith("h") else read), TCVN3
    return unicodedata.normalize("NFC", _VNI_PAIR.sub(_marked, text).translate(_VNI_LETTERS)), VNI


def _marked(pair: re.Match[str]) -> str:
    """A letter with the marks that stand beside it; still with ô for ơ and ö for ư."""
    return pair[1].translate(_VNI_LETTERS) + _VNI_MARKS[pair[2]]


def legible_runs(runs: list[tuple[str, str]]) -> tuple[str, str]:
    """`legible` of a text whose parts are in fonts of their own, as (text, font)."""
    read = [legible(text, font) for text, font in runs]
    return "".join(text for text, _encoding in read), next((encoding for _text, encoding in read if encoding), "")
