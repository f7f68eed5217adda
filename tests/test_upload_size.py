"""A large workbook costs a fixed number of queries per thousand rows, and its page is not printed whole."""

import datetime
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import Descent, Unit, UnitVersion, User
from criteria.models import Indicator, ReportingPeriod, Upload
from criteria.uploads.books import book_of
from criteria.workbooks.template import write_workbook
from tests.cases import BASIC
from tests.upload_books import received

pytestmark = pytest.mark.django_db

BEGINNING = datetime.date(2020, 2, 1)
# Queries for a thousand rows more: handing in, looking, saving. Measured 2, 2 and 32 on SQLite, 26 on PostgreSQL,
# of which four are the savepoints around bringing the spans up to date.
PER_THOUSAND = {"sqlite": (3, 3, 33), "postgresql": (3, 3, 27)}


def unit(code: str, level: str, kind: str, parent: Unit | None, province: Unit | None) -> UnitVersion:
    identity = Unit(key=f"{code}-lon", level=level)
    return UnitVersion(
        unit=identity, code=code, name=f"Số {code}", kind=kind, parent=parent, province=province, starts_on=BEGINNING
    )


def large_district(communes: int, first: int = 90_000) -> UnitVersion:
    """A province with one district of this many xã, their codes from the first on."""
    province = unit("99", "province", "tinh", None, None)
    province.province = province.unit
    district = unit("999", "district", "huyen", province.unit, province.unit)
    for one in (province, district):
        one.unit.save()
        one.unit_id = one.province_id = one.unit.pk
        one.parent_id, one.province_id = (None if one is province else province.unit.pk), province.unit.pk
        one.save()
        Descent.objects.create(ancestor=one.unit, descendant=one.unit, is_whole=True, since=datetime.date.min)
    rows = [unit(f"{first + number}", "commune", "xa", district.unit, province.unit) for number in range(communes)]
    Unit.objects.bulk_create([row.unit for row in rows], batch_size=500)
    for row in rows:
        row.unit_id = row.unit.pk
        row.fill_keys()
    UnitVersion.objects.bulk_create(rows, batch_size=500)
    return district


def filled_workbook(place: UnitVersion) -> bytes:
    """The workbook of the place with every condition met."""
    book = book_of(place, ReportingPeriod.objects.get(key="2024"), [Indicator.objects.get(code=BASIC)])
    sheet = book.sheets[0]
    rows = tuple(replace(row, values=(True,) * len(sheet.conditions)) for row in sheet.rows)
    return write_workbook(replace(book, sheets=(replace(sheet, rows=rows),)))


def cost_of(client: Client, communes: int) -> tuple[list[int], Upload, str]:
    """Queries of handing in, looking at and saving so many rows; the upload, and its page before saving."""
    place = large_district(communes)
    person = User.objects.create_user("lon", full_name="Lớn", role="district", unit=place.unit)
    content = filled_workbook(place)
    queries = []
    with CaptureQueriesContext(connection) as captured:
        upload = received(client, person, content)
    queries.append(len(captured))
    with CaptureQueriesContext(connection) as captured:
        page = client.get(upload.get_absolute_url()).content.decode()
    queries.append(len(captured))
    with CaptureQueriesContext(connection) as captured:
        client.post(reverse("upload_apply", args=[upload.pk]))
    queries.append(len(captured))
    upload.refresh_from_db()
    return queries, upload, page


@pytest.fixture
def cost(client: Client, reference: None):
    def measure(communes: int) -> list[int]:
        before = connection.savepoint()
        queries, _upload, _page = cost_of(client, communes)
        connection.savepoint_rollback(before)
        return queries

    return measure


def test_queries_grow_by_the_thousand_and_not_by_the_row(cost) -> None:
    cost(10)  # what is asked once a process
    some, a_thousand_more = cost(200), cost(1200)

    more = [second - first for first, second in zip(some, a_thousand_more, strict=True)]
    assert all(one <= most for one, most in zip(more, PER_THOUSAND[connection.vendor], strict=True)), more


def test_a_large_page_is_turned_not_printed_whole(client: Client, reference: None) -> None:
    _queries, upload, page = cost_of(client, 130)

    assert upload.outcome["new"] == 130
    assert page.count("Xã Số 90") == 25
    assert "trên 6 trang, 130 dòng" in page
    second = client.get(f"{upload.get_absolute_url()}?page=2").content.decode()
    assert "Xã Số 90025" in second


@pytest.mark.long
def test_ten_thousand_rows(client: Client, reference: None) -> None:
    _queries, upload, page = cost_of(client, 10_000)

    assert upload.outcome["new"] == 10_000
    assert upload.applied_at is not None
    assert len(page) < 60_000
