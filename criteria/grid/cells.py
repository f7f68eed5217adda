"""One cell of the grid: what stands, as text, and what somebody typed, read as a cell of a workbook is read."""

import re
from dataclasses import dataclass, field

from django.http import QueryDict

from criteria.history import NOT_JUDGED
from criteria.models import Condition, Verdict
from criteria.uploads.rows import answer_in
from criteria.verdicts import Numbers, item_verdict
from criteria.workbooks.sheets import Cell
from criteria.workbooks.text import tidy
from criteria.workbooks.values import Problem

KEEP, OVERWRITE = "keep", "overwrite"
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?")
FIELD = re.compile(r"v-(\d{1,18})-(\d{1,5})")
OPENED = re.compile(r"c-(\d{1,18})")
MOST_TYPED = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a cell, and the text that the page was made from.

    `choice` answers a page that showed both values of a stale cell: keep the stored one, or overwrite the one that
    was shown (`shown`) and no later one.
    """

    text: str
    seen: str
    choice: str = ""
    shown: str = ""


@dataclass(slots=True)
class TypedRow:
    """The cells of one unit by the number of their condition; `opens_correction` is the tick over a confirmed row."""

    unit_id: int
    opens_correction: bool = False
    cells: dict[int, Typed] = field(default_factory=dict)


def typed_rows(posted: QueryDict) -> dict[int, TypedRow]:
    """Read what the page, or its script for some cells of it, brings back: `v-<unit>-<number>` and what goes with it.

    A cell that was not brought back was not touched.
    """
    rows: dict[int, TypedRow] = {}
    for name in posted:
        found = FIELD.fullmatch(name)
        if found is None:
            continue
        unit, number = int(found[1]), int(found[2])
        tail = f"-{unit}-{number}"
        choice, _, shown = posted.get(f"choice{tail}", "").partition("|")
        row = rows.setdefault(unit, TypedRow(unit, opens_correction=f"c-{unit}" in posted))
        row.cells[number] = Typed(posted.get(name, "")[:MOST_TYPED], posted.get(f"s{tail}", ""), choice, shown)
    return rows


@dataclass(frozen=True, slots=True)
class Said:
    """What a cell says of its condition: a verdict ("" is not judged), and the numbers from which it follows."""

    verdict: str = ""
    numbers: Numbers = ()

    def text(self, condition: Condition) -> str:
        """Return it as the cell shows it and takes it back: "Chưa đạt", "45/60"."""
        return condition.rule.typed(self.numbers) or (str(Verdict(self.verdict).label) if self.verdict else "")


def spoken(text: str) -> str:
    """Return the text of a cell in a sentence: a blank one is "Chưa đánh giá"."""
    return tidy(text) or NOT_JUDGED


def read(condition: Condition, text: str) -> Said | Problem:
    """Return what a typed text says of the condition, exactly as in a workbook, or why it says nothing."""
    found = answer_in(condition, _cell(text))
    if isinstance(found, Problem):
        return found
    if isinstance(found, tuple):
        return Said(item_verdict(condition.rule, found), found)
    return Said(str(found or ""))


def _cell(text: str) -> Cell:
    words = tidy(text)
    if not words:
        return Cell("blank", None, "")
    if NUMBER.fullmatch(words):
        number = words.replace(",", ".")
        return Cell("number", float(number) if "." in number else int(number), words)
    return Cell("text", words, words)
