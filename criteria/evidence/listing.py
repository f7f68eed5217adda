"""Evidence as pages print it: on the page of an assessment, in the register, on its own page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from communes.models import UnitVersion, User
from criteria import rules
from criteria.evidence.noticing import PLACES, Notice, notices_of, place_name
from criteria.evidence.records import evidence_for, refusals_by_unit
from criteria.models import Attachment, Checklist, Condition, Evidence
from criteria.situations import Situation


@dataclass(frozen=True)
class Row:
    """One document in a list: `conditions` are those that the reader may see named."""

    evidence: Evidence
    place: str
    conditions: list[Condition]
    notices: list[Notice]

    @property
    def for_what(self) -> str:
        """ "Nội dung 2, 4" or "Cả kết quả"."""
        if self.evidence.speaks_for_the_whole:
            return "Cả kết quả"
        return f"Nội dung {', '.join(str(one.number) for one in self.conditions)}" if self.conditions else ""


def readable(evidence: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Fetch with evidence what a list prints of it."""
    return evidence.select_related("period", "indicator", "place", "attached_by__unit").prefetch_related(
        "conditions", "attachments", "attached_by__unit__versions", *PLACES
    )


def rows_of(evidence: Iterable[Evidence], user: User, *, names_sensitive: bool) -> list[Row]:
    """Return rows of evidence that was fetched `readable`; a list over many units names no sensitive condition."""
    shown = list(evidence)
    notices = notices_of(shown, user)
    return [
        Row(
            evidence=one,
            place=place_name(one),
            conditions=[c for c in one.conditions.all() if names_sensitive or not c.is_sensitive],
            notices=notices[one.pk],
        )
        for one in shown
    ]


def evidence_of(situation: Situation, checklist: Checklist | None, user: User) -> dict[str, Any]:
    """Return what the page of one assessment prints: its evidence, what is lacking, whether more may be added."""
    rows = rows_of(
        readable(evidence_for(user)).filter(pk__in=_standing(situation)),
        user,
        names_sensitive=user.role in rules.SEES_SENSITIVE_ROLES,
    )
    unit = situation.version.unit_id
    return {
        "url": situation.url_of("assessment_evidence"),
        "rows": rows,
        "lacking": _lacking(checklist, rows, user),
        "refusal": refusals_by_unit([unit], situation.indicator, situation.period, user)[unit],
    }


def _standing(situation: Situation) -> list[Any]:
    """Return the ids of what the result has now, or had when it was sent."""
    current = situation.current
    moment = current.submitted_at if current and not current.is_editable else None
    attachments = Attachment.objects.filter(
        unit=situation.version.unit_id,
        evidence__indicator=situation.indicator,
        evidence__period=situation.period,
    )
    return [one.evidence_id for one in attachments.select_related("evidence") if one.held_at(moment)]


def _lacking(checklist: Checklist | None, rows: Iterable[Row], user: User) -> list[Condition]:
    """Return the conditions that ask for evidence and have none."""
    evidence = [row.evidence for row in rows]
    if checklist is None or any(one.speaks_for_the_whole for one in evidence):
        return []
    covered = {condition.pk for one in evidence for condition in one.conditions.all()}
    return [
        condition
        for condition in checklist.conditions.all()
        if condition.asks_for_evidence
        and condition.pk not in covered
        and (user.role in rules.SEES_SENSITIVE_ROLES or not condition.is_sensitive)
    ]


def with_counts(evidence: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Annotate for how many units each stands."""
    counted = evidence.annotate(units=Count("attachments", filter=Q(attachments__removed_at__isnull=True)))
    return counted.order_by("-attached_at", "pk")


def scope_text(evidence: Any, place: str) -> str:
    """Say for whom it speaks: "Xã Ia Băng (Chư Prông)"; "19 xã, Huyện Chư Prông"."""
    if not evidence.is_shared:
        return place
    return f"{evidence.units} {evidence.indicator.unit_noun}, {place}"


def covered_places(evidence: Evidence, user: User) -> list[tuple[Any, Attachment]]:
    """Return the units of the person's scope for which it was attached, with the mark of each removal."""
    attachments = {
        one.unit_id: one
        for one in evidence.attachments.select_related("removed_by__unit").prefetch_related(
            "removed_by__unit__versions"
        )
    }
    places: Any = UnitVersion.objects.as_of(evidence.period.ends_on).visible_to(user).filter(unit__in=attachments)
    named = places.with_district_on(evidence.period.ends_on).order_by("name_sort")
    return [(place, attachments[place.unit_id]) for place in named]


def removals_of(attachments: Iterable[Attachment]) -> list[dict[str, Any]]:
    """Return each act of removing: when, by whom, why, from how many units."""
    acts: dict[Any, dict[str, Any]] = {}
    for one in attachments:
        if one.removed_at:
            said = {"at": one.removed_at, "by": one.removed_by, "reason": one.removal_reason, "count": 0}
            acts.setdefault(one.removed_at, said)["count"] += 1
    return [acts[at] for at in sorted(acts)]
