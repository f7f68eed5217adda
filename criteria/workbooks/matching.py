"""Which unit a row of a table means: by code and name together, never fuzzy, never a guess."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .values import Problem


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as the index sees it: `kind` in lower case ("xã", "thị trấn"), `name` without the kind."""

    key: Hashable
    code: str
    name: str
    kind: str
    district: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FormerUnit:
    """A unit of the scope that ended before the period's last day; `successor` reads "Xã Biển Hồ (mã 23590)"."""

    code: str
    name: str
    kind: str
    ended_on: date
    successor: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The unit of a row, and what decided: the code (with or without a name) or the name at that strength."""

    unit: UnitRow
    by: Literal["code", "name", "alias", "folded"]


class UnitIndex:
    """The units that a table may name, living on the period's last day in the officer's scope.

    `unjudged` units are of the scope but of a kind the indicator does not judge; `former` and `foreign` ones only word
    the error. `place` is "huyện" or "tỉnh", `indicator` the number shown in messages ("19.2").
    """

    def __init__(
        self,
        units: Iterable[UnitRow],
        *,
        unjudged: Iterable[UnitRow] = (),
        former: Iterable[FormerUnit] = (),
        foreign: Iterable[UnitRow] = (),
        place: str = "huyện",
        indicator: str = "",
    ) -> None:
        raise NotImplementedError

    def match(
        self, code: str | None, name: str | None, *, district: str | None = None, name_column: str = ""
    ) -> Match | Problem:
        """The unit of a row. `code` comes from `read_code`; `name` and `district` as typed; `name_column` a letter."""
        raise NotImplementedError


class Seen:
    """The units already met on the sheet that is being walked."""

    def __init__(self, index: UnitIndex) -> None:
        raise NotImplementedError

    def add(self, unit: UnitRow, row_number: int) -> Problem | None:
        """Remember the unit; the problem if an earlier row had it."""
        raise NotImplementedError
