"""Which sheets of a file answer what, and the setup errors that make it unusable before any row is read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from communes.models import UnitVersion
from communes.templatetags.vietnamese import lowered
from criteria import rules
from criteria.entering import checklists_of
from criteria.models import Condition, Indicator, ReportingPeriod, Verdict
from criteria.uploads.places import listed
from criteria.workbooks.formats.bounds import letter_of
from criteria.workbooks.marking import ERRORS_SHEET
from criteria.workbooks.reading import Reading, SheetReading
from criteria.workbooks.template import GUIDE_SHEET
from criteria.workbooks.text import exact_key
from criteria.workbooks.values import shown

FONTS = {"TCVN3": ".VnTime (TCVN3)", "VNI": "VNI"}
MAP_OR_GET = "Đối chiếu cột, hoặc tải lại biểu của kỳ này, chép kết quả sang, rồi nộp lại."
GET_THE_FORM = "Tải lại biểu của kỳ này, chép kết quả sang, rồi nộp lại."


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, where, and how to mend it.

    `cell` is None for a setup error: the sheet or the file is unusable. `column` is the header as typed.
    """

    sheet: str
    cell: str | None
    column: str
    value: str
    message: str

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "column"}


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with the indicator that it answers and the conditions that it is asked for."""

    sheet: SheetReading
    indicator: Indicator
    conditions: tuple[Condition, ...]

    @property
    def is_bare(self) -> bool:
        return self.sheet.is_bare


@dataclass(frozen=True, slots=True)
class Tables:
    """The usable tables of a file; `notes` say what was read or left out that the officer may not expect."""

    usable: list[Table]
    faults: list[Fault]
    notes: list[str]
    unmapped: list[str]  # titles of those with columns that are not recognised


def tables_of(reading: Reading, *, place: UnitVersion, period: ReportingPeriod) -> Tables:
    """Find the tables and everything that is wrong with their set-up."""
    found = Tables([], [], [], [])
    found.faults.extend(_faults_of_mark(reading, place, period))
    named = list(_named(reading, found))
    checklists = checklists_of({asked for _sheet, asked in named}, period)
    for sheet, asked in named:
        if asked.pk not in checklists:
            message = f"Chỉ tiêu {asked.name} chưa có hướng dẫn đánh giá áp dụng cho {lowered(period.label)}."
            found.faults.append(Fault(sheet.title, None, "", asked.code, message))
            continue
        table = Table(sheet, asked, tuple(checklists[asked.pk][1]))
        if any(column.header and not column.role for column in sheet.columns):
            found.unmapped.append(sheet.title)
        found.usable.append(table)
        found.faults.extend(_faults_of_columns(table, period))
        found.faults.extend(_faults_of_sorting(table.sheet))
        found.notes.extend(_notes(table))
    found.notes.extend(_missing(reading, {asked.code for _sheet, asked in named}))
    if not named and not found.faults:
        message = f"Tệp không có trang nào của biểu. {GET_THE_FORM}"
        found.faults.append(Fault("", None, "", "", message))
    return found


def scope_code_of(reading: Reading) -> str:
    """Return the code of the place that the file says it is of: by its hidden mark, or above a header."""
    if reading.mark:
        return reading.mark.scope_code
    return next((sheet.scope_code for sheet in reading.sheets if sheet.scope_code), "")


def _faults_of_mark(reading: Reading, place: UnitVersion, period: ReportingPeriod) -> Iterator[Fault]:
    """Yield where the file, or a sheet pasted into it, says that it is of another period or place."""
    said = [("", reading.mark.period_key, reading.mark.scope_code)] if reading.mark else []
    said += [(sheet.title, sheet.period_key or "", sheet.scope_code or "") for sheet in reading.sheets]
    periods = {key: title for title, key, _scope in reversed(said) if key and key != period.key}
    scopes = {code: title for title, _key, code in reversed(said) if code and code != place.code}
    labels = dict(ReportingPeriod.objects.filter(key__in=periods).values_list("key", "label"))
    for key, title in periods.items():
        of = f"{lowered(labels[key])} ({key})" if key in labels else f"kỳ {key}"
        message = (
            f"Biểu của {of}, đang nộp cho {lowered(period.label)}. Chọn đúng kỳ khi nộp, hoặc tải biểu của kỳ này."
        )
        yield Fault(title, None, "", key, message)
    for code, title in scopes.items():
        message = f"Biểu của phạm vi mã {code}, không phải {place.title} (mã {place.code}). Chọn đúng tệp của đơn vị."
        yield Fault(title, None, "", code, message)


def answering(reading: Reading, asked: Indicator | None) -> Reading:
    """Return the reading in which a table that does not say what it answers answers the asked indicator."""
    if asked is None:
        return reading
    titles = {exact_key(title) for title in Indicator.objects.values_list("sheet_title", flat=True)}
    sheets = tuple(
        replace(sheet, indicator_code=asked.code)
        if (sheet.header_row or sheet.above_header)
        and not _code_of(reading, sheet)
        and exact_key(sheet.title) not in titles
        else sheet
        for sheet in reading.sheets
    )
    return replace(reading, sheets=sheets)


def answered(reading: Reading) -> dict[str, Indicator]:
    """Return by title of a sheet the indicator that it answers, of those that answer one."""
    indicators = list(Indicator.objects.all())
    by_code = {indicator.code: indicator for indicator in indicators}
    by_title = {exact_key(indicator.sheet_title): indicator for indicator in indicators}
    found = {}
    for sheet in reading.sheets:
        code = _code_of(reading, sheet)
        indicator = by_code.get(code) if code else by_title.get(exact_key(sheet.title))
        if indicator and sheet.title != ERRORS_SHEET:
            found[sheet.title] = indicator
    return found


def _code_of(reading: Reading, sheet: SheetReading) -> str:
    """Return the indicator's code that the sheet gives: in the hidden mark, or above its header."""
    marks = reading.mark.indicators if reading.mark else {}
    return marks.get(sheet.title) or sheet.indicator_code or ""


