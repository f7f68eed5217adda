"""What a first visit costs on a slow line, as Chromium counts it: everything the page loads, with the headers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser

from communes.models import User
from tests.results import set_down, units_on

pytestmark = pytest.mark.browser

FIRST_LOAD_BYTES = 100_000
WITHOUT_FONTS_BYTES = 33_000


@pytest.fixture(params=["demo", "production"])
def served(request: pytest.FixtureRequest, settings: Any, tmp_path: Path, reference: None) -> Iterator[str]:
    """The address of a server that answers as `demo` does, or as production after collectstatic.

    pytest-django's own server answers for static files before any middleware, as neither does.
    """
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = False
    backend = {"BACKEND": "ntm_portal.static_files.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}
    if request.param == "production":
        call_command("collectstatic", interactive=False, verbosity=0)
    shared = {one.alias: one for one in connections.all() if one.vendor == "sqlite"}
    for one in shared.values():
        one.inc_thread_sharing()
    server = LiveServerThread("127.0.0.1", static_handler=lambda application: application, connections_override=shared)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()
    for one in shared.values():
        one.dec_thread_sharing()


@pytest.fixture
def results(reference: None) -> None:
    """A full year: every xã has a result of 2024 and has sent another."""
    for indicator in ("xa-ntm-19.2", "xa-ntmnc-19.2"):
        set_down(units_on("2024-12-31", "xa"), indicator, "2023")
        set_down(units_on("2024-12-31", "xa"), indicator, "2024", state="examined")


def test_a_first_visit_is_light(served: str, browser: Browser, results: None, bao: User, chi: User) -> None:
    for user, path in ((None, "/login/"), (bao, "/"), (chi, "/")):
        sizes = first_visit(browser, served, path, user)
        fonts = sum(size for name, size in sizes.items() if name.endswith(".woff2"))
        whole = sum(sizes.values())

        assert fonts, "a page in the portal's own letters"
        assert whole < FIRST_LOAD_BYTES, (path, sizes)
        assert whole - fonts < WITHOUT_FONTS_BYTES, (path, sizes)


def first_visit(browser: Browser, address: str, path: str, user: User | None) -> dict[str, int]:
    """Return the bytes that came over the wire for each address, to a browser that was never here before."""
    context = browser.new_context(base_url=address)
    if user:
        signed_in = Client()
        signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        context.add_cookies([{"name": "sessionid", "value": signed_in.cookies["sessionid"].value, "url": address}])
    page = context.new_page()
    wire = context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    wire.on("Network.responseReceived", lambda said: names.update({said["requestId"]: said["response"]["url"]}))
    wire.on("Network.loadingFinished", lambda said: sizes.update({said["requestId"]: said["encodedDataLength"]}))
    wire.send("Network.enable")
    answer = page.goto(path, wait_until="networkidle")
    page.evaluate("document.fonts.ready.then(() => null)")
    context.close()
    assert answer is not None
    assert answer.status == 200
    return {names[request]: int(size) for request, size in sizes.items()}
