"""What handing in a workbook costs at national size: the stock flow of django-import-export, ours, and the floor.

    uv run benchmarks/import.py [--communes 10600] [--stock-rows N] [--only sqlite|postgresql]

For each database a synthetic province is made in a fresh database (an SQLite file; DATABASE_URL or a PostgreSQL of its
own), and each flow runs in a process of its own, so that its peak memory is its own. All three save the same nested
rows: an assessment, a revision, a result for each condition and an entry a commune. The floor is the same reader and
then bulk writes, without matching, checking, rules or history of what stood before. The stock flow takes minutes: with
--stock-rows it gets that many rows only, its times are scaled up, and the table says so.
"""

import argparse
import contextlib
import datetime
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FLOWS = ("stock", "ours", "floor")
PERIOD, INDICATOR, PERSON = "2024", "xa-ntm-19.2", "do-luong"
GOALS = {"sqlite": 5, "postgresql": 10}
Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--communes", type=int, default=10_600)
    parser.add_argument("--stock-rows", type=int, help="measure the stock flow on so many rows and scale up")
    parser.add_argument("--only", choices=GOALS)
    parser.add_argument("--flow", choices=("prepare", *FLOWS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.flow:
        run_flow(asked.flow, asked.communes, asked.stock_rows or asked.communes, asked.folder)
        return
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)  # noqa: S103 - PostgreSQL runs as another user
        for vendor in GOALS:
            if asked.only in (None, vendor):
                with database(vendor, Path(place)) as url:
                    measure(vendor, url, asked.communes, asked.stock_rows or asked.communes, Path(place))


# --- the parent ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def database(vendor: str, place: Path) -> Iterator[str]:
    if vendor == "sqlite":
        yield f"sqlite:///{place / 'benchmark.sqlite3'}"
    elif os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield os.environ["DATABASE_URL"]
    else:
        with own_postgresql(place / "server") as url:
            yield url


@contextlib.contextmanager
def own_postgresql(folder: Path) -> Iterator[str]:
    """A server of its own, durable as one in production is (fsync on), gone afterwards."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    folder.mkdir()
    if as_postgres:
        subprocess.run(["chown", "postgres", folder], check=True)
    data, port = folder / "data", 20_000 + os.getpid() % 20_000
    start = [binaries / "pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "start"]
    make = [binaries / "initdb", "-D", data, "-U", "ntm", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
    subprocess.run([*as_postgres, *make], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*as_postgres, *start, "-o", f"-p {port} -h 127.0.0.1 -k {folder}"], check=True)
    try:
        yield f"postgres://ntm@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*as_postgres, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-s", "stop"], check=False)


def measure(vendor: str, url: str, communes: int, stock_rows: int, place: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "VAR_DIR": str(place / f"var-{vendor}"),
        "DEBUG": "False",
        "ALLOWED_HOSTS": "testserver",
    }
    environment |= {"SECRET_KEY": "benchmark" * 8, "DJANGO_SETTINGS_MODULE": "ntm_portal.settings"}
    folder = place / vendor
    folder.mkdir()
    found = {}
    for flow in ("prepare", *FLOWS):
        command = [sys.executable, __file__, "--flow", flow, "--folder", str(folder)]
        command += ["--communes", str(communes), "--stock-rows", str(stock_rows)]
        done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
        found[flow] = json.loads(done.stdout.splitlines()[-1])
    found["stock"] |= {step: found["stock"][step] * communes / stock_rows for step in ("preview", "confirm", "queries")}
    print_table(vendor, communes, stock_rows, found)


def print_table(vendor: str, communes: int, stock_rows: int, found: dict[str, Measured]) -> None:
    """Print the table as it stands in docs/benchmarks.md."""
    today, load = datetime.datetime.now(datetime.UTC).date(), os.getloadavg()[0]
    print(f"\n{vendor}, {communes:,} communes x 8 conditions, {today}, {os.cpu_count()} cores, load {load:.1f}\n")
    print("| flow | preview, s | confirm, s | queries of confirm per 1,000 rows | peak memory, MB |")
    print("|---|---:|---:|---:|---:|")
    for flow in FLOWS:
        one = found[flow]
        scaled = f" ({stock_rows:,} rows, scaled up)" if flow == "stock" and stock_rows < communes else ""
        print(
            f"| {flow}{scaled} | {one['preview']:.2f} | {one['confirm']:.2f} | {one['queries'] / communes * 1000:.0f} "
            f"| {one['memory']:.0f} |"
        )
    stock, ours, floor = (found[flow] for flow in FLOWS)
    print()
    for step, most in (("preview", 2.5), ("confirm", 2.0)):
        print(
            f"{step}: {stock[step] / ours[step]:.1f} times faster than stock (goal {GOALS[vendor]}), "
            f"{ours[step] / floor[step]:.2f} times the floor (goal at most {most})"
        )
    print(f"peak memory of the web process: {ours['memory']:.0f} MB (goal below 200)", flush=True)


# --- one flow in a process of its own --------------------------------------------------------------------


def run_flow(flow: str, communes: int, stock_rows: int, folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.db import connection

    from benchmarks import import_flows

    if flow == "prepare":
        import_flows.prepare(communes, stock_rows, folder, person=PERSON)
        print("{}")
        return
    steps: dict[str, Callable[[], Any]] = getattr(import_flows, flow)(folder, PERIOD, INDICATOR, PERSON)
    said: Measured = {}
    for step, act in steps.items():
        counter = Counter()
        with connection.execute_wrapper(counter):
            started = time.perf_counter()
            act()
            said[step] = time.perf_counter() - started
        said["queries"] = counter.count
    said["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    import_flows.forget()
    print(json.dumps(said))


class Counter:
    """Counts the queries of a step."""

    count = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


if __name__ == "__main__":
    main()
