"""Two people at one result at once, in two real processes: one effect, the other told why, nothing lost."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from criteria.models import Assessment, ReportingPeriod, Verb
from tests.cases import entered, line, taken

pytestmark = pytest.mark.django_db(transaction=True)
CODES = ("23902", "23905", "23908", "23924", "23890", "23893", "23896", "23899")
SCRIPT = Path(__file__).parent / "parallel.py"


@pytest.fixture
def address(tmp_path) -> str:
    """Return the address of the database that other processes can open; a memory one is copied into a file."""
    return f"sqlite:///{tmp_path / 'parallel.sqlite3'}" if connection.vendor == "sqlite" else postgres_address()


def postgres_address() -> str:
    given = connection.settings_dict
    host, port = given["HOST"] or "", given["PORT"] or ""
    place = f"{host}{f':{port}' if port else ''}"
    if host.startswith("/"):
        place = host.replace("/", "%2F") + (f":{port}" if port else "")
    secret = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    return f"postgres://{given['USER']}{secret}@{place}/{given['NAME']}"


def together(address: str, tmp_path: Path, *work: tuple[str, str]) -> list[list[str]]:
    """Start a process for each (user, action), let them go at the same moment, and return what came of it."""
    if connection.vendor == "sqlite":
        with sqlite3.connect(address.removeprefix("sqlite:///")) as copy:
            connection.connection.backup(copy)
        copy.close()
    go = tmp_path / "go"
    environment = {**os.environ, "DATABASE_URL": address, "PYTHONPATH": str(SCRIPT.parent.parent)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(go), user, action],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for user, action in work
    ]
    ready = [process.stdout.readline() for process in processes]
    go.touch()  # also where one of them failed: the others end
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert ready == ["ready\n"] * len(work)
    return [json.loads(text) for text in said]


def rows(address: str, query: str) -> list[tuple]:
    if connection.vendor == "sqlite":
        with sqlite3.connect(address.removeprefix("sqlite:///")) as copy:
            found = copy.execute(query).fetchall()
        copy.close()
        return found
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


STATES = "SELECT state, COUNT(*) FROM criteria_revision GROUP BY state"
CONFIRMED_EACH = "SELECT COUNT(*) FROM criteria_review WHERE verb = 'confirm' GROUP BY revision_id"


def test_two_confirm_at_once(bao, chi, chinh, address, tmp_path):
    for revision in entered(bao, *map(line, CODES)):
        taken(Verb.SUBMIT, revision, bao)
    said = together(address, tmp_path, ("chi", "confirm"), ("chinh", "confirm"))
    for mine, theirs in zip(*said, strict=True):
        assert sorted((mine, theirs)) == ["done", "kết quả đang ở trạng thái “Đã xác nhận”."]
    assert rows(address, STATES) == [("confirmed", len(CODES))]
    assert rows(address, CONFIRMED_EACH) == [(1,)] * len(CODES)


def test_one_confirms_while_the_other_withdraws(bao, chi, address, tmp_path):
    for revision in entered(bao, *map(line, CODES)):
        taken(Verb.SUBMIT, revision, bao)
    said = together(address, tmp_path, ("chi", "confirm"), ("bao", "withdraw"))
    assert all((mine == "done") != (theirs == "done") for mine, theirs in zip(*said, strict=True))
    states = dict(rows(address, STATES))
    assert states.get("confirmed", 0) == said[0].count("done")
    assert states.get("draft", 0) == said[1].count("done")


def test_one_confirms_while_the_other_enters(bao, chi, address, tmp_path):
    for revision in entered(bao, *map(line, CODES)):
        taken(Verb.SUBMIT, revision, bao)
    said = together(address, tmp_path, ("chi", "confirm"), ("bao", "enter"))
    assert said[0] == ["done"] * len(CODES)
    opened = said[1].count("done")  # after the confirmation: a correction; before it: refused
    assert Counter(dict(rows(address, STATES))) == Counter({"confirmed": len(CODES), "draft": opened})
    official = "SELECT verdict, COUNT(*) FROM criteria_revision WHERE state = 'confirmed' GROUP BY verdict"
    assert rows(address, official) == [("met", len(CODES))]


def test_two_confirm_all_by_the_queue_while_one_result_is_withdrawn(bao, chi, chinh, address, tmp_path):
    """Whoever is first has his way whole; the others are told why, and nothing is half done."""
    for revision in entered(bao, *map(line, CODES)):
        taken(Verb.SUBMIT, revision, bao)
    mine, theirs, back = together(address, tmp_path, ("chi", "queue"), ("chinh", "queue"), ("bao", "withdraw@first"))
    states = dict(rows(address, STATES))
    if back == ["done"]:
        assert states == {"draft": 1, "examined": len(CODES) - 1}
        assert "done" not in mine + theirs
    else:
        assert back == ["kết quả đang ở trạng thái “Đã xác nhận”."]
        assert (mine + theirs).count("done") == 1
        assert states == {"confirmed": len(CODES)}
        assert rows(address, CONFIRMED_EACH) == [(1,)] * len(CODES)
    told = [words for words in mine + theirs if words != "done"]
    assert all("Danh sách đã thay đổi" in words or "Chưa thực hiện được" in words for words in told), told


def test_one_confirms_all_by_the_queue_while_the_officer_corrects_in_the_grid(bao, chi, address, tmp_path):
    for revision in entered(bao, *map(line, CODES)):
        taken(Verb.SUBMIT, revision, bao)
    decided, corrected = together(address, tmp_path, ("chi", "queue"), ("bao", "tick:5:Đạt:Chưa đạt"))
    assert decided == ["done"]
    assert set(corrected) <= {"held", "saved"}  # held while it waited; after the confirmation a correction
    opened = corrected.count("saved")
    assert Counter(dict(rows(address, STATES))) == Counter({"confirmed": len(CODES), "draft": opened})
    official = "SELECT verdict, COUNT(*) FROM criteria_revision WHERE state = 'confirmed' GROUP BY verdict"
    assert rows(address, official) == [("met", len(CODES))]


RESULTS = """
    SELECT condition.number, result.verdict, COUNT(*) FROM criteria_conditionresult AS result
    JOIN criteria_condition AS condition ON condition.id = result.condition_id
    WHERE condition.number IN (5, 6) GROUP BY condition.number, result.verdict ORDER BY 1, 2
