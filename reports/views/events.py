"""Sắp xếp đơn vị hành chính: an administrator makes an event, looks at what it touches, a second person approves."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from communes import events as acts
from communes.event_forms import ROWS, SEVERAL, EventForm, ReasonForm, choice_of, filled, successor_forms, typed_rows
from communes.events import EventRefused
from communes.events.finding import described, like, line_of
from communes.events.steps import refusal_to_look, refusal_to_make
from communes.events.telling import outline
from communes.models import BoundaryEvent, EventKind, EventState
from criteria.views import SignedIn
from reports.effects import effects_of

PAGE = 50
UNDECIDED = (EventState.DRAFT, EventState.SUBMITTED)


def events(request: SignedIn) -> HttpResponse:
    """All events, the latest first; what waits for this person stands on top."""
    if refusal := refusal_to_look(request.user.role):
        raise PermissionDenied(refusal)
    visible = BoundaryEvent.objects.visible_to(request.user).select_related("made_by", "approved_by")
    waiting = visible.filter(state=EventState.SUBMITTED).exclude(made_by=request.user)
    page = Paginator(visible, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "waiting": list(waiting), "may_make": not refusal_to_make(request.user.role)}
    return render(request, "events.html", context)


def event_new(request: SignedIn) -> HttpResponse:
    """Choose what kind of event it is, then say what it does; saved as a draft, nothing is applied."""
    _for_makers(request)
    kind = request.GET.get("kind", "")
    if kind not in EventKind.values:
        return render(request, "event_new.html", {"kinds": EventKind.choices})
    if request.method != "POST":
        return render(request, "event_new.html", _context(EventForm(kind=kind), successor_forms(kind)))
    return _answer(request, "event_new.html", kind, None)


def event_edit(request: SignedIn, pk: int) -> HttpResponse:
    """Change a draft; only its maker does."""
    _for_makers(request)
    event = _event(request, pk)
    refusal = acts.refusal_to_edit(event, request.user)
    if refusal:
        raise PermissionDenied(refusal)
    if request.method != "POST":
        initial, rows = filled(event)
        form = EventForm(kind=event.kind, initial=initial)
        return render(request, "event_edit.html", _context(form, successor_forms(event.kind, initial=rows), event))
    return _answer(request, "event_edit.html", event.kind, event)


def event(request: SignedIn, pk: int) -> HttpResponse:
    """One event: everything it touches, what happened to it, and the next step."""
    found = _event(request, pk)
    told = outline(found)
    is_open = found.state in UNDECIDED
    undoing = acts.refusal_to_undo(found, request.user)
    context = {
        "event": found,
        "outline": told,
        "effects": effects_of(found, told, request.user) if is_open else None,
        "is_changed": is_open and not acts.is_current(found),
        "may_edit": not acts.refusal_to_edit(found, request.user),
        "may_withdraw": not acts.refusal_to_withdraw(found, request.user),
        "refusal_to_approve": acts.refusal_to_approve(found, request.user),
        "may_undo": not undoing,
        "hanging": acts.hanging(found) if not undoing else [],
        "form": ReasonForm(),
    }
    return render(request, "event.html", context)


def event_submit(request: SignedIn, pk: int) -> HttpResponse:
    return _step(request, pk, lambda event: acts.submit(event, by=request.user), "đã gửi, chờ người thứ hai duyệt.")


def event_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    return _step(request, pk, lambda event: acts.withdraw(event, by=request.user), "đã rút lại.")


def event_delete(request: SignedIn, pk: int) -> HttpResponse:
    return _step(request, pk, lambda event: acts.delete(event, by=request.user), "đã xóa bản đang lập.")


def event_approve(request: SignedIn, pk: int) -> HttpResponse:
    seen = request.POST.get("seen", "")
    return _step(request, pk, lambda event: acts.approve(event, by=request.user, seen=seen), "đã duyệt và áp dụng.")


def event_return(request: SignedIn, pk: int) -> HttpResponse:
    said = {"reason": request.POST.get("reason", ""), "seen": request.POST.get("seen", "")}
    return _step(request, pk, lambda event: acts.return_to_maker(event, by=request.user, **said), "đã trả lại.")


def event_undo(request: SignedIn, pk: int) -> HttpResponse:
    said = {"reason": request.POST.get("reason", ""), "seen": request.POST.get("seen", "")}
    return _step(request, pk, lambda event: acts.undo(event, by=request.user, **said), "đã hủy áp dụng.")


def _for_makers(request: SignedIn) -> None:
    if refusal := refusal_to_make(request.user.role):
        raise PermissionDenied(refusal)


def _event(request: SignedIn, pk: int) -> BoundaryEvent:
    people = ("made_by", "returned_by", "approved_by", "undone_by", "province")
    return get_object_or_404(BoundaryEvent.objects.visible_to(request.user).select_related(*people), pk=pk)


def _step(request: SignedIn, pk: int, take: Callable[[BoundaryEvent], None], done: str) -> HttpResponse:
    """Take one step and go back to the event, or to the list where it is out of sight now.

    By GET (after signing in again) it leads back to the event.
    """
    found = _event(request, pk)
    if request.method != "POST":
        return redirect("event", pk=pk)
    try:
        take(found)
    except EventRefused as refused:
        messages.error(request, " ".join(refused.reasons))
    else:
        messages.success(request, f"{found.summary}: {done}")
    is_there = BoundaryEvent.objects.visible_to(request.user).filter(pk=pk).exists()
    return redirect("event", pk=pk) if is_there else redirect("events")


def _context(form: EventForm, rows: Any, event: BoundaryEvent | None = None) -> dict[str, Any]:
    return {
        "form": form,
        "rows": rows,
        "kind": EventKind(form.kind),
        "event": event,
        "may_add_rows": form.kind in SEVERAL,
    }


def _answer(request: SignedIn, template: str, kind: str, event: BoundaryEvent | None) -> HttpResponse:
    """Answer the button that was pressed: find a unit, take one found, more rows, or save and look."""
    form, rows = EventForm(request.POST, kind=kind), successor_forms(kind, request.POST)
    if "find" in request.POST or "take" in request.POST or "more" in request.POST:
        return render(request, template, _unsaved(request, form, event))
    choice = choice_of(form, rows)
    if choice is not None:
        try:
            day = form.cleaned_data["resolution_on"]
            return redirect(acts.save(choice, by=request.user, resolution_on=day, event=event))
        except EventRefused as refused:
            for reason in refused.reasons:
                form.add_error(None, reason)
    return render(request, template, _context(form, rows, event))


def _unsaved(request: HttpRequest, form: EventForm, event: BoundaryEvent | None) -> dict[str, Any]:
    """Return the page with what was typed so far, nothing judged; with units found, or one taken over."""
    typed = {name: str(value) for name, value in request.POST.items()}
    if "take" in typed:
        typed["units"] = form.with_line(typed["take"])
    rows = typed_rows(typed)
    blank = EventForm(kind=form.kind, initial={name: typed.get(name, "") for name in form.fields})
    wanted = len(rows) + (ROWS if "more" in typed else 0)
    context = _context(blank, successor_forms(form.kind, initial=rows, rows=wanted), event)
    text, day = typed.get("search", "").strip(), form.eve()
    if text and "find" in typed and day:
        context["found"] = [(described(version), line_of(version)) for version in like(text, day)]
    return {**context, "search": text, "eve": day}
