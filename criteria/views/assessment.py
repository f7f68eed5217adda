"""One assessment: its page, its form, and the steps that a person may take with it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from criteria import rules
from criteria.assessment_page import asks_letter_for, page_of, refusal_to_edit
from criteria.checking import look_at
from criteria.entering import EntryRefused, enter, lacks_outlook
from criteria.forms import AssessmentForm, StepForm
from criteria.history import return_of
from criteria.models import Door, Indicator, ReportingPeriod, Revision, Verb
from criteria.situations import Situation, situation_for
from criteria.steps import Refused, StepRefused, refusals, take
from criteria.verdicts import VERDICT_RULE
from criteria.views import SignedIn

LACKS_OUTLOOK = " Kết quả chưa đạt, chưa ghi dự kiến đạt và biện pháp."
DONE = {
    Verb.SUBMIT: "Đã gửi {receiver}.",
    Verb.WITHDRAW: "Đã rút lại. Sửa xong thì gửi lại.",
    Verb.EXAMINE: "Đã thẩm tra, gửi Công an tỉnh.",
    Verb.RETURN: "Đã trả lại để bổ sung.",
    Verb.CONFIRM: "Đã xác nhận.",
    Verb.REOPEN: "Đã mở lại để điều chỉnh. Kết quả đã xác nhận giữ nguyên đến khi lần điều chỉnh được xác nhận.",
}


@require_safe
def assessment(request: SignedIn, **address: Any) -> HttpResponse:
    """One unit × indicator × period: results, what changed, history, and the steps that may be taken now."""
    return render(request, "assessment.html", page_of(_found(request, **address), request.user))


def assessment_edit(request: SignedIn, **address: Any) -> HttpResponse:
    """Nhập kết quả: the conditions of one assessment as a plain form."""
    situation = _found(request, **address)
    refusal = refusal_to_edit(situation, request.user)
    if refusal:
        raise PermissionDenied(refusal)
    form = AssessmentForm(request.POST or None, situation=situation, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            done = enter([form.line], by=request.user, period=situation.period, door=Door.FORM, letter=form.letter)
        except EntryRefused as refused:  # somebody was faster between the check and the lock
            form.refuse(refused.compared[0])
        else:
            hint = LACKS_OUTLOOK if lacks_outlook(done[0]) else ""
            messages.success(request, f"Đã lưu. Kết quả chưa gửi cho đến khi chọn nút gửi.{hint}")
            return redirect(situation.url)
    returned = return_of(situation.in_work, request.user)
    context = {"situation": situation, "form": form, "returned": returned, "verdict_rule": VERDICT_RULE}
    return render(request, "assessment_edit.html", context)


def assessment_submit(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.SUBMIT, address)


def assessment_withdraw(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.WITHDRAW, address)


def assessment_examine(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.EXAMINE, address)


def assessment_return(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.RETURN, address)


def assessment_confirm(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.CONFIRM, address)


def assessment_reopen(request: SignedIn, **address: Any) -> HttpResponse:
    return _step(request, Verb.REOPEN, address)


def _step(request: SignedIn, verb: str, address: dict[str, Any]) -> HttpResponse:
    """Take one step with one assessment: a missing reason stays on the page, a refusal says why.

    By GET (after signing in again) it leads back to the page.
    """
    situation = _found(request, **address)
    if request.method != "POST":
        return redirect(situation.url)
    revision = situation.target(verb)
    refusal = rules.refusal_of_role(verb, request.user.role)
    if refusal or revision is None:
        raise PermissionDenied(refusal or "đơn vị chưa có kết quả nào trong kỳ này.")
    refused = refusals(verb, [revision], request.user)
    if refused:
        return _refused(request, situation, refused[0])
    asks_letter, check = asks_letter_for(verb, request.user, revision), look_at(verb, [revision], request.user)
    asked: dict[str, Any] = {"asks_letter": asks_letter, "conditions": revision.checklist.conditions.all()}
    form = StepForm(request.POST, verb=verb, check=check, period=situation.period, **asked)
    if not form.is_valid():
        return render(request, "assessment.html", page_of(situation, request.user, form))
    given = form.given | {"seen": _seen(revision, form)}
    try:
        take(verb, [revision.pk], by=request.user, **given)
    except StepRefused as refusing:  # somebody was faster between the check and the lock
        return _refused(request, situation, refusing.refused[0])
    messages.success(request, DONE[Verb(verb)].format(receiver=situation.receiver(request.user.role)))
    return redirect(situation.url)


def _seen(revision: Revision, form: StepForm) -> dict[int, str]:
    return {revision.pk: form.cleaned_data["seen"]} if form.cleaned_data["seen"] else {}


def _refused(request: SignedIn, situation: Situation, refused: Refused) -> HttpResponse:
    """Where others were faster, show what stands now; what the person may not do is forbidden with its reason."""
    if not refused.is_overtaken:
        raise PermissionDenied(refused.reason)
    messages.error(request, capfirst(refused.reason))
    return redirect(situation.url)


def _found(request: SignedIn, period_key: str, indicator_code: str, unit_id: int) -> Situation:
    period = get_object_or_404(ReportingPeriod, key=period_key)
    indicator = get_object_or_404(Indicator, code=indicator_code)
    situation = situation_for(request.user, period, indicator, unit_id)
    if situation is None:
        raise Http404
    return situation
