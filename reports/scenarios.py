"""What would follow: the figure if those did it that lack least, and which items keep how many units from it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from communes.models import UnitVersion
from communes.templatetags.vietnamese import number, percent
from criteria.models import Verdict
from criteria.rounding import percent_of
from reports.attention import Concern
from reports.explaining import NAMED, share_text, spans_behind
from reports.progress import Figures, Tally
from reports.scopes import Scope


@dataclass(frozen=True)
class FailedItem:
    """A condition that keeps units from meeting the target; of `alone` it is the only one."""

    number: int
    wording: str
    checklist: str
    units: int
    alone: int


def failed_items(scope: Scope, figures: Figures, day: datetime.date, concerns: Sequence[Concern]) -> list[FailedItem]:
    """Return the conditions not met, the most frequent first: one query; a sensitive one is named nowhere."""
    counted = spans_behind(scope, [figures], day).filter(standing=Verdict.NOT_MET).values("counted")
    columns = ("condition__number", "condition__wording", "revision__checklist__number")
    rows: Any = NAMED.filter(revision__in=counted).order_by().values_list(*columns).annotate(Count("pk"))
    found: dict[int, FailedItem] = {}
    for which, wording, checklist, units in sorted(rows, key=lambda row: row[-1]):
        before = found[which].units if which in found else 0
        alone = sum(concern.short == which for concern in concerns)
        found[which] = FailedItem(which, wording, checklist, before + units, alone)
    return sorted(found.values(), key=lambda item: (-item.units, item.number))


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
