"""A table as a file carries it: what stands above it, its columns, rows and total; some cells hold a formula too.

Pure. A workbook writes the formulas and stores their values beside them; Word and .csv write the values.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import number, percent

NO_SHARE = "–"


@dataclass(frozen=True)
class Formula:
    """A number and how a workbook works it out: `{row}` is its own row, `{first}` and `{last}` those of the body."""

    value: int | Decimal | None
    text: str
    is_share: bool = False


@dataclass(frozen=True)
class Column:
    """`group` stands above the label, over all neighbours of the same group; `width` in letters."""

    label: str
    group: str = ""
    width: int = 9

    @property
    def whole(self) -> str:
        return f"{self.group}: {self.label}" if self.group else self.label


@dataclass(frozen=True)
class Table:
    """`name` is the tab; `heading` the lines above: what, on which day, by which rule, sample data."""

    name: str
    title: str
    heading: Sequence[str]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    total: Sequence[Any] = field(default_factory=tuple)


def letter(column: int) -> str:
    """Return the letters of a column, counted from 0: A, Z, AA."""
    head, rest = divmod(column, 26)
    return (letter(head - 1) if head else "") + chr(ord("A") + rest)


def share(value: Decimal | None, met: int, total: int, target: int | None = None) -> Formula:
    """Return a share that is worked out of two columns of its row, by the rule of `criteria.rounding`, in integers."""
    m, t = f"{letter(met)}{{row}}", f"{letter(total)}{{row}}"
    half, down = f"QUOTIENT(20000*{m}+{t},2*{t})", f"QUOTIENT(10000*{m},{t})"
    missed = [f"AND({m}*100<{limit}*{t},{half}>={limit * 100})" for limit in (100, target) if limit]
    text = f'=IF({t}=0,"{NO_SHARE}",IF(OR({",".join(missed)}),{down},{half})/100)'
    return Formula(value, text, is_share=True)


def needed(value: int | None, total: int, target: int) -> Formula:
    """Return the smallest number of units with the share asked for."""
    return Formula(value, f"=QUOTIENT({target}*{letter(total)}{{row}}+99,100)")


def gap(value: int | None, met: int, needed_at: int) -> Formula:
    return Formula(value, f"=MAX(0,{letter(needed_at)}{{row}}-{letter(met)}{{row}})")


def summed(value: int, column: int) -> Formula:
    at = letter(column)
    return Formula(value, f"=SUM({at}{{first}}:{at}{{last}})")


def counted(value: int, column: int, word: str) -> Formula:
    """Return how many cells of the column hold the word."""
    at = letter(column)
    return Formula(value, f'=COUNTIF({at}{{first}}:{at}{{last}},"{word}")')


def said(cell: Any) -> str:
    """Return a cell in words, as pages, Word and .csv print it."""
    if isinstance(cell, Formula):
        return percent(cell.value) if cell.is_share else number(cell.value)  # type: ignore[arg-type]
    if isinstance(cell, bool) or cell is None:
        return ""
    if isinstance(cell, int):
        return number(cell)
    return day_text(cell) if isinstance(cell, datetime.date) else str(cell)
