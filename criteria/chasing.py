"""Nội dung đôn đốc: a text, ready to copy, that says to one district or area what is still to be sent."""

from collections.abc import Sequence

from django.utils import timezone

from communes.templatetags.vietnamese import day, lowered
from criteria.board import Board, Cell, Line, Standing
from criteria.models import ReportingPeriod, State

NAMED = 30  # names in one sentence; the others are counted


def text_for(board: Board, lines: Sequence[Line]) -> str:
    """Return the text for the lines that lack something, "" where nothing is lacking."""
    parts = [paragraph for line in lines if (paragraph := _of_line(line))]
    return "\n\n".join([_head(board.period), *parts, _request(board.period)]) if parts else ""


def _head(period: ReportingPeriod) -> str:
    late = (timezone.localdate() - period.due_on).days
    how_late = f", đã quá hạn {late} ngày" if late > 0 else ""
    return f"Tình hình gửi báo cáo {lowered(period.label)}, hạn gửi {day(period.due_on)}{how_late}:"


def _request(period: ReportingPeriod) -> str:
    is_late = timezone.localdate() > period.due_on
    return "Đề nghị gửi ngay." if is_late else f"Đề nghị gửi trước hết ngày {day(period.due_on)}."


def _of_line(line: Line) -> str:
    chased = [one for cell in line.cells if cell for one in cell.chased]
    if not chased:
        return ""
    days = {one.extended_until for one in chased}
    shared = next(iter(days)) if len(days) == 1 else None  # one extension for all is said once
    sentences = [sentence for cell in line.cells if cell for sentence in _of_cell(cell, names_days=not shared)]
    until = f" (gia hạn đến {day(shared)})" if shared else ""
    return "\n".join([f"{line.title}{until}:", *(f"- {sentence}" for sentence in sentences)])


def _of_cell(cell: Cell, *, names_days: bool) -> list[str]:
    """Return "19.2 xã nông thôn mới: chưa gửi 02/19 xã (Ia Púch, Ia Mơ)."; what came back is a sentence of its own."""
    returned = [one for one in cell.chased if one.state == State.RETURNED]
    missing = [one for one in cell.chased if one.state != State.RETURNED]
    said = (("chưa gửi", missing), ("bị trả lại, chưa gửi lại", returned))
    whole = f"/{cell.expected:02} {cell.indicator.unit_noun}"
    return [
        f"{cell.indicator.name}: {words} {len(some):02}{whole} ({_names(some, names_days)})."
        for words, some in said
        if some
    ]


def _names(standings: Sequence[Standing], names_days: bool) -> str:
    names = [_name(one) if names_days else one.unit.name for one in standings[:NAMED]]
    more = len(standings) - len(names)
    return ", ".join(names) + (f" và {more} đơn vị khác" if more else "")


def _name(standing: Standing) -> str:
    until = f", gia hạn đến {day(standing.extended_until)}" if standing.extended_until else ""
    return f"{standing.unit.name}{until}"
