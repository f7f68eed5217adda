"""Hủy lần nộp: one saved upload taken back as a whole, while nothing built on it was decided or changed by others."""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from communes.models import User
from communes.templatetags.vietnamese import day
from criteria import rules
from criteria.cases import cases_of
from criteria.models import (
    PENDING,
    SAVED,
    Assessment,
    Door,
    Entry,
    Indicator,
    Review,
    Revision,
    State,
    Upload,
    UploadState,
    Verb,
)
from criteria.restoring import take_back
from criteria.standings import by_thousand
from criteria.steps import refusal_of, take
from criteria.uploads.documents import take_away

EDIT_INSTEAD = "Sửa kết quả này ở trang Đánh giá chỉ tiêu."


@dataclass(frozen=True)
class UndoneRow:
    """One result that the upload wrote: whose it is, and what would become of it."""

    name: str
    entry: Entry
    obstacle: str = ""
    is_sent: bool = False
    is_edited: bool = False

    @property
    def indicator(self) -> Indicator:
        return self.entry.revision.assessment.indicator

    @property
    def is_opened(self) -> bool:
        """Whether the upload opened the revision, so that it goes away."""
        return not self.entry.before

    @property
    def outcome(self) -> str:
        if not self.is_opened:
            return "trở lại giá trị trước lần nộp"
        return "bỏ lần điều chỉnh, giữ kết quả đã xác nhận" if self.entry.revision.number > 1 else "bỏ kết quả đã nhập"


@dataclass(frozen=True)
class UndoPlan:
    """What undoing would do; `obstacles` are the rows that keep it from being done."""

    rows: list[UndoneRow] = field(default_factory=list)

    @property
    def obstacles(self) -> list[UndoneRow]:
        return [row for row in self.rows if row.obstacle]

    @property
    def opened(self) -> int:
        return sum(row.is_opened for row in self.rows)

    @property
    def restored(self) -> int:
        return len(self.rows) - self.opened

    @property
    def sent(self) -> list[UndoneRow]:
        """The rows that were sent and are withdrawn first."""
        return [row for row in self.rows if row.is_sent and not row.obstacle]

    @property
    def edited(self) -> list[UndoneRow]:
        """The rows that the person changed by hand since: that is lost too."""
        return [row for row in self.rows if row.is_edited and not row.obstacle]


@dataclass(frozen=True)
class Undone:
    """What came of undoing; `is_repeated`: it was undone before."""

    plan: UndoPlan
    is_repeated: bool = False

    @property
    def is_done(self) -> bool:
        return not self.is_repeated and not self.plan.obstacles


def undo_plan_of(upload: Upload, *, by: User) -> UndoPlan:
    """Work out what undoing would do now: a fixed number of queries per thousand rows; nothing is written."""
    plan, now = UndoPlan(), timezone.now()
    for entries in by_thousand(_entries_of(upload)):
        cases = cases_of([entry.revision for entry in entries], by)
        later, decided = _later_entries(entries), _decisions(entries)
        for entry in entries:
            name, case = cases[entry.revision_id]
            since = later[entry.revision_id]
            obstacle = (
                _refusal_of_old(entry)
                or decided.get(entry.revision_id, "")
                or _refusal_of_changes(since, by)
                or _refusal_of_state(entry.revision, case, by, now)
            )
            is_sent = entry.revision.state in PENDING
            plan.rows.append(UndoneRow(name, entry, obstacle, is_sent=is_sent, is_edited=bool(since)))
    return plan


def undo_upload(upload_id: uuid.UUID, *, by: User, reason: str) -> Undone:
    """Take the upload back in one transaction; with anything in the way nothing is written.

    The row of the upload is locked first, as in saving: of two presses or two processes the second finds it undone.
    Raises `Upload.DoesNotExist` outside the person's scope or for a file that was never saved.
    """
    with transaction.atomic():
        visible = Upload.objects.visible_to(by).filter(pk=upload_id, state__in=SAVED)
        found = Upload.objects.select_for_update(of=("self",)).defer("content", "reading").select_related("period")
        upload = found.get(pk__in=visible.values("pk"))
        if upload.state == UploadState.UNDONE:
            return Undone(UndoPlan(), is_repeated=True)
        _lock_assessments(upload)
        plan = undo_plan_of(upload, by=by)
        if plan.obstacles:
            return Undone(plan)
        at = timezone.now()
        upload.undone_rows = _record_of(plan)
        if plan.sent:
            take(
                Verb.WITHDRAW, [row.entry.revision_id for row in plan.sent], by=by, reason=reason, at=at, door=Door.UNDO
            )
        take_back([row.entry for row in plan.rows], by=by, upload=upload, at=at)
        take_away(upload, by=by)
        upload.state, upload.undone_by, upload.undone_at = UploadState.UNDONE, by, at
        upload.undone_because = reason
        upload.save(update_fields=["state", "undone_by", "undone_at", "undone_because", "undone_rows"])
    return Undone(plan)


