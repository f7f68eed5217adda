"""Vietnamese text made comparable: what two people type for one word becomes one string.

Three strengths, weakest first: `tidy` keeps the letters and only mends the form, `exact_key` also forgets letter case
and the old or new place of the tone mark, `fold` also forgets every accent. `squash` is `fold` without separators.
"""

import re
import unicodedata

INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
APOSTROPHES = dict.fromkeys(map(ord, "’‘‛`´ʼʹ′"), "'")
# Eth and African D look like Đ and are what some keyboards and converted documents hold instead of it.
D_WITH_STROKE = str.maketrans("ÐðƉɖ", "ĐđĐđ")
OLD_TONE_PLACE = re.compile(r"(?<!q)(oà|oá|oả|oã|oạ|oè|oé|oẻ|oẽ|oẹ|uỳ|uý|uỷ|uỹ|uỵ)(?!\w)")
SEPARATORS = re.compile(r"[\s'\\./_-]+")


def tidy(text: str) -> str:
    """NFC, no invisible characters, one kind of apostrophe, single ordinary spaces, none at the ends."""
    text = unicodedata.normalize("NFC", text.replace("_x000D_", " "))
    text = text.translate(INVISIBLE).translate(APOSTROPHES).translate(D_WITH_STROKE)
    return " ".join(text.split())


def exact_key(text: str) -> str:
    """The same letters with the same accents: "HOÀ PHÚ" and "Hòa Phú" are equal, "Ia Băng" and "Ia Bang" are not."""
    return OLD_TONE_PLACE.sub(_new_tone_place, tidy(tidy(text).casefold()))


def fold(text: str) -> str:
    """Lower case without accents, đ as d: "Ia Băng" becomes "ia bang"."""
    text = tidy(text).casefold().replace("đ", "d")
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return tidy(bare.casefold())


def squash(text: str) -> str:
    """`fold` without spaces, apostrophes, dots and hyphens: "K' Dang" and "KDang" become "kdang"."""
    return SEPARATORS.sub("", fold(text))


def _new_tone_place(match: re.Match[str]) -> str:
    """Move the tone mark of oà, oè, uỳ from the last vowel to the first (òa, òe, ùy)."""
    first, last = match.group()[0], unicodedata.normalize("NFD", match.group()[1])
    return unicodedata.normalize("NFC", first + last[1:]) + last[0]
