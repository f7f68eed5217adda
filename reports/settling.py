"""Kết quả sau sắp xếp: restated results become assessments of today's units, entered by the province by a letter.

A proposal is the lowest standing of the parts, condition by condition. It is only a proposal: it goes through the one
writer (`criteria.entering`) and the steps (`criteria.steps`) like anything entered on behalf of a unit, and a second
officer of the province confirms it before a figure moves.
"""

import datetime
import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Min
from django.urls import reverse

from communes.models import Role, Succession, UnitVersion, User
from criteria.entering import EntryRefused, Letter, Line, Status, checklists_of, enter
from criteria.models import (
    EDITABLE,
    Checklist,
    Condition,
    ConditionResult,
    Door,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verb,
    Verdict,
)
from criteria.naming import full_name
from criteria.standings import Standing
from criteria.steps import take
from criteria.verdicts import verdict_of
from reports.restating import History, Part, Restated, has_changed, history_of, restate


class Changed(Exception):
    """What was to be settled is no longer what the person saw; nothing was written."""


# Why a result that follows from the parts is sent in spite of warnings.
ACCEPTANCE = "Theo kết quả của các đơn vị trước sắp xếp."


def refusal_to_settle(role: str) -> str:
    """Say why this role does not make results of today's units out of those before the change."""
    return "" if role == Role.PROVINCE else "chỉ Công an tỉnh lập kết quả sau sắp xếp."


@dataclass(frozen=True)
class Proposal:
    """What one of today's units would be given on one indicator for a period.

    `line` is what would be entered, None where it has to be judged anew, for the reason in `why_not`.
    """

    unit: UnitVersion
    indicator: Indicator
    period: ReportingPeriod
    restated: Restated
    line: Line | None
    why_not: str = ""

    @property
    def name(self) -> str:
        return full_name(self.unit)

    @property
    def verdict(self) -> str:
        return Verdict(self.restated.standing).label

    @property
    def edit_url(self) -> str:
        return reverse("assessment_edit", args=[self.period.key, self.indicator.code, self.unit.unit_id])

    @property
    def mark(self) -> str:
        """Return what a check box carries: which unit and indicator, and a digest of exactly what would be entered."""
        line = self.line
        said = [sorted(some.items()) for some in (line.verdicts, line.reasons, line.numbers)] if line else []
        content = [self.period.key, self.restated.standing, said, [pk for _, pk in leaves(self.restated)]]
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:20]
        return f"{self.unit.unit_id}-{self.indicator.pk}@{digest}"


@dataclass(frozen=True)
class Settling:
    """What there is to settle for a period: at once, by hand, and what was sent and waits to be confirmed."""

    ready: list[Proposal]
    by_hand: list[Proposal]
    sent: int

    def on(self, indicator: Indicator | None) -> "Settling":
        """Return what there is of one indicator, or all."""
        if indicator is None:
            return self
        ready, by_hand = ([one for one in some if one.indicator == indicator] for some in (self.ready, self.by_hand))
        return Settling(ready, by_hand, self.sent)

    @property
    def all(self) -> list[Proposal]:
        return [*self.ready, *self.by_hand]

    @property
    def units(self) -> int:
        """The number of units, each counted once."""
        return len({one.unit.unit_id for one in self.all})


def leaves(restated: Restated) -> Iterator[tuple[Part, int | None]]:
    """Yield the parts on whose own results all rests, each with the revision that counts, None where there is none."""
    for part in restated.parts:
        if part.restated.parts:
            yield from leaves(part.restated)
        else:
            yield part, part.restated.counted


def periods_to_settle(user: User, today: datetime.date) -> list[ReportingPeriod]:
    """Return the past periods that end after a boundary change of the person's units, the latest first."""
    living = UnitVersion.objects.as_of(today).visible_to(user)
    changes = Succession.objects.filter(effective_on__lte=today, successor__in=living.values("unit"))
    first = changes.aggregate(day=Min("effective_on"))["day"]
    return list(ReportingPeriod.objects.filter(ends_on__gte=first, ends_on__lte=today)) if first else []


