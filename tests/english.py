"""Finding English on a page that should be Vietnamese throughout."""

import re
from html.parser import HTMLParser

# Names that stay as they are in Vietnamese offices.
ALLOWED = {"excel", "word", "cookie"}

# Common words of screens. Left out: those that are Vietnamese syllables too (in, an, do, to, so, on, no, me, may,
# can, them, then, hang, long, ...); a phrase that holds only those is rare.
WORDS = frozenset(
    """
    about above accept access account across action actions active actual add added address admin administration
    administrator after again against all allow allowed already also always and another answer any apply approve
    approved archive are area assessment assessments at attempt authentication authorization available back bad
    because been before begin being below between both breadcrumbs browse but button cancel cannot category change
    changed changes chart check choice choices choose clear click close code column comment commune communes
    complete confirm confirmed constraint contact content continue copy correct could count create created
    criteria current dashboard data database date day days default delete deleted denied description detail
    details did disable disabled display district districts does done download draft during each edit edited
    either empty enable enabled end enter entry error errors event every evidence example expired export failed
    false field fields file files filter filters find first following for forbidden form format forms found from
    full general get given go group groups had has have help here hidden hide history home hour how if import
    inactive indicator indicators info information instance internal invalid is issue item items its job just key
    last latest leave left level line link list listed loading locked log login logout lookup main make manage
    many map match matching message messages method missing mode model module month more most must name names
    never new next not note nothing now null number object objects of off old one only open optional options
    or order other our out over overview own page pages password passwords pending per percent period
    permission permissions phone place please plan position possible preview previous print process progress
    province provinces published query read ready record records refresh register related remove removed report
    reports request required reset resource result results return returned review reviews revision role row rows
    run same save saved search see select selected send server session set settings show showing shown since
    site skip skipped some something sort staff start state status step still stop string submit submitted
    success successful successfully such summary superuser system table target targets task text than thanks
    that the their there these they this those through time title today toggle too total true try type unable
    unit units unknown until up update updated upload uploads use used user username users using valid value
    values verdict version view warning was welcome were what when where which while who whose why will with
    without work workbook would wrong year years yes you your
    """.split()
) - {"the", "do", "go", "bad"}  # "the" is a fabric, "go" and "bad" stay clear of place names

SHOWN_ATTRIBUTES = ("title", "placeholder", "aria-label", "alt", "aria-description", "data-confirm", "label")
SILENT_ELEMENTS = {"script", "style", "code", "template"}
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
    return [word for word in TOKEN.findall(text) if word.lower() in WORDS - ALLOWED]


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
