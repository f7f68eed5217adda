"""Vietnamese names as text keys: one to sort by, one to search by.

Both keys hold ASCII only, so that every database and every collation gives the same answer.
"""

import unicodedata

LETTERS = " 0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# huyền, hỏi, ngã, sắc, nặng: the order of the tones in Vietnamese dictionaries; no tone comes first ("a").
TONES = {"\u0300": "b", "\u0309": "c", "\u0303": "d", "\u0301": "e", "\u0323": "f"}


def sort_key(text: str) -> str:
    """Return a key whose binary order is the Vietnamese alphabetical order (letters first, tones last)."""
    letters, tones = [], []
    for character in unicodedata.normalize("NFC", text).casefold():
        tone, base = "a", ""
        for part in unicodedata.normalize("NFD", character):
            if part in TONES:
                tone = TONES[part]
            else:
                base += part
        place = LETTERS.find(unicodedata.normalize("NFC", base))
        if place < 0:  # punctuation does not count
            continue
        letters.append(chr(97 + (place + 1) // 20) + chr(97 + (place + 1) % 20))
        tones.append(tone)
    return "".join(letters) + "aa" + "".join(tones)


def search_key(text: str) -> str:
    """Return the text without accents, case, apostrophes and doubled spaces: "Đắk  Ơ" → "dak o"."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’`ʼ\\")
    return " ".join(kept.split())
