"""What to look at before a result is sent, examined or confirmed: warnings, which need a reason, and notices.

What forbids the step is in `criteria.rules`. A fixed number of queries for each thousand revisions.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from communes.models import User
from criteria.evidence.lacking import held_evidence
from criteria.evidence.noticing import PLACES, place_name
from criteria.evidence.records import evidence_for
from criteria.models import Condition, ConditionResult, Evidence, Indicator, Revision, State, Verdict
from criteria.standings import by_thousand

PLAN: dict[str, Any] = tomllib.loads((Path(__file__).parent / "data" / "checks.toml").read_text(encoding="utf-8"))
FLIPS_TO: list[str] = PLAN["flips_to"]
REQUIRES: dict[str, str] = PLAN["requires"]
NAMED = 3  # how many other places of a file are named


@dataclass(frozen=True)
class Finding:
    """One thing to look at: in words, and where on the page of the assessment it stands."""

    text: str
    anchor: str = "results"


@dataclass
class Found:
    """What was found of one revision."""

    warnings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)


def found_in(revisions: Iterable[Revision], by: User) -> dict[int, Found]:
    """Return by revision what this person should look at; the rows come with assessment, period and indicator."""
    found: dict[int, Found] = defaultdict(Found)
    for rows in by_thousand(revisions):
        _compare_with_before(rows, found)
        _compare_with_basic(rows, found)
        _look_at_evidence(rows, by, found)
        _look_at_items(rows, found)
    return found


# --- other results ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Past:
    """A result of the same unit in this or an earlier period."""

    ends_on: Any
    period: str
    verdict: str


def _compare_with_before(rows: Sequence[Revision], found: dict[int, Found]) -> None:
    official = _results(rows, {row.assessment.indicator_id for row in rows}).filter(state=State.CONFIRMED)
    past = _by_subject(official)
    for row in rows:
        of = row.assessment
        before = [one for one in past[of.unit_id, of.indicator_id] if one.ends_on < of.period.ends_on]
        if before and before[-1].verdict != row.verdict:
            old, new = Verdict(before[-1].verdict).label.lower(), Verdict(row.verdict).label.lower()
            finding = Finding(f"{before[-1].period} {old}, kỳ này {new}.")
            is_asking = row.verdict in FLIPS_TO
            (found[row.pk].warnings if is_asking else found[row.pk].notices).append(finding)


def _compare_with_basic(rows: Sequence[Revision], found: dict[int, Found]) -> None:
    asking = [row for row in rows if row.verdict == Verdict.MET and row.assessment.indicator.code in REQUIRES]
    if not asking:
        return
    codes = {REQUIRES[row.assessment.indicator.code] for row in asking}
    basics = {one.code: one for one in Indicator.objects.filter(code__in=codes)}
    held = _by_subject(_results(asking, [one.pk for one in basics.values()]).exclude(state=State.REPLACED))
    for row in asking:
        of = row.assessment
        basic = basics[REQUIRES[of.indicator.code]]
        until = [one for one in held[of.unit_id, basic.pk] if one.ends_on <= of.period.ends_on]
        if not until:
            found[row.pk].notices.append(Finding(f"Đạt, chưa có kết quả {basic.name}."))
        elif until[-1].verdict != Verdict.MET:
            found[row.pk].warnings.append(Finding(f"Đạt, trong khi {basic.name} chưa đạt ({until[-1].period})."))


def _results(rows: Sequence[Revision], indicators: Iterable[int]) -> Any:
    """Return the decided results of the units of the rows, the latest and longest period last."""
    units = {row.assessment.unit_id for row in rows}
    decided = Revision.objects.filter(assessment__unit__in=units, assessment__indicator__in=indicators)
    order = ("assessment__period__ends_on", "-assessment__period__starts_on", "number")
    return decided.exclude(verdict="").order_by(*order)


def _by_subject(revisions: Any) -> dict[tuple[int, int], list[Past]]:
    columns = ("assessment__unit", "assessment__indicator", "assessment__period__ends_on", "assessment__period__label")
    past: dict[tuple[int, int], list[Past]] = defaultdict(list)
    for unit, indicator, *rest in revisions.values_list(*columns, "verdict"):
        past[unit, indicator].append(Past(*rest))
    return past


# --- evidence --------------------------------------------------------------------------------------------


def _look_at_evidence(rows: Sequence[Revision], by: User, found: dict[int, Found]) -> None:
    held = held_evidence(rows)
    same = _same_files([one for some in held.values() for one in some], by)
    for row in rows:
        of_row = found[row.pk]
        for evidence in held[row.pk]:
            if evidence.is_outside_period:
                of_row.warnings.append(Finding(f"Ngày văn bản ngoài kỳ báo cáo: {evidence.named}.", "evidence"))
            others = _elsewhere(evidence, row.assessment.unit_id, same)
            if others:
                text = f"Cùng một tệp minh chứng đính kèm ở: {others} ({evidence.named})."
                of_row.warnings.append(Finding(text, "evidence"))
        bare = sum(not evidence.file for evidence in held[row.pk])
        if bare:
            of_row.notices.append(Finding(f"{bare} minh chứng chưa có tệp.", "evidence"))


def _same_files(rows: Sequence[Evidence], by: User) -> dict[str, list[Evidence]]:
    """Return by its hash where each unit's own file also is, of what the person may see."""
    hashes = {one.sha256 for one in rows if one.sha256 and not one.is_shared}
    same: dict[str, list[Evidence]] = defaultdict(list)
    if hashes:
        seen: Any = evidence_for(by).live().filter(sha256__in=hashes).order_by("attached_at")  # type: ignore[attr-defined]
        for one in seen.select_related("period", "place").prefetch_related("attachments", *PLACES):
            same[one.sha256].append(one)
    return same


