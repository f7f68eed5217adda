"""The portal starts safely from an empty environment, strictly from a full one, and not at all from a wrong one."""

import datetime
import gzip
import re
import runpy
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django import forms
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection
from django.template import Context, Template
from django.templatetags.static import static
from django.test import Client, RequestFactory
from django.utils import formats

from communes.models import User
from ntm_portal import environment
from ntm_portal.requests import client_address
from tests.conftest import PASSWORD

ROOT = Path(__file__).parent.parent
VARIABLES = (
    "DEBUG",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "DATABASE_URL",
    "SITE_URL",
    "PROXY_COUNT",
    "LOG_LEVEL",
)
Start = Callable[..., dict[str, Any]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Start:
    """Read the settings file afresh with just these variables set."""

    def read(**variables: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path / "var"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "ntm_portal" / "settings.py"))

    return read


# --- the environment -------------------------------------------------------------------------------------


def test_an_empty_environment_is_safe(start: Start, tmp_path: Path) -> None:
    settings = start()

    assert settings["DEBUG"] is False
    assert settings["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert settings["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "portal.sqlite3")
    assert settings["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert len(settings["SECRET_KEY"]) >= 50


def test_an_empty_value_counts_as_absent(start: Start) -> None:
    assert start(DATABASE_URL="", DEBUG=" ", SECRET_KEY="")["DEBUG"] is False


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DEBUG", "maybe"),
        ("DEBUG", "$HOME"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("ALLOWED_HOSTS", "https://ntm.example.vn"),
        ("ALLOWED_HOSTS", "ntm.example.vn:8000"),
        ("ALLOWED_HOSTS", ","),
        ("DATABASE_URL", "mysql://ntm@localhost/ntm"),
        ("DATABASE_URL", "ntm"),
        ("DATABASE_URL", "postgres://ntm@localhost"),
        ("DATABASE_URL", "postgres://ntm@localhost:port/ntm"),
        ("SITE_URL", "ntm.example.vn"),
        ("SITE_URL", "https://ntm.example.vn/portal"),
        ("SITE_URL", "ftp://ntm.example.vn"),
        ("PROXY_COUNT", "-1"),
        ("PROXY_COUNT", "one"),
        ("LOG_LEVEL", "loud"),
        ("VAR_DIR", "/dev/null/var"),
    ],
)
def test_a_bad_value_stops_the_start_with_the_name_of_the_variable(start: Start, variable: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^Biến môi trường {variable} không hợp lệ"):
        start(**{variable: value})


def test_postgresql_keeps_its_connections_and_checks_them(start: Start) -> None:
    database = start(DATABASE_URL="postgresql://ntm:m%40t@db.example.vn:5433/ntm")["DATABASES"]["default"]

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["USER"], database["PASSWORD"]) == ("ntm", "m@t")
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.vn", 5433, "ntm")
    assert (database["CONN_MAX_AGE"], database["CONN_HEALTH_CHECKS"]) == (60, True)


def test_a_sqlite_url_gets_the_options_that_survive_several_writers(start: Start) -> None:
    database = start(DATABASE_URL="sqlite:////tmp/other.sqlite3")["DATABASES"]["default"]

    assert database["NAME"] == "/tmp/other.sqlite3"  # noqa: S108
    assert database["OPTIONS"]["timeout"] == 20
    assert "journal_mode=WAL" in database["OPTIONS"]["init_command"]


def test_an_https_address_turns_on_what_https_allows(start: Start) -> None:
    settings = start(SITE_URL="https://ntm.example.vn/", PROXY_COUNT="1")

    assert "ntm.example.vn" in settings["ALLOWED_HOSTS"]
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://ntm.example.vn"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert settings["SECURE_SSL_REDIRECT"]
    assert settings["SECURE_HSTS_SECONDS"] > 0
    assert settings["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_a_proxy_is_believed_only_when_it_is_declared(start: Start) -> None:
    assert start(SITE_URL="https://ntm.example.vn")["SECURE_PROXY_SSL_HEADER"] is None


# --- the key ---------------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_is_for_the_owner_alone(start: Start, tmp_path: Path) -> None:
    first, second = start()["SECRET_KEY"], start()["SECRET_KEY"]

    assert first == second
    assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_share_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(8)  # every one has seen that there is no key before any has made one
    make = environment.get_random_secret_key
    monkeypatch.setattr(environment, "get_random_secret_key", lambda: (together.wait(10), make())[1])

    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(environment.kept_secret_key, [tmp_path / "secret_key"] * 8))

    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_damaged_key_stops_the_start(start: Start, tmp_path: Path) -> None:
    start()
    (tmp_path / "var" / "secret_key").write_text("")

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY"):
        start()


