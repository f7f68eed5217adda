"""The prefilled workbook of a place and a period, from the tables."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from communes.models import Area, Level, UnitVersion
from communes.names import search_key
from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import lowered
from criteria.entering import checklists_of
from criteria.models import (
    Checklist,
    Condition,
    ConditionResult,
    Indicator,
    IndicatorWording,
    Marker,
    ReportingPeriod,
    Revision,
    State,
    Verdict,
)
from criteria.periods import collected_in
from criteria.standings import by_thousand
from criteria.uploads.documents import KIND_LABELS, attached, rows_for
from criteria.uploads.places import Directory
from criteria.workbooks.template import Book, Sheet, TemplateCondition, TemplateRow

TITLE = "Biểu kết quả thực hiện chỉ tiêu an ninh, trật tự"


@dataclass
class Known:
    """What is stored, by (unit, indicator): the revision that stands in the period, the verdict before it."""

    current: dict[tuple[int, int], Revision] = field(default_factory=dict)
    previous: dict[tuple[int, int], Revision] = field(default_factory=dict)

    @property
    def holds_samples(self) -> bool:
        return any(revision.is_sample for revision in (*self.current.values(), *self.previous.values()))


def indicators_of(place: UnitVersion, period: ReportingPeriod, area: Area | None = None) -> list[Indicator]:
    """Return the indicators collected in the period that judge a unit of the place and have a checklist then."""
    directory = Directory(place, period, area)
    checklists = checklists_of(Indicator.objects.all(), period)
    return [
        indicator
        for indicator in collected_in(period).order_by("position")
        if indicator.pk in checklists and directory.expected(indicator)
    ]


def book_of(
    place: UnitVersion, period: ReportingPeriod, indicators: Sequence[Indicator], area: Area | None = None
) -> Book:
    """Return the workbook of a place or an area: a sheet an indicator, its units down, its conditions across."""
    directory = Directory(place, period, area)
    units = {unit.unit_id for indicator in indicators for unit in directory.expected(indicator)}
    known = _known(units, indicators, period)
    checklists = checklists_of(indicators, period)
    markers = _markers(indicators, period)
    return Book(
        title=TITLE,
        period_key=period.key,
        period_label=period.label,
        scope_code=place.code,
        scope_name=f"{area.name}, {place.title}" if area else place.title,
        sample=known.holds_samples,
        sheets=tuple(
            _sheet(indicator, checklists[indicator.pk], directory, known, markers.get(indicator.pk, ""))
            for indicator in indicators
        ),
        documents=tuple(
            rows_for(
                attached(indicators, period),
                {indicator.pk: directory.expected(indicator) for indicator in indicators},
                {indicator.pk: indicator.sheet_title for indicator in indicators},
            )
        ),
        document_kinds=KIND_LABELS,
    )


def books_of_districts(place: UnitVersion, period: ReportingPeriod) -> Iterator[tuple[str, Book]]:
    """Yield each district of the province with its own workbook; the queries are those of one workbook."""
    directory = Directory(place, period)
    indicators = indicators_of(place, period)
    whole = book_of(place, period, indicators)
    homes = [_homes(indicator, directory.expected(indicator)) for indicator in indicators]
    held, titles = list(attached(indicators, period)), {one.pk: one.sheet_title for one in indicators}
    for district in directory.units(Level.DISTRICT):
        sheets = [_part(sheet, of, district) for sheet, of in zip(whole.sheets, homes, strict=True)]
        filled = tuple(sheet for sheet in sheets if sheet.rows)
        if filled:
            units = {one.pk: _within(directory.expected(one), one, district) for one in indicators}
            documents = tuple(rows_for(held, units, titles))
            own = replace(
                whole, scope_code=district.code, scope_name=district.title, sheets=filled, documents=documents
            )
            yield filename_of(district, period), own


def _homes(indicator: Indicator, units: Sequence[UnitVersion]) -> list[int | None]:
    """Return the district of each unit; of a district itself."""
    return [unit.unit_id if indicator.level == Level.DISTRICT else unit.parent_id for unit in units]


def _within(units: Sequence[UnitVersion], indicator: Indicator, district: UnitVersion) -> list[UnitVersion]:
    homes = _homes(indicator, units)
    return [unit for unit, home in zip(units, homes, strict=True) if home == district.unit_id]


def _part(sheet: Sheet, homes: Sequence[int | None], district: UnitVersion) -> Sheet:
    """Return the sheet with the rows of one district, which then need not name it."""
    rows = (row for row, home in zip(sheet.rows, homes, strict=True) if home == district.unit_id)
    return replace(sheet, rows=tuple(replace(row, district="") for row in rows))


def filename_of(place: UnitVersion | Area, period: ReportingPeriod) -> str:
    """ "bieu-chu-prong-2024.xlsx": ASCII only, so that every mail program and browser keeps it."""
    name = re.sub(r"[^a-z0-9]+", "-", search_key(place.name)).strip("-")
    return f"bieu-{name}-{period.key.lower()}.xlsx"


def _sheet(
    indicator: Indicator,
    asked: tuple[Checklist, list[Condition]],
    directory: Directory,
    known: Known,
    marker: str,
) -> Sheet:
    checklist, conditions = asked
    return Sheet(
        title=indicator.sheet_title,
        indicator_code=indicator.code,
        indicator_name=indicator.name,
        checklist_label=f"Hướng dẫn {checklist.number} ngày {day_text(checklist.signed_on)}",
        marker=marker,
        conditions=tuple(_condition(condition) for condition in conditions),
        rows=tuple(_row(unit, indicator, conditions, directory, known) for unit in directory.expected(indicator)),
        unit_label=f"Tên {indicator.unit_noun}",
    )


def _condition(condition: Condition) -> TemplateCondition:
    return TemplateCondition(
        number=condition.number,
        wording=condition.wording,
        marker=_marker_text(condition.marker),
        is_negative=condition.is_negative,
        is_sensitive=condition.is_sensitive,
        accepted=tuple(condition.accepted_words().items()),
        kind=condition.kind,
        rule=condition.rule.words,
    )


def _row(
    unit: UnitVersion,
    indicator: Indicator,
    conditions: Sequence[Condition],
    directory: Directory,
    known: Known,
) -> TemplateRow:
    key = (unit.unit_id, indicator.pk)
    current, previous = known.current.get(key), known.previous.get(key)
    said = {result.condition_id: result for result in current.results.all()} if current else {}
    return TemplateRow(
        code=unit.code,
        name=unit.title,
        district=directory.district(unit),
        values=tuple(_value(c, said.get(c.pk)) for c in conditions),
        previous=f"{previous.get_verdict_display()} ({lowered(previous.assessment.period.label)})" if previous else "",
    )


def _value(condition: Condition, result: ConditionResult | None) -> bool | str | None:
    """Return what the cell of a condition holds: its numbers as they are typed, or else whether it is met."""
    if result is None or result.verdict == Verdict.NOT_APPLICABLE:
        return None
    return condition.rule.typed(result.numbers) or result.verdict == Verdict.MET


def _known(units: Iterable[int], indicators: Sequence[Indicator], period: ReportingPeriod) -> Known:
    """Fetch what is stored: three queries a thousand units."""
    known = Known()
    revisions = Revision.objects.filter(assessment__indicator__in=indicators).select_related("assessment__period")
    for some in by_thousand(sorted(units)):
        here = revisions.filter(assessment__unit__in=some)
        standing = here.exclude(state=State.REPLACED).filter(assessment__period=period)
        known.current.update(_by_unit(standing.prefetch_related("results").order_by("number")))
        before = here.official().filter(assessment__period__ends_on__lt=period.starts_on)
        # The later period counts, and of two that end together the longer one: it comes last.
        order = ("assessment__period__ends_on", "-assessment__period__starts_on")
        known.previous.update(_by_unit(before.order_by(*order)))
    return known


def _by_unit(revisions: Iterable[Revision]) -> Iterator[tuple[tuple[int, int], Revision]]:
    for revision in revisions:
        yield (revision.assessment.unit_id, revision.assessment.indicator_id), revision


def _markers(indicators: Sequence[Indicator], period: ReportingPeriod) -> dict[int, str]:
    """Return by indicator how far its wording on the period's last day may be trusted."""
    wordings = IndicatorWording.objects.in_application_on(period.ends_on).filter(indicator__in=indicators)
    return {wording.indicator_id: _marker_text(wording.marker) for wording in wordings}


def _marker_text(marker: str) -> str:
    return "" if marker == Marker.CONFIRMED else str(Marker(marker).label)
