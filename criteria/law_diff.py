"""Two versions of a checklist side by side: which items go together, and which words differ."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db import models

from criteria.models import Checklist, Condition

ALIKE = 0.4  # words in common from which two items of one number are one item reworded


class Difference(models.TextChoices):
    SAME = "same", "Giữ nguyên"
    RULE = "rule", "Đổi cách tính"
    WORDING = "wording", "Sửa lời"
    ADDED = "added", "Thêm"
    REMOVED = "removed", "Bỏ"


@dataclass(frozen=True)
class Piece:
    """Some words of a text; `is_changed`: the other side has not got them there."""

    text: str
    is_changed: bool


@dataclass(frozen=True)
class Pair:
    """An item of the one version beside that of the other; one of them is None where it was added or removed."""

    old: Condition | None
    new: Condition | None
    old_pieces: list[Piece]
    new_pieces: list[Piece]

    @property
    def difference(self) -> Difference:
        if self.old is None or self.new is None:
            return Difference.REMOVED if self.new is None else Difference.ADDED
        if self.old.wording != self.new.wording:
            return Difference.WORDING
        return Difference.SAME if self.old.rule == self.new.rule else Difference.RULE

    @property
    def is_moved(self) -> bool:
        return bool(self.old and self.new and self.old.number != self.new.number)


def compared(old: Checklist, new: Checklist) -> list[Pair]:
    """Return the items of both in the order of the new one, each with its counterpart; removed ones at their place."""
    olds, news = list(old.conditions.all()), list(new.conditions.all())
    partner = dict(_partners(olds, news))
    taken = {condition.pk for condition in partner.values()}
    rows: list[tuple[int, int, Condition | None, Condition | None]]
    rows = [(condition.number, 1, partner.get(condition.pk), condition) for condition in news]
    rows += [(condition.number, 0, condition, None) for condition in olds if condition.pk not in taken]
    rows.sort(key=lambda row: row[:2])
    return [_pair(before, after) for *_, before, after in rows]


def _partners(olds: Sequence[Condition], news: Sequence[Condition]) -> Iterator[tuple[int, Condition]]:
    """Yield for items of the new version, by id, the item of the old one: the same words first, then the number."""
    left = list(olds)
    unmatched = []
    for condition in news:
        found = next((one for one in left if one.wording == condition.wording), None)
        if found is None:
            unmatched.append(condition)
            continue
        left.remove(found)
        yield condition.pk, found
    for condition in unmatched:
        found = next((one for one in left if one.number == condition.number and _are_alike(one, condition)), None)
        found = found or next((one for one in left if _are_alike(one, condition)), None)
        if found is not None:
            left.remove(found)
            yield condition.pk, found


def _are_alike(one: Condition, other: Condition) -> bool:
    return SequenceMatcher(None, one.wording.split(), other.wording.split(), autojunk=False).ratio() >= ALIKE


def _pair(old: Condition | None, new: Condition | None) -> Pair:
    before, after = pieces(old.wording if old else "", new.wording if new else "")
    return Pair(old, new, before, after)


def pieces(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts cut into pieces of words, those marked that the other has not got."""
    before, after = old.split(), new.split()
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for side, words in ((left, before[i1:i2]), (right, after[j1:j2])):
            if words:
                side.append(Piece(" ".join(words), tag != "equal"))
    return left, right


def counted(pairs: Iterable[Pair]) -> list[tuple[str, int]]:
    """ "Giữ nguyên": 6; "Sửa lời": 1 … in a fixed order, those that occur."""
    found = [pair.difference for pair in pairs]
    return [(str(kind.label), found.count(kind)) for kind in Difference if kind in found]
