"""Take the pictures of the documentation: python docs/screenshots.py (needs Chromium).

Makes a demo of its own in a temporary folder, serves it on a free port, does the job of each role as the pages of
docs/nguoi-dung/ tell it, and writes docs/images/. Nothing of this machine is in a picture.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PASSWORD = "demo-ntm-2025"  # noqa: S105 (the demo's, in the README)
CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DESK, PHONE = (1280, 900), (390, 844)
COLOURS = 128
FIRST_ROW, FIRST_CONDITION = 9, 4  # of a sheet of our workbook
MISTAKES = {"D9": "đạt?", "E10": "Không", "B11": "23999", "B12": "23905", "F13": 3}


@contextmanager
def demo() -> Iterator[str]:
    """Serve a new demo and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        asked = ("DEBUG", "DATABASE_URL", "SITE_URL", "PROXY_COUNT", "ALLOWED_HOSTS", "SECRET_KEY")
        env = {name: value for name, value in os.environ.items() if name not in asked} | {"VAR_DIR": folder}
        manage = [sys.executable, str(ROOT / "manage.py")]
        subprocess.run([*manage, "demo", "--no-serve"], env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        server = subprocess.Popen(  # noqa: S603
            [*manage, "runserver", "--noreload", f"127.0.0.1:{port}"],
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/healthz")
            yield address
        finally:
            server.terminate()
            server.wait()


def wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)  # noqa: S310
            return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit(f"{address} does not answer")


class Camera:
    """One person at one screen; saves what the screen shows, small."""

    def __init__(self, browser: Browser, address: str, size: tuple[int, int] = DESK) -> None:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        context.set_default_timeout(15_000)
        self.address, self.size, self.page = address, size, context.new_page()

    def sign_in(self, name: str) -> Page:
        self.go("/login/")
        self.page.fill("[name=username]", name)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("main button")
        return self.page

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def take(self, name: str, *, height: int = 0) -> None:
        """Save the screen from the top of the page; a greater height shows more of a long page."""
        width, screen = self.size
        self.page.evaluate("document.fonts.ready")
        self.page.set_viewport_size({"width": width, "height": height or screen})
        self.page.evaluate("scrollTo(0, 0)")
        picture = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        self.page.set_viewport_size({"width": width, "height": screen})
        small = picture.convert("RGB").quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        small.save(IMAGES / f"{name}.png", optimize=True)


def fill(workbook: bytes, mistakes: dict[str, object]) -> bytes:
    """Fill the 19 xã of Chư Prông: two of them with one condition not met."""
    book = openpyxl.load_workbook(io.BytesIO(workbook))
    sheet = book["19.2 Xã NTM"]
    for row in range(FIRST_ROW, FIRST_ROW + 19):
        for column in range(FIRST_CONDITION, FIRST_CONDITION + 8):
            sheet.cell(row, column).value = "Đạt"
    sheet["G18"] = sheet["K27"] = "Chưa đạt"
    for cell, value in mistakes.items():
        sheet[cell] = value
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def district(browser: Browser, address: str) -> None:
    camera = Camera(browser, address)
    page = camera.sign_in("huyen-632")
    camera.take("huyen-tong-quan")
    camera.go("/uploads/?period=2024")
    camera.take("huyen-nop-bieu")
    with page.expect_download() as download:
        page.click("text=Tải biểu Excel của huyện")
    for name, mistakes in (("bieu-chu-prong-2024.xlsx", MISTAKES), ("bieu-chu-prong-2024-da-sua.xlsx", {})):
        camera.go("/uploads/?period=2024")
        content = fill(download.value.path().read_bytes(), mistakes)
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        page.set_input_files("#id_file", {"name": name, "mimeType": sheet, "buffer": content})
        page.click("text=Nộp và kiểm tra")
        if mistakes:
            camera.take("huyen-loi")
    page.click("main button:text-is('Lưu')")
    page.click("a:has-text('Gửi Công an tỉnh (19/19 xã)')")
    camera.take("huyen-gui", height=620)
    page.click("button:has-text('Gửi Công an tỉnh (19/19 xã)')")
    camera.go("/reviews/")
    camera.take("huyen-tham-tra", height=720)
    camera.go("/assessments/grid/?period=2025-Q2")
    for at, words in enumerate(("đ", "đ", "cđ", "đ", "Không", "đ", "đ", "đ")):
        page.locator("[name^='v-']").nth(at).fill(words)
    page.keyboard.press("Enter")
    page.wait_for_selector(".grid-error")
    page.wait_for_function(
        "![...document.querySelectorAll('.grid-saved')].some(note => note.textContent.includes('chờ'))"
    )
    camera.take("huyen-bang-nhap", height=1040)


def commune(browser: Browser, address: str) -> None:
    camera = Camera(browser, address, PHONE)
    page = camera.sign_in("xa-23905")
    page.click("text=Danh mục")
    page.click(".menu-folded >> text=Đánh giá chỉ tiêu")
    page.select_option("[name=period]", "2025-Q2")
    page.click("main button:has-text('Xem')")
    page.click("text=Phiếu tự đánh giá")
    for radio in page.query_selector_all("main input[type=radio][value=met]"):
        radio.check()
    camera.take("xa-nhap", height=1160)
    page.click("button:has-text('Lưu và gửi')")
    camera.take("xa-da-gui")


def province(browser: Browser, address: str) -> None:
    camera = Camera(browser, address)
    camera.go("/login/")
    camera.take("dang-nhap", height=640)
    page = camera.sign_in("tinh")
    camera.take("overview", height=1040)
    camera.go("/progress/xa-ntm-19.2/?as_of=2025-06-30&standing=not_met")
    camera.take("chi-tieu")
    camera.go("/progress/xa-ntm-19.2/?as_of=2025-06-30")
    camera.take("duong-toi-muc-tieu", height=1240)
    camera.go("/compare/?as_of=2025-06-30&to=2024-12-31")
    camera.take("so-sanh", height=1120)
    camera.go("/reviews/?period=2024")
    camera.take("tinh-cho-xac-nhan")
    for row in page.query_selector_all("main tbody input[type=checkbox]")[:2]:
        row.check()
    page.click("text=Trả lại mục đã chọn")
    page.select_option("[name=usual]", index=2)
    camera.take("tinh-tra-lai", height=720)
    camera.go("/communes/?q=bien+ho&as_of=2024-12-31")
    page.click("main tbody th a")
    camera.take("don-vi")


def leader(browser: Browser, address: str) -> None:
    desk, phone = Camera(browser, address), Camera(browser, address, PHONE)
    desk.sign_in("lanhdao")
    desk.go("/briefing/?as_of=2025-06-30")
    desk.take("ban-trinh", height=1480)
    phone.sign_in("lanhdao")
    phone.go("/")
    phone.take("dien-thoai-tong-quan", height=1500)
    phone.go("/briefing/?as_of=2025-06-30")
    phone.take("dien-thoai-ban-trinh", height=1500)


def administrator(browser: Browser, address: str) -> None:
    camera = Camera(browser, address)
    page = camera.sign_in("quantri")
    camera.go("/admin/")
    camera.take("quan-tri")
    camera.go("/admin/communes/user/add/")
    camera.take("quan-tri-nguoi-dung", height=980)
    camera.go("/admin/criteria/reportingperiod/")
    page.click("#result_list tbody th a:text-is('Năm 2024')")
    camera.take("quan-tri-ky", height=760)


def main() -> None:
    if CHROMIUM is None:
        raise SystemExit("no chromium: apt-get install chromium")
    IMAGES.mkdir(exist_ok=True)
    with demo() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for role in (district, commune, province, leader, administrator):
            role(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
