"""What a cell of a table means: a verdict or a unit code, or why it is neither. Never a guess."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .text import exact_key, fold, tidy

if TYPE_CHECKING:
    from .reading import Cell


class Verdict(enum.StrEnum):
    """Đạt / chưa đạt: the two results that the law knows."""

    MET = "met"
    NOT_MET = "not_met"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell or a row cannot be taken: one Vietnamese sentence with the ground and what to do."""

    message: str


def read_verdict(cell: Cell | None, *, negative: bool, accepted: Mapping[str, bool]) -> Verdict | Problem | None:
    """The verdict that a cell holds, None for a blank cell, or the problem.

    `negative`: the condition is worded "Không có …", so only Đạt / Chưa đạt are taken. `accepted`: further words of
    this condition ("x", "có", "1") and whether each means met.
    """
    raise NotImplementedError


def read_code(cell: Cell | None, width: int) -> str | Problem | None:
    """A unit code of `width` digits, zeros put back where Excel dropped them; None for a blank cell."""
    raise NotImplementedError
