"""Đối chiếu cột: what the headers of a district's own tables mean, asked once and remembered for the district."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator

from communes.models import UnitVersion, User
from criteria.entering import checklists_of
from criteria.models import ColumnMapping, ColumnRole, Condition, Indicator, ReportingPeriod, Upload
from criteria.uploads.places import PlaceUnknown, place_of
from criteria.uploads.tables import answered, answering, scope_code_of
from criteria.workbooks.headers import Known, header_key, possible_headers, understand_sheet
from criteria.workbooks.reading import Column, Page, Reading, Role, SheetReading, read_pages, understand_workbook

SAMPLES, HEADER_LENGTH, WORDING_SHOWN = 3, 300, 40


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that could be read: what is in it, and whose workbook it is."""

    reading: Reading
    place: UnitVersion


@dataclass(frozen=True, slots=True)
class AskedColumn:
    """A column that is not recognised, with the first things that stand in it."""

    column: Column
    samples: tuple[str, ...]

    @property
    def key(self) -> str:
        """The name of its field in the form."""
        return f"column-{self.column.index}"


@dataclass(frozen=True, slots=True)
class Asking:
    """One table with columns that are not recognised: those, the others, and the conditions that it should have."""

    title: str
    indicator: Indicator
    line: int
    lines: tuple[tuple[int, str], ...]  # other lines that may be the header: number, what stands in it
    unknown: tuple[AskedColumn, ...]
    known: tuple[Column, ...]
    conditions: tuple[Condition, ...]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What a column may be: the roles and conditions that no recognised column has."""
        taken = {(column.role, column.number) for column in self.known}
        roles = (ColumnRole.CODE, ColumnRole.NAME, ColumnRole.DISTRICT)
        found = [(role.value, str(role.label)) for role in roles if (role.value, None) not in taken]
        found += [
            (f"condition-{one.number}", f"Nội dung {one.number}: {Truncator(one.wording).chars(WORDING_SHOWN)}")
            for one in self.conditions
            if ("condition", one.number) not in taken
        ]
        if ("verdict", None) not in taken:
            found.append((ColumnRole.VERDICT.value, str(ColumnRole.VERDICT.label)))
        return [*found, (ColumnRole.NOTE.value, str(ColumnRole.NOTE.label))]


def open_workbook(
    content: bytes,
    filename: str,
    *,
    by: User,
    period: ReportingPeriod,
    indicator: Indicator | None = None,
    needs_mark: bool = False,
) -> Opened:
    """Read a file as the person hands it in, by the columns that its place has mapped.

    `needs_mark`: it must say itself whose it is. Raises `reading.Refused`, `places.PlaceUnknown`.
    """
    pages = read_pages(content, filename)
    reading = answering(understand_workbook(pages), indicator)
    code = scope_code_of(reading)
    if needs_mark and not code:
        raise PlaceUnknown("Tệp không ghi mã phạm vi của biểu mẫu. Nộp riêng tệp này.")
    place = place_of(code, by=by, period=period)
    return Opened(with_mappings(reading, pages, place, period), place)


def with_mappings(reading: Reading, pages: Sequence[Page], place: UnitVersion, period: ReportingPeriod) -> Reading:
    """Return the reading in which the headers that the place has mapped are understood."""
    known = _known(place, period)
    if not known:
        return reading
    by_title, answers = {page.title: page for page in pages}, answered(reading)
    sheets = []
    for sheet in reading.sheets:
        indicator = answers.get(sheet.title)
        if indicator and indicator.pk in known:
            page = by_title[sheet.title]
            anew = understand_sheet(page.title, page.is_hidden, page.lines, page.merged, known[indicator.pk])
            sheets.append(replace(anew, indicator_code=sheet.indicator_code))
        else:
            sheets.append(sheet)
    return replace(reading, sheets=tuple(sheets))


def _known(place: UnitVersion, period: ReportingPeriod) -> Mapping[int, Known]:
    """Return by indicator what the place has said of its headers; a condition is one of the guidance in application."""
    mappings = list(ColumnMapping.objects.live().filter(unit=place.unit_id).select_related("condition", "indicator"))
    in_application = checklists_of({mapping.indicator for mapping in mappings}, period) if mappings else {}
    found: dict[int, dict[str, tuple[Role, int | None]]] = defaultdict(dict)
    for mapping in mappings:
        checklist, _conditions = in_application.get(mapping.indicator_id, (None, []))
        condition = mapping.condition
        if condition is None or (checklist and condition.checklist_id == checklist.pk):
            number = condition.number if condition else None
            found[mapping.indicator_id][mapping.header_key] = (cast(Role, mapping.role), number)
    return dict(found)


def read_anew(upload: Upload, place: UnitVersion) -> Reading:
    """Return what the upload's file says by the columns that its place has mapped since. Raises `reading.Refused`."""
    pages = read_pages(bytes(upload.content), upload.filename)
    said = {sheet.title: sheet.indicator_code for sheet in Reading.from_json(upload.reading).sheets}
    plain = understand_workbook(pages)
    sheets = tuple(replace(sheet, indicator_code=said.get(sheet.title)) for sheet in plain.sheets)
    return with_mappings(replace(plain, sheets=sheets), pages, place, upload.period)


