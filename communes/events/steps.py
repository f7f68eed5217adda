"""The steps of an event: saved by its maker, sent, approved or returned by another person, undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone

from communes import registry
from communes.events.building import Built, build, words
from communes.events.choosing import Choice
from communes.events.telling import summary
from communes.models import (
    Alias,
    BoundaryEvent,
    Descent,
    EventState,
    Role,
    Succession,
    Unit,
    UnitVersion,
    User,
)
from communes.registry import Refused, Rows
from communes.registry.checks import Registry
from communes.registry.writing import overlaid

DECIDING = (Role.ADMINISTRATOR, Role.PROVINCE)
MAKING = (Role.ADMINISTRATOR,)


def refusal_to_look(role: str) -> str:
    """Say why this role sees no events."""
    return "" if role in DECIDING else "chỉ quản trị hệ thống và Công an tỉnh xem việc sắp xếp đơn vị hành chính."


def refusal_to_make(role: str) -> str:
    """Say why this role makes no event."""
    return "" if role in MAKING else "chỉ quản trị hệ thống lập sự kiện sắp xếp đơn vị hành chính."


OWN_TABLES = (UnitVersion, Succession, Descent, Alias)
HANGING_NAMED = 5
STALE = "sự kiện đã thay đổi sau khi mở trang này. Xem lại nội dung rồi quyết định."
MOVED_ON = "danh mục đơn vị đã thay đổi từ khi lập sự kiện. Trả lại để người lập kiểm tra và gửi lại."


class EventRefused(Exception):
    """The step was not taken; `reasons` says why, each a sentence that names what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


@dataclass(frozen=True)
class Plan:
    """What a choice means for the registry as it stands: its rows, or why it cannot be."""

    built: Built
    problems: list[str]
    summary: str
    province: str

    def is_of(self, event: BoundaryEvent) -> bool:
        """Whether exactly this was saved with the event."""
        kept = (event.written, event.removed, event.before)
        return kept == tuple(rows.to_json() for rows in (self.built.written, self.built.removed, self.built.before))


def plan(choice: Choice) -> Plan:
    """Build a choice on the registry as it stands and check it; write nothing."""
    stored = registry.current()
    built = build(choice, Registry(stored))
    if built.errors:
        return Plan(built, built.errors, "", "")
    whole = Registry(overlaid(stored, built.written, built.removed))
    found = [words(problem, whole) for problem in registry.problems(built.written, removed=built.removed)]
    if found:
        return Plan(built, found, "", "")
    return Plan(built, [], summary(choice, built, Registry(stored)), _province(built, Registry(stored), whole, choice))


def _province(built: Built, stored: Registry, whole: Registry, choice: Choice) -> str:
    """Return the key of the one province that all units of the event stand in, before and after, or ""."""
    before = {key for row in built.before.versions for key in stored.provinces(row)}
    after = {key for row in built.written.versions for key in whole.provinces(row)}
    taking = (stored.on(link.successor, choice.effective_on) for link in built.written.successions)
    provinces = before | after | {key for row in taking if row for key in stored.provinces(row)}
    return provinces.pop() if len(provinces) == 1 else ""


def is_current(event: BoundaryEvent) -> bool:
    """Whether the choice still leads to the rows that were saved and looked at."""
    made = plan(Choice.from_json(event.choice))
    return not made.problems and made.is_of(event)


# --- the maker -------------------------------------------------------------------------------------------


def save(
    choice: Choice, *, by: User, resolution_on: date | None = None, event: BoundaryEvent | None = None
) -> BoundaryEvent:
    """Save the choice as a draft of its maker, or raise `EventRefused` with everything that is wrong with it."""
    made = plan(choice)
    if made.problems:
        raise EventRefused(*made.problems)
    with transaction.atomic():
        event = _locked(event.pk) if event else BoundaryEvent(made_by=by)
        _refuse(refusal_to_edit(event, by))
        event.kind, event.choice = choice.kind, choice.to_json()
        event.effective_on, event.resolution, event.resolution_on = (
            choice.effective_on,
            choice.resolution,
            resolution_on,
        )
        event.written, event.removed = made.built.written.to_json(), made.built.removed.to_json()
        event.before, event.summary = made.built.before.to_json(), made.summary
        event.province = Unit.objects.filter(key=made.province).first() if made.province else None
        event.save()
    return event


