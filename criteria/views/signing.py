"""In biểu để ký: biểu tổng hợp, phiếu thẩm tra, and the signed copies of them and of the self-assessment sheet."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from communes.models import User
from criteria.models import Indicator, ReportingPeriod, SheetKind, SignedCopy
from criteria.self_assessment import sheet_of
from criteria.signing.copies import attach, copies_of, indicator_of, refusal_to_attach
from criteria.signing.forms import SignedCopyForm
from criteria.signing.sheets import NOT_EXAMINED, SHORT, examination_of, summary_of
from criteria.views import SignedIn
from criteria.views.evidence import file_response


@require_safe
def summary_sheet(request: SignedIn, period_key: str, indicator_code: str, place_id: int) -> HttpResponse:
    """Biểu tổng hợp of a district or province, on A4 across."""
    sheet = _sheet(request, SheetKind.SUMMARY, period_key, place_id, indicator_code)
    return render(request, "summary_sheet.html", {"legend": SHORT, **_printed(sheet, request.user)})


@require_safe
def examination_sheet(request: SignedIn, period_key: str, indicator_code: str, unit_id: int) -> HttpResponse:
    """Phiếu thẩm tra of one unit, on A4."""
    sheet = _sheet(request, SheetKind.EXAMINATION, period_key, unit_id, indicator_code)
    return render(request, "examination_sheet.html", _printed(sheet, request.user))


def signed_copy_new(request: SignedIn, kind: str, period_key: str, place_id: int) -> HttpResponse:
    """Đính kèm bản ký: bound to what the sheet says now, by the mã đối chiếu on the paper."""
    sheet = _sheet(request, kind, period_key, place_id, request.GET.get("indicator", ""))
    refusal = refusal_to_attach(sheet, request.user)
    if refusal:
        raise PermissionDenied(refusal)
    form = SignedCopyForm(request.POST or None, request.FILES or None, current_mark=sheet.content.mark)
    if request.method == "POST" and form.is_valid() and form.prepared:
        copy = attach(sheet, form.prepared, by=request.user, **form.facts)
        messages.success(request, f"Đã đính kèm bản ký: {copy}.")
        return redirect(address_of(sheet))
    context = {"sheet": sheet, "form": form, "back": address_of(sheet), "indicator": indicator_of(sheet)}
    return render(request, "signed_copy_new.html", context)


@require_safe
def signed_copy_file(request: SignedIn, pk: uuid.UUID) -> HttpResponse:
    """The scan, never opened by the browser."""
    return file_response(get_object_or_404(SignedCopy.objects.visible_to(request.user), pk=pk))


def address_of(sheet: Any) -> str:
    """Return the page that prints the sheet."""
    if sheet.kind == SheetKind.SELF:
        return reverse("self_assessment", args=[sheet.period.key, sheet.place.unit_id])
    args = [sheet.period.key, sheet.indicator.code, sheet.place.unit_id]
    return reverse(f"{sheet.kind}_sheet", args=args)


def _printed(sheet: Any, user: User) -> dict[str, Any]:
    may_attach = not refusal_to_attach(sheet, user)
    return {"sheet": sheet, "copies": copies_of(sheet), "may_attach": may_attach, "printed_at": timezone.localtime()}


def _sheet(request: SignedIn, kind: str, period_key: str, place_id: int, indicator_code: str) -> Any:
    """Return the sheet as the person sees it; what he sees no sheet of is not found."""
    period = get_object_or_404(ReportingPeriod, key=period_key)
    if kind == SheetKind.SELF:
        found: Any = sheet_of(request.user, period, place_id)
    elif kind in SheetKind.values:
        indicator = get_object_or_404(Indicator, code=indicator_code)
        maker = summary_of if kind == SheetKind.SUMMARY else examination_of
        found = maker(request.user, period, indicator, place_id)
    else:
        raise Http404
    if found is None:
        raise Http404
    if kind == SheetKind.EXAMINATION and found.situation.examiner is None:
        raise PermissionDenied(NOT_EXAMINED)
    return found
