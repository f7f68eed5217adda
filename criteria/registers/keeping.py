"""The one writer of the registers: each writing leaves an entry with old and new values in the same transaction."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from communes.models import User
from criteria.data_files import words
from criteria.models import RegisterEntry, RegisterKind, SecurityModel
from criteria.registers.kinds import kind_of, register_of
from criteria.registers.rules import RECORDING_ROLES

ADDED, CHANGED, WITHDRAWN, ACCEPTED = "Ghi mới", "Sửa", "Hủy dòng", "Ghi nhận"


class Stale(Exception):
    """Somebody wrote the row after the person saw it; nothing was written."""


def keep(row: Any, *, by: User, door: str, seen: int | None = None) -> None:
    """Write a row, new or changed, and who did it; a model that an upper officer writes is accepted with it.

    `seen` is the last entry (`last_entry`) that the person had before them. Raises `Stale`.
    """
    with transaction.atomic():
        before = _locked(row)
        if before and (before.withdrawn_at or (seen is not None and seen != last_entry(row))):
            raise Stale
        changes = changes_between(before, row)
        if before and not changes:
            return
        if before is None:
            row.recorded_by, row.recorded_at = by, timezone.now()
            if isinstance(row, SecurityModel) and by.role in RECORDING_ROLES:
                row.accepted_by, row.accepted_at = by, row.recorded_at
        row.save()
        _note(row, CHANGED if before else ADDED, by, door, changes)


def withdraw(row: Any, *, by: User, door: str, because: str, at: datetime.datetime | None = None) -> None:
    """Withdraw a row that was written by mistake: it stays, says why, and counts nowhere. Raises `Stale`."""
    with transaction.atomic():
        before = _locked(row)
        if before is None or before.withdrawn_at:
            raise Stale
        moment = at or timezone.now()
        row.withdrawn_by, row.withdrawn_at, row.withdrawn_because = by, moment, because
        row.save(update_fields=("withdrawn_by", "withdrawn_at", "withdrawn_because"))
        _note(row, WITHDRAWN, by, door, {"Lý do": ["", because]})


def accept(row: SecurityModel, *, by: User, door: str) -> None:
    """Accept a model that a commune proposed: from now on it counts. Raises `Stale`."""
    with transaction.atomic():
        before = _locked(row)
        if before is None or before.withdrawn_at or before.accepted_at:
            raise Stale
        row.accepted_by, row.accepted_at = by, timezone.now()
        row.save(update_fields=("accepted_by", "accepted_at"))
        _note(row, ACCEPTED, by, door, {})


def last_entry(row: Any) -> int:
    """Return the id of the last writing of the row, 0 for one that nobody wrote by hand."""
    entry = entries_of(row).last()
    return entry.pk if entry else 0


def entries_of(row: Any) -> models.QuerySet[RegisterEntry]:
    return RegisterEntry.objects.filter(register=kind_of(row), row=row.pk).order_by("at", "pk")


def changes_between(before: Any, after: Any) -> dict[str, list[str]]:
    """Return what differs, in the words of the screens: {"Số quyết định": ["12/QĐ-UBND", "13/QĐ-UBND"]}."""
    old, new = ({"Đơn vị": str(row.unit), **values_in_words(row)} if row else {} for row in (before, after))
    return {label: [old.get(label, ""), said] for label, said in new.items() if old.get(label, "") != said}


def values_in_words(row: Any) -> dict[str, str]:
    """Return what the row says, by the names of its fields on the screens."""
    fields: Iterable[Any] = (row._meta.get_field(name) for name in register_of(kind_of(row)).fields)
    return {str(field.verbose_name).capitalize(): _in_words(row, field) for field in fields}


def _in_words(row: Any, field: Any) -> str:
    if field.choices:
        return str(getattr(row, f"get_{field.name}_display")())
    value = getattr(row, field.name)
    return "" if value is None or value == "" else words(value)


def _locked(row: Any) -> Any:
    return type(row).objects.select_for_update().filter(pk=row.pk).first() if row.pk else None


def _note(row: Any, act: str, by: User, door: str, changes: dict[str, Sequence[str]] | dict[str, list[str]]) -> None:
    kind: RegisterKind = kind_of(row)
    RegisterEntry.objects.create(register=kind, row=row.pk, by=by, door=door, act=act, changes=changes)