def _elsewhere(evidence: Evidence, unit: int, same: dict[str, list[Evidence]]) -> str:
    """Return "Xã Ia Mơ (Chư Prông), Năm 2024": the other units for which this unit's own file is attached."""
    if evidence.is_shared:
        return ""
    names = [
        f"{place_name(one)}, {one.period.label}"
        for one in same.get(evidence.sha256, ())
        if one.pk != evidence.pk and not one.is_shared and one.place_id != unit
    ]
    rest = f" và {len(names) - NAMED} nơi khác" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + rest


# --- the result itself -----------------------------------------------------------------------------------


def _look_at_items(rows: Sequence[Revision], found: dict[int, Found]) -> None:
    failed = [row for row in rows if row.verdict == Verdict.NOT_MET]
    unjudged = _unjudged([row for row in failed if not row.is_bare])
    for row in failed:
        if unjudged.get(row.pk):
            numbers, first = ", ".join(map(str, unjudged[row.pk])), unjudged[row.pk][0]
            found[row.pk].notices.append(Finding(f"Chưa đánh giá nội dung {numbers}.", f"condition-{first}"))
        if not row.outlook.is_whole:
            found[row.pk].notices.append(Finding("Chưa đạt, chưa ghi dự kiến đạt và biện pháp.", "expected"))


def _unjudged(rows: Sequence[Revision]) -> dict[int, list[int]]:
    """Return by revision the numbers of the conditions of which it says nothing."""
    asked: dict[int, set[int]] = defaultdict(set)
    judged: dict[int, set[int]] = defaultdict(set)
    if rows:
        conditions = Condition.objects.filter(checklist__in={row.checklist_id for row in rows})
        for checklist, number in conditions.values_list("checklist", "number"):
            asked[checklist].add(number)
        results = ConditionResult.objects.filter(revision__in=[row.pk for row in rows])
        for revision, number in results.values_list("revision", "condition__number"):
            judged[revision].add(number)
    return {row.pk: sorted(asked[row.checklist_id] - judged[row.pk]) for row in rows}
