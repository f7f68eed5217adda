"""Bảng nhập: many units of one indicator and period on one page, saved as a whole or cell by cell."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from communes.models import User
from criteria import rules
from criteria.entering import Letter
from criteria.extensions import refusal_of_door
from criteria.filters import AssessmentFilter
from criteria.forms import LetterForm
from criteria.grid.cells import typed_rows
from criteria.grid.saving import RowOutcome, Saving
from criteria.grid.sheet import Grid, GridRow, grid_of, with_previous
from criteria.models import ReportingPeriod
from criteria.period_listing import running_for
from criteria.periods import end_of_districts
from criteria.situations import ready_among, receiver_of
from criteria.views import SignedIn

PAGE = 50


def grid(request: SignedIn) -> HttpResponse:
    """The units down, the conditions across; saved as a whole: each unit wholly or, with an error in it, not."""
    _refuse_readers(request.user)
    asked = AssessmentFilter(request.GET, user=request.user)
    if asked.period is None or asked.indicator is None:
        return render(request, "grid.html", {"asked": asked})
    letter = _letter_form(request, asked.period)
    outcomes: dict[int, RowOutcome] = {}
    if request.method == "POST":
        outcomes = _save(request.POST, asked, request.user, letter, by_cell=False)
        _tell(request, asked, outcomes)
        if not any(outcome.is_open for outcome in outcomes.values()):
            return redirect(_address(request, asked, letter))
    page = _page(request, asked)
    shown = grid_of(page, asked.indicator, asked.period, request.user, outcomes)
    return render(request, "grid.html", _context(request, asked, page, shown, letter))


@require_POST
def grid_cells(request: SignedIn) -> HttpResponse:
    """Save some cells for the script of the page, each by itself, and answer what became of each."""
    _refuse_readers(request.user)
    asked = AssessmentFilter(request.GET, user=request.user)
    if asked.period is None or asked.indicator is None:
        raise Http404
    outcomes = _save(request.POST, asked, request.user, _letter_form(request, asked.period), by_cell=True)
    versions = asked.versions(request.user)
    here = with_previous(versions.filter(unit__in=outcomes), asked.indicator, asked.period)
    shown = grid_of(here, asked.indicator, asked.period, request.user, outcomes)
    rows = {str(row.unit_id): _answer(row) for row in shown.rows}
    return JsonResponse({"rows": rows, "ready": ready_among(versions).count()})


def _refuse_readers(user: User) -> None:
    refusal = rules.refusal_to_enter(user.role, "", has_letter=True)
    if refusal:
        raise PermissionDenied(refusal)


def _letter_form(request: SignedIn, period: ReportingPeriod) -> LetterForm | None:
    """Return the form of the letter for those who enter on behalf; the address keeps it from page to page."""
    if request.user.role not in rules.ON_BEHALF_ROLES:
        return None
    if request.method == "POST":
        return LetterForm(request.POST, period=period)
    return LetterForm(initial=request.GET.dict(), period=period)


def _save(
    posted: QueryDict, asked: AssessmentFilter, user: User, form: LetterForm | None, *, by_cell: bool
) -> dict[int, RowOutcome]:
    """Save what was brought back; a unit that is not the person's is not found."""
    rows = typed_rows(posted)
    if asked.versions(user).filter(unit__in=rows).count() != len(rows):
        raise Http404
    letter: Letter | None = form.letter if form and (form.is_valid() or form.letter) else None
    saving = Saving(user, asked.period, asked.indicator, letter, posted.get("checklist", ""), by_cell)
    return saving.save(rows)


def _tell(request: SignedIn, asked: AssessmentFilter, outcomes: Mapping[int, RowOutcome]) -> None:
    """Say how many units were saved; those that were not are named on the page."""
    saved = sum(outcome.is_saved for outcome in outcomes.values())
    if saved:
        messages.success(
            request, f"Đã lưu {saved} {asked.indicator.unit_noun}. Kết quả chưa gửi cho đến khi chọn nút gửi."
        )
    elif not any(outcome.is_open for outcome in outcomes.values()):
        messages.info(request, "Không có thay đổi nào để lưu.")


def _address(request: SignedIn, asked: AssessmentFilter, form: LetterForm | None) -> str:
    """Return the page again, with the letter by which it was saved."""
    given = {"page": request.GET.get("page", "")}
    if form:
        given |= {name: form[name].value() or "" for name in form.fields}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{reverse('grid')}?{asked.query()}{'&' if query else ''}{query}"


def _page(request: SignedIn, asked: AssessmentFilter) -> Page:
    """Return the units of the page in the order of the workbook, so that a block copied from it fits."""
    versions = with_previous(asked.versions(request.user), asked.indicator, asked.period)
    return Paginator(versions.order_by("code"), PAGE).get_page(request.GET.get("page"))


def _context(
    request: SignedIn, asked: AssessmentFilter, page: Page, shown: Grid, letter: LetterForm | None
) -> dict[str, Any]:
    return {
        "asked": asked,
        "period": asked.period,
        "indicator": asked.indicator,
        "page": page,
        "grid": shown,
        "letter": letter,
        "ready": ready_among(asked.versions(request.user)).count(),
        "receiver": receiver_of((row.situation for row in shown.rows), request.user.role),
        "closed": capfirst(refusal_of_door(request.user, asked.period)),
        "extensions": running_for(request.user, asked.period),
        "ended": end_of_districts(request.user),
        "query": asked.query(),
    }


def _answer(row: GridRow) -> dict[str, Any]:
    """Return what the script puts on the page: per typed cell its state, the text that stands and what is below it."""
    return {
        "name": row.name,
        "refusal": row.refusal,
        "head": render_to_string("_grid_head.html", {"row": row}),
        "cells": {
            str(cell.condition.number): {
                "fate": cell.outcome.fate,
                "stored": cell.stored,
                "message": cell.outcome.message or (row.message if cell.is_waiting else ""),
                "foot": render_to_string("_grid_foot.html", {"cell": cell, "row": row}),
            }
            for cell in row.cells
            if cell.outcome
        },
    }
