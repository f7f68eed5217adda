"""Whom to call: the officers who answer for units."""

from collections.abc import Iterable
from dataclasses import dataclass

from communes.models import Descent, Level, Role, UnitVersion
from criteria.standings import by_thousand

ANSWERING: dict[str, str] = {Level.COMMUNE: Role.COMMUNE, Level.DISTRICT: Role.DISTRICT, Level.PROVINCE: Role.PROVINCE}


@dataclass(frozen=True)
class Contact:
    name: str
    phone: str = ""

    @property
    def text(self) -> str:
        """ "Trần Quốc Bảo, 0905 123 456"."""
        return f"{self.name}, {self.phone}" if self.phone else self.name


def contacts_of(places: Iterable[UnitVersion]) -> dict[int, list[Contact]]:
    """Return by unit the officers whose place it is, or became whole: a place follows its succession."""
    levels = {place.unit_id: place.unit.level for place in places}
    found: dict[int, list[Contact]] = {}
    for some in by_thousand(levels):
        rows = Descent.objects.filter(descendant__in=some, is_whole=True, ancestor__users__is_active=True)
        listed = rows.order_by("ancestor__users__full_name").values_list(
            "descendant", "ancestor__users__role", "ancestor__users__full_name", "ancestor__users__phone"
        )
        for unit, role, name, phone in listed:
            if role == ANSWERING[levels[unit]]:
                found.setdefault(unit, []).append(Contact(name, phone))
    return found
