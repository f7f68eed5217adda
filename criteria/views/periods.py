"""Kỳ báo cáo: what is collected when, until when it may be entered, and who was given longer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from communes.models import User
from criteria import rules
from criteria.board import board_of
from criteria.extensions import ExtensionRefused, end, grant
from criteria.models import Extension, ReportingPeriod
from criteria.period_days import Stale, close, keep, last_change, open_until
from criteria.period_forms import ExtensionForm, PeriodDaysForm
from criteria.period_listing import extensions_for, periods_listed
from criteria.periods import collected_in, periods_of, status_of
from criteria.views import SignedIn

STALE = "Kỳ này vừa được người khác sửa. Xem lại các ngày dưới đây, sửa rồi lưu."


@require_safe
def periods(request: SignedIn) -> HttpResponse:
    """The periods that concern the person, the latest first, each with its days and whether it is open."""
    context = {"rows": periods_listed(request.user), "may_manage": _may_manage(request.user)}
    return render(request, "periods.html", context)


@require_safe
def period(request: SignedIn, key: str) -> HttpResponse:
    """One period: its days, what is collected, who was given longer, and who changed what."""
    found = _found(request.user, key)
    context = {
        "period": found,
        "status": status_of(found, timezone.localdate()),
        "is_open": found.is_open_on(timezone.localdate()),
        "may_manage": _may_manage(request.user),
        "indicators": collected_in(found),
        "extensions": extensions_for(request.user, found),
        "changes": found.changes.select_related("by__unit").prefetch_related("by__unit__versions"),
    }
    return render(request, "period.html", context)


def period_edit(request: SignedIn, key: str) -> HttpResponse:
    """Sửa ngày, chỉ tiêu thu thập; a page that went stale meanwhile is refused."""
    found = _managed(request.user, key)
    form = PeriodDaysForm(request.POST or None, instance=found, initial={"seen": last_change(found)})
    if request.method == "POST" and form.is_valid():
        given = {"indicators": form.cleaned_data["indicators"], "seen": form.cleaned_data["seen"]}
        try:
            is_changed = keep(form.instance, by=request.user, **given)
        except Stale:
            form.add_error(None, STALE)
        else:
            messages.success(request, "Đã lưu." if is_changed else "Không có thay đổi.")
            return redirect("period", key)
    return render(request, "period_edit.html", {"period": _found(request.user, key), "form": form})


def period_close(request: SignedIn, key: str) -> HttpResponse:
    """Khóa kỳ ngay: first says who has not sent and whose extension goes on, then closes."""
    found = _managed(request.user, key)
    if found.closed_at:
        messages.info(request, "Kỳ này đã khóa.")
        return redirect("period", key)
    if request.method == "POST":
        close(found, by=request.user)
        messages.success(request, f"Đã khóa {found.label}. Từ bây giờ mọi nơi nhập đều từ chối.")
        return redirect("period", key)
    running = Extension.objects.running_on(timezone.localdate()).visible_to(request.user).filter(period=found)
    context = {"period": found, "board": board_of(request.user, found), "running": running.count()}
    return render(request, "period_close.html", context)


def period_open(request: SignedIn, key: str) -> HttpResponse:
    """Mở kỳ: from now until the days given."""
    found = _managed(request.user, key)
    form = PeriodDaysForm(request.POST if request.method == "POST" else None, instance=found, opens_now=True)
    if request.method == "POST" and form.is_valid():
        open_until(found, by=request.user, **form.cleaned_data)
        messages.success(request, f"Đã mở {found.label}.")
        return redirect("period", key)
    return render(request, "period_open.html", {"period": found, "form": form})


def extension_new(request: SignedIn, key: str) -> HttpResponse:
    """Gia hạn cho một đơn vị, tất cả hoặc một chỉ tiêu."""
    found = _managed(request.user, key)
    asked = request.GET.get("unit", "")
    form = ExtensionForm(request.POST or None, period=found, user=request.user, asked=asked)
    if request.method == "POST" and form.is_valid():
        unit, given = form.chosen_unit, {name: form.cleaned_data[name] for name in ("ends_on", "reason")}
        try:
            grant(found, unit.unit, indicator=form.chosen_indicator, by=request.user, **given)
        except ExtensionRefused as refused:
            form.add_error(None, capfirst(str(refused)))
        else:
            messages.success(request, f"Đã gia hạn cho {unit.title}.")
            return redirect(f"{reverse('period', args=[key])}#extensions")
    return render(request, "extension_new.html", {"period": found, "form": form})


def extension_end(request: SignedIn, key: str, pk: int) -> HttpResponse:
    """Dừng gia hạn trước ngày hết hạn; the row stays. By GET (after signing in again) it leads back to the period."""
    found = _found(request.user, key)
    extension = get_object_or_404(Extension.objects.visible_to(request.user), pk=pk, period=found)
    if request.method == "POST":
        _refuse(rules.refusal_to_manage_periods(request.user.role))
        try:
            end(extension, by=request.user)
        except ExtensionRefused as refused:
            messages.error(request, capfirst(str(refused)))
        else:
            messages.success(request, "Đã dừng gia hạn.")
    return redirect(f"{reverse('period', args=[key])}#extensions")


def _found(user: User, key: str) -> ReportingPeriod:
    return get_object_or_404(periods_of(user), key=key)


def _managed(user: User, key: str) -> ReportingPeriod:
    """Return the period where the person may change it; 403 with the reason where he may not."""
    found = _found(user, key)
    _refuse(rules.refusal_to_manage_periods(user.role))
    return found


def _may_manage(user: User) -> bool:
    return not rules.refusal_to_manage_periods(user.role)


def _refuse(refusal: Any) -> None:
    if refusal:
        raise PermissionDenied(refusal)
