from communes.models.events import BoundaryEvent, EventKind, EventState
from communes.models.people import PLACE_LEVELS, Role, User
from communes.models.units import (
    Alias,
    Commune,
    Descent,
    District,
    Kind,
    Level,
    Province,
    Succession,
    Unit,
    UnitVersion,
    UnitVersionQuerySet,
    holds_on,
)

__all__ = [
    "PLACE_LEVELS",
    "Alias",
    "BoundaryEvent",
    "Commune",
    "Descent",
    "District",
    "EventKind",
    "EventState",
    "Kind",
    "Level",
    "Province",
    "Role",
    "Succession",
    "Unit",
    "UnitVersion",
    "UnitVersionQuerySet",
    "User",
    "holds_on",
]
