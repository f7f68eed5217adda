"""The corpus: every file of tests/corpus/files is read as the table in expected.py says, or refused as it says."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criteria.workbooks import child
from criteria.workbooks.formats.fonts import encoding_of, legible
from criteria.workbooks.matching import Match, Seen, UnitIndex, UnitRow
from criteria.workbooks.reading import Reading, Refused, SheetReading, pages_of, read_workbook, understand_workbook
from criteria.workbooks.values import Problem, read_code, read_verdict
from tests.corpus.expected import BAD, CONVERTED, GOOD, HIDDEN_ROWS, HIDDEN_SHEETS

FOLDER = Path(__file__).parent / "corpus" / "files"
UNITS = (("23905", "Ia Băng"), ("23908", "Ia Tôr"), ("23917", "Ia Púch"), ("23924", "Ia Bang"), ("23938", "Ia Mơ"))
SIGNS = {"met": "+", "not_met": "-", None: "."}


def index() -> UnitIndex:
    town = UnitRow("23887", "23887", "Chư Prông", "thị trấn", "Chư Prông")
    return UnitIndex(
        [UnitRow(code, code, name, "xã", "Chư Prông") for code, name in UNITS], unjudged=[town], indicator="19.2"
    )


def understood(name: str) -> Reading:
    """What the reader makes of the file, without a process for each."""
    path = FOLDER / name
    answer = child.answer(path.read_bytes(), path.suffix)
    return understand_workbook(pages_of(json.dumps(answer).encode()))


def told(sheet: SheetReading) -> list[str]:
    """Each row as "code: verdicts", or as its cells that are refused."""
    units = index()
    seen, code, name = Seen(units), sheet.column("code"), sheet.column("name")
    columns = [sheet.conditions[number] for number in sorted(sheet.conditions)] or [sheet.column("verdict")]
    lines = []
    for row in sheet.rows:
        typed = read_code(row.cell(code), 5)
        assert not isinstance(typed, Problem), typed
        called = row.cell(name)
        match = units.match(typed, called.text if called else None, name_column=name.letter if name else "")
        problem = match if isinstance(match, Problem) else seen.add(match.unit, row.number)
        at = code if row.cell(code) else name
        found = [f"{at.letter}{row.number} {problem.message}"] if problem else []
        said = [read_verdict(row.cell(column), negative=True, accepted={}) for column in columns]
        problems = [(column, one) for column, one in zip(columns, said, strict=True) if isinstance(one, Problem)]
        found += [f"{column.letter}{row.number} {one.message}" for column, one in problems]
        assert isinstance(match, Match) or problem
        lines += found or [f"{match.unit.code}: {' '.join(SIGNS[one] for one in said)}"]
    return lines


def test_every_file_is_in_the_table_and_there_are_enough() -> None:
    files = {path.name for path in FOLDER.iterdir()}
    assert files == {*GOOD, *BAD}
    assert len(files) >= 60


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_read_as_written_down(name: str) -> None:
    reading = understood(name)
    lines = told(reading.sheets[0])
    assert len(lines) == len(GOOD[name]), lines
    for line, expected in zip(lines, GOOD[name], strict=True):
        assert line.startswith(expected)
    assert Reading.from_json(json.loads(json.dumps(reading.to_json()))) == reading


@pytest.mark.parametrize("name", HIDDEN_ROWS)
def test_hidden_rows_are_read_and_known(name: str) -> None:
    assert sum(row.is_hidden for row in understood(name).sheets[0].rows) == HIDDEN_ROWS[name]


@pytest.mark.parametrize("name", HIDDEN_SHEETS)
def test_hidden_sheets_are_read_and_known(name: str) -> None:
    assert sum(sheet.is_hidden for sheet in understood(name).sheets) == HIDDEN_SHEETS[name]


@pytest.mark.parametrize("name", CONVERTED)
def test_old_fonts_are_converted_and_known(name: str) -> None:
    encoding, count = CONVERTED[name]
    cells = [cell for row in understood(name).sheets[0].rows for cell in row.cells.values()]
    assert [cell.encoding for cell in cells if cell.encoding] == [encoding] * count


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["lo-plain.xls", "lo-plain.ods", "utf8-semicolon.csv", "utf16-tab.csv"]), st.data())
def test_no_damage_to_a_file_gets_past_the_child(name: str, data: st.DataObject) -> None:
    """Whatever bytes are changed, the child answers with sheets that can be understood, or a reason."""
    damaged = bytearray((FOLDER / name).read_bytes())
    place = st.integers(0, len(damaged) - 1)
    for at, value in data.draw(st.lists(st.tuples(place, st.integers(0, 255)), max_size=8)):
        damaged[at] = value
    answer = child.answer(bytes(damaged), Path(name).suffix)
    assert set(answer) in ({"refused"}, {"sheets"})
    if "sheets" in answer:
        understand_workbook(pages_of(json.dumps(answer).encode()))


def test_a_sheet_of_an_xls_is_called_without_the_nul_that_no_database_keeps() -> None:
    data = (FOLDER / "lo-plain.xls").read_bytes()
    name = "Xã NTM".encode("latin-1")
    assert name in data
    answer = child.answer(data.replace(name, b"X\x00 NTM"), ".xls")
    assert [sheet["title"] for sheet in answer["sheets"]] == ["19.2 X NTM"]


LETTERS = st.text(alphabet=[chr(code) for code in range(0x20, 0x250)], max_size=20)


@given(LETTERS, st.sampled_from([".VnTime", ".VnArialH", "VNI-Times", "Times New Roman", ""]))
def test_a_text_is_converted_only_by_its_font_and_only_from_letters_of_old_fonts(text: str, font: str) -> None:
    read, encoding = legible(text, font)
    assert encoding in ("", encoding_of(font))
    assert encoding or read == text
    assert not (encoding and any(ord(letter) > 0xFF for letter in text))


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_as_written_down_by_the_child_within_five_seconds(name: str) -> None:
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_workbook((FOLDER / name).read_bytes(), name)
    assert BAD[name] in refused.value.reason
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("name", ["plain.xlsx", "lo-plain.xls", "lo-plain.ods", "utf8-semicolon.csv"])
def test_the_child_reads_each_format(name: str) -> None:
    assert told(read_workbook((FOLDER / name).read_bytes(), name).sheets[0]) == list(GOOD["plain.xlsx"])
