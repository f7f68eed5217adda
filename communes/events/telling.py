"""An event in words: its content in one line, and the units before and after it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from communes.events.building import LEVELS, Built, title
from communes.events.choosing import Choice
from communes.models import BoundaryEvent, EventKind, Kind, UnitVersion, holds_on
from communes.registry import Rows, VersionRow
from communes.registry.checks import DAY, Registry
from communes.templatetags.vietnamese import percent

LENGTH = 300
NAMED = 4


def summary(choice: Choice, built: Built, registry: Registry) -> str:
    """Return "Xã Tân Sơn (23593) nhập vào Xã Biển Hồ (23590)"."""
    day = choice.effective_on
    before = _listed(title(registry.on(key, choice.eve)) for key in choice.units)
    made = held_on(day, built.written.versions)
    keys = [one.key or f"{one.code}-{day:%Y%m%d}" for one in choice.successors]
    after = _listed(title(made.get(key) or registry.on(key, day)) for key in keys)
    kept = bool(choice.successors and choice.successors[0].key)
    words = {
        EventKind.RENAME: f"{before} đổi thành {_listed(title(made.get(key)) for key in choice.units)}",
        EventKind.MERGE: f"{_without(choice, registry)} {'nhập vào' if kept else 'sáp nhập thành'} {after}",
        EventKind.SPLIT: f"{before} chia thành {after}",
        EventKind.PART: f"Một phần của {before} chuyển thành hoặc nhập vào {after}",
        EventKind.FOUND: f"Thành lập {after}",
        EventKind.DISSOLVE: f"Giải thể {before}",
        EventKind.END_LEVEL: f"Kết thúc cấp huyện của {before}",
    }[EventKind(choice.kind)]
    return words if len(words) <= LENGTH else f"{words[: LENGTH - 1]}…"


def _without(choice: Choice, registry: Registry) -> str:
    """Name the units that go in, without the one that takes them in."""
    taking = {one.key for one in choice.successors}
    return _listed(title(registry.on(key, choice.eve)) for key in choice.units if key not in taking)


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" và {len(shown) - NAMED} đơn vị khác" if len(shown) > NAMED else ""
    return ", ".join(shown[:NAMED]) + more


@dataclass(frozen=True)
class Told:
    """A unit on one side of the event: what it bears, the name of its parent, and its id where it is stored."""

    version: VersionRow
    parent: str
    pk: int | None

    @property
    def level(self) -> str:
        return LEVELS[len(self.version.code)]

    @property
    def title(self) -> str:
        return f"{Kind(self.version.kind).label} {self.version.name}"


@dataclass(frozen=True)
class Link:
    predecessor: Told
    successor: Told
    share: Decimal | None

    @property
    def share_text(self) -> str:
        """Return "toàn bộ", "68,2%", "một phần"."""
        if self.share is None:
            return "một phần"
        hundredths = self.share * 100
        whole = hundredths == int(hundredths)
        return "toàn bộ" if self.share == 1 else percent(Decimal(int(hundredths)) if whole else hundredths.normalize())


@dataclass
class Outline:
    """What the event does to the units on its day: closed, made, and going on with something new (before, after).

    `receiver_ids` are the units that take in another and go on: their earlier results are to be reviewed.
    """

    closed: list[Told] = field(default_factory=list)
    made: list[Told] = field(default_factory=list)
    changed: list[tuple[Told, Told]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    receiver_ids: list[int] = field(default_factory=list)


def outline(event: BoundaryEvent) -> Outline:
    """Return the units before and after, from the rows that the event keeps: the same before and after approval.

    One query.
    """
    written, day = Rows.from_json(event.written), event.effective_on
    old = held_on(day, Rows.from_json(event.before).versions)
    new = held_on(day, written.versions)
    made = {unit.key for unit in written.units}
    ends = {key for link in written.successions for key in (link.predecessor, link.successor)}
    sides, telling = _stored({*old, *new, *ends, *(v.parent for v in (*old.values(), *new.values()))}, day)
    after = {**sides, **new}
    return Outline(
        closed=[telling(v) for key, v in old.items() if key not in new],
        made=[telling(v) for key, v in new.items() if key in made],
        changed=[(telling(old[key]), telling(new[key])) for key in new if key in old and differ(old[key], new[key])],
        links=[
            Link(telling({**sides, **old}[row.predecessor]), telling(after[row.successor]), row.share)
            for row in written.successions
        ],
        receiver_ids=[
            pk for row in written.successions if row.successor not in made if (pk := telling.pks.get(row.successor))
        ],
    )


def held_on(day: date, versions: Iterable[VersionRow]) -> dict[str, VersionRow]:
    return {version.key: version for version in versions if version.starts_on <= day <= version.last_day}


def differ(old: VersionRow, new: VersionRow) -> bool:
    return any(getattr(old, name) != getattr(new, name) for name in ("code", "name", "kind", "parent"))


@dataclass
class _Telling:
    """Tells units: `names` holds the titles of parents by key, `pks` the ids of stored units."""

    names: dict[str, str]
    pks: dict[str, int]

    def __call__(self, version: VersionRow) -> Told:
        return Told(version, self.names.get(version.parent, ""), self.pks.get(version.key))


def _stored(keys: set[str], day: date) -> tuple[dict[str, VersionRow], _Telling]:
    """Return the stored units as they stand on the day or its eve."""
    near = UnitVersion.objects.filter(holds_on(day) | holds_on(day - DAY), unit__key__in=keys)
    versions = list(near.select_related("unit", "parent").order_by("starts_on"))
    rows = {
        v.unit.key: VersionRow(
            key=v.unit.key,
            code=v.code,
            name=v.name,
            kind=v.kind,
            parent=v.parent.key if v.parent else "",
            starts_on=v.starts_on,
            ends_on=v.ends_on,
        )
        for v in versions
    }
    return rows, _Telling({v.unit.key: v.title for v in versions}, {v.unit.key: v.unit_id for v in versions})
