"""Dự kiến đạt: by which quarter a unit that is not met expects to be, and by which measure. Pure."""

import datetime
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "data" / "measures.toml"
MEASURES: tuple[str, ...] = tuple(tomllib.loads(FILE.read_text(encoding="utf-8"))["measures"])
ROMAN = ("I", "II", "III", "IV")
QUARTERS = len(ROMAN)
# How far ahead of today, or of the period, a quarter may be chosen.
AHEAD = 8


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: datetime.date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @property
    def key(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def label(self) -> str:
        return f"Quý {ROMAN[self.number - 1]}/{self.year}"

    def after(self, count: int) -> "Quarter":
        year, number = divmod(self.year * QUARTERS + self.number - 1 + count, QUARTERS)
        return Quarter(year, number + 1)

    def has_passed(self, today: datetime.date) -> bool:
        return self < Quarter.of(today)


@dataclass(frozen=True)
class Outlook:
    """What is expected of a result that is not met: the quarter, the measure, one of them or nothing."""

    quarter: Quarter | None = None
    measure: str = ""

    def __bool__(self) -> bool:
        return bool(self.quarter or self.measure)

    @property
    def is_whole(self) -> bool:
        return bool(self.quarter and self.measure)

    def is_overdue(self, today: datetime.date) -> bool:
        return self.quarter is not None and self.quarter.has_passed(today)

    @property
    def text(self) -> str:
        """ "Quý III/2025; biện pháp: Tăng cường tuần tra, kiểm soát"; "" where nothing is said."""
        parts = [self.quarter.label if self.quarter else "", f"biện pháp: {self.measure}" if self.measure else ""]
        return "; ".join(part for part in parts if part)

    @property
    def content(self) -> list[str]:
        """Return what a decision decides on."""
        return [self.quarter.key if self.quarter else "", self.measure]


NO_OUTLOOK = Outlook()


def outlook_in(year: int | None, quarter: int | None, measure: str) -> Outlook:
    """Return the outlook that a row holds."""
    return Outlook(Quarter(year, quarter) if year and quarter else None, measure)


def quarters_after(day: datetime.date, today: datetime.date) -> Iterator[Quarter]:
    """Yield the quarters that a result of a period ending on the day may be expected in."""
    last = Quarter.of(max(day, today)).after(AHEAD)
    following = Quarter.of(day).after(1)
    while following <= last:
        yield following
        following = following.after(1)
