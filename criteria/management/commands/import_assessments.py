import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import UNUSABLE, CommandRefused, day_of, refuse, speak_vietnamese
from communes.models import User
from criteria import rules
from criteria.entering import Letter
from criteria.forms import LetterForm
from criteria.management.arguments import period_of
from criteria.models import Door, Indicator, ReportingPeriod
from criteria.steps import StepRefused
from criteria.uploads.applying import apply_upload, plan_of, receive
from criteria.uploads.columns import open_workbook
from criteria.uploads.forms import SubmitForm
from criteria.uploads.places import PlaceUnknown, refusal_to_upload
from criteria.uploads.planning import UploadPlan, plan_upload
from criteria.uploads.sending import send, sending_of
from criteria.uploads.tables import Fault
from criteria.workbooks.reading import Refused

ERRORS_FOUND = 1
DEFAULT_REASON = "qua lệnh"


@dataclass
class Outcome:
    """What the command found and did; `faults` of an unusable file hold its refusal, `unsent` why nothing was sent."""

    faults: list[Fault] = field(default_factory=list)
    plan: UploadPlan | None = None
    written: int = 0
    submitted: int = 0
    left_out: int = 0
    unsent: str = ""

    @property
    def code(self) -> int:
        if not self.faults:
            return ERRORS_FOUND if self.unsent else 0
        return ERRORS_FOUND if self.plan and not self.plan.setup else UNUSABLE


