"""The story of an assessment: every entry and every step, in the order of time."""

import datetime
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from communes.models import User
from criteria import rules
from criteria.batches import sizes_of
from criteria.evidence.records import evidence_for
from criteria.models import (
    OUTLOOK_CHANGE,
    Act,
    Assessment,
    Attachment,
    Door,
    Entry,
    GuidanceAct,
    ReturnedItem,
    Review,
    Revision,
    State,
    Upload,
    Verb,
    Verdict,
)

# What else than entering is told by the door.
TITLES: dict[str, str] = {Door.UNDO: "Khôi phục kết quả trước lần nộp", Door.GUIDANCE: str(Door.GUIDANCE.label)}
NOT_JUDGED = "Chưa đánh giá"


@dataclass(frozen=True)
class Change:
    """One condition that moved: its verdict, and its numbers in words."""

    number: str
    old: str
    new: str
    old_told: str = ""
    new_told: str = ""

    @property
    def old_label(self) -> str:
        return verdict_words(self.old, self.old_told)

    @property
    def new_label(self) -> str:
        return verdict_words(self.new, self.new_told)


@dataclass(frozen=True)
class Event:
    """What one person did at one time with one revision."""

    at: datetime.datetime
    title: str
    by: User
    number: int
    reason: str = ""
    door: str = ""
    upload: Upload | None = None
    changes: list[Change] = field(default_factory=list)
    is_first: bool = False
    expected: list[str] = field(default_factory=list)
    acceptance: str = ""
    items: list[ReturnedItem] = field(default_factory=list)
    batch: uuid.UUID | None = None
    batch_size: int = 0
    verb: str = ""

    @property
    def summary(self) -> str:
        """ "Nhập lần đầu, 8 nội dung"; later "2 nội dung thay đổi"."""
        return (
            f"Nhập lần đầu, {len(self.changes)} nội dung" if self.is_first else f"{len(self.changes)} nội dung thay đổi"
        )


def story_of(assessment: Assessment, user: User) -> list[Event]:
    """Return what happened to all revisions of the assessment, as this person may read it."""
    revisions = list(Revision.objects.filter(assessment=assessment).prefetch_related("checklist__conditions"))
    entries = Entry.objects.filter(revision__in=revisions)
    reviews = Review.objects.filter(revision__in=revisions)
    posts = ("by__unit__versions",)
    tells_all = _tells_all(revisions, user)
    uploads = _uploads_seen_by(user, entries.exclude(upload=None).values_list("upload", flat=True))
    made = entries.select_related("revision", "by__unit").prefetch_related(*posts)
    told = [_told_entry(one, uploads, tells_changes=tells_all, is_first=at == 0) for at, one in enumerate(made)]
    steps = list(reviews.select_related("revision", "by__unit").prefetch_related(*posts, "items__condition"))
    sizes = sizes_of((step.batch for step in steps), user)
    told += [_told_review(step, sizes.get(step.batch, 0), is_reason_told=tells_all) for step in steps]
    told += _told_marks(assessment, is_reason_told=tells_all)
    told += _told_evidence(assessment, user, is_reason_told=tells_all)
    return sorted(told, key=lambda event: event.at)


def return_of(revision: Revision | None, user: User) -> Review | None:
    """Return the return that a revision waits to be mended after, for those who see all its conditions.

    Its reason may name one.
    """
    if revision is None or revision.state != State.RETURNED or user.role not in rules.SEES_SENSITIVE_ROLES:
        return None
    return returns_of([revision]).get(revision.pk)


def reasons_by_number(revision: Revision | None, user: User) -> dict[int, str]:
    """Return why the conditions that the last return named came back, by their numbers."""
    found = reasons_at_items([revision] if revision else [], user)
    return next((items for _, items in found.values()), {})


def reasons_at_items(revisions: Iterable[Revision], user: User) -> dict[int, tuple[str, dict[int, str]]]:
    """Return by revision that waits to be mended why it came back: as a whole, and by the numbers of its conditions."""
    if user.role not in rules.SEES_SENSITIVE_ROLES:
        return {}
    returned = returns_of(revision for revision in revisions if revision.state == State.RETURNED)
    return {
        pk: (review.reason, {item.condition.number: item.reason for item in review.items.all()})
        for pk, review in returned.items()
    }