def to_settle(user: User, period: ReportingPeriod, today: datetime.date) -> Settling:
    """Return what the person may settle for the period: a fixed number of queries, whatever the number of units."""
    indicators = list(Indicator.objects.all())
    living = UnitVersion.objects.as_of(today).visible_to(user).filter(has_changed(today))
    lived = UnitVersion.objects.as_of(period.ends_on).values("unit")
    units = living.filter(unit__in=lived).with_district_on(today).select_related("unit").in_official_order()
    history = history_of(living, indicators, today, today)
    in_work = _in_work(living, history)
    waiting: list[tuple[UnitVersion, Indicator, Restated]] = []
    sent = 0
    for unit in units:
        for indicator in indicators:
            restated = _derived(history, indicator, unit, period)
            if restated is None:
                continue
            if in_work.get((unit.unit_id, indicator.pk), State.DRAFT) in EDITABLE:
                waiting.append((unit, indicator, restated))
            else:
                sent += 1
    proposals = _Drafting(indicators, period, [restated for *_, restated in waiting]).proposals(waiting, in_work)
    return Settling([one for one in proposals if one.line], [one for one in proposals if not one.line], sent)


def _derived(history: History, indicator: Indicator, unit: UnitVersion, period: ReportingPeriod) -> Restated | None:
    """Return the result that the unit has only from its parts, if it can be settled in the period."""
    is_asked = unit.unit.level == indicator.level and indicator.judges(unit.kind)
    if not is_asked or history.changed_on(unit.unit_id) > period.ends_on:
        return None
    restated = restate(history, indicator, unit.unit_id)
    return restated if restated.is_derived and restated.standing in Verdict.values else None


def _in_work(living: Iterable[UnitVersion], history: History) -> dict[tuple[int, int], str]:
    """Return the state of what the units have in work themselves since their last change."""
    units = living.order_by().values("unit")  # type: ignore[attr-defined]
    rows = Revision.objects.in_work().filter(assessment__unit__in=units)
    return {
        (unit, indicator): state
        for unit, indicator, state, ends_on in rows.order_by("assessment__period__ends_on").values_list(
            "assessment__unit", "assessment__indicator", "state", "assessment__period__ends_on"
        )
        if ends_on >= history.changed_on(unit)
    }


class _Drafting:
    """Writes the lines that restated results give: what the parts said, by the checklist of the period."""

    def __init__(self, indicators: list[Indicator], period: ReportingPeriod, restated: Sequence[Restated]) -> None:
        self.period = period
        self.checklists = checklists_of(indicators, period)
        parts = [(part, counted) for one in restated for part, counted in leaves(one)]
        counted = {pk for _, pk in parts if pk is not None}
        revisions = Revision.objects.filter(pk__in=counted).select_related("checklist")
        self.revisions = {revision.pk: revision for revision in revisions}
        self.results: dict[int, dict[int, ConditionResult]] = defaultdict(dict)
        for result in ConditionResult.objects.filter(revision__in=counted).select_related("condition"):
            self.results[result.revision_id][result.condition.number] = result
        self.conditions: dict[int, dict[int, Condition]] = defaultdict(dict)
        used = {revision.checklist_id for revision in self.revisions.values()}
        for condition in Condition.objects.filter(checklist__in=used):
            self.conditions[condition.checklist_id][condition.number] = condition
        self.names = _names(part for part, _ in parts)

    def proposals(
        self,
        waiting: Iterable[tuple[UnitVersion, Indicator, Restated]],
        in_work: Mapping[tuple[int, int], str],
    ) -> list[Proposal]:
        found = []
        for unit, indicator, restated in waiting:
            why_not = "đơn vị đang nhập kết quả" if (unit.unit_id, indicator.pk) in in_work else ""
            line = None
            if not why_not:
                line, why_not = self._line(unit.unit_id, indicator, restated)
            found.append(Proposal(unit, indicator, self.period, restated, line, why_not))
        return found

    def _line(self, unit: int, indicator: Indicator, restated: Restated) -> tuple[Line | None, str]:
        """Return the line of the lowest of the parts, condition by condition, or why there is none."""
        if indicator.pk not in self.checklists:
            return None, "chưa có hướng dẫn đánh giá áp dụng trong kỳ này"
        checklist, asked = self.checklists[indicator.pk]
        said: list[dict[int, ConditionResult]] = []
        for part, counted in leaves(restated):
            why_not = self._why_not(counted, checklist, asked)
            if why_not:
                return None, f"{self.names[part]}: {why_not}"
            said.append(self.results[counted or 0])
        verdicts, reasons, numbers = {}, {}, {}
        for condition in asked:
            parts = [results.get(condition.number) for results in said]
            verdict, reason = _lowest(parts)
            if verdict:
                verdicts[condition.pk] = verdict
            if reason:
                reasons[condition.pk] = reason
            if len(parts) == 1 and parts[0] and parts[0].numbers:
                numbers[condition.pk] = parts[0].numbers
        if verdict_of(verdicts, len(asked)) != restated.standing:
            return None, "các nội dung cộng lại không cho kết quả đề xuất"
        return Line(unit, indicator, verdicts, reasons, Standing().token, numbers), ""

    def _why_not(self, counted: int | None, checklist: Checklist, asked: list[Condition]) -> str:
        """Say why the result of a part cannot be carried over item by item."""
        if counted is None:
            return "chưa có kết quả"
        revision = self.revisions[counted]
        if revision.is_bare or not self.results[counted]:
            return "kết quả không có nội dung"
        own = self.conditions[revision.checklist_id]
        is_other = revision.checklist_id != checklist.pk and (
            len(own) != len(asked)
            or any(one.number not in own or own[one.number].question != one.question for one in asked)
        )
        return f"đánh giá theo hướng dẫn khác ({revision.checklist.number})" if is_other else ""


