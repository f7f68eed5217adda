"""Minh chứng: the register of a period, attaching to one result or to many units at once, one document, its file."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from communes.models import UnitVersion
from criteria import rules
from criteria.evidence.forms import EvidenceForm, RemovalForm
from criteria.evidence.listing import covered_places, readable, removals_of, rows_of, scope_text, with_counts
from criteria.evidence.records import (
    ALREADY_REMOVED,
    SHARING_ROLES,
    EvidenceRefused,
    Outcome,
    Subject,
    attach,
    evidence_for,
    refusals_by_unit,
    refusals_to_remove,
    remove,
)
from criteria.extensions import refusal_of_door
from criteria.filters import AssessmentFilter
from criteria.models import Attachment, Evidence, EvidenceScope, Indicator, ReportingPeriod
from criteria.naming import full_name
from criteria.situations import Situation, checklist_in_application, judged_in, situation_for
from criteria.uploads.places import place_chosen
from criteria.views import SignedIn

PAGE = 50
# What the register may be narrowed to: key of the address, words.
SHOWN: dict[str, str] = {
    "": "Đang dùng",
    "no-file": "Chưa có tệp",
    "outside": "Ngày ngoài kỳ",
    "removed": "Đã gỡ",
}


@require_safe
def evidence(request: SignedIn) -> HttpResponse:
    """The documents of a period and indicator, for the units of the person's scope."""
    asked = AssessmentFilter(request.GET, user=request.user)
    if asked.period is None or asked.indicator is None:
        return render(request, "evidence.html", {"asked": asked})
    found = _asked_for(asked, request)
    show = request.GET.get("show", "") if request.GET.get("show") in SHOWN else ""
    page = Paginator(with_counts(readable(_shown(found, show))), PAGE).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "period": asked.period,
        "indicator": asked.indicator,
        "page": page,
        "rows": [
            {"row": row, "units": scope_text(row.evidence, row.place)}
            for row in rows_of(page, request.user, names_sensitive=False)
        ],
        "tabs": [
            {"label": label, "count": _shown(found, key).count(), "key": key, "is_current": key == show}
            for key, label in SHOWN.items()
        ],
        "may_share": request.user.role in SHARING_ROLES,
        "query": asked.query(),
        "show": show,
    }
    return render(request, "evidence.html", context)


def evidence_new(request: SignedIn) -> HttpResponse:
    """Đính kèm dùng chung: one document for all units of a district or province, or for chosen ones."""
    refusal = rules.refusal_to_enter(request.user.role, "", has_letter=True)
    if refusal or request.user.role not in SHARING_ROLES:
        raise PermissionDenied(refusal or "minh chứng dùng chung cho nhiều đơn vị do Công an cấp trên đính kèm.")
    asked = AssessmentFilter(request.GET, user=request.user)
    place = place_chosen(asked.district, by=request.user, period=asked.period) if asked.indicator else None
    if place is None:
        return render(request, "evidence_new.html", {"asked": asked})
    offer = _offer(asked, place, request)
    form = EvidenceForm(request.POST or None, request.FILES or None, **offer.pop("asks"))
    if request.method == "POST" and form.offered and form.is_valid():
        scope = EvidenceScope.CHOSEN if asked.area else form.scope
        given = (scope, form.chosen_units, form.chosen_conditions)
        outcome = _attached(request, form, Subject(asked.indicator, asked.period, place.unit_id, *given))
        if outcome:
            return redirect(outcome.evidence)
    return render(request, "evidence_new.html", {"asked": asked, "place": place, "form": form, **offer})


def assessment_evidence(request: SignedIn, **address: Any) -> HttpResponse:
    """Đính kèm minh chứng: one document for one result, or for some of its conditions."""
    situation = _situation(request, **address)
    unit = situation.version.unit_id
    refusal = refusals_by_unit([unit], situation.indicator, situation.period, request.user)[unit]
    if refusal:
        raise PermissionDenied(refusal)
    checklist = checklist_in_application(situation.indicator, situation.period)
    conditions = list(checklist.conditions.all()) if checklist else []
    asked = [one.pk for one in conditions if str(one.number) == request.GET.get("condition")]
    initial = {"conditions": asked}
    form = EvidenceForm(request.POST or None, request.FILES or None, conditions=conditions, initial=initial)
    if request.method == "POST" and form.is_valid():
        subject = Subject(situation.indicator, situation.period, unit, form.scope, [unit], form.chosen_conditions)
        if _attached(request, form, subject):
            return redirect(f"{situation.url}#evidence")
    return render(request, "assessment_evidence.html", {"situation": situation, "form": form})


@require_safe
def evidence_document(request: SignedIn, pk: uuid.UUID) -> HttpResponse:
    """One document: what it is, for whom it speaks, what to notice, and its removal."""
    return _document(request, _found(request, pk), RemovalForm())


def evidence_remove(request: SignedIn, pk: uuid.UUID) -> HttpResponse:
    """Gỡ: a mark with a reason. By GET (after signing in again) it leads back to the document."""
    found = _found(request, pk)
    if request.method != "POST":
        return redirect(found)
    refusals = refusals_to_remove(found, request.user)
    if all(refusals.values()):
        raise PermissionDenied(next(iter(refusals.values()), ALREADY_REMOVED))
    form = RemovalForm(request.POST)
    if not form.is_valid():
        return _document(request, found, form)
    try:
        outcome = remove(found, by=request.user, reason=form.full_reason)
    except EvidenceRefused as refused:
        raise PermissionDenied(str(refused)) from None
    messages.success(request, "Đã gỡ minh chứng. Văn bản và lý do gỡ vẫn được lưu.")
    _tell_left_out(request, outcome, "Giữ nguyên ở")
    return redirect(found)


