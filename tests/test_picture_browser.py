"""The pages of figures in a browser: wide and narrow, light and dark, on paper; axe finds nothing on them."""

import io
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from PIL import Image
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Revision, State, Verdict
from tests.results import fail, set_down, unit_on, units_on
from tests.test_axe import violations

pytestmark = pytest.mark.browser

TARGET = "/progress/xa-ntm-19.2/?as_of=2024-12-31"
PAGES = (
    "/?as_of=2024-12-31",
    TARGET,
    f"{TARGET}&standing=uncounted",
    "/briefing/?as_of=2024-12-31",
    "/compare/?as_of=2024-12-31",
)
ON_ONE_PAGE = (PAGES[0], PAGES[3])
CLIPPED = """
    () => [...document.querySelectorAll('main h1, main h2, main p, main dd, main .state')].filter(one => {
      const box = one.getBoundingClientRect();
      const isOutside = box.right > innerWidth + 1 || box.left < -1;
      return box.width && !one.closest('.table-scroll, .visually-hidden') && isOutside;
    }).map(one => one.textContent.slice(0, 40))
"""


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, client: Client, chi: User) -> Iterator[Page]:
    """Chi's pages over four years with results, some that fail, wait, fell back."""
    for period, met in (("2021", 30), ("2022", 34), ("2023", 40), ("2024", 45)):
        units = units_on(f"{period}-12-31", "xa")
        set_down(units[-met:], "xa-ntm-19.2", period)
        for at, revision in enumerate(set_down(units[:8], "xa-ntm-19.2", period, Verdict.NOT_MET)):
            fail(revision, 4, *([7] if at % 2 else []))
        set_down(units[8:12], "xa-ntm-19.2", period, state=State.EXAMINED)
    set_down([unit_on("2024-12-31", code) for code in ("632", "633", "634")], "huyen-ntm-9.4", "2024")
    Revision.objects.update(is_sample=True)
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def pages_of(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_the_pages_of_figures_hold_on_a_desk_a_telephone_and_paper(desk: Page) -> None:
    for address in PAGES:
        desk.set_viewport_size({"width": 1280, "height": 900})
        desk.emulate_media(color_scheme="light")
        desk.goto(address)
        assert address == PAGES[2] or violations(desk) == [], address
        for width, scheme in ((1280, "dark"), (390, "light")):
            desk.set_viewport_size({"width": width, "height": 844})
            desk.emulate_media(color_scheme=scheme)
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
            assert desk.evaluate(CLIPPED) == [], (address, width)
        if address in ON_ONE_PAGE:
            assert pages_of(desk.pdf(prefer_css_page_size=True)) == 1, address
    assert_readable_without_colour(desk)
    assert_copied(desk)


def assert_readable_without_colour(desk: Page) -> None:
    """On grey paper the parts of a bar still differ, and words say the same."""
    desk.set_viewport_size({"width": 700, "height": 900})
    desk.goto(PAGES[0])
    desk.emulate_media(media="print", color_scheme="light")
    bar = desk.locator(".bar").first
    grey = Image.open(io.BytesIO(bar.screenshot())).convert("L")
    row = [grey.getpixel((at, grey.height * 3 // 4)) for at in range(grey.width)]
    assert min(row) < 80  # what is met is dark
    assert max(row) > 200  # what is missing is nearly white
    words = desk.locator("main").inner_text()
    assert "Còn thiếu" in words
    assert "Đạt" in words
    desk.emulate_media(media="screen")


def assert_copied(desk: Page) -> None:
    """The explanation and the address of a list can be taken along."""
    desk.goto(PAGES[2])
    desk.get_by_role("button", name="Sao chép địa chỉ").click()
    desk.get_by_role("button", name="Đã sao chép").wait_for()
    assert desk.evaluate("document.getSelection().toString() || document.getElementById('address').value").endswith(
        "standing=uncounted"
    )
