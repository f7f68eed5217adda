"""Which unit a row of a table means: by code and name together, never fuzzy, never a guess."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from criteria.workbooks.text import exact_key, fold, squash, tidy
from criteria.workbooks.values import Problem, shown

Strength = Literal["name", "alias", "folded"]

_KINDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))[
    "kinds"
]
_PREFIXES = sorted(
    ((fold(prefix), kind) for kind, prefixes in _KINDS.items() for prefix in prefixes), key=lambda pair: -len(pair[0])
)


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
    """A unit of the scope that ended before the period's last day.

    `ended_on` is the first day without it; `successor` reads "xã Biển Hồ (mã 23590)"; `district` tells it from
    another of its name.
    """

    code: str
    name: str
    kind: str
    ended_on: date
    successor: str
    aliases: tuple[str, ...] = ()
    district: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """The unit of a row, and what decided: the code (with or without a name) or the name at that strength."""

    unit: UnitRow
    by: Literal["code"] | Strength


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a row says of its unit: the name in each way it can be read, as (kind or "", name), and the district."""

    name: str
    readings: tuple[tuple[str, str], ...]
    district: str


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
        judged, self._unjudged = tuple(units), {unit.key: unit for unit in unjudged}
        self._judged_units = {unit.key: unit for unit in judged}
        living = (*judged, *self._unjudged.values())
        self._former = tuple(former)
        self._place, self._indicator = place, indicator
        self._by_code = {unit.code: unit for unit in living}
        self._names = _index(living, lambda unit: [exact_key(unit.name)])
        self._aliases = _index(living, lambda unit: [exact_key(alias) for alias in unit.aliases])
        self._folded = _index(living, lambda unit: [fold(name) for name in (unit.name, *unit.aliases)])
        self._squashed = _index(living, lambda unit: [squash(name) for name in (unit.name, *unit.aliases)])
        self._has_districts = len({unit.district for unit in living}) > 1
        foreign = tuple(foreign)
        self._foreign_codes = {unit.code for unit in foreign}
        self._foreign_names = {exact_key(unit.name) for unit in foreign}

    def match(
        self, code: str | None, name: str | None, *, district: str | None = None, name_column: str = ""
    ) -> Match | Problem:
        """The unit of a row. `code` comes from `read_code`; `name` and `district` as typed; `name_column` a letter.

        The order of strengths: exact name (letter case and place of the tone mark do not matter), alias, name without
        accents, name without accents and spaces; the first that any unit has decides, and only if one unit has it.
        """
        typed = _typed(name or "", district or "")
        if not typed.name:
            return self._by_code_alone(code, typed) if code else Problem("Dòng không ghi mã và tên đơn vị")
        strength, found = self._named(typed)
        if code:
            return self._by_both(code, typed, found, f"tên ở cột {name_column}" if name_column else "tên")
        former = self._former_of(typed)
        if former and strength != "name":
            return Problem(_former_message(former))
        if len(found) == 1 and strength:
            return self._named_alone(found[0], typed, strength)
        is_foreign = not found and self._is_foreign(typed)
        return Problem(self._unclear_message(typed, found), may_choose=not is_foreign)

    def judged(self, key: Hashable) -> UnitRow | None:
        """The unit of that key, if the table may hold a row of it."""
        return self._judged_units.get(key)

    def twins(self, unit: UnitRow) -> list[UnitRow]:
        """Other units whose name is the same once accents are dropped: Ia Băng for Ia Bang."""
        return [other for other in self._folded.get(fold(unit.name), ()) if other.key != unit.key]

    def _by_code_alone(self, code: str, typed: _Typed) -> Match | Problem:
        unit = self._by_code.get(code)
        if unit:
            return self._judged(unit, "code") if _in_district(unit, typed.district) else _district_problem(unit, typed)
        former = next((former for former in self._former if former.code == code), None)
        if former:
            return Problem(_former_message(former))
        if code in self._foreign_codes:
            return Problem(f"Mã {code} không thuộc phạm vi của biểu này, xóa dòng này")
        return Problem(f"Mã {code} không có trong {self._place}, kiểm tra lại mã")

    def _by_both(self, code: str, typed: _Typed, found: Sequence[UnitRow], where: str) -> Match | Problem:
        unit = self._by_code.get(code)
        if unit and unit in found:
            return self._judged(unit, "code")
        former = self._former_of(typed, code)
        if former and (former.code == code or not found):
            return Problem(_former_message(former))
        if unit and not _in_district(unit, typed.district):
            return _district_problem(unit, typed)
        if not unit and not found and code in self._foreign_codes:
            return Problem(f'Mã {code}, "{shown(typed.name)}" không thuộc phạm vi của biểu này, xóa dòng này')
        beginning = f"Mã {code} là {self._label(unit)}" if unit else f"Mã {code} không có trong {self._place}"
        if found:
            named = " hoặc ".join(f"{self._short_label(other)}, mã {other.code}" for other in found)
            return Problem(f"{beginning}; {where} là {named}")
        ending = "" if unit else " cũng không có"
        return Problem(f'{beginning}; {where} ghi "{shown(typed.name)}"{ending}. Kiểm tra lại mã và tên')

    def _named_alone(self, unit: UnitRow, typed: _Typed, strength: Strength) -> Match | Problem:
        """A row that gives only a name that one unit has; a town is not taken for the district of the same name."""
        has_kind = any(kind for kind, _name in typed.readings)
        is_like_district = unit.district and squash(unit.district) == squash(unit.name)
        if is_like_district and not has_kind and unit.key not in self._unjudged:
            kind = unit.kind
            return Problem(
                f'Chưa rõ "{shown(typed.name)}" là {kind} hay cả đơn vị cấp huyện. Ghi mã {unit.code} cho {kind}'
            )
        return self._judged(unit, strength)

    def _judged(self, unit: UnitRow, by: Literal["code"] | Strength) -> Match | Problem:
        if unit.key not in self._unjudged:
            return Match(unit, by)
        of = f" của chỉ tiêu {self._indicator}" if self._indicator else ""
        return Problem(f"{_capital(self._label(unit))} không thuộc đối tượng đánh giá{of}, xóa dòng này")

    def _named(self, typed: _Typed) -> tuple[Strength | None, list[UnitRow]]:
        """The units of the first strength at which any unit has the name, its kind and its district."""
        levels: tuple[tuple[Strength, dict[str, list[UnitRow]], Callable[[str], str]], ...] = (
            ("name", self._names, exact_key),
            ("alias", self._aliases, exact_key),
            ("folded", self._folded, fold),
            ("folded", self._squashed, squash),
        )
        for strength, index, key in levels:
            found = {
                unit.key: unit
                for kind, name in typed.readings
                for unit in index.get(key(name), ())
                if kind in ("", unit.kind) and _in_district(unit, typed.district)
            }
            if found:
                return strength, list(found.values())
        return None, []

    def _former_of(self, typed: _Typed, code: str = "") -> FormerUnit | None:
        """The one former unit of exactly that name; of several the one of the code."""
        named = [
            former
            for former in self._former
            for kind, name in typed.readings
            if kind in ("", former.kind) and exact_key(name) in map(exact_key, (former.name, *former.aliases))
        ]
        found = [former for former in named if former.code == code] or named
        return found[0] if len(found) == 1 else None

    def _unclear_message(self, typed: _Typed, found: Sequence[UnitRow]) -> str:
        """Why a name alone leads to no unit: several have it, another kind has it, another place, or none."""
        name = shown(typed.name)
        if found:
            listed = ", ".join(f"{self._label(unit)} (mã {unit.code})" for unit in found)
            return f'"{name}" có thể là {listed}. Ghi mã đơn vị'
        bare = _Typed(typed.name, tuple(("", reading) for _kind, reading in typed.readings), "")
        _strength, others = self._named(bare)
        if others:
            listed = ", ".join(f"{self._label(unit)} (mã {unit.code})" for unit in others)
            return f'"{name}" không khớp với {listed}. Kiểm tra lại tên, loại đơn vị và huyện, hoặc ghi mã'
        if self._is_foreign(typed):
            return f'"{name}" không thuộc phạm vi của biểu này, xóa dòng này'
        return f'"{name}" không có trong {self._place}. Kiểm tra lại tên hoặc ghi mã đơn vị'

    def _is_foreign(self, typed: _Typed) -> bool:
        """Whether the name is none here and one of a unit elsewhere."""
        bare = _Typed(typed.name, tuple(("", reading) for _kind, reading in typed.readings), "")
        is_foreign = any(exact_key(reading) in self._foreign_names for _kind, reading in typed.readings)
        return is_foreign and not self._named(bare)[1]

    def _label(self, unit: UnitRow) -> str:
        return f"{unit.kind} {self._short_label(unit)}"

    def _short_label(self, unit: UnitRow) -> str:
        return f"{unit.name} ({unit.district})" if self._has_districts and unit.district else unit.name


