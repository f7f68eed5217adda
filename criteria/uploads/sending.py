"""What a saved upload can send on, and sending it: told how many of how many, and who is left out."""

from collections import defaultdict
from dataclasses import dataclass

from communes.models import User
from criteria.models import EDITABLE, Door, Indicator, Upload, Verb, Verdict
from criteria.steps import take
from criteria.uploads.applying import letter_of
from criteria.uploads.places import counted, listed
from criteria.uploads.planning import Asked, PlannedRow, UploadPlan


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Units of one indicator that are not sent, and why."""

    reason: str
    names: tuple[str, ...]
    noun: str

    @property
    def text(self) -> str:
        """ "chưa có trong tệp: 02 xã (Ia Púch, Ia Mơ)"."""
        return f"{self.reason}: {counted(len(self.names), self.noun)} ({listed(self.names)})"


@dataclass(frozen=True, slots=True)
class Part:
    """What one table of the upload can send: the ready rows of all the units expected."""

    indicator: Indicator
    expected: int
    ready: tuple[PlannedRow, ...]
    sent: tuple[str, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def share(self) -> str:
        """ "17/19 xã"."""
        return f"{len(self.ready)}/{self.expected} {self.indicator.unit_noun}"

    @property
    def met(self) -> int:
        return sum(row.compared.standing.verdict == Verdict.MET for row in self.ready)

    @property
    def not_met(self) -> int:
        return len(self.ready) - self.met

    @property
    def missing(self) -> int:
        """How many of the expected units are neither sent now nor were before."""
        return self.expected - len(self.ready) - len(self.sent)


@dataclass(frozen=True, slots=True)
class Sending:
    """What an upload can send, table by table; tables that say nothing are left out."""

    parts: tuple[Part, ...]

    @property
    def revisions(self) -> list[int]:
        return [row.compared.standing.revision_id or 0 for part in self.parts for row in part.ready]

    @property
    def half_judged(self) -> list[PlannedRow]:
        """The rows that are sent with some conditions left open: they ask for a reason."""
        return [row for part in self.parts for row in part.ready if row.is_half_judged]

    @property
    def sent(self) -> int:
        return sum(len(part.sent) for part in self.parts)

    @property
    def share(self) -> str:
        """ "17/19 xã"; where several tables have something to send "36/39 kết quả"."""
        going = [part for part in self.parts if part.ready]
        if len(going) == 1:
            return going[0].share
        return f"{len(self.revisions)}/{sum(part.expected for part in going)} kết quả"


def sending_of(plan: UploadPlan) -> Sending:
    """Return what the rows of a saved upload, as they stand now, can send."""
    rows: dict[int, list[PlannedRow]] = defaultdict(list)
    for row in plan.planned:
        rows[row.indicator.pk].append(row)
    return Sending(
        tuple(_part(asked, rows[asked.table.indicator.pk]) for asked in plan.asked if asked.table.indicator.pk in rows)
    )


def _part(asked: Asked, rows: list[PlannedRow]) -> Part:
    indicator = asked.table.indicator
    at_the_desk = [row for row in rows if row.compared.standing.state in EDITABLE and not row.compared.refusal]
    ready = tuple(row for row in at_the_desk if row.compared.standing.verdict)
    undecided = tuple(row.name for row in at_the_desk if not row.compared.standing.verdict)
    reasons = {
        "chưa đủ nội dung để có kết quả": undecided,
        "ở dòng có lỗi, chưa lưu": asked.wrong,
        "để trống trong tệp": asked.blank,
        "chưa có trong tệp": asked.absent,
    }
    return Part(
        indicator,
        asked.expected,
        ready,
        sent=tuple(row.name for row in rows if row.compared.standing.state not in ("", *EDITABLE)),
        left_out=tuple(LeftOut(why, names, indicator.unit_noun) for why, names in reasons.items() if names),
    )


def send(
    upload: Upload,
    sending: Sending,
    *,
    by: User,
    reason: str = "",
    acceptance: str = "",
    door: str = Door.UPLOAD,
) -> int:
    """Send all that is ready, all or none, and return how many; raises `criteria.steps.StepRefused`.

    `reason` is why results with conditions left open are sent all the same, `acceptance` why those with warnings are.
    """
    revisions = sending.revisions
    if revisions:
        letter = letter_of(upload)
        take(Verb.SUBMIT, revisions, by=by, reason=reason, acceptance=acceptance, letter=letter, door=door)
    return len(revisions)
