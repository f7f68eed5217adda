from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.asking import ASKED_DAYS
from communes.management.arguments import day_of, refuse, speak_vietnamese
from communes.models import Level
from communes.templatetags.vietnamese import day as day_text
from reports import scopes
from reports.management.commands.progress import scope_of
from reports.progress import Boundaries, UnknownBoundaries, progress
from reports.reporting import file_of, heading_of, report_of

FORMATS = ("docx", "xlsx")


class Command(BaseCommand):
    help = "Xuất kết quả thực hiện các mục tiêu tính đến một ngày ra tệp Word (docx) hoặc Excel (xlsx)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", required=True, metavar="NGÀY", help="ngày, ví dụ 2024-12-31 hoặc 31/12/2024")
        parser.add_argument("--format", required=True, dest="suffix", metavar="LOẠI", help="docx hoặc xlsx")
        parser.add_argument("--output", required=True, type=Path, metavar="TỆP", help="tệp sẽ ghi")
        parser.add_argument("--province", metavar="MÃ", help="mã tỉnh tại ngày đó; bỏ trống: địa bàn của kế hoạch")
        parser.add_argument("--boundaries", default=Boundaries.THEN, metavar="CÁCH", help="then (mặc định) hoặc now")
        speak_vietnamese(parser)

    def handle(self, *, as_of: str, suffix: str, output: Path, boundaries: str, **options: Any) -> None:
        if suffix not in FORMATS:
            refuse(f"Không có định dạng “{suffix}”; chọn docx hoặc xlsx.")
        day = day_of(as_of, ASKED_DAYS)
        scope = scope_of(options["province"], day)
        try:
            figures = progress(scope, day, boundaries)
        except UnknownBoundaries as error:
            refuse(str(error), error)
        is_now = boundaries == Boundaries.NOW
        today = scopes.today()
        title = scope.title(scope.province_on(today if is_now else day))
        districts = scope.heirs_on(today) if is_now else scope.living(Level.DISTRICT, day, day)
        listed = districts.of_level(Level.DISTRICT).select_related("unit").in_official_order()
        heading = heading_of(scope.plan, title, day, boundaries)
        made = file_of(report_of(scope, figures, list(listed), heading, day, boundaries), suffix)
        try:
            output.write_bytes(made.content)
        except OSError as error:
            refuse(f"Không ghi được tệp {output}: kiểm tra lại thư mục và quyền ghi.", error)
        self.stdout.write(f"{output}: {title}, số liệu tính đến ngày {day_text(day)}")
