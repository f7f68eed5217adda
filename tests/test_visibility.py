"""Every address of the site for every role: what each may see and do. A new address without a row fails here.

The object is what An of Xã Ia Băng (huyện Chư Prông, Gia Lai) sent for 2024, and what Bảo of that district handed in.
200 the page, 302 to the sign-in page or on after a step, 403 inside the scope but not allowed, 404 outside it.
"""

from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from communes.models import BoundaryEvent, Role, User
from criteria.evidence.files import prepare
from criteria.law_acts import keep_text
from criteria.models import Assessment, Checklist, ColumnMapping, Evidence, Indicator, Review, SignedCopy, Verb
from tests.cases import BASIC, entered, taken
from tests.conftest import PEOPLE, one_of_us, person
from tests.event_cases import drafted, step
from tests.evidence_files import pdf, sent
from tests.register_cases import title
from tests.test_closing import extended
from tests.test_evidence import attached
from tests.test_signing import attach as attach_signed
from tests.upload_books import Filling, received

#          anonymous  An   Bảo  Bình  Chi  Định  Lan  Quang
WHO = ("anonymous", "an", "bao", "binh", "chi", "dinh", "lan", "quang")
EVERYBODY = "200 200 200 200 200 200 200 200"
SIGNED_IN = "302 200 200 200 200 200 200 200"
ONE = "302 200 200 404 200 404 200 200"
BACK = "302 302 302 404 302 404 302 302"  # a step asked for by GET leads back to the page
UPLOAD = "302 403 200 404 200 404 403 200"

READ_ONLY = "302 405 405 405 405 405 405 405"
EVENT_BACK = "302 404 404 404 302 404 404 302"  # a step asked for by GET
EVENT_STEPS = [f"event_{verb}" for verb in ("submit", "withdraw", "delete", "approve", "return", "undo")]
# An administrator made the event and sent it; the province that it is about decides.
WRITES = "302 403 200 200 200 200 403 200"  # in the register of titles; a commune officer only proposes models
WRITES_ONE = "302 403 200 404 200 404 403 200"
EVENTS = {
    "events": "302 403 403 403 200 200 403 200",
    "event_new": "302 403 403 403 403 403 403 200",
    "event": "302 404 404 404 200 404 404 200",
    "event_edit": "302 403 403 403 403 403 403 403",
}

MANAGES_PERIODS = "302 403 403 403 200 200 403 200"

