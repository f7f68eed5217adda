"""What comes out of the printer: the figures with their day, and nothing that only a screen can use."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Revision, Verdict
from tests.results import fail, set_down, units_on

pytestmark = pytest.mark.browser

PRINTABLE = (680, 960)  # px of A4 without its margins
ON_THE_SCREEN_ONLY = "main button, main input, main select, main .button, nav, summary, .person"


@pytest.fixture
def paper(browser: Browser, live_server: LiveServer, client: Client, chi: User) -> Iterator[Page]:
    """Chi's pages as her printer gets them."""
    units = units_on("2024-12-31", "xa")[:30]
    for revision in set_down(units[:5], "xa-ntm-19.2", "2024", Verdict.NOT_MET):
        fail(revision, 1, 8)
    set_down(units[5:], "xa-ntm-19.2", "2024", state="examined")
    Revision.objects.update(is_sample=True)
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")
    size = {"width": PRINTABLE[0], "height": PRINTABLE[1]}
    context = browser.new_context(base_url=live_server.url, viewport=size)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.emulate_media(media="print")
    yield page
    context.close()


def test_paper_says_the_day_and_holds_nothing_to_press(paper: Page) -> None:
    unit = units_on("2024-12-31", "xa")[0]
    target = "/progress/xa-ntm-19.2/?as_of=2024-12-31&standing=not_met"
    for address in ("/?as_of=2024-12-31", target, unit.get_absolute_url(), "/reviews/", "/uploads/", "/assessments/"):
        paper.goto(address)

        expect(paper.get_by_text("In ngày ")).to_be_visible()
        expect(paper.get_by_text("Số liệu minh họa:")).to_be_visible()
        assert paper.locator(f":is({ON_THE_SCREEN_ONLY}):visible").count() == 0, address
        for instruction in paper.get_by_text("Chọn ").all():
            assert not instruction.is_visible(), (address, instruction.text_content())
        assert paper.evaluate("document.documentElement.scrollWidth") <= PRINTABLE[0], address
        if address == target:
            expect(paper.get_by_text("Kết quả thực hiện đến ngày 31/12/2024")).to_be_visible()
            wide = paper.locator("th:has-text('Nội dung chưa đạt')").bounding_box()
            assert wide is not None
            assert wide["width"] > PRINTABLE[0] / 4


def test_a_table_that_fits_stays_on_one_sheet_and_the_map_on_the_screen(paper: Page) -> None:
    paper.goto("/?as_of=2024-12-31")
    assert not paper.locator("#map").is_visible()
    for panel in paper.locator("main section.panel:visible").all():
        box = panel.bounding_box()
        assert box is not None
        assert box["height"] < PRINTABLE[1]
        assert panel.evaluate("one => getComputedStyle(one).breakInside") == "avoid"
