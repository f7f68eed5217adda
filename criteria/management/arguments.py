"""What the commands of this app ask of their arguments, refused in a Vietnamese sentence with exit code 2."""

from typing import NoReturn

from django.core.management.base import CommandError, CommandParser

from criteria.models import ReportingPeriod

UNUSABLE = 2
# The beginnings of argparse's own sentences and ours for them.
SENTENCES = {
    "the following arguments are required: ": "còn thiếu ",
    "unrecognized arguments: ": "không có tham số ",
    "one of the arguments ": "cần một trong các tham số ",
    "argument ": "tham số ",
    " is required": "",
    "expected one argument": "cần một giá trị",
    "expected at least one argument": "cần ít nhất một giá trị",
    "not allowed with argument ": "không dùng cùng tham số ",
}


def refuse(message: str, cause: Exception | None = None) -> NoReturn:
    """End with the code for unusable arguments."""
    raise CommandError(message, returncode=UNUSABLE) from cause


def speak_vietnamese(parser: CommandParser) -> CommandParser:
    """Make the parser refuse in Vietnamese: on the command line it ends, in a program it raises CommandError."""

    def error(message: str) -> NoReturn:
        for theirs, ours in SENTENCES.items():
            message = message.replace(theirs, ours)
        sentence = f"Tham số không dùng được: {message}. Thêm --help để xem cách dùng."
        if parser.called_from_command_line:
            parser.exit(UNUSABLE, f"{sentence}\n")
        refuse(sentence)

    parser.error = error  # type: ignore[method-assign]
    return parser


def period_of(key: str) -> ReportingPeriod:
    period = ReportingPeriod.objects.filter(key=key).first()
    if period is None:
        keys = ", ".join(ReportingPeriod.objects.order_by("key").values_list("key", flat=True))
        found = f"Các kỳ hiện có: {keys}." if keys else "Chưa có kỳ nào: chạy lệnh load_criteria."
        refuse(f"Không có kỳ báo cáo “{key}”. {found}")
    return period
