"""What the rows of one table say: whose row it is, the verdict in each cell, and every error, in one pass."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from criteria.models import Condition
from criteria.uploads.places import CODE_WIDTHS, Directory
from criteria.uploads.tables import Fault, Table
from criteria.verdicts import Numbers, item_verdict, verdict_of
from criteria.workbooks.matching import Match, Seen, UnitIndex
from criteria.workbooks.reading import Cell, Column, Row
from criteria.workbooks.text import exact_key
from criteria.workbooks.values import Problem, Verdict, read_answer, read_code, read_verdict, shown

MERGED = "Các ô này đã gộp, chưa rõ kết quả của từng đơn vị, từng nội dung. Bỏ gộp ô, ghi kết quả vào từng ô"


@dataclass(slots=True)
class RowRead:
    """One row of a table; without `unit_id` it is not clear whose it is. `place` is the unit's own cell."""

    table: Table
    line: int
    place: "Place"
    unit_id: int | None = None
    verdicts: dict[int, str] = field(default_factory=dict)
    numbers: dict[int, Numbers] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_blank: bool = True  # no condition says anything
    bare: str = ""  # the result of a list without conditions
    name: str = ""  # of the unit, and of its district, as typed
    district: str = ""
    may_choose: bool = False  # the name alone leads to no unit: the person may say which is meant
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A cell as an error names it: sheet, address, header of its column, value as typed."""

    sheet: str
    cell: str
    column: str
    value: str

    def fault(self, message: str) -> Fault:
        return Fault(self.sheet, self.cell, self.column, self.value, message)


class Columns:
    """The columns of a table by what they are."""

    def __init__(self, table: Table) -> None:
        sheet = table.sheet
        self.code, self.name = sheet.column("code"), sheet.column("name")
        self.district, self.verdict = sheet.column("district"), sheet.column("verdict")
        self.conditions = [] if table.is_bare else [(sheet.conditions[c.number], c) for c in table.conditions]
        self._read: dict[tuple[int, str, str], Verdict | Numbers | Problem | None] = {}

    def read(self, condition: Condition, cell: Cell) -> Verdict | Numbers | Problem | None:
        """Return what the cell says of the condition; the few words of a column are understood once each."""
        key = (condition.pk, cell.kind, cell.text)
        if key not in self._read:
            self._read[key] = answer_in(condition, cell)
        return self._read[key]


def answer_in(condition: Condition, cell: Cell) -> Verdict | Numbers | Problem | None:
    """Return the verdict or the numbers that a cell holds for the condition, or why it is neither."""
    accepted = condition.accepted_words()
    found = read_answer(cell, kind=condition.kind, negative=condition.is_negative, accepted=accepted)
    if isinstance(found, tuple) and (fault := condition.rule.fault(found)):
        return Problem(f'Ô ghi "{shown(cell.text)}": {fault}')
    return found


def rows_of(table: Table, directory: Directory, chosen: Mapping[str, int]) -> Iterator[RowRead]:
    """Yield each row of the table with what it says and all that is wrong with it."""
    columns = Columns(table)
    width = CODE_WIDTHS[table.indicator.level]
    codes = {row.number: read_code(row.cell(columns.code), width) for row in table.sheet.rows}
    index = directory.index(table.indicator, (code for code in codes.values() if isinstance(code, str)))
    seen = Seen(index)
    finder = Finder(index, seen, chosen)
    for row in table.sheet.rows:
        read = RowRead(table, row.number, _unit_place(table, row, columns))
        _read_verdicts(read, row, columns)
        if _says_nothing(read, row, columns):
            continue
        _refuse_merged(read, row)
        _read_unit(read, row, codes[row.number], columns, finder)
        yield read


def _refuse_merged(read: RowRead, row: Row) -> None:
    """Note what is merged over the row's conditions: its one value may be meant for one unit or for all of them."""
    columns = {column.index: column for column in read.table.sheet.columns}
    for line, index, cells in read.table.sheet.merged:
        if line == row.number:
            place = replace(_place(read.table, row, columns[index]), cell=cells)
            read.faults.append(place.fault(MERGED))


