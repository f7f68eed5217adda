"""Chờ thẩm tra / Chờ xác nhận: the queue of the district and of the province, and deciding one or many."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from communes.models import User
from criteria import rules
from criteria.batches import reviews_of
from criteria.batches import rows_of as batch_rows
from criteria.checking import check_of
from criteria.filters import ReviewFilter
from criteria.forms import StepForm
from criteria.models import Revision, Verb, Verdict
from criteria.periods import end_of_districts
from criteria.picks import count_text, fingerprint, read_marks
from criteria.queue import DECIDING_VERBS, TITLES, names_of, rows_of, waiting
from criteria.steps import StepRefused, stamp, take
from criteria.views import SignedIn

PAGE = 50
NAMED = 5  # how many decided units a message links to
ACTS = {Verb.EXAMINE: "Thẩm tra xong, gửi Công an tỉnh", Verb.CONFIRM: "Xác nhận", Verb.RETURN: "Trả lại"}
ASKED = {Verb.EXAMINE: "Thẩm tra {} và gửi Công an tỉnh?", Verb.CONFIRM: "Xác nhận {}?", Verb.RETURN: "Trả lại {}?"}
DONE = {Verb.EXAMINE: "Đã thẩm tra, gửi Công an tỉnh", Verb.CONFIRM: "Đã xác nhận", Verb.RETURN: "Đã trả lại"}


@require_safe
def reviews(request: SignedIn) -> HttpResponse:
    """What waits for this person's decision, oldest first."""
    verb = _deciding_verb(request.user)
    asked = ReviewFilter(request.GET, user=request.user)
    found = asked.apply(waiting(request.user))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "title": TITLES[request.user.role],
        "asked": asked,
        "page": page,
        "rows": rows_of(page.object_list, request.user),
        "act": ACTS[verb],
        "ended": asked.refusal or end_of_districts(request.user),
        "query": asked.query,
    }
    return render(request, "reviews.html", context)


@require_safe
def review_batch(request: SignedIn, pk: uuid.UUID) -> HttpResponse:
    """The decisions of one action together, as far as the person sees their units."""
    found = reviews_of(pk, request.user)
    first = found.first()
    if first is None:
        raise Http404
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "first": first,
        "title": Verb(first.verb).label,
        "reason": first.reason if request.user.role in rules.SEES_SENSITIVE_ROLES else "",
        "page": page,
        "rows": batch_rows(page.object_list, request.user),
        "decides": request.user.role in DECIDING_VERBS,
        "queue": TITLES.get(request.user.role, ""),
    }
    return render(request, "review_batch.html", context)


def reviews_decide(request: SignedIn) -> HttpResponse:
    """Decide on those picked or on all that the filters show: first named and counted, then done."""
    asked = ReviewFilter(request.GET, user=request.user)
    if request.method != "POST":  # after signing in again
        return redirect(f"{reverse('reviews')}?{asked.query}")
    verb, is_all = _decision(request)
    stamps = _all_waiting(asked, request.user) if is_all else read_marks(request.POST.getlist("pick"))
    context = _confirmation(request, verb, stamps, is_all=is_all)
    asks = {"check": context["check"], "conditions": context["conditions"]}
    form = StepForm(request.POST if "confirmed" in request.POST else None, verb=verb, **asks)
    context |= {"form": form, "query": asked.query, "decision": request.POST["decision"]}
    if not stamps or context["is_changed"] or context["refused"] or not form.is_valid():
        return render(request, "reviews_decide.html", context)
    try:
        batch = take(verb, stamps, by=request.user, seen=stamps, **form.given)
    except StepRefused as refused:
        return render(request, "reviews_decide.html", {**context, "refused": refused.refused})
    messages.success(request, _done(verb, context["named"], batch))
    return redirect(f"{reverse('reviews')}?{asked.query}")


def _deciding_verb(user: User) -> Verb:
    if user.role not in DECIDING_VERBS:
        raise PermissionDenied("chỉ Công an huyện và Công an tỉnh xét kết quả.")
    return DECIDING_VERBS[user.role]


def _decision(request: SignedIn) -> tuple[Verb, bool]:
    """Return the step that the pressed button stands for, and whether it is about all that is filtered."""
    approving = _deciding_verb(request.user)
    act, _, scope = request.POST.get("decision", "").partition("-")
    if act not in ("approve", "return") or scope not in ("", "all"):
        raise Http404
    return (approving if act == "approve" else Verb.RETURN), scope == "all"


def _all_waiting(asked: ReviewFilter, user: User) -> dict[int, str]:
    return {row.pk: stamp(row) for row in asked.apply(waiting(user)).only("pk", "updated_at")}


def _confirmation(request: SignedIn, verb: Verb, stamps: dict[int, str], *, is_all: bool) -> dict[str, Any]:
    """Return what the page of confirmation prints; `is_changed` when "all" is not what was counted before."""
    rows = list(
        Revision.objects.visible_to(request.user)
        .filter(pk__in=stamps)
        .select_related("assessment__unit", "assessment__indicator", "assessment__period", "checklist")
        .order_by("submitted_at", "pk")
    )
    if len(rows) != len(stamps):
        raise Http404
    mark = fingerprint(stamps) if is_all else ""
    check = check_of(verb, rows, request.user)
    return {
        "act": ACTS[verb],
        "question": ASKED[verb].format(count_text(rows)),
        "verb": verb.value,
        "count": count_text(rows),
        "met": sum(row.verdict == Verdict.MET for row in rows),
        "not_met": sum(row.verdict == Verdict.NOT_MET for row in rows),
        "named": names_of(rows, request.user),
        "check": check,
        "conditions": rows[0].checklist.conditions.all() if len(rows) == 1 else (),
        "refused": check.refused,
        "marks": [] if is_all else [f"{pk}@{seen}" for pk, seen in stamps.items()],
        "fingerprint": mark,
        "is_changed": is_all and "confirmed" in request.POST and request.POST.get("fingerprint") != mark,
        "title": TITLES[request.user.role],
    }


def _done(verb: Verb, named: list[tuple[str, Revision]], batch: uuid.UUID) -> SafeString:
    """Return "Đã xác nhận 12 xã." with links to the first of them."""
    text = f"{DONE[verb]} {count_text(row for _, row in named)}"
    links = format_html_join(
        ", ",
        '<a href="{}">{}</a>',
        (
            (reverse("assessment", args=[of.period.key, of.indicator.code, of.unit_id]), name)
            for name, row in named[:NAMED]
            for of in (row.assessment,)
        ),
    )
    rest, whole = " và các đơn vị khác" if len(named) > NAMED else "", reverse("review_batch", args=[batch])
    return format_html('{}: {}{}. <a href="{}">Xem cả đợt</a>', text, links, rest, whole)
