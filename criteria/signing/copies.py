"""Signed copies of a sheet: attaching one, and saying whether it still agrees with the figures."""

from dataclasses import dataclass
from typing import Any, Protocol

from django.db import transaction
from django.utils import timezone

from communes.models import Role, UnitVersion, User
from criteria import rules
from criteria.evidence.files import Prepared, store
from criteria.models import Indicator, ReportingPeriod, SheetKind, SignedCopy
from criteria.signing.content import Content

CHANGED = "Bản ký không còn khớp số liệu"


class Sheet(Protocol):
    """What is printed to be signed: `Sheet` of the self-assessment, `Examination`, `Summary`."""

    @property
    def kind(self) -> SheetKind: ...
    @property
    def place(self) -> UnitVersion: ...
    @property
    def period(self) -> ReportingPeriod: ...
    @property
    def content(self) -> Content: ...


@dataclass(frozen=True)
class Shown:
    """A copy as a page shows it: the newest says whether it still agrees, those before were replaced."""

    copy: SignedCopy
    is_newest: bool
    agrees: bool

    @property
    def is_changed(self) -> bool:
        return self.is_newest and not self.agrees


def indicator_of(sheet: Any) -> Indicator | None:
    """Return the indicator that the sheet is about; the self-assessment is about all."""
    return None if sheet.kind == SheetKind.SELF else sheet.indicator


def copies_of(sheet: Sheet) -> list[Shown]:
    """Return the signed copies of a sheet, newest first: three queries."""
    found = (
        SignedCopy.objects.filter(
            sheet=sheet.kind, period=sheet.period, place=sheet.place.unit_id, indicator=indicator_of(sheet)
        )
        .select_related("attached_by__unit")
        .prefetch_related("attached_by__unit__versions")
        .order_by("-attached_at", "-pk")
    )
    return [Shown(copy, at == 0, copy.contents == sheet.content.contents) for at, copy in enumerate(found)]


def refusal_to_attach(sheet: Sheet, by: User) -> str:
    """Say why the person does not attach a signed copy of this sheet."""
    refused = rules.refusal_to_enter(by.role, "", has_letter=True)
    if refused:
        return refused
    if sheet.kind == SheetKind.EXAMINATION and by.role == Role.COMMUNE:
        return "bản ký của phiếu thẩm tra do cơ quan thẩm tra đính kèm."
    return "" if sheet.content.contents else "chưa có kết quả nào trên biểu. Nhập kết quả, in biểu, ký rồi đính kèm."


def attach(sheet: Sheet, file: Prepared, *, by: User, **facts: Any) -> SignedCopy:
    """Attach the scan with its number, date and signer; it is bound to what the sheet says now."""
    copy = SignedCopy(
        sheet=sheet.kind,
        period=sheet.period,
        indicator=indicator_of(sheet),
        place_id=sheet.place.unit_id,
        mark=sheet.content.mark,
        contents=sheet.content.contents,
        attached_by=by,
        attached_at=timezone.now(),
        **facts,
    )
    stored = store(copy, file)
    try:
        with transaction.atomic():
            copy.save(force_insert=True)
    except BaseException:
        copy.file.storage.delete(stored)
        raise
    return copy
