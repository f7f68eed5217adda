"""What changed in a result since it was last seen, or against the result before it: what moved, from what to what."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, QuerySet

from communes.models import Role, User
from criteria.history import Event, verdict_words
from criteria.models import OUTLOOK_CHANGE, Condition, ConditionResult, Entry, Review, Revision, Verb

DECISIONS = (Verb.EXAMINE, Verb.RETURN, Verb.CONFIRM)
DECIDING_ROLES = (Role.DISTRICT, Role.PROVINCE)


@dataclass(frozen=True)
class Moved:
    """One condition that is another than before, in words."""

    number: int
    old: str
    new: str

    @property
    def text(self) -> str:
        return f"nội dung {self.number}: {self.old} → {self.new}"


@dataclass(frozen=True)
class Since:
    """What moved since a moment at which it was seen; nothing moved is told too.

    `hides_some`: a sensitive condition moved, which no list names. `others` are the titles of what else was done.
    """

    at: datetime.datetime
    moved: list[Moved]
    hides_some: bool = False
    others: list[str] = field(default_factory=list)


# --- since it was seen -----------------------------------------------------------------------------------


def since_in(story: Sequence[Event], user: User) -> Since | None:
    """Return what is new to this person in the story of an assessment, or None where nothing is.

    Seen is what stood when he last did something with it himself; for those who decide, else at the last decision.
    """
    seen = [event.at for event in story if event.by == user]
    if not seen and user.role in DECIDING_ROLES:
        seen = [event.at for event in story if event.verb in DECISIONS]
    later = [event for event in story if seen and event.at > seen[-1]]
    if not later:
        return None
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for change in (change for event in later for change in event.changes):
        first.setdefault(change.number, change.old_label)
        last[change.number] = change.new_label
    others = [event.title for event in later if not event.verb and not event.changes]
    return Since(seen[-1], _moved(first, last), others=others)


def since_seen(revisions: Iterable[Revision], user: User) -> dict[int, Since]:
    """Return by assessment what changed since this person's last decision, or else since the last one of anybody.

    For a list: a sensitive condition is not named. An assessment on which nobody has decided is left out. Three
    queries, whatever the number.
    """
    rows = list(revisions)
    seen = _last_decisions({row.assessment_id for row in rows}, user)
    hidden = _sensitive(row for row in rows if row.assessment_id in seen)
    entries = Entry.objects.filter(revision__assessment__in=seen).order_by("at", "pk")
    first: dict[int, dict[str, str]] = defaultdict(dict)
    last: dict[int, dict[str, str]] = defaultdict(dict)
    for assessment, at, changes in entries.values_list("revision__assessment", "at", "changes"):
        if at <= seen[assessment]:
            continue
        for number, moved in changes.items():
            if number != OUTLOOK_CHANGE:
                old, new = _words(moved)
                first[assessment].setdefault(number, old)
                last[assessment][number] = new
    found = {one: _moved(first[one], last[one]) for one in seen}
    return {one: _without(Since(at, found[one]), hidden.get(one, set())) for one, at in seen.items()}


def _without(since: Since, hidden: set[int]) -> Since:
    open_ones = [moved for moved in since.moved if moved.number not in hidden]
    return Since(since.at, open_ones, hides_some=len(open_ones) < len(since.moved))


def _sensitive(revisions: Iterable[Revision]) -> dict[int, set[int]]:
    """Return by assessment the numbers of its sensitive conditions."""
    rows = list(revisions)
    found: dict[int, set[int]] = defaultdict(set)
    sensitive = Condition.objects.filter(is_sensitive=True, checklist__in={row.checklist_id for row in rows})
    for checklist, number in sensitive.values_list("checklist", "number"):
        found[checklist].add(number)
    return {row.assessment_id: found[row.checklist_id] for row in rows}


def _last_decisions(assessments: Iterable[int], user: User) -> dict[int, datetime.datetime]:
    decided = Review.objects.filter(revision__assessment__in=assessments, verb__in=DECISIONS).order_by("at")
    own: dict[int, datetime.datetime] = {}
    anybody: dict[int, datetime.datetime] = {}
    for assessment, at, by in decided.values_list("revision__assessment", "at", "by"):
        anybody[assessment] = at
        if by == user.pk:
            own[assessment] = at
    return anybody | own


def _words(moved: list[str]) -> tuple[str, str]:
    old, new, *told = moved
    before, after = told or ("", "")
    return verdict_words(old, before), verdict_words(new, after)


def _moved(first: Mapping[str, str], last: Mapping[str, str]) -> list[Moved]:
    numbers = sorted(last, key=int)
    return [Moved(int(one), first[one], last[one]) for one in numbers if first[one] != last[one]]


# --- against the result before ---------------------------------------------------------------------------
# Only of what both were asked in the same words: a condition that newer guidance adds or rewords is no change.


def moved_since_before(revisions: QuerySet[Revision]) -> QuerySet[Revision]:
    """Keep those of which a condition has another verdict than in the result before (`previous_id`)."""
    before = ConditionResult.objects.filter(
        revision=OuterRef(OuterRef("previous_id")), condition__wording=OuterRef("condition__wording")
    )
    now = ConditionResult.objects.filter(revision=OuterRef("pk"))
    return revisions.filter(Exists(now.filter(Exists(before.exclude(verdict=OuterRef("verdict"))))))


def moved_against(before: Iterable[ConditionResult], now: Iterable[ConditionResult]) -> str:
    """Return "nội dung 5: Đạt → Chưa đạt" for a list, in which a sensitive condition is not named."""
    stood = {result.condition.wording: result for result in before}
    pairs = [(stood[one.condition.wording], one) for one in now if one.condition.wording in stood]
    changed = [(old, new) for old, new in pairs if old.verdict != new.verdict]
    told = [
        Moved(new.condition.number, verdict_words(old.verdict, ""), verdict_words(new.verdict, "")).text
        for old, new in changed
        if not new.condition.is_sensitive
    ]
    hidden = ["nội dung khác: xem trang đánh giá"] if len(told) < len(changed) else []
    return "; ".join([*told, *hidden])
