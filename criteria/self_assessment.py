"""Phiếu tự đánh giá: all indicators of one unit in one period on one page, to fill in on a phone, send and print."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.text import capfirst

from communes.models import Level, Role, UnitVersion, User
from criteria import rules
from criteria.assessment_page import closed_to, results_of
from criteria.checking import Check, check_of
from criteria.entering import EntryRefused, Status, enter
from criteria.forms import AssessmentForm
from criteria.history import return_of
from criteria.models import (
    Checklist,
    ConditionResult,
    Door,
    Indicator,
    ReportingPeriod,
    Review,
    Revision,
    SheetKind,
    State,
    Verb,
    Verdict,
)
from criteria.periods import collected_in
from criteria.signing.content import Content, content_of
from criteria.signing.sheets import titles_of
from criteria.situations import UNREGISTERED, Situation, checklist_in_application, readable, situation_for
from criteria.steps import stamp, take


@dataclass(frozen=True)
class Part:
    """One indicator on the sheet: what is stored, and the form where the person may fill it in now.

    `refusal` says why there is no form. `previous` is the result confirmed last, of this period or an earlier one;
    `returned` the step by which the result came back, with its reason.
    """

    situation: Situation
    checklist: Checklist | None
    results: list[dict[str, Any]]
    form: AssessmentForm | None
    refusal: str
    previous: Revision | None
    returned: Review | None

    @property
    def is_official(self) -> bool:
        """Whether the confirmed result stands alone: changing it is a correction and has its own page."""
        return bool(self.situation.official and not self.situation.in_work)

    @property
    def unjudged(self) -> list[int]:
        """The numbers of the conditions of which nothing is stored."""
        return [row["condition"].number for row in self.stored() if row["result"] is None]

    @property
    def is_ready(self) -> bool:
        """Whether what is stored can be sent."""
        work = self.situation.in_work
        return bool(work and work.is_editable and work.verdict and not (work.is_bare and work.number > 1))

    @property
    def lacking(self) -> str:
        """Say what keeps the result from being sent whole: "chưa nhập", "chưa đánh giá nội dung 4, 7"."""
        work = self.situation.in_work
        if self.situation.current is None:
            return "" if self.situation.state_key == UNREGISTERED else "chưa nhập"
        if work is None or not work.is_editable or not self.unjudged:
            return ""
        return f"chưa đánh giá nội dung {', '.join(map(str, self.unjudged))}"

    @property
    def lacks_outlook(self) -> bool:
        """Whether it says "chưa đạt", and not by when and how it is expected to be met."""
        work = self.situation.in_work
        return bool(work and work.verdict == Verdict.NOT_MET and not work.outlook.is_whole)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the form, each with what was confirmed last of the same condition."""
        said = _results(self.previous)
        return [{**row, "previous": said.get(row["condition"].pk)} for row in self.form.rows()] if self.form else []

    def stored(self) -> list[dict[str, Any]]:
        """Return the conditions with what is stored of each: of the revision in work, or else of the official one."""
        which = "in_work" if self.situation.in_work else "official"
        return [{**row, "result": row[which]} for row in self.results]


@dataclass(frozen=True)
class Sheet:
    """The sheet of one unit and period as one person has it before him; `place` is the unit on the last day."""

    place: UnitVersion
    period: ReportingPeriod
    parts: list[Part]

    @property
    def forms(self) -> list[AssessmentForm]:
        return [part.form for part in self.parts if part.form]

    @property
    def ready(self) -> list[Part]:
        return [part for part in self.parts if part.is_ready]

    @property
    def lacking(self) -> str:
        """ "19.2 xã nông thôn mới: chưa đánh giá nội dung 4, 7; …": what is missing, in one sentence."""
        return "; ".join(f"{part.situation.indicator.name}: {part.lacking}" for part in self.parts if part.lacking)

    @property
    def refusal(self) -> str:
        return next((part.refusal for part in self.parts if part.refusal), "")

    def dropped(self, typed: Collection[str]) -> list[str]:
        """Say of each indicator that takes no more why what was typed for it (names of fields) was not saved."""
        return [
            f"{part.situation.indicator.name}: {part.refusal[:1].lower()}{part.refusal[1:]}"
            for part in self.parts
            if not part.form and any(name.startswith(f"{part.situation.indicator.code}-verdict_") for name in typed)
        ]

    def receiver(self, role: str) -> str:
        return self.parts[0].situation.receiver(role)

    @property
    def kind(self) -> SheetKind:
        return SheetKind.SELF

    @property
    def titles(self) -> dict[str, Any]:
        return titles_of(self.kind, self.place.unit.level)

    @cached_property
    def content(self) -> Content:
        return content_of(part.situation.current for part in self.parts if part.situation.current)


