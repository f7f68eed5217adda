"""Uploads and signed copies in the admin: read only, in one's scope, at the same cost however many there are."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communes.models import User
from criteria.models import SignedCopy, Upload
from tests.cases import entered
from tests.test_assessment_pages import client_of, text
from tests.test_signing import attach
from tests.upload_books import Filling, received

pytestmark = pytest.mark.django_db

UPLOADS, COPIES = "/admin/criteria/upload/", "/admin/criteria/signedcopy/"


@pytest.fixture
def staff(an: User, bao: User, binh: User, lan: User) -> None:
    for person in (an, bao, binh, lan):
        person.is_staff = True
        person.save()


def test_uploads_are_read_in_ones_scope_and_never_changed(staff, an, bao, binh, lan) -> None:
    upload = received(Client(), bao, Filling().content())
    one = f"{UPLOADS}{upload.pk}/change/"
    page = text(client_of(bao).get(one))
    for shown in (upload.code, "bieu.xlsx", upload.sha256, "Đã kiểm tra, chưa lưu"):
        assert shown in page
    assert upload.code in text(client_of(bao).get(UPLOADS))
    assert upload.code not in text(client_of(binh).get(UPLOADS))
    assert [client_of(who).get(one).status_code for who in (an, binh, lan)] == [403, 404, 403]
    assert client_of(bao).post(one, {"filename": "khac.xlsx"}).status_code == 403
    assert client_of(bao).post(f"{UPLOADS}{upload.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Upload.objects.get().filename == "bieu.xlsx"


def test_signed_copies_are_read_in_ones_scope_and_never_changed(staff, an, bao, binh, quang) -> None:
    entered(an)
    attach(bao)
    copy = SignedCopy.objects.get()
    one = f"{COPIES}{copy.pk}/change/"
    assert copy.mark in text(client_of(bao).get(one))
    assert copy.signer in text(client_of(quang).get(COPIES))
    assert copy.signer not in text(client_of(binh).get(COPIES))
    assert [client_of(who).get(one).status_code for who in (an, binh)] == [404, 404]
    assert client_of(bao).post(one, {"signer": "Khác"}).status_code == 403


def test_the_list_costs_the_same_at_one_and_at_many(staff, bao) -> None:
    client, costs = client_of(bao), []
    for more in (1, 4):
        for _ in range(more):
            received(Client(), bao, Filling().content())
        with CaptureQueriesContext(connection) as queries:
            client.get(UPLOADS)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 13, costs
