"""Attaching and removing evidence, by the rules of entering; and which conditions still lack it.

Evidence freezes with the result: what was sent keeps the evidence that it was sent with (`Revision.attachments`).
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from communes.models import Role, UnitVersion, User
from criteria import rules
from criteria.evidence.files import Prepared, store
from criteria.extensions import Nothing, extensions_of
from criteria.models import (
    EDITABLE,
    Assessment,
    Attachment,
    Condition,
    Evidence,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
)
from criteria.situations import judged_in
from criteria.standings import by_thousand

CONFIRMED = "kết quả đã được xác nhận. Nhập lần điều chỉnh, rồi đính kèm hoặc gỡ minh chứng."
OUTSIDE = "đơn vị không thuộc phạm vi được nhập trong kỳ này."
NOT_OWN = "minh chứng dùng chung cho nhiều đơn vị do Công an cấp trên gỡ."
ALREADY_REMOVED = "minh chứng đã được gỡ."
# Those whose own place covers several units.
SHARING_ROLES = (Role.DISTRICT, Role.PROVINCE, Role.ADMINISTRATOR)


class EvidenceRefused(Exception):
    """Nothing may be attached or removed; the message says why."""


@dataclass(frozen=True)
class Document:
    """What a person says of the evidence: enough by itself, the file is optional."""

    kind: str
    number: str
    issued_on: datetime.date
    issuer: str


@dataclass(frozen=True)
class Subject:
    """For what it is attached: units (as they stand on the period's last day) and conditions (none: the whole)."""

    indicator: Indicator
    period: ReportingPeriod
    place_id: int
    scope: str
    units: Sequence[int]
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True)
class Outcome:
    """What was done, and the units that were left out, each with the reason."""

    evidence: Evidence
    done: Sequence[int]
    left_out: Mapping[int, str] = field(default_factory=dict)


def evidence_for(user: User) -> QuerySet[Evidence]:
    """Return what the person may see: of a sensitive condition only those who enter or review its units."""
    found = Evidence.objects.visible_to(user)
    if user.role in rules.SEES_SENSITIVE_ROLES:
        return found
    return found.exclude(pk__in=Evidence.objects.with_only_sensitive_conditions().values("pk"))


def refusals_by_unit(units: Iterable[int], indicator: Indicator, period: ReportingPeriod, by: User) -> dict[int, str]:
    """Say for each unit why the person may not attach or remove evidence of its result now ("" where he may)."""
    wanted = list(units)
    places: dict[int, UnitVersion] = {}
    standing: dict[int, Revision] = {}
    for some in by_thousand(wanted):
        judged = judged_in(indicator, period).visible_to(by).filter(unit__in=some)
        places.update({place.unit_id: place for place in judged})
        revisions = Revision.objects.exclude(state=State.REPLACED).filter(
            assessment__unit__in=some, assessment__indicator=indicator, assessment__period=period
        )
        rows = revisions.order_by("number").select_related("assessment")
        standing.update({row.assessment.unit_id: row for row in rows})
    extensions, today = extensions_of([period]), timezone.localdate()

    def refusal(unit: int) -> str:
        if unit not in places:
            return OUTSIDE
        held = standing.get(unit, Nothing())
        closed = extensions.refusal(period, places[unit], indicator, held, today)
        return refusal_in_state(by.role, held.state, closed)

    return {unit: refusal(unit) for unit in wanted}


def refusal_in_state(role: str, state: str, closed: str = "") -> str:
    """Say why this role may not change the evidence of a result in this state.

    A document names itself by number, date and issuer, so that no letter is asked of those who enter on behalf.
    """
    refused = rules.refusal_to_enter(role, state, has_letter=True, closed=closed)
    return refused or (CONFIRMED if state == State.CONFIRMED else "")


