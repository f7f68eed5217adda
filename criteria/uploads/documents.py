"""Tài liệu kiểm chứng in a workbook: the documents that stand out of it, and those that came in with it."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from django.utils import timezone

from communes.dated import FIRST_DAY, NO_SUCH_DAY
from communes.models import UnitVersion, User
from communes.templatetags.vietnamese import day as day_text
from criteria.entering import checklists_of
from criteria.evidence.records import Document, EvidenceRefused, Subject, attach, refusals_by_unit, remove
from criteria.models import (
    Attachment,
    Condition,
    Evidence,
    EvidenceKind,
    EvidenceScope,
    Indicator,
    ReportingPeriod,
    Upload,
)
from criteria.standings import by_thousand
from criteria.uploads.places import CODE_WIDTHS, Directory
from criteria.uploads.rows import Place
from criteria.uploads.tables import Fault, Table
from criteria.workbooks.documents import ALL_UNITS, LABELS, NEEDED, TemplateDocument, read_day, read_numbers
from criteria.workbooks.matching import UnitIndex
from criteria.workbooks.reading import Role, Row, SheetReading
from criteria.workbooks.text import exact_key, fold, tidy
from criteria.workbooks.values import Problem, read_code, shown

KINDS = {exact_key(str(kind.label)): kind.value for kind in EvidenceKind}
KIND_LABELS = tuple(str(kind.label) for kind in EvidenceKind)
TEXT_LENGTHS: dict[Role, int] = {"number": 60, "issuer": 100}
Key = tuple[int, Document, tuple[int, ...]]


@dataclass(slots=True)
class DocumentRow:
    """One row of the sheet: what it says, the units that it speaks for, and all that is wrong with it."""

    place: Place
    indicator: Indicator | None = None
    units: tuple[int, ...] = ()
    is_for_all: bool = False
    conditions: tuple[int, ...] = ()
    document: Document | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def key(self) -> Key | None:
        """What two rows of one document have in common."""
        return (self.indicator.pk, self.document, self.conditions) if self.indicator and self.document else None


@dataclass(slots=True)
class NewDocument:
    """One document to be attached, with the units that do not have it yet."""

    row: DocumentRow  # the first that says it
    units: list[int]
    is_for_all: bool = False

    @property
    def indicator(self) -> Indicator:
        return cast(Indicator, self.row.indicator)

    @property
    def document(self) -> Document:
        return cast(Document, self.row.document)

    @property
    def scope(self) -> str:
        if self.is_for_all:
            return EvidenceScope.ALL
        return EvidenceScope.UNIT if len(self.units) == 1 else EvidenceScope.CHOSEN

    @property
    def title(self) -> str:
        """ "Quyết định số 12/QĐ-UBND ngày 05/10/2024"."""
        of = self.document
        return f"{EvidenceKind(of.kind).label} số {of.number} ngày {day_text(of.issued_on)}"


@dataclass(slots=True)
class Documents:
    """What the sheet would do: documents that are new, how many rows say nothing new, rows with errors."""

    new: list[NewDocument] = field(default_factory=list)
    same: int = 0
    wrong: list[DocumentRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)  # of the sheet as a whole


def documents_of(sheet: SheetReading, tables: Sequence[Table], directory: Directory, by: User) -> Documents:
    """Read the sheet beside what is attached; a fixed number of queries, whatever the number of rows."""
    found = Documents()
    if not sheet.rows:
        return found
    missing = [LABELS[role] for role in NEEDED if sheet.column(role) is None]
    if missing:
        message = f"Thiếu cột “{'”, “'.join(missing)}”. Thêm lại cột, hoặc tải lại biểu."
        found.faults.append(Fault(sheet.title, None, "", "", message))
        return found
    reader = Reader(sheet, tables, directory)
    rows = [reader.read(row) for row in sheet.rows]
    held = _held(rows, directory.period)
    # What stands already asks for nothing, though its units may take no more: the prefilled sheet comes back as it was.
    said = [bool(row.key and row.units and not row.faults and held[row.key].issuperset(row.units)) for row in rows]
    found.same = sum(said)
    rows = [row for row, known in zip(rows, said, strict=True) if not known]
    _refuse(rows, directory.period, by)
    new: dict[Key, NewDocument] = {}
    for row in rows:
        if row.faults or row.key is None:
            found.wrong.append(row)
            continue
        lacking = [unit for unit in row.units if unit not in held[row.key]]
        if not lacking:
            found.same += 1
            continue
        held[row.key] |= set(lacking)
        one = new.setdefault(row.key, NewDocument(row, []))
        one.units += lacking
        one.is_for_all = one.is_for_all or row.is_for_all
    found.new = list(new.values())
    return found


class Reader:
    """Reads the rows of one sheet: the columns, the tables of the file, and an index of units for each of them."""

    def __init__(self, sheet: SheetReading, tables: Sequence[Table], directory: Directory) -> None:
        self.sheet, self.directory = sheet, directory
        self.tables = {exact_key(table.sheet.title): table for table in tables}
        self.tables |= {exact_key(table.indicator.sheet_title): table for table in tables}
        self.only = tables[0] if len(tables) == 1 else None
        self._indexes: dict[int, UnitIndex] = {}

    def read(self, row: Row) -> DocumentRow:
        filled = next(column for column in self.sheet.columns if column.role and column.index in row.cells)
        read = DocumentRow(self._place(row, filled.role))
        table = self._table(row, read)
        if table:
            read.indicator = table.indicator
            self._read_units(row, read, table)
            self._read_conditions(row, read, table)
        read.document = self._document(row, read)
        return read

    def _place(self, row: Row, role: Role) -> Place:
        column = self.sheet.column(role)
        cell = row.cell(column)
        letter, header = (column.letter, column.header) if column else ("A", "")
        return Place(self.sheet.title, f"{letter}{row.number}", header, cell.text if cell else "")

    def _text(self, row: Row, role: Role) -> str:
        cell = row.cell(self.sheet.column(role))
        return tidy(cell.text) if cell else ""

    def _say(self, read: DocumentRow, row: Row, role: Role, message: str) -> None:
        read.faults.append(self._place(row, role).fault(message))

    def _table(self, row: Row, read: DocumentRow) -> Table | None:
        said = self._text(row, "indicator")
        table = self.tables.get(exact_key(said)) if said else self.only
        if table is None:
            titles = ", ".join(f"“{table.indicator.sheet_title}”" for table in dict.fromkeys(self.tables.values()))
            self._say(read, row, "indicator", f"Chưa rõ chỉ tiêu. Ghi tên trang: {titles or 'biểu không có trang nào'}")
        return table

    def _read_units(self, row: Row, read: DocumentRow, table: Table) -> None:
        indicator = table.indicator
        if fold(ALL_UNITS) in (fold(self._text(row, "code")), fold(self._text(row, "name"))):
            read.is_for_all = True
            read.units = tuple(unit.unit_id for unit in self.directory.expected(indicator))
            return
        if indicator.pk not in self._indexes:
            self._indexes[indicator.pk] = self.directory.index(indicator, ())
        code = read_code(row.cell(self.sheet.column("code")), CODE_WIDTHS[indicator.level])
        match = code
        if not isinstance(code, Problem):
            match = self._indexes[indicator.pk].match(code, self._text(row, "name"))  # type: ignore[assignment]
        if isinstance(match, Problem):
            self._say(read, row, "code", f"{match.message}; cho mọi đơn vị thì ghi “{ALL_UNITS}”")
        else:
            read.units = (int(str(match.unit.key)),)  # type: ignore[union-attr]

    def _read_conditions(self, row: Row, read: DocumentRow, table: Table) -> None:
        numbers = read_numbers(row.cell(self.sheet.column("conditions")))
        if isinstance(numbers, Problem):
            self._say(read, row, "conditions", numbers.message)
            return
        by_number = {condition.number: condition.pk for condition in table.conditions}
        unknown = [str(number) for number in numbers if number not in by_number]
        if unknown:
            message = f"Hướng dẫn có {len(by_number)} nội dung, không có nội dung {', '.join(unknown)}"
            self._say(read, row, "conditions", message)
        else:
            read.conditions = tuple(by_number[number] for number in numbers)

    def _document(self, row: Row, read: DocumentRow) -> Document | None:
        before = len(read.faults)
        kind = KINDS.get(exact_key(self._text(row, "kind")))
        if kind is None:
            self._say(read, row, "kind", f"Loại văn bản ghi một trong: {', '.join(KIND_LABELS)}")
        for role, most in TEXT_LENGTHS.items():
            length = len(self._text(row, role))
            if not 0 < length <= most:
                why = f"dài quá {most} ký tự" if length else "còn trống"
                self._say(read, row, role, f"{LABELS[role]} {why}. Ghi đúng như trên văn bản")
        issued_on = read_day(row.cell(self.sheet.column("issued_on")))
        if isinstance(issued_on, Problem):
            self._say(read, row, "issued_on", issued_on.message)
        elif issued_on < FIRST_DAY:
            self._say(read, row, "issued_on", NO_SUCH_DAY)
        elif issued_on > timezone.localdate():
            self._say(read, row, "issued_on", f"Ngày {shown(day_text(issued_on))} sau ngày hôm nay. Kiểm tra lại")
        if len(read.faults) > before or kind is None or not isinstance(issued_on, datetime.date):
            return None
        return Document(kind, self._text(row, "number"), issued_on, self._text(row, "issuer"))


def _refuse(rows: Sequence[DocumentRow], period: ReportingPeriod, by: User) -> None:
    """Say of a row that its unit takes no evidence now; of one for all units, those that do not are left out."""
    wanted: dict[Indicator, set[int]] = defaultdict(set)
    for row in rows:
        if row.indicator:
            wanted[row.indicator] |= set(row.units)
    refusals = {one: refusals_by_unit(sorted(units), one, period, by) for one, units in wanted.items()}
    for row in rows:
        if row.indicator is None:
            continue
        said = {unit: refusals[row.indicator][unit] for unit in row.units}
        refused = next((reason for reason in said.values() if reason), "")
        row.units = tuple(unit for unit, reason in said.items() if not reason)
        if refused and not row.units:
            row.faults.append(row.place.fault(refused[:1].upper() + refused[1:]))


def _held(rows: Iterable[DocumentRow], period: ReportingPeriod) -> dict[Key, set[int]]:
    """Return by document the units that have it already."""
    indicators = {row.indicator for row in rows if row.indicator}
    found: dict[Key, set[int]] = defaultdict(set)
    for evidence, units in attached(indicators, period):
        document = Document(evidence.kind, evidence.number, evidence.issued_on, evidence.issuer)
        conditions = tuple(c.pk for c in sorted(evidence.conditions.all(), key=lambda c: c.number))
        found[evidence.indicator_id, document, conditions] |= units
    return found


def attached(indicators: Iterable[Indicator], period: ReportingPeriod) -> Iterator[tuple[Evidence, set[int]]]:
    """Yield the documents of the period that have a number, each with the units that still have it."""
    rows = Evidence.objects.live().filter(indicator__in=list(indicators), period=period).exclude(number="")
    evidence = list(rows.prefetch_related("conditions").order_by("issued_on", "number", "pk"))
    units: dict[object, set[int]] = defaultdict(set)
    for some in by_thousand(one.pk for one in evidence):
        live = Attachment.objects.live().filter(evidence__in=some)
        for pk, unit in live.values_list("evidence", "unit"):
            units[pk].add(unit)
    for one in evidence:
        yield one, units[one.pk]


def rows_for(
    held: Iterable[tuple[Evidence, set[int]]], units: Mapping[int, Sequence[UnitVersion]], titles: dict[int, str]
) -> Iterator[TemplateDocument]:
    """Yield the rows that go out, of one workbook's units by indicator; "tất cả" where all of several have one."""
    for evidence, having in held:
        expected = units.get(evidence.indicator_id, ())
        mine = [unit for unit in expected if unit.unit_id in having]
        whole = len(mine) == len(expected) > 1
        for unit in mine[:1] if whole else mine:
            yield TemplateDocument(
                indicator=titles[evidence.indicator_id],
                code=ALL_UNITS if whole else unit.code,
                name="" if whole else unit.title,
                conditions=", ".join(str(n) for n in sorted(one.number for one in evidence.conditions.all())),
                kind=evidence.get_kind_display(),
                number=evidence.number,
                issued_on=day_text(evidence.issued_on),
                issuer=evidence.issuer,
            )


def attach_all(upload: Upload, documents: Iterable[NewDocument], *, by: User) -> None:
    """Attach the documents in the caller's transaction. Raises `EvidenceRefused`."""
    for one in documents:
        asked = checklists_of([one.indicator], upload.period)[one.indicator.pk][1]
        conditions: list[Condition] = [condition for condition in asked if condition.pk in one.row.conditions]
        place = one.units[0] if one.scope == EvidenceScope.UNIT else upload.unit_id
        subject = Subject(one.indicator, upload.period, place, one.scope, one.units, conditions)
        outcome = attach(one.document, subject, by=by)
        Evidence.objects.filter(pk=outcome.evidence.pk).update(upload=upload)


def take_away(upload: Upload, *, by: User) -> int:
    """Remove what the upload attached from every unit whose result may still change; return how many documents went."""
    done = 0
    live = Evidence.objects.live().filter(upload=upload).select_related("indicator", "period")
    for evidence in live:
        try:
            remove(evidence, by=by, reason=f"Hủy lần nộp {upload.code}.")
            done += 1
        except EvidenceRefused:
            continue  # decided on meanwhile: what was decided keeps what it was decided with
    return done
