"""Whatever is written into an address or a form by hand is answered, never with a fault of the server."""

import html
import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from communes.addresses import number_in
from communes.models import EventKind
from tests.test_visibility import address, evidence, names, people  # noqa: F401 - the objects of every address

pytestmark = pytest.mark.django_db

VALUES = ("²", "9" * 40, "01/01/0001")
PARTS = ("%C2%B2", "9" * 18, "9" * 40)
NUL = "a\x00b"
PARAMETERS = """
    page as_of period indicator district area province state standing boundaries kind level attribute q unit
    map year show condition verdict errors changed half_judged ready sent no_result search decision pick seen
    fingerprint confirmed find take more after-TOTAL_FORMS after-INITIAL_FORMS after-0-code units effective_on
    resolution_on letter_number letter_on reason count next all criteria_set sort download to other other_boundaries
"""
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*\bname="([^"]+)"')


def tampered(url: str) -> Iterator[str]:
    """The address with one of its parts exchanged."""
    parts = url.strip("/").split("/")
    for at, part in enumerate(parts):
        if re.search(r"\d", part):
            for value in PARTS:
                yield "/" + "/".join([*parts[:at], value, *parts[at + 1 :]]) + "/"


def fields_of(page: str) -> set[str]:
    return {html.unescape(name) for name in FIELD.findall(page)} - {"csrfmiddlewaretoken"}


def statuses(client: Client, url: str) -> Iterator[tuple[str, str, int]]:
    """Every way in which the address is asked with nonsense, and the code of the answer."""
    known = fields_of(client.get(url).content.decode(errors="replace")) if "file" not in url else set()
    given = sorted({*PARAMETERS.split(), *known})
    for other in tampered(url):
        yield other, "GET", client.get(other).status_code
        yield other, "POST", client.post(other, {"pick": f"{9 * 10**17}@x"}).status_code
    for value in VALUES:
        query = dict.fromkeys(given, value)
        yield url, f"GET {value}", client.get(url, query).status_code
        yield url, f"POST {value}", client.post(url, query).status_code
    nul = {"nul": NUL}
    assert (client.get(url, nul).status_code, client.post(url, nul).status_code) == (400, 400), url


def names_for(who: str) -> list[str]:
    """The names of every address; of events only for the administrator, who alone makes them."""
    every = sorted(set(names(get_resolver().url_patterns)) - {"logout"})
    return [name for name in every if (who == "quang") == name.startswith("event")]


@pytest.mark.parametrize(
    "who", [pytest.param("bao", marks=pytest.mark.long), pytest.param("chi", marks=pytest.mark.long), "quang"]
)
def test_no_nonsense_is_a_fault(address, people, who) -> None:  # noqa: F811
    client = Client(raise_request_exception=False)
    client.force_login(people[who])
    faults = []
    for name in names_for(who):
        with transaction.atomic():
            url = address(name)
            kinds = [f"{url}?kind={kind}" for kind in EventKind.values] if name == "event_new" else []
            for one in (url, *kinds):
                faults += [asked for asked in statuses(client, one) if asked[2] >= 500]
            transaction.set_rollback(True)
    assert faults == []


@pytest.mark.parametrize("text", [None, "", "²", "٣", "-1", "1.0", " 1", "9" * 19])
def test_what_is_no_number(text: str | None) -> None:
    assert number_in(text) is None


def test_what_is_a_number() -> None:
    assert [number_in("0"), number_in("23905"), number_in("9" * 18)] == [0, 23905, 10**18 - 1]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_nul_character_is_answered_400_in_vietnamese(client: Client, db: None, people, method: str) -> None:  # noqa: F811
    client.force_login(people["bao"])
    for url, data in (("/communes/", {"q": NUL}), ("/assessments/a%00/", {})):
        answer = getattr(client, method)(url, data)
        assert (answer.status_code, "Yêu cầu không hợp lệ" in answer.content.decode()) == (400, True)


def test_a_nul_character_in_a_cookie_or_before_signing_in_is_answered_400(client: Client, db: None) -> None:
    client.cookies["sessionid"] = f"abcdefgh{NUL}"
    assert client.get("/").status_code == 400
    client.cookies.clear()
    assert client.post("/login/", {"username": NUL, "password": "x"}).status_code == 400
