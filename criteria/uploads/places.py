"""Whose workbook it is, and which units it may speak of: always as of the period's last day."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from communes.models import Alias, Area, AreaMember, Descent, Level, Role, UnitVersion, User, holds_on
from communes.models.units import UnitVersionQuerySet
from communes.templatetags.vietnamese import lowered
from criteria.models import Indicator, ReportingPeriod
from criteria.periods import refusal_of_place
from criteria.registers.expecting import expected_units
from criteria.standings import by_thousand
from criteria.workbooks.matching import FormerUnit, UnitIndex, UnitRow

PLACE_LEVELS = (Level.DISTRICT, Level.PROVINCE)
CODE_WIDTHS: dict[str, int] = {Level.PROVINCE: 2, Level.DISTRICT: 3, Level.COMMUNE: 5}
ROOT_LEVELS: dict[str, str] = {
    Role.DISTRICT: Level.DISTRICT,
    Role.PROVINCE: Level.PROVINCE,
    Role.ADMINISTRATOR: Level.PROVINCE,
}
REFUSED_ROLES: dict[str, str] = {
    Role.COMMUNE: "biểu Excel do Công an huyện, Công an tỉnh nộp. Nhập kết quả ở trang Đánh giá chỉ tiêu.",
    Role.LEADER: "lãnh đạo chỉ xem số liệu, không nhập.",
}


class PlaceUnknown(Exception):
    """The person has no place whose workbook this could be; the message is a Vietnamese sentence."""


def refusal_to_upload(role: str) -> str:
    """Say why this role hands in no workbooks ("" when it does)."""
    return REFUSED_ROLES.get(role, "")


def places_for(by: User, period: ReportingPeriod) -> UnitVersionQuerySet:
    """Return the districts and provinces whose workbook this person may ask for and hand in."""
    return (
        UnitVersion.objects.as_of(period.ends_on)
        .visible_to(by)
        .filter(unit__level__in=PLACE_LEVELS)
        .select_related("unit")
    )


def own_places(by: User, period: ReportingPeriod) -> UnitVersionQuerySet:
    """Return the person's own district or province in that period; of an administrator, all provinces."""
    return places_for(by, period).of_level(ROOT_LEVELS.get(by.role, "")).in_official_order()


def place_of(code: str, *, by: User, period: ReportingPeriod) -> UnitVersion:
    """Return the place that a file says it is of, or the person's own where it names none of his."""
    named = places_for(by, period).filter(code=code).first() if code else None
    if named:
        return named
    own = list(own_places(by, period)[:2])
    if not own:
        reason = refusal_of_place(by, period) or "không có địa bàn được nộp biểu."
        raise PlaceUnknown(f"Kỳ {lowered(period.label)}: {lowered(reason)}")
    if len(own) > 1:
        raise PlaceUnknown("Tệp không ghi mã phạm vi. Dùng biểu mẫu tải từ phần mềm.")
    return own[0]


def place_chosen(district: str, *, by: User, period: ReportingPeriod | None) -> UnitVersion | None:
    """Return the district (unit id) that was chosen, or the person's own place; None where that is not one."""
    if period is None:
        return None
    if district:
        return UnitVersion.objects.as_of(period.ends_on).visible_to(by).filter(unit_id=int(district)).first()
    own = list(own_places(by, period)[:2])
    return own[0] if len(own) == 1 else None


def areas_for(by: User, period: ReportingPeriod) -> QuerySet[Area]:
    """Return the areas of responsibility of the person's province that have communes on the period's last day."""
    members = AreaMember.objects.filter(holds_on(period.ends_on), area=OuterRef("pk"))
    own = own_places(by, period).order_by().values("unit")
    return Area.objects.filter(Exists(members), province__in=own)