def attach(document: Document, subject: Subject, *, by: User, file: Prepared | None = None) -> Outcome:
    """Attach the document to every unit of the subject whose result may still change.

    Raises EvidenceRefused, and stores nothing, where none of them may.
    """
    stored = ""
    try:
        with transaction.atomic():
            _lock(subject.units, subject.indicator, subject.period)
            refusals = refusals_by_unit(subject.units, subject.indicator, subject.period, by)
            units = [unit for unit, refusal in refusals.items() if not refusal]
            if not units:
                raise EvidenceRefused(next(iter(refusals.values()), OUTSIDE))
            evidence = _evidence(document, subject, by)
            if file:
                stored = store(evidence, file)
            evidence.save(force_insert=True)
            evidence.conditions.set(subject.conditions)
            Attachment.objects.bulk_create(
                [Attachment(evidence=evidence, unit_id=unit) for unit in units], batch_size=1000
            )
            _touch(units, evidence)
    except BaseException:
        if stored:
            evidence.file.storage.delete(stored)
        raise
    return Outcome(evidence, units, {unit: refusal for unit, refusal in refusals.items() if refusal})


def remove(evidence: Evidence, *, by: User, reason: str) -> Outcome:
    """Mark the evidence as removed from every unit whose result may still change; the others keep it.

    Raises EvidenceRefused where none of them may.
    """
    with transaction.atomic():
        live = Attachment.objects.live().filter(evidence=evidence)
        units = list(live.values_list("unit", flat=True))
        _lock(units, evidence.indicator, evidence.period)
        refusals = refusals_to_remove(evidence, by)
        done = [unit for unit, refusal in refusals.items() if not refusal]
        if not done:
            raise EvidenceRefused(next(iter(refusals.values()), ALREADY_REMOVED))
        at = timezone.now()
        for some in by_thousand(done):
            live.filter(unit__in=some).update(removed_by=by, removed_at=at, removal_reason=reason)
        _touch(done, evidence)
    return Outcome(evidence, done, {unit: refusal for unit, refusal in refusals.items() if refusal})


def refusals_to_remove(evidence: Evidence, by: User) -> dict[int, str]:
    """Say for each unit that still has it why the person may not remove it there."""
    units = list(Attachment.objects.live().filter(evidence=evidence).values_list("unit", flat=True))
    if evidence.is_shared and not _answers_for(evidence, by):
        return dict.fromkeys(units, rules.refusal_to_enter(by.role, "", has_letter=True) or NOT_OWN)
    return refusals_by_unit(units, evidence.indicator, evidence.period, by)


def _answers_for(evidence: Evidence, by: User) -> bool:
    places = UnitVersion.objects.as_of(evidence.period.ends_on).visible_to(by)
    return by.role in SHARING_ROLES and places.filter(unit=evidence.place_id).exists()


def _lock(units: Iterable[int], indicator: Indicator, period: ReportingPeriod) -> None:
    """Lock the assessments in the order in which entering and the steps do, so that no result is sent meanwhile."""
    for some in by_thousand(sorted(units)):
        rows = Assessment.objects.select_for_update().filter(unit__in=some, indicator=indicator, period=period)
        list(rows.order_by("pk").values_list("pk"))


def _evidence(document: Document, subject: Subject, by: User) -> Evidence:
    return Evidence(
        kind=document.kind,
        number=document.number,
        issued_on=document.issued_on,
        issuer=document.issuer,
        indicator=subject.indicator,
        period=subject.period,
        place_id=subject.place_id,
        scope=subject.scope,
        attached_by=by,
        attached_at=timezone.now(),
    )


def _touch(units: Iterable[int], evidence: Evidence) -> None:
    """Let the results on the desk count as changed, so that a page opened before does not decide on them unseen."""
    for some in by_thousand(units):
        Revision.objects.filter(
            state__in=EDITABLE,
            assessment__unit__in=some,
            assessment__indicator=evidence.indicator_id,
            assessment__period=evidence.period_id,
        ).update(updated_at=timezone.now())
