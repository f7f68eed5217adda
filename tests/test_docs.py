"""The documentation tells of what is there: links, pictures, commands, environment variables, messages."""

import re
import shlex
from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
ROLE_PAGES = sorted((DOCS / "nguoi-dung").glob("*.md"))
IMAGES = sorted((DOCS / "images").glob("*.png"))
MAX_IMAGE_BYTES = 2_500_000

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
COMMAND = re.compile(r"manage\.py ([a-z_]+)([^`|\n]*)")
OPTION = re.compile(r"--[a-z][a-z-]*(?:_[a-z]+)*")
# A message of the portal as a heading of "Câu hỏi thường gặp": “…” stands for what varies.
MESSAGE = re.compile(r"^### “(.+)”(?:\s.*)?$", re.MULTILINE)
SOURCES = ("*/**/*.py", "templates/**/*.html", "criteria/**/*.toml", "static/*.js")
LITERAL_JOIN = re.compile(r"[\"']\s*\n\s*f?[\"']")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose_of(page: Path) -> str:
    """The page without its blocks of code: an example in a block is no link of the page."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors_of(page: Path) -> set[str]:
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in LINK.findall(prose_of(page)):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        file = (page.parent / path).resolve() if path else page
        is_there = file.exists() and file.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors_of(file)):
            broken.append(target)
    assert not broken


def test_every_picture_is_shown_and_all_are_light() -> None:
    shown = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if target.endswith(".png")
    }
    assert shown == set(IMAGES)
    assert sum(image.stat().st_size for image in IMAGES) < MAX_IMAGE_BYTES
    taken = (DOCS / "screenshots.py").read_text(encoding="utf-8")
    assert {image.stem for image in IMAGES} == set(re.findall(r"\.take\(\"([a-z-]+)\"", taken))


def parser_of(command: str) -> ArgumentParser:
    return load_command_class(get_commands()[command], command).create_parser("manage.py", command)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_and_option_exists(page: Path) -> None:
    unknown = []
    for command, rest in COMMAND.findall(page.read_text(encoding="utf-8")):
        if command not in get_commands():
            unknown.append(command)
            continue
        known = parser_of(command)._option_string_actions
        unknown += [f"{command} {option}" for option in OPTION.findall(rest) if option not in known]
    assert not unknown


def test_the_commands_for_operators_parse_as_they_are_written() -> None:
    text = (DOCS / "van-hanh.md").read_text(encoding="utf-8")
    written = re.findall(r"^\.venv/bin/python manage\.py ([a-z_]+)(.*)$", text, re.MULTILINE)
    assert len(written) > 15
    for command, rest in written:
        parser_of(command).parse_args(shlex.split(rest))


def test_every_environment_variable_is_told_to_operators_and_no_other() -> None:
    settings = (ROOT / "ntm_portal" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"\benv\(\s*\"([A-Z_]+)\"", settings))
    told = re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "van-hanh.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert "DATABASE_URL" in read
    assert sorted(told) == sorted(read)


def words_of_the_portal() -> str:
    """The source as one text, literals that go on over several lines joined, quotes of one form."""
    files = {file for pattern in SOURCES for file in ROOT.glob(pattern) if ".venv" not in file.parts}
    texts = (file.read_text(encoding="utf-8") for file in sorted(files) if "tests" not in file.parts)
    joined = "\n".join(LITERAL_JOIN.sub("", text) for text in texts)
    return plain(joined + (ROOT / "locale/vi/LC_MESSAGES/django.po").read_text(encoding="utf-8"))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub('[“”"]', "", text)).casefold()


def fragment(text: str) -> str:
    return plain(text).strip(" .,;:")


def test_every_message_told_is_one_of_the_portal() -> None:
    portal = words_of_the_portal()
    told = [message for page in ROLE_PAGES for message in MESSAGE.findall(page.read_text(encoding="utf-8"))]
    assert len(told) > 20
    missing = [
        message
        for message in told
        for fixed in map(fragment, message.split("…"))
        if len(fixed) > 2 and fixed not in portal
    ]
    assert not missing
