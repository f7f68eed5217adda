"""Boundaries: what a GeoJSON may hold, how it is drawn, for which days."""

import datetime
import json
import math
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes import shapes
from communes.models import Boundary, User
from communes.shapes import keep, label_point, outlines, path_of, project, read, shapes_on, tidied
from tests.boundaries import checkerboard, feature, geojson, square
from tests.conftest import unit_of
from tests.english import find_english
from tests.test_units_admin import address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

DAY = datetime.date(2024, 12, 31)
FIRST = datetime.date(2020, 2, 1)


def load(data: bytes, day: datetime.date = DAY, ends_on: datetime.date | None = None) -> int:
    found = read(data, day)
    assert not found.faults
    return keep(found.shapes, day, ends_on, "thử")


# --- geometry --------------------------------------------------------------------------------------------


def test_points_are_scaled_alike_to_the_east_and_to_the_south() -> None:
    (x, y), (east, _), (_, south) = project(108, 14), project(109, 14), project(108, 13)
    assert south - y == 1000
    assert (east - x) / 1000 == pytest.approx(math.cos(math.radians(16)), abs=0.001)


def test_what_does_not_turn_is_dropped() -> None:
    ring = [(0, 0), (5, 0), (10, 0), (10, 0), (10, 4), (10, 10), (0, 10), (0, 0)]
    assert tidied(ring, 1) == [(0, 0), (10, 0), (10, 10), (0, 10)]
    assert tidied([(0, 0), (5, 1), (10, 0), (10, 10), (0, 10), (0, 0)], 4) == [(0, 0), (8, 0), (8, 8), (0, 8)]


def test_neighbours_keep_their_common_line_on_every_grid() -> None:
    middle = [(100 + step % 3, step * 7) for step in range(40)]
    west = [*middle, (0, 273), (0, 0), middle[0]]
    east = [*reversed(middle), (200, 0), (200, 273), middle[-1]]
    for grid in (1, 2, 4, 8):
        shared = set(tidied(west, grid)) & set(tidied(east, grid))
        assert {point for point in tidied(west, grid) if 0 < point[0] < 200} <= shared


def test_a_path_goes_by_steps() -> None:
    assert path_of([[(10, 10), (20, 10), (20, 30)], [(1, 1), (2, 1), (2, 2)]]) == "M10 10l10 0 0 20zM1 1l1 0 0 1z"


def test_a_label_stands_inside_a_bent_shape() -> None:
    bent = [(0, 0), (100, 0), (100, 100), (80, 100), (80, 10), (0, 10)]
    x, y = label_point(bent)
    assert 80 < x < 100
    assert 10 < y < 100


def test_a_province_stays_light(monkeypatch: pytest.MonkeyPatch) -> None:
    round_shape = [[108 + math.cos(a / 500) * 0.2, 14 + math.sin(a / 500) * 0.2] for a in range(3141)]
    data = geojson([feature("632", coordinates=[[*round_shape, round_shape[0]]])])
    found = read(data, DAY).shapes
    full = len(path_of(next(iter(outlines(found).values()))))
    monkeypatch.setattr(shapes, "CHARACTERS_OF_A_PROVINCE", full // 2)
    assert len(path_of(next(iter(outlines(found).values())))) <= full // 2


# --- what a file may hold --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "không phải GeoJSON hợp lệ"),
        (b"[" * 100_000, "không phải GeoJSON hợp lệ"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "không phải GeoJSON hợp lệ"),
        ("{}".encode("utf-16") + b"\xff", "không phải GeoJSON hợp lệ"),
        (b"[]", "FeatureCollection"),
        (json.dumps({"type": "Feature"}).encode(), "FeatureCollection"),
        (geojson([]), "từ 1 đến"),
        (geojson([], features="x"), "từ 1 đến"),
        (geojson([feature("632")], crs={"properties": {"name": "urn:ogc:def:crs:EPSG::3405"}}), "WGS 84"),
    ],
)
def test_a_file_that_cannot_be_used(data: bytes, message: str) -> None:
    with pytest.raises(shapes.Unusable, match=message):
        read(data, DAY)


