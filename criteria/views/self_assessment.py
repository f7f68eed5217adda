"""Phiếu tự đánh giá: one unit fills in, sends and prints all its indicators of a period on one page."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from communes.models import User
from criteria.forms import StepForm
from criteria.models import ReportingPeriod, Verb
from criteria.period_listing import running_for_result
from criteria.self_assessment import Sheet, check_of_sheet, save, send, sheet_of
from criteria.signing.copies import copies_of, refusal_to_attach
from criteria.steps import StepRefused
from criteria.verdicts import VERDICT_RULE
from criteria.views import SignedIn

UNACCEPTED = (
    "Đã lưu, chưa gửi: còn cảnh báo. Xem các cảnh báo ở cuối phiếu, đánh dấu đã xem, ghi lý do, rồi gửi; "
    "hoặc sửa kết quả."
)


def self_assessment(request: SignedIn, period_key: str, unit_id: int) -> HttpResponse:
    """The sheet: saved as a whole, then sent if that was the button; says what is still missing."""
    period = get_object_or_404(ReportingPeriod, key=period_key)
    sheet = sheet_of(request.user, period, unit_id, request.POST if request.method == "POST" else None)
    if sheet is None:
        raise Http404
    if request.method == "POST":
        if not sheet.forms:
            raise PermissionDenied(sheet.refusal)
        changed = save(sheet, by=request.user)
        if changed is not None:
            for words in sheet.dropped(request.POST):
                messages.error(request, f"Chưa lưu {words}")
            _tell(request, sheet_of(request.user, period, unit_id) or sheet, changed)
            return redirect(request.path)
    check = check_of_sheet(sheet, request.user)
    context = {
        "sheet": sheet,
        "check": check,
        "step": StepForm(verb=Verb.SUBMIT, check=check, use_required_attribute=False),
        "verdict_rule": VERDICT_RULE,
        "copies": copies_of(sheet),
        "may_attach": not refusal_to_attach(sheet, request.user),
        "receiver": sheet.receiver(request.user.role),
        "printed_at": timezone.localtime(),
        "is_refused": request.method == "POST",
        "extensions": running_for_result(sheet.place, period, None, request.user),
    }
    return render(request, "self_assessment.html", context)


def _tell(request: SignedIn, sheet: Sheet, changed: int) -> None:
    """Say what was saved and sent, and what is still missing."""
    if "send" in request.POST:
        _send(request, sheet, request.user)
    else:
        text = "Đã lưu." if changed else "Không có thay đổi nào để lưu."
        rest = f" Còn thiếu: {sheet.lacking}." if sheet.lacking else ""
        (messages.success if changed else messages.info)(request, text + rest)


def _send(request: SignedIn, sheet: Sheet, user: User) -> None:
    ready, rest = sheet.ready, f" Còn thiếu: {sheet.lacking}." if sheet.lacking else ""
    if not ready:
        messages.error(request, f"Chưa có kết quả nào đủ để gửi; nội dung đã nhập được lưu.{rest}")
        return
    check = check_of_sheet(sheet, user)
    form = StepForm(request.POST, verb=Verb.SUBMIT, check=check)
    if check.warnings and not check.refused and not form.is_valid():
        messages.warning(request, UNACCEPTED)
        return
    try:
        send(ready, by=user, acceptance=form.acceptance_text if form.is_valid() else "")
    except StepRefused as refused:
        messages.error(request, str(refused))
        return
    names = ", ".join(part.situation.indicator.name for part in ready)
    messages.success(request, f"Đã gửi {sheet.receiver(user.role)}: {names}.{rest}")
