"""From what was chosen to the rows of the registry that follow from it. Pure: reads a `Registry`, writes nothing.

A unit goes on through a new name, code, kind or parent and through taking in another; every other successor is a new
unit, even under the same code and name (design.md, section 2).
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from communes.events.choosing import Choice, Successor
from communes.models import EventKind, Kind, Level
from communes.names import search_key
from communes.registry import AliasRow, Problem, Rows, SuccessionRow, UnitRow, VersionRow
from communes.registry.checks import CODE_LENGTHS, Registry, alias_problems
from communes.registry.writing import overlaid
from communes.templatetags.vietnamese import day as day_text

WHOLE = Decimal(1)
LEVELS = {length: level for level, length in CODE_LENGTHS.items()}
OTHER_KEY = re.compile(r"\b\d{2,5}-\d{8}\b")


@dataclass(slots=True)
class Built:
    """What the event would write and remove, how these rows stand now, and why it cannot be (`errors`)."""

    written: Rows = field(default_factory=Rows)
    removed: Rows = field(default_factory=Rows)
    before: Rows = field(default_factory=Rows)
    errors: list[str] = field(default_factory=list)


def title(version: VersionRow | None) -> str:
    """Return "Xã Tân Sơn (23593)"."""
    return f"{Kind(version.kind).label} {version.name} ({version.code})" if version else ""


def build(choice: Choice, registry: Registry) -> Built:
    """Return the rows of the event on the registry as it stands."""
    work = _Work(choice, registry)
    BUILDERS[EventKind(choice.kind)](work)
    if work.built.errors:
        return work.built
    work.follow_provinces()
    return work.finish()


class _Work:
    """The registry as the event changes it: whole histories of the units it touches, over the stored ones."""

    def __init__(self, choice: Choice, registry: Registry) -> None:
        self.choice, self.registry, self.built = choice, registry, Built()
        self.day, self.eve = choice.effective_on, choice.eve
        self.histories: dict[str, list[VersionRow]] = {}
        self.children: dict[str, set[str]] = defaultdict(set)
        for version in registry.rows.versions:
            self.children[version.parent].add(version.key)

    def refuse(self, message: str) -> None:
        self.built.errors.append(message)

    def history(self, key: str) -> list[VersionRow]:
        return self.histories.get(key, self.registry.versions.get(key, []))

    def held(self, key: str) -> VersionRow | None:
        """Return what the unit bears on the day, as far as the event has changed it."""
        return next((v for v in self.history(key) if v.starts_on <= self.day <= v.last_day), None)

    def name(self, key: str) -> str:
        return title(self.registry.on(key, self.eve) or self.held(key)) or key

    def below(self, key: str) -> Iterator[str]:
        """Yield the units that stand straight under a unit on the day."""
        for child in sorted(self.children[key]):
            held = self.held(child)
            if held and held.parent == key:
                yield child

    # --- what happens to a unit --------------------------------------------------------------------------

    def end(self, key: str) -> None:
        """End the unit on the eve; what it was given from the same day on falls away."""
        later = [v for v in self.history(key) if v.starts_on > self.day]
        if not any(v.starts_on <= self.eve <= v.last_day for v in self.history(key)):
            self.refuse(f"{self.name(key)} không tồn tại vào ngày {day_text(self.eve)}.")
        elif later:
            self.refuse(
                f"{self.name(key)} còn thay đổi từ ngày {day_text(later[0].starts_on)}; hủy thay đổi đó trước,"
                " rồi lập lại."
            )
        else:
            kept = [v for v in self.history(key) if v.starts_on <= self.eve]
            self.histories[key] = [replace(v, ends_on=self.eve) if v.last_day > self.eve else v for v in kept]

    def go_on(self, key: str, *, is_cut: bool = False, **changes: str) -> None:
        """Give the unit something new from the day on; with nothing new nothing happens, unless it `is_cut`."""
        held = self.held(key)
        if held is None:
            self.refuse(f"{self.name(key)} không tồn tại vào ngày {day_text(self.day)}.")
            return
        given: dict[str, Any] = {name: value for name, value in changes.items() if value}
        new = replace(held, **given)
        if new == held and not is_cut:
            return
        self.add_alias(held, new)
        new = replace(new, starts_on=self.day, source=self.choice.resolution)
        versions = [v for v in self.history(key) if v != held]
        if held.starts_on < self.day:
            versions.append(replace(held, ends_on=self.eve))
        self.histories[key] = sorted([*versions, new], key=lambda v: v.starts_on)

    def add_alias(self, old: VersionRow, new: VersionRow) -> None:
        """Keep a former name as another one, under which a workbook may still name the unit."""
        if search_key(old.name) != search_key(new.name):
            source = f"Tên trước ngày {day_text(self.day)}"
            self.built.written.aliases.append(AliasRow(unit=old.key, name=old.name, source=source))

    def make(self, successor: Successor, level: str) -> str:
        """Make a new unit and return its key, built as in the files: code and first day."""
        key = f"{successor.code}-{self.day:%Y%m%d}"
        if key in self.registry.units or any(unit.key == key for unit in self.built.written.units):
            holder = title(self.registry.versions[key][0]) if self.registry.versions.get(key) else key
            self.refuse(f"Mã {successor.code} đã cấp cho {holder} từ ngày {day_text(self.day)}; nhập mã khác.")
            return key
        self.built.written.units.append(UnitRow(key=key, level=level))
        version = VersionRow(
            key=key,
            code=successor.code,
            name=successor.name,
            kind=successor.kind,
            parent=successor.parent,
            starts_on=self.day,
            source=self.choice.resolution,
        )
        self.histories[key] = [version]
        return key

    def link(self, predecessor: str, successor: str, share: Decimal | None) -> None:
        self.built.written.successions.append(
            SuccessionRow(
                predecessor=predecessor,
                successor=successor,
                effective_on=self.day,
                share=share,
                resolution=self.choice.resolution,
            )
        )

    def receive(self, successor: Successor, level: str) -> str:
        """Return the key of the unit that takes in: the stored one, with what is new of it, or a new one.

        The stored one is cut even with nothing new: from the day on it is another place, and those who answered for
        what went in answer for it (`UnitVersionQuerySet.visible_to`).
        """
        if not successor.key:
            return self.make(successor, level)
        new = {name: getattr(successor, name) for name in ("code", "name", "kind", "parent")}
        self.go_on(successor.key, is_cut=True, **new)
        return successor.key

    def move_children(self, key: str, parent: str) -> None:
        for child in list(self.below(key)):
            self.go_on(child, parent=parent)

    def refuse_children(self, key: str) -> None:
        left = list(self.below(key))
        if left:
            self.refuse(
                f"{self.name(key)} còn {len(left)} đơn vị trực thuộc vào ngày {day_text(self.day)}; chuyển các"
                " đơn vị này sang đơn vị cấp trên khác trước."
            )

    def follow_provinces(self) -> None:
        """Cut the communes of a district that changes province on the day: a version stands in one province."""
        for key in list(self.histories):
            before = self.registry.on(key, self.eve)
            held = self.held(key)
            if before and held and before.parent and before.parent != held.parent:
                for child in list(self.below(key)):
                    self.go_on(child, is_cut=True)

    # --- the result --------------------------------------------------------------------------------------

    def finish(self) -> Built:
        """Lay the changed histories beside the stored ones."""
        built = self.built
        for key, versions in self.histories.items():
            stored = {v.identity: v for v in self.registry.versions.get(key, [])}
            kept = {v.identity for v in versions}
            built.written.versions += [v for v in versions if stored.get(v.identity) != v]
            built.removed.versions += [v for v in stored.values() if v.identity not in kept]
        self.drop_aliases()
        given = {row.identity for row in (*built.written.versions, *built.removed.versions)}
        built.before.versions = [v for v in self.registry.rows.versions if v.identity in given]
        linked = {row.identity for row in built.written.successions}
        built.before.successions = [row for row in self.registry.rows.successions if row.identity in linked]
        if not any(built.written) and not any(built.removed):
            self.refuse("Nội dung đã nhập không làm thay đổi đơn vị nào.")
        return built

    def drop_aliases(self) -> None:
        """Leave out a former name that is stored already, or that is now the name of a neighbour."""
        built = self.built
        known = {row.identity for row in self.registry.rows.aliases}
        whole = Registry(overlaid(self.registry.rows, built.written, built.removed))
        wrong = {problem.row.identity for problem in alias_problems(built.written.aliases, whole)}
        built.written.aliases = [row for row in built.written.aliases if row.identity not in known | wrong]


# --- the kinds -------------------------------------------------------------------------------------------


def _rename(work: _Work) -> None:
    (key,), (new,) = work.choice.units, work.choice.successors
    work.go_on(key, code=new.code, name=new.name, kind=new.kind, parent=new.parent)


def _merge(work: _Work) -> None:
    """Units go whole into one: a new one, or one that goes on and takes them in."""
    (successor,) = work.choice.successors
    ending = [key for key in work.choice.units if key != successor.key]
    if not ending:
        work.refuse("Cần ít nhất một đơn vị nhập vào đơn vị tiếp tục tồn tại.")
    shared = _shared(work, ending)
    for key in ending:
        work.end(key)
    if work.built.errors:
        return
    receiver = work.receive(_completed(work, successor, shared), work.registry.level(ending[0]))
    for key in ending:
        work.move_children(key, receiver)
        work.link(key, receiver, WHOLE)


def _split(work: _Work) -> None:
    """One unit ends and is divided among others."""
    (key,) = work.choice.units
    shares = [successor.share for successor in work.choice.successors]
    if len(shares) < 2:
        work.refuse("Chia thì cần ít nhất hai đơn vị sau; chỉ một đơn vị là sáp nhập.")
    elif None not in shares and sum(filter(None, shares)) != WHOLE:
        work.refuse(f"{work.name(key)} không còn thì tổng các phần phải đủ 100%.")
    work.refuse_children(key)
    shared = _shared(work, [key])
    work.end(key)
    _give(work, key, shared)


def _part(work: _Work) -> None:
    """One unit goes on and gives a part of itself to others."""
    (key,) = work.choice.units
    if sum(successor.share or 0 for successor in work.choice.successors) >= WHOLE:
        work.refuse(f"{work.name(key)} còn tiếp tục thì tổng các phần chuyển đi phải dưới 100%.")
    if work.held(key) is None:
        work.refuse(f"{work.name(key)} không tồn tại vào ngày {day_text(work.day)}.")
    _give(work, key, _shared(work, [key]))


def _give(work: _Work, key: str, shared: Successor) -> None:
    if any(successor.key == key for successor in work.choice.successors):
        work.refuse(f"{work.name(key)} không nhận phần của chính mình; chỉ nhập các đơn vị khác.")
    wholes = [whole for successor in work.choice.successors for whole in successor.wholes]
    if key in wholes or len(set(wholes)) < len(wholes):
        work.refuse("Một đơn vị chỉ nhập toàn bộ vào một đơn vị; kiểm tra ô “Đơn vị cùng nhập toàn bộ”.")
    for whole in wholes:
        work.end(whole)
    if work.built.errors:
        return
    for successor in work.choice.successors:
        receiver = work.receive(_completed(work, successor, shared), work.registry.level(key))
        work.link(key, receiver, successor.share)
        for whole in successor.wholes:
            work.move_children(whole, receiver)
            work.link(whole, receiver, WHOLE)


def _found(work: _Work) -> None:
    for successor in work.choice.successors:
        level = LEVELS.get(len(successor.code))
        if level is None:
            work.refuse(f"Mã {successor.code}: cấp tỉnh có 2 chữ số, cấp huyện có 3, cấp xã có 5.")
        else:
            work.make(successor, level)


def _dissolve(work: _Work) -> None:
    for key in work.choice.units:
        work.refuse_children(key)
        work.end(key)


def _end_level(work: _Work) -> None:
    """All districts of a province end; what stood under them stands straight under the province."""
    (province,) = work.choice.units
    districts = [key for key in work.below(province) if work.registry.level(key) == Level.DISTRICT]
    if not districts:
        work.refuse(f"{work.name(province)} không có đơn vị cấp huyện vào ngày {day_text(work.day)}.")
    for key in districts:
        work.end(key)
        work.move_children(key, province)


def _shared(work: _Work, keys: list[str]) -> Successor:
    """Return kind and parent where the units bear the same, for a new unit that names none."""
    held = [version for key in keys if (version := work.held(key) or work.registry.on(key, work.eve))]
    kinds, parents = {v.kind for v in held}, {v.parent for v in held}
    return Successor(kind=kinds.pop() if len(kinds) == 1 else "", parent=parents.pop() if len(parents) == 1 else "")


def _completed(work: _Work, successor: Successor, shared: Successor) -> Successor:
    """Fill in what a new unit shares with all its predecessors."""
    if successor.key:
        return successor
    filled = replace(successor, kind=successor.kind or shared.kind, parent=successor.parent or shared.parent)
    if not filled.kind:
        work.refuse(f"Chọn loại của {successor.name}: các đơn vị trước không cùng loại.")
    return filled


BUILDERS = {
    EventKind.RENAME: _rename,
    EventKind.MERGE: _merge,
    EventKind.SPLIT: _split,
    EventKind.PART: _part,
    EventKind.FOUND: _found,
    EventKind.DISSOLVE: _dissolve,
    EventKind.END_LEVEL: _end_level,
}


def words(problem: Problem, registry: Registry) -> str:
    """Return what the registry refuses, with the names of the units instead of their keys."""

    def named(key: str) -> str:
        return title(next(iter(registry.versions.get(key, [])), None)) or key

    row = problem.row
    whose = next(str(getattr(row, name)) for name in ("key", "unit", "predecessor") if hasattr(row, name))
    message = OTHER_KEY.sub(lambda found: named(found[0]), problem.message)
    return f"{named(whose)}: {message}."
