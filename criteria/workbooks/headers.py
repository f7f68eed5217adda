"""Finds the table on a sheet: its header row, what its columns are, which rows are units."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from criteria.workbooks.formats.bounds import letter_of
from criteria.workbooks.sheets import Cell, Column, Corners, Role, Row, SheetReading
from criteria.workbooks.text import fold, tidy

HEADER_WITHIN = 40  # lines from the top
KEY_LENGTH = 300  # characters of a header that tell it from others
POSSIBLE_HEADERS = 8  # lines offered as the header of a table that has none of ours
WORDING_AT_LEAST = 25  # characters in every cell of a row that can only be the conditions' wording

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "headers.toml").read_text(encoding="utf-8"))
_ROLES: dict[str, Role] = {fold(word): role for role, words in _DATA["headers"].items() for word in words}
_LABELS: dict[str, str] = {fold(word): label for label, words in _DATA["labels"].items() for word in words}
_ROWS = {kind: tuple(fold(word) for word in words) for kind, words in _DATA["rows"].items()}
_CONDITION_WORDS = "|".join(re.escape(fold(word)) for word in _DATA["conditions"]["words"])
_CONDITION = re.compile(rf"(?:{_CONDITION_WORDS}) ?\.? ?0?([1-9]\d?)(?: ?[:.)–-] ?(?![\d\s]).*)?")
_NUMBERING = re.compile(r"\(?([a-z]|\d{1,2})\)?")
Known = Mapping[str, tuple[Role, int | None]]  # by `header_key`: what an officer said of headers that are not ours
NOTHING: Known = {}
_PLACE_AND_DATE = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")


def header_key(header: str) -> str:
    """What two headers have in common that are taken for the same: no accents, no letter case, no more than is kept."""
    return fold(header).strip(" *:()")[:KEY_LENGTH]


def role_of(header: str, known: Known = NOTHING) -> tuple[Role, int | None]:
    """What a header says its column is, and the number if it is a condition; ("", None) where it is not known."""
    folded = fold(header).strip(" *:()")
    if folded[:KEY_LENGTH] in known:
        return known[folded[:KEY_LENGTH]]
    if folded in _ROLES:
        return _ROLES[folded], None
    first_line = next((line for line in header.splitlines() if line.strip()), "")
    match = _CONDITION.fullmatch(fold(first_line)) or _CONDITION.fullmatch(folded)
    return ("condition", int(match.group(1))) if match else ("", None)


def understand_sheet(
    title: str, is_hidden: bool, lines: list[Row], merged: Sequence[Corners] = (), known: Known = NOTHING
) -> SheetReading:
    """The sheet's table from its filled lines, in the sheet's order.

    Whoever sorts a table may sort its header and the lines about it along: these are looked for among the units too.
    """
    first, at, columns = _header(lines, merged, known)
    if columns:
        line, below = lines[at], lines[at + 1 :]
        rows, skipped = _units(below, columns)
        unit = [column for column in columns if column.role in ("code", "name")]
        return SheetReading(
            title=title,
            is_hidden=is_hidden,
            header_row=line.number,
            columns=columns,
            rows=rows,
            blank_rows=lines[-1].number - line.number - len(below),
            skipped=skipped,
            merged=_merged(merged, rows, columns, lines),
            above_header=tuple(above.number for above in lines[:first] if _is_unit_above(above, columns)),
            **_labels([*lines[:first], *(row for row in below if not any(map(row.cell, unit)))]),
        )
    return SheetReading(
        title=title,
        is_hidden=is_hidden,
        above_header=tuple(line.number for line in lines if _is_judged(line, line.cells)),
        is_empty=not lines,
        **_labels(lines[:HEADER_WITHIN]),
    )


def _header(lines: list[Row], merged: Sequence[Corners], known: Known) -> tuple[int, int, tuple[Column, ...]]:
    """Where the header begins and ends among the lines, and its columns; none if there is no header.

    A header on one line counts before one on two, and any with conditions before that of a plain list of results.
    """
    within = [line for line in lines if line.number <= HEADER_WITHIN]
    for at, line in enumerate(within):
        columns = _columns(_texts(line), known)
        if columns:
            return at, at, _with_others(columns, line)
        if at + 1 == len(within) or _columns(_texts(within[at + 1]), known):
            continue
        columns = _columns(_two_lines(line, within[at + 1], merged, known), known)
        if columns:
            return at, at + 1, columns
    for at, line in enumerate(within):
        columns = _columns(_texts(line), known, needs="verdict")
        if columns:
            return at, at, _with_others(columns, line)
    return 0, 0, ()


def possible_headers(
    lines: list[Row], merged: Sequence[Corners] = (), known: Known = NOTHING
) -> list[tuple[int, tuple[Column, ...]]]:
    """The lines that may be the header of a table that is not recognised, each with its columns, from the top."""
    within = [line for line in lines if line.number <= HEADER_WITHIN]
    found = []
    for line, following in zip(within, [*within[1:], None], strict=True):
        said = _texts(line)
        if len(said) < 3 or any(fold(text) in _ROWS["results"] for text in said.values()):
            continue
        is_over = any(one.first_line == line.number and one.last_column > one.first_column for one in merged)
        if following and is_over:
            said = _two_lines(line, following, merged, known)
        texts = {at: text for at, text in sorted(said.items()) if tidy(text)}
        columns = tuple(Column(at, letter_of(at), tidy(text), *role_of(text, known)) for at, text in texts.items())
        found.append((line.number, columns))
    return found[:POSSIBLE_HEADERS]


def _with_others(columns: tuple[Column, ...], line: Row) -> tuple[Column, ...]:
    """The columns with those whose header is no text: a number, a date."""
    known = {column.index: column for column in columns}
    others = {at: Column(at, letter_of(at), tidy(cell.text), "") for at, cell in line.cells.items()}
    return tuple(column for _at, column in sorted((others | known).items()))


def _two_lines(upper: Row, lower: Row, merged: Sequence[Corners], known: Known) -> dict[int, str]:
    """The headers that two lines say together: "Nội dung" over "1", "2"; "Tên xã" over nothing.

    What the lower line says counts alone where that is known. What is merged over several columns stands for each of
    them; so does, in a file that keeps no merging, a text with nothing beside it over the columns to its right.
    """
    above, below = _texts(upper), {index: cell.text for index, cell in lower.cells.items()}
    for one in merged:
        if one.first_line == upper.number and one.first_column in above:
            for index in range(one.first_column + 1, one.last_column + 1):
                above.setdefault(index, above[one.first_column])
    said, last = {}, ""
    for index in sorted({*above, *below}):
        last = above.get(index, last)
        low = below.get(index, "")
        said[index] = low if not last or role_of(low, known)[0] else (f"{last} {low}" if low else above[index])
    return said


def _texts(line: Row) -> dict[int, str]:
    """The texts of a line by column position, as typed: a header's first line may hold its number."""
    return {index: cell.text for index, cell in line.cells.items() if cell.kind == "text"}


