"""The table of docs/dia-gioi-hien-nay.md, worked out by hand from the stored results of the demo, beside the page."""

import html
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command
from django.test import Client

from communes.models import User

DOCUMENT = Path(__file__).parent.parent / "docs" / "dia-gioi-hien-nay.md"
DAY, INDICATOR = "2025-12-31", "xa-ntm-19.2"
PART = re.compile(
    r"(?P<name>[^:]+): (?P<standing>không tính|Đạt|Chưa đạt|Đã gửi, chờ xác nhận|Chưa gửi)(, (?P<period>.+))?"
)
TOTALS = re.compile(r"(\d+) \+ (\d+) \+ (\d+) \+ (\d+) = (\d+)")


@dataclass(frozen=True)
class Worked:
    title: str
    parts: list[re.Match[str]]
    result: str


def table() -> list[Worked]:
    rows = [line.strip("| \n").split(" | ") for line in DOCUMENT.read_text("utf-8").splitlines() if "| " in line]
    cells = [[cell.strip() for cell in row] for row in rows if row[0].isdecimal()]
    return [
        Worked(title, [found for part in parts.split("; ") if (found := PART.fullmatch(part))], result)
        for _, title, parts, _, result in ((row if len(row) == 5 else [*row[:2], "", *row[-2:]]) for row in cells)
    ]


def rows_of_the_page() -> dict[str, str]:
    """Return the words behind the figure, by the title of today's unit."""
    client = Client()
    client.force_login(User.objects.get(username="tinh"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(f"/progress/{INDICATOR}/?as_of={DAY}&boundaries=now")
    body = html.unescape(answer.content.decode()).split("<tbody>", 1)[1].split("</tbody>")[0]
    found = {}
    for row in body.split("</tr>")[:-1]:
        title = re.search(r"<a [^>]*>([^<]+)</a>", row)
        assert title
        found[title[1]] = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip()
    return found


def assert_the_table_agrees() -> None:
    worked, rows = table(), rows_of_the_page()
    assert len(worked) == 10
    assert sum(one.result == "Đạt, chờ xác nhận" for one in worked) == 4
    for one in worked:
        said = rows[one.title]
        assert said.startswith(f"{one.title} {one.result.replace('Đạt, chờ', 'Đạt chờ')}"), said
        assert bool(one.parts) != ("Kết quả của chính đơn vị, Năm 2024" in said)
        for part in one.parts:
            if part["standing"] == "không tính":
                assert f"Không tính: {part['name']}" in said
            else:
                period = f" · {part['period']}" if part["period"] else ""
                assert f"{part['standing']} {part['name']}{period}" in said
        assert said.count("Xem đánh giá") >= len([part for part in one.parts if part["period"]])
    out = io.StringIO()
    call_command("progress", "--as-of", DAY, "--boundaries", "now", "--json", stdout=out)
    (figures,) = [one for one in json.loads(out.getvalue())["targets"] if one["indicator"] == INDICATOR]
    totals = TOTALS.search(DOCUMENT.read_text("utf-8"))
    assert totals
    assert [int(number) for number in totals.groups()] == [
        figures[name] for name in ("met", "not_met", "pending", "missing", "total")
    ]
    assert (figures["derived"], figures["needed"], figures["gap"]) == (52, 69, 9)
