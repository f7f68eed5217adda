"""What would follow: the figure if those did it that lack least, and which items keep how many units from it."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from communes.models import UnitVersion
from communes.templatetags.vietnamese import number, percent
from criteria.models import Verdict
from criteria.outlooks import Quarter
from criteria.rounding import percent_of
from reports.attention import Concern
from reports.explaining import FAILED, failed_behind, share_text, spans_behind
from reports.progress import Figures, Tally
from reports.scopes import Scope


@dataclass(frozen=True)
class FailedItem:
    """A condition that keeps units from meeting the target; of `alone` it is the only one."""

    number: int
    wording: str
    units: int
    alone: int


def failed_items(
    scope: Scope, figures: Sequence[Figures], day: datetime.date, concerns: Sequence[Concern]
) -> dict[int, list[FailedItem]]:
    """Return by indicator the conditions not met, the most frequent first: one query.

    A sensitive one is named nowhere.
    """
    asked = [one for one in figures if one.tally.not_met]
    if not asked:
        return {}
    columns = ("indicator", f"{FAILED}condition__number", f"{FAILED}condition__wording")
    rows: Any = failed_behind(scope, asked, day).order_by().values_list(*columns).annotate(Count("pk"))
    found: dict[int, dict[int, FailedItem]] = defaultdict(dict)
    for indicator, which, wording, units in sorted(rows, key=lambda row: row[-1]):
        of = found[indicator]
        alone = sum(one.short == which and one.indicator == indicator for one in concerns)
        of[which] = FailedItem(which, wording, units + (of[which].units if which in of else 0), alone)
    return {
        indicator: sorted(items.values(), key=lambda item: (-item.units, item.number))
        for indicator, items in found.items()
    }


def expected_words(scope: Scope, figures: Sequence[Figures], day: datetime.date) -> dict[int, str]:
    """Return by indicator by when those that do not meet it expect to (dự kiến đạt): one query.

    "Quý III/2025: 4 xã; chưa nêu: 3 xã".
    """
    asked = [one for one in figures if one.tally.not_met]
    if not asked:
        return {}
    rows = spans_behind(scope, asked, day).filter(standing=Verdict.NOT_MET).order_by()
    columns = ("counted__expected_year", "counted__expected_quarter")
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    counted = rows.order_by(*columns).values_list("indicator", *columns).annotate(Count("pk"))
    for indicator, year, quarter, units in sorted(counted, key=lambda row: (row[1] is None, row[1:3])):
        words = Quarter(year, quarter).label if year else "chưa nêu"
        found[indicator].append((words, units))
    nouns = {one.target.indicator_id: one.target.noun for one in asked}
    return {
        indicator: "; ".join(f"{words}: {number(units)} {nouns[indicator]}" for words, units in parts)
        for indicator, parts in found.items()
    }


def scenarios(figures: Figures, concerns: Sequence[Concern], items: Sequence[FailedItem]) -> list[str]:
    """Return in sentences what the figure would be: all that was sent confirmed, one item short done, both."""
    tally, noun = figures.tally, figures.target.noun
    short = sum(concern.short is not None for concern in concerns)
    said = []
    if tally.pending:
        said.append((f"{number(tally.pending)} {noun} đã gửi được xác nhận đạt", tally.pending))
    if short:
        said.append((f"{number(short)} {noun} còn 01 nội dung hoàn thành", short))
    if tally.pending and short:
        said.append((f"{number(tally.pending + short)} {noun} nói trên đạt", tally.pending + short))
    sentences = [f"{if_all(words, units)}: {outcome(figures, tally.met + units)}" for words, units in said]
    worst = max(items, key=lambda item: item.alone, default=None)
    if worst and worst.alone:
        words = f"Nếu khắc phục nội dung {worst.number} ({number(worst.alone)} {noun} chỉ thiếu nội dung này)"
        sentences.append(f"{words}: {outcome(figures, tally.met + worst.alone)}")
    return sentences


def if_all(words: str, units: int) -> str:
    return f"Nếu cả {words}" if units > 1 else f"Nếu {words}"


def outcome(figures: Figures, met: int) -> str:
    """Return "178/180 xã (98,89%), còn thiếu 1 xã so với mục tiêu 99%."."""
    target = figures.target
    share = f"{share_text(figures, met)} {target.noun} ({percent(figures.percent_if(met))})"
    if not figures.is_asked:
        return f"{share}."
    gap = target.needed(figures.tally.total) - met
    missing = f"còn thiếu {number(gap)} {target.noun} so với" if gap > 0 else "đạt"
    return f"{share}, {missing} mục tiêu {target.percent}%."


@dataclass(frozen=True)
class Part:
    """What one district holds of the rest: those without an official "Đạt"."""

    district: UnitVersion
    tally: Tally
    of_the_rest: Any
    url: str


def parts_of_the_rest(figures: Figures, districts: Sequence[UnitVersion], urls: Sequence[str]) -> list[Part]:
    """Return the districts that hold the rest, the most first; the shares are of the rest of the whole."""
    found = []
    for district, url in zip(districts, urls, strict=True):
        tally = figures.rows.get(district.unit_id, Tally())
        if tally.not_yet:
            found.append(Part(district, tally, percent_of(tally.not_yet, figures.tally.not_yet), url))
    return sorted(found, key=lambda part: -part.tally.not_yet)
