"""Finds the table on a sheet: its header row, what its columns are, which rows are units."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from criteria.workbooks.sheets import Cell, Column, Role, Row, SheetReading
from criteria.workbooks.text import fold, tidy

HEADER_WITHIN = 40  # lines from the top
WORDING_AT_LEAST = 25  # characters in every cell of a row that can only be the conditions' wording

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "headers.toml").read_text(encoding="utf-8"))
_ROLES: dict[str, Role] = {fold(word): role for role, words in _DATA["headers"].items() for word in words}
_LABELS: dict[str, str] = {fold(word): label for label, words in _DATA["labels"].items() for word in words}
_ROWS = {kind: tuple(fold(word) for word in words) for kind, words in _DATA["rows"].items()}
_CONDITION_WORDS = "|".join(re.escape(fold(word)) for word in _DATA["conditions"]["words"])
_CONDITION = re.compile(rf"(?:{_CONDITION_WORDS}) ?\.? ?0?([1-9]\d?)(?: ?[:.)–-] ?(?![\d\s]).*)?")
_NUMBERING = re.compile(r"\(?([a-z]|\d{1,2})\)?")
_PLACE_AND_DATE = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")


def role_of(header: str) -> tuple[Role, int | None]:
    """What a header says its column is, and the number if it is a condition; ("", None) where it is not known."""
    folded = fold(header).strip(" *:()")
    if folded in _ROLES:
        return _ROLES[folded], None
    first_line = next((line for line in header.splitlines() if line.strip()), "")
    match = _CONDITION.fullmatch(fold(first_line)) or _CONDITION.fullmatch(folded)
    return ("condition", int(match.group(1))) if match else ("", None)


def understand_sheet(title: str, is_hidden: bool, lines: list[Row]) -> SheetReading:
    """The sheet's table from its filled lines, in the sheet's order."""
    for at, line in enumerate(lines):
        if line.number > HEADER_WITHIN:
            break
        columns = _columns(line)
        if columns:
            rows, skipped = _units(lines[at + 1 :], columns)
            last = lines[-1].number
            return SheetReading(
                title=title,
                is_hidden=is_hidden,
                header_row=line.number,
                columns=columns,
                rows=rows,
                blank_rows=last - line.number - (len(lines) - at - 1),
                skipped=skipped,
                **_labels(lines[:at]),
            )
    return SheetReading(title=title, is_hidden=is_hidden, **_labels(lines[:HEADER_WITHIN]))


def _columns(line: Row) -> tuple[Column, ...]:
    """The columns of a header row; empty if the line names no unit or no condition."""
    columns = []
    for index, cell in sorted(line.cells.items()):
        role, number = role_of(cell.text) if cell.kind == "text" else ("", None)
        columns.append(Column(index, letter_of(index), tidy(cell.text), role, number))
    roles = {column.role for column in columns}
    if "name" not in roles and "district" in roles:
        columns = [Column(c.index, c.letter, c.header, "name") if c.role == "district" else c for c in columns]
        roles.add("name")
    return tuple(columns) if "condition" in roles and roles & {"code", "name"} else ()


def letter_of(index: int) -> str:
    """The letter of a column position: 1 is A, 27 is AA."""
    letters = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _labels(lines: list[Row]) -> dict[str, Any]:
    """What the lines above the header say of the sheet: "Mã kỳ: 2024", or the label and its value side by side."""
    found: dict[str, str] = {}
    for line in lines:
        texts = [tidy(cell.text) for _index, cell in sorted(line.cells.items())]
        for text, following in zip(texts, [*texts[1:], ""], strict=True):
            left, _colon, right = text.partition(":")
            label = _LABELS.get(fold(left))
            if label and (right.strip() or following):
                found.setdefault(label, right.strip() or following)
    return found


def _units(lines: list[Row], columns: tuple[Column, ...]) -> tuple[tuple[Row, ...], tuple[tuple[int, str], ...]]:
    """The rows below the header that may be units, and the lines that clearly are something else."""
    rows: list[Row] = []
    skipped: list[tuple[int, str]] = []
    for line in lines:
        is_below_signature = any(why == "signature" for _number, why in skipped)
        why = _not_a_unit(line, columns, is_first=not rows, is_below_signature=is_below_signature)
        if why:
            skipped.append((line.number, why))
        else:
            rows.append(line)
    return tuple(rows), tuple(skipped)


def _not_a_unit(line: Row, columns: tuple[Column, ...], *, is_first: bool, is_below_signature: bool) -> str:
    """Why a line is no unit, "" if it may be one. A line with a code always is taken for a unit."""
    if is_first and _is_numbering(line):
        return "numbering"
    by_role = {column.role: column.index for column in reversed(columns)}
    if by_role.get("code") in line.cells:
        return ""
    name = line.cells.get(by_role.get("name", 0))
    label = fold((name or line.cells[min(line.cells)]).text).strip(" :.")
    judged = [line.cells[c.index] for c in columns if c.role in ("condition", "verdict") and c.index in line.cells]
    if is_first and _is_wording(name, label, judged):
        return "wording"
    if label in _ROWS["totals"]:
        return "total"
    if label.startswith(_ROWS["signatures"]) or _PLACE_AND_DATE.search(label):
        return "signature"
    if is_below_signature and not any(fold(cell.text) in _ROWS["verdict_words"] for cell in judged):
        return "signature"
    return ""


def _is_wording(name: Cell | None, label: str, judged: list[Cell]) -> bool:
    """Whether the line right below the header repeats the conditions in words."""
    if not judged:
        return False
    is_long = all(cell.kind == "text" and len(tidy(cell.text)) >= WORDING_AT_LEAST for cell in judged)
    return (name is None and is_long) or (name is not None and label in _ROWS["wording"])


def _is_numbering(line: Row) -> bool:
    """Whether the line below the header only counts its columns: "A B 1 2 3" or "(1) (2) (3)"."""
    texts = [fold(cell.text) for _index, cell in sorted(line.cells.items())]
    marks = [match.group(1) for match in map(_NUMBERING.fullmatch, texts) if match]
    numbers = [int(mark) for mark in marks if mark.isdigit()]
    letters = [ord(mark) for mark in marks if not mark.isdigit()]
    counts_up = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    return (
        len(marks) == len(texts) >= 3
        and counts_up
        and letters == list(range(ord("a"), ord("a") + len(letters)))
        and marks == [chr(letter) for letter in letters] + [str(number) for number in numbers]
    )
