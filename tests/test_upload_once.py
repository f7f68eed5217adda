"""Saving happens once: pressed twice, by two people, by two processes at the same moment."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from communes.models import User
from criteria.models import Entry, Revision, Upload, UploadState
from criteria.uploads.applying import apply_upload
from tests.upload_books import Filling, received, written_rows

ROOT = Path(__file__).parent.parent
SAVE = """
import json, sys, django
django.setup()
from communes.models import User
from criteria.uploads.applying import apply_upload
by = User.objects.get(username="bao")
print("ready", flush=True)
sys.stdin.readline()
applied = apply_upload(sys.argv[1], by=by)
print(json.dumps([applied.written, applied.is_repeated]))
"""


@pytest.mark.django_db
def test_a_second_press_does_nothing_and_says_so(client: Client, bao: User) -> None:
    upload = received(client, bao, Filling().all_met().content())
    address = reverse("upload_apply", args=[upload.pk])

    first = client.post(address, follow=True).content.decode()
    rows = written_rows()
    second = client.post(address, follow=True).content.decode()

    assert "Đã lưu 19 kết quả" in first
    assert "đã được lưu trước đó, không lưu lại" in second
    assert written_rows() == rows


@pytest.mark.django_db
def test_a_second_press_of_send_does_nothing(client: Client, bao: User) -> None:
    upload = received(client, bao, Filling().all_met().content())
    apply_upload(upload.pk, by=bao)
    address = reverse("upload_submit", args=[upload.pk])
    client.post(address, {"count": "19"})

    page = client.post(address, {"count": "0"}, follow=True).content.decode()

    assert "Không còn kết quả nào để gửi" in page
    assert "Đã gửi 19 kết quả" in page
    assert {revision.reviews.count() for revision in Revision.objects.all()} == {1}


@pytest.mark.django_db
def test_by_get_nothing_is_saved(client: Client, bao: User) -> None:
    upload = received(client, bao, Filling().all_met().content())

    assert client.get(reverse("upload_apply", args=[upload.pk])).status_code == 302
    assert written_rows() == [0, 0, 0, 0]


@pytest.mark.django_db
def test_all_or_nothing_when_a_row_is_refused_under_the_lock(client: Client, bao: User, monkeypatch) -> None:
    """The plan was clean, and between our look and the lock somebody sent one of the rows."""
    upload = received(client, bao, Filling().all_met().content())
    apply_upload(upload.pk, by=bao)
    book = Filling().all_met()
    book.say("23905", 1, "Chưa đạt")
    second = received(client, bao, book.content())
    plan = "criteria.uploads.applying.plan_of"
    clean = apply_upload.__globals__["plan_of"](second, by=bao)
    Revision.objects.filter(assessment__unit__versions__code="23905").update(
        state="examined", submitted_by=bao, submitted_at=second.at
    )
    monkeypatch.setattr(plan, lambda upload, by: clean)

    applied = apply_upload(second.pk, by=bao)

    assert not applied.is_done
    assert applied.plan.errors[0].message.startswith("Xã Ia Băng: kết quả đang chờ")
    assert Entry.objects.filter(upload=second).count() == 0
    assert Upload.objects.get(pk=second.pk).state == UploadState.CHECKED


def shared_database(folder: Path) -> str:
    """The address of the test database for other processes; an SQLite one in memory is copied to a file."""
    if connection.vendor == "sqlite":
        path = folder / "shared.sqlite3"
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])
        return f"sqlite:///{path}"
    given = connection.settings_dict
    person = ":".join(quote(given[part], safe="") for part in ("USER", "PASSWORD") if given[part])
    place = quote(given["HOST"], safe="") + (f":{given['PORT']}" if given["PORT"] else "")
    return f"postgres://{person}@{place}/{given['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_have_one_effect(client: Client, bao: User, tmp_path: Path) -> None:
    upload = received(client, bao, Filling().all_met().content())
    environment = {
        **os.environ,
        "DATABASE_URL": shared_database(tmp_path),
        "DJANGO_SETTINGS_MODULE": "ntm_portal.settings",
        "VAR_DIR": str(tmp_path / "var"),
    }
    command = [sys.executable, "-c", SAVE, str(upload.pk)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"

    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [json.loads(process.communicate(timeout=60)[0]) for process in processes]

    assert sorted(said) == [[0, True], [19, False]]
    count = "from criteria.models import *; print(Entry.objects.count(), Revision.objects.count())"
    shell = [sys.executable, "manage.py", "shell", "-v", "0", "-c", count]
    assert subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True).stdout.split() == [
        "19",
        "19",
    ]
