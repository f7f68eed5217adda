"""What every test may lean on: the browser, fast settings, the people, and a walk over every page."""

import os
import shutil

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import override_settings

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NO_CHROMIUM = "no chromium: apt-get install chromium to run browser tests"
BROWSER_REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# --- browser ---------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium browser tests are skipped by name, or fail where REQUIRE_BROWSER=1 asks for it."""
    for item in items:
        if "browser" not in item.keywords:
            continue
        item.add_marker(pytest.mark.django_db(transaction=True))
        if not CHROMIUM and not BROWSER_REQUIRED:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    if not CHROMIUM:
        pytest.fail("REQUIRE_BROWSER=1, but there is no chromium on PATH")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """The desk the pages are made for (design.md, section 6)."""
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "vi-VN"}


@pytest.fixture(autouse=True)
def _orm_beside_the_browser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's synchronous API keeps an event loop running; Django's ORM refuses to work beside one."""
    if request.node.get_closest_marker("browser"):
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# --- settings --------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _fast_settings(tmp_path_factory: pytest.TempPathFactory):
    """Cheap password hashes, plain static names found on demand, evidence in a folder of its own."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        MEDIA_ROOT=tmp_path_factory.mktemp("evidence"),
        WHITENOISE_AUTOREFRESH=True,
    ):
        yield


# --- people and units (the lead adds an, binh, chi here) -------------------------------------------------


@pytest.fixture
def administrator(db: None) -> AbstractBaseUser:
    return get_user_model().objects.create_superuser(
        username="quantri", password="mat-khau-thu-nghiem", full_name="Nguyễn Văn Quản", role="administrator"
    )
