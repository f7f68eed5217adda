from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import refuse, speak_vietnamese
from communes.models import Area, AreaMember, Level, UnitVersion, holds_on
from communes.templatetags.vietnamese import day as day_text
from criteria.management.arguments import period_of
from criteria.models import Indicator, ReportingPeriod
from criteria.uploads.books import book_of, indicators_of
from criteria.workbooks.template import write_workbook


class Command(BaseCommand):
    help = "Lập biểu Excel điền sẵn của một huyện, một tỉnh hoặc một địa bàn phụ trách cho một kỳ báo cáo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, metavar="KỲ", help="mã kỳ: 2024, 2024-H1, 2024-Q3")
        parser.add_argument("--district", metavar="MÃ", help="mã huyện có hiệu lực ngày cuối kỳ")
        parser.add_argument("--province", metavar="MÃ", help="mã tỉnh có hiệu lực ngày cuối kỳ")
        parser.add_argument("--area", type=int, metavar="SỐ", help="số của địa bàn phụ trách")
        parser.add_argument("--indicator", action="append", default=[], metavar="MÃ", help="chỉ các chỉ tiêu này")
        parser.add_argument("--output", required=True, type=Path, metavar="TỆP", help="tệp .xlsx sẽ ghi")
        speak_vietnamese(parser)

    def handle(self, **options: Any) -> None:
        if sum(options[name] is not None for name in ("district", "province", "area")) != 1:
            refuse("Ghi đúng một trong --district (huyện), --province (tỉnh), --area (địa bàn phụ trách).")
        period = period_of(options["period"])
        area = area_of(options["area"], period) if options["area"] is not None else None
        if area:
            place = UnitVersion.objects.as_of(period.ends_on).select_related("unit").get(unit=area.province_id)
        elif options["district"] is not None:
            place = place_of(options["district"], Level.DISTRICT, period)
        else:
            place = place_of(options["province"], Level.PROVINCE, period)
        indicators = chosen(options["indicator"], indicators_of(place, period, area), place, period)
        book = book_of(place, period, indicators, area)
        try:
            options["output"].write_bytes(write_workbook(book))
        except OSError as error:
            refuse(f"Không ghi được tệp {options['output']}: kiểm tra lại thư mục và quyền ghi.", error)
        sheets = ", ".join(f"{sheet.title}: {len(sheet.rows)} đơn vị" for sheet in book.sheets)
        self.stdout.write(f"{options['output']}: {book.scope_name}, {period.label}; {sheets}")


def area_of(pk: int, period: ReportingPeriod) -> Area:
    """Return the area of that key, which must have communes on the period's last day."""
    known = Area.objects.filter(members__in=AreaMember.objects.filter(holds_on(period.ends_on))).distinct()
    area = known.filter(pk=pk).first()
    if area is None:
        found = "; ".join(f"{one.pk} {one.name}" for one in known) or "không có địa bàn nào"
        refuse(f"Không có địa bàn phụ trách số {pk} ngày {day_text(period.ends_on)}. Ngày đó có: {found}.")
    return area


def place_of(code: str, level: str, period: ReportingPeriod) -> UnitVersion:
    living = UnitVersion.objects.as_of(period.ends_on).of_level(level).select_related("unit")
    place = living.filter(code=code).first()
    if place:
        return place
    day, noun = day_text(period.ends_on), "đơn vị cấp huyện" if level == Level.DISTRICT else "tỉnh"
    known = "; ".join(f"{one.code} {one.title}" for one in living.in_official_order())
    found = f"Ngày đó có: {known}." if known else f"Ngày đó không có {noun} nào."
    refuse(f"Không có {noun} nào mang mã “{code}” ngày {day}. {found}")


def chosen(
    codes: list[str], indicators: list[Indicator], place: UnitVersion, period: ReportingPeriod
) -> list[Indicator]:
    """Return the asked indicators, or all that judge a unit of the place."""
    unknown = sorted(set(codes) - {indicator.code for indicator in indicators})
    if unknown or not indicators:
        known = ", ".join(indicator.code for indicator in indicators) or "không có"
        asked = ", ".join(f"“{code}”" for code in unknown) or "nào"
        refuse(f"{place.title}, {period.label}: không có chỉ tiêu {asked}. Các chỉ tiêu được đánh giá: {known}.")
    return [indicator for indicator in indicators if not codes or indicator.code in codes]
