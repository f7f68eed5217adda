"""The grid in a real browser: by keyboard alone, a block from Excel, two people at once, without script, on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from communes.models import User
from criteria.models import Revision
from tests.cases import entered, line, revision_of
from tests.grids import cell, grid_url

pytestmark = pytest.mark.browser

# As Excel puts three columns of two rows on the clipboard: one cell with a line break stands in quotation marks.
BLOCK = 'Đạt\t"Chưa\nđạt"\tĐạt\r\nđạt\tĐạt\tsai\r\n'


def signed_in(browser: Browser, server: LiveServer, person: User, **given) -> Page:
    client = Client()
    client.force_login(person)
    context = browser.new_context(**{"base_url": server.url, "viewport": {"width": 1366, "height": 768}, **given})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page


def at(page: Page, number: int, code: str = "23905"):
    return page.locator(f'[name="v-{cell(number, code)}"]')


def foot(page: Page, number: int, code: str = "23905"):
    return page.locator(f"#f-{cell(number, code)}")


def paste(page: Page, text: str) -> None:
    """Paste into the focused cell what a spreadsheet put on the clipboard."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData("text/plain", text);
            document.activeElement.dispatchEvent(
                new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        text,
    )


def stands(code: str = "23905") -> dict[int, str]:
    return dict(revision_of(line(code)).results.values_list("condition__number", "verdict"))


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer, bao: User):
    """Bảo of the district at his desk."""
    page = signed_in(browser, live_server, bao)
    yield page
    page.context.close()


def test_by_keyboard_alone_and_saved_as_each_cell_is_left(desk: Page) -> None:
    desk.goto(grid_url())
    at(desk, 1, "23902").focus()
    for key in ("đ", "ArrowRight", "c", "đ", "Tab", "Đạt"):
        desk.keyboard.insert_text(key) if key in "cđĐạt" else desk.keyboard.press(key)
    desk.keyboard.press("Enter")
    expect(at(desk, 3)).to_be_focused()
    desk.keyboard.insert_text("không")
    desk.keyboard.press("ArrowUp")
    expect(at(desk, 3, "23902")).to_be_focused()
    expect(at(desk, 2, "23902")).to_have_value("Chưa đạt")
    expect(foot(desk, 3, "23902")).to_contain_text("đã lưu")
    expect(foot(desk, 3)).to_contain_text("Lỗi: Ô ghi")
    expect(desk.locator("#grid-status")).to_contain_text("Xã Ia Băng, nội dung 3: Ô ghi")
    expect(desk.get_by_role("button", name="Gửi Công an tỉnh (1 xã)")).to_be_enabled()
    assert stands("23902") == {1: "met", 2: "not_met", 3: "met"}
    assert not Revision.objects.exclude(assessment__unit=revision_of(line("23902")).assessment.unit).exists()

    at(desk, 3).focus()
    desk.keyboard.press("Escape")
    expect(foot(desk, 3)).not_to_contain_text("Lỗi")
    desk.get_by_role("button", name="Gửi Công an tỉnh (1 xã)").press("Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Gửi 1/19 xã?")


def test_a_block_from_excel_fills_the_cells_and_what_does_not_fit_is_not_lost(desk: Page) -> None:
    desk.goto(grid_url())
    at(desk, 4, "23902").focus()
    paste(desk, BLOCK)
    expect(foot(desk, 5, "23902")).to_contain_text("đã lưu")
    expect(foot(desk, 6)).to_contain_text('Lỗi: Ô ghi "sai": chưa rõ số liệu.')
    expect(at(desk, 6)).to_have_value("sai")
    assert stands("23902") == {4: "met", 5: "not_met", 6: "met"}
    assert stands() == {4: "met", 5: "met"}
    expect(desk.locator("#grid-left")).to_be_hidden()

    at(desk, 7).focus()
    paste(desk, BLOCK)
    expect(desk.locator("#grid-left")).to_contain_text("2 giá trị đã dán nằm ngoài bảng")
    assert desk.locator("#grid-left textarea").input_value() == "\t\tĐạt\n\t\tsai"
    expect(foot(desk, 8)).to_contain_text("đã lưu")
    assert stands() == {4: "met", 5: "met", 7: "met", 8: "not_met"}

    at(desk, 8, "23902").focus()
    paste(desk, "Đạt\r\n")  # one cell, as Excel copies it
    expect(at(desk, 8, "23902")).to_have_value("Đạt")


