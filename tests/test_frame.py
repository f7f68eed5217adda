"""The frame of every page on a telephone: the menu folded, reached before the content, in the order that is seen."""

from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from communes.models import UnitVersion, User
from tests.results import set_down

pytestmark = pytest.mark.browser


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, client: Client, bao: User) -> Iterator[Page]:
    """Bảo's telephone, signed in, with script switched off."""
    client.force_login(bao, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_the_menu_is_folded_and_reached_in_the_order_that_is_seen(phone: Page) -> None:
    phone.goto("/communes/")
    menu = phone.get_by_role("navigation", name="Danh mục chính")
    expect(menu.get_by_role("link")).to_have_count(0)

    menu.get_by_text("Danh mục: Đơn vị hành chính").click()

    expect(menu.get_by_role("link", name="Đơn vị hành chính")).to_have_attribute("aria-current", "page")
    tops = tops_of_focus(phone, "main a, main input, main select")
    assert len(tops) > 6
    assert tops == sorted(tops)
    menu.get_by_role("link", name="Đánh giá chỉ tiêu").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Đánh giá chỉ tiêu")


def tops_of_focus(page: Page, until: str) -> list[int]:
    """Where the focus goes from the top of the page, until it stands on one of these; the skip link left out."""
    tops: list[int] = []
    page.reload()
    page.get_by_text("Danh mục:").click()
    page.locator("body").focus()
    page.locator(".brand").focus()
    while not page.locator(f":is({until}):focus").count():
        box = page.locator(":focus").bounding_box()
        assert box is not None
        tops.append(round(box["y"]))
        page.keyboard.press("Tab")
    return tops


def test_the_buttons_of_a_decision_cover_no_result(phone: Page, bao: User) -> None:
    xa = UnitVersion.objects.as_of("2024-12-31").filter(parent=bao.unit, kind="xa").select_related("unit")
    set_down([version.unit for version in xa], "xa-ntm-19.2", "2024", state="submitted")
    phone.goto("/reviews/")
    bar, row = phone.locator(".action-bar").bounding_box(), phone.locator("tbody tr").last.bounding_box()
    assert bar is not None
    assert row is not None
    assert row["y"] + row["height"] <= bar["y"]
