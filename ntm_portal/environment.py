"""Reading the process environment, strictly.

django-environ guesses: any word it does not know is a false boolean, an unknown database scheme becomes an
engine name, a value that begins with "$" names another variable. A portal that starts with a guessed setting
is worse than one that does not start, so every value here is either understood or refused by name.
"""

import os
import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

YES = {"1", "true", "yes", "on"}
NO = {"0", "false", "no", "off"}
HOST = re.compile(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DATABASE_SCHEMES = ("postgres", "postgresql", "sqlite")
SQLITE_OPTIONS = {
    # IMMEDIATE takes the write lock when a transaction begins: SQLite's stand-in for select_for_update().
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}


class Environment(environ.Env):
    """The environment; an empty value counts as absent, an unusable one raises ImproperlyConfigured."""

    def get_value(
        self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, parse_default: bool = False
    ) -> Any:
        raw = self.ENVIRON.get(var, "")
        if raw.strip() == "":
            return default
        if raw.startswith("$"):
            raise refusal(var, "không bắt đầu bằng ký tự $")
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            raise refusal(var, str(error)) from error


def refusal(variable: str, expected: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"Biến môi trường {variable} không hợp lệ. Giá trị đúng: {expected}.")


def boolean(value: str) -> bool:
    word = value.strip().lower()
    if word not in YES | NO:
        raise ValueError("true hoặc false")
    return word in YES


def count(value: str) -> int:
    if not value.strip().isdecimal():
        raise ValueError("số nguyên không âm, ví dụ 0 hoặc 1")
    return int(value)


def secret(value: str) -> str:
    if len(value) < 50 or len(set(value)) < 5:
        raise ValueError("chuỗi ngẫu nhiên từ 50 ký tự trở lên")
    return value


def log_level(value: str) -> str:
    name = value.strip().upper()
    if name not in LOG_LEVELS:
        raise ValueError(", ".join(LOG_LEVELS))
    return name


def hosts(value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if not names or not all(HOST.fullmatch(name) for name in names):
        raise ValueError("các tên máy cách nhau bằng dấu phẩy, không có http:// và không có cổng")
    return names


def site_url(value: str) -> str:
    """The address people type, as an origin: scheme and host, no path."""
    parts = urlsplit(value.strip().rstrip("/"))
    whole = parts.scheme in ("http", "https") and parts.hostname and HOST.fullmatch(parts.hostname)
    if not whole or parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("địa chỉ gốc của cổng, ví dụ https://ntm.example.vn")
    return f"{parts.scheme}://{parts.netloc}"


def database(value: str) -> dict[str, Any]:
    """Django's settings for a DATABASE_URL: PostgreSQL, or a file of SQLite."""
    scheme = urlsplit(value).scheme
    if scheme not in DATABASE_SCHEMES:
        raise ValueError("postgres://người dùng:mật khẩu@máy chủ:cổng/tên hoặc sqlite:////đường/dẫn/tệp")
    try:
        config = environ.Env.db_url_config(value)
    except ValueError as error:
        raise ValueError("địa chỉ có cổng là số, ký tự lạ trong mật khẩu viết dạng %XX") from error
    if not config["NAME"]:
        raise ValueError("địa chỉ có tên cơ sở dữ liệu ở cuối")
    return sqlite(config["NAME"]) if scheme == "sqlite" else postgresql(config)


def sqlite(name: str | Path) -> dict[str, Any]:
    # Said outright: pytest's workers know only Django's own engine to test in memory, each with a name of its own.
    in_memory = {"NAME": ":memory:"}
    return {"ENGINE": "ntm_portal.sqlite", "NAME": str(name), "OPTIONS": dict(SQLITE_OPTIONS), "TEST": in_memory}


def postgresql(config: dict[str, Any]) -> dict[str, Any]:
    # Reconnecting for each request costs six times the request (stack.md), so connections last a minute.
    return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, **config}


def make_folders(*folders: Path) -> None:
    try:
        for folder in folders:
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as error:
        raise refusal("VAR_DIR", f"thư mục mà cổng được ghi ({error})") from error


def kept_secret_key(path: Path) -> str:
    """The key of this installation: made once, readable by the owner only, the same for every process.

    The file appears whole or not at all (written aside, then linked), and of several processes that start at
    the same moment the first one's key wins.
    """
    if not path.exists():
        descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=".secret_key.")  # mode 600
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(get_random_secret_key())
                file.flush()
                os.fsync(descriptor)
            os.link(aside, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(aside)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 50:
        raise refusal("SECRET_KEY", f"được đặt, hoặc xóa tệp {path.name} đã hỏng để tạo khóa mới")
    return key
