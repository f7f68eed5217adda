"""The figures as server-made SVG: shares as strings with a point, which no locale may change."""

from dataclasses import dataclass

from communes.templatetags.vietnamese import number
from reports.progress import Figures, Tally


@dataclass(frozen=True)
class Segment:
    state: str
    start: str
    width: str


@dataclass(frozen=True)
class Bar:
    """One bar of shares (`templates/_bar.html`): official solid, sent hatched, the target a line."""

    label: str
    segments: list[Segment]
    target: str = ""


def bar_of(figures: Figures) -> Bar:
    """Return the bar of a target with its line, where one was set."""
    noun, needed, total = figures.target.noun, figures.needed, figures.tally.total
    plain = bar(figures.tally, noun)
    if not needed:
        return plain
    return Bar(f"{plain.label}; mục tiêu {number(needed)} {noun}", plain.segments, share(needed, total))


def bar(tally: Tally, noun: str) -> Bar:
    """Return the bar of a row: met, sent, not met; missing is the track that is left."""
    label = (
        f"{number(tally.met)} đạt, {number(tally.pending)} đã gửi, chờ xác nhận, {number(tally.not_met)} chưa đạt, "
        f"{number(tally.missing)} chưa gửi trên {number(tally.total)} {noun}"
    )
    segments, start = [], 0
    for state, units in (("met", tally.met), ("pending", tally.pending), ("not-met", tally.not_met)):
        if units:
            segments.append(Segment(state, share(start, tally.total), share(units, tally.total)))
        start += units
    return Bar(label, segments)


def share(part: int, total: int) -> str:
    """Return a length in percent of the whole for a drawing; the printed share is `criteria.rounding`'s."""
    return f"{part * 100 / total:.2f}" if total else "0"