def _columns(headers: dict[int, str], known: Known, needs: Role = "condition") -> tuple[Column, ...]:
    """The columns of a header by their texts; empty if they name no unit, or nothing that is asked of it."""
    columns = []
    for index, header in sorted(headers.items()):
        columns.append(Column(index, letter_of(index), tidy(header), *role_of(header, known)))
    roles = {column.role for column in columns}
    if "name" not in roles and "district" in roles:
        columns = [Column(c.index, c.letter, c.header, "name") if c.role == "district" else c for c in columns]
        roles.add("name")
    return tuple(columns) if needs in roles and roles & {"code", "name"} else ()


def _is_unit_above(line: Row, columns: tuple[Column, ...]) -> bool:
    """Whether a line above the header is a unit: a code beside a name, or a result under a condition."""
    if _labels([line]):
        return False
    by_role = {column.role: line.cell(column) for column in reversed(columns)}
    code, name = by_role.get("code"), by_role.get("name")
    is_coded = code is not None and name is not None and tidy(code.text).isdecimal() and name.kind == "text"
    return is_coded or _is_judged(line, [column.index for column in columns if column.role == "condition"])


def _is_judged(line: Row, among: Collection[int]) -> bool:
    """Whether one of these columns holds "Đạt" or "Chưa đạt", and another cell of the line something else."""
    said = {at for at, cell in line.cells.items() if fold(cell.text) in _ROWS["results"]}
    return bool(said & set(among)) and len(said) < len(line.cells)


def _merged(
    merged: Sequence[Corners], rows: Sequence[Row], columns: tuple[Column, ...], lines: list[Row]
) -> tuple[tuple[int, int, str], ...]:
    """What is merged over conditions of units and says something: see `SheetReading.merged`."""
    unit = [column for column in columns if column.role in ("code", "name")]
    units = [row.number for row in rows if any(row.cell(column) for column in unit)]
    filled = {line.number: line.cells for line in lines}
    found = []
    for one in merged:
        at = bisect_left(units, one.first_line)
        within = [c.index for c in columns if c.role == "condition" and one.first_column <= c.index <= one.last_column]
        is_over_units = at < len(units) and units[at] <= one.last_line
        if within and is_over_units and one.first_column in filled.get(one.first_line, {}):
            cells = f"{letter_of(one.first_column)}{one.first_line}:{letter_of(one.last_column)}{one.last_line}"
            found.append((units[at], within[0], cells))
    return tuple(found)


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
    order = next((column for column in columns if column.role == "order"), None)
    rows: list[Row] = []
    skipped: list[tuple[int, str]] = []
    for line in lines:
        is_numbered = (cell := line.cell(order)) is not None and tidy(cell.text).isdecimal()
        is_below_signature = not is_numbered and any(why == "signature" for _number, why in skipped)
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
    if _is_wording(name, label, judged, is_first=is_first):
        return "wording"
    if label in _ROWS["totals"]:
        return "total"
    if label.startswith(_ROWS["signatures"]) or _PLACE_AND_DATE.search(label):
        return "signature"
    if is_below_signature and not any(fold(cell.text) in _ROWS["verdict_words"] for cell in judged):
        return "signature"
    return ""


def _is_wording(name: Cell | None, label: str, judged: list[Cell], *, is_first: bool) -> bool:
    """Whether the line repeats the conditions in words; with its own name it may have been sorted among the units."""
    if not judged or any(cell.kind != "text" or fold(cell.text) in _ROWS["verdict_words"] for cell in judged):
        return False
    if name is not None:
        return label in _ROWS["wording"]
    return is_first and all(len(tidy(cell.text)) >= WORDING_AT_LEAST for cell in judged)


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
