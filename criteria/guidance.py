"""When guidance changes inside a period: which results the older one gave, and what the province does with them.

A result keeps the version that it was made with. The province may carry the answers over, ask for a new assessment, or
mark the results for review; all of one group or none. Official results stay until a correction is confirmed.
"""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from communes.models import User
from criteria import rules
from criteria.cases import cases_of, marked_among
from criteria.entering import carry_over
from criteria.models import (
    EDITABLE,
    IN_WORK,
    PENDING,
    Act,
    Assessment,
    Checklist,
    Door,
    GuidanceAct,
    Indicator,
    ReportingPeriod,
    Revision,
    State,
    Verb,
)
from criteria.models.law import in_application
from criteria.steps import stamp, take

CARRIED = "Hướng dẫn đánh giá của kỳ đã thay đổi; kết quả được chuyển sang {new}. Kiểm tra rồi gửi lại."
NOT_ALIKE = "nội dung của hai hướng dẫn khác nhau, không chuyển được. Chọn yêu cầu đánh giá lại."
NOTHING_TO_DO = "không có kết quả nào để thực hiện việc này."


class Changed(Exception):
    """The results are no longer those that the person saw; nothing was written."""


class GuidanceRefused(Exception):
    """The act may not be done; nothing was written. The message says why."""


@dataclass(frozen=True)
class Group:
    """The results of one indicator and period that were made by one older version."""

    period: ReportingPeriod
    indicator: Indicator
    old: Checklist
    new: Checklist
    rows: Sequence[Revision] = field(repr=False)
    marked: frozenset[int] = frozenset()

    @property
    def key(self) -> str:
        return f"{self.period.pk}-{self.old.pk}"

    @property
    def fingerprint(self) -> str:
        """Return a mark of exactly these results as they stand, for the page to bring back."""
        said = "|".join(f"{row.pk}@{stamp(row)}" for row in self.rows)
        return hashlib.sha256(f"{self.new.pk}|{sorted(self.marked)}|{said}".encode()).hexdigest()[:20]

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The number of results by state, in the order of their life."""
        found = Counter(row.state for row in self.rows)
        return [(str(State(state).label), found[state]) for state in (*IN_WORK, State.CONFIRMED) if found[state]]

    @property
    def is_alike(self) -> bool:
        """Whether the items of both versions go together one by one: same number, same words, same rule."""
        old, new = ({c.number: c.question for c in one.conditions.all()} for one in (self.old, self.new))
        return old == new and bool(new)

    def on(self, act: str) -> list[Revision]:
        """Return the results that an act is about."""
        if act == Act.CARRY:
            return [row for row in self.rows if self.is_alike and not row.is_bare]
        if act == Act.REASSESS:
            return [row for row in self.rows if row.state not in EDITABLE]
        return [row for row in self.rows if row.state not in EDITABLE and row.pk not in self.marked]


def made_by_older_guidance(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Return those that stand (in work, or official with nothing in work) and were made by another version than the one
    in application on their period's last day, `current_checklist`."""
    current = Checklist.objects.filter(
        in_application(OuterRef("assessment__period__ends_on")), indicator=OuterRef("assessment__indicator")
    ).order_by("-applies_from")
    working = Revision.objects.in_work().filter(assessment=OuterRef("assessment"))
    standing = Q(state__in=IN_WORK) | (Q(state=State.CONFIRMED) & ~Exists(working))
    found = revisions.filter(standing).annotate(current_checklist=Subquery(current.values("pk")[:1]))
    return found.filter(current_checklist__isnull=False).exclude(checklist=F("current_checklist"))


