"""Pages and figures at national scale on PostgreSQL: queries, server time and database time, beside bare SQL.

    uv run python -m benchmarks.progress                 # starts a PostgreSQL of its own below /tmp, and stops it
    DATABASE_URL=postgres://… uv run python -m benchmarks.progress     # an empty database; loaded where it is empty

Prints the table of docs/benchmarks.md. A figure is the median of 20 after two to warm up.
"""

import datetime
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROUNDS = 20
DAY = datetime.date(2025, 12, 31)
FIGURES = """
SELECT s.indicator_id, v.parent_id, s.standing, count(*)
FROM communes_unitversion v JOIN criteria_standingspan s ON s.unit_id = v.unit_id
WHERE v.starts_on <= %(day)s AND (v.ends_on IS NULL OR v.ends_on >= %(day)s)
  AND s.starts_on <= %(day)s AND s.ends_on >= %(day)s {scope}
GROUP BY s.indicator_id, v.parent_id, s.standing
"""
FROM_REVISIONS = """
SELECT counted.indicator_id, v.parent_id, counted.verdict, count(*) FROM (
    SELECT DISTINCT ON (a.unit_id, a.indicator_id) a.unit_id, a.indicator_id, r.verdict
    FROM criteria_revision r JOIN criteria_assessment a ON a.id = r.assessment_id
    JOIN criteria_reportingperiod p ON p.id = a.period_id
    WHERE r.state = 'confirmed' AND p.ends_on <= %(day)s
    ORDER BY a.unit_id, a.indicator_id, p.ends_on DESC, p.starts_on, r.id DESC
) counted JOIN communes_unitversion v ON v.unit_id = counted.unit_id
WHERE v.starts_on <= %(day)s AND (v.ends_on IS NULL OR v.ends_on >= %(day)s)
GROUP BY counted.indicator_id, v.parent_id, counted.verdict
"""


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server of our own as .ci/prepare.sh does, and take it away again; or use DATABASE_URL."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    place = Path(tempfile.mkdtemp(prefix="ntm-benchmark-"))
    place.chmod(0o755)
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_postgres:
        shutil.chown(place, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = place / "data"
    run = [*as_postgres, str(programs / "initdb"), "-D", str(data), "-U", "ntm", "-A", "trust", "-E", "UTF8"]
    subprocess.run([*run, "--locale=C.UTF-8", "--no-sync"], check=True, stdout=subprocess.DEVNULL)
    control = [*as_postgres, str(programs / "pg_ctl"), "-D", str(data), "-s", "-w"]
    settings = f"-p {port} -h 127.0.0.1 -k {place} -c fsync=off -c shared_buffers=512MB -c max_wal_size=4GB"
    subprocess.run([*control, "-l", str(place / "log"), "-o", settings, "start"], check=True)
    try:
        yield f"postgres://ntm@127.0.0.1:{port}/postgres?conn_max_age=60"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False)
        shutil.rmtree(place, ignore_errors=True)


def measured(ask: Callable[[], Any]) -> tuple[int, float, float]:
    """Return queries, and the medians in milliseconds of the whole and of what the database took of it."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    whole, database, queries = [], [], 0
    for number in range(ROUNDS + 2):
        started = time.perf_counter()
        ask()
        took = (time.perf_counter() - started) * 1000
        with CaptureQueriesContext(connection) as captured:
            ask()
        if number >= 2:
            whole.append(took)
            database.append(sum(float(query["time"]) for query in captured.captured_queries) * 1000)
            queries = len(captured)
    return queries, statistics.median(whole), statistics.median(database)


def bare(sql: str, scope: str = "") -> Callable[[], Any]:
    def ask() -> Any:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(sql.format(scope=scope), {"day": DAY})
            return cursor.fetchall()

    return ask


def page(username: str, address: str) -> Callable[[], Any]:
    from django.test import Client

    from communes.models import User

    client = Client()
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")

    def ask() -> Any:
        response = client.get(address, headers={"host": "localhost"})
        assert response.status_code == 200, (address, response.status_code)
        return response

    return ask


def cases() -> Iterator[tuple[str, Callable[[], Any]]]:
    from communes.models import UnitVersion, User
    from reports import scopes
    from reports.models import Plan
    from reports.progress import progress

    plan = Plan.objects.select_related("province").get()
    day, basic = f"as_of={DAY}", "/progress/xa-ntm-19.2/"
    district = UnitVersion.objects.get(unit=User.objects.get(username="huyen").unit)
    commune = UnitVersion.objects.filter(parent=district.unit_id).order_by("code").first()
    assert commune is not None
    for username, words in (("tinh", "Công an tỉnh"), ("huyen", "Công an huyện")):
        yield f"Tổng quan · {words}", page(username, f"/?{day}")
        yield f"Mục tiêu · {words}", page(username, f"{basic}?{day}")
        yield f"Đơn vị sau con số (một huyện) · {words}", page(username, f"{basic}?{day}&district={district.code}")
        yield f"Trang đơn vị (xã) · {words}", page(username, f"/communes/{commune.unit_id}/")
    yield "Số liệu của tỉnh (`progress`)", lambda: progress(scopes.territory(plan), DAY)
    yield "SQL trần, tỉnh, bảng dẫn xuất", bare(FIGURES, f"AND v.province_id = {plan.province_id}")
    yield "Số liệu toàn quốc (`progress`)", lambda: progress(scopes.nation(plan), DAY)
    yield "SQL trần, toàn quốc, bảng dẫn xuất", bare(FIGURES)
    yield "SQL trần, toàn quốc, từ các lần đánh giá", bare(FROM_REVISIONS)


def main() -> None:
    with postgresql() as url:
        place = tempfile.mkdtemp(prefix="ntm-benchmark-var-")
        os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ntm_portal.settings", "VAR_DIR": place}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        report()
        shutil.rmtree(place, ignore_errors=True)


def report() -> None:
    from benchmarks.national import load
    from communes.models import Unit

    if not Unit.objects.exists():
        started = time.perf_counter()
        rows = load()
        shown = ("communes_unit", "criteria_assessment", "criteria_conditionresult", "criteria_standingspan")
        print(f"Loaded in {time.perf_counter() - started:.0f} s:", {table: rows[table] for table in shown})
    print(f"Load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| | truy vấn | cả yêu cầu (ms) | trong đó cơ sở dữ liệu (ms) |\n|---|---|---|---|")
    for name, ask in cases():
        queries, whole, database = measured(ask)
        print(f"| {name} | {queries or 1} | {whole:.0f} | {database:.0f} |", flush=True)


if __name__ == "__main__":
    main()