class Command(BaseCommand):
    help = (
        "Đọc, kiểm tra một biểu Excel như trang Nộp biểu Excel; có --confirm thì lưu. "
        "Kết thúc: 0 không có lỗi, 1 có lỗi ở các dòng, 2 tệp, biểu hoặc tham số không dùng được."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="TỆP", help="tệp đã điền")
        parser.add_argument("--user", required=True, metavar="TÊN", help="tên đăng nhập của người nộp")
        parser.add_argument("--period", required=True, metavar="KỲ", help="mã kỳ: 2024, 2024-H1, 2024-Q3")
        parser.add_argument("--indicator", metavar="MÃ", help="chỉ tiêu của bảng không theo biểu mẫu")
        parser.add_argument("--confirm", action="store_true", help="lưu; không có thì chỉ kiểm tra")
        parser.add_argument("--only-right", action="store_true", help="còn lỗi thì lưu chỉ các dòng đúng")
        parser.add_argument("--submit", action="store_true", help="lưu rồi gửi")
        parser.add_argument("--reason", default=DEFAULT_REASON, help="lý do gửi khi còn cảnh báo")
        parser.add_argument("--letter", metavar="SỐ", help="số công văn, khi nhập thay đơn vị")
        parser.add_argument("--letter-date", metavar="NGÀY", help="ngày công văn: 25/10/2024")
        parser.add_argument("--json", action="store_true", dest="as_json", help="in dạng JSON")
        speak_vietnamese(parser)

    def handle(self, *, file: Path, as_json: bool, **options: Any) -> None:
        if options["submit"] and not options["confirm"]:
            refuse("--submit chỉ dùng cùng --confirm.")
        if options["only_right"] and not options["confirm"]:
            refuse("--only-right chỉ dùng cùng --confirm.")
        by, period = user_of(options["user"]), period_of(options["period"])
        asked = Asked(
            by=by,
            period=period,
            indicator=indicator_of(options["indicator"]),
            letter=letter_of(options["letter"], options["letter_date"], by=by, period=period),
            reason=reason_of(options["reason"]),
            is_saving=options["confirm"],
            is_sending=options["submit"],
            leaves_out=options["only_right"],
        )
        content = content_of(file)
        try:
            outcome = (saved if asked.is_saving else checked)(asked, content, file.name)
        except PlaceUnknown as unknown:
            outcome = Outcome([Fault("", None, "", file.name, str(unknown))])
        if as_json:
            self.stdout.write(json.dumps(as_data(outcome, file, content), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(as_text(outcome, is_saving=asked.is_saving)))
        if outcome.code:
            raise CommandRefused(summary(outcome), returncode=outcome.code)


@dataclass(frozen=True)
class Asked:
    """Who hands in for which period, what the table leaves to be said, and how far to go."""

    by: User
    period: ReportingPeriod
    indicator: Indicator | None
    letter: Letter | None
    reason: str
    is_saving: bool
    is_sending: bool
    leaves_out: bool


def checked(asked: Asked, content: bytes, filename: str) -> Outcome:
    """Read and plan only: leaves no trace."""
    try:
        opened = open_workbook(content, filename, by=asked.by, period=asked.period, indicator=asked.indicator)
    except Refused as refused:
        return Outcome([Fault("", None, "", filename, refused.reason)])
    reading, place = opened.reading, opened.place
    plan = plan_upload(reading, by=asked.by, period=asked.period, place=place, letter=asked.letter)
    return Outcome(plan.faults, plan)


def saved(asked: Asked, content: bytes, filename: str) -> Outcome:
    """Keep the file, save it, and send it if asked, as the pages do one after the other."""
    upload = receive(
        content,
        filename,
        by=asked.by,
        period=asked.period,
        letter=asked.letter,
        indicator=asked.indicator,
    )
    if upload.refusal:
        return Outcome([Fault("", None, "", filename, upload.refusal)])
    leaving_out = upload.outcome["wrong"] if asked.leaves_out else 0
    applied = apply_upload(upload.pk, by=asked.by, door=Door.COMMAND, leaving_out=leaving_out)
    outcome = Outcome(applied.plan.faults, applied.plan, applied.written, left_out=applied.left_out)
    if asked.is_sending and applied.is_done:
        sending = sending_of(plan_of(upload, by=asked.by))
        how: dict[str, Any] = {"reason": asked.reason, "acceptance": asked.reason, "door": Door.COMMAND}
        try:
            outcome.submitted = send(upload, sending, by=asked.by, **how)
        except StepRefused as refused:  # what was saved stays, as on the page
            outcome.unsent = str(refused)
    return outcome


def as_data(outcome: Outcome, file: Path, content: bytes) -> dict[str, Any]:
    counts = outcome.plan.counts() if outcome.plan else {}
    return {
        "file": file.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        **{name: counts.get(name, 0) for name in ("rows", "new", "changed", "same", "skipped", "absent")},
        "absent_units": [name for asked in outcome.plan.asked for name in asked.absent] if outcome.plan else [],
        "notes": outcome.plan.notes if outcome.plan else [],
        "errors": [fault.as_json() for fault in outcome.faults],
        "written": outcome.written,
        "left_out": outcome.left_out,
        "submitted": outcome.submitted,
        "unsent": outcome.unsent,
    }


def as_text(outcome: Outcome, *, is_saving: bool) -> list[str]:
    """Return the counts, the errors and what was done as lines to read."""
    lines = []
    if outcome.plan and not outcome.plan.setup:
        counts = outcome.plan.counts()
        lines.append(
            f"{outcome.plan.place.title}, {outcome.plan.period.label}: {counts['rows']} dòng; nhập lần đầu "
            f"{counts['new']}, thay đổi {counts['changed']}, giữ nguyên {counts['same']}, để trống "
            f"{counts['skipped']}, có lỗi {counts['wrong']}"
        )
        lines += [
            f"{a.table.indicator.name}: chưa có trong tệp {a.absent_text}" for a in outcome.plan.asked if a.absent
        ]
        lines += outcome.plan.notes
        lines += [
            f"Cảnh báo: {row.title}: chưa đánh giá nội dung {row.unjudged_text}" for row in outcome.plan.half_judged
        ]
    for fault in outcome.faults if outcome.plan else ():
        where = [fault.sheet, fault.cell, f"[{fault.value}]" if fault.value else ""]
        lines.append(": ".join(part for part in (" ".join(filter(None, where)), fault.message) if part))
    if outcome.left_out:
        lines.append(f"Đã lưu {outcome.written} dòng, bỏ {outcome.left_out} dòng có lỗi")
    elif not outcome.faults:
        lines.append(f"Đã lưu {outcome.written} dòng" if is_saving else "Chưa lưu: thêm --confirm để lưu")
    if outcome.submitted:
        lines.append(f"Đã gửi {outcome.submitted} kết quả")
    return lines


def summary(outcome: Outcome) -> str:
    if outcome.plan is None:
        return f"{outcome.faults[0].message} Chưa lưu dòng nào."
    if outcome.unsent:
        return f"Đã lưu {outcome.written} dòng, chưa gửi: {outcome.unsent}"
    if outcome.left_out:
        return f"Tệp có {len(outcome.faults)} lỗi cần sửa, bỏ {outcome.left_out} dòng có lỗi."
    if outcome.code == ERRORS_FOUND:
        return f"Tệp có {len(outcome.faults)} lỗi cần sửa, chưa lưu dòng nào."
    return "Tệp hoặc biểu không dùng được, chưa lưu dòng nào."


def content_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        refuse(f"Không mở được tệp {file}: kiểm tra lại đường dẫn và quyền đọc.", error)


def user_of(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        refuse(f"Không có tài khoản đang dùng nào tên “{name}”.")
    reason = refusal_to_upload(user.role)
    if reason:
        refuse(f"Tài khoản “{name}”: {reason}")
    return user


def indicator_of(code: str | None) -> Indicator | None:
    if code is None:
        return None
    indicator = Indicator.objects.filter(code=code).first()
    if indicator is None:
        codes = ", ".join(Indicator.objects.values_list("code", flat=True))
        refuse(f"Không có chỉ tiêu “{code}”. Các chỉ tiêu hiện có: {codes}.")
    return indicator


def letter_of(number: str | None, day: str | None, *, by: User, period: ReportingPeriod) -> Letter | None:
    """Return the letter, cleaned and judged as the page does."""
    if not number and not day:
        return None
    if not number or not day:
        refuse("--letter và --letter-date đi cùng nhau.")
    day_of(day)
    if by.role not in rules.ON_BEHALF_ROLES:
        refuse("--letter và --letter-date chỉ dùng khi Công an tỉnh nhập thay đơn vị.")
    form = LetterForm({"letter_number": number, "letter_on": day}, period=period)
    if not form.is_valid():
        options = {"letter_number": "--letter", "letter_on": "--letter-date"}
        refuse(" ".join(f"{options[name]}: {said}" for name, errors in form.errors.items() for said in errors))
    return form.letter


def reason_of(text: str) -> str:
    """Return the reason, cleaned as the page does."""
    try:
        return str(SubmitForm.base_fields["reason"].clean(text.strip() or DEFAULT_REASON))
    except ValidationError as error:
        refuse(f"--reason: {' '.join(error.messages)}", error)