GET: dict[str, str] = {
    "settling": "302 403 403 403 200 200 403 403",
    "settling_enter": "302 403 403 403 302 302 403 403",
    "healthz": EVERYBODY,
    "login": "200 302 302 302 302 302 302 302",
    "logout": "405 405 405 405 405 405 405 405",
    "password_change": SIGNED_IN,
    "password_change_done": SIGNED_IN,
    "overview": SIGNED_IN,
    "briefing": SIGNED_IN,
    "compare": SIGNED_IN,
    "export_report": SIGNED_IN,
    "target": SIGNED_IN,
    "units": SIGNED_IN,
    "unit": ONE,
    **EVENTS,
    **dict.fromkeys(EVENT_STEPS, EVENT_BACK),
    "assessments": SIGNED_IN,
    "guidance": "302 403 403 403 200 200 403 403",
    "assessments_submit": "302 302 302 302 302 302 403 302",
    "grid": "302 200 200 200 200 200 403 200",
    "grid_cells": READ_ONLY,  # by its button only
    "assessment": ONE,
    "assessment_edit": "302 403 403 404 403 404 403 403",  # it was sent
    "self_assessment": ONE,
    "summary_sheet": "302 404 200 404 200 404 200 200",
    "examination_sheet": ONE,
    "signed_copy_new": "302 404 200 404 200 404 403 200",
    "signed_copy_file": "302 404 200 404 200 404 200 200",
    **{f"assessment_{verb}": BACK for verb in Verb.values},
    "assessment_evidence": "302 403 403 404 403 404 403 403",  # it was sent
    "checklist": SIGNED_IN,
    "checklist_compare": SIGNED_IN,
    "signed_text": SIGNED_IN,
    "evidence": SIGNED_IN,
    "evidence_new": "302 403 200 200 200 200 403 200",
    "evidence_document": ONE,
    "evidence_remove": BACK,
    "evidence_file": ONE,
    "registers": SIGNED_IN,
    "register": SIGNED_IN,
    "register_new": WRITES,
    "register_row": ONE,
    "register_edit": WRITES_ONE,
    "register_withdraw": BACK,
    "register_accept": BACK,
    "periods": SIGNED_IN,
    "period": SIGNED_IN,
    "period_board": SIGNED_IN,
    **dict.fromkeys(("period_edit", "period_close", "extension_new"), MANAGES_PERIODS),
    "period_open": MANAGES_PERIODS,
    "extension_end": "302 302 302 404 302 404 302 302",
    "recognised": SIGNED_IN,
    "reviews": "302 403 200 200 200 200 403 403",
    "reviews_decide": "302 302 302 302 302 302 302 302",
    "review_batch": ONE,
    "uploads": "302 403 200 200 200 200 403 200",
    "workbook_download": UPLOAD,
    "workbooks_download": "302 403 404 404 200 404 403 200",  # a province's districts
    "upload": UPLOAD,
    "upload_apply": "302 403 302 404 302 404 403 302",
    "upload_submit": "302 403 302 404 302 404 403 302",
    "upload_undo": "302 403 302 404 302 404 403 302",
    "upload_marked": "302 403 302 404 200 404 403 200",
    "upload_file": UPLOAD,
    "upload_batch": UPLOAD,
    "upload_columns": "302 403 302 404 302 404 403 302",  # our own form: every column is known
    "upload_units": "302 403 302 404 302 404 403 302",
    "column_mappings": "302 403 200 200 200 200 403 200",
    "column_mapping_remove": "302 403 302 404 302 404 403 302",
}
POST: dict[str, str] = {
    "settling": READ_ONLY,
    "settling_enter": "302 403 403 403 200 200 403 403",  # nothing is picked
    "healthz": EVERYBODY,
    "login": "200 302 302 302 302 302 302 302",
    "logout": "302 302 302 302 302 302 302 302",
    "password_change": SIGNED_IN,
    "password_change_done": READ_ONLY,
    "overview": SIGNED_IN,
    "briefing": READ_ONLY,
    "compare": READ_ONLY,
    "export_report": READ_ONLY,
    "target": SIGNED_IN,
    "units": SIGNED_IN,
    "unit": ONE,
    **EVENTS,
    **dict.fromkeys(EVENT_STEPS, EVENT_BACK),
    "assessments": READ_ONLY,
    "guidance": "302 403 403 403 200 200 403 403",  # nothing is chosen
    "assessments_submit": "302 200 200 200 200 200 403 200",
    "grid": "302 302 302 302 302 302 403 302",  # nothing is typed: back to the page
    "grid_cells": "302 200 200 200 200 200 403 200",
    "assessment": READ_ONLY,
    "assessment_edit": "302 403 403 404 403 404 403 403",
    "self_assessment": "302 302 302 404 403 404 403 403",  # its other indicator is still open
    "summary_sheet": READ_ONLY,
    "examination_sheet": READ_ONLY,
    "signed_copy_new": "302 404 200 404 200 404 403 200",
    "signed_copy_file": READ_ONLY,
    # What was sent already leads back with the reason; to the others it is not theirs to send.
    "assessment_submit": "302 302 302 404 302 404 403 302",
    "assessment_withdraw": "302 302 403 404 403 404 403 403",
    "assessment_examine": "302 403 302 404 403 404 403 403",
    "assessment_return": "302 403 302 404 302 404 403 403",
    "assessment_confirm": "302 403 403 404 403 404 403 403",
    "assessment_reopen": "302 403 403 404 302 404 403 403",
    "assessment_evidence": "302 403 403 404 403 404 403 403",
    "checklist": READ_ONLY,
    "checklist_compare": READ_ONLY,
    "signed_text": READ_ONLY,
    "evidence": READ_ONLY,
    "evidence_new": "302 403 200 200 200 200 403 200",
    "evidence_document": READ_ONLY,
    "evidence_remove": "302 403 403 404 403 404 403 403",
    "evidence_file": READ_ONLY,
    "registers": READ_ONLY,
    "register": READ_ONLY,
    "register_new": WRITES,
    "register_row": READ_ONLY,
    "register_edit": WRITES_ONE,
    "register_withdraw": WRITES_ONE,
    "register_accept": "302 403 403 404 403 404 403 403",  # a title waits for nobody
    "periods": READ_ONLY,
    "period": READ_ONLY,
    "period_board": READ_ONLY,
    **dict.fromkeys(("period_edit", "extension_new"), MANAGES_PERIODS),  # nothing is filled in
    **dict.fromkeys(("period_close", "period_open"), "302 403 403 403 302 302 403 302"),
    "extension_end": "302 403 403 404 302 404 403 302",
    "recognised": READ_ONLY,
    "reviews": READ_ONLY,
    "reviews_decide": "302 403 200 200 200 200 403 403",
    "review_batch": READ_ONLY,
    "uploads": "302 403 200 200 200 200 403 200",
    "workbook_download": READ_ONLY,
    "workbooks_download": READ_ONLY,
    "upload": READ_ONLY,
    "upload_apply": "302 403 302 404 302 404 403 302",
    "upload_submit": "302 403 302 404 302 404 403 302",
    "upload_undo": "302 403 302 404 302 404 403 302",
    "upload_marked": READ_ONLY,
    "upload_file": READ_ONLY,
    "upload_batch": READ_ONLY,
    "upload_columns": "302 403 302 404 302 404 403 302",
    "upload_units": "302 403 302 404 302 404 403 302",
    "column_mappings": READ_ONLY,
    "column_mapping_remove": "302 403 302 404 302 404 403 302",
}
BODIES: dict[str, dict[str, str]] = {
    "assessment_return": {"reason": "Rà soát lại."},
    "assessment_reopen": {"reason": "Rà soát lại."},
    "reviews_decide": {"decision": "approve"},
}


