"""The one writer of units, versions, successions, aliases and descent: all checked, then written at once."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.db import models, transaction

from communes.models import Alias, Succession, Unit, UnitVersion
from communes.registry.checks import Registry, check
from communes.registry.descent import BATCH, rebuild_descent
from communes.registry.rows import (
    AliasRow,
    Identity,
    Problem,
    Refused,
    Rows,
    SuccessionRow,
    UnitRow,
    VersionRow,
)

R = TypeVar("R", UnitRow, VersionRow, SuccessionRow, AliasRow)


@dataclass(slots=True)
class Difference:
    """What the given rows change in one table: rows by what happens to them."""

    added: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    unchanged: list = field(default_factory=list)
    removed: list = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(slots=True)
class Changes:
    units: Difference
    versions: Difference
    successions: Difference
    aliases: Difference

    @property
    def is_empty(self) -> bool:
        return all(table.is_empty for table in (self.units, self.versions, self.successions, self.aliases))


class Stored:
    """The tables as plain rows, with the primary keys behind them; four queries."""

    def __init__(self, *, for_update: bool = False) -> None:
        units = Unit.objects.order_by("pk")
        # On PostgreSQL two writers wait for each other here; on SQLite a transaction is alone from its start.
        self.units = list(units.select_for_update() if for_update else units)
        self.keys = {unit.pk: unit.key for unit in self.units}
        self.versions = list(UnitVersion.objects.order_by("pk"))
        self.rows = Rows(
            units=[UnitRow(key=u.key, level=u.level, tile_row=u.tile_row, tile_col=u.tile_col) for u in self.units],
            versions=[self.version_row(version) for version in self.versions],
            successions=[self.succession_row(link) for link in Succession.objects.order_by("pk")],
            aliases=[
                AliasRow(unit=self.keys[alias.unit_id], name=alias.name, source=alias.source)
                for alias in Alias.objects.order_by("pk")
            ],
        )

    def version_row(self, version: UnitVersion) -> VersionRow:
        return VersionRow(
            key=self.keys[version.unit_id],
            code=version.code,
            name=version.name,
            kind=version.kind,
            parent=self.keys[version.parent_id] if version.parent_id else "",
            starts_on=version.starts_on,
            ends_on=version.ends_on,
            source=version.source,
        )

    def succession_row(self, link: Succession) -> SuccessionRow:
        return SuccessionRow(
            predecessor=self.keys[link.predecessor_id],
            successor=self.keys[link.successor_id],
            effective_on=link.effective_on,
            share=link.share,
            resolution=link.resolution,
        )


def current() -> Rows:
    """Return the whole registry as it is stored."""
    return Stored().rows


def problems(rows: Rows, *, removed: Rows | None = None) -> list[Problem]:
    """Return what `write` would refuse, without writing."""
    stored = Stored()
    return check(overlaid(stored.rows, rows, removed or Rows())) + level_problems(stored, rows)


def write(rows: Rows, *, removed: Rows | None = None, keeps_known_ends: bool = False) -> Changes:
    """Add and change the given rows, take away the removed ones, in one transaction, or raise `Refused`.

    A row stands for the stored row of the same identity; stored rows that are not named stay. With
    `keeps_known_ends` a row without an end does not open again a version that has ended in the meantime:
    the files of `load_units` know nothing of the events entered since. A unit is taken away only where nothing
    outside the registry points to it; else it is `django.db.models.ProtectedError`.
    """
    removed = removed or Rows()
    with transaction.atomic():
        stored = Stored(for_update=True)
        if keeps_known_ends:
            rows = with_known_ends(rows, stored.rows)
        whole = overlaid(stored.rows, rows, removed)
        found = check(whole) + level_problems(stored, rows)
        if found:
            raise Refused(found)
        changes = Changes(
            units=difference(stored.rows.units, rows.units, removed.units),
            versions=difference(stored.rows.versions, rows.versions, removed.versions),
            successions=difference(stored.rows.successions, rows.successions, removed.successions),
            aliases=difference(stored.rows.aliases, rows.aliases, removed.aliases),
        )
        if not changes.is_empty:
            apply(changes, stored, Registry(whole))
    return changes


def with_known_ends(rows: Rows, stored: Rows) -> Rows:
    ends = {version.identity: version.ends_on for version in stored.versions}
    versions = [
        version if version.ends_on else replace(version, ends_on=ends.get(version.identity))
        for version in rows.versions
    ]
    return replace(rows, versions=versions)


def overlaid(stored: Rows, given: Rows, removed: Rows) -> Rows:
    """Return the registry as it would stand; a row given twice stays twice, for the check to name it."""
    return Rows(
        units=laid_over(stored.units, given.units, removed.units),
        versions=laid_over(stored.versions, given.versions, removed.versions),
        successions=laid_over(stored.successions, given.successions, removed.successions),
        aliases=laid_over(stored.aliases, given.aliases, removed.aliases),
    )


def laid_over(stored: list[R], given: list[R], removed: list[R]) -> list[R]:
    replaced: set[Identity] = {row.identity for row in [*given, *removed]}
    return [row for row in stored if row.identity not in replaced] + given


def difference(stored: list[R], given: list[R], removed: list[R]) -> Difference:
    before = {row.identity: row for row in stored}
    found = Difference()
    for row in given:
        old = before.get(row.identity)
        bucket = found.added if old is None else found.unchanged if old == row else found.changed
        bucket.append(row)
    kept = {row.identity for row in given}
    found.removed = [row for row in removed if row.identity in before and row.identity not in kept]
    return found


def level_problems(stored: Stored, given: Rows) -> list[Problem]:
    """A unit keeps its level for ever."""
    levels = {unit.key: unit.level for unit in stored.units}
    return [
        Problem(unit, "level", f"cấp của đơn vị đã lưu là “{levels[unit.key]}”, không thay đổi được")
        for unit in given.units
        if levels.get(unit.key, unit.level) != unit.level
    ]


def apply(changes: Changes, stored: Stored, registry: Registry) -> None:
    write_units(changes.units)
    ids = {key: pk for pk, key in stored.keys.items()}
    if changes.units.added:
        ids = dict(Unit.objects.values_list("key", "pk"))
    write_versions(changes.versions, stored, registry, ids)
    write_successions(changes.successions, ids)
    write_aliases(changes.aliases, ids)
    delete(Unit, [ids[row.key] for row in changes.units.removed])
    if changes.units.added or not changes.successions.is_empty:
        rebuild_descent()


def write_units(rows: Difference) -> None:
    Unit.objects.bulk_create(
        [
            Unit(key=row.key, level=row.level, tile_row=row.tile_row, tile_col=row.tile_col)
            for row in rows.added + rows.changed
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["tile_row", "tile_col"],
    )


def write_versions(rows: Difference, stored: Stored, registry: Registry, ids: dict[str, int]) -> None:
    """Changed versions are taken out and put back under their primary keys.

    When codes or ends shift between versions, no order of single updates keeps every constraint at each step.
    """
    pks = {(stored.keys[version.unit_id], version.starts_on): version.pk for version in stored.versions}
    delete(UnitVersion, [pks[row.identity] for row in rows.changed + rows.removed])
    versions = []
    for row in rows.changed + rows.added:
        (province,) = registry.provinces(row)
        version = UnitVersion(
            pk=pks.get(row.identity),
            unit_id=ids[row.key],
            code=row.code,
            name=row.name,
            kind=row.kind,
            parent_id=ids[row.parent] if row.parent else None,
            province_id=ids[province],
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            source=row.source,
        )
        version.fill_keys()
        versions.append(version)
    UnitVersion.objects.bulk_create(versions, batch_size=BATCH)


def write_successions(rows: Difference, ids: dict[str, int]) -> None:
    for row in rows.removed:
        Succession.objects.filter(predecessor=ids[row.predecessor], successor=ids[row.successor]).delete()
    Succession.objects.bulk_create(
        [
            Succession(
                predecessor_id=ids[row.predecessor],
                successor_id=ids[row.successor],
                effective_on=row.effective_on,
                share=row.share,
                resolution=row.resolution,
            )
            for row in rows.added + rows.changed
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["predecessor", "successor"],
        update_fields=["effective_on", "share", "resolution"],
    )


def write_aliases(rows: Difference, ids: dict[str, int]) -> None:
    for row in rows.removed:
        Alias.objects.filter(unit=ids[row.unit], name=row.name).delete()
    aliases = [Alias(unit_id=ids[row.unit], name=row.name, source=row.source) for row in rows.added + rows.changed]
    for alias in aliases:
        alias.fill_key()
    Alias.objects.bulk_create(
        aliases,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["unit", "name"],
        update_fields=["source", "name_search"],
    )


def delete(model: type[models.Model], pks: list[int]) -> None:
    for start in range(0, len(pks), BATCH):
        model._default_manager.filter(pk__in=pks[start : start + BATCH]).delete()
