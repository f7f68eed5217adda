"""Invented results for the demo (số liệu minh họa), through the same doors as real ones.

Every choice is a digest of what it is about, so that each run, on each machine, invents the same.
"""

import datetime
import hashlib
import math
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from communes.models import Level, Unit, UnitVersion, User
from criteria.entering import Compared, Line, checklists_of, enter
from criteria.models import Condition, ConditionKind, Door, Indicator, ReportingPeriod, Revision, State, Verb, Verdict
from criteria.outlooks import NO_OUTLOOK, Outlook, Quarter
from criteria.steps import take

# Why sample results with warnings are sent and confirmed.
ACCEPTANCE = "Số liệu minh họa."
PLAN = tomllib.loads((Path(__file__).parent / "data" / "samples.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Officers:
    """Who enters, examines and confirms: officers by the id of the unit they answer for."""

    communes: Mapping[int, User]
    districts: Mapping[int, User]
    province: User


def invent_results(officers: Officers) -> int:
    """Invent the results of every period of the plan and return how many revisions were made."""
    former: Mapping[str, int] = {}
    for setup in PLAN["period"]:
        _invent_period({**setup, "assessed_before": former}, officers)
        former = setup["assessed"]
    return Revision.objects.filter(is_sample=True).count()


def chance(*parts: object) -> int:
    """Return a number from 0 to 9999, the same for the same parts."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:4]) % 10_000


def _invent_period(setup: Mapping[str, Any], officers: Officers) -> None:
    period = ReportingPeriod.objects.get(key=setup["key"])
    indicators = list(Indicator.objects.all())
    checklists = checklists_of(indicators, period)
    places = list(
        UnitVersion.objects.as_of(period.ends_on)
        .filter(unit__level__in=(Level.COMMUNE, Level.DISTRICT), province=officers.province.unit)
        .select_related("unit")
    )
    codes = {place.unit_id: place.code for place in places}
    verdicts: dict[tuple[int, str], str] = {}
    lines: dict[int, list[Line]] = defaultdict(list)
    for indicator in indicators:
        conditions = checklists[indicator.pk][1]
        for place in places:
            district = place.unit_id if place.unit.level == Level.DISTRICT else place.parent_id or 0
            if not _is_assessed(setup, indicator, place, codes[district]):
                continue
            verdict = _verdict(setup, indicator, place, verdicts)
            verdicts[place.unit_id, indicator.code] = verdict
            judged = _judged(verdict, conditions, indicator, place)
            numbers = _numbers(judged, conditions, place)
            failed = [c for c in conditions if judged[c.pk] == Verdict.NOT_MET]
            outlook = _outlook(failed, indicator, place, period)
            lines[district].append(Line(place.unit_id, indicator, judged, numbers=numbers, outlook=outlook))
    for district, some in sorted(lines.items()):
        _enter_and_send(setup, period, officers, officers.districts[district], some)


def _is_assessed(setup: Mapping[str, Any], indicator: Indicator, place: UnitVersion, district: str) -> bool:
    if not indicator.judges(place.kind):
        return False
    for left in PLAN["left_out"]:
        named = district == left["district"] and indicator.code in left["indicators"]
        if named and setup["key"] in left["periods"]:
            return False
    return _turn(indicator, place.unit) < setup["assessed"][indicator.code] * 100


def is_registered(period_key: str, indicator: Indicator, place: UnitVersion, district: str) -> bool:
    """Whether the unit undertakes to meet the indicator: those assessed in the period, and all left to the visitor."""
    if not indicator.judges(place.kind):
        return False
    setup = next(setup for setup in PLAN["period"] if setup["key"] == period_key)
    left = {row["district"] for row in PLAN["left_out"] if indicator.code in row["indicators"]}
    return district in left or _turn(indicator, place.unit) < setup["assessed"][indicator.code] * 100


def _turn(indicator: Indicator, unit: Unit) -> int:
    """Return when a unit is first assessed: the share of assessed units grows, and whoever was in stays in."""
    return chance("assessed", indicator.code, unit.key)


def _verdict(
    setup: Mapping[str, Any], indicator: Indicator, place: UnitVersion, before: Mapping[tuple[int, str], str]
) -> str:
    basic = PLAN["requires"].get(indicator.code)
    if basic and before.get((place.unit_id, basic)) != Verdict.MET:
        return Verdict.NOT_MET
    # A unit keeps its standing from year to year, give or take a little, so that few fall back.
    standing = chance("standing", basic or indicator.code, place.unit.key)
    wobble = chance("wobble", indicator.code, place.unit.key, setup["key"]) // 40 - 125
    return Verdict.MET if standing + wobble < setup["met"][indicator.code] * 100 else Verdict.NOT_MET


def _judged(verdict: str, conditions: Sequence[Condition], indicator: Indicator, place: UnitVersion) -> dict[int, str]:
    judged = {condition.pk: str(Verdict.MET) for condition in conditions}
    if verdict == Verdict.NOT_MET:
        open_ones = [c for c in conditions if not c.is_sensitive] or list(conditions)
        failed = chance("failed", indicator.code, place.unit.key)
        judged[open_ones[failed % len(open_ones)].pk] = Verdict.NOT_MET
        if failed % 4 == 0:
            judged[open_ones[(failed // 7) % len(open_ones)].pk] = Verdict.NOT_MET
    return judged


def _numbers(
    judged: Mapping[int, str], conditions: Sequence[Condition], place: UnitVersion
) -> dict[int, tuple[int, ...]]:
    """Return invented numbers that give each verdict, for three units in four; the others say Đạt or Chưa đạt."""
    asking = [c for c in conditions if c.rule.asks_numbers and not c.is_sensitive]
    if chance("counts", place.unit.key) % 4 == 0:
        return {}
    return {c.pk: _number(c, judged[c.pk], chance("number", c.number, place.unit.key) % 12) for c in asking}


def _number(condition: Condition, verdict: str, some: int) -> tuple[int, ...]:
    """Return numbers of the condition's kind that give the verdict."""
    rule = condition.rule
    is_met = verdict == Verdict.MET
    if rule.kind == ConditionKind.COUNT:
        limit = rule.limit or 0
        return (some % (limit + 1) if is_met else limit + 1 + some % 2,)
    if rule.kind == ConditionKind.RATIO:
        whole = 40 + some
        least = math.ceil((rule.threshold or 0) * whole / 100)
        return (least + (whole - least) * some // 12 if is_met else max(0, least - 1 - some), whole)
    return (some, some + 1 + some // 3) if is_met else (some + 2, some)


def _outlook(failed: Sequence[Condition], indicator: Indicator, place: UnitVersion, period: ReportingPeriod) -> Outlook:
    """Return by when and how a unit that fails on these expects to be met; one in five does not say so."""
    some = chance("expected", indicator.code, place.unit.key, period.key)
    if not failed or some % 5 == 0:
        return NO_OUTLOOK
    measures = PLAN["measures"]["of_models" if any(one.model_kinds for one in failed) else "others"]
    return Outlook(Quarter.of(period.ends_on).after(1 + some % 4), measures[some // 7 % len(measures)])


def _enter_and_send(
    setup: Mapping[str, Any], period: ReportingPeriod, officers: Officers, by: User, lines: Sequence[Line]
) -> None:
    """Enter a district's lines as its officer, except those whose way was left unfinished, and confirm them."""
    units = Unit.objects.in_bulk([line.unit_id for line in lines])
    late = {id(line) for line in lines if _is_unfinished(setup, line, units[line.unit_id])}
    done = [line for line in lines if id(line) not in late]
    sent = _enter(done, period, by)
    sent_at, confirmed_at = _moment(period.due_on, -3, 9), _moment(period.due_on, 6, 15)
    take(Verb.SUBMIT, sent, by=by, acceptance=ACCEPTANCE, door=Door.SAMPLE, at=sent_at)
    take(Verb.CONFIRM, sent, by=officers.province, acceptance=ACCEPTANCE, door=Door.SAMPLE, at=confirmed_at)
    for number, line in enumerate(line for line in lines if id(line) in late):
        _leave_unfinished(number + chance("way", setup["key"], by.username), line, period, officers, by)


def _is_unfinished(setup: Mapping[str, Any], line: Line, unit: Unit) -> bool:
    code = line.indicator.code
    is_first = _turn(line.indicator, unit) >= setup["assessed_before"].get(code, 0) * 100
    percent = setup.get("unfinished_first" if is_first else "unfinished", 0)
    return chance("unfinished", setup["key"], code, unit.key) < percent * 100


def _leave_unfinished(way: int, line: Line, period: ReportingPeriod, officers: Officers, by: User) -> None:
    """Stop one line on its way: a draft, sent by the commune, sent by the district, or returned by the province."""
    entered = _moment(period.due_on, -2, 10)
    commune = officers.communes.get(line.unit_id)
    if way % 4 == 1 and commune is not None:
        revision = _enter([line], period, commune)
        take(Verb.SUBMIT, revision, by=commune, acceptance=ACCEPTANCE, door=Door.SAMPLE, at=entered)
        return
    revision = _enter([line], period, by)
    if way % 4 == 0:
        return
    take(Verb.SUBMIT, revision, by=by, acceptance=ACCEPTANCE, door=Door.SAMPLE, at=entered)
    if way % 4 == 3:
        reasons = PLAN["returns"]["reasons"]
        reason = reasons[way % len(reasons)]
        take(
            Verb.RETURN,
            revision,
            by=officers.province,
            reason=reason,
            door=Door.SAMPLE,
            at=_moment(period.due_on, 5, 14),
        )


def _enter(lines: Sequence[Line], period: ReportingPeriod, by: User) -> list[int]:
    at = _moment(period.due_on, -6, 8)
    compared = enter(lines, by=by, period=period, door=Door.SAMPLE, at=at, is_sample=True)
    return _drafts_of(compared, period)


def _drafts_of(compared: Iterable[Compared], period: ReportingPeriod) -> list[int]:
    pairs = {(item.line.unit_id, item.line.indicator.pk) for item in compared}
    drafts = Revision.objects.filter(
        state=State.DRAFT, assessment__period=period, assessment__unit__in={unit for unit, _ in pairs}
    ).values_list("pk", "assessment__unit", "assessment__indicator")
    return [pk for pk, unit, indicator in drafts if (unit, indicator) in pairs]


def _moment(day: datetime.date, offset: int, hour: int) -> datetime.datetime:
    """Return the hour of the day that lies so many days after the given one, in the portal's time zone."""
    moment = datetime.datetime.combine(day + datetime.timedelta(days=offset), datetime.time(hour))
    return timezone.make_aware(moment)