def _lowest(results: Sequence[ConditionResult | None]) -> tuple[str, str]:
    """Return the lowest of what the parts say of one condition, and the reason where none of them is asked for it.

    Numbers of several parts are not added up: whether they may be is for the province to say, by hand.

    Not met, then not judged (""), then met; not applicable only where it is so for all.
    """
    verdicts = [result.verdict if result else "" for result in results]
    for verdict in (Verdict.NOT_MET, "", Verdict.MET):
        if verdict in verdicts:
            return str(verdict), ""
    return Verdict.NOT_APPLICABLE, next((result.reason for result in results if result), "")


def _names(parts: Iterable[Part]) -> dict[Part, str]:
    """Return the names that the parts bore on the eve of the day they went in."""
    wanted = list(parts)
    versions: dict[int, list[UnitVersion]] = defaultdict(list)
    for version in UnitVersion.objects.filter(unit__in={part.unit for part in wanted}).order_by("starts_on"):
        versions[version.unit_id].append(version)
    return {part: [v for v in versions[part.unit] if v.starts_on < part.before][-1].title for part in wanted}


def settle(
    marks: Collection[str], *, by: User, period: ReportingPeriod, letter: Letter, today: datetime.date
) -> list[int]:
    """Enter and send the proposals that bear the marks, all or none, and return their revisions.

    Raises `Changed` where one of them is no longer proposed as it was seen, `EntryRefused` or `StepRefused` where the
    rules refuse one.
    """
    with transaction.atomic():
        ready = {one.mark: one for one in to_settle(by, period, today).ready}
        if not marks or not set(marks) <= set(ready):
            raise Changed
        lines = [one.line for mark, one in ready.items() if mark in marks and one.line]
        compared = enter(lines, by=by, period=period, door=Door.SETTLING, letter=letter)
        taken = [replace(item, refusal="đơn vị đã có kết quả.") for item in compared if item.status != Status.NEW]
        if taken:
            raise EntryRefused(taken)
        pairs = {(line.unit_id, line.indicator.pk) for line in lines}
        drafts = Revision.objects.filter(
            state=State.DRAFT, assessment__period=period, assessment__unit__in={unit for unit, _ in pairs}
        ).values_list("pk", "assessment__unit", "assessment__indicator")
        revisions = [pk for pk, unit, indicator in drafts if (unit, indicator) in pairs]
        take(Verb.SUBMIT, revisions, by=by, acceptance=ACCEPTANCE, letter=letter, door=Door.SETTLING)
    return revisions
