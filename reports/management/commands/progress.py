import datetime
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.asking import ASKED_DAYS
from communes.management.arguments import day_of, refuse, speak_vietnamese
from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import number, percent
from reports import scopes
from reports.explaining import RULE_NOW, day_notice, derived_text
from reports.models import Plan
from reports.progress import Boundaries, Figures, UnknownBoundaries, progress
from reports.scopes import Scope


class Command(BaseCommand):
    help = "Kết quả thực hiện các mục tiêu của kế hoạch tính đến một ngày."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as-of", required=True, metavar="NGÀY", help="2024-12-31 hoặc 31/12/2024")
        parser.add_argument("--province", metavar="MÃ", help="mã tỉnh tại ngày đó; bỏ trống: địa bàn của kế hoạch")
        parser.add_argument(
            "--boundaries",
            default=Boundaries.THEN,
            metavar="CÁCH_XEM",
            help="then: theo địa giới tại thời điểm (mặc định); now: theo địa giới hiện nay",
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="in dạng JSON")
        speak_vietnamese(parser)

    def handle(self, *, as_of: str, province: str | None, boundaries: str, as_json: bool, **options: Any) -> None:
        day = day_of(as_of, ASKED_DAYS)
        scope = scope_of(province, day)
        held = scope.province_on(day)
        try:
            figures = progress(scope, day, boundaries)
        except UnknownBoundaries as error:
            refuse(str(error), error)
        if not as_json:
            title = scope.title(scope.province_on(scopes.today()) if boundaries == Boundaries.NOW else held)
            self.stdout.write("\n".join([f"{title}:", *text_of(scope, day, figures, boundaries)]))
            return
        answer = {
            "as_of": day.isoformat(),
            "province": held.code if held else None,
            "boundaries": boundaries,
            "targets": [one.as_json() for one in figures],
        }
        self.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2))


def scope_of(province: str | None, day: datetime.date) -> Scope:
    try:
        plan = Plan.objects.current()
    except Plan.DoesNotExist as error:
        refuse("Chưa có kế hoạch. Chạy lệnh load_units, load_criteria, load_plan.", error)
    if province is None:
        return scopes.territory(plan)
    scope = scopes.province(plan, province, day)
    if scope is None:
        refuse(f"Không có tỉnh nào mang mã “{province}” ngày {day_text(day)}.")
    return scope


def text_of(scope: Scope, day: datetime.date, figures: list[Figures], boundaries: str) -> list[str]:
    """Return the figures as lines to read."""
    lines = [f"Kết quả thực hiện đến ngày {day_text(day)} · {scope.plan} · {Boundaries(boundaries).label}"]
    if boundaries == Boundaries.NOW:
        lines.append(RULE_NOW)
    for one in figures:
        tally, noun = one.tally, one.target.noun
        lines += [
            "",
            f"{one.target.indicator.name} ({one.rule})",
            f"  Đạt {number(tally.met)}/{number(tally.total)} {noun} · {percent(one.percent)}"
            f" · mục tiêu {one.target.percent}%",
            f"  Chưa đạt {number(tally.not_met)} · đã gửi, chờ xác nhận {number(tally.pending)}"
            f" · chưa gửi {number(tally.missing)}",
        ]
        if one.is_asked and tally.total:
            missing = f"Còn thiếu {number(one.gap)} {noun} so với mục tiêu"
            lines.append(f"  Cần {number(one.needed)} {noun}. {'Đạt mục tiêu' if one.is_reached else missing}")
        if one.tally.derived:
            lines.append(f"  {derived_text(one)}")
        if notice := day_notice(scope, one, day, boundaries):
            lines.append(f"  {notice}")
    return lines
