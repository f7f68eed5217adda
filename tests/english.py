"""Finding English on a page that should be Vietnamese throughout."""

import re
from html.parser import HTMLParser
from pathlib import Path

# Names that stay as they are in Vietnamese offices.
ALLOWED = {"excel", "word", "cookie"}

# Common words of screens, one a line. Left out: those that are Vietnamese syllables too (in, an, do, to, so,
# on, no, the, may, can, hang, long, ...) or easily place names; a phrase that holds only those is rare.
WORDS = frozenset(Path(__file__).with_name("english_words.txt").read_text("ascii").split())

SHOWN_ATTRIBUTES = ("title", "placeholder", "aria-label", "alt", "aria-description", "data-confirm", "label")
ADMIN_ICONS = {"True", "False", "None"}  # how the code of Django's admin names its icons for yes, no, unknown
SILENT_ELEMENTS = {"script", "style", "code", "kbd", "template"}  # a key is named as it is printed on the keyboard
PLACEHOLDER = re.compile(r"\{\w+\}")  # a text that explains one, as in "{total} là số đơn vị được tính"
TOKEN = re.compile(r"[^\W\d_]+(?:[-_.@/][\w@.-]+)*|\S", re.UNICODE)


class _Shown(HTMLParser):
    """Collects what a person can read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT_ELEMENTS
        given = dict(attrs)
        if tag != "img" or given.get("alt") not in ADMIN_ICONS:
            self.pieces += [given[name] for name in SHOWN_ATTRIBUTES if given.get(name)]
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            self.pieces.append(given.get("value") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT_ELEMENTS and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


def english_words(text: str) -> list[str]:
    """The English words of a text; identifiers with a dot, dash, slash or @ inside are not words."""
    return [word for word in TOKEN.findall(PLACEHOLDER.sub(" ", text)) if word.lower() in WORDS - ALLOWED]


def find_english(html: str) -> list[str]:
    """Each piece of shown text that holds English, as "word, word: the piece"."""
    shown = _Shown()
    shown.feed(html)
    shown.close()
    found = []
    for piece in shown.pieces:
        if words := english_words(piece):
            found.append(f"{', '.join(words)}: {' '.join(piece.split())[:120]}")
    return found
