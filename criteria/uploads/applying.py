"""A file comes in, and is saved: once, whole or not at all."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from communes.models import UnitVersion, User
from criteria.entering import EntryRefused, Letter, Status, enter
from criteria.evidence.records import EvidenceRefused
from criteria.models import SAVED, Door, Indicator, ReportingPeriod, UnitChoice, Upload, UploadState
from criteria.uploads.columns import Opened, open_workbook, read_anew
from criteria.uploads.documents import attach_all
from criteria.uploads.places import place_of
from criteria.uploads.planning import UploadPlan, plan_upload
from criteria.uploads.tables import Fault
from criteria.uploads.units import choices_of, chosen_units, take_over
from criteria.workbooks.documents import DOCUMENTS_SHEET
from criteria.workbooks.reading import Reading, Refused

NAME_LENGTH, REFUSAL_LENGTH = 200, 300


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of saving: the plan as it was at that moment and the number of rows written.

    `is_repeated`: the upload was saved before. `is_stale`: what stands has changed since the person looked.
    """

    plan: UploadPlan
    written: int = 0
    left_out: int = 0
    is_repeated: bool = False
    is_stale: bool = False

    @property
    def is_done(self) -> bool:
        return not self.is_stale and (self.plan.is_clean or self.left_out > 0)


def receive(
    content: bytes,
    filename: str,
    *,
    by: User,
    period: ReportingPeriod,
    letter: Letter | None = None,
    indicator: Indicator | None = None,
    follows: Upload | None = None,
    batch: uuid.UUID | None = None,
) -> Upload:
    """Keep the file with what the reader found in it; one that it refuses is kept with the reason.

    `follows` is the upload whose file was mended: it counts for the same place and period only. `batch` is the mark of
    several files handed in at once, of which each must say whose it is.
    Raises `places.PlaceUnknown` and keeps nothing if the person hands in no workbook in that period.
    """
    opened, refusal = None, ""
    try:
        opened = open_workbook(
            content, filename, by=by, period=period, indicator=indicator, needs_mark=batch is not None
        )
    except Refused as refused:
        refusal = refused.reason
    upload = Upload(
        unit=(opened.place if opened else place_of("", by=by, period=period)).unit,
        period=period,
        by=by,
        filename=clean_name(filename),
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content=content,
        state=UploadState.CHECKED if opened else UploadState.REFUSED,
        refusal=refusal[:REFUSAL_LENGTH],
        batch=batch,
        letter_number=letter.number if letter else "",
        letter_on=letter.on if letter else None,
    )
    upload.follows = follows if _is_of_same(follows, upload) else None
    return _kept(upload, opened, by)


def _kept(upload: Upload, opened: Opened | None, by: User) -> Upload:
    """Write the row and return it, with what the file would do and what was chosen for the file that it follows."""
    choices = choices_of(upload.follows)
    if opened:
        upload.outcome = plan_of(upload, by=by, reading=opened.reading, choices=choices).counts()
        upload.reading = opened.reading.to_json()
    with transaction.atomic():
        upload.save()
        take_over(choices, upload)
    return upload


def check_anew(upload: Upload, *, by: User) -> None:
    """Keep what the upload would do by the columns and units that were told since. Raises `reading.Refused`."""
    reading = read_anew(upload, place_on_last_day(upload))
    upload.outcome, upload.reading = plan_of(upload, by=by, reading=reading).counts(), reading.to_json()
    # Whoever saved it meanwhile saved what was told then.
    unsaved = Upload.objects.filter(pk=upload.pk, state=UploadState.CHECKED)
    unsaved.update(outcome=upload.outcome, reading=upload.reading)


def _is_of_same(follows: Upload | None, upload: Upload) -> bool:
    """Whether the earlier upload is for the same place and period."""
    return follows is not None and (follows.unit_id, follows.period_id) == (upload.unit_id, upload.period_id)


