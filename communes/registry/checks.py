"""Everything that must hold of the whole registry before a row of it is written (design.md, section 2)."""

import datetime
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from django.db.models import Model

from communes.dated import meeting, span
from communes.models import Alias, Kind, Level, Succession, UnitVersion
from communes.names import search_key
from communes.registry.rows import AliasRow, Problem, Row, Rows, SuccessionRow, UnitRow, VersionRow

DAY = datetime.timedelta(days=1)
RANKS: dict[str, int] = {Level.PROVINCE: 0, Level.DISTRICT: 1, Level.COMMUNE: 2}
# Quyết định 124/2004/QĐ-TTg: two digits for a province, three for a district, five for a commune.
CODE_LENGTHS: dict[str, int] = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
KINDS: dict[str, tuple[str, ...]] = {
    Level.PROVINCE: (Kind.TINH, Kind.THANH_PHO),
    Level.DISTRICT: (Kind.QUAN, Kind.THANH_PHO, Kind.THI_XA, Kind.HUYEN),
    Level.COMMUNE: (Kind.PHUONG, Kind.THI_TRAN, Kind.XA, Kind.DAC_KHU),
}
KEY = re.compile(r"[0-9A-Za-z-]{1,40}")


class Registry:
    """The rows by unit, as the checks ask for them; rows of unknown units are left out and reported."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.units = {unit.key: unit for unit in rows.units}
        self.versions: dict[str, list[VersionRow]] = defaultdict(list)
        for version in sorted(rows.versions, key=lambda version: version.starts_on):
            self.versions[version.key].append(version)

    def level(self, key: str) -> str:
        return self.units[key].level

    def on(self, key: str, day: datetime.date) -> VersionRow | None:
        """Return the version that the unit bore on a day."""
        held = (v for v in self.versions.get(key, ()) if v.starts_on <= day <= v.last_day)
        return next(held, None)

    def during(self, key: str, version: VersionRow) -> list[VersionRow]:
        """Return the versions of a unit that hold while another unit's version holds."""
        return [other for other in self.versions.get(key, ()) if other.meets(version)]

    def lives_throughout(self, key: str, version: VersionRow) -> bool:
        day = version.starts_on
        for held in self.during(key, version):
            if held.starts_on > day:
                return False
            if held.last_day >= version.last_day:
                return True
            day = held.last_day + DAY
        return False

    def provinces(self, version: VersionRow) -> set[str]:
        """Return the province above the version: one key, unless its district changes province meanwhile."""
        if not version.parent:
            return {version.key}
        if self.level(version.parent) == Level.PROVINCE:
            return {version.parent}
        return {above.parent for above in self.during(version.parent, version)}


def check(rows: Rows) -> list[Problem]:
    """Return everything that is wrong, in the order of the tables; nothing: the rows may be written."""
    registry = Registry(rows)
    problems = [*duplicates(rows)]
    for unit in rows.units:
        problems += unit_problems(unit, registry)
    for version in rows.versions:
        problems += version_problems(version, registry)
    problems += code_problems(rows.versions)
    for key in registry.versions:
        problems += history_problems(registry.versions[key])
    for succession in rows.successions:
        problems += succession_problems(succession, registry)
    problems += share_problems(rows.successions)
    problems += alias_problems(rows.aliases, registry)
    return problems


def duplicates(rows: Rows) -> Iterator[Problem]:
    columns = {UnitRow: "key", VersionRow: "starts_on", SuccessionRow: "successor", AliasRow: "name"}
    seen: dict[tuple[type, object], Row] = {}
    for row in rows:
        first = seen.get((type(row), row.identity))
        seen[type(row), row.identity] = row
        if first is not None:
            yield Problem(row, columns[type(row)], f"trùng với {first.place or 'dòng đã lưu'}")