"""


def test_two_in_the_grid_at_different_cells_of_the_same_units_lose_nothing(an, bao, address, tmp_path):
    entered(bao, *map(line, CODES))
    said = together(address, tmp_path, ("bao", "grid:5:Đạt:Chưa đạt"), ("bao", "grid:6:Đạt:Chưa đạt"))
    assert said == [["saved"] * len(CODES)] * 2
    assert rows(address, RESULTS) == [(5, "not_met", len(CODES)), (6, "not_met", len(CODES))]
    assert rows(address, STATES) == [("draft", len(CODES))]


def test_two_in_the_grid_begin_the_same_units_and_lose_nothing(bao, address, tmp_path):
    year = ReportingPeriod.objects.get(key="2024")
    begun = [Assessment(unit_id=one.unit_id, indicator=one.indicator, period=year) for one in map(line, CODES)]
    Assessment.objects.bulk_create(begun)
    said = together(address, tmp_path, ("bao", "grid:5::Đạt"), ("bao", "grid:6::Chưa đạt"))
    assert said == [["saved"] * len(CODES)] * 2
    assert rows(address, RESULTS) == [(5, "met", len(CODES)), (6, "not_met", len(CODES))]


def test_two_in_the_grid_at_the_same_cells_one_is_told(bao, address, tmp_path):
    entered(bao, *map(line, CODES))
    said = together(address, tmp_path, ("bao", "grid:5:Đạt:Chưa đạt"), ("bao", "grid:5:Đạt:"))
    for mine, theirs in zip(*said, strict=True):
        assert sorted((mine, theirs)) == ["saved", "stale"]
    blank = said[1].count("saved")
    kept = [(5, "not_met", len(CODES) - blank)] if blank < len(CODES) else []
    assert rows(address, RESULTS) == [*kept, (6, "met", len(CODES))]


def test_the_grid_while_the_same_results_are_sent(bao, address, tmp_path):
    entered(bao, *map(line, CODES))
    said = together(address, tmp_path, ("bao", "grid:5:Đạt:Chưa đạt"), ("bao", "submit"))
    assert said[1] == ["done"] * len(CODES)
    assert set(said[0]) <= {"saved", "held"}
    saved = said[0].count("saved")
    written = [(5, "met", len(CODES) - saved), (5, "not_met", saved), (6, "met", len(CODES))]
    assert rows(address, RESULTS) == [row for row in written if row[2]]


def test_two_enter_at_once(an, bao, address, tmp_path):
    entered(bao, *map(line, CODES))
    said = together(address, tmp_path, ("bao", "enter"), ("bao", "enter"))
    assert said == [["done"] * len(CODES)] * 2
    assert rows(address, STATES) == [("draft", len(CODES))]
    entries = "SELECT COUNT(*) FROM criteria_entry GROUP BY revision_id"
    assert rows(address, entries) == [(2,)] * len(CODES)  # the second found the same and wrote nothing
