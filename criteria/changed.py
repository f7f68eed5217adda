"""What changed in a result since it was last decided on: the conditions that moved, from what to what."""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from communes.models import User
from criteria.history import verdict_words
from criteria.models import OUTLOOK_CHANGE, Entry, Review, Revision, Verb

DECISIONS = (Verb.EXAMINE, Verb.RETURN, Verb.CONFIRM)


@dataclass(frozen=True)
class Moved:
    """One condition since the last decision, in words."""

    number: int
    old: str
    new: str

    @property
    def text(self) -> str:
        return f"nội dung {self.number}: {self.old} → {self.new}"


@dataclass(frozen=True)
class Since:
    """What moved since a day on which it was seen; nothing moved is told too."""

    at: datetime.datetime
    moved: list[Moved]


def since_seen(revisions: Iterable[Revision], user: User) -> dict[int, Since]:
    """Return by assessment what changed since this person's last decision, or else since the last one of anybody.

    An assessment on which nobody has decided is left out. Two queries, whatever the number.
    """
    assessments = {row.assessment_id for row in revisions}
    seen = _last_decisions(assessments, user)
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
    return {one: Since(at, _moved(first[one], last[one])) for one, at in seen.items()}


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


def _moved(first: dict[str, str], last: dict[str, str]) -> list[Moved]:
    numbers = sorted(last, key=int)
    return [Moved(int(one), first[one], last[one]) for one in numbers if first[one] != last[one]]
