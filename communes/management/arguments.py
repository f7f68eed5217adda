"""What every command of the portal asks of its arguments, refused in a Vietnamese sentence with exit code 2."""

import datetime
from argparse import Action
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from django import forms
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser, DjangoHelpFormatter

from communes.dated import REAL_DAYS

UNUSABLE = 2
# The beginnings of argparse's own sentences and ours for them.
SENTENCES = {
    "the following arguments are required: ": "còn thiếu ",
    "unrecognized arguments: ": "không có tham số ",
    "one of the arguments ": "cần một trong các tham số ",
    "ambiguous option: ": "tham số viết tắt chưa rõ: ",
    " could match ": " có thể là ",
    "ignored explicit argument ": "không nhận giá trị ",
    "not allowed with argument ": "không dùng cùng tham số ",
    "argument ": "tham số ",
    " is required": "",
    "expected one argument": "cần một giá trị",
    "expected at least one argument": "cần ít nhất một giá trị",
    "invalid choice: ": "không có giá trị ",
    "(choose from ": "(chọn ",
    "invalid int value: ": "không phải số nguyên: ",
}
# What Django says of the arguments that all commands share.
SHARED = {
    "help": "in cách dùng rồi kết thúc",
    "version": "in phiên bản rồi kết thúc",
    "verbosity": "mức in: 0 ít nhất, 1 bình thường, 2 nhiều, 3 nhiều nhất",
    "settings": "mô-đun cấu hình, ví dụ ntm_portal.settings",
    "pythonpath": "thư mục thêm vào đường dẫn Python",
    "traceback": "in đầy đủ vết lỗi",
    "no_color": "không tô màu",
    "force_color": "luôn tô màu",
    "skip_checks": "bỏ qua bước kiểm tra hệ thống",
}


class CommandRefused(CommandError):
    """A command that does nothing, and says why."""


# Django prints the name of the class before the sentence.
CommandRefused.__name__ = "Chưa thực hiện được"


class Usage(DjangoHelpFormatter):
    """The page of --help, in Vietnamese."""

    def add_usage(self, usage: str | None, actions: Iterable[Action], groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix or "Cách dùng: ")


def refuse(message: str, cause: Exception | None = None) -> NoReturn:
    """End with the code for unusable arguments."""
    raise CommandRefused(message, returncode=UNUSABLE) from cause


def speak_vietnamese(parser: CommandParser) -> CommandParser:
    """Make the parser explain and refuse in Vietnamese: on the command line it ends, in a program it raises."""

    def error(message: str) -> NoReturn:
        for theirs, ours in SENTENCES.items():
            message = message.replace(theirs, ours)
        sentence = f"Tham số không dùng được: {message}. Thêm --help để xem cách dùng."
        if parser.called_from_command_line:
            parser.exit(UNUSABLE, f"{sentence}\n")
        refuse(sentence)

    parser.error = error  # type: ignore[method-assign]
    parser.formatter_class = Usage
    parser._positionals.title, parser._optionals.title = "tham số", "tùy chọn"
    for action in parser._actions:
        action.help = SHARED.get(action.dest, action.help)
    return parser


def day_of(text: str, validators: Sequence[Any] = REAL_DAYS) -> datetime.date:
    """Read 2024-12-31 or 31/12/2024, in any of the ways that a page takes."""
    wrong = f"“{text}” không phải là ngày; ví dụ: 2024-12-31 hoặc 31/12/2024."
    field = forms.DateField(validators=validators, error_messages={"invalid": wrong, "required": wrong})
    try:
        day: datetime.date = field.clean(text)
    except ValidationError as error:
        refuse(" ".join(error.messages), error)
    return day
