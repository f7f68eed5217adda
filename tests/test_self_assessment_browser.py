"""The self-assessment sheet in a real browser: on a phone, without script, and printed on one sheet of A4."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Revision, State
from tests.cases import BASIC, conditions
from tests.test_self_assessment import sheet

pytestmark = pytest.mark.browser

A4 = rb"/MediaBox\s*\[\s*0 0 59[45]\S* 84[12]\S*\s*\]"


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, client: Client, an: User):
    """An's telephone, signed in, with script switched off."""
    client.force_login(an)
    context: BrowserContext = browser.new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    yield context.new_page()
    context.close()


def test_a_commune_fills_in_sends_and_prints_on_a_phone_without_script(phone) -> None:
    phone.goto(sheet())
    for number in conditions():
        phone.locator(f'[name="{BASIC}-verdict_{number}"][value="met"]').check()
    box = phone.locator(".choice").first.bounding_box()
    assert box["height"] >= 44, "as large as a thumb"
    phone.get_by_role("button", name="Lưu và gửi Công an huyện").click()

    expect(phone.get_by_role("status").first).to_contain_text("Đã gửi Công an huyện: 19.2 xã nông thôn mới.")
    assert Revision.objects.get().state == State.SUBMITTED
    assert phone.locator("body").bounding_box()["width"] <= 390
    expect(phone.get_by_role("button", name="In phiếu để ký")).to_be_hidden()

    printed = phone.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) == 1
    assert re.search(A4, printed)
