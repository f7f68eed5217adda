from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import speak_vietnamese
from communes.templatetags.vietnamese import number
from criteria.spans import rebuild


class Command(BaseCommand):
    help = "Tính lại tình trạng của các đơn vị theo từng khoảng thời gian từ các kết quả đã lưu; in số dòng đã khác."

    def add_arguments(self, parser: CommandParser) -> None:
        speak_vietnamese(parser)

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"Đã tính lại: {number(rebuild())} dòng khác trước.")
