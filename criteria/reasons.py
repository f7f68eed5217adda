"""The usual reasons for a return, from data/return_reasons.toml."""

import tomllib
from pathlib import Path

FILE = Path(__file__).parent / "data" / "return_reasons.toml"
USUAL_REASONS: tuple[str, ...] = tuple(tomllib.loads(FILE.read_text(encoding="utf-8"))["reasons"])