# --- requests --------------------------------------------------------------------------------------------


def test_health_asks_the_database_one_thing_and_opens_no_session(
    client: Client, db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        response = client.get("/healthz")

    assert response.status_code == 200
    assert not response.cookies


def test_health_says_when_the_database_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "cursor", refuse)

    assert client.get("/healthz").status_code == 503


def test_pages_forbid_everything_foreign(client: Client, db: None) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]

    assert set(policy.split("; ")) == {
        "default-src 'self'",
        "img-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    }


def test_what_is_posted_after_the_session_is_named_as_lost_and_its_page_comes_back(client: Client, bao: User) -> None:
    client.force_login(bao)
    page = client.get("/uploads/?period=2024").content.decode()
    action = re.search(r'enctype="multipart/form-data" action="([^"]*)"', page)[1]
    client.logout()

    answer = client.post(action, {"period": "2024", "file": SimpleUploadedFile("bieu.xlsx", b"x")}, follow=True)

    words = "Phiên làm việc đã hết hạn. Nội dung vừa gửi chưa được lưu; đăng nhập rồi thực hiện lại."
    assert words in answer.content.decode()
    login = answer.redirect_chain[0][0]
    wrong = client.post(login, {"username": bao.username, "password": "sai", "next": answer.context["next"]})
    assert words in wrong.content.decode()
    right = client.post(login, {"username": bao.username, "password": PASSWORD, "next": answer.context["next"]})
    assert right["Location"] == "/uploads/?period=2024"
    client.logout()
    assert words not in client.get("/uploads/", follow=True).content.decode()


def test_signing_out_after_the_session_loses_nothing(client: Client, db: None) -> None:
    assert client.post("/logout/")["Location"] == "/login/"


@pytest.mark.parametrize("address", ["/communes/", "/password/", "/admin/"])
def test_the_site_is_closed_to_strangers(client: Client, db: None, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_a_body_that_is_too_large_is_refused_unread(client: Client, settings: Any) -> None:
    settings.MAX_BODY_BYTES = 2 * 2**20
    file = SimpleUploadedFile("bieu.xlsx", b"x" * (2 * 2**20))

    response = client.post("/login/", {"file": file})

    assert response.status_code == 413
    assert "lớn hơn 1 MB" in response.content.decode()
    assert "csrftoken" not in response.cookies


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "10.1.1.1", "192.0.2.9"),
        (1, "10.1.1.1", "10.1.1.1"),
        (1, "forged, 10.1.1.1", "10.1.1.1"),
        (2, "forged, 10.1.1.1, 10.2.2.2", "10.1.1.1"),
        (2, "10.1.1.1", "192.0.2.9"),
        (1, "", "192.0.2.9"),
    ],
)
def test_the_address_of_a_client_is_the_one_our_own_proxies_saw(
    settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.9", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_five_wrong_passwords_close_the_door_for_that_name_from_that_address(
    client: Client, administrator: Any
) -> None:
    for attempt in range(1, 6):
        wrong = {"username": administrator.username, "password": "sai"}
        status = client.post("/login/", wrong, REMOTE_ADDR="192.0.2.1").status_code
        assert status == (429 if attempt == 5 else 200)

    right = {"username": administrator.username, "password": "mat-khau-thu-nghiem"}
    closed = client.post("/login/", right, REMOTE_ADDR="192.0.2.1")
    elsewhere = client.post("/login/", right, REMOTE_ADDR="192.0.2.2")

    assert closed.status_code == 429
    assert "Tạm khóa đăng nhập" in closed.content.decode()
    assert elsewhere.status_code == 302


