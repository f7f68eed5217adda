"""The three lists of pins say the same, and name no machine that only we can reach."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==([\w.+!]+)")


def pins(lines: list[str]) -> dict[str, str]:
    found = dict(match.groups() for line in lines if (match := PIN.match(line)))
    assert len(found) == len(lines), "each line is an exact pin, each package once"
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found.items()}


DIRECT = pins(PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"])
BROUGHT = pins(PROJECT["tool"]["uv"]["constraint-dependencies"])
LOCKED = pins([line for line in LOCK.splitlines() if line and line[0] not in "# "])


def test_what_is_locked_is_what_is_pinned():
    assert {**BROUGHT, **DIRECT} == LOCKED
    assert not BROUGHT.keys() & DIRECT.keys()


def test_every_locked_package_has_hashes():
    for block in re.split(r"\n(?=\S)", LOCK.split("\n", 1)[1].strip()):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block[:60]


def test_the_lock_names_no_registry():
    assert not re.search(r"://|--index|--find-links|--extra-index|@ file", LOCK)