def plan_of(
    upload: Upload, *, by: User, reading: Reading | None = None, choices: Sequence[UnitChoice] | None = None
) -> UploadPlan:
    """Work out anew what the upload would do now; `reading`, `choices` where they need not be taken from the tables."""
    return plan_upload(
        reading or Reading.from_json(upload.reading),
        by=by,
        period=upload.period,
        place=place_on_last_day(upload),
        letter=letter_of(upload),
        is_saved=upload.state == UploadState.APPLIED,
        chosen=chosen_units(choices_of(upload) if choices is None else choices),
    )


def place_on_last_day(upload: Upload) -> UnitVersion:
    """Return the upload's district or province as it was on the last day of the period."""
    versions = UnitVersion.objects.as_of(upload.period.ends_on).filter(unit=upload.unit_id)
    return versions.select_related("unit").get()


def letter_of(upload: Upload) -> Letter | None:
    return Letter(upload.letter_number, upload.letter_on) if upload.letter_on else None


def apply_upload(
    upload_id: uuid.UUID, *, by: User, door: str = Door.UPLOAD, seen: str = "", leaving_out: int = 0
) -> Applied:
    """Save the upload's rows and say so on it, in one transaction; with any error nothing is written.

    `leaving_out` is how many rows with errors the person agreed to leave out: then the right ones alone are saved, if
    it is still that many.

    The row of the upload is locked first, so that of two presses or two processes the second finds it saved.
    `seen` is the `UploadPlan.fingerprint` that the person looked at. Raises `Upload.DoesNotExist` outside the
    person's scope or for a file that could not be read.
    """
    with transaction.atomic():
        upload = _locked(upload_id, by)
        plan = plan_of(upload, by=by)
        if upload.state in SAVED:
            return Applied(plan, is_repeated=True)
        if not plan.is_clean and not (leaving_out and (plan.right or plan.documents.new)):
            return Applied(plan)
        if (seen and seen != plan.fingerprint) or leaving_out != plan.rows_with_errors:
            return Applied(plan, is_stale=True)
        lines = [row.compared.line for row in plan.right]
        try:
            with transaction.atomic():
                enter(lines, by=by, period=upload.period, door=door, letter=letter_of(upload), upload=upload)
                attach_all(upload, plan.documents.new, by=by)
        except EntryRefused as refused:
            # Somebody sent or examined one of the rows between our look and the lock on it.
            return Applied(_with_refusal(plan, refused))
        except EvidenceRefused as refused:
            plan.errors.append(Fault(DOCUMENTS_SHEET, None, "", "", str(refused)))
            return Applied(plan)
        _mark_applied(upload, plan, by)
    written = len(plan.of(Status.NEW)) + len(plan.of(Status.CHANGED))
    return Applied(plan, written=written, left_out=plan.rows_with_errors)


def _locked(upload_id: uuid.UUID, by: User) -> Upload:
    """Lock and return the upload, if it is readable and in the person's scope."""
    visible = Upload.objects.visible_to(by).filter(pk=upload_id).exclude(state=UploadState.REFUSED)
    found = Upload.objects.select_for_update(of=("self",)).defer("content").select_related("period", "unit")
    return found.get(pk__in=visible.values("pk"))


def _mark_applied(upload: Upload, plan: UploadPlan, by: User) -> None:
    upload.state, upload.applied_by, upload.applied_at = UploadState.APPLIED, by, timezone.now()
    upload.outcome = plan.counts()
    upload.save(update_fields=["state", "applied_by", "applied_at", "outcome"])


def _with_refusal(plan: UploadPlan, refused: EntryRefused) -> UploadPlan:
    reasons = {(item.line.unit_id, item.line.indicator.pk): item.refusal for item in refused.compared}
    for row in plan.planned:
        reason = reasons.get((row.unit.unit_id, row.indicator.pk))
        if reason:
            plan.errors.append(row.place.fault(f"{row.title}: {reason}"))
    return plan


def clean_name(filename: str) -> str:
    """Return the file's name without control characters, at most as long as is kept."""
    return "".join(c for c in filename if c.isprintable())[-NAME_LENGTH:] or "khong-ten.xlsx"
