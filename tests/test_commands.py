"""What holds for every command of the portal: its help and its refusals are Vietnamese, bad arguments end with 2."""

import io
import re
from typing import Any

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import CommandError

from communes.management.arguments import CommandRefused
from tests.english import english_words

OURS = sorted(name for name, app in get_commands().items() if app in ("communes", "criteria", "reports"))
DAYS = {"progress": "as_of", "units": "as_of"}


def parser_of(name: str) -> Any:
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


@pytest.mark.parametrize("name", OURS)
def test_its_help_is_vietnamese(name: str) -> None:
    told = parser_of(name).format_help()
    assert told.startswith("Cách dùng: manage.py")
    assert "in cách dùng rồi kết thúc" in told
    assert english_words(re.sub(rf"--?[\w-]+|[A-Z]{{3,}}|{name}|\bnow\b", " ", told)) == []


@pytest.mark.parametrize("name", OURS)
def test_an_argument_that_it_does_not_have_ends_with_two(name: str) -> None:
    with pytest.raises(CommandError) as refused:
        parser_of(name).parse_args(["--khong-co", "x"])
    assert refused.value.returncode == 2
    assert "Tham số không dùng được: " in str(refused.value)
    assert "argument" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        ("demo", ["--port", "bảy"], "tham số --port: “bảy” không phải là số cổng; ghi số từ 1 đến 65535"),
        ("demo", ["--port", "99999"], "tham số --port: “99999” không phải là số cổng"),
        ("demo", ["--verbosity", "9"], "tham số -v/--verbosity: không có giá trị 9 (chọn 0, 1, 2, 3)"),
        (
            "make_workbook",
            ["--period", "2024", "--output", "a", "--area", "hai"],
            "--area: không phải số nguyên: 'hai'",
        ),
        ("progress", [], "còn thiếu --as-of"),
        ("progress", ["--as-of"], "tham số --as-of: cần một giá trị"),
        ("load_units", ["--fold=x", "--fold"], "cần một giá trị"),
        ("rebuild_standings", ["--no-color=1"], "không nhận giá trị '1'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_a_sentence(name: str, arguments: list[str], sentence: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        parser_of(name).parse_args(arguments)
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", DAYS)
@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("hôm qua", "“hôm qua” không phải là ngày; ví dụ: 2024-12-31 hoặc 31/12/2024."),
        ("", "“” không phải là ngày"),
        ("31/02/2024", "“31/02/2024” không phải là ngày"),
        ("0001-01-01", "Danh mục đơn vị hành chính có từ ngày 01/02/2020"),
        ("9999-12-31", "Ngày phải từ 01/01/1900 đến 31/12/2199"),
    ],
)
def test_a_day_is_read_alike_by_every_command(reference: None, name: str, day: str, sentence: str) -> None:
    with pytest.raises(CommandRefused) as refused:
        call_command(name, **{DAYS[name]: day}, stdout=io.StringIO())
    assert refused.value.returncode == 2
    assert sentence in str(refused.value)


@pytest.mark.parametrize("given", [{}, {"district": "632", "province": "64"}, {"province": "64", "area": 1}])
def test_a_workbook_is_of_one_place(db: None, tmp_path, given: dict[str, Any]) -> None:
    with pytest.raises(CommandRefused, match=r"Ghi đúng một trong --district .* --province .* --area") as refused:
        call_command("make_workbook", period="2024", output=tmp_path / "a.xlsx", **given)
    assert refused.value.returncode == 2


def test_the_terminal_says_in_vietnamese_that_nothing_was_done() -> None:
    """Django prints the class's name before the sentence."""
    assert CommandRefused.__name__ == "Chưa thực hiện được"
