"""Boundaries: GeoJSON of an administrator → outlines on one grid, and the outlines of a day for a drawing.

All boundaries stand on the same grid: equirectangular, x shortened by the cosine of a middle latitude of the country,
one step a thousandth of a degree (about 110 m). Rounding each point to the grid, and to a coarser one where a province
would become too heavy for a page, keeps the common line of two neighbours common: no gaps, no topology needed.
"""

import datetime
import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from communes.models import Boundary, Unit, UnitVersion, holds_on

MAX_FILE_BYTES = 20 * 2**20
MAX_POINTS, MAX_FEATURES = 1_000_000, 20_000
# West, south, east, north of the country with its islands, in degrees.
BOX = (102.0, 6.0, 118.0, 24.0)
STEP, COSINE = 0.001, math.cos(math.radians(16))
CHARACTERS_OF_A_PROVINCE = 60_000  # of one level; compressed a quarter of it, so that a page stays light
CODE_NAMES = ("code", "ma")
WGS84 = ("CRS84", "4326")
DAY = datetime.timedelta(days=1)

Point = tuple[int, int]
Ring = list[Point]


class Unusable(ValueError):
    """The file as a whole cannot be used; the message is a Vietnamese sentence."""


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """What is wrong with one feature: its number in the file, its code as far as it has one."""

    number: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The rings of one unit on the grid; outer rings and holes alike, told apart by the even-odd rule."""

    version: UnitVersion
    rings: list[Ring]


@dataclass(slots=True)
class Shapes:
    """What a file says: the shapes that can be used and everything that is wrong."""

    shapes: list[Shape] = field(default_factory=list)
    faults: list[ShapeFault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Drawing:
    """The outlines of some units, and the box around them as an SVG viewBox."""

    view_box: str
    boundaries: dict[int, Boundary]


# --- drawing ---------------------------------------------------------------------------------------------


def shapes_on(day: datetime.date, units: Iterable[int]) -> Drawing | None:
    """Return the outlines that the units (primary keys) have on a day, or None unless each has one. One query."""
    wanted = set(units)
    found = {one.unit_id: one for one in Boundary.objects.filter(holds_on(day), unit__in=wanted)}
    if not wanted or found.keys() != wanted:
        return None
    west, north = min(one.min_x for one in found.values()), min(one.min_y for one in found.values())
    east, south = max(one.max_x for one in found.values()), max(one.max_y for one in found.values())
    margin = max(east - west, south - north) // 100 + 1
    box = (west - margin, north - margin, east - west + 2 * margin, south - north + 2 * margin)
    return Drawing(" ".join(map(str, box)), found)


# --- reading ---------------------------------------------------------------------------------------------


def read(data: bytes, day: datetime.date) -> Shapes:
    """Read a FeatureCollection keyed by the codes of the day. Raises `Unusable` for what is none at all."""
    features = features_of(data)
    living = {one.code: one for one in UnitVersion.objects.as_of(day).select_related("unit")}
    found, seen = Shapes(), dict[str, int]()
    for number, feature in enumerate(features, 1):
        code = code_of(feature)
        problems = [] if code else ["thiếu mã đơn vị"]
        if code in seen:
            problems.append(f"mã đã có ở đối tượng thứ {seen[code]}")
        elif code and code not in living:
            problems.append(f"không có đơn vị mang mã này vào ngày {day:%d/%m/%Y}")
        seen.setdefault(code, number)
        rings, wrong = rings_of(feature.get("geometry") if isinstance(feature, dict) else None)
        problems += wrong
        found.faults += [ShapeFault(number, code, problem) for problem in problems]
        if not problems:
            found.shapes.append(Shape(living[code], rings))
    return found


def features_of(data: bytes) -> list[Any]:
    if len(data) > MAX_FILE_BYTES:
        raise Unusable(f"Tệp lớn hơn {MAX_FILE_BYTES // 2**20} MB. Giảm số chữ số thập phân hoặc đơn giản hóa đường.")
    try:
        said = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unusable("Tệp không phải GeoJSON hợp lệ (mã UTF-8).") from None
    if not isinstance(said, dict) or said.get("type") != "FeatureCollection":
        raise Unusable("Tệp không phải GeoJSON loại FeatureCollection.")
    crs = json.dumps(said.get("crs"))
    if said.get("crs") and not any(name in crs for name in WGS84):
        raise Unusable("Tọa độ phải là kinh độ, vĩ độ WGS 84 (EPSG:4326).")
    features = said.get("features")
    if not isinstance(features, list) or not 0 < len(features) <= MAX_FEATURES:
        raise Unusable(f"Tệp phải có từ 1 đến {MAX_FEATURES} đối tượng.")
    if data.count(b"[") > MAX_POINTS:
        raise Unusable(f"Tệp có hơn {MAX_POINTS} điểm. Đơn giản hóa đường ranh giới trước khi nạp.")
    return features


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def code_of(feature: Any) -> str:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        return ""
    for name in CODE_NAMES:
        value = properties.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            text = str(value).strip()[:20]
            return {1: text.zfill(2), 4: text.zfill(5)}.get(len(text), text) if text.isdigit() else text
    return ""


def rings_of(geometry: Any) -> tuple[list[Ring], list[str]]:
    """Return the rings of a polygon or multipolygon on the grid, and what is wrong with them, each thing once."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    parts = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if kind == "Polygon":
        parts = [parts]
    elif kind != "MultiPolygon":
        return [], ["hình phải là Polygon hoặc MultiPolygon"]
    if not isinstance(parts, list) or not parts or not all(isinstance(part, list) and part for part in parts):
        return [], ["hình không có đường bao nào"]
    rings, problems = [], dict[str, None]()
    for positions in itertools.chain(*parts):
        problem = ring_problem(positions)
        if problem:
            problems[problem] = None
        else:
            rings.append([project(position[0], position[1]) for position in positions])
    if not problems and not any(extent(tidied(ring, 1)) for ring in rings):
        problems["hình không có diện tích"] = None
    return rings, list(problems)


