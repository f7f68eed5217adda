from argparse import ArgumentTypeError
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import CommandRefused, speak_vietnamese
from communes.models import Role, User
from reports import demo

ROLES = (
    ("Quản trị hệ thống", Role.ADMINISTRATOR, ""),
    ("Công an tỉnh", Role.PROVINCE, ""),
    ("Lãnh đạo", Role.LEADER, ""),
    ("Công an huyện", Role.DISTRICT, "huyen-"),
    ("Công an xã, đơn vị đến 30/6/2025", Role.COMMUNE, "xa-"),
    ("Công an xã, đơn vị từ 01/7/2025", Role.COMMUNE, "xa25-"),
)


def port_of(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**16):
        raise ArgumentTypeError(f"“{text}” không phải là số cổng; ghi số từ 1 đến 65535")
    return int(text)


class Command(BaseCommand):
    help = "Tạo dữ liệu dùng thử (số liệu minh họa) nếu chưa có, in địa chỉ và tài khoản, chạy cổng."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="chỉ tạo dữ liệu, không chạy cổng")
        parser.add_argument("--port", type=port_of, default=8000, metavar="SỐ", help="cổng mạng (mặc định 8000)")
        speak_vietnamese(parser)

    def handle(self, *args: Any, no_serve: bool, port: int, **options: Any) -> None:
        call_command("migrate", verbosity=0)
        try:
            made = demo.make_demo()
        except demo.NotOurs as error:
            raise CommandRefused(
                "Cơ sở dữ liệu này đã có dữ liệu không do lệnh demo tạo, không ghi đè. "
                "Đặt DATABASE_URL hoặc VAR_DIR khác rồi chạy lại."
            ) from error
        self.stdout.write("Đã tạo dữ liệu dùng thử." if made else "Dữ liệu dùng thử đã có, giữ nguyên.")
        self.stdout.write("Số liệu minh họa: số liệu giả định để dùng thử, không phải số liệu chính thức.\n")
        self._write_accounts()
        self.stdout.write(f"Địa chỉ: http://127.0.0.1:{port}/   Quản trị hệ thống: http://127.0.0.1:{port}/admin/")
        if not no_serve:
            call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)

    def _write_accounts(self) -> None:
        self.stdout.write(f"Tài khoản (mật khẩu {demo.SETUP['password']}):")
        for label, role, prefix in ROLES:
            names = User.objects.filter(role=role, username__startswith=prefix, is_active=True)
            shown = [*names.order_by("username").values_list("username", flat=True)[:3]]
            more = f" … ({names.count()} tài khoản)" if names.count() > len(shown) else ""
            self.stdout.write(f"  {label}: {', '.join(shown)}{more}")
        self.stdout.write("")
