"""The main job in a real browser, on the demo: a district's workbook becomes the province's figure, unit by unit."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.browser

PASSWORD = "demo-ntm-2025"
INDICATOR, SHEET = "xa-ntm-19.2", "19.2 Xã NTM"
# Two xã of Chư Prông and the condition of HD 04/HD-BCA-V05 that each fails on.
FAILED = {"23905": ("Xã Ia Băng", 4), "23938": ("Xã Ia Mơ", 7)}
Standings = dict[str, str]


@pytest.fixture
def demo(transactional_db: None) -> None:
    """The demo's province instead of what the other tests keep in the database."""
    call_command("flush", interactive=False, verbosity=0)
    call_command("demo", "--no-serve", stdout=io.StringIO())


@pytest.fixture
def sign_in(browser: Browser, live_server: LiveServer) -> Iterator[Callable[[str], Page]]:
    """Return a way to sign in at a browser of one's own; no page may complain on the console."""
    contexts, complaints = [], []

    def signed_in(username: str) -> Page:
        context = browser.new_context(base_url=live_server.url, locale="vi-VN", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        enter(page, username)
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert not complaints


def enter(page: Page, username: str) -> None:
    page.goto("/login/")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kết quả thực hiện đến ngày")


def test_a_workbook_of_chu_prong_becomes_the_figure_of_the_province(
    demo: None, sign_in: Callable[[str], Page], tmp_path: Path
) -> None:
    province = sign_in("tinh")
    before = standings(province)
    card_before = card(province)
    assert len(before) == 19
    assert set(before.values()) <= {"Đạt · Năm 2023", "Chưa đạt · Năm 2023", "Chưa gửi · –"}

    district = sign_in("huyen-632")
    hand_in(district, filled(downloaded(district, tmp_path)))
    assert card(province) == card_before, "what is sent is not yet official"
    confirm_all(province)

    after = standings(province)
    failed_names = {name for name, _ in FAILED.values()}
    assert after == {name: f"{'Chưa đạt' if name in failed_names else 'Đạt'} · Năm 2024" for name in before}
    gained = sum(text.split(" · ")[0] == "Đạt" for text in after.values())
    held = sum(text.split(" · ")[0] == "Đạt" for text in before.values())
    assert (gained, card(province)) == (17, card_before + gained - held)
    name_the_failed(province)


def downloaded(page: Page, folder: Path) -> Path:
    page.get_by_role("link", name="Nộp biểu Excel").first.click()
    page.get_by_label("Kỳ báo cáo").select_option(label="Năm 2024")
    page.get_by_role("button", name="Chọn kỳ").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải biểu Excel của huyện").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def filled(path: Path) -> Path:
    """Fill every condition of every xã as an officer would: all met but one, in two of them."""
    book = openpyxl.load_workbook(path)
    sheet = book[SHEET]
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Mã đơn vị" for cell in row))
    columns = {str(cell.value): cell.column for cell in header if cell.value}
    conditions = {int(text.split()[-1]): column for text, column in columns.items() if text.startswith("Nội dung ")}
    assert sorted(conditions) == list(range(1, 9))
    for row in range(header[0].row + 1, sheet.max_row + 1):
        code = str(sheet.cell(row, columns["Mã đơn vị"]).value or "")
        if len(code) == 5 and code.isdigit():
            for number, column in conditions.items():
                is_failed = FAILED.get(code, ("", 0))[1] == number
                sheet.cell(row, column).value = "Chưa đạt" if is_failed else "Đạt"
    book.save(path)
    return path


def hand_in(page: Page, path: Path) -> None:
    page.get_by_label("Tệp đã điền").set_input_files(path)
    page.get_by_role("button", name="Nộp và kiểm tra").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kiểm tra trước khi lưu")
    expect(page.get_by_role("heading", name="Tệp không có lỗi. Lưu sẽ nhập 19 kết quả")).to_be_visible()
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Đã lưu kết quả")
    page.get_by_role("link", name="Gửi Công an tỉnh (19/19 xã)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gửi 19/19 xã?")
    page.get_by_role("button", name="Gửi Công an tỉnh (19/19 xã)").click()
    expect(page.get_by_role("status").first).to_contain_text("19")


def confirm_all(page: Page) -> None:
    page.get_by_role("link", name="Chờ xác nhận").first.click()
    page.get_by_label("Kỳ báo cáo").select_option(label="Năm 2024")
    page.get_by_label("Chỉ tiêu").select_option(label="19.2 xã nông thôn mới")
    page.get_by_label("Huyện, thị xã, thành phố").select_option(label="Huyện Chư Prông")
    page.get_by_role("button", name="Xem").click()
    page.get_by_role("button", name="Xác nhận: tất cả 19 kết quả").click()
    page.get_by_role("button", name="Xác nhận (19 xã)").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã xác nhận 19 xã")


def standings(page: Page) -> Standings:
    """Read from the drill-down how each xã of the district stands on 31/12/2024 and by which period."""
    page.goto(f"/progress/{INDICATOR}/?as_of=2024-12-31&district=632")
    rows = page.locator("tbody tr")
    cells = [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows.all()]
    return {unit: f"{standing.splitlines()[0]} · {period}" for unit, standing, period, *_ in cells}


def card(page: Page) -> int:
    """Read from the overview of 31/12/2024 how many xã of the province meet the indicator."""
    page.goto("/?as_of=2024-12-31")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kết quả thực hiện đến ngày 31/12/2024")
    of_indicator = page.locator("article.card").filter(has=page.locator(f'h2 a[href*="/{INDICATOR}/"]'))
    return int(of_indicator.locator(".figure").inner_text().split("/180 xã")[0])


def name_the_failed(page: Page) -> None:
    """Follow the district's number on the overview to the two xã and the conditions that they failed on."""
    page.goto("/?as_of=2024-12-31")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="Huyện Chư Prông"))
    row.get_by_role("link", name="2", exact=True).first.click()
    for name, number in FAILED.values():
        found = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(found).to_contain_text("Chưa đạt")
        expect(found).to_contain_text(f"Nội dung {number}:")
    expect(page.locator("tbody tr")).to_have_count(2)