def askings_of(upload: Upload, place: UnitVersion, lines: Mapping[str, int]) -> Iterator[Asking]:
    """Yield the tables of the file with columns to be mapped; `lines` is by title which line the person took as header.

    Reads the file again. Raises `reading.Refused`.
    """
    reading = Reading.from_json(upload.reading)
    pages = {page.title: page for page in read_pages(bytes(upload.content), upload.filename)}
    known, answers = _known(place, upload.period), answered(reading)
    for sheet in reading.sheets:
        indicator = answers.get(sheet.title)
        if indicator is None or sheet.title not in pages:
            continue
        _checklist, conditions = checklists_of([indicator], upload.period).get(indicator.pk, (None, []))
        page = pages[sheet.title]
        candidates = _headers(sheet, page, known.get(indicator.pk, {}))
        line, columns = next((one for one in candidates if one[0] == lines.get(sheet.title)), _best(candidates))
        unknown = tuple(AskedColumn(c, _samples(page, line, c)) for c in columns if c.header and not c.role)
        if unknown:
            yield Asking(
                title=sheet.title,
                indicator=indicator,
                line=line,
                lines=tuple((number, " · ".join(c.header for c in found)) for number, found in candidates),
                unknown=unknown,
                known=tuple(column for column in columns if column.role),
                conditions=tuple(conditions),
            )


def _headers(sheet: SheetReading, page: Page, known: Known) -> list[tuple[int, tuple[Column, ...]]]:
    if sheet.header_row:
        return [(sheet.header_row, sheet.columns)]
    return possible_headers(page.lines, page.merged, known)


def _best(candidates: Sequence[tuple[int, tuple[Column, ...]]]) -> tuple[int, tuple[Column, ...]]:
    """Return the line to begin with: the one with the most columns that are known, then the most columns."""
    return max(candidates, key=lambda one: (sum(bool(c.role) for c in one[1]), len(one[1])), default=(0, ()))


def _samples(page: Page, line: int, column: Column) -> tuple[str, ...]:
    texts = (row.cells[column.index].text for row in page.lines if row.number > line and column.index in row.cells)
    return tuple(text for text, _ in zip(dict.fromkeys(texts), range(SAMPLES), strict=False))


@transaction.atomic
def remember(upload: Upload, asking: Asking, chosen: Mapping[str, str], *, by: User) -> None:
    """Keep what the person said of the table's columns, by the key of each, and understand the upload's file anew."""
    conditions = {f"condition-{one.number}": one for one in asking.conditions}
    for asked in asking.unknown:
        said = chosen.get(asked.key)
        if not said:
            continue
        key, condition = header_key(asked.column.header), conditions.get(said)
        mine = ColumnMapping.objects.live().filter(unit=upload.unit_id, indicator=asking.indicator, header_key=key)
        mine.update(removed_by=by, removed_at=timezone.now())
        ColumnMapping.objects.create(
            unit_id=upload.unit_id,
            indicator=asking.indicator,
            header=asked.column.header[:HEADER_LENGTH],
            header_key=key,
            role=ColumnRole.CONDITION if condition else said,
            condition=condition,
            made_by=by,
        )


def forget(mapping: ColumnMapping, *, by: User) -> None:
    """Take a mapping back: the next file is asked for the column again."""
    ColumnMapping.objects.live().filter(pk=mapping.pk).update(removed_by=by, removed_at=timezone.now())