def ring_problem(positions: Any) -> str:
    if not isinstance(positions, list) or len(positions) < 4:
        return "đường bao phải có ít nhất 4 điểm"
    for position in positions:
        if not isinstance(position, list) or len(position) < 2 or not all(map(is_number, position[:2])):
            return "có điểm không phải cặp số kinh độ, vĩ độ"
        west, south, east, north = BOX
        if not (west <= position[0] <= east and south <= position[1] <= north):
            return f"có điểm ngoài lãnh thổ Việt Nam: {position[0]:.5g}, {position[1]:.5g}"
    return "" if positions[0][:2] == positions[-1][:2] else "đường bao chưa khép kín"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1000


def project(longitude: float, latitude: float) -> Point:
    return round((longitude - BOX[0]) * COSINE / STEP), round((BOX[3] - latitude) / STEP)


# --- outlines --------------------------------------------------------------------------------------------


def tidied(ring: Ring, grid: int) -> Ring:
    """Round the points to a grid of so many steps; drop what repeats the one before or lies on its straight line."""
    kept: Ring = []
    for x, y in ring[:-1]:
        point = (round(x / grid) * grid, round(y / grid) * grid)
        while kept and (kept[-1] == point or (len(kept) > 1 and turn(kept[-2], kept[-1], point) == 0)):
            kept.pop()
        kept.append(point)
    return kept


def turn(a: Point, b: Point, c: Point) -> int:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def extent(ring: Ring) -> int:
    """Return twice the area of the ring."""
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in sides(ring)))


def sides(ring: Ring) -> Iterator[tuple[Point, Point]]:
    return zip(ring, ring[1:] + ring[:1], strict=True)


