"""The figures of a day as tables: the targets, the districts or the units, and the units behind one figure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from communes.models import Level, UnitVersion
from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import number, percent
from reports.comparing import Changes, Side
from reports.documents.tables import Column, Formula, Table, counted, gap, needed, share, summed
from reports.drilldown import Row
from reports.path import Path
from reports.progress import Figures, Standing, Tally
from reports.scenarios import FailedItem, Part

ORDER, NAME, CODE = Column("STT", width=5), Column("Đơn vị", width=24), Column("Mã", width=8)
TITLE = "Kết quả thực hiện chỉ tiêu an ninh, trật tự trong xây dựng nông thôn mới"
TALLIED = (Standing.NOT_MET, Standing.PENDING, Standing.MISSING)

# A unit with its standing on each target, and whether that is derived from former units.
UnitRow = tuple[UnitVersion, list[tuple[Standing | None, bool]]]


@dataclass(frozen=True)
class Report:
    """The figures of a day in one scope: `heading` says of what and by which rule, `sentences` explain them.

    Of the districts there is a row each; after the last of them, of the `units`.
    """

    heading: list[str]
    figures: list[Figures]
    sentences: list[str]
    districts: list[UnitVersion]
    units: list[UnitRow] = field(default_factory=list)

    @property
    def tables(self) -> list[Table]:
        found = [targets_table(self.heading, self.figures)]
        if len(self.districts) > 1:
            found.append(districts_table(self.heading, self.figures, self.districts))
        if self.units:
            communes = [one for one in self.figures if one.target.indicator.level == Level.COMMUNE]
            found.append(units_table(self.heading, communes, self.units))
        return found


def targets_table(heading: Sequence[str], figures: Iterable[Figures]) -> Table:
    """Return a row for each target."""
    labels = ("Tổng số", "Đạt", "Chưa đạt", "Đã gửi, chờ xác nhận", "Chưa gửi", "Tỷ lệ", "Mục tiêu (%)", "Cần đạt")
    columns = [ORDER, Column("Chỉ tiêu", width=26), Column("Cách tính", width=26), *map(Column, labels)]
    columns += [Column("Còn thiếu"), Column("Kết luận", width=14), Column("Số liệu tính đến ngày", width=12)]
    rows = []
    for order, one in enumerate(figures, 1):
        tally, target = one.tally, one.target
        asked: list[Any] = [None, None, None, ""]
        if one.is_asked:
            words = "Đạt mục tiêu" if one.is_reached else "Chưa đạt mục tiêu"
            asked = [target.percent, needed(one.needed, 3, target.percent), gap(one.gap, 4, 10), words]
        counts = [tally.total, tally.met, tally.not_met, tally.pending, tally.missing]
        part = share(one.percent, 4, 3, target.percent if one.is_asked else None)
        rows.append([order, str(target.indicator.name), one.rule, *counts, part, *asked, one.units_as_of])
    return Table("Mục tiêu", TITLE, heading, columns, rows)


def districts_table(heading: Sequence[str], figures: Sequence[Figures], districts: Iterable[UnitVersion]) -> Table:
    """Return a row for each district in official order, and Tổng cộng with its formulas."""
    columns = [ORDER, CODE, NAME]
    for one in figures:
        columns += district_columns(one)
    rows = [
        [order, district.code, district.title, *(cell for one in figures for cell in district_cells(one, district))]
        for order, district in enumerate(districts, 1)
    ]
    for row in rows:
        place_shares(row)
    total: list[Any] = [None, None, "Tổng cộng"]
    for one in figures:
        total += total_cells(one, len(total))
    return Table("Theo đơn vị cấp huyện", f"{TITLE} theo đơn vị cấp huyện", heading, columns, rows, total)


def brief_districts_table(figures: Sequence[Figures], districts: Iterable[UnitVersion]) -> Table:
    """Return the table of districts in as many columns as an upright page of Word holds."""
    columns = [ORDER, Column("Đơn vị", width=20)]
    for one in figures:
        name = str(one.target.indicator.name)
        is_of_districts = one.target.indicator.level == Level.DISTRICT
        columns += [Column(name, width=12)] if is_of_districts else [Column("Đạt", name), Column("Tỷ lệ", name)]
    rows = [
        [order, district.title, *(cell for one in figures for cell in brief_cells(one, district))]
        for order, district in enumerate(districts, 1)
    ]
    total = [None, "Tổng cộng", *(cell for one in figures for cell in brief_cells(one, None))]
    return Table("Theo đơn vị cấp huyện", "Kết quả theo đơn vị cấp huyện", [], columns, rows, total)


def brief_cells(figures: Figures, district: UnitVersion | None) -> list[str]:
    tally = figures.rows.get(district.unit_id, Tally()) if district else figures.tally
    if district and figures.target.indicator.level == Level.DISTRICT:
        return [str(cell) for cell in district_cells(figures, district)]
    met = f"{number(tally.met)}/{number(tally.total)}"
    if figures.target.indicator.level == Level.DISTRICT:
        return [f"{met} đạt"]
    return [met, percent(tally.percent if district else figures.percent)]


def district_columns(figures: Figures) -> list[Column]:
    group = str(figures.target.indicator.name)
    if figures.target.indicator.level == Level.DISTRICT:
        return [Column(group, width=16)]
    labels = ("Tổng số", "Đạt", "Tỷ lệ", *(standing.label for standing in TALLIED))
    return [Column(str(label), group) for label in labels]


def district_cells(figures: Figures, district: UnitVersion) -> list[Any]:
    """Return the counts of a district, or how it stands itself; the place of a share is filled by `place_shares`."""
    tally = figures.rows.get(district.unit_id, Tally())
    if figures.target.indicator.level == Level.DISTRICT:
        standing = next((one for one in Standing if getattr(tally, one)), None)
        return [str(standing.label) if standing else "Không thuộc đối tượng"]
    return [tally.total, tally.met, tally, *(getattr(tally, standing) for standing in TALLIED)]


def place_shares(row: list[Any]) -> None:
    for at, cell in enumerate(row):
        if isinstance(cell, Tally):
            row[at] = share(cell.percent, at - 1, at - 2)


def total_cells(figures: Figures, at: int) -> list[Any]:
    """Return the cells of Tổng cộng that begin in the column; of a target of districts how many meet it."""
    tally = figures.tally
    if figures.target.indicator.level == Level.DISTRICT:
        return [counted(tally.met, at, str(Standing.MET.label))]
    whole = share(figures.percent, at + 1, at, figures.target.percent if figures.is_asked else None)
    rest = [summed(getattr(tally, standing), at + 3 + offset) for offset, standing in enumerate(TALLIED)]
    return [summed(tally.total, at), summed(tally.met, at + 1), whole, *rest]


def units_table(heading: Sequence[str], figures: Sequence[Figures], units: Sequence[UnitRow]) -> Table:
    """Return a row for each unit with its standing, and how many meet each target."""
    columns = [ORDER, CODE, NAME, Column("Đơn vị cấp huyện", width=16)]
    columns += [Column(str(one.target.indicator.name), width=22) for one in figures]
    rows = []
    for order, (unit, standings) in enumerate(units, 1):
        district = getattr(unit, "district_name", None) or ""
        rows.append([order, unit.code, unit.title, district, *(words_of(*one) for one in standings)])
    total: list[Any] = [None, None, "Đạt", ""]
    total += [met_of(one, at) for at, one in enumerate(figures, len(total))]
    return Table("Theo đơn vị cấp xã", f"{TITLE} theo đơn vị cấp xã", heading, columns, rows, total)


def met_of(figures: Figures, column: int) -> Formula:
    """Return how many of the rows meet the target, by their words; derived ones carry a remark behind."""
    at = f"{chr(ord('A') + column)}{{first}}:{chr(ord('A') + column)}{{last}}"
    met = Standing.MET.label
    return Formula(figures.tally.met, f'=COUNTIF({at},"{met}")+COUNTIF({at},"{met},*")')


def words_of(standing: Standing | None, is_derived: bool) -> str:
    if standing is None:
        return "Không thuộc đối tượng"
    return f"{standing.label}, theo kết quả trước sắp xếp" if is_derived else str(standing.label)


def behind_table(heading: Sequence[str], title: str, rows: Iterable[Row]) -> Table:
    """Return the units behind a figure: how each stands, on which result, why, and who decided."""
    labels = (("Kết quả", 16), ("Kỳ", 16), ("Nội dung chưa đạt, lý do", 60), ("Thẩm tra", 30), ("Xác nhận", 30))
    columns = [ORDER, CODE, NAME, Column("Đơn vị cấp huyện", width=16)]
    columns += [Column(label, width=width) for label, width in labels]
    columns += [Column("Minh chứng"), Column("Tệp đã nộp", width=24)]
    return Table("Danh sách", title, heading, columns, [behind_row(order, one) for order, one in enumerate(rows, 1)])


def behind_row(order: int, row: Row) -> list[Any]:
    failed = "; ".join(f"Nội dung {condition.number}: {condition.wording}" for condition in row.failed)
    decided = [f"{one.by.signature}, {day_text(one.at)}" if one else "" for one in (row.examination, row.confirmation)]
    unit: Any = row.unit
    return [
        order,
        unit.code,
        unit.title,
        unit.district_name or "",
        words_of(row.standing, row.is_derived),
        row.shown.assessment.period.label if row.shown else "",
        failed or row.reason or ("theo các đơn vị trước sắp xếp" if row.restated else ""),
        *decided,
        getattr(row.shown, "evidence_count", 0) if row.shown else 0,
        row.entry.upload.filename if row.entry and row.entry.upload else "",
    ]


def path_table(heading: Sequence[str], name: str, path: Path) -> Table:
    """Return the target's days with results beside what the path asks for."""
    labels = ("Đạt", "Tổng số", "Tỷ lệ", "Cần theo tiến độ", "So với tiến độ")
    columns = [Column("Đến ngày", width=14), *(Column(label, width=14) for label in labels)]
    rows: list[list[Any]] = []
    for one in path.waypoints:
        if one.figures is None:
            rows.append([one.on, None, None, None, f"{one.words} (mốc)", None])
        else:
            target = path.target.percent if one.figures.is_asked else None
            part = share(one.figures.percent, 1, 2, target)
            rows.append([one.on, one.figures.tally.met, one.figures.tally.total, part, one.needed, one.ahead])
    return Table("Đường tới mục tiêu", f"Chỉ tiêu {name}: kết quả qua các kỳ", [*heading, path.words], columns, rows)


