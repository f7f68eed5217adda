"""What the pages print of the registers: rows under the names that their units bore, a unit's line by year."""

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Subquery
from django.urls import reverse

from communes.models import Unit, UnitVersion, User
from criteria.models import Condition, SecurityModel
from criteria.registers.kinds import MODELS, RECOGNITIONS, REGISTERS, REGISTRATIONS, TITLES, Register
from criteria.registers.naming import place_title


@dataclass(frozen=True)
class Line:
    """A row of a register as a list prints it."""

    row: Any
    register: Register

    @property
    def name(self) -> str:
        return place_title(self.row.place) if self.row.place else str(self.row.unit)

    @property
    def url(self) -> str:
        """The page of the unit: of what it went into, where the reader sees only that."""
        return reverse("unit", args=[self.row.place.unit_id if self.row.place else self.row.unit_id])

    @property
    def code(self) -> str:
        return self.row.place.code if self.row.place else ""

    @property
    def cells(self) -> list[str]:
        return [said(self.row) for _, said in self.register.columns]

    @property
    def state(self) -> tuple[str, str]:
        return self.register.state_of(self.row)


def with_places(rows: Any, user: User) -> Any:
    """Annotate `place_id`: the version under which the row's unit stood on its day, of those that the person sees."""
    own = rows.model.places().visible_to(user).order_by("starts_on")
    return rows.annotate(place_id=Subquery(own.values("pk")[:1]))


def lines_of(rows: Iterable[Any], register: Register) -> list[Line]:
    """Return the lines of rows that carry `with_places`: one query for all their places."""
    listed = list(rows)
    places = UnitVersion.objects.with_parent().in_bulk([row.place_id for row in listed if row.place_id])
    for row in listed:
        row.place = places.get(row.place_id)
    return [Line(row, register) for row in listed]


def readable(register: Register, user: User) -> Any:
    """Return the register's rows of the person's scope with what a list prints of them."""
    rows = register.model.objects.visible_to(user).select_related("recorded_by", *register.related)
    return with_places(rows, user).prefetch_related("unit__versions")


# --- one unit --------------------------------------------------------------------------------------------


@dataclass
class YearLine:
    """What the registers hold of one unit for one year."""

    titles: list[Line] = field(default_factory=list)
    recognitions: list[Line] = field(default_factory=list)
    registrations: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class RegistersOfUnit:
    years: list[tuple[int, YearLine]]
    models: list[Line]

    def __bool__(self) -> bool:
        return bool(self.years or self.models)


def registers_of(unit: Unit, user: User) -> RegistersOfUnit:
    """Return what the registers hold of the unit, as far as the person sees it: a fixed number of queries."""
    years: dict[int, YearLine] = defaultdict(YearLine)
    for line in _own(TITLES, unit, user):
        years[line.row.year].titles.append(line)
    for line in _own(RECOGNITIONS, unit, user):
        years[line.row.year_recognised].recognitions.append(line)
    for line in _own(REGISTRATIONS, unit, user):
        years[line.row.year].registrations.append(line)
    models = readable(MODELS, user).standing().of_unit(unit)
    return RegistersOfUnit(sorted(years.items(), reverse=True), lines_of(models, MODELS))


def _own(register: Register, unit: Unit, user: User) -> list[Line]:
    return lines_of(readable(register, user).standing().filter(unit=unit), register)


def working_models(conditions: Iterable[Condition], unit_id: int, day: datetime.date) -> dict[int, int]:
    """Return, for each condition that asks for a model, how many of its kinds work in the unit on the day."""
    asking = {condition.pk: condition.model_kinds for condition in conditions if condition.model_kinds}
    if not asking:
        return {}
    kinds = SecurityModel.objects.of_unit(unit_id).working_on(day).values_list("kind", flat=True)
    counts = Counter(kinds)
    return {pk: sum(counts[kind] for kind in asked) for pk, asked in asking.items()}


def counts_of(user: User) -> dict[str, int]:
    """Return how many standing rows of each register the person sees."""
    return {kind: one.model.objects.visible_to(user).standing().count() for kind, one in REGISTERS.items()}
