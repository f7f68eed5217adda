"""A person signs in with a real browser; the strict content policy breaks nothing on the way."""

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from tests.conftest import PASSWORD


@pytest.mark.browser
def test_signing_in_and_opening_the_admin_leaves_no_error_in_the_console(
    page: Page, live_server: LiveServer, quang: User
) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(f"{live_server.url}/admin/")
    page.fill("[name=username]", quang.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("#user-tools")
    page.goto(f"{live_server.url}/admin/communes/user/add/")

    assert page.title().startswith("Thêm")
    assert errors == []