def path_of(rings: list[Ring]) -> str:
    """Return the rings as an SVG path, from each point to the next by whole steps."""
    return "".join(
        f"M{ring[0][0]} {ring[0][1]}l"
        + " ".join(f"{bx - ax} {by - ay}" for (ax, ay), (bx, by) in itertools.pairwise(ring))
        + "z"
        for ring in rings
    )


def label_point(ring: Ring) -> Point:
    """Return the middle of the widest stretch inside the ring at half its height."""
    ys = [y for _, y in ring]
    height = (min(ys) + max(ys)) / 2 + 0.25  # never exactly through a point
    crossings = sorted(
        ax + (height - ay) * (bx - ax) / (by - ay)
        for (ax, ay), (bx, by) in sides(ring)
        if (ay > height) != (by > height)
    )
    left, right = max(zip(crossings[::2], crossings[1::2], strict=True), key=lambda pair: pair[1] - pair[0])
    return round((left + right) / 2), round(height)


def outlines(shapes: list[Shape]) -> dict[int, list[Ring]]:
    """Return the rings of each unit on the finest grid on which its province is light enough for a page."""
    groups: dict[tuple[int, str], list[Shape]] = defaultdict(list)
    for shape in shapes:
        groups[shape.version.province_id, shape.version.unit.level].append(shape)
    found: dict[int, list[Ring]] = {}
    for group in groups.values():
        for grid in (1, 2, 4, 8, 16):
            tried = {shape.version.unit_id: solid(shape.rings, grid) for shape in group}
            if sum(len(path_of(rings)) for rings in tried.values()) <= CHARACTERS_OF_A_PROVINCE:
                break
        found |= tried
    return found


def solid(rings: list[Ring], grid: int) -> list[Ring]:
    """Return the rings that are still areas on the grid, the largest first; a unit too small for it keeps its own."""
    kept = [ring for ring in (tidied(ring, grid) for ring in rings) if extent(ring)]
    return sorted(kept, key=extent, reverse=True) if kept else solid(rings, 1)


# --- keeping ---------------------------------------------------------------------------------------------


def keep(shapes: list[Shape], starts_on: datetime.date, ends_on: datetime.date | None, source: str) -> int:
    """Store the outlines for their units from one day to another; earlier ones end the day before.

    An outline of the same first day is replaced; where a later one follows, the new one ends before it.
    """
    rings = outlines(shapes)
    with transaction.atomic():
        # On PostgreSQL two administrators wait for each other here; on SQLite a transaction is alone.
        list(Unit.objects.filter(pk__in=rings).order_by("pk").select_for_update().values_list("pk"))
        Boundary.objects.filter(unit__in=rings, starts_on=starts_on).delete()
        later: dict[int, datetime.date] = {}
        for unit, day in Boundary.objects.filter(unit__in=rings, starts_on__gt=starts_on).values_list(
            "unit", "starts_on"
        ):
            later[unit] = min(day, later.get(unit, day))
        before = Boundary.objects.filter(holds_on(starts_on), unit__in=rings)
        before.update(ends_on=starts_on - DAY)
        Boundary.objects.bulk_create(
            (boundary(unit, rings[unit], starts_on, earliest(ends_on, later.get(unit)), source) for unit in rings),
            batch_size=500,
        )
    return len(rings)


def earliest(ends_on: datetime.date | None, next_start: datetime.date | None) -> datetime.date | None:
    days = [day for day in (ends_on, next_start - DAY if next_start else None) if day]
    return min(days, default=None)


def boundary(
    unit: int, rings: list[Ring], starts_on: datetime.date, ends_on: datetime.date | None, source: str
) -> Boundary:
    xs, ys = [x for ring in rings for x, _ in ring], [y for ring in rings for _, y in ring]
    label_x, label_y = label_point(rings[0])
    return Boundary(
        unit_id=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        source=source,
        path=path_of(rings),
        min_x=min(xs),
        min_y=min(ys),
        max_x=max(xs),
        max_y=max(ys),
        label_x=label_x,
        label_y=label_y,
    )