# --- static files ----------------------------------------------------------------------------------------


@pytest.fixture
def production_files(settings: Any, tmp_path: Path) -> None:
    """Static files as a deployment serves them, before collectstatic."""
    settings.STATIC_ROOT = tmp_path
    settings.WHITENOISE_AUTOREFRESH = False
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "ntm_portal.static_files.StaticFilesStorage"},
    }


def test_without_collectstatic_plain_names_are_served(production_files: None) -> None:
    address = static("portal.css")

    response = Client().get(address)

    assert address == "/static/portal.css"
    assert response.status_code == 200
    assert b"font-face" in response.getvalue()


def test_after_collectstatic_hashed_names_are_served_for_ever(production_files: None) -> None:
    call_command("collectstatic", interactive=False, verbosity=0)
    address = static("portal.css")

    response = Client().get(address, headers={"accept-encoding": "gzip"})

    assert re.fullmatch(r"/static/portal\.[0-9a-f]{12}\.css", address)
    assert response.status_code == 200
    assert response["Content-Encoding"] == "gzip"
    assert "immutable" in response["Cache-Control"]
    assert b"font-face" in gzip.decompress(response.getvalue())


def test_every_static_file_that_a_template_names_exists() -> None:
    for template in (ROOT / "templates").rglob("*.html"):
        for name in re.findall(r"{% static ['\"]([^'\"]+)['\"]", template.read_text("utf-8")):
            assert finders.find(name), f"{template.name}: {name}"


# --- dates and numbers -----------------------------------------------------------------------------------


class Figures(forms.Form):
    day = forms.DateField(localize=True)
    moment = forms.DateTimeField(localize=True)
    share = forms.DecimalField(localize=True)
    count = forms.IntegerField(localize=True)


def read_figure(field: str, text: str) -> Any:
    return Figures().fields[field].clean(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("25/10/2024", datetime.date(2024, 10, 25)),
        ("05/10/2024", datetime.date(2024, 10, 5)),
        ("5/1/2024", datetime.date(2024, 1, 5)),
        ("2024-10-05", datetime.date(2024, 10, 5)),
    ],
)
def test_dates_are_read_as_they_are_written_here(text: str, day: datetime.date) -> None:
    assert read_figure("day", text) == day


def test_a_month_before_the_day_is_refused() -> None:
    with pytest.raises(forms.ValidationError):
        read_figure("day", "10/25/2024")


@pytest.mark.parametrize(
    ("field", "text", "number"),
    [
        ("share", "12,5", Decimal("12.5")),
        ("share", "1.234,5", Decimal("1234.5")),
        ("share", "1.234.567,5", Decimal("1234567.5")),
        ("count", "1.000", 1000),
        ("count", "1000", 1000),
    ],
)
def test_numbers_are_read_as_they_are_written_here(field: str, text: str, number: Decimal) -> None:
    assert read_figure(field, text) == number


def test_dates_and_numbers_are_written_as_they_are_read() -> None:
    page = Template("{{ day }} {{ moment }} {{ share }}").render(
        Context(
            {
                "day": datetime.date(2024, 10, 5),
                "moment": datetime.datetime(2024, 10, 5, 7, 30),  # noqa: DTZ001
                "share": Decimal("12.5"),
            }
        )
    )

    assert page == "05/10/2024 07:30 05/10/2024 12,5"
    assert Figures(initial={"day": datetime.date(2024, 10, 5)})["day"].value() == datetime.date(2024, 10, 5)
    assert 'value="05/10/2024"' in str(Figures(initial={"day": datetime.date(2024, 10, 5)})["day"])
    assert formats.localize(Decimal("1234.5")) == "1234,5"


def test_what_is_not_a_figure_gets_no_dots() -> None:
    page = Template('<a href="/units/{{ id }}/">{{ year }}</a><rect width="{{ width }}">').render(
        Context({"id": 12345, "year": 2024, "width": 1500})
    )

    assert page == '<a href="/units/12345/">2024</a><rect width="1500">'