def _named(reading: Reading, found: Tables) -> Iterator[tuple[SheetReading, Indicator]]:
    """Yield the sheets that answer an indicator; each indicator is answered by one sheet."""
    by_code = {indicator.code: indicator for indicator in Indicator.objects.all()}
    by_title = {exact_key(indicator.sheet_title): indicator for indicator in by_code.values()}
    taken: dict[int, str] = {}
    for sheet in reading.sheets:
        if sheet.title == ERRORS_SHEET:
            continue  # the list that our marking put into the file
        code = _code_of(reading, sheet)
        indicator = by_code.get(code) or by_title.get(exact_key(sheet.title))
        if code and not indicator:
            message = f"Không có chỉ tiêu mang mã “{code}”. {GET_THE_FORM}"
            found.faults.append(Fault(sheet.title, None, "", code, message))
            continue
        if not indicator:
            _say_unknown(sheet, found, by_code.values())
        elif not sheet.header_row:
            message = f"Không thấy dòng tiêu đề có cột mã hoặc tên đơn vị và các cột nội dung. {MAP_OR_GET}"
            found.faults.append(Fault(sheet.title, None, "", "", message))
            found.unmapped.append(sheet.title)
        elif indicator.pk in taken:
            message = f"Trang “{taken[indicator.pk]}” cũng là của chỉ tiêu {indicator.name}. Giữ một trang."
            found.faults.append(Fault(sheet.title, None, "", indicator.code, message))
        else:
            taken[indicator.pk] = sheet.title
            yield sheet, indicator


def _say_unknown(sheet: SheetReading, found: Tables, indicators: Iterable[Indicator]) -> None:
    """Refuse a sheet that holds results and does not say of what; name one without results as not read."""
    conditions = [column.index for column in sheet.columns if column.role in ("condition", "verdict")]
    if sheet.above_header or any(at in row.cells for row in sheet.rows for at in conditions):
        titles = ", ".join(f"“{one.sheet_title}”" for one in indicators)
        message = (
            "Trang có kết quả nhưng không rõ là của chỉ tiêu nào, chưa đọc được. "
            f"Chọn “Chỉ tiêu của bảng” khi nộp, đặt tên trang như trong biểu ({titles}), "
            "hoặc xóa trang này nếu không nộp."
        )
        found.faults.append(Fault(sheet.title, None, "", "", message))
    elif not sheet.is_empty and exact_key(sheet.title) != exact_key(GUIDE_SHEET):
        found.notes.append(f"Trang “{sheet.title}” không có kết quả của chỉ tiêu nào, không đọc.")