def test_limits_of_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = geojson([feature("632")])
    monkeypatch.setattr(shapes, "MAX_POINTS", 5)
    with pytest.raises(shapes.Unusable, match="hơn 5 điểm"):
        read(data, DAY)
    monkeypatch.setattr(shapes, "MAX_FILE_BYTES", 100)
    with pytest.raises(shapes.Unusable, match="lớn hơn 0 MB"):
        read(data, DAY)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (None, "thiếu mã"),
        ({"type": "Feature", "properties": {}}, "thiếu mã"),
        (feature(""), "thiếu mã"),
        (feature(True), "thiếu mã"),
        (feature("99999"), "không có đơn vị mang mã này vào ngày 31/12/2024"),
        (feature("632", type="Point", coordinates=[108, 14]), "Polygon hoặc MultiPolygon"),
        (feature("632", coordinates=[]), "không có đường bao"),
        (feature("632", coordinates="x"), "không có đường bao"),
        (feature("632", coordinates=[[[108, 14], [108, 15], [108, 14]]]), "ít nhất 4 điểm"),
        (feature("632", coordinates=[[*square(0)[:-1], [108, 14]]]), "chưa khép kín"),
        (feature("632", coordinates=[[["x", 1]] * 4]), "không phải cặp số"),
        (feature("632", coordinates=[[[10**400, 1]] * 4]), "không phải cặp số"),
        (feature("632", coordinates=[[[14.0, 108.0]] * 4]), "ngoài lãnh thổ Việt Nam: 14, 108"),
        (feature("632", coordinates=[[[108, 14], [108, 15], [108, 14], [108, 14]]]), "không có diện tích"),
    ],
)
def test_what_is_wrong_with_one_feature(one: object, message: str) -> None:
    found = read(geojson([feature("633", 1), one]), DAY)
    assert [shape.version.code for shape in found.shapes] == ["633"]
    assert {fault.number for fault in found.faults} == {2}
    assert any(message in fault.message for fault in found.faults), found.faults


def test_everything_wrong_is_said_at_once() -> None:
    found = read(geojson([feature("632"), feature("632", 1), feature("x", type="Point"), feature(None)]), DAY)
    assert [(fault.number, fault.message) for fault in found.faults] == [
        (2, "mã đã có ở đối tượng thứ 1"),
        (3, "không có đơn vị mang mã này vào ngày 31/12/2024"),
        (3, "hình phải là Polygon hoặc MultiPolygon"),
        (4, "thiếu mã đơn vị"),
    ]


def test_codes_are_those_of_the_day_and_may_be_numbers() -> None:
    other = {"type": "Feature", "properties": {"ma": 23674}, "geometry": feature("x")["geometry"]}
    assert [s.version.name for s in read(geojson([other]), datetime.date(2024, 10, 31)).shapes] == ["Đăk HLơ"]
    assert [s.version.name for s in read(geojson([other]), datetime.date(2024, 11, 1)).shapes] == ["Kông Bơ La"]


def test_parts_and_holes_become_one_path() -> None:
    hole = [[107.52, 14.48], [107.54, 14.48], [107.54, 14.46], [107.52, 14.46], [107.52, 14.48]]
    load(geojson([feature("632", type="MultiPolygon", coordinates=[[square(0), hole], [square(7)]])]))
    stored = Boundary.objects.get()
    assert stored.path.count("M") == stored.path.count("z") == 3
    assert stored.max_x - stored.min_x > stored.max_y - stored.min_y > 100


# --- for which days --------------------------------------------------------------------------------------


def test_outlines_hold_for_their_days() -> None:
    load(geojson([feature("632"), feature("633", 1)]), FIRST)
    load(geojson([feature("632", 2)]), DAY)
    load(geojson([feature("632", 3)]), datetime.date(2023, 1, 1))
    days = [(f"{b.starts_on}", b.ends_on and f"{b.ends_on}") for b in unit_of("632").boundaries.order_by("starts_on")]
    assert days == [("2020-02-01", "2022-12-31"), ("2023-01-01", "2024-12-30"), ("2024-12-31", None)]
    load(geojson([feature("632", 4)]), DAY)  # the same day again: replaced
    assert unit_of("632").boundaries.count() == 3
    load(geojson([feature("634")]), FIRST, datetime.date(2021, 1, 1))
    assert shapes_on(datetime.date(2021, 1, 2), [unit_of("634").pk]) is None


