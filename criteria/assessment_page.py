"""What the page of one assessment prints: results side by side, the story, the steps that may be taken now."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst

from communes.models import User
from criteria import rules
from criteria.cases import cases_of
from criteria.changed import since_in
from criteria.checking import look_at
from criteria.evidence.listing import evidence_of
from criteria.extensions import refusal_of_work
from criteria.forms import StepForm
from criteria.history import return_of, story_of
from criteria.models import Checklist, IndicatorWording, Revision, Verb
from criteria.period_listing import running_for_result
from criteria.registers.showing import working_models
from criteria.situations import Situation, checklist_in_application, results_by_number
from criteria.steps import refusal_of, stamp
from criteria.verdicts import VERDICT_RULE

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


def page_of(situation: Situation, user: User, bound: StepForm | None = None) -> dict[str, Any]:
    """Return what the page of one assessment prints; `bound` is the form of a step that lacks something."""
    current = situation.current
    checklist = _checklist(situation)
    rows = results_of(situation, checklist, user)
    offers, notes = _offers(situation, user, bound)
    story = story_of(current.assessment, user) if current else []
    return {
        "situation": situation,
        "rows": rows,
        "hides_some": len(rows) < len(checklist.conditions.all()) if checklist else False,
        "verdict_rule": VERDICT_RULE,
        "wording": _wording(situation),
        "checklist": checklist,
        "newer": _newer(situation),
        "settles_guidance": not rules.refusal_to_settle_guidance(user.role),
        "history": story,
        "since": since_in(story, user),
        "evidence": evidence_of(situation, checklist, user),
        "offers": offers,
        "notes": notes,
        "returned": return_of(situation.in_work, user),
        "may_edit": not refusal_to_edit(situation, user),
        "closed": capfirst(closed_to(situation)),
        "extensions": running_for_result(situation.version, situation.period, situation.indicator, user),
    }


def _wording(situation: Situation) -> IndicatorWording | None:
    """Return the indicator's wording in the version of its set that applied on the period's last day."""
    found = IndicatorWording.objects.in_application_on(situation.period.ends_on)
    return found.filter(indicator=situation.indicator).select_related("version").last()


def _newer(situation: Situation) -> Checklist | None:
    """Return the guidance of the period's last day where the result was made by another one."""
    current = checklist_in_application(situation.indicator, situation.period) if situation.current else None
    return current if current and situation.current and current.pk != situation.current.checklist_id else None


def _checklist(situation: Situation) -> Checklist | None:
    """Return the guidance by which the result was made, or the one of the period's last day."""
    if situation.current:
        return situation.current.checklist
    return checklist_in_application(situation.indicator, situation.period)


def results_of(situation: Situation, checklist: Checklist | None, user: User) -> list[dict[str, Any]]:
    """Return each condition with its official result and the one in work; a leader sees no sensitive one."""
    official, in_work = results_by_number(situation.official), results_by_number(situation.in_work)
    conditions = checklist.conditions.all() if checklist else ()
    models = working_models(conditions, situation.version.unit_id, situation.period.ends_on)
    rows = []
    for condition in conditions:
        if condition.is_sensitive and user.role not in rules.SEES_SENSITIVE_ROLES:
            continue
        old, new = official.get(condition.number), in_work.get(condition.number)
        is_changed = bool(situation.official and situation.in_work) and (
            (old and (old.verdict, old.reason, old.numbers)) != (new and (new.verdict, new.reason, new.numbers))
        )
        row = {"condition": condition, "official": old, "in_work": new, "is_changed": is_changed}
        rows.append({**row, "models": models.get(condition.pk)})
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
        elif rules.is_kept_by_own_work(verb, user.role, case) or rules.is_kept_by_content(verb, user.role, case):
            notes.append(capfirst(refusal))
    return sorted(offers, key=lambda offer: not offer.is_main), notes


def _offer(verb: Verb, situation: Situation, revision: Revision, user: User, bound: StepForm | None) -> Offer:
    asks = asks_letter_for(verb, user, revision)
    check = look_at(verb, [revision], user)
    conditions = revision.checklist.conditions.all()
    initial = {"seen": stamp(revision)}
    blank = StepForm(verb=verb, asks_letter=asks, check=check, conditions=conditions, initial=initial)
    return Offer(
        verb=verb,
        label=BUTTONS[verb].format(receiver=situation.receiver(user.role)),
        url=situation.url_of(f"assessment_{verb.value}"),
        form=bound if bound and bound.verb == verb else blank,
        is_main=verb in MAIN,
    )


def refusal_to_edit(situation: Situation, user: User) -> str:
    """Say why this person may not open the form of this assessment now; the letter is asked for by the form."""
    state = situation.current.state if situation.current else ""
    return rules.refusal_to_enter(user.role, state, has_letter=True, closed=closed_to(situation))


def closed_to(situation: Situation) -> str:
    """Say why the period takes no work on this result today."""
    return refusal_of_work(situation.period, situation.version, situation.indicator, situation.current)


def asks_letter_for(verb: str, user: User, revision: Revision) -> bool:
    return verb == Verb.SUBMIT and user.role in rules.ON_BEHALF_ROLES and not revision.letter_number