def names(patterns: list[Any]) -> Iterator[str]:
    """Return the names of all addresses outside the admin."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            yield pattern.name


@pytest.fixture(scope="module")
def people(module_db) -> dict[str, Any]:
    dinh = person("dinh", "Đinh", Role.PROVINCE, "52")
    return {name: one_of_us(name) for name in WHO if name in PEOPLE} | {"dinh": dinh, "anonymous": None}


@pytest.fixture(scope="module")
def evidence(people) -> Evidence:
    """What An sent for Ia Băng, with its evidence."""
    evidence = attached(Client(), people["an"], file=sent("a.pdf", pdf()))
    taken(Verb.SUBMIT, entered(people["an"])[0], people["an"])
    return evidence


@pytest.fixture
def address(db, people, evidence) -> Callable[[str], str]:
    """Return the address of a name for Ia Băng, what it sent and what its district handed in."""
    an, bao, chi, quang = (people[name] for name in ("an", "bao", "chi", "quang"))

    def of(name: str) -> str:
        if name == "event" or (name.startswith("event_") and name != "event_new"):
            return reverse(name, args=[event_of(quang).pk])
        if name in ("checklist", "checklist_compare"):
            versions = Checklist.objects.filter(indicator__code=BASIC).order_by("pk")
            return reverse(name, args=[one.pk for one in versions[: 1 + (name == "checklist_compare")]])
        if name == "signed_text":
            prepared = prepare([sent("hd04.pdf", pdf())])
            assert prepared
            return reverse(name, args=[keep_text(prepared, by=quang).pk])
        if name == "upload_batch":
            upload = received(Client(), bao, Filling().content())
            upload.batch = upload.pk
            upload.save()
            return reverse(name, args=[upload.batch])
        if name.startswith("upload_") or name == "upload":
            return reverse(name, args=[received(Client(), bao, Filling().content()).pk])
        if name == "register" or name.startswith("register_"):
            row = [] if name in ("register", "register_new") else [title(bao).pk]
            return reverse(name, args=["titles", *row])
        if name == "column_mapping_remove":
            given = {"unit": bao.unit, "indicator": Indicator.objects.get(code=BASIC), "role": "note"}
            mapping = ColumnMapping.objects.create(header="Điểm", header_key="diem", made_by=bao, **given)
            return reverse(name, args=[mapping.pk])
        if name == "extension_end":
            return reverse(name, args=["2024", extended(chi).pk])
        given = {
            "target": [BASIC],
            "export_report": ["csv"],
            "unit": [an.unit_id],
            **{one: [evidence.pk] for one in ("evidence_document", "evidence_remove", "evidence_file")},
            "workbook_download": ["2024"],
            **{one: ["2024"] for one in ("period", "period_board", "period_edit", "period_close", "period_open")},
            "extension_new": ["2024"],
            "workbooks_download": ["2024"],
            "self_assessment": ["2024", an.unit_id],
            "review_batch": [Review.objects.get().batch],
            "summary_sheet": ["2024", BASIC, bao.unit_id],
            "examination_sheet": ["2024", BASIC, an.unit_id],
            "signed_copy_new": ["summary", "2024", bao.unit_id],
        }
        if name == "signed_copy_file":
            attach_signed(bao)
            return SignedCopy.objects.get().get_absolute_url()
        is_one = name == "assessment" or name.startswith("assessment_")
        return reverse(name, args=["2024", BASIC, an.unit_id] if is_one else given.get(name, []))

    return of


def event_of(maker: User) -> BoundaryEvent:
    """Return an event of Gia Lai that an administrator has made and sent: Ia Băng gets another name."""
    client = Client()
    client.force_login(maker)
    event = drafted(client, "rename", ["23905"], {"name": "Ia Băng Mới", "code": "23905", "kind": "xa"})
    step(client, "event_submit", event)
    return event


@pytest.fixture(scope="module")
def sessions(people) -> dict[str, SimpleCookie]:
    """The cookies of each person, signed in once."""
    clients = {name: Client() for name in WHO}
    for name, client in clients.items():
        if people[name]:
            client.force_login(people[name])
    return {name: client.cookies for name, client in clients.items()}


def answer(cookies: SimpleCookie, method: str, url: str, body: dict[str, str] | None = None) -> int:
    client = Client()
    client.cookies.load(cookies.output(header="", sep=";"))
    with transaction.atomic():
        code = client.get(url).status_code if method == "GET" else client.post(url, body).status_code
        transaction.set_rollback(True)
    return code


@pytest.mark.parametrize("name", GET)
def test_each_role(sessions, address, name):
    url = address(name)
    if name == "workbook_download":
        url += "?unit=632"
    if name == "workbooks_download":
        url += "?unit=64"
    if name == "signed_copy_new":
        url += f"?indicator={BASIC}"
    codes = {
        method: " ".join(str(answer(sessions[who], method, url, BODIES.get(name))) for who in WHO)
        for method in ("GET", "POST")
    }
    assert codes == {"GET": GET[name], "POST": POST[name]}


def test_every_address_has_a_row():
    """Add the row to GET and POST, and to `address` what the address needs."""
    assert sorted(set(names(get_resolver().url_patterns)) - set(GET)) == []
    assert set(GET) == set(POST)


# --- the admin: only with admin access, there only what the role may, and nothing of another's -------------


ADMIN_OF_ASSESSMENTS = ("", "add/", "{pk}/change/", "{pk}/history/", "{pk}/delete/")


@pytest.mark.parametrize("tail", ADMIN_OF_ASSESSMENTS)
def test_the_admin_is_closed_without_admin_access(sessions, address, tail):
    address("assessment")
    url = f"/admin/criteria/assessment/{tail.format(pk=Assessment.objects.get().pk)}"
    assert [answer(sessions[who], "GET", url) for who in WHO[:-1]] == [302] * 7


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("", "302 200 200 200 200 200 200 200"),
        ("add/", "302 200 200 200 200 200 403 200"),
        ("{pk}/change/", "302 200 200 404 200 404 200 200"),
        ("{pk}/history/", "302 200 200 404 200 404 200 200"),
        ("{pk}/delete/", "302 403 403 403 403 403 403 403"),
    ],
)
def test_the_admin_of_assessments_with_admin_access(sessions, address, tail, expected):
    address("assessment")
    User.objects.update(is_staff=True)
    url = f"/admin/criteria/assessment/{tail.format(pk=Assessment.objects.get().pk)}"
    codes = [answer(sessions[who], "GET", url) for who in WHO]
    assert " ".join(map(str, codes)) == expected


def test_admin_access_alone_opens_nothing_else(sessions, address):
    """Whoever is no administrator finds in the admin the assessments, their trails and papers, no other table."""
    address("assessment")
    User.objects.update(is_staff=True)
    opened = {
        who: {
            model._meta.model_name for model in site._registry if answer(sessions[who], "GET", admin_list(model)) == 200
        }
        for who in ("an", "bao", "chi", "lan")
    }
    trails = {"assessment", "entry", "review", "signedcopy"}
    uploading = trails | {"upload"}
    assert opened == {"an": trails, "bao": uploading, "chi": uploading, "lan": {"assessment", "signedcopy"}}


def admin_list(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
