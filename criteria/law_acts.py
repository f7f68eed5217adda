"""What a person does with versions of the law: compare the wording, keep the signed file, begin a new version.

Confirmations, signed files and versions made from a copy are written here only.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from communes.models import User
from criteria.evidence.files import Prepared
from criteria.models import (
    Checklist,
    Condition,
    Confirmation,
    CriteriaSetVersion,
    Examiner,
    IndicatorWording,
    Marker,
    SignedText,
)

# What bears a marker: a wording that somebody may compare with the signed text.
Marked = Condition | CriteriaSetVersion | Examiner | IndicatorWording
# What of it is the wording: a change of one of these undoes the comparison.
WORDINGS: dict[str, tuple[str, ...]] = {
    "condition": ("number", "wording", "kind", "limit", "threshold", "comparison", "noun"),
    "indicatorwording": ("text",),
    "criteriasetversion": ("number", "issuer", "signed_on"),
    "examiner": ("name", "starts_on", "ends_on"),
}


@dataclass(frozen=True)
class Text:
    """A signed text by its number and date."""

    number: str
    signed_on: datetime.date


@transaction.atomic
def confirm(rows: Iterable[Marked], *, by: User, text: Text) -> Confirmation:
    """Write that this person compared these wordings with the signed text, now."""
    made = Confirmation.objects.create(text_number=text.number, text_signed_on=text.signed_on, by=by, at=timezone.now())
    for row in rows:
        row.marker, row.confirmation = Marker.CONFIRMED, made
        row.save(update_fields=["marker", "confirmation"])
    return made


@transaction.atomic
def unconfirm(rows: Iterable[Marked]) -> None:
    """Take the comparison back: the wordings bear their marker again. The confirmation itself stays on record."""
    for row in rows:
        row.marker, row.confirmation = Marker.UNCHECKED, None
        row.save(update_fields=["marker", "confirmation"])


def undo_if_reworded(row: Any, changed: Iterable[str]) -> bool:
    """Put the marker back on a confirmed wording of which one of these fields changed; the caller saves."""
    if row.marker != Marker.CONFIRMED or not set(changed) & set(WORDINGS[row._meta.model_name]):
        return False
    row.marker, row.confirmation = Marker.UNCHECKED, None
    return True


def keep_text(prepared: Prepared, *, by: User) -> SignedText:
    """Keep the file of a signed text."""
    signed = SignedText(
        filename=prepared.filename,
        size=len(prepared.content),
        sha256=prepared.sha256,
        kept_by=by,
        kept_at=timezone.now(),
    )
    name = f"law/{prepared.sha256}{PurePath(prepared.filename).suffix.lower()}"
    signed.file.save(name, ContentFile(prepared.content), save=False)
    signed.save()
    return signed


@transaction.atomic
def new_checklist(old: Checklist, **given: Any) -> Checklist:
    """Return a new version with the conditions of the old one, none of them compared with the new text yet."""
    made = Checklist.objects.create(indicator=old.indicator, source=f"lập từ bản {old.number}", **given)
    for condition in old.conditions.all():
        _copy(condition, checklist=made)
    return made


@transaction.atomic
def new_set_version(old: CriteriaSetVersion, **given: Any) -> CriteriaSetVersion:
    """Return a new version of the set with the wordings of the old one, none of them compared yet."""
    made = CriteriaSetVersion.objects.create(
        criteria_set=old.criteria_set, marker=Marker.UNCHECKED, source=f"lập từ bản {old.number}", **given
    )
    for wording in old.wordings.all():
        _copy(wording, version=made)
    return made


def _copy(row: Condition | IndicatorWording, **given: Any) -> None:
    row.pk, row._state.adding = None, True
    if row.marker == Marker.CONFIRMED:
        row.marker = Marker.UNCHECKED
    row.confirmation = None
    for name, value in given.items():
        setattr(row, name, value)
    row.save()
