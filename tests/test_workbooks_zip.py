"""The province's .zip: one prefilled workbook a district, each exactly the one that the district gets itself."""

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.models import ReportingPeriod
from criteria.uploads.books import books_of_districts
from criteria.uploads.places import own_places
from criteria.workbooks.sheets import MARK_SHEET
from tests.upload_books import Filling, made, received, written_rows

pytestmark = pytest.mark.django_db


def cells(content: bytes) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: list(sheet.values) for sheet in book}


def zipped(client: Client, by: User, period: str = "2024") -> dict[str, bytes]:
    client.force_login(by)
    response = client.get(reverse("workbooks_download", args=[period]))
    assert response.status_code == 200
    assert 'filename="bieu-gia-lai-2024.zip"' in response["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_district_gets_its_own_workbook(client: Client, chi: User) -> None:
    files = zipped(client, chi)
    assert len(files) == 17
    assert cells(files["bieu-chu-prong-2024.xlsx"]) == cells(made(district="632"))
    marks = [cells(content)[MARK_SHEET] for content in files.values()]
    scopes = {row[1] for mark in marks for row in mark if row[0] == "scope"}
    assert len(scopes) == 17


def test_a_district_hands_in_what_the_province_sent_it(client: Client, chi: User, bao: User) -> None:
    content = zipped(client, chi)["bieu-chu-prong-2024.xlsx"]
    upload = received(client, bao, Filling(content).all_met(["23905"]).content())
    assert [upload.outcome[name] for name in ("new", "errors")] == [1, 0]
    assert written_rows() == [0, 0, 0, 0]


def test_the_page_offers_it_to_the_province_while_there_are_districts(client: Client, chi: User, bao: User) -> None:
    client.force_login(chi)
    address = reverse("workbooks_download", args=["2024"])
    assert address in client.get("/uploads/?period=2024").content.decode()
    assert ".zip" not in client.get("/uploads/?period=2025").content.decode()
    assert client.get(reverse("workbooks_download", args=["2025"])).status_code == 404
    client.force_login(bao)
    assert address not in client.get("/uploads/?period=2024").content.decode()


def test_seventeen_workbooks_cost_the_queries_of_one(chi: User) -> None:
    period = ReportingPeriod.objects.get(key="2024")
    place = own_places(chi, period).get()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(list(books_of_districts(place, period))) == 17
    assert len(queries) < 25
