"""Rows that hold from one day to another, both included: what files, forms and tables say of them alike."""

import datetime
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Protocol, TypeVar

from django.core.validators import MaxValueValidator, MinValueValidator

# Days that people may write; outside of them a slip of the hand, and dates at whose ends one cannot count further.
FIRST_DAY, LAST_DAY = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
NO_SUCH_DAY = "Ngày phải từ 01/01/1900 đến 31/12/2199; kiểm tra lại năm."
REAL_DAYS = (MinValueValidator(FIRST_DAY, NO_SUCH_DAY), MaxValueValidator(LAST_DAY, NO_SUCH_DAY))
NO_SUCH_YEAR = "Năm phải từ 1945 đến 2199; kiểm tra lại."
REAL_YEARS = (MinValueValidator(1945, NO_SUCH_YEAR), MaxValueValidator(LAST_DAY.year, NO_SUCH_YEAR))


class Dated(Protocol):
    @property
    def starts_on(self) -> datetime.date: ...

    @property
    def ends_on(self) -> datetime.date | None: ...


D = TypeVar("D", bound=Dated)


def last_day(row: Dated) -> datetime.date:
    return row.ends_on or datetime.date.max


def span(row: Dated) -> str:
    """Return "từ 01/07/2025 trở đi", "từ 01/02/2020 đến 30/06/2025"."""
    until = f"đến {row.ends_on:%d/%m/%Y}" if row.ends_on else "trở đi"
    return f"từ {row.starts_on:%d/%m/%Y} {until}"


def meeting(rows: Iterable[D], of: Callable[[D], Hashable]) -> Iterator[tuple[D, D]]:
    """Find rows that share what `of` says and a day, each with an earlier one that it meets."""
    longest: dict[Hashable, D] = {}
    for row in sorted(rows, key=lambda row: row.starts_on):
        before = longest.get(of(row))
        if before is not None and last_day(before) >= row.starts_on:
            yield row, before
        if before is None or last_day(row) > last_day(before):
            longest[of(row)] = row
