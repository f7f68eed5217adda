"""The one writer of the areas of responsibility: which communes belong to an area, and when."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from communes.dated import last_day, meeting, span
from communes.models import Area, AreaMember, Descent, Level, Role, Unit, UnitVersion, User


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRow:
    """A unit (its primary key) in the area between two days; `place` is the line of the form."""

    unit: int
    starts_on: datetime.date
    ends_on: datetime.date | None = None
    area: str = ""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class MemberProblem:
    row: MemberRow
    column: str
    message: str


class MembersRefused(ValueError):
    """The members were not written; `problems` holds everything that is wrong with them."""

    def __init__(self, problems: list[MemberProblem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def officer_problem(officer: User, province: Unit) -> str:
    """Say why the person cannot answer for an area of the province ("" when he can): a place follows its succession."""
    if officer.role != Role.PROVINCE:
        return "Người phụ trách phải có vai trò Công an tỉnh."
    goes_on = Descent.objects.filter(ancestor=officer.unit_id, descendant=province, is_whole=True)
    return "" if goes_on.exists() else "Người phụ trách không thuộc tỉnh của địa bàn."


def write(area: Area, rows: list[MemberRow]) -> None:
    """Make the rows the members of the area, all of them, in one transaction, or raise `MembersRefused`."""
    with transaction.atomic():
        # On PostgreSQL two areas that take the same commune wait for each other here.
        units = Unit.objects.filter(pk__in={row.unit for row in rows})
        list(units.order_by("pk").select_for_update().values_list("pk"))
        found = problems(area, rows)
        if found:
            raise MembersRefused(found)
        area.members.all().delete()
        AreaMember.objects.bulk_create(
            AreaMember(area=area, unit_id=row.unit, starts_on=row.starts_on, ends_on=row.ends_on) for row in rows
        )


def problems(area: Area, rows: list[MemberRow]) -> list[MemberProblem]:
    """Return what `write` would refuse."""
    versions: dict[int, list[UnitVersion]] = {row.unit: [] for row in rows}
    for version in UnitVersion.objects.filter(unit__in=versions).select_related("unit").order_by("starts_on"):
        versions[version.unit_id].append(version)
    found = [one for row in rows for one in row_problems(area, row, versions[row.unit])]
    elsewhere = (
        AreaMember.objects.exclude(area=area.pk)
        .filter(unit__in=versions)
        .values_list("unit", "starts_on", "ends_on", "area__name")
    )
    others = [MemberRow(unit=unit, starts_on=begin, ends_on=end, area=name) for unit, begin, end, name in elsewhere]
    for row, other in meeting([*others, *rows], lambda row: row.unit):
        given, beside = (row, other) if row.place else (other, row)
        where = f"địa bàn {beside.area}" if beside.area else "địa bàn này"
        found.append(MemberProblem(given, "unit", f"Đã thuộc {where} {span(beside)}."))
    return found


def row_problems(area: Area, row: MemberRow, versions: list[UnitVersion]) -> Iterator[MemberProblem]:
    """A member is a commune that stands straight under the province on every day of its membership."""
    if row.ends_on and row.ends_on < row.starts_on:
        yield MemberProblem(row, "ends_on", f"Trước ngày bắt đầu {row.starts_on:%d/%m/%Y}.")
        return
    held = [one for one in versions if one.starts_on <= last_day(row) and last_day(one) >= row.starts_on]
    if not any(one.starts_on <= row.starts_on for one in held):
        yield MemberProblem(row, "starts_on", f"Đơn vị không tồn tại vào ngày {row.starts_on:%d/%m/%Y}.")
    elif held[0].unit.level != Level.COMMUNE:
        yield MemberProblem(row, "unit", "Chỉ chọn đơn vị cấp xã.")
    elif any(one.has_district for one in held):
        message = "Đơn vị còn trực thuộc cấp huyện trong thời gian này; địa bàn chỉ gồm xã trực thuộc tỉnh."
        yield MemberProblem(row, "starts_on", message)
    elif any(one.province_id != area.province_id for one in held):
        yield MemberProblem(row, "unit", "Đơn vị không thuộc tỉnh của địa bàn trong thời gian này.")