def groups_for(user: User) -> list[Group]:
    """Return the groups of the person's scope, the latest period first: a fixed number of queries."""
    found = made_by_older_guidance(Revision.objects.visible_to(user))
    rows = list(
        found.select_related("assessment__period", "assessment__indicator").order_by(
            "-assessment__period__ends_on", "assessment__indicator__position", "checklist__applies_from", "pk"
        )
    )
    ids = {pk for row in rows for pk in (row.checklist_id, row.current_checklist)}  # type: ignore[attr-defined]
    checklists = Checklist.objects.select_related("indicator").prefetch_related("conditions").in_bulk(ids)
    marked = marked_among(row.pk for row in rows)
    groups: dict[tuple[int, int], list[Revision]] = defaultdict(list)
    for row in rows:
        groups[row.assessment.period_id, row.checklist_id].append(row)
    return [
        Group(
            some[0].assessment.period,
            some[0].assessment.indicator,
            checklists[some[0].checklist_id],
            checklists[some[0].current_checklist],  # type: ignore[attr-defined]
            some,
            frozenset(row.pk for row in some if row.pk in marked),
        )
        for some in groups.values()
    ]


def act_on(key: str, act: str, *, by: User, reason: str, seen: str) -> Group:
    """Do one act with all results of a group that it is about, in one transaction, and return those.

    Raises `Changed` where they are no longer what `seen` names, `GuidanceRefused` or `StepRefused` where the rules
    refuse; then nothing is written.
    """
    refusal = rules.refusal_to_settle_guidance(by.role)
    if refusal:
        raise GuidanceRefused(refusal)
    with transaction.atomic():
        group = _locked(key, by)
        if group is None or group.fingerprint != seen:
            raise Changed
        rows = group.on(act)
        if not rows:
            raise GuidanceRefused(NOTHING_TO_DO if act != Act.CARRY or group.is_alike else NOT_ALIKE)
        reason = reason or CARRIED.format(new=group.new.number)
        copies = {} if act == Act.MARK else _give_back(rows, by, reason)
        if act == Act.CARRY:
            _refuse_closed(rows, by)
            carry_over([copies.get(row.pk, row.pk) for row in rows], old=group.old, new=group.new, by=by)
        _record(rows, act, group.new, by, reason)
    return replace(group, rows=rows)


def _locked(key: str, by: User) -> Group | None:
    """Lock the assessments of a group and return it as it stands under the lock."""
    found = next((group for group in groups_for(by) if group.key == key), None)
    if found is None:
        return None
    assessments = {row.assessment_id for row in found.rows}
    list(Assessment.objects.select_for_update().filter(pk__in=assessments).order_by("pk").values_list("pk"))
    return next((group for group in groups_for(by) if group.key == key), None)


def _give_back(rows: Sequence[Revision], by: User, reason: str) -> Mapping[int, int]:
    """Return what was sent and open what is official for correction; of the latter, return the copy of each."""
    sent = [row.pk for row in rows if row.state in PENDING]
    official = {row.assessment_id: row.pk for row in rows if row.state == State.CONFIRMED}
    if sent:
        take(Verb.RETURN, sent, by=by, reason=reason, door=Door.GUIDANCE)
    if official:
        take(Verb.REOPEN, official.values(), by=by, reason=reason, door=Door.GUIDANCE)
    made = Revision.objects.in_work().filter(assessment__in=official).values_list("assessment", "pk")
    return {official[assessment]: pk for assessment, pk in made}


def _refuse_closed(rows: Sequence[Revision], by: User) -> None:
    """Refuse to carry over drafts of a period that takes no more work: they could not be sent."""
    editable = [row for row in rows if row.state in EDITABLE]
    found = Revision.objects.filter(pk__in=[row.pk for row in editable]).select_related(
        "assessment__unit", "assessment__indicator", "assessment__period", "checklist"
    )
    today = timezone.localdate()
    for pk, (name, case) in cases_of(list(found), by).items():
        period = next(row for row in editable if row.pk == pk).assessment.period
        why = rules.refusal_of_step_in_period(Verb.SUBMIT, period, case, today)
        if why:
            raise GuidanceRefused(f"{name}: {why}")


def _record(rows: Iterable[Revision], act: str, new: Checklist, by: User, reason: str) -> None:
    batch, at = uuid.uuid4(), timezone.now()
    GuidanceAct.objects.bulk_create(
        [GuidanceAct(revision=row, checklist=new, act=act, by=by, at=at, reason=reason, batch=batch) for row in rows],
        batch_size=1000,
    )
