from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from communes.management.arguments import CommandRefused, speak_vietnamese
from communes.unit_list import FOLDER, BrokenFiles, load_units

TABLES = {
    "units": "Đơn vị",
    "versions": "Giai đoạn của đơn vị",
    "successions": "Kế thừa",
    "aliases": "Tên gọi khác",
}


class Command(BaseCommand):
    help = (
        "Nạp đơn vị hành chính từ units.csv, successions.csv, aliases.csv và đặc điểm từ attributes.csv; "
        "chạy lại không thay đổi gì."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=FOLDER, metavar="THƯ_MỤC", help="thư mục có các tệp này")
        speak_vietnamese(parser)

    def handle(self, *, folder: Path, **options: Any) -> None:
        try:
            loaded = load_units(folder)
        except BrokenFiles as broken:
            found = "\n".join(broken.errors)
            raise CommandRefused(f"Tệp có {len(broken.errors)} lỗi, chưa lưu dòng nào:\n{found}") from broken
        tables = {words: getattr(loaded.registry, table) for table, words in TABLES.items()}
        for words, rows in (tables | {"Đặc điểm của đơn vị": loaded.attributes}).items():
            added, changed, unchanged = len(rows.added), len(rows.changed), len(rows.unchanged)
            self.stdout.write(f"{words}: thêm {added}, sửa {changed}, giữ nguyên {unchanged}")