@require_safe
def evidence_file(request: SignedIn, pk: uuid.UUID) -> HttpResponse:
    """The file, never opened by the browser."""
    found = _found(request, pk)
    if not found.file:
        raise Http404
    return file_response(found)


def file_response(row: Any) -> HttpResponse:
    """Return a kept file (of Evidence, SignedCopy) as a download that no browser opens."""
    with row.file.open("rb") as file:
        response = HttpResponse(file.read(), content_type=row.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=row.filename)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _found(request: SignedIn, pk: uuid.UUID) -> Evidence:
    return get_object_or_404(with_counts(readable(evidence_for(request.user))), pk=pk)


def _situation(request: SignedIn, period_key: str, indicator_code: str, unit_id: int) -> Situation:
    period = get_object_or_404(ReportingPeriod, key=period_key)
    indicator = get_object_or_404(Indicator, code=indicator_code)
    situation = situation_for(request.user, period, indicator, unit_id)
    if situation is None:
        raise Http404
    return situation


def _asked_for(asked: AssessmentFilter, request: SignedIn) -> QuerySet[Evidence]:
    """Return the evidence of the period and indicator, of one district or area where one was asked for."""
    found = evidence_for(request.user).filter(period=asked.period, indicator=asked.indicator)
    if not (asked.district or asked.area):
        return found
    units = asked.narrow(UnitVersion.objects.as_of(asked.period.ends_on))
    inside = Attachment.objects.filter(unit__in=units.values("unit"))
    return found.filter(pk__in=inside.values("evidence"))


def _shown(found: QuerySet[Evidence], show: str) -> QuerySet[Evidence]:
    if show == "removed":
        return found.removed()  # type: ignore[attr-defined]
    live: Any = found.live()  # type: ignore[attr-defined]
    if show == "no-file":
        return live.filter(file="")
    return live.dated_outside_period() if show == "outside" else live


def _offer(asked: AssessmentFilter, place: UnitVersion, request: SignedIn) -> dict[str, Any]:
    """Return what the form offers: units whose result may still change, conditions; and the units left out."""
    judged = judged_in(asked.indicator, asked.period).visible_to(request.user).under(place.unit)
    units = asked.narrow(judged).order_by("name_sort")
    is_own = place.unit.level == asked.indicator.level
    names = {unit.unit_id: unit.title if place.has_district or not is_own else full_name(unit) for unit in units}
    refusals = refusals_by_unit(names, asked.indicator, asked.period, request.user)
    checklist = checklist_in_application(asked.indicator, asked.period)
    return {
        "period": asked.period,
        "indicator": asked.indicator,
        "noun": asked.indicator.unit_noun,
        "left_out": [(names[unit], refusal) for unit, refusal in refusals.items() if refusal],
        "closed": capfirst(refusal_of_door(request.user, asked.period)),
        "asks": {
            "units": [(unit, name) for unit, name in names.items() if not refusals[unit]],
            "conditions": list(checklist.conditions.all()) if checklist else [],
            "all_words": all_words(asked.indicator, names, refusals),
        },
    }


def all_words(indicator: Indicator, names: dict[int, str], refusals: dict[int, str]) -> str:
    """ "Tất cả 19 xã"; where some were sent already, "Tất cả 17 xã còn sửa được"."""
    free = sum(not refusal for refusal in refusals.values())
    rest = "" if free == len(names) else " còn sửa được"
    return f"Tất cả {free} {indicator.unit_noun}{rest}"


def _attached(request: SignedIn, form: EvidenceForm, subject: Subject) -> Outcome | None:
    """Attach and tell; what was refused meanwhile stays on the form."""
    try:
        outcome = attach(form.document, subject, by=request.user, file=form.prepared)
    except EvidenceRefused as refused:
        form.add_error(None, capfirst(str(refused)))
        return None
    messages.success(request, f"Đã đính kèm {outcome.evidence.named}.")
    _tell_left_out(request, outcome, "Chưa đính kèm cho")
    (row,) = rows_of(readable(Evidence.objects.filter(pk=outcome.evidence.pk)), request.user, names_sensitive=True)
    for notice in row.notices:
        messages.warning(request, str(notice))
    return outcome


def _tell_left_out(request: SignedIn, outcome: Outcome, words: str) -> None:
    if outcome.left_out:
        reason = next(iter(outcome.left_out.values()))
        noun = outcome.evidence.indicator.unit_noun
        messages.warning(request, f"{words} {len(outcome.left_out)} {noun}: {reason}")


def _document(request: SignedIn, found: Evidence, form: RemovalForm) -> HttpResponse:
    sees_sensitive = request.user.role in rules.SEES_SENSITIVE_ROLES
    (row,) = rows_of([found], request.user, names_sensitive=sees_sensitive)
    refusals = refusals_to_remove(found, request.user)
    covered = covered_places(found, request.user)
    context = {
        "row": row,
        "units": scope_text(found, row.place),
        "covered": covered,
        "removals": removals_of(attachment for _, attachment in covered),
        "may_remove": any(not refusal for refusal in refusals.values()),
        "kept": next((refusal for refusal in refusals.values() if refusal), ""),
        "tells_reasons": sees_sensitive,
        "form": form,
        "assessment_url": _assessment_url(found),
    }
    return render(request, "evidence_document.html", context)


def _assessment_url(found: Evidence) -> str:
    """Return the page of the result, where the document speaks for one unit."""
    if found.is_shared:
        return ""
    return reverse("assessment", args=[found.period.key, found.indicator.code, found.place_id])