def _says_nothing(read: RowRead, row: Row, columns: Columns) -> bool:
    """Whether the row is neither named nor filled: a number in the first column, a note at the end."""
    return read.is_blank and row.cell(columns.code) is None and row.cell(columns.name) is None


@dataclass(frozen=True, slots=True)
class Finder:
    """What leads from a row to its unit: the index, those already met, and what the person chose for a name."""

    index: UnitIndex
    seen: Seen
    chosen: Mapping[str, int]

    def choose(self, read: RowRead, match: Match | Problem) -> Match | Problem:
        """Return the unit chosen for the name, where the name alone leads to none."""
        if isinstance(match, Match) or not match.may_choose:
            return match
        unit = self.index.judged(self.chosen.get(choice_key(read.name, read.district)))
        read.is_chosen, read.may_choose = unit is not None, unit is None
        return match if unit is None else Match(unit, "name")


def choice_key(name: str, district: str) -> str:
    """What two rows have in common that name their unit alike."""
    return f"{exact_key(name)}|{exact_key(district)}"


def _read_unit(read: RowRead, row: Row, code: str | Problem | None, columns: Columns, finder: Finder) -> None:
    if isinstance(code, Problem):
        read.faults.insert(0, read.place.fault(code.message))
        return
    name, district = row.cell(columns.name), row.cell(columns.district)
    read.name, read.district = name.text if name else "", district.text if district else ""
    match = finder.index.match(
        code,
        name.text if name else None,
        district=district.text if district else None,
        name_column=columns.name.letter if columns.name else "",
    )
    match = finder.choose(read, match)
    problem = match if isinstance(match, Problem) else finder.seen.add(match.unit, row.number)
    if problem:
        read.faults.insert(0, read.place.fault(problem.message))
    elif isinstance(match, Match):
        read.unit_id = int(str(match.unit.key))


def _read_verdicts(read: RowRead, row: Row, columns: Columns) -> None:
    for column, condition in columns.conditions:
        cell = row.cells.get(column.index)
        if cell is None:
            continue
        found = columns.read(condition, cell)
        if isinstance(found, Problem):
            read.faults.append(_place(read.table, row, column).fault(found.message))
        elif isinstance(found, tuple):
            read.numbers[condition.pk] = found
            read.verdicts[condition.pk] = item_verdict(condition.rule, found)
        elif found is not None:
            read.verdicts[condition.pk] = str(found)
        read.is_blank = read.is_blank and found is None
    if read.table.is_bare:
        _read_bare(read, row, columns)
    else:
        _check_verdict(read, row, columns)


def _read_bare(read: RowRead, row: Row, columns: Columns) -> None:
    """Read the one result of a row of a plain list."""
    found = read_verdict(row.cell(columns.verdict), negative=False, accepted={})
    if isinstance(found, Problem) and columns.verdict:
        read.faults.append(_place(read.table, row, columns.verdict).fault(found.message))
    elif found is not None:
        read.bare = str(found)
    read.is_blank = found is None


def _check_verdict(read: RowRead, row: Row, columns: Columns) -> None:
    """Note where the table's own column of results contradicts its conditions."""
    said = read_verdict(row.cell(columns.verdict), negative=False, accepted={})
    follows = verdict_of(read.verdicts, len(columns.conditions))
    if columns.verdict and said and not isinstance(said, Problem) and follows and said != follows:
        message = "Kết quả ở ô này không khớp với các nội dung của dòng. Kiểm tra lại các nội dung"
        read.faults.append(_place(read.table, row, columns.verdict).fault(message))


def _unit_place(table: Table, row: Row, columns: Columns) -> Place:
    """Return the cell that names the unit: its code where there is one, else its name."""
    filled = [column for column in (columns.code, columns.name) if column and row.cell(column)]
    column = (filled or [column for column in (columns.code, columns.name) if column])[0]
    return _place(table, row, column)


def _place(table: Table, row: Row, column: Column) -> Place:
    cell: Cell | None = row.cell(column)
    return Place(table.sheet.title, f"{column.letter}{row.number}", column.header, cell.text if cell else "")