def text_problems(row: Row, column: str, model: type[Model], *, required: bool = True) -> Iterator[Problem]:
    text: str = getattr(row, column)
    limit: int = model._meta.get_field(column).max_length  # type: ignore[assignment, union-attr]
    if required and not text.strip():
        yield Problem(row, column, "chưa nhập")
    elif len(text) > limit:
        yield Problem(row, column, f"dài quá {limit} ký tự")
    elif text != unicodedata.normalize("NFC", text).strip():
        yield Problem(row, column, "có khoảng trắng thừa hoặc chữ tổ hợp (cần dạng NFC)")


def unit_problems(unit: UnitRow, registry: Registry) -> Iterator[Problem]:
    if not KEY.fullmatch(unit.key):
        yield Problem(unit, "key", f"khóa “{unit.key}” không hợp lệ; ví dụ đúng: 23674-20241101")
    if unit.level not in RANKS:
        yield Problem(unit, "level", f"không có cấp “{unit.level}”; nhập một trong: {', '.join(RANKS)}")
    if (unit.tile_row is None) != (unit.tile_col is None):
        column = "tile_row" if unit.tile_row is None else "tile_col"
        yield Problem(unit, column, "cần đủ cả hàng và cột trên sơ đồ ô, hoặc bỏ trống cả hai")
    if unit.key not in registry.versions:
        yield Problem(unit, "key", "đơn vị chưa có giai đoạn nào")


def version_problems(version: VersionRow, registry: Registry) -> Iterator[Problem]:
    yield from text_problems(version, "name", UnitVersion)
    yield from text_problems(version, "source", UnitVersion, required=False)
    if version.ends_on and version.ends_on < version.starts_on:
        yield Problem(version, "ends_on", f"trước ngày bắt đầu {version.starts_on:%d/%m/%Y}")
    if version.key not in registry.units:
        yield Problem(version, "key", f"không có đơn vị {version.key}")
        return
    level = registry.level(version.key)
    if level not in RANKS:
        return
    if not (version.code.isascii() and version.code.isdigit() and len(version.code) == CODE_LENGTHS[level]):
        wanted = CODE_LENGTHS[level]
        yield Problem(version, "code", f"mã {Level(level).label.lower()} gồm {wanted} chữ số")
    if version.kind not in KINDS[level]:
        known = ", ".join(KINDS[level])
        yield Problem(version, "kind", f"không có loại “{version.kind}” ở {Level(level).label.lower()}; có: {known}")
    yield from parent_problems(version, level, registry)


def parent_problems(version: VersionRow, level: str, registry: Registry) -> Iterator[Problem]:
    parent = version.parent
    if level == Level.PROVINCE:
        if parent:
            yield Problem(version, "parent", "đơn vị cấp tỉnh không trực thuộc đơn vị nào")
    elif not parent:
        yield Problem(version, "parent", "đơn vị cấp huyện, cấp xã phải trực thuộc một đơn vị cấp trên")
    elif parent not in registry.units:
        yield Problem(version, "parent", f"không có đơn vị {parent}")
    elif RANKS.get(registry.level(parent), 0) >= RANKS[level]:
        yield Problem(version, "parent", f"{parent} không phải đơn vị cấp trên")
    elif not registry.lives_throughout(parent, version):
        yield Problem(version, "parent", f"{parent} không tồn tại suốt {span(version)}")
    elif len(registry.provinces(version)) > 1:
        yield Problem(version, "parent", f"{parent} chuyển sang tỉnh khác trong thời gian này; cần tách giai đoạn")


def overlaps(
    versions: Iterable[VersionRow], of: Callable[[VersionRow], str]
) -> Iterator[tuple[VersionRow, VersionRow]]:
    """Find versions that share a code or a unit and a day; of each pair first the row that was given."""
    for version, before in meeting(versions, of):
        yield (version, before) if version.place or not before.place else (before, version)


def code_problems(versions: Iterable[VersionRow]) -> Iterator[Problem]:
    for row, other in overlaps(versions, lambda version: version.code):
        if row.key != other.key:
            yield Problem(row, "code", f"đang là mã của {other.name} ({other.key}) {span(other)}")


