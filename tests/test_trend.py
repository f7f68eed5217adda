"""The trend chart in a browser: its words never cover each other, and can be read on a telephone."""

import datetime

import pytest
from django.test import Client
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Verdict
from tests.results import set_down, units_on

pytestmark = pytest.mark.browser

ADDRESS = "/progress/xa-ntm-19.2/?as_of=2025-06-30"
PERIODS = [f"{year}-{part}" for year in (2022, 2023, 2024) for part in ("Q1", "H1", "Q3")] + ["2025-Q1", "2025-H1"]
WORDS_THAT_MEET = """
    () => {
      const boxes = [...document.querySelectorAll('.trend text')].map(one => one.getBoundingClientRect())
        .filter(box => box.width);
      const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2;
      return boxes.filter((a, i) => boxes.some((b, j) => i < j && meet(a, b))).length;
    }
"""
SIZE_ON_SCREEN = """
    () => Math.min(...[...document.querySelectorAll('.trend text')].filter(one => one.getBoundingClientRect().width)
      .map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a))
"""


@pytest.mark.parametrize(
    "periods",
    [
        pytest.param(PERIODS[-2:], marks=pytest.mark.long),
        pytest.param(PERIODS[-4:], marks=pytest.mark.long),
        pytest.param(PERIODS[-5:], marks=pytest.mark.long),
        PERIODS,
    ],
    ids=len,
)
def test_no_word_of_the_trend_covers_another(
    browser: Browser, live_server: LiveServer, client: Client, chi: User, periods: list[str]
) -> None:
    for number, period in enumerate(periods):
        units = units_on(str(last_day(period)), "xa")
        met = len(units) if number % 2 else len(units) // 2
        set_down(units[:met], "xa-ntm-19.2", period)
        set_down(units[met:], "xa-ntm-19.2", period, Verdict.NOT_MET)
    client.force_login(chi, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    for width, most in ((1280, 8), (390, 4)):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(ADDRESS)
        page.evaluate("document.fonts.ready.then(() => null)")

        assert page.locator(".trend circle").count() == len(periods)
        assert min(len(periods), most) / 2 < page.locator(".trend g:visible").count() <= most
        assert page.locator(".trend g:visible").last.text_content().strip().endswith("30/6/2025")
        assert page.evaluate(WORDS_THAT_MEET) == 0, width
        assert page.evaluate(SIZE_ON_SCREEN) >= 11, width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def last_day(period: str) -> datetime.date:
    year, part = period.split("-")
    return {
        "Q1": datetime.date(int(year), 3, 31),
        "H1": datetime.date(int(year), 6, 30),
        "Q3": datetime.date(int(year), 9, 30),
    }[part]