def _missing(reading: Reading, there: set[str]) -> Iterator[str]:
    """Yield the sheets that the form had when it was made and the file has no longer."""
    for title, code in (reading.mark.indicators if reading.mark else {}).items():
        if code not in there:
            yield f"Tệp không còn trang “{title}” của biểu. Lần nộp này không có kết quả của chỉ tiêu đó."


def _faults_of_sorting(sheet: SheetReading) -> Iterator[Fault]:
    """Yield that units stand above the header, where they would not be read."""
    if sheet.above_header:
        lines = listed([str(line) for line in sheet.above_header], most=3, noun="dòng")
        message = (
            f"Dòng tiêu đề (dòng {sheet.header_row}) đứng dưới các dòng đơn vị (dòng {lines}), có thể do sắp xếp cả "
            "dòng tiêu đề. Đưa dòng tiêu đề lên trên các dòng đơn vị, rồi nộp lại."
        )
        yield Fault(sheet.title, None, "", "", message)


def _faults_of_columns(table: Table, period: ReportingPeriod) -> Iterator[Fault]:
    """Yield the columns that are missing, unknown or there twice."""
    sheet, asked = table.sheet, {condition.number for condition in table.conditions}
    if table.is_bare:
        refusal = rules.refusal_of_bare(Verdict.MET, "", {}, period.takes_bare_verdicts)
        if refusal:
            yield Fault(sheet.title, None, "", "", f"{refusal[:1].upper()}{refusal[1:]} {GET_THE_FORM}")
        asked = set()
    for number in sorted(asked - set(sheet.conditions)):
        message = f"Thiếu cột “Nội dung {number}”. Đối chiếu cột, thêm lại cột này, hoặc tải lại biểu."
        yield Fault(sheet.title, None, f"Nội dung {number}", "", message)
    for number, column in sorted(sheet.conditions.items()):
        if number not in asked:
            message = (
                f"Cột {column.letter}: hướng dẫn đang áp dụng có {len(asked)} nội dung, không có nội dung "
                f"{number}. Xóa cột này, hoặc tải lại biểu."
            )
            yield Fault(sheet.title, None, column.header, column.header, message)
    for column in sheet.repeated:
        message = f"Cột {column.letter} trùng với một cột đứng trước. Giữ một cột."
        yield Fault(sheet.title, None, column.header, column.header, message)


def _notes(table: Table) -> Iterator[str]:
    sheet = table.sheet
    hidden = Counter(row.is_hidden for row in sheet.rows)[True]
    if sheet.is_hidden:
        yield f"Trang “{sheet.title}” đang ẩn, vẫn được đọc."
    if hidden:
        yield f"Trang “{sheet.title}” có {hidden} dòng ẩn, vẫn được đọc."
    if table.is_bare:
        yield f"Trang “{sheet.title}” chỉ có kết quả chung: kết quả được lưu với ghi chú “không có nội dung”."
    yield from _notes_of_fonts(sheet)
    unknown = [column for column in sheet.columns if not column.role and column.header]
    extra = [f"{column.letter} “{column.header}”" for column in unknown]
    if extra:
        yield f"Trang “{sheet.title}”: không đọc cột {', '.join(extra)}."


def _notes_of_fonts(sheet: SheetReading) -> Iterator[str]:
    """Yield how many cells were typed in a font from before Unicode, with what the first of them was read as."""
    cells = [
        (f"{letter_of(at)}{row.number}", cell)
        for row in sheet.rows
        for at, cell in sorted(row.cells.items())
        if cell.encoding
    ]
    for encoding in sorted({cell.encoding for _address, cell in cells}):
        found = [(address, cell.text) for address, cell in cells if cell.encoding == encoding]
        told = ", ".join(f"{address} “{shown(text)}”" for address, text in found[:3])
        yield (
            f"Trang “{sheet.title}” có {len(found)} ô dùng phông {FONTS[encoding]}, đã chuyển sang Unicode: {told}. "
            "Kiểm tra tên đơn vị và kết quả trước khi lưu."
        )
