"""Invented boundaries for tests: a checkerboard of squares, one a unit."""

import json
from collections.abc import Iterable
from typing import Any

from communes.models import UnitVersion

WEST, NORTH, SIDE = 107.5, 14.5, 0.1


def square(place: int, across: int = 5) -> list[list[float]]:
    """Return the ring of the square at a place, in degrees, closed."""
    x, y = WEST + place % across * SIDE, NORTH - place // across * SIDE
    return [[x, y], [x + SIDE, y], [x + SIDE, y - SIDE], [x, y - SIDE], [x, y]]


def feature(code: Any, place: int = 0, **geometry: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": [square(place)]} | geometry
    return {"type": "Feature", "properties": {"code": code}, "geometry": shape}


def geojson(found: Iterable[Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(found)} | more).encode()


def checkerboard(level: str, day: str, **of: Any) -> bytes:
    """Return a file with a square for each unit of the level that lives on the day."""
    found = UnitVersion.objects.as_of(day).of_level(level).filter(**of).in_official_order()
    return geojson(feature(code, place) for place, code in enumerate(found.values_list("code", flat=True)))
