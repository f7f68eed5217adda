"""Đánh giá chỉ tiêu: how the units stand in a period, and sending many of them at once."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from communes.models import Role, User
from criteria import rules
from criteria.checking import check_of
from criteria.extensions import refusal_of_door
from criteria.filters import AssessmentFilter
from criteria.forms import StepForm
from criteria.models import Revision, Verb
from criteria.period_listing import running_for
from criteria.periods import end_of_districts
from criteria.picks import mark, read_marks
from criteria.self_assessment import sheet_to_open
from criteria.situations import (
    STATE_WORDS,
    UNREGISTERED,
    Situation,
    failed_text,
    is_examined_in,
    ready_among,
    receiver_of,
    situations_of,
    state_word,
)
from criteria.steps import StepRefused, take
from criteria.uploads.places import place_chosen
from criteria.views import SignedIn

PAGE = 50
# Those whose list never leaves one district read its communes without the district's name.
OWN_DISTRICT_ROLES = (Role.COMMUNE, Role.DISTRICT)


@require_safe
def assessments(request: SignedIn) -> HttpResponse:
    """The units of the person's scope that an indicator judges in a period, and how each stands."""
    asked = AssessmentFilter(request.GET, user=request.user)
    if asked.period is None or asked.indicator is None:
        return render(request, "assessments.html", {"asked": asked, "ended": asked.refusal})
    versions = asked.versions(request.user)
    shown = versions.filter(state_key=asked.state) if asked.state else versions
    page = Paginator(shown.order_by("parent__key", "name_sort"), PAGE).get_page(request.GET.get("page"))
    situations = situations_of(page, asked.indicator, asked.period)
    closed = refusal_of_door(request.user, asked.period)
    context = {
        "asked": asked,
        "period": asked.period,
        "indicator": asked.indicator,
        "page": page,
        "rows": [_row(situation, request.user) for situation in situations],
        "tabs": _tabs(asked, _counts(versions)),
        "ready": ready_among(versions).count() if not closed and request.user.role in rules.ENTERING_ROLES else 0,
        "receiver": receiver_of(situations, request.user.role),
        "closed": capfirst(closed),
        "extensions": running_for(request.user, asked.period),
        "ended": end_of_districts(request.user),
        "own": sheet_to_open(request.user, asked.period),
        "place": place_chosen(asked.district, by=request.user, period=asked.period),
        "query": asked.query(state=asked.state),
        **_rights(request.user.role),
        "query_of_grid": asked.query(),
    }
    return render(request, "assessments.html", context)


def _rights(role: str) -> dict[str, bool]:
    """Return what the page offers this role."""
    return {
        "enters": role in rules.ENTERING_ROLES,
        "sends_on_behalf": role in rules.ON_BEHALF_ROLES,
        "settles_guidance": not rules.refusal_to_settle_guidance(role),
    }


def assessments_submit(request: SignedIn) -> HttpResponse:
    """Gửi nhiều đơn vị: first says how many of how many and who is left out, then sends."""
    refusal = rules.refusal_of_role(Verb.SUBMIT, request.user.role)
    if refusal:
        raise PermissionDenied(refusal)
    asked = AssessmentFilter(request.GET, user=request.user)
    if request.method != "POST":  # after signing in again
        return redirect(f"{reverse('assessments')}?{asked.query()}")
    if asked.period is None or asked.indicator is None:
        raise Http404
    sending = _sending(request, asked)
    context = _confirmation(sending, asked, request.user)
    asks_letter = request.user.role in rules.ON_BEHALF_ROLES and context["lacks_letter"]
    data, check = request.POST if "confirmed" in request.POST else None, context["check"]
    form = StepForm(data, verb=Verb.SUBMIT, asks_letter=asks_letter, check=check, period=asked.period)
    if not sending or check.refused or not form.is_valid():
        return render(request, "assessments_submit.html", {**context, "form": form})
    try:
        given: dict[str, Any] = {"letter": form.letter, "acceptance": form.acceptance_text}
        take(Verb.SUBMIT, sending, by=request.user, seen=sending, **given)
    except StepRefused as refused:
        return render(request, "assessments_submit.html", {**context, "form": form, "refused": refused.refused})
    messages.success(request, f"Đã gửi {len(sending)} {asked.indicator.unit_noun} đến {context['receiver']}.")
    return redirect(f"{reverse('assessments')}?{asked.query()}")


def _counts(versions: Any) -> dict[str, int]:
    found = versions.order_by().values("state_key").annotate(n=Count("pk"))
    return dict(found.values_list("state_key", "n"))


def _tabs(asked: AssessmentFilter, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return a link for each state that occurs, with its number of units; the first is all."""
    is_examined = is_examined_in(asked.period, asked.indicator)
    tabs = [("", "Tất cả", sum(counts.values()))]
    tabs += [
        (key, state_word(key, asked.indicator, is_examined=is_examined), counts[key])
        for key in STATE_WORDS
        if counts.get(key) or key == asked.state
    ]
    return [
        {"label": label, "count": count, "query": asked.query(state=key), "is_current": key == asked.state}
        for key, label, count in tabs
        for count in (counts.get(key, 0) if key else count,)
    ]


def _row(situation: Situation, user: User) -> dict[str, Any]:
    """Return what the list prints of one unit; a sensitive condition is named to nobody here."""
    current = situation.current
    asked = len(current.checklist.conditions.all()) if current else 0
    may_send = bool(current and current.is_editable and current.verdict and user.role in rules.ENTERING_ROLES)
    return {
        "situation": situation,
        "name": situation.version.title if user.role in OWN_DISTRICT_ROLES else situation.name,
        "judged": f"{len(current.results.all())}/{asked}" if current and not current.is_bare else "",
        "failed": failed_text(current),
        "mark": mark(current) if current and may_send else "",
    }


def _sending(request: SignedIn, asked: AssessmentFilter) -> dict[int, str]:
    """Return the stamps of the revisions to send: all that are ready, or those picked."""
    if "all" in request.POST:
        ready = ready_among(asked.versions(request.user)).values("in_work_id")
        return read_marks(mark(revision) for revision in Revision.objects.filter(pk__in=ready))
    return read_marks(request.POST.getlist("pick"))


def _confirmation(sending: dict[int, str], asked: AssessmentFilter, user: User) -> dict[str, Any]:
    """Return what "Gửi 17/19 xã?" prints: the two lists and the marks to bring back."""
    situations = situations_of(asked.versions(user).order_by("name_sort"), asked.indicator, asked.period)
    included = [s for s in situations if s.current and s.current.pk in sending]
    if len(included) != len(sending):  # picked on another page than the one that the address names
        raise Http404
    check = check_of(Verb.SUBMIT, [s.current for s in included if s.current], user)
    left_out = [s for s in situations if s not in included and s.state_key != UNREGISTERED]
    return {
        "period": asked.period,
        "indicator": asked.indicator,
        "included": included,
        "check": check,
        "refused": check.refused,
        "lacking": [s for s in left_out if s.current is None or s.current.is_editable],
        "sent": [s for s in left_out if s.current and not s.current.is_editable],
        "total": len(included) + len(left_out),
        "lacks_letter": any(s.current and not s.current.letter_number for s in included),
        "marks": [f"{pk}@{seen}" for pk, seen in sending.items()],
        "receiver": receiver_of(included, user.role),
        "query": asked.query(),
    }
