"""What is written by hand into an address or a form of the admin is answered, never with a fault of the server."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin, site
from django.db import models, transaction
from django.test import Client
from django.urls import reverse

from communes.models import Area, AttributeKind, Boundary, Level, Unit, UnitAttribute, User
from criteria.models import Checklist
from ntm_portal.requests import is_key, is_nonsense
from tests.conftest import unit_of
from tests.test_visibility import address, evidence, people  # noqa: F401 - one assessment and what hangs on it

OURS = ("communes", "criteria", "reports")
NINES = "9" * 40
INPUT = re.compile(r"<input[^>]*>")
SELECT = re.compile(r'<select[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)
TEXT = re.compile(r'<textarea[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', re.DOTALL)
BOX = {"min_x": 0, "min_y": 0, "max_x": 1, "max_y": 1, "label_x": 0, "label_y": 0}
COUNTS = ("-TOTAL_FORMS", "-INITIAL_FORMS", "-MIN_NUM_FORMS", "-MAX_NUM_FORMS")


def desks() -> list[ModelAdmin]:
    """One admin of each kind; the four levels of units share theirs, and so do the registers."""
    found = {type(desk): desk for model, desk in site._registry.items() if model._meta.app_label in OURS}
    return list(found.values())


def page_of(desk: ModelAdmin, page: str, *args: Any) -> str:
    return reverse(f"admin:{desk.opts.app_label}_{desk.opts.model_name}_{page}", args=args)


def values_on(page: str) -> dict[str, str]:
    """The fields of the page's forms with the values that stand in them."""
    found: dict[str, str] = {}
    for tag in INPUT.findall(page):
        known = dict(re.findall(r'\b(name|value|type)="([^"]*)"', tag))
        if "name" in known and known.get("type") not in ("submit", "file"):
            found[html.unescape(known["name"])] = html.unescape(known.get("value", ""))
    for name, inner in SELECT.findall(page):
        chosen = re.search(r'<option value="([^"]*)" selected', inner)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    found |= {name: html.unescape(text).strip() for name, text in TEXT.findall(page)}
    return {name: value for name, value in found.items() if "__prefix__" not in name and name != "csrfmiddlewaretoken"}


def queries(desk: ModelAdmin) -> Iterator[dict[str, str]]:
    """Tampered queries of a list: a filter of each kind, the order, the page."""
    fields = desk.opts.fields
    days = [f.name for f in fields if isinstance(f, models.DateField)]
    keys = [f.name for f in fields if f.is_relation]
    yield from ({f"{name}__year": "99999"} for name in days[:1])
    yield from ({name: NINES} for name in keys[:1])
    if day := desk.date_hierarchy:
        yield {f"{day}__year": "9999"}
        yield {f"{day}__year": "9999", f"{day}__month": "12"}
        yield {f"{day}__year": "2024", f"{day}__month": "2", f"{day}__day": "31"}
    yield {"o": "-99.x", "p": "-1", "all": "²", "_popup": "²", "as_of": "²", "state": "²", "_facets": "x"}
    yield {"p": NINES, "_to_field": "nonsense"}


def forms(given: dict[str, str]) -> Iterator[dict[str, str]]:
    """The page's form in which every field, or the count of its rows, was exchanged."""
    yield dict.fromkeys(given, "²")
    rows = [name.removesuffix("-id") for name in given if name.endswith("-id")]
    kept = {name: value if name.endswith(("-id", *COUNTS)) else NINES for name, value in given.items()}
    yield kept | {f"{row}-DELETE": "on" for row in rows}
    counts = [name for name in given if name.startswith("versions-") and name.endswith(COUNTS)]
    if counts:  # one page that has rows; how their count is read is Django's and the middleware's alone
        yield {}
        yield {name: value for name, value in given.items() if name not in counts}
        for count in ("-1", "1999", NINES):
            yield given | {name: count for name in counts if name.endswith("-TOTAL_FORMS")}
        yield given | {name: "0" for name in counts if name.endswith("-INITIAL_FORMS")}
        yield {name: "" if name.endswith("-id") else value for name, value in given.items()}


def asked(client: Client, desk: ModelAdmin) -> Iterator[tuple[str, Any, int]]:
    """Every way in which the pages of a table are asked with nonsense, and the code of the answer."""
    page = page_of(desk, "changelist")
    for query in queries(desk):
        yield page, query, client.get(page, query).status_code
    for picked, action in (("x", "delete_selected"), (NINES, "delete_selected"), ("0", "nonsense")):
        data = {"action": action, "_selected_action": picked, "index": "0"}
        yield page, data, client.post(page, data).status_code
    for tail in (f"{NINES}/change/", "_FF/change/", "²/history/", "x/delete/"):
        yield tail, "GET", client.get(page + tail).status_code
    first = desk.model._default_manager.order_by("pk").first()
    url = page_of(desk, "change", first.pk) if first else page_of(desk, "add")
    answer = client.get(url)
    yield url, "GET", answer.status_code
    given = values_on(answer.content.decode()) if answer.status_code == 200 else {}
    for data in forms(given) if given else ():
        with transaction.atomic():
            yield url, data, client.post(url, data).status_code
            transaction.set_rollback(True)
    blank = dict.fromkeys(("unit", "province", "indicators"), "²")
    yield "add", blank, client.get(page_of(desk, "add"), blank).status_code