def history_problems(versions: list[VersionRow]) -> Iterator[Problem]:
    """The versions of one unit follow one another day by day: what ended and came back is another unit."""
    for row, other in overlaps(versions, lambda version: version.key):
        if row.starts_on != other.starts_on:
            yield Problem(row, "starts_on", f"chồng lên giai đoạn {span(other)} của cùng đơn vị")
    for before, after in pairwise(versions):
        if before.ends_on and before.ends_on + DAY < after.starts_on:
            message = f"phải bắt đầu ngay sau {before.ends_on:%d/%m/%Y}, ngày kết thúc giai đoạn trước"
            yield Problem(after, "starts_on", message)


def succession_problems(succession: SuccessionRow, registry: Registry) -> Iterator[Problem]:
    day, before, after = succession.effective_on, succession.predecessor, succession.successor
    yield from text_problems(succession, "resolution", Succession)
    if succession.share is not None and not 0 < succession.share <= 1:
        yield Problem(succession, "share", "phần chuyển sang phải lớn hơn 0 và không quá 1")
    elif succession.share is not None and succession.share != round(succession.share, 3):
        yield Problem(succession, "share", "phần chuyển sang có tối đa 3 chữ số thập phân")
    unknown = [name for name in ("predecessor", "successor") if getattr(succession, name) not in registry.units]
    for name in unknown:
        yield Problem(succession, name, f"không có đơn vị {getattr(succession, name)}")
    if unknown:
        return
    if before == after:
        yield Problem(succession, "successor", "đơn vị tiếp tục tồn tại thì không kế thừa chính nó")
    if registry.level(before) != registry.level(after):
        yield Problem(succession, "successor", "hai đơn vị không cùng cấp")
    if registry.on(before, day - DAY) is None:
        yield Problem(succession, "predecessor", f"{before} không tồn tại vào ngày {day - DAY:%d/%m/%Y}")
    elif succession.share == 1 and registry.on(before, day):
        message = f"{before} chuyển toàn bộ thì phải kết thúc vào ngày {day - DAY:%d/%m/%Y}"
        yield Problem(succession, "predecessor", message)
    if registry.on(after, day) is None:
        yield Problem(succession, "successor", f"{after} không tồn tại vào ngày {day:%d/%m/%Y}")


def share_problems(successions: Iterable[SuccessionRow]) -> Iterator[Problem]:
    """What a unit gives away on one day is at most the whole; a part of unknown size is more than nothing."""
    given: dict[tuple[str, datetime.date], list[SuccessionRow]] = defaultdict(list)
    for succession in successions:
        given[succession.predecessor, succession.effective_on].append(succession)
    for (predecessor, _), parts in given.items():
        total = sum((part.share for part in parts if part.share is not None), Decimal(0))
        if total > 1 or (total == 1 and any(part.share is None for part in parts)):
            named = next((part for part in reversed(parts) if part.place), parts[-1])
            yield Problem(named, "share", f"tổng các phần của {predecessor} vượt quá 1")


def alias_problems(aliases: list[AliasRow], registry: Registry) -> Iterator[Problem]:
    """An alias must not be, accents aside, the name of a unit beside it at the same time."""
    bearers: dict[tuple[str, str], list[VersionRow]] = defaultdict(list)
    for version in registry.rows.versions if aliases else ():
        bearers[version.parent, search_key(version.name)].append(version)
    for alias in aliases:
        yield from text_problems(alias, "name", Alias)
        yield from text_problems(alias, "source", Alias, required=False)
        if alias.unit not in registry.units:
            yield Problem(alias, "unit", f"không có đơn vị {alias.unit}")
        for own in registry.versions.get(alias.unit, ()):
            others = bearers.get((own.parent, search_key(alias.name)), ())
            other = next((o for o in others if o.key != own.key and o.meets(own)), None)
            if other:
                yield Problem(alias, "name", f"là tên của đơn vị khác cùng cấp: {other.name} ({other.key})")
                break