def _entries_of(upload: Upload) -> list[Entry]:
    rows = Entry.objects.filter(upload=upload).exclude(door=Door.UNDO).order_by("pk")
    subject = "revision__assessment"
    return list(
        rows.select_related(f"{subject}__unit", f"{subject}__indicator", f"{subject}__period", "revision__checklist")
    )


def _lock_assessments(upload: Upload) -> None:
    """Lock what every door locks before it writes, in the same order."""
    ids = Entry.objects.filter(upload=upload).order_by("revision__assessment")
    for some in by_thousand(ids.values_list("revision__assessment", flat=True)):
        list(Assessment.objects.select_for_update().filter(pk__in=some).order_by("pk").values_list("pk"))


def _later_entries(entries: Sequence[Entry]) -> Mapping[int, list[Entry]]:
    """Return by revision what was entered since, without uploads that were undone themselves."""
    first = {entry.revision_id: entry.pk for entry in entries}
    rows = Entry.objects.filter(revision__in=first, pk__gt=min(first.values(), default=0)).select_related("by")
    found: dict[int, list[Entry]] = defaultdict(list)
    for row in rows.exclude(upload__state=UploadState.UNDONE).order_by("pk"):
        if row.pk > first[row.revision_id]:
            found[row.revision_id].append(row)
    return found


def _decisions(entries: Sequence[Entry]) -> dict[int, str]:
    """Return by revision that somebody decided on what the upload wrote."""
    since = {entry.revision_id: entry.at for entry in entries}
    rows = Review.objects.filter(revision__in=since, verb__in=(Verb.EXAMINE, Verb.RETURN, Verb.CONFIRM, Verb.REOPEN))
    words = {Verb.EXAMINE: "đã được thẩm tra", Verb.RETURN: "đã được trả lại"}
    return {
        row.revision_id: f"{words.get(Verb(row.verb), 'đã được xác nhận')} ngày {day(row.at)}. "
        + ("Đề nghị Công an tỉnh mở lại để điều chỉnh." if row.verb not in words else EDIT_INSTEAD)
        for row in rows.order_by("at", "pk")
        if row.at >= since[row.revision_id]
    }


def _refusal_of_old(entry: Entry) -> str:
    return "" if entry.before is not None else f"lần nộp này không lưu giá trị trước đó. {EDIT_INSTEAD}"


def _refusal_of_changes(since: Iterable[Entry], by: User) -> str:
    """Say that others, or a later upload, changed the result; what the person changed by hand is theirs to drop."""
    for entry in since:
        if entry.upload_id:
            code = Upload(pk=entry.upload_id).code
            return f"lần nộp sau ({code}) đã thay đổi kết quả này. Hủy lần nộp đó trước."
        if entry.by_id != by.pk:
            return f"đã được {entry.by.full_name} sửa ngày {day(entry.at)}. {EDIT_INSTEAD}"
    return ""


def _refusal_of_state(revision: Revision, case: rules.Case, by: User, at: datetime.datetime) -> str:
    if revision.state in PENDING:
        refused = refusal_of(Verb.WITHDRAW, revision, case, by=by, at=at)
        return f"đã gửi, {refused}" if refused else ""
    if revision.state in (State.CONFIRMED, State.REPLACED):
        return "đã được xác nhận. Đề nghị Công an tỉnh mở lại để điều chỉnh."
    return rules.refusal_of_period(
        revision.assessment.period,
        timezone.localdate(at),
        is_correction=rules.is_correction(revision.state, revision.number),
        extended_until=case.extended_until,
    )


def _record_of(plan: UndoPlan) -> list[dict[str, Any]]:
    """Return what is kept of the rows, with the entries and steps of the revisions that go away."""
    opened = [row.entry.revision_id for row in plan.rows if row.is_opened]
    story: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for some in by_thousand(opened):
        for entry in Entry.objects.filter(revision__in=some).order_by("pk"):
            said = {"did": entry.door, "by": entry.by_id, "at": entry.at.isoformat(), "changes": entry.changes}
            story[entry.revision_id].append(said)
        for review in Review.objects.filter(revision__in=some).order_by("pk"):
            step = {"did": review.verb, "by": review.by_id, "at": review.at.isoformat(), "reason": review.reason}
            story[review.revision_id].append({**step, "content_hash": review.content_hash})
    return [
        {
            "name": row.name,
            "unit": row.entry.revision.assessment.unit.key,
            "indicator": row.indicator.code,
            "indicator_name": row.indicator.name,
            "number": row.entry.revision.number,
            "outcome": row.outcome,
            "changes": row.entry.changes,
            "story": story[row.entry.revision_id],
        }
        for row in plan.rows
    ]
