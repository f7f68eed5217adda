from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import CommandRefused, speak_vietnamese
from communes.unit_list import BrokenFiles
from criteria.law_files import FOLDER, load_law


class Command(BaseCommand):
    help = "Nạp bộ tiêu chí, hướng dẫn đánh giá, kỳ báo cáo, cơ quan thẩm tra từ các tệp TOML; chạy lại được nhiều lần."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--folder",
            type=Path,
            default=FOLDER,
            metavar="THƯ_MỤC",
            help="thư mục có sets, periods.toml, examiners.toml",
        )
        speak_vietnamese(parser)

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            changes = load_law(folder)
        except BrokenFiles as broken:
            found = "\n".join(broken.errors)
            raise CommandRefused(f"Tệp có {len(broken.errors)} lỗi, không thay đổi gì:\n{found}") from broken
        for sentence in changes.sentences():
            self.stdout.write(sentence)
