"""Every main page as the role that uses it: axe finds nothing that keeps a person out, in either scheme."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Verb, Verdict
from tests.cases import BASIC, entered, taken
from tests.evidence_files import pdf, sent
from tests.register_cases import title
from tests.results import fail, set_down, units_on
from tests.test_evidence import attached
from tests.test_visibility import event_of
from tests.upload_books import Filling, received

pytestmark = pytest.mark.browser

BACKEND = "django.contrib.auth.backends.ModelBackend"
IN_BOTH_SCHEMES = {"/", "/login/", "/reviews/", f"/progress/{BASIC}/?as_of=2024-12-31"}
ONLY_OURS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture
def pages(
    client: Client, an: User, bao: User, chi: User, lan: User, quang: User
) -> Iterator[tuple[User | None, list[str]]]:
    """The addresses by the person who uses them, with something to see on each."""
    evidence = attached(Client(), an, file=sent("a.pdf", pdf()))
    taken(Verb.SUBMIT, entered(an)[0], an)
    units = [unit for unit in units_on("2024-12-31", "xa") if unit != an.unit]
    for revision in set_down(units[:5], BASIC, "2023", Verdict.NOT_MET):
        fail(revision, 1)
    set_down(units[5:30], BASIC, "2023")
    set_down(units[:5], BASIC, "2024", state="examined")
    upload, wrong = received(client, bao, Filling().content()), received(client, bao, b"not a workbook")
    one = ["2024", BASIC, an.unit_id]
    return {
        None: ["/login/"],
        an: ["/", reverse("self_assessment", args=["2023", an.unit_id]), reverse("assessment", args=one)],
        bao: [
            *("/", "/assessments/?period=2024", "/reviews/", "/evidence/", reverse("evidence_new"), "/registers/"),
            reverse("assessment_edit", args=["2023", *one[1:]]),
            *("/uploads/?period=2024", upload.get_absolute_url(), wrong.get_absolute_url()),
            *(reverse("evidence_document", args=[evidence.pk]), reverse("register_new", args=["titles"])),
            *(reverse("register", args=["titles"]), reverse("register_row", args=["titles", title(bao).pk])),
        ],
        chi: [
            *("/", f"/progress/{BASIC}/?as_of=2024-12-31", "/communes/", an.unit.get_absolute_url(), "/reviews/"),
            *(
                "/progress/settling/",
                reverse("recognised"),
                "/password/",
                "/no-such-page/",
                "/evidence/new/?period=2024",
            ),
        ],
        lan: ["/", "/uploads/"],
        quang: ["/communes/events/", "/communes/events/new/", reverse("event", args=[event_of(quang).pk])],
    }.items()


@pytest.mark.long
def test_axe_finds_nothing_on_any_page(browser: Browser, live_server: LiveServer, pages: Any) -> None:
    found: dict[str, list[str]] = {}
    for user, addresses in pages:
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
        if user:
            client = Client()
            client.force_login(user, backend=BACKEND)
            value = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        for address in addresses:
            page.goto(address)
            for scheme in ("light", "dark") if address in IN_BOTH_SCHEMES else ("light",):
                page.emulate_media(color_scheme=scheme)
                found |= {f"{user} {address} {scheme}": names} if (names := violations(page)) else {}
        context.close()

    assert found == {}


def violations(page: Page) -> list[str]:
    """Return what axe complains about: the rule and the elements."""
    answer = Axe().run(page, options=ONLY_OURS).response
    assert answer["passes"], "axe saw a page"
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in answer["violations"]]