def refusal_to_edit(event: BoundaryEvent, user: User) -> str:
    if user.role != Role.ADMINISTRATOR:
        return "chỉ quản trị hệ thống lập sự kiện sắp xếp đơn vị hành chính."
    if event.state != EventState.DRAFT:
        return f"sự kiện đang ở trạng thái “{event.get_state_display()}”."
    return "" if event.made_by_id == user.pk else "chỉ người lập được sửa, gửi hoặc xóa bản đang lập."


def submit(event: BoundaryEvent, *, by: User) -> None:
    """Send the draft to a second person."""
    with transaction.atomic():
        event = _locked(event.pk)
        _refuse(refusal_to_edit(event, by))
        _refuse_changed(event, "danh mục đơn vị đã thay đổi từ khi lập. Chọn “Sửa”, kiểm tra rồi lưu lại.")
        event.state, event.submitted_at = EventState.SUBMITTED, timezone.now()
        event.save()


def withdraw(event: BoundaryEvent, *, by: User) -> None:
    """Take back what nobody has decided on yet."""
    with transaction.atomic():
        event = _locked(event.pk)
        _refuse(refusal_to_withdraw(event, by))
        event.state = EventState.DRAFT
        event.save()


def refusal_to_withdraw(event: BoundaryEvent, user: User) -> str:
    if event.state != EventState.SUBMITTED:
        return f"sự kiện đang ở trạng thái “{event.get_state_display()}”."
    return "" if event.made_by_id == user.pk else "chỉ người lập được rút lại."


def delete(event: BoundaryEvent, *, by: User) -> None:
    """Delete a draft; what was sent and decided on stays for ever."""
    with transaction.atomic():
        event = _locked(event.pk)
        _refuse(refusal_to_edit(event, by))
        event.delete()


# --- the second person -----------------------------------------------------------------------------------


def refusal_to_approve(event: BoundaryEvent, user: User) -> str:
    """Say why this person may not approve or return the event now."""
    if user.role not in DECIDING:
        return "chỉ quản trị hệ thống hoặc Công an tỉnh duyệt sự kiện."
    if event.state != EventState.SUBMITTED:
        return f"sự kiện đang ở trạng thái “{event.get_state_display()}”."
    if event.made_by_id == user.pk:
        return "người lập không duyệt sự kiện do mình lập. Đề nghị quản trị hệ thống khác hoặc Công an tỉnh duyệt."
    return ""


def return_to_maker(event: BoundaryEvent, *, by: User, reason: str, seen: str) -> None:
    with transaction.atomic():
        event = _locked(event.pk, by)
        _refuse(refusal_to_approve(event, by), _unseen(event, seen), "" if reason.strip() else "cần ghi rõ lý do.")
        event.state, event.returned_by, event.returned_at = EventState.DRAFT, by, timezone.now()
        event.returned_reason = reason.strip()
        event.save()


def approve(event: BoundaryEvent, *, by: User, seen: str) -> None:
    """Apply the event to the registry, all in one transaction; `seen` is the stamp of what the person saw."""
    with transaction.atomic():
        event = _locked(event.pk, by)
        _refuse(refusal_to_approve(event, by), _unseen(event, seen))
        _refuse_changed(event, MOVED_ON)
        try:
            registry.write(Rows.from_json(event.written), removed=Rows.from_json(event.removed))
        except Refused as refused:
            raise EventRefused(MOVED_ON) from refused
        event.state, event.approved_by, event.approved_at = EventState.APPLIED, by, timezone.now()
        event.save()


# --- undoing ---------------------------------------------------------------------------------------------


def refusal_to_undo(event: BoundaryEvent, user: User) -> str:
    """Say why this person may not undo the event, whatever hangs on it."""
    if user.role not in DECIDING:
        return "chỉ quản trị hệ thống hoặc Công an tỉnh hủy áp dụng sự kiện."
    if event.state != EventState.APPLIED:
        return f"sự kiện đang ở trạng thái “{event.get_state_display()}”."
    return ""