def test_two_people_at_one_cell_see_both_values(browser, live_server, an: User, desk: Page) -> None:
    entered(an)
    theirs = signed_in(browser, live_server, an)
    for page in (desk, theirs):
        page.goto(grid_url())
    at(theirs, 5).fill("cđ")
    at(theirs, 6).fill("cđ")
    theirs.keyboard.press("Enter")
    expect(foot(theirs, 5)).to_contain_text("đã lưu")
    theirs.context.close()

    at(desk, 5).fill("")
    at(desk, 7).fill("cđ")
    desk.keyboard.press("Enter")
    expect(foot(desk, 7)).to_contain_text("đã lưu")
    told = "Ô này vừa được Nguyễn Thị An – Công an xã Ia Băng sửa lúc"
    expect(foot(desk, 5)).to_contain_text(told)
    expect(foot(desk, 5)).to_contain_text("Chưa đạt. Giá trị đang nhập: Chưa đánh giá.")
    assert stands() == dict.fromkeys(range(1, 9), "met") | {5: "not_met", 6: "not_met", 7: "not_met"}
    desk.get_by_label("Giữ “Chưa đạt”").check()
    expect(at(desk, 5)).to_have_value("Chưa đạt")
    expect(foot(desk, 5)).not_to_contain_text("Ô này vừa")
    assert stands()[5] == "not_met"


def test_a_closed_line_keeps_what_is_typed_until_it_is_saved(desk: Page) -> None:
    desk.goto(grid_url())
    desk.context.set_offline(True)
    at(desk, 1).fill("đ")
    desk.keyboard.press("Enter")
    expect(desk.locator("#grid-status")).to_contain_text("Chưa lưu được: mất kết nối.")
    expect(at(desk, 1)).to_have_value("Đạt")
    desk.context.set_offline(False)
    expect(foot(desk, 1)).to_contain_text("đã lưu")
    assert stands() == {1: "met"}


def test_the_same_page_is_a_plain_form_without_script(browser, live_server, bao: User) -> None:
    page = signed_in(browser, live_server, bao, java_script_enabled=False)
    page.goto(grid_url())
    at(page, 1).fill("Đạt")
    at(page, 2).fill("chưa đạt")
    at(page, 3, "23902").fill("Không")
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("alert")).to_contain_text("Chưa lưu 1 xã: Xã Ia Phìn")
    expect(page.get_by_role("status").first).to_contain_text("Đã lưu 1 xã.")
    expect(at(page, 3, "23902")).to_have_value("Không")
    assert stands() == {1: "met", 2: "not_met"}
    page.context.close()


def test_on_a_phone_a_unit_is_a_card(browser, live_server, an: User) -> None:
    page = signed_in(browser, live_server, an, viewport={"width": 390, "height": 844})
    page.goto(grid_url())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = at(page, 8).bounding_box()
    assert box["width"] > 250
    assert box["height"] >= 44, "as large as a thumb"
    page.context.close()


def test_axe_finds_nothing(desk: Page) -> None:
    entered(User.objects.get(username="bao"), line("23902"))
    desk.goto(grid_url())
    at(desk, 3).fill("không")
    desk.keyboard.press("Enter")
    expect(foot(desk, 3)).to_contain_text("Lỗi")
    found = Axe().run(desk)
    assert found.violations_count == 0, found.generate_report()
