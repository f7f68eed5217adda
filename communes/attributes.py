"""The one writer of the attributes of units: all rows are checked, then written at once."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from communes.dated import meeting, span
from communes.models import VALUES, AttributeKind, Level, Unit, UnitAttribute
from communes.registry import Rows, VersionRow, current
from communes.registry.rows import Identity

LONGEST_SOURCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRow:
    """What held of the unit `unit` (a key); `place` is where the row was read, only for messages."""

    unit: str
    kind: str
    value: str
    starts_on: datetime.date
    ends_on: datetime.date | None = None
    source: str = ""
    place: str = field(default="", compare=False)

    @property
    def identity(self) -> Identity:
        return (self.unit, self.kind, self.starts_on)


@dataclass(frozen=True, slots=True)
class AttributeProblem:
    """What is wrong with one row; `column` is a field of the row."""

    row: AttributeRow
    column: str
    message: str

    def __str__(self) -> str:
        where = self.row.place or "đã lưu: " + " ".join(str(part) for part in self.row.identity)
        return f"{where}: {self.column}: {self.message}"


class AttributesRefused(ValueError):
    """The rows were not written; `problems` holds everything that is wrong with them."""

    def __init__(self, problems: list[AttributeProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(slots=True)
class AttributeChanges:
    """What the given rows change: rows by what happens to them."""

    added: list[AttributeRow] = field(default_factory=list)
    changed: list[AttributeRow] = field(default_factory=list)
    unchanged: list[AttributeRow] = field(default_factory=list)
    removed: list[AttributeRow] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


def stored() -> list[AttributeRow]:
    rows = UnitAttribute.objects.order_by("pk").values_list(
        "unit__key", "kind", "value", "starts_on", "ends_on", "source"
    )
    return [
        AttributeRow(unit=unit, kind=kind, value=value, starts_on=starts_on, ends_on=ends_on, source=source)
        for unit, kind, value, starts_on, ends_on, source in rows
    ]


def problems(
    rows: list[AttributeRow], *, removed: Iterable[AttributeRow] = (), units: Rows | None = None
) -> list[AttributeProblem]:
    """Return what `write` would refuse; `units` is the registry they shall stand in, without it the stored one."""
    return list(check(laid_over(stored(), rows, removed), units or current()))


def write(rows: list[AttributeRow], *, removed: Iterable[AttributeRow] = ()) -> AttributeChanges:
    """Add and change the given rows, take away the removed ones, in one transaction, or raise `AttributesRefused`.

    A row stands for the stored one of the same unit, kind and first day; stored rows that are not named stay.
    """
    removed = list(removed)
    with transaction.atomic():
        # On PostgreSQL two writers of one unit wait for each other here; on SQLite a transaction is alone.
        named = Unit.objects.filter(key__in={row.unit for row in [*rows, *removed]})
        list(named.order_by("pk").select_for_update().values_list("pk"))
        found = problems(rows, removed=removed)
        if found:
            raise AttributesRefused(found)
        changes = changes_of(rows, removed=removed)
        apply(changes)
    return changes


def changes_of(rows: list[AttributeRow], *, removed: Iterable[AttributeRow] = ()) -> AttributeChanges:
    """Return what `write` would do."""
    before, found = {row.identity: row for row in stored()}, AttributeChanges()
    for row in rows:
        old = before.get(row.identity)
        bucket = found.added if old is None else found.unchanged if old == row else found.changed
        bucket.append(row)
    kept = {row.identity for row in rows}
    found.removed = [row for row in removed if row.identity in before and row.identity not in kept]
    return found


def apply(changes: AttributeChanges) -> None:
    """Take out what goes or changes before what comes is put in, so that no moment has two open ones."""
    pks: dict[Identity, int] = {
        (unit, kind, starts_on): pk
        for pk, unit, kind, starts_on in UnitAttribute.objects.values_list("pk", "unit__key", "kind", "starts_on")
    }
    units = dict(
        Unit.objects.filter(key__in={row.unit for row in changes.added + changes.changed}).values_list("key", "pk")
    )
    UnitAttribute.objects.filter(pk__in=[pks[row.identity] for row in changes.changed + changes.removed]).delete()
    UnitAttribute.objects.bulk_create(
        [
            UnitAttribute(
                pk=pks.get(row.identity),
                unit_id=units[row.unit],
                kind=row.kind,
                value=row.value,
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                source=row.source,
            )
            for row in changes.changed + changes.added
        ],
        batch_size=1000,
    )


def laid_over(
    before: list[AttributeRow], given: list[AttributeRow], removed: Iterable[AttributeRow]
) -> list[AttributeRow]:
    replaced = {row.identity for row in [*given, *removed]}
    return [row for row in before if row.identity not in replaced] + given


# --- checks ----------------------------------------------------------------------------------------------


def check(rows: list[AttributeRow], units: Rows) -> Iterator[AttributeProblem]:
    """Yield everything that is wrong; nothing: the rows may be written."""
    levels = {unit.key: unit.level for unit in units.units}
    lives: dict[str, list[VersionRow]] = defaultdict(list)
    for version in units.versions:
        lives[version.key].append(version)
    clear = []
    for row in rows:
        found = [*row_problems(row), *unit_problems(row, levels, lives)]
        yield from found
        if not found:
            clear.append(row)
    for row, other in meeting(clear, lambda row: (row.unit, row.kind)):
        given, beside = (row, other) if row.place or not other.place else (other, row)
        message = f"trùng thời gian với “{words(beside)}” {span(beside)} ({beside.place or 'đã lưu'})"
        yield AttributeProblem(given, "starts_on", message)


def row_problems(row: AttributeRow) -> Iterator[AttributeProblem]:
    if row.kind not in AttributeKind.values:
        known = ", ".join(AttributeKind.values)
        yield AttributeProblem(row, "kind", f"không có đặc điểm “{row.kind}”; nhập một trong: {known}")
    elif row.value not in (allowed := VALUES.get(row.kind, ("",))):
        wanted = f"nhập một trong: {', '.join(allowed)}" if any(allowed) else "đặc điểm này không có mức, để trống"
        yield AttributeProblem(row, "value", f"không nhận “{row.value}”; {wanted}")
    if row.ends_on and row.ends_on < row.starts_on:
        yield AttributeProblem(row, "ends_on", f"trước ngày bắt đầu {row.starts_on:%d/%m/%Y}")
    if not row.source.strip():
        yield AttributeProblem(row, "source", "chưa nhập căn cứ")
    elif len(row.source) > LONGEST_SOURCE:
        yield AttributeProblem(row, "source", f"dài quá {LONGEST_SOURCE} ký tự")


def unit_problems(
    row: AttributeRow, levels: dict[str, str], lives: dict[str, list[VersionRow]]
) -> Iterator[AttributeProblem]:
    if row.unit not in levels:
        yield AttributeProblem(row, "unit", f"không có đơn vị {row.unit}")
    elif levels[row.unit] != Level.COMMUNE:
        yield AttributeProblem(row, "unit", f"{row.unit} không phải đơn vị cấp xã")
    elif not any(version.starts_on <= row.starts_on <= version.last_day for version in lives[row.unit]):
        yield AttributeProblem(row, "starts_on", f"{row.unit} không tồn tại vào ngày {row.starts_on:%d/%m/%Y}")


def words(row: AttributeRow) -> str:
    return UnitAttribute(kind=row.kind, value=row.value).title
