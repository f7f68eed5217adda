"""A result's way from the commune to the province by keyboard alone, in a real browser; axe looks at every page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Attachment, Review, Revision, State
from tests.cases import BASIC, conditions, line, revision_of
from tests.evidence_files import pdf
from tests.results import set_down, units_on
from tests.test_assessment_pages import page_of
from tests.test_axe import violations

pytestmark = pytest.mark.browser

NAME = "Xã Ia Băng (Chư Prông)"
WHY = "Chưa có số, ngày văn bản."
FAR = 400  # no page asks for more presses of Tab
SheetOf = Callable[[User], Page]


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer) -> Iterator[SheetOf]:
    """Return a way to sit down at a browser where a person has signed in; nothing may complain on the console."""
    contexts, complaints = [], []

    def sit(person: User) -> Page:
        client = Client()
        client.force_login(person)
        context = browser.new_context(base_url=live_server.url, viewport={"width": 1366, "height": 768})
        contexts.append(context)
        value = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": value, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield sit
    for context in contexts:
        context.close()
    assert not complaints


def reach(page: Page, there: Locator, key: str = "Tab") -> None:
    """Press the key until the element has the focus, which must be seen."""
    expect(there).to_have_count(1)
    element = there.element_handle()
    for _ in range(FAR):
        if element.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press(key)
    expect(there).to_be_focused()
    assert there.evaluate("one => one.matches(':focus-visible')")


def press(page: Page, there: Locator, key: str = "Tab") -> None:
    """Press a button, or follow a link, by Enter."""
    reach(page, there, key)
    page.keyboard.press("Enter")


def look(page: Page, heading: str) -> None:
    """Wait for the page and let axe look at it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert violations(page) == [], page.url


def fill(page: Page) -> None:
    """An opens the form and says "Đạt" of every condition."""
    press(page, page.get_by_role("link", name="Nhập", exact=True))
    look(page, f"Nhập kết quả: {NAME}")
    for number in conditions():
        reach(page, page.locator(f'[name="verdict_{number}"]:checked'))  # "Chưa đánh giá", the third
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
    press(page, page.get_by_role("button", name="Lưu", exact=True))
    look(page, NAME)


def attach(page: Page, file: Path) -> None:
    press(page, page.get_by_role("link", name="Đính kèm minh chứng"))
    look(page, f"Đính kèm minh chứng: {NAME}")
    reach(page, page.get_by_label("Loại văn bản"))
    page.keyboard.press("ArrowDown")
    for label, text in (
        ("Số, ký hiệu", "12/BC-CAX"),
        ("Ngày văn bản", "15/11/2024"),
        ("Cơ quan ban hành", "Công an xã"),
    ):
        reach(page, page.get_by_label(label))
        page.keyboard.insert_text(text)
    reach(page, page.get_by_label("Tệp (không bắt buộc)"))
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Enter")
    choosing.value.set_files(file)
    reach(page, page.get_by_label("Tài liệu không chứa bí mật nhà nước"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Đính kèm"))
    look(page, NAME)


def send(page: Page) -> None:
    press(page, page.get_by_role("button", name="Gửi Công an huyện"))
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi Công an huyện")


def give_back(page: Page) -> None:
    """Bảo returns condition 4 with a reason."""
    page.goto("/reviews/")
    look(page, "Chờ thẩm tra")
    press(page, page.get_by_role("link", name="Xã Ia Băng"))
    look(page, NAME)
    press(page, page.locator("summary", has_text="Trả lại"))
    press(page, page.locator("summary", has_text="Lý do theo từng nội dung"))
    reach(page, page.get_by_label("Nội dung 4: lý do"))
    page.keyboard.insert_text(WHY)
    press(page, page.get_by_role("button", name="Trả lại"))
    expect(page.get_by_role("status").first).to_contain_text("Đã trả lại")


def mend(page: Page) -> None:
    """An finds it on his first page, reads why at the condition, and says "Chưa đạt"."""
    page.goto("/")
    press(page, page.get_by_role("link", name=re.compile("Xã Ia Băng.*19.2")))
    look(page, NAME)
    press(page, page.get_by_role("link", name="Sửa kết quả"))
    expect(page.locator("#condition-4")).to_contain_text(f"Lý do trả lại: {WHY}")
    reach(page, page.locator('[name="verdict_4"][value="met"]'))
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name="verdict_4"][value="not_met"]')).to_be_checked()
    press(page, page.get_by_role("button", name="Lưu", exact=True))


def test_from_the_commune_to_the_province(an: User, bao: User, chi: User, desk: SheetOf, tmp_path: Path) -> None:
    others = [unit for unit in units_on("2024-12-31", "xa") if unit != an.unit][:49]
    set_down(others, BASIC, "2024", state="examined")
    file = tmp_path / "bao-cao.pdf"
    file.write_bytes(pdf())

    commune, district, province = desk(an), desk(bao), desk(chi)
    commune.goto(page_of())
    look(commune, NAME)
    fill(commune)
    attach(commune, file)
    send(commune)
    assert Attachment.objects.get().evidence.size

    give_back(district)
    mend(commune)
    send(commune)
    press(district, district.get_by_role("link", name="Chờ thẩm tra").first)
    press(district, district.get_by_role("link", name="Xã Ia Băng"))
    expect(district.get_by_text("Thay đổi từ lần xử lý gần nhất")).to_be_visible()
    press(district, district.get_by_role("button", name="Thẩm tra xong, gửi Công an tỉnh"))
    expect(district.get_by_role("status").first).to_contain_text("Đã thẩm tra")

    province.goto("/reviews/")
    look(province, "Chờ xác nhận")
    press(province, province.get_by_role("button", name="Xác nhận: tất cả 50 kết quả"), "Shift+Tab")
    look(province, "Xác nhận 50 xã?")
    press(province, province.get_by_role("button", name="Xác nhận (50 xã)"))
    expect(province.get_by_role("status").first).to_contain_text("Đã xác nhận 50 xã")
    look(province, "Chờ xác nhận")
    assert Revision.objects.official().count() == 50
    assert revision_of(line()).state == State.CONFIRMED
    verbs = [review.verb for review in Review.objects.filter(revision=revision_of(line()))]
    assert verbs == ["submit", "return", "submit", "examine", "confirm"]

    district.goto(page_of())
    press(district, district.get_by_role("link", name="Phiếu thẩm tra"))
    look(district, f"Phiếu thẩm tra: {NAME}")
    printed = district.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", printed)) in (1, 2)
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45]\S* 84[12]\S*\s*\]", printed)