def items_table(heading: Sequence[str], name: str, items: Sequence[FailedItem]) -> Table:
    """Return the conditions not met, the most frequent first."""
    columns = [Column("Nội dung", width=10), Column("Nội dung ghi", width=80), Column("Số đơn vị chưa đạt", width=12)]
    columns.append(Column("Chỉ thiếu nội dung này", width=12))
    rows = [[item.number, item.wording, item.units, item.alone] for item in items]
    return Table("Nội dung chưa đạt", f"Chỉ tiêu {name}: nội dung chưa đạt", heading, columns, rows)


def rest_table(heading: Sequence[str], name: str, parts: Sequence[Part]) -> Table:
    """Return which districts hold the units without an official "Đạt"."""
    columns = [NAME, Column("Đạt"), Column("Tổng số"), Column("Còn lại"), Column("Phần của số còn lại", width=12)]
    rows: list[list[Any]] = [
        [part.district.title, part.tally.met, part.tally.total, part.tally.not_yet, percent(part.of_the_rest)]
        for part in parts
    ]
    return Table("Số còn lại", f"Chỉ tiêu {name}: số chưa đạt, chưa xác nhận", heading, columns, rows)


def changes_table(heading: Sequence[str], name: str, sides: tuple[Side, Side], changes: Changes) -> Table:
    """Return the units that stand otherwise on the second side."""
    lines = [*heading, f"Bên thứ nhất: {sides[0].words}", f"Bên thứ hai: {sides[1].words}"]
    columns = [ORDER, CODE, NAME, Column("Đơn vị cấp huyện", width=16), Column("Thay đổi", width=22)]
    columns += [Column("Bên thứ nhất", width=22), Column("Bên thứ hai", width=22)]
    listed = [(words, change) for words, some in changes.groups for change in some]
    rows: list[list[Any]] = []
    for order, (words, change) in enumerate(listed, 1):
        unit: Any = change.unit
        rows.append([order, unit.code, unit.title, unit.district_name or "", words, *change.words])
    return Table("So sánh", f"Chỉ tiêu {name}: thay đổi từng đơn vị", lines, columns, rows)
