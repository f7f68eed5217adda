"""One assessment: its page, its form, and the steps that a person may take with it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from communes.models import User
from criteria import rules
from criteria.entering import EntryRefused, enter
from criteria.forms import AssessmentForm, StepForm
from criteria.history import story_of
from criteria.models import Door, Indicator, IndicatorWording, ReportingPeriod, Revision, Verb
from criteria.situations import Situation, checklist_in_application, results_by_number, situation_for
from criteria.steps import Refused, StepRefused, cases_of, refusal_of, stamp, take

DONE = {
    Verb.SUBMIT: "Đã gửi {receiver}.",
    Verb.WITHDRAW: "Đã rút lại. Sửa xong thì gửi lại.",
    Verb.EXAMINE: "Đã thẩm tra, gửi Công an tỉnh.",
    Verb.RETURN: "Đã trả lại để bổ sung.",
    Verb.CONFIRM: "Đã xác nhận.",
    Verb.REOPEN: "Đã mở lại để điều chỉnh. Kết quả đã xác nhận giữ nguyên đến khi lần điều chỉnh được xác nhận.",
}
BUTTONS = {
    Verb.SUBMIT: "Gửi {receiver}",
    Verb.WITHDRAW: "Rút lại",
    Verb.EXAMINE: "Thẩm tra xong, gửi Công an tỉnh",
    Verb.RETURN: "Trả lại",
    Verb.CONFIRM: "Xác nhận",
    Verb.REOPEN: "Mở lại để điều chỉnh",
}
MAIN = (Verb.SUBMIT, Verb.EXAMINE, Verb.CONFIRM)


@dataclass(frozen=True)
class Offer:
    """A step that the person may take now: its button, its address and the form that it needs."""

    verb: str
    label: str
    url: str
    form: StepForm
    is_main: bool


def assessment(request: HttpRequest, **address: Any) -> HttpResponse:
    """One unit × indicator × period: results, what changed, history, and the steps that may be taken now."""
    return render(request, "assessment.html", _page(request, _found(request, **address)))


def assessment_edit(request: HttpRequest, **address: Any) -> HttpResponse:
    """Nhập kết quả: the conditions of one assessment as a plain form."""
    situation = _found(request, **address)
    refusal = refusal_to_edit(situation, request.user)
    if refusal:
        raise PermissionDenied(refusal)
    form = AssessmentForm(request.POST or None, situation=situation, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            enter([form.line], by=request.user, period=situation.period, door=Door.FORM, letter=form.letter)
        except EntryRefused as refused:  # somebody was faster between the check and the lock
            form.refuse(refused.compared[0])
        else:
            messages.success(request, "Đã lưu. Kết quả chưa gửi cho đến khi chọn nút gửi.")
            return redirect(situation.url)
    return render(request, "assessment_edit.html", {"situation": situation, "form": form})


@require_POST
def assessment_submit(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.SUBMIT, address)


@require_POST
def assessment_withdraw(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.WITHDRAW, address)


@require_POST
def assessment_examine(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.EXAMINE, address)


@require_POST
def assessment_return(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.RETURN, address)


@require_POST
def assessment_confirm(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.CONFIRM, address)


@require_POST
def assessment_reopen(request: HttpRequest, **address: Any) -> HttpResponse:
    return _step(request, Verb.REOPEN, address)


def _step(request: HttpRequest, verb: str, address: dict[str, Any]) -> HttpResponse:
    """Take one step with one assessment: a missing reason stays on the page, a refusal says why."""
    situation = _found(request, **address)
    revision = situation.target(verb)
    refusal = rules.refusal_of_role(verb, request.user.role)
    if refusal or revision is None:
        raise PermissionDenied(refusal or "đơn vị chưa có kết quả nào trong kỳ này.")
    form = StepForm(request.POST, verb=verb, asks_letter=_asks_letter(verb, request.user, revision))
    if not form.is_valid():
        return render(request, "assessment.html", _page(request, situation, form))
    seen = {revision.pk: form.cleaned_data["seen"]} if form.cleaned_data["seen"] else {}
    try:
        take(verb, [revision.pk], by=request.user, reason=form.full_reason, letter=form.letter, seen=seen)
    except StepRefused as refused:
        return _refused(request, situation, refused.refused[0])
    messages.success(request, DONE[Verb(verb)].format(receiver=situation.receiver(request.user.role)))
    return redirect(situation.url)


def _refused(request: HttpRequest, situation: Situation, refused: Refused) -> HttpResponse:
    """Where others were faster, show what stands now; what the person may not do is forbidden with its reason."""
    if not refused.is_overtaken:
        raise PermissionDenied(refused.reason)
    messages.error(request, capfirst(refused.reason))
    return redirect(situation.url)


def _found(request: HttpRequest, period_key: str, indicator_code: str, unit_id: int) -> Situation:
    period = get_object_or_404(ReportingPeriod, key=period_key)
    indicator = get_object_or_404(Indicator, code=indicator_code)
    situation = situation_for(request.user, period, indicator, unit_id)
    if situation is None:
        raise Http404
    return situation


def refusal_to_edit(situation: Situation, user: User) -> str:
    """Say why this person may not open the form of this assessment now; the letter is asked for by the form."""
    state = situation.current.state if situation.current else ""
    closed = rules.refusal_of_period(situation.period, timezone.localdate())
    return rules.refusal_to_enter(user.role, state, has_letter=True) or closed


def _asks_letter(verb: str, user: User, revision: Revision) -> bool:
    return verb == Verb.SUBMIT and user.role in rules.ON_BEHALF_ROLES and not revision.letter_number


def _page(request: HttpRequest, situation: Situation, bound: StepForm | None = None) -> dict[str, Any]:
    """Return what the page of one assessment prints; `bound` is the form of a step that lacks something."""
    user, current = request.user, situation.current
    offers, notes = _offers(situation, user, bound)
    return {
        "situation": situation,
        "rows": _rows(situation, user),
        "hides_some": user.role not in rules.SEES_SENSITIVE_ROLES,
        "wording": _wording(situation),
        "checklist": current.checklist if current else checklist_in_application(situation.indicator, situation.period),
        "history": story_of(current.assessment, user) if current else [],
        "offers": offers,
        "notes": notes,
        "may_edit": not refusal_to_edit(situation, user),
        "closed": capfirst(rules.refusal_of_period(situation.period, timezone.localdate())),
    }


def _wording(situation: Situation) -> IndicatorWording | None:
    """Return the indicator's wording in the version of its set that applied on the period's last day."""
    found = situation.indicator.wordings.filter(version__applies_from__lte=situation.period.ends_on)
    return found.select_related("version").order_by("-version__applies_from").first()


def _rows(situation: Situation, user: User) -> list[dict[str, Any]]:
    """Return each condition with its official result and the one in work; a leader sees no sensitive one."""
    current = situation.current
    checklist = current.checklist if current else checklist_in_application(situation.indicator, situation.period)
    official, in_work = results_by_number(situation.official), results_by_number(situation.in_work)
    rows = []
    for condition in checklist.conditions.all() if checklist else ():
        if condition.is_sensitive and user.role not in rules.SEES_SENSITIVE_ROLES:
            continue
        old, new = official.get(condition.number), in_work.get(condition.number)
        is_changed = bool(situation.official and situation.in_work) and (
            (old and (old.verdict, old.reason)) != (new and (new.verdict, new.reason))
        )
        rows.append({"condition": condition, "official": old, "in_work": new, "is_changed": is_changed})
    return rows


def _offers(situation: Situation, user: User, bound: StepForm | None) -> tuple[list[Offer], list[str]]:
    """Return the steps that the rules allow this person now, and what keeps them from deciding, if it is theirs."""
    revisions = {r.pk: r for r in (situation.official, situation.in_work) if r}
    cases = cases_of(list(revisions.values()), user)
    offers, notes = [], []
    for verb in Verb:
        revision = situation.target(verb)
        if revision is None:
            continue
        case = cases[revision.pk][1]
        refusal = refusal_of(verb, revision, case, by=user, at=timezone.now())
        if not refusal:
            offers.append(_offer(verb, situation, revision, user, bound))
        elif rules.is_kept_by_own_work(verb, user.role, case):
            notes.append(capfirst(refusal))
    return offers, notes


def _offer(verb: Verb, situation: Situation, revision: Revision, user: User, bound: StepForm | None) -> Offer:
    form = bound
    if bound is None or bound.verb != verb:
        asks_letter = _asks_letter(verb, user, revision)
        form = StepForm(verb=verb, asks_letter=asks_letter, initial={"seen": stamp(revision)})
    return Offer(
        verb=verb,
        label=BUTTONS[verb].format(receiver=situation.receiver(user.role)),
        url=situation.url_of(f"assessment_{verb.value}"),
        form=form,
        is_main=verb in MAIN,
    )
