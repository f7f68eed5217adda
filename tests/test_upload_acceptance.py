"""The whole way at size: hundreds of errors found in one pass, marked, mended, saved, undone; kill -9 in between."""

import contextlib
import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from communes.models import UnitVersion, User
from criteria.models import UploadState
from criteria.uploads.applying import apply_upload, plan_of
from criteria.uploads.undoing import undo_upload
from tests.test_upload_marked import marked_cells
from tests.test_upload_once import ROOT, shared_database
from tests.test_upload_size import filled_workbook, large_district
from tests.test_upload_undo import figures, stands
from tests.upload_books import Filling, received, written_rows

# Set up once, then for every line on stdin a process of its own that saves: its number, and asked again how it ended.
SAVE = """
import os, sys, django
django.setup()
from communes.models import User
from criteria.uploads.applying import apply_upload
for _line in sys.stdin:
    child = os.fork()
    if not child:
        by = User.objects.get(username="lon")
        os._exit(0 if apply_upload(sys.argv[1], by=by).is_done else 9)
    print(child, flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
# What stands in the file, and a part of what is said of it.
WRONG = ("đạt?", "7/8", "Không rõ", "cơ bản đạt", 7)


def large(communes: int) -> tuple[User, bytes, UnitVersion]:
    place = large_district(communes)
    person = User.objects.create_user("lon", full_name="Lớn", role="district", unit=place.unit)
    return person, filled_workbook(place), place


def spoiled(content: bytes, errors: int) -> tuple[Filling, dict[str, object]]:
    """The workbook with so many errors of all kinds on different rows, and by cell what stood there before."""
    book, chance = Filling(content), random.Random(20241231)
    rows = book.rows
    was: dict[str, object] = {}
    for number, code in enumerate(chance.sample(sorted(rows), errors)):
        if number % 10 == 9:
            cell = book.sheet.cell(rows[code], 2)
            was[cell.coordinate], cell.value = cell.value, f"0{number % 9}"
        else:
            cell = book.sheet.cell(rows[code], chance.choice(book.conditions))
            was[cell.coordinate], cell.value = cell.value, WRONG[number % len(WRONG)]
    return book, was


def go_the_whole_way(client: Client, communes: int, errors: int) -> None:
    person, content, _place = large(communes)
    before, stood = figures(), stands()
    book, was = spoiled(content, errors)

    upload = received(client, person, book.content())
    faults = plan_of(upload, by=person).faults
    assert {fault.cell for fault in faults} == set(was)
    assert upload.outcome["errors"] == errors

    marked = client.get(reverse("upload_marked", args=[upload.pk])).content
    opened = openpyxl.load_workbook(io.BytesIO(marked))
    assert {cell for _sheet, cell in marked_cells(opened)} == set(was)
    for cell, value in was.items():
        opened[book.sheet.title][cell].value = value
    mended = io.BytesIO()
    opened.save(mended)
    second = received(client, person, mended.getvalue(), after=str(upload.pk))
    assert (second.outcome["errors"], second.outcome["new"], second.follows) == (0, communes, upload)

    assert apply_upload(second.pk, by=person).written == communes
    assert written_rows()[1] == communes
    assert undo_upload(second.pk, by=person, reason="Thử").is_done
    assert figures() == before
    assert stands() == stood


@pytest.mark.django_db
def test_two_hundred_rows_with_thirty_errors(client: Client, reference: None) -> None:
    go_the_whole_way(client, 200, 30)


@pytest.mark.long
@pytest.mark.django_db
def test_ten_thousand_rows_with_three_hundred_errors(client: Client, reference: None) -> None:
    go_the_whole_way(client, 10_000, 300)


WRITTEN = ("criteria_conditionresult", "criteria_entry", "criteria_revision", "criteria_assessment")
NOT_APPLIED = "state = 'checked', applied_by_id = NULL, applied_at = NULL"


def ask(url: str, *statements: Any) -> list[Any]:
    """The first value of each query in the list, after it the statements; on the database that the processes share."""
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as shared, shared:
            return answers(shared.cursor(), *statements)
    with connection.cursor() as cursor:
        return answers(cursor, *statements)


def answers(cursor: Any, queries: list[str], *more: str) -> list[Any]:
    found = []
    for query in [*queries, *more]:
        cursor.execute(query)
        found += [cursor.fetchone()[0]] if query.startswith("SELECT") else []
    return found


def kill_while_saving(client: Client, folder: Path, communes: int, times: int) -> None:
    """Kill a process that saves at random moments; all or nothing each time, and saving again completes it."""
    person, content, _place = large(communes)
    client.force_login(person)
    upload = received(client, person, content)
    url = shared_database(folder)
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "ntm_portal.settings"}
    environment["VAR_DIR"] = str(folder / "var")

    command = [sys.executable, "-c", SAVE, str(upload.pk)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}

    def save(kill_after: float | None = None) -> int:
        """Let a process save, kill it after so many seconds, and return how it ended."""
        saver.stdin.write("go\n")
        saver.stdin.flush()
        process = int(saver.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(process, signal.SIGKILL)
        saver.stdin.write("ended?\n")
        saver.stdin.flush()
        return int(saver.stdout.readline())

    def counted() -> list[Any]:
        return ask(url, [*(f"SELECT count(*) FROM {name}" for name in WRITTEN), "SELECT state FROM criteria_upload"])  # noqa: S608

    def forget() -> None:
        gone = [f"DELETE FROM {name}" for name in ("criteria_standingspan", *WRITTEN)]  # noqa: S608
        ask(url, gone, f"UPDATE criteria_upload SET {NOT_APPLIED}")  # noqa: S608

    nothing = [0, 0, 0, 0, UploadState.CHECKED]
    whole = [communes * 8, communes, communes, communes, UploadState.APPLIED]
    chance, ends = random.Random(), []
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as saver:
        for _ in range(2):  # the first also warms what the later ones find warm
            started = time.monotonic()
            assert save() == 0
            lasts = time.monotonic() - started
            assert counted() == whole
            forget()
        for part in range(times):
            save(kill_after=lasts * (part + chance.random()) / times)
            found = counted()
            assert found in (nothing, whole)
            ends.append(found == whole)
            if found == whole:
                forget()
        assert save() == 0
        saver.stdin.close()
    assert counted() == whole
    assert not all(ends)


@pytest.mark.django_db(transaction=True)
def test_killed_three_times_while_saving(client: Client, reference: None, tmp_path: Path) -> None:
    kill_while_saving(client, tmp_path, 300, 3)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_killed_thirty_times_while_saving(client: Client, reference: None, tmp_path: Path) -> None:
    kill_while_saving(client, tmp_path, 10_000, 30)
