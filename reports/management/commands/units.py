import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.asking import ASKED_DAYS
from communes.management.arguments import day_of, refuse, speak_vietnamese
from communes.models import Kind, Level, UnitVersion, UnitVersionQuerySet
from reports.models import Plan


class Command(BaseCommand):
    """Count the units living on a day by level and kind.

    With --json:
        {"as_of": "2024-10-31",
         "province": "64",      the code asked for; null without --province
         "territory_of": null,  without --province: the last code of the province whose territory is counted
         "levels": {"province": 1, "district": 17, "commune": 220},
         "kinds": {"province": {"tinh": 1}, "district": {"thanh_pho": 1, …}, "commune": {"xa": 182, …}}}
    Every level is there, also with 0; a kind only where there is one of it.
    """

    help = "Đếm đơn vị hành chính tồn tại tại một ngày, theo cấp và loại; không có --province: địa bàn của kế hoạch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", required=True, metavar="NGÀY", help="2024-10-31 hoặc 31/10/2024")
        parser.add_argument("--province", metavar="MÃ", help="mã tỉnh có hiệu lực tại ngày đó")
        parser.add_argument("--json", action="store_true", help="in dạng JSON")
        speak_vietnamese(parser)

    def handle(self, *, as_of: str, province: str | None, **options: Any) -> None:
        day = day_of(as_of, ASKED_DAYS)
        living = UnitVersion.objects.as_of(day)
        if province is not None:
            scope, territory_of, words = in_province(living, province, day), None, f"mã tỉnh {province}"
        else:
            plan = current_plan()
            scope, last = living.in_territory_of(plan.province, day), plan.province.latest_version
            territory_of, words = last.code if last else None, f"địa bàn của {plan}"
        kinds = scope.count_by_kind()
        levels = {level: sum(numbers.values()) for level, numbers in kinds.items()}
        if options["json"]:
            found = {
                "as_of": day.isoformat(),
                "province": province,
                "territory_of": territory_of,
                "levels": levels,
                "kinds": kinds,
            }
            self.stdout.write(json.dumps(found, ensure_ascii=False))
            return
        self.stdout.write(f"Đơn vị hành chính tại ngày {day:%d/%m/%Y}, {words}")
        for level, numbers in kinds.items():
            parts = ", ".join(f"{Kind(kind).label.lower()} {number}" for kind, number in numbers.items())
            self.stdout.write(f"{Level(level).label}: {levels[level]}" + (f" ({parts})" if parts else ""))


def in_province(living: UnitVersionQuerySet, code: str, day: datetime.date) -> UnitVersionQuerySet:
    provinces = {version.code: version for version in living.of_level(Level.PROVINCE).select_related("unit")}
    if code not in provinces:
        known = ", ".join(f"{version.code} ({version.name})" for version in provinces.values()) or "không có mã nào"
        refuse(f"Mã tỉnh {code} không có hiệu lực tại ngày {day:%d/%m/%Y}; đang có hiệu lực: {known}.")
    return living.under(provinces[code].unit)


def current_plan() -> Plan:
    try:
        return Plan.objects.current()
    except Plan.DoesNotExist as error:
        refuse("Chưa có kế hoạch: chạy load_plan trước, hoặc dùng --province.", error)