def returns_of(revisions: Iterable[Revision]) -> dict[int, Review]:
    """Return the latest return of each revision that has one, with who returned it."""
    found = Review.objects.filter(revision__in=[revision.pk for revision in revisions], verb=Verb.RETURN)
    listed = found.select_related("by__unit").prefetch_related("by__unit__versions", "items__condition").order_by("at")
    return {review.revision_id: review for review in listed}


def _tells_all(revisions: Iterable[Revision], user: User) -> bool:
    """Whether this person sees the results of all conditions; else what changed, and how many, would tell the rest."""
    return user.role in rules.SEES_SENSITIVE_ROLES or not any(
        condition.is_sensitive for revision in revisions for condition in revision.checklist.conditions.all()
    )


def _uploads_seen_by(user: User, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Upload]:
    """Return the uploads that the person may open, without their bytes."""
    wanted = set(ids)
    found = Upload.objects.visible_to(user).filter(pk__in=wanted).only("pk", "filename") if wanted else ()
    return {upload.pk: upload for upload in found}


def verdict_words(verdict: str, told: str) -> str:
    """ "Đạt"; "Đạt (1 vụ)"; "Chưa đánh giá"."""
    return f"{Verdict(verdict).label}{f' ({told})' if told else ''}" if verdict else NOT_JUDGED


def _entry_title(entry: Entry) -> str:
    if entry.door in TITLES:
        return TITLES[entry.door]
    return "Nhập kết quả, không có nội dung" if entry.revision.is_bare and not entry.changes else "Nhập kết quả"


def _told_entry(entry: Entry, uploads: dict[uuid.UUID, Upload], *, tells_changes: bool, is_first: bool) -> Event:
    moved = dict(entry.changes) if tells_changes else {}
    expected = moved.pop(OUTLOOK_CHANGE, [])
    changes = [Change(number, *how) for number, how in moved.items()]
    return Event(
        at=entry.at,
        title=_entry_title(entry),
        by=entry.by,
        number=entry.revision.number,
        door="" if entry.door == Door.GUIDANCE else str(entry.get_door_display()),
        upload=uploads.get(entry.upload_id) if entry.upload_id else None,
        changes=changes,
        is_first=is_first,
        expected=expected,
    )


def _told_marks(assessment: Assessment, *, is_reason_told: bool) -> list[Event]:
    """Return each asking for a review by new guidance; what was carried or given back has steps of its own."""
    marks = GuidanceAct.objects.filter(revision__assessment=assessment, act=Act.MARK)
    return [
        Event(
            at=mark.at,
            title=str(mark.get_act_display()),
            by=mark.by,
            number=mark.revision.number,
            reason=mark.reason if is_reason_told else "",
        )
        for mark in marks.select_related("revision", "by__unit").prefetch_related("by__unit__versions")
    ]


def _told_evidence(assessment: Assessment, user: User, *, is_reason_told: bool) -> list[Event]:
    """Return each attaching and each removing, of evidence that the person may see."""
    attachments = (
        Attachment.objects.filter(unit=assessment.unit_id, evidence__in=evidence_for(user))
        .filter(evidence__indicator=assessment.indicator_id, evidence__period=assessment.period_id)
        .select_related("evidence__attached_by__unit", "removed_by__unit")
        .prefetch_related("evidence__attached_by__unit__versions", "removed_by__unit__versions")
    )
    told = []
    for one in attachments:
        evidence = one.evidence
        told.append(Event(evidence.attached_at, f"Đính kèm {evidence.named}", evidence.attached_by, 1))
        if one.removed_at and one.removed_by:
            reason = one.removal_reason if is_reason_told else ""
            told.append(Event(one.removed_at, f"Gỡ {evidence.named}", one.removed_by, 1, reason))
    return told


def _told_review(review: Review, batch_size: int, *, is_reason_told: bool) -> Event:
    """A reason is typed and may name a condition, so it is told to those only who see all conditions."""
    return Event(
        at=review.at,
        title=Verb(review.verb).label,
        by=review.by,
        number=review.revision.number,
        reason=review.reason if is_reason_told else "",
        acceptance=review.acceptance if is_reason_told else "",
        items=list(review.items.all()) if is_reason_told else [],
        batch=review.batch,
        batch_size=batch_size,
        verb=review.verb,
        door="" if review.door == Door.FORM else str(review.get_door_display()),
    )
