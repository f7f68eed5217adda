"""What every test may lean on: the browser, fast settings, the people, and a walk over every page."""

import datetime
import gc
import io
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Model
from django.template import Context, Template
from django.test import override_settings
from django.test.signals import template_rendered
from pytest_django import DjangoDbBlocker

from communes.models import Role, Unit, UnitVersion, User

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
    # Playwright keeps an event loop running from here on; Django's ORM would refuse to work beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    """The desk the pages are made for (design.md, section 6)."""
    return {**browser_context_args, "viewport": {"width": 1366, "height": 768}, "locale": "vi-VN"}


# --- speed -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _rare_collections() -> None:
    """Nearly all garbage of a test goes by reference counts; looking for the rest took a tenth of the run."""
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _contexts_of_whole_pages(django_test_environment: None) -> None:
    """`response.context` is that of the page: Django's own test runner copies it for each of its parts as well."""

    def render(template: Template, context: Context) -> str:
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    Template._render = render


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


# --- reference data --------------------------------------------------------------------------------------

REFERENCE_COMMANDS = ("load_units", "load_criteria", "load_plan")


def load_reference() -> None:
    for command in REFERENCE_COMMANDS:
        call_command(command, stdout=io.StringIO())


BLOCKER = pytest.StashKey[DjangoDbBlocker]()


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """The units, the criteria and the plan stand in the test database once, for every test of the session."""
    with django_db_blocker.unblock():
        load_reference()
        copy_tables("kept_{table}", "{table}", create=True)
    request.config.stash[BLOCKER] = django_db_blocker
    yield
    if connection.vendor == "postgresql":
        # A process or a thread of the last test may still be on its way out: it must not hold the database.
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A transactional test leaves all tables empty: the reference data is put back before the next test."""
    blocker = item.config.stash.get(BLOCKER, None)
    if blocker and not connection.in_atomic_block:
        with blocker.unblock():
            if not Unit.objects.exists():
                copy_tables("{table}", "kept_{table}")


def copy_tables(into: str, source: str, *, create: bool = False) -> None:
    """Copy all our tables, each after those that it points to."""
    command = "CREATE TABLE {into} AS SELECT * FROM {source}" if create else "INSERT INTO {into} SELECT * FROM {source}"
    with transaction.atomic(), connection.cursor() as cursor:
        for model in every_model_in_order():
            names = {"into": into, "source": source}
            quoted = {
                key: connection.ops.quote_name(name.format(table=model._meta.db_table)) for key, name in names.items()
            }
            cursor.execute(command.format(**quoted))


@pytest.fixture
def reference(db: None) -> None:
    """The reference data, as it stands before every test."""


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """One transaction around the tests of a module: what its fixtures make is made once, and gone after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def without_reference(db: None) -> None:
    """No rows at all in our tables, for the tests of loading; rolled back after the test."""
    tables = [connection.ops.quote_name(model._meta.db_table) for model in every_model_in_order()]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # what DELETE leaves behind would mislead its planner
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        else:
            for table in reversed(tables):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608


def every_model_in_order() -> Iterator[type[Model]]:
    """Our models, each after those that it points to."""
    waiting = [model for app in ("communes", "criteria", "reports") for model in tables_of(app)]
    done: set[type[Model]] = set()
    while waiting:
        for model in list(waiting):
            needed = {f.related_model for f in model._meta.fields if f.is_relation} - {model}
            if not needed & set(waiting):
                waiting.remove(model)
                done.add(model)
                yield model


def tables_of(app: str) -> list[type[Model]]:
    models = apps.get_app_config(app).get_models(include_auto_created=True)
    return [model for model in models if not model._meta.proxy]


# --- people ----------------------------------------------------------------------------------------------
# The same few in every test. Codes are those in force on 31/12/2024; districts and communes ended 30/6/2025.

PASSWORD = "mat-khau-thu-nghiem"


@pytest.fixture
def administrator(db: None) -> AbstractBaseUser:
    return get_user_model().objects.create_superuser(
        username="quantri", password=PASSWORD, full_name="Nguyễn Văn Quản", role="administrator"
    )


PEOPLE: dict[str, tuple[str, Role, str | None]] = {
    "an": ("Nguyễn Thị An", Role.COMMUNE, "23905"),
    "bao": ("Trần Quốc Bảo", Role.DISTRICT, "632"),
    "binh": ("Nguyễn Văn Bình", Role.DISTRICT, "633"),
    "chi": ("Lê Thị Chi", Role.PROVINCE, "64"),
    "chinh": ("Phạm Văn Chinh", Role.PROVINCE, "64"),
    "lan": ("Hoàng Thị Lan", Role.LEADER, "64"),
    "quang": ("Vũ Minh Quang", Role.ADMINISTRATOR, None),
}


@pytest.fixture
def an(reference: None) -> User:
    """An, commune officer of Xã Ia Băng (huyện Chư Prông)."""
    return one_of_us("an")


@pytest.fixture
def bao(reference: None) -> User:
    """Bảo, district officer of Chư Prông, above An."""
    return one_of_us("bao")


@pytest.fixture
def binh(reference: None) -> User:
    """Bình, district officer of Chư Sê, the next district."""
    return one_of_us("binh")


@pytest.fixture
def chi(reference: None) -> User:
    """Chi, provincial officer of Gia Lai."""
    return one_of_us("chi")


@pytest.fixture
def chinh(reference: None) -> User:
    """Chinh, another provincial officer of Gia Lai: the second pair of eyes."""
    return one_of_us("chinh")


@pytest.fixture
def lan(reference: None) -> User:
    """Lan, leader of Gia Lai."""
    return one_of_us("lan")


@pytest.fixture
def quang(reference: None) -> User:
    """Quang, administrator: sees every province, has no place."""
    return one_of_us("quang")


def one_of_us(name: str) -> User:
    full_name, role, code = PEOPLE[name]
    return person(name, full_name, role, code, **dict.fromkeys(("is_staff", "is_superuser"), role == "administrator"))


def person(username: str, full_name: str, role: str, code: str | None, **given: Any) -> User:
    """Make an account of the person who answers for the unit that bore the code on 31/12/2024."""
    unit = unit_of(code) if code else None
    return User.objects.create_user(username, password=PASSWORD, full_name=full_name, role=role, unit=unit, **given)


@pytest.fixture
def make_person(reference: None) -> Callable[..., User]:
    """Make another person: `make_person("ut", "commune", "23905")`."""

    def make(username: str, role: str, code: str | None, *, day: datetime.date | None = None, **given: Any) -> User:
        unit = unit_of(code, day or datetime.date(2024, 12, 31)) if code else None
        return User.objects.create_user(
            username, password=PASSWORD, full_name=username.capitalize(), role=role, unit=unit, **given
        )

    return make


def unit_of(code: str, day: datetime.date = datetime.date(2024, 12, 31)) -> Unit:
    """Return the unit that bore the code on the day."""
    return UnitVersion.objects.as_of(day).select_related("unit").get(code=code).unit