class Directory:
    """The units that a workbook of this place and period may name, fetched once; of an area only those in it."""

    def __init__(self, place: UnitVersion, period: ReportingPeriod, area: Area | None = None) -> None:
        self.place, self.period, self.day, self.area = place, period, period.ends_on, area
        self.is_province = place.unit.level == Level.PROVINCE
        self._units: dict[str, list[UnitVersion]] = {}
        self._by_id: dict[str, dict[int, UnitVersion]] = {}
        self._registered: dict[int, set[int]] = {}

    def units(self, level: str) -> list[UnitVersion]:
        """Return the place's units of a level, of every kind, in official order."""
        if level not in self._units:
            versions = UnitVersion.objects.as_of(self.day).under(self.place.unit).of_level(level)
            if self.area is not None:
                versions = versions.in_area(self.area, self.day)
            self._units[level] = list(versions.with_district_on(self.day).in_official_order())
        return self._units[level]

    def unit(self, level: str, unit_id: int) -> UnitVersion:
        """Return one of the units of a level by its id."""
        if level not in self._by_id:
            self._by_id[level] = {unit.unit_id: unit for unit in self.units(level)}
        return self._by_id[level][unit_id]

    def expected(self, indicator: Indicator) -> list[UnitVersion]:
        """Return the units that the indicator judges; where it needs a registration, those that registered."""
        judged = [unit for unit in self.units(indicator.level) if indicator.judges(unit.kind)]
        if not indicator.needs_registration:
            return judged
        if indicator.pk not in self._registered:
            expected = expected_units(indicator, self.period).filter(province=self.place.province)
            self._registered[indicator.pk] = set(expected.values_list("unit", flat=True))
        return [unit for unit in judged if unit.unit_id in self._registered[indicator.pk]]

    def expected_with(self, there: Iterable[int | None], indicator: Indicator) -> list[UnitVersion]:
        """Return the units that a table should hold: those of the area, where all that it names are of one area."""
        expected = self.expected(indicator)
        areas = {self._areas.get(unit) for unit in there} if self.is_province else set()
        if len(areas) != 1 or None in areas:
            return expected
        return [unit for unit in expected if self._areas.get(unit.unit_id) in areas]

    @cached_property
    def _areas(self) -> dict[int | None, int]:
        members = AreaMember.objects.filter(holds_on(self.day), area__province=self.place.unit)
        return dict(members.values_list("unit", "area"))

    def name(self, unit: UnitVersion) -> str:
        """ "Ia Băng"; with the district where the workbook covers several: "Ia Băng (Chư Prông)"."""
        district = self.district(unit)
        return f"{unit.name} ({district})" if district else unit.name

    def title(self, unit: UnitVersion) -> str:
        """ "Xã Ia Băng", "Xã Ia Băng (Chư Prông)"."""
        return f"{unit.get_kind_display()} {self.name(unit)}"

    def district(self, unit: UnitVersion) -> str:
        return getattr(unit, "district_name", None) or "" if self.is_province else ""

    def index(self, indicator: Indicator, codes: Iterable[str]) -> UnitIndex:
        """Return the index that matches rows; `codes` are those in the table, to tell a foreign unit by."""
        units = self.units(indicator.level)
        rows = {unit.pk: self._row(unit) for unit in units}
        return UnitIndex(
            [rows[unit.pk] for unit in units if indicator.judges(unit.kind)],
            unjudged=[rows[unit.pk] for unit in units if not indicator.judges(unit.kind)],
            former=self._former(indicator.level),
            foreign=self._foreign(indicator.level, set(codes) - {unit.code for unit in units}),
            place=self.place.get_kind_display().lower(),
            indicator=indicator.number,
        )

    def _row(self, unit: UnitVersion) -> UnitRow:
        return UnitRow(
            key=unit.unit_id,
            code=unit.code,
            name=unit.name,
            kind=unit.get_kind_display().lower(),
            district=self.district(unit),
            aliases=tuple(self._aliases.get(unit.unit_id, ())),
        )

    @cached_property
    def _aliases(self) -> dict[int, list[str]]:
        """Other spellings by unit; one query a thousand units of the levels fetched so far and later."""
        found: dict[int, list[str]] = defaultdict(list)
        within = UnitVersion.objects.as_of(self.day).under(self.place.unit).values("unit")
        for unit, name in Alias.objects.filter(unit__in=within).values_list("unit", "name"):
            found[unit].append(name)
        return found

    def _former(self, level: str) -> list[FormerUnit]:
        """Return the units that stood in the place, or in what it came from, and ended before the day."""
        roots = Descent.objects.filter(descendant=self.place.unit).values("ancestor")
        living = UnitVersion.objects.as_of(self.day).values("unit")
        versions = (
            UnitVersion.objects.of_level(level)
            .filter(Q(parent__in=roots) | Q(province__in=roots), ends_on__lt=self.day)
            .exclude(unit__in=living)
            .with_district_on(OuterRef("ends_on"))
            .order_by("starts_on")
        )
        last = {version.unit_id: version for version in versions}
        successors = self._successors(last)
        return [
            FormerUnit(
                code=version.code,
                name=version.name,
                kind=version.get_kind_display().lower(),
                ended_on=(version.ends_on or self.day) + datetime.timedelta(days=1),
                successor=", ".join(successors[version.unit_id]),
                district=self.district(version),
            )
            for version in last.values()
        ]

    def _successors(self, units: Iterable[int]) -> dict[int, list[str]]:
        """Return by unit the names of what it had become by the day, over any number of steps.

        "xã Biển Hồ (mã 23590)", under the name and code of the day.
        """
        found: dict[int, list[str]] = defaultdict(list)
        for some in by_thousand(units):
            lines = Descent.objects.filter(ancestor__in=some).exclude(descendant=F("ancestor"))
            heirs = UnitVersion.objects.as_of(self.day).filter(unit__in=lines.values("descendant"))
            names = {heir.unit_id: f"{heir.get_kind_display().lower()} {heir.name} (mã {heir.code})" for heir in heirs}
            for ancestor, descendant in lines.order_by("descendant__key").values_list("ancestor", "descendant"):
                if descendant in names:
                    found[ancestor].append(names[descendant])
        return found

    def _foreign(self, level: str, codes: set[str]) -> list[UnitRow]:
        """Return living units outside the place: those of the same province, and those whose code is used."""
        living = UnitVersion.objects.as_of(self.day).of_level(level)
        outside: list[UnitVersion] = []
        if not self.is_province:
            neighbours = living.filter(province=self.place.province)
            outside += neighbours.exclude(Q(unit=self.place.unit) | Q(parent=self.place.unit))
        for some in by_thousand(sorted(codes)):
            outside += living.filter(code__in=some)
        return [
            UnitRow(key=version.unit_id, code=version.code, name=version.name, kind=version.kind) for version in outside
        ]


def listed(names: Sequence[str], most: int = 30, noun: str = "đơn vị") -> str:
    """Join names; of a long list, the first and how many more."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" và {rest} {noun} khác" if rest > 0 else "")


def counted(number: int, noun: str) -> str:
    """ "02 xã", "17 xã": a number under ten is written with a zero in a sentence."""
    return f"{number:02} {noun}"
