"""The figures of a day as a file: what the page shows, with the day, the rule and the notice of sample data."""

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from communes.models import Level, UnitVersion
from communes.templatetags.vietnamese import day as day_text
from criteria.models import Revision
from criteria.workbooks.template import SAMPLE_LINE
from reports.attention import failed_in, failures
from reports.documents.excel import write_xlsx
from reports.documents.figures import TITLE, Report, UnitRow, brief_districts_table
from reports.documents.separated import write_csv
from reports.documents.tables import Table
from reports.documents.word import write_docx
from reports.explaining import RULE_NOW, day_notice, explanation
from reports.models import Plan
from reports.pace import paces
from reports.progress import Boundaries, Figures, with_standings
from reports.scopes import Scope

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class File(NamedTuple):
    """A file to hand over: its bytes, its kind for the browser, the end of its name."""

    content: bytes
    kind: str
    suffix: str


def heading_of(plan: Plan, title: str, day: datetime.date, boundaries: str) -> list[str]:
    """Return the lines above each table: of which scope, day and rule, and whether the data are invented."""
    lines = [f"Số liệu tính đến ngày {day_text(day)} · {title} · {Boundaries(boundaries).label}", str(plan)]
    lines.append("Chỉ tính kết quả đã xác nhận; tỷ lệ làm tròn hai chữ số, không làm tròn đến mục tiêu chưa đạt.")
    if boundaries == Boundaries.NOW:
        lines.append(RULE_NOW)
    if Revision.objects.filter(is_sample=True).exists():
        lines.append(SAMPLE_LINE)
    return lines


def report_of(
    scope: Scope,
    figures: Sequence[Figures],
    districts: Sequence[UnitVersion],
    heading: list[str],
    day: datetime.date,
    boundaries: str,
) -> Report:
    """Return all that the documents say of a day: the figures in sentences, by district, or by unit without them."""
    shown = [one for one in figures if one.is_asked or one.tally.total]
    failed = failed_in(failures(scope, shown, day))
    ways = paces(scope, shown, list(scope.periods_with_results()))
    sentences = []
    for one in shown:
        said = explanation(one, failed.get(one.target.indicator_id, {})) if one.tally.total else []
        said += ways[one.target.pk].sentences if one.target.pk in ways else []
        notice = day_notice(scope, one, day, boundaries)
        sentences.append(f"{one.target.indicator.name}: {' '.join([*said, notice]).strip()}")
    return Report(heading, shown, sentences, list(districts), list(unit_rows(scope, shown, day)))


def unit_rows(scope: Scope, figures: Sequence[Figures], day: datetime.date) -> list[UnitRow]:
    """Return the counted communes in official order with how they stand."""
    communes = [one for one in figures if one.target.indicator.level == Level.COMMUNE]
    if not communes:
        return []
    first = communes[0]
    kinds = sorted({kind for one in communes for kind in one.target.kinds})
    living = (
        scope.heirs_on(first.units_as_of).of_level(Level.COMMUNE)
        if first.is_now
        else scope.living(Level.COMMUNE, first.units_as_of, day)
    )
    listed = with_standings(living.of_kinds(kinds), [one.target for one in communes], first.results_to)
    units = listed.with_district_on(first.units_as_of).select_related("unit").in_official_order()
    return [(unit, [(one.standing_of(unit), one.is_derived(unit)) for one in communes]) for unit in units]


def file_of(report: Report, suffix: str) -> File:
    """Return the report as .xlsx (each table a sheet, formulas), .docx (sentences, the tables that fit a page) or .csv.

    A .csv holds one table: that of the districts, or of the units without them.
    """
    if suffix == "xlsx":
        return File(write_xlsx(TITLE, report.tables), XLSX, suffix)
    if suffix == "csv":
        return table_file([report.tables[min(1, len(report.tables) - 1)]], suffix)
    parts: list[Table | str] = [*report.sentences, *word_tables(report)]
    return File(write_docx(TITLE, report.heading, parts), DOCX, suffix)


def word_tables(report: Report) -> list[Table]:
    """Return the tables of the report as Word takes them: the targets in fewer columns, districts or units."""
    targets, *rest = report.tables
    if len(report.districts) > 1:
        rest = [brief_districts_table(report.figures, report.districts)]
    kept = [0, 1, 3, 4, 8, 9, 11]
    narrow = Table(
        targets.name,
        "Kết quả theo mục tiêu",
        [],
        [targets.columns[at] for at in kept],
        [[row[at] for at in kept] for row in targets.rows],
    )
    return [narrow, *rest[:1]]


def table_file(tables: Sequence[Table], suffix: str) -> File:
    """Return tables as .xlsx, a sheet each, or the first of them as .csv."""
    if suffix == "xlsx":
        return File(write_xlsx(tables[0].title, tables), XLSX, suffix)
    return File(write_csv(tables[0]), "text/csv; charset=utf-8", "csv")