class Seen:
    """The units already met on the sheet that is being walked."""

    def __init__(self, index: UnitIndex) -> None:
        self._index = index
        self._rows: dict[Hashable, int] = {}

    def add(self, unit: UnitRow, row_number: int) -> Problem | None:
        """Remember the unit; the problem if an earlier row had it."""
        earlier = self._rows.setdefault(unit.key, row_number)
        if earlier == row_number:
            return None
        twins = " hoặc ".join(f"{twin.name} ({twin.code})" for twin in self._index.twins(unit))
        advice = f"kiểm tra có phải {twins} không" if twins else "xóa một trong hai dòng"
        return Problem(f"{_capital(unit.kind)} {unit.name} đã có ở dòng {earlier}, {advice}")


def split_kind(name: str) -> tuple[str, str]:
    """The kind written before a name and the rest: "TT. Chư Prông" is ("thị trấn", "Chư Prông"); ("", name) if none."""
    name = tidy(name)
    folded = fold(name)
    if len(folded) != len(name):
        return "", name
    for prefix, kind in _PREFIXES:
        rest = name[len(prefix) :]
        if folded.startswith(prefix) and rest.strip() and (prefix.endswith(".") or rest.startswith(" ")):
            return kind, rest.strip()
    return "", name


def vietnamese_date(day: date) -> str:
    """01/11/2024, 30/6/2025: a leading zero only for days under 10 and for January and February."""
    return f"{day.day:02d}/{f'{day.month:02d}' if day.month < 3 else day.month}/{day.year}"