@pytest.mark.django_db
def test_no_nonsense_is_a_fault(people, address) -> None:  # noqa: F811
    """Every table has a row, as the administrator and as a provincial officer with admin access find it."""
    chi, quang = people["chi"], people["quang"]
    for name in ("assessment", "upload", "signed_copy_file", "register_row", "event"):
        address(name)
    commune = unit_of("23905")
    UnitAttribute.objects.create(unit=commune, kind=AttributeKind.BORDER, starts_on="2024-01-01", source="Thử")
    Boundary.objects.create(unit=commune, starts_on="2024-01-01", path="M0 0", source="Thử", **BOX)
    province = Unit.objects.filter(level=Level.PROVINCE)[0]
    Area.objects.create(name="Thử", province=province, officer=chi)
    User.objects.filter(pk=chi.pk).update(is_staff=True)
    client = Client(raise_request_exception=False)
    client.force_login(quang)
    assert {client.get(page_of(desk, "changelist")).status_code for desk in desks()} == {200}
    faults = [one for desk in desks() for one in asked(client, desk) if one[2] >= 500]
    client.force_login(User.objects.get(pk=chi.pk))
    own = [desk for desk in desks() if client.get(page_of(desk, "changelist")).status_code == 200]
    faults += [one for desk in own for one in asked(client, desk) if one[2] >= 500]
    assert (faults, len(own)) == ([], 4)


@pytest.mark.django_db
def test_no_nonsense_in_the_search_of_a_unit_is_a_fault(people) -> None:  # noqa: F811
    quang = people["quang"]
    client = Client(raise_request_exception=False)
    client.force_login(quang)
    page, right = reverse("admin:autocomplete"), {"app_label": "communes", "model_name": "alias", "field_name": "unit"}
    assert client.get(page, right | {"term": "ia"}).status_code == 200
    for name in (*right, "term", "page"):
        for junk in ("²", NINES, "-1", "nonsense", "__class__"):
            assert client.get(page, right | {name: junk}).status_code < 500, (name, junk)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("starts_on__year", "2024", False),
        ("starts_on__year", "99999", True),
        ("starts_on__year", "0", True),
        ("starts_on__year", "nghìn", True),
        ("at__year__gte", "²", True),
        ("at__month", "12", False),
        ("at__month", "13", True),
        ("year", "2024", False),  # a field of the registers
        ("unit", "23905", False),
        ("unit", NINES, True),
        ("effective_on", "2024-11-01", False),
        ("effective_on__gte", "0001-01-01", True),
        ("q", NINES, False),
    ],
)
def test_what_no_filter_may_ask_for(name: str, value: str, expected: bool) -> None:
    assert is_nonsense(name, value) is expected


def test_what_may_be_the_key_of_a_row() -> None:
    number, code = models.BigAutoField(), models.UUIDField()
    assert [is_key(number, text) for text in ("1", "0", "-1", "x", NINES)] == [True, True, False, False, False]
    assert [is_key(code, text) for text in ("3f2a91bc" * 4, "x")] == [True, False]


@pytest.mark.django_db
def test_a_list_asked_for_nonsense_is_shown_whole_and_says_so(client: Client, people) -> None:  # noqa: F811
    client.force_login(people["quang"])
    answer = client.get("/admin/communes/boundaryevent/", {"effective_on__year": "9999"}, follow=True)
    assert answer.redirect_chain == [("/admin/communes/boundaryevent/?e=1", 302)]
    assert "Điều kiện lọc trên địa chỉ không dùng được" in answer.content.decode()


@pytest.mark.django_db
def test_a_row_marked_for_deletion_is_not_read_where_it_is_broken(client: Client, people) -> None:  # noqa: F811
    """Django lets such rows pass, whatever they hold."""
    client.force_login(people["quang"])
    unit = unit_of("23905")
    page = reverse("admin:communes_commune_change", args=[unit.pk])
    given = values_on(client.get(page).content.decode())
    broken = given | {"versions-0-DELETE": "on", "versions-0-starts_on": "²"}
    assert "Dòng đánh dấu xóa có nội dung không đúng" in client.post(page, broken).content.decode()
    new = {"versions-TOTAL_FORMS": "2", "versions-1-DELETE": "on", "versions-1-name": "Mới"}
    empty = {name.replace("-0-", "-1-"): "" for name in given if name.startswith("versions-0-")}
    assert "Dòng đánh dấu xóa" in client.post(page, given | empty | new).content.decode()
    assert unit.versions.count() == 1


@pytest.mark.django_db
def test_where_another_was_faster_the_form_is_shown_anew(client: Client, people) -> None:  # noqa: F811
    """The rows of a form set are only compared with each other; a row of the same number came in between."""
    client.force_login(people["quang"])
    checklist = Checklist.objects.get(indicator__code="huyen-ntm-9.4")
    page = reverse("admin:criteria_checklist_change", args=[checklist.pk])
    given = values_on(client.get(page).content.decode())
    answer = client.post(page, given | {"conditions-INITIAL_FORMS": "0"}, follow=True)
    assert "Chưa lưu: số liệu đã thay đổi từ khi mở trang." in answer.content.decode()
    assert checklist.conditions.count() == 1
