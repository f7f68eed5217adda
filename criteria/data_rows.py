"""From checked tables of a file to rows of the database: what is new, what differs, what must not be touched."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction

from criteria.data_files import Row, column, words
from criteria.law_acts import undo_if_reworded
from criteria.models import Marker

M = TypeVar("M", bound=models.Model)

NAMED = 5  # new rows of one kind are named up to this many, then counted


@dataclass
class Changes:
    """What a loader did, in sentences; with problems the caller undoes all of it."""

    added: dict[type[models.Model], list[str]] = field(default_factory=lambda: defaultdict(list))
    edited: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def put(
        self,
        row: Row,
        key: tuple[str, ...],
        *,
        initial: Collection[str] = (),
        frozen: Collection[str] = (),
        frozen_because: str = "",
        more: Mapping[str, Any] | None = None,
        **parents: Any,
    ) -> Any:
        """Bring one row to what the file says and return it.

        `key` and `parents` find it; `more` are further values that no key of the file gives. A value of `initial`
        is set on a new row only: afterwards the portal's own holds. A change of a value of `frozen` is a problem;
        `frozen_because` says why and the way out.
        """
        model = row.table.model
        assert model is not None  # noqa: S101 - a table without model is never put
        identity = {**parents, **{name: row.values[name] for name in key}}
        values = {name: value for name, value in row.own_values.items() if name not in key} | dict(more or {})
        if any(isinstance(parent, models.Model) and parent.pk is None for parent in parents.values()):
            return model(**identity, **values)  # what stands above clashed and was not saved
        found = model._default_manager.filter(**identity).first()
        if found is None:
            return self.add(row, model(**identity, **values))
        differing = {name: value for name, value in values.items() if getattr(found, name) != value}
        self.keep_initial(found, differing, initial)
        self.keep_confirmation(found, differing, frozen)
        refused = [name for name in differing if name in frozen]
        if refused:
            self.problems.extend(row.problem(name, frozen_because) for name in refused)
        elif differing:
            self.edit(row, found, differing)
        return found

    def add(self, row: Row, made: M) -> M:
        self.save(row, made)
        self.added[type(made)].append(str(made))
        return made

    def edit(self, row: Row, found: models.Model, differing: dict[str, Any]) -> None:
        said = [
            f"{column(type(found), name).verbose_name} “{words(getattr(found, name))}” → “{words(value)}”"
            for name, value in differing.items()
        ]
        self.edited.append(f"Sửa {found._meta.verbose_name} {found}: {'; '.join(said)}")
        for name, value in differing.items():
            setattr(found, name, value)
        self.save(row, found)

    def save(self, row: Row, changed: models.Model) -> None:
        """Save one row; a clash with a row that the files do not know becomes a problem with its place."""
        try:
            with transaction.atomic():
                changed.save()
        except IntegrityError:
            clash = f"trùng với một {changed._meta.verbose_name} khác đã có trong phần mềm"
            self.problems.append(row.problem("", clash))

    def remove(self, unused: models.Model) -> None:
        self.removed.append(f"Bỏ {unused._meta.verbose_name}: {unused}")
        unused.delete()

    def keep_initial(self, found: models.Model, differing: dict[str, Any], initial: Collection[str]) -> None:
        for name in [name for name in differing if name in initial]:
            label, held = column(type(found), name).verbose_name, words(getattr(found, name))
            filed = words(differing.pop(name))
            self.kept.append(f"Giữ {label} “{held}” đã đặt trong phần mềm: {found} (tệp ghi “{filed}”)")

    def keep_confirmation(self, found: Any, differing: dict[str, Any], frozen: Collection[str]) -> None:
        """A file undoes what a person compared with the signed text only where it rewords it, and then says so."""
        if getattr(found, "marker", None) != Marker.CONFIRMED or not differing:
            return
        filed = differing.pop("marker", None)
        differing.pop("source", None)
        if set(differing) & set(frozen) or not undo_if_reworded(found, differing):
            return
        if filed:
            found.marker = filed
        self.edited.append(
            f"Bỏ xác nhận đối chiếu {found._meta.verbose_name} {found}: lời văn đã đổi, cần đối chiếu lại"
        )

    def name_left(self, others: Iterable[Any]) -> None:
        """Name what stands in the portal and in no file: it stays."""
        self.kept.extend(f"Không có trong tệp, giữ nguyên {left._meta.verbose_name}: {left}" for left in others)

    def sentences(self) -> list[str]:
        said = []
        for model, names in self.added.items():
            what = str(model._meta.verbose_name)
            listed = f": {'; '.join(names)}" if len(names) <= NAMED else ""
            said.append(f"Thêm {len(names)} {what}{listed}")
        said += self.edited + self.removed
        return [*(said or ["Không có thay đổi."]), *self.kept]