def _typed(name: str, district: str) -> _Typed:
    name = tidy(name)
    kind, rest = split_kind(name)
    # "H. Bông" may be a whole name: both readings are tried, and two units found are no answer.
    readings = (("", name), (kind, rest)) if kind else (("", name),)
    return _Typed(name, readings, squash(split_kind(district)[1]))


def _index(units: Sequence[UnitRow], keys: Callable[[UnitRow], list[str]]) -> dict[str, list[UnitRow]]:
    found: dict[str, list[UnitRow]] = defaultdict(list)
    for unit in units:
        for key in dict.fromkeys(keys(unit)):
            found[key].append(unit)
    return dict(found)


def _in_district(unit: UnitRow, district: str) -> bool:
    """Whether the unit is in the district named in the row; `district` is squashed, "" where the row names none."""
    return not district or not unit.district or squash(unit.district) == district


def _district_problem(unit: UnitRow, typed: _Typed) -> Problem:
    return Problem(f"Mã {unit.code} là {unit.kind} {unit.name} ({unit.district}), không khớp với huyện ghi ở dòng này")


def _former_message(former: FormerUnit) -> str:
    ended = vietnamese_date(former.ended_on)
    apart = f"{former.district}, mã {former.code}" if former.district else f"mã {former.code}"
    return (
        f"{_capital(former.kind)} {former.name} ({apart}) không còn từ ngày {ended}, "
        f"đơn vị kế tiếp: {former.successor}. Xóa dòng này, nhập ở dòng của đơn vị kế tiếp"
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
