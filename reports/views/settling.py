"""Kết quả sau sắp xếp: what today's units have only from the units before them, settled by the province."""

import hashlib
from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from communes.models import User
from communes.templatetags.vietnamese import number
from criteria.entering import EntryRefused
from criteria.models import Indicator, ReportingPeriod
from criteria.steps import StepRefused
from criteria.views import SignedIn
from reports import scopes
from reports.drilldown import revisions_behind
from reports.forms import SettlingForm
from reports.parts import behind
from reports.settling import Changed, Proposal, Settling, periods_to_settle, refusal_to_settle, settle, to_settle

PAGE = 100


@require_safe
def settling(request: SignedIn) -> HttpResponse:
    """The proposals for a period, by indicator; those that can be entered as they stand are picked here."""
    periods, period = _periods(request)
    if period is None:
        return render(request, "settling.html", {"period": None})
    found = to_settle(request.user, period, scopes.today())
    tabs = _tabs(found)
    indicator = _chosen([one for one, _ in tabs], "code", request.GET.get("indicator", ""))
    shown = found.on(indicator)
    page = Paginator(shown.ready, PAGE).get_page(request.GET.get("page"))
    context = {
        "periods": periods,
        "period": period,
        "period_words": _words(period),
        "found": found,
        "shown": shown,
        "count": _count_text(shown.all),
        "tabs": tabs,
        "indicator": indicator,
        "page": page,
        "rows": _rows(page, request.user),
        "query": _query(period, indicator),
    }
    return render(request, "settling.html", context)


def settling_enter(request: SignedIn) -> HttpResponse:
    """Name and count what would be entered, take the letter, then enter and send it: all or nothing."""
    _, period = _periods(request)
    if period is None:
        raise Http404
    if request.method != "POST":  # after signing in again
        return redirect(f"{reverse('settling')}?period={period.key}")
    context = _confirmation(request, period)
    form = SettlingForm(request.POST if "confirmed" in request.POST else None, period=period)
    context |= {"form": form, "period_words": _words(period), "query": _query(period, context["indicator"])}
    if context["is_changed"] or not context["chosen"] or not form.is_valid():
        return render(request, "settling_enter.html", context)
    marks = [one.mark for one in context["chosen"]]
    try:
        settle(marks, by=request.user, period=period, letter=form.letter, today=scopes.today())
    except (Changed, EntryRefused, StepRefused) as refused:
        return render(request, "settling_enter.html", {**context, "is_changed": True, "refused": str(refused)})
    messages.success(request, f"Đã lập và gửi {context['count']}, chờ một cán bộ khác của Công an tỉnh xác nhận.")
    return redirect(f"{reverse('settling')}?{context['query']}")


def _periods(request: SignedIn) -> tuple[list[ReportingPeriod], ReportingPeriod | None]:
    """Return the periods to settle for, and the asked one, or the latest."""
    if refusal := refusal_to_settle(request.user.role):
        raise PermissionDenied(refusal)
    periods = periods_to_settle(request.user, scopes.today())
    return periods, _chosen(periods, "key", request.GET.get("period", "")) or next(iter(periods), None)


def _chosen(options: list[Any], name: str, value: str) -> Any:
    return next((one for one in options if getattr(one, name) == value), None)


def _tabs(found: Settling) -> list[tuple[Indicator, int]]:
    """Return the indicators on which there is something to settle, in their order, and how much."""
    counts = Counter(one.indicator for one in found.all)
    return sorted(counts.items(), key=lambda tab: tab[0].position)


def _rows(page: Page[Proposal], user: User) -> list[dict[str, Any]]:
    """Return the proposals of a page with the parts they rest on."""
    proposals = list(page)
    restated = [one.restated for one in proposals]
    indicators = list({one.indicator for one in proposals})
    shown = behind(restated, revisions_behind((), restated, indicators, user), user)
    return [
        {
            "proposal": one,
            "parts": shown.parts(one.unit.unit_id, one.indicator.pk, one.restated),
            "left_out": shown.left_out(one.unit.unit_id, one.indicator.pk, one.restated),
        }
        for one in proposals
    ]


def _confirmation(request: SignedIn, period: ReportingPeriod) -> dict[str, Any]:
    """Return what is chosen, named and counted; `is_changed` where it is not what the person saw before."""
    found = to_settle(request.user, period, scopes.today())
    indicator = _chosen([one for one, _ in _tabs(found)], "code", request.GET.get("indicator", ""))
    is_all = request.POST.get("decision") == "all"
    picked = set(request.POST.getlist("pick"))
    chosen = [one for one in found.on(indicator).ready if is_all or one.mark in picked]
    fingerprint = hashlib.sha256(",".join(sorted(one.mark for one in chosen)).encode()).hexdigest()
    seen = request.POST.get("fingerprint", fingerprint)
    return {
        "chosen": chosen,
        "indicator": indicator,
        "count": _count_text(chosen),
        "met": sum(one.restated.standing == "met" for one in chosen),
        "not_met": sum(one.restated.standing == "not_met" for one in chosen),
        "decision": "all" if is_all else "picked",
        "fingerprint": fingerprint,
        "is_changed": seen != fingerprint or (not is_all and len(chosen) != len(picked)),
    }


def _count_text(proposals: list[Proposal]) -> str:
    """Return "12 xã" where all are of one indicator, else "12 kết quả"."""
    nouns = {one.indicator.unit_noun for one in proposals} if len({one.indicator for one in proposals}) == 1 else set()
    return f"{number(len(proposals))} {nouns.pop() if nouns else 'kết quả'}"


def _words(period: ReportingPeriod) -> str:
    """Return the period in the middle of a sentence: "năm 2025", "quý III/2025"."""
    return period.label[0].lower() + period.label[1:]


def _query(period: ReportingPeriod, indicator: Indicator | None) -> str:
    return f"period={period.key}" + (f"&indicator={indicator.code}" if indicator else "")
