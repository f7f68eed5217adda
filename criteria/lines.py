"""What one unit says for one indicator, as every door hands it to the one writer (`criteria.entering`)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models

from criteria.models import Indicator, Verdict
from criteria.outlooks import Outlook
from criteria.standings import Standing
from criteria.verdicts import Numbers


class Status(models.TextChoices):
    """What a line would do to what stands."""

    NEW = "new", "Nhập lần đầu"
    CHANGED = "changed", "Thay đổi"
    SAME = "same", "Giữ nguyên"


@dataclass(frozen=True)
class Line:
    """What one unit says for one indicator: every judged condition, whole; a condition left out is not judged.

    `verdicts` maps a condition's id to a `Verdict`; `reasons` gives the reason of each "không áp dụng"; `numbers` the
    numbers of a condition that asks for them, whose verdict then follows and need not be given.
    `outlook` is what is expected of a result that is not met; None: the door does not ask, and what stands is kept.
    `seen` is the `Standing.token` that the person had before them; a page that went stale meanwhile is refused.
    """

    unit_id: int
    indicator: Indicator
    verdicts: Mapping[int, str]
    reasons: Mapping[int, str] = field(default_factory=dict)
    seen: str = ""
    numbers: Mapping[int, Numbers] = field(default_factory=dict)
    outlook: Outlook | None = None
    bare: str = ""  # the verdict of an old list that has no conditions; nothing else is said then


@dataclass(frozen=True)
class Letter:
    """The letter by which the province enters on behalf of a unit (nhập thay đơn vị)."""

    number: str
    on: datetime.date


@dataclass(frozen=True)
class Compared:
    """A line beside what stands; `refusal` says why it may not be entered ("" when it may)."""

    line: Line
    standing: Standing
    status: str
    verdict: str
    refusal: str = ""

    @property
    def outlook(self) -> Outlook:
        """Return what is expected from now on: nothing of a result that is met or undecided."""
        if self.verdict != Verdict.NOT_MET:
            return Outlook()
        return self.standing.outlook if self.line.outlook is None else self.line.outlook

    @property
    def is_stale(self) -> bool:
        """Whether what stands changed after the person saw it."""
        return bool(self.line.seen) and self.line.seen != self.standing.token