def test_a_drawing_needs_every_unit_and_one_query() -> None:
    load(geojson([feature("632"), feature("633", 1)]), FIRST)
    units = [unit_of("632").pk, unit_of("633").pk]
    with CaptureQueriesContext(connection) as queries:
        drawing = shapes_on(DAY, units)
    assert len(queries) == 1
    assert drawing is not None
    assert set(drawing.boundaries) == set(units)
    left, top, width, height = map(int, drawing.view_box.split())
    assert width > height > 100  # two squares side by side
    assert all(left <= one.min_x and one.max_x <= left + width for one in drawing.boundaries.values())
    assert all(top <= one.label_y <= top + height for one in drawing.boundaries.values())
    assert shapes_on(DAY, [*units, unit_of("634").pk]) is None
    assert shapes_on(datetime.date(2020, 1, 31), units) is None
    assert shapes_on(DAY, []) is None


@pytest.mark.parametrize(
    "given",
    [
        {"ends_on": datetime.date(2020, 1, 1)},
        {"max_x": 0},
        {"starts_on": datetime.date(2021, 1, 1)},
        {"ends_on": datetime.date(2021, 1, 1)},
    ],
    ids=[
        "boundary_ends_after_it_starts",
        "boundary_has_an_extent",
        "one_open_boundary_of_a_unit",
        "one_boundary_of_a_unit_starts_on_a_day",
    ],
)
def test_the_database_refuses(given: dict) -> None:
    box = {"min_x": 0, "min_y": 0, "max_x": 9, "max_y": 9, "label_x": 4, "label_y": 4}
    plain = {"unit": unit_of("632"), "starts_on": FIRST, "source": "thử", "path": "M0 0l9 0 0 9z"} | box
    if "max_x" not in given and given != {"ends_on": datetime.date(2020, 1, 1)}:
        Boundary.objects.create(**plain)
    with pytest.raises(IntegrityError), transaction.atomic():
        Boundary.objects.create(**plain | given)


# --- the admin -------------------------------------------------------------------------------------------


@pytest.fixture
def admin(client: Client, quang: User) -> Client:
    client.force_login(quang)
    return client


def send(client: Client, data: bytes, **given: object) -> object:
    plain = {"starts_on": "01/02/2020", "ends_on": "", "source": "Nguồn thử"}
    file = SimpleUploadedFile("ranh-gioi.geojson", data)
    return client.post(address("boundary", "add"), plain | {"file": file} | given, follow=True)


def test_an_administrator_loads_a_file(admin: Client) -> None:
    data = checkerboard("district", "2020-02-01", province__key="64-20200201")
    page = send(admin, data).content.decode()
    assert "Đã nạp ranh giới của 17 đơn vị" in page
    assert "chưa có ranh giới" not in page
    assert Boundary.objects.count() == 17
    page = admin.get(address("boundary", "changelist"), {"q": "chu prong"}).content.decode()
    assert "Huyện Chư Prông" in page
    one = Boundary.objects.first()
    assert admin.post(address("boundary", "delete", one.pk), {"post": "yes"}).status_code == 302


def test_an_incomplete_map_is_said(admin: Client) -> None:
    assert "Còn 16 đơn vị cùng cấp" in send(admin, geojson([feature("632")])).content.decode()


def test_the_page_names_everything_and_stores_nothing(admin: Client) -> None:
    response = send(admin, geojson([feature("632"), feature("99999"), feature("633", type="Point")]))
    page = response.content.decode()
    assert "Tệp có 2 lỗi cần sửa, chưa lưu ranh giới nào" in page
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|<style|\son\w+=", page.split('id="content"')[1])
    assert find_english(page) == []
    assert "không phải GeoJSON hợp lệ" in send(admin, b"x").content.decode()
    assert "Trước ngày bắt đầu" in send(admin, geojson([feature("632")]), ends_on="01/01/2020").content.decode()
    assert not Boundary.objects.exists()


def test_only_who_may_add_loads(client: Client, chi: User) -> None:
    chi.is_staff = True
    chi.save()
    client.force_login(chi)
    assert client.get(address("boundary", "add")).status_code == 403


def test_only_this_page_takes_a_large_body(admin: Client) -> None:
    assert settings.LARGER_BODIES["admin:communes_boundary_add"] == 21 * 2**20
    large = 10 * 2**20
    assert admin.post("/communes/", b"x", "text/plain", headers={"content-length": large}).status_code == 413
    too_large = admin.post(address("boundary", "add"), b"x", "text/plain", headers={"content-length": 3 * large})
    assert too_large.status_code == 413
    assert "lớn hơn 20 MB" in too_large.content.decode()
