from communes.models.aliases import Alias
from communes.models.areas import Area, AreaMember
from communes.models.attributes import VALUES, AttributeKind, AttributeValue, UnitAttribute
from communes.models.events import BoundaryEvent, EventKind, EventState
from communes.models.people import PLACE_LEVELS, Role, User
from communes.models.shapes import Boundary
from communes.models.units import (
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
    "VALUES",
    "Alias",
    "Area",
    "AreaMember",
    "AttributeKind",
    "AttributeValue",
    "Boundary",
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
    "UnitAttribute",
    "UnitVersion",
    "UnitVersionQuerySet",
    "User",
    "holds_on",
]
