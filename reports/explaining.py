"""A figure in sentences (Giải thích kết quả), in the words of an administrative report, ready to copy."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Min, Q

from communes.models import Level
from communes.templatetags.vietnamese import day as day_text
from communes.templatetags.vietnamese import number, percent
from criteria.models import StandingSpan, Verdict
from criteria.models.spans import StandingSpanQuerySet
from reports.models import Target
from reports.progress import Boundaries, Figures, levels_of
from reports.scopes import Scope

# The rule of "theo địa giới hiện nay" (design.md, section 2), as pages and the command say it.
RULE_NOW = (
    "Tính cho các đơn vị hành chính hiện nay: lấy kết quả đã xác nhận của chính đơn vị ở kỳ kết thúc sau lần sắp xếp "
    "gần nhất; chưa có thì lấy mức thấp nhất trong các đơn vị hợp thành thuộc đối tượng đánh giá, kết quả đạt lấy theo "
    "cách này là “chờ xác nhận”."
)

FAILED = "counted__results__"


def failed_behind(scope: Scope, figures: Iterable[Figures], day: datetime.date) -> StandingSpanQuerySet:
    """Return the spans of the units that do not meet the targets, once for each condition not met (`FAILED`).

    But for the sensitive ones, which are named in no list.
    """
    failed: dict[str, Any] = {f"{FAILED}verdict": Verdict.NOT_MET, f"{FAILED}condition__is_sensitive": False}
    return spans_behind(scope, figures, day).filter(standing=Verdict.NOT_MET, **failed)


def spans_behind(scope: Scope, figures: Iterable[Figures], day: datetime.date) -> StandingSpanQuerySet:
    """Return how the units behind the figures stand; none where they are restated on today's units."""
    by_day: dict[datetime.date, list[Target]] = defaultdict(list)
    for one in figures:
        if not one.is_now:
            by_day[one.units_as_of].append(one.target)
    held = Q(pk__in=())
    for last, targets in by_day.items():
        living = scope.living(levels_of(targets), last, day).order_by()
        held |= Q(unit__versions__in=living, starts_on__lte=last, ends_on__gte=last) & counted_by(targets)
    return StandingSpan.objects.filter(held)


def counted_by(targets: Iterable[Target]) -> Q:
    """Return, for spans joined to a version of their unit, "one of the targets counts the unit by this indicator"."""
    counted = Q(pk__in=())
    for target in targets:
        counted |= Q(indicator=target.indicator, unit__versions__kind__in=target.kinds)
    return counted


def explanation(figures: Figures, failed: dict[int, int]) -> list[str]:
    """Return the sentences; `failed` maps the number of a condition to the units that did not meet it."""
    tally, noun = figures.tally, figures.target.noun
    sentences = [f"{share_text(figures, tally.met)} {noun} đạt ({percent(figures.percent)})."]
    if tally.not_yet:
        sentences.append(f"Còn {number(tally.not_yet)} {noun}: {rest_text(figures, failed)}.")
    if tally.derived:
        sentences.append(derived_text(figures))
    sentences += outlook(figures)
    sentences += beside(figures)
    return sentences


def nobody_text(scope: Scope, figures: Figures) -> str:
    """Say that no unit is there to be counted, and where the day is too early since when units are known."""
    if figures.tally.total:
        return ""
    day, begins = figures.units_as_of, scope.origins.aggregate(begins=Min("starts_on"))["begins"]
    since = f" (danh mục có từ ngày {day_text(begins)})" if begins and day < begins else ""
    return f"Ngày {day_text(day)} không có {figures.target.noun} nào trong danh mục đơn vị hành chính{since}."


def share_text(figures: Figures, met: int) -> str:
    return f"{number(met)}/{number(figures.tally.total)}"


def rest_text(figures: Figures, failed: dict[int, int]) -> str:
    """Return what the rest is made of: "3 xã chưa đạt (nội dung 4: 2, nội dung 7: 1), …"."""
    tally, noun = figures.tally, figures.target.noun
    why = ", ".join(f"nội dung {condition}: {number(units)}" for condition, units in failed.items())
    desk = ((tally.draft, "đang nhập"), (tally.returned, "trả lại để bổ sung"))
    on_desk = ", ".join(f"{words}: {number(units)}" for units, words in desk if units)
    parts = [
        (tally.not_met, "chưa đạt" + (f" ({why})" if why else "")),
        (tally.pending, "đã gửi, chờ xác nhận"),
        (tally.missing, "chưa gửi" + (f" ({on_desk})" if on_desk else "")),
    ]
    return ", ".join(f"{number(units)} {noun} {words}" for units, words in parts if units)


def derived_text(figures: Figures) -> str:
    """Say how many of those met only stand on the results of former units."""
    tally, noun = figures.tally, figures.target.noun
    whole = f"Trong {number(tally.met)} {noun} đạt có {number(tally.derived)} {noun}"
    return f"{whole} tính theo kết quả của các đơn vị trước sắp xếp, chờ xác nhận."


def outlook(figures: Figures) -> list[str]:
    """Return what is missing, or would be if all that was sent were confirmed as met."""
    tally, target = figures.tally, figures.target
    if not figures.is_asked:
        return []
    met = tally.met + (0 if figures.is_reached else tally.pending)
    gap = target.needed(tally.total) - met
    result = (
        f"còn thiếu {number(gap)} {target.noun} so với mục tiêu {target.percent}%"
        if gap > 0
        else f"đạt mục tiêu {target.percent}%"
    )
    if met == tally.met:
        return [f"{result[0].upper()}{result[1:]}."]
    share = f"{share_text(figures, met)} {target.noun} ({percent(figures.percent_if(met))})"
    who = f"cả {number(tally.pending)} {target.noun}" if tally.pending > 1 else f"{target.noun} đã gửi"
    return [f"Nếu {who} được xác nhận đạt: {share}, {result}."]


def beside(figures: Figures) -> list[str]:
    """Return what stands beside the sum."""
    tally, noun = figures.tally, figures.target.noun
    parts = [
        (tally.newer, f"{noun} đã có kết quả và đã gửi kết quả mới, chờ xác nhận"),
        (
            tally.needs_review,
            f"{noun} có kết quả cần rà soát lại (đã quá {figures.target.months_valid} tháng, "
            "hoặc đơn vị đã nhận thêm địa bàn sau đó)",
        ),
        (tally.not_applicable, f"{noun} có nội dung không áp dụng"),
    ]
    said = [f"{number(units)} {words}" for units, words in parts if units]
    return [f"Ngoài ra: {'; '.join(said)}."] if said else []


def day_notice(scope: Scope, figures: Figures, day: datetime.date, boundaries: str) -> str:
    """Say why the figures of a level that has ended stand at an earlier day, and of what part where not of all."""
    why = _why_another_day(figures, day, boundaries)
    if not why or not scope.is_cut:
        return why
    provinces = scope.origins.of_level(Level.PROVINCE).as_of(figures.units_as_of).in_official_order()
    names = ", ".join(f"{province.get_kind_display().lower()} {province.name}" for province in provinces)
    return f"{why} Chỉ gồm địa bàn {names}."


def _why_another_day(figures: Figures, day: datetime.date, boundaries: str) -> str:
    level = figures.target.indicator.get_level_display().lower()
    if boundaries != figures.boundaries:
        then = Boundaries.THEN.label
        return f"Hiện nay không còn đơn vị {level}: số liệu {then}, tính đến ngày {day_text(figures.units_as_of)}."
    if figures.results_to == day:
        return ""
    return f"Số liệu tính đến ngày {day_text(figures.units_as_of)}; sau ngày này không còn đơn vị {level}."