def sheet_of(user: User, period: ReportingPeriod, unit_id: int, data: Any = None) -> Sheet | None:
    """Return the sheet, or None where the person sees no such unit or no indicator judges it; `data` was typed in."""
    versions = UnitVersion.objects.as_of(period.ends_on).visible_to(user).filter(unit=unit_id)
    place = versions.with_parent(period.ends_on).with_district_on(period.ends_on).select_related("unit").first()
    collected = set(collected_in(period))
    found = [situation_for(user, period, one, unit_id) for one in Indicator.objects.all()] if place else []
    asked = [one for one in found if one and (one.indicator in collected or one.current)]
    parts = [_part(situation, user, data) for situation in asked]
    return Sheet(place, period, parts) if place and parts else None


def sheet_to_open(user: User, period: ReportingPeriod | None) -> UnitVersion | None:
    """Return the commune of a commune officer in the period, whose sheet is the page he works on."""
    if period is None or user.role != Role.COMMUNE:
        return None
    living = UnitVersion.objects.as_of(period.ends_on).visible_to(user).of_level(Level.COMMUNE)
    return living.order_by("-starts_on").first()


def save(sheet: Sheet, *, by: User) -> int | None:
    """Enter what the forms say, all or nothing, and return how many results changed; None where they are refused."""
    if not all(form.is_valid() for form in sheet.forms):  # the page asks the rest for their errors
        return None
    try:
        done = enter([form.line for form in sheet.forms], by=by, period=sheet.period, door=Door.FORM)
    except EntryRefused as refused:  # somebody was faster between the check and the lock
        for item in refused.compared:
            next(f for f in sheet.forms if f.situation.indicator == item.line.indicator).refuse(item)
        return None
    return sum(item.status != Status.SAME for item in done)


def check_of_sheet(sheet: Sheet, by: User) -> Check:
    """Return what to look at before the results that are ready are sent."""
    works = [part.situation.in_work for part in sheet.ready if part.form and part.situation.in_work]
    return check_of(Verb.SUBMIT, works, by)


def send(parts: Sequence[Part], *, by: User, acceptance: str = "") -> None:
    """Send the results of the parts that are ready."""
    works = [part.situation.in_work for part in parts if part.situation.in_work]
    seen = {work.pk: stamp(work) for work in works}
    take(Verb.SUBMIT, [work.pk for work in works], by=by, acceptance=acceptance, seen=seen)


def _part(situation: Situation, user: User, data: Any) -> Part:
    refusal = _refusal(situation, user)
    form = None
    if not refusal:
        prefix = situation.indicator.code
        form = AssessmentForm(data, situation=situation, user=user, may_stay_blank=True, prefix=prefix)
    checklist = situation.current.checklist if situation.current else None
    checklist = checklist or checklist_in_application(situation.indicator, situation.period)
    return Part(
        situation=situation,
        checklist=checklist,
        results=results_of(situation, checklist, user),
        form=form,
        refusal=refusal,
        previous=_previous(situation),
        returned=return_of(situation.in_work, user),
    )


def _refusal(situation: Situation, user: User) -> str:
    """Say why this indicator is not filled in here; who enters on behalf has the page that asks for the letter."""
    state = situation.current.state if situation.current else ""
    refusal = rules.refusal_to_enter(user.role, state, has_letter=False, closed=closed_to(situation))
    if not refusal and state == State.CONFIRMED:
        return "Kết quả đã được xác nhận."
    return capfirst(refusal)


def _previous(situation: Situation) -> Revision | None:
    """Return the result of the unit that was confirmed last, of the period itself or one that ended before."""
    before = Revision.objects.official().filter(
        assessment__unit=situation.version.unit_id,
        assessment__indicator=situation.indicator,
        assessment__period__ends_on__lte=situation.period.ends_on,
    )
    order = ("-assessment__period__ends_on", "assessment__period__starts_on")
    return readable(before).order_by(*order).first()


def _results(revision: Revision | None) -> dict[int, ConditionResult]:
    return {result.condition_id: result for result in revision.results.all()} if revision else {}