def undo(event: BoundaryEvent, *, by: User, reason: str, seen: str) -> None:
    """Put back what the registry held before, while nothing hangs on what the event made."""
    with transaction.atomic():
        event = _locked(event.pk, by)
        _refuse(refusal_to_undo(event, by), _unseen(event, seen), "" if reason.strip() else "cần ghi rõ lý do.")
        held = hanging(event)
        if held:
            raise EventRefused(*held)
        before, gone = _restoring(event)
        try:
            registry.write(before, removed=gone)
        except (Refused, ProtectedError) as refused:
            raise EventRefused("Danh mục đơn vị vừa thay đổi; mở lại trang này.") from refused
        event.state, event.undone_by, event.undone_at = EventState.UNDONE, by, timezone.now()
        event.undone_reason = reason.strip()
        event.save()


def hanging(event: BoundaryEvent) -> list[str]:
    """Return what keeps the event from being undone: rows that point to its units, later events, later changes."""
    made = [unit["key"] for unit in event.written.get("units", [])]
    found = list(_pointing(made)) if made else []
    before, gone = _restoring(event)
    stored = registry.current()
    kept = {(type(row), row.identity): row for row in stored}
    is_changed = any(
        kept.get((type(row), row.identity)) != row
        for row in Rows.from_json(event.written)
        if not isinstance(row, registry.AliasRow)
    )
    problems = registry.problems(before, removed=gone)
    if is_changed or problems:
        whole = Registry(overlaid(stored, before, gone))
        found += list(_later(event)) or [words(problem, whole) for problem in problems]
        if not found:
            found.append("Đơn vị của sự kiện đã được sửa sau khi áp dụng; sửa lại như khi áp dụng, rồi hủy.")
    return found


def _restoring(event: BoundaryEvent) -> tuple[Rows, Rows]:
    """Return the rows to put back and those to take out."""
    before, written = Rows.from_json(event.before), Rows.from_json(event.written)
    known = {(type(row), row.identity) for row in before}
    gone = Rows()
    for table in ("units", "versions", "successions", "aliases"):
        rows = [row for row in getattr(written, table) if (type(row), row.identity) not in known]
        setattr(gone, table, rows)
    return before, gone


def _pointing(keys: list[str]) -> Iterator[str]:
    """Name what points to the units from outside the registry, whatever table it stands in."""
    for relation in Unit._meta.related_objects:
        model: Any = relation.related_model
        if model in OWN_TABLES:
            continue
        name = relation.field.name
        rows = model._default_manager.filter(**{f"{name}__key__in": keys})
        count = rows.count()
        if count:
            direct = [f.name for f in model._meta.fields if f.is_relation and not f.null]
            shown = rows.select_related(*direct, name).prefetch_related(f"{name}__versions")[:HANGING_NAMED]
            more = "…" if count > HANGING_NAMED else ""
            yield f"{count} {model._meta.verbose_name}: {'; '.join(str(row) for row in shown)}{more}."


def _later(event: BoundaryEvent) -> Iterator[str]:
    """Name the events applied since that touch the same units: they are undone first."""
    touched = _keys(event)
    later = BoundaryEvent.objects.applied().filter(approved_at__gt=event.approved_at).order_by("-approved_at")
    for other in later:
        if touched & _keys(other):
            yield f"Sự kiện áp dụng sau: {other}. Hủy sự kiện đó trước."


def _keys(event: BoundaryEvent) -> set[str]:
    """Return the keys of all units that the rows of the event name."""
    named = ("key", "parent", "predecessor", "successor", "unit")
    rows = [row for kept in (event.written, event.removed, event.before) for table in kept.values() for row in table]
    return {row[name] for row in rows for name in named if row.get(name)}


# --- under the lock --------------------------------------------------------------------------------------


def _locked(pk: int, by: User | None = None) -> BoundaryEvent:
    events = BoundaryEvent.objects.select_for_update(of=("self",))
    return (events.visible_to(by) if by else events).get(pk=pk)


def _refuse(*reasons: str) -> None:
    found = [reason for reason in reasons if reason]
    if found:
        raise EventRefused(*found)


def _refuse_changed(event: BoundaryEvent, reason: str) -> None:
    """Refuse where the choice would no longer lead to the rows that were saved and looked at."""
    if not is_current(event):
        raise EventRefused(reason)


def _unseen(event: BoundaryEvent, seen: str) -> str:
    return "" if seen == event.stamp else STALE
