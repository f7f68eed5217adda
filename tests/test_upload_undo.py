"""Hủy lần nộp: as a whole, while nothing built on it was decided; afterwards everything stands as before."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communes.models import User
from criteria.models import (
    Assessment,
    Condition,
    ConditionResult,
    Door,
    Entry,
    ReportingPeriod,
    Review,
    Revision,
    State,
    Upload,
    UploadState,
    Verb,
)
from criteria.uploads.applying import apply_upload, plan_of
from criteria.uploads.sending import send, sending_of
from tests.cases import LETTER, entered, line, taken
from tests.conftest import unit_of
from tests.test_upload_once import shared_database
from tests.upload_books import Filling, received, written_rows

ROOT = Path(__file__).parent.parent
WHY = {"reason": "Nộp nhầm tệp"}
UNDO = """
import json, sys, django
django.setup()
from communes.models import User
from criteria.uploads.undoing import undo_upload
by = User.objects.get(username="bao")
print("ready", flush=True)
sys.stdin.readline()
undone = undo_upload(sys.argv[1], by=by, reason="Nộp nhầm tệp")
print(json.dumps([len(undone.plan.rows), undone.is_repeated]))
"""


def saved(client: Client, by: User, book: Filling | None = None, **letter: str) -> Upload:
    upload = received(client, by, (book or Filling().all_met()).content(), **letter)
    assert apply_upload(upload.pk, by=by).is_done
    upload.refresh_from_db()
    return upload


def figures() -> dict[str, Any]:
    said = io.StringIO()
    call_command("progress", as_of="2024-12-31", as_json=True, stdout=said)
    return json.loads(said.getvalue())


def stands() -> dict[str, list[tuple[Any, ...]]]:
    """All that is said, without the moments of writing and the numbers of rows."""
    revision = ("state", "verdict", "checklist", "is_bare", "letter_number", "letter_on")
    of = "revision__assessment__unit"
    result = ("condition", "verdict", "reason", "count", "numerator", "denominator", "this_period", "year_before")
    return {
        "assessments": sorted(Assessment.objects.values_list("unit", "indicator", "period")),
        "revisions": sorted(
            Revision.objects.values_list("assessment__unit", "number", *revision, "submitted_by", "submitted_at"),
            key=str,
        ),
        "results": sorted(ConditionResult.objects.values_list(of, "revision__number", *result), key=str),
    }


def undone(client: Client, upload: Upload, by: User) -> str:
    client.force_login(by)
    page = client.post(reverse("upload_undo", args=[upload.pk]), WHY, follow=True).content.decode()
    upload.refresh_from_db()
    return page


@pytest.mark.django_db
def test_what_was_not_there_is_gone_again(client: Client, bao: User) -> None:
    before = figures()
    upload = saved(client, bao)

    page = undone(client, upload, bao)

    assert "Đã hủy lần nộp. 19 kết quả trở lại như trước." in page
    assert "Nộp nhầm tệp" in page
    assert "Bỏ kết quả đã nhập" in page
    assert written_rows() == [0, 0, 0, 0]
    assert figures() == before
    assert (upload.state, upload.undone_by, upload.undone_because) == (UploadState.UNDONE, bao, "Nộp nhầm tệp")
    assert upload.undone_rows[0]["story"][0]["changes"]["1"] == ["", "met"]


@pytest.mark.django_db
def test_earlier_values_come_back_with_reasons_and_numbers(client: Client, an: User, bao: User) -> None:
    entered(an, line(but={1: "not_met", 2: "not_applicable", 3: ""}))
    entered(bao, line("23908", but={4: "not_met"}))
    stood = stands()
    upload = saved(client, bao)
    assert stands() != stood

    undone(client, upload, bao)

    assert stands() == stood
    entry = Entry.objects.filter(door=Door.UNDO).earliest("pk")
    assert (entry.by, entry.upload, entry.changes["1"]) == (bao, upload, ["met", "not_met"])


@pytest.mark.django_db
def test_numbers_come_back(client: Client, bao: User) -> None:
    entered(bao)
    result = ConditionResult.objects.earliest("pk")
    Condition.objects.filter(pk=result.condition_id).update(kind="count", limit=0)
    result.count, result.verdict = 7, "not_met"
    result.save()
    Revision.objects.update(verdict="not_met")
    stood = stands()
    upload = saved(client, bao)

    undone(client, upload, bao)

    assert stands() == stood


@pytest.mark.django_db
def test_a_returned_result_comes_back_as_returned(client: Client, an: User, bao: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an, line(but={4: "not_met"}))[0], an)
    taken(Verb.RETURN, revision, bao, reason="Thiếu minh chứng")
    stood = stands()
    upload = saved(client, bao)
    send(upload, sending_of(plan_of(upload, by=bao)), by=bao)

    undone(client, upload, bao)

    assert stands() == stood
    assert Revision.objects.get().state == State.RETURNED
    assert [review.verb for review in Review.objects.order_by("pk")] == ["submit", "return", "submit", "withdraw"]


@pytest.mark.django_db
def test_a_correction_goes_and_the_official_result_stays(client: Client, an: User, bao: User, chi: User) -> None:
    revision = taken(Verb.SUBMIT, entered(an, line(but={4: "not_met"}))[0], an)
    taken(Verb.EXAMINE, revision, bao)
    taken(Verb.CONFIRM, revision, chi)
    before, stood = figures(), stands()
    upload = saved(client, bao)
    assert Revision.objects.filter(number=2).count() == 1

    page = undone(client, upload, bao)

    assert "Bỏ lần điều chỉnh, giữ kết quả đã xác nhận" in page
    assert stands() == stood
    assert figures() == before


@pytest.mark.django_db
def test_what_the_person_sent_is_withdrawn_first_and_the_steps_are_kept(client: Client, bao: User) -> None:
    before = figures()
    upload = saved(client, bao)
    send(upload, sending_of(plan_of(upload, by=bao)), by=bao)
    page = client.get(reverse("upload_undo", args=[upload.pk])).content.decode()

    undone(client, upload, bao)

    assert "rút lại trước" in page
    assert figures() == before
    assert written_rows() == [0, 0, 0, 0]
    assert [one["did"] for one in upload.undone_rows[0]["story"]] == ["upload", "submit"]


OBSTACLES = {
    "examined": "chỉ người gửi được rút lại",
    "confirmed": "đã được xác nhận ngày",
    "returned": "đã được trả lại ngày",
    "edited": "đã được Nguyễn Thị An sửa ngày",
    "uploaded": "đã thay đổi kết quả này. Hủy lần nộp đó trước.",
}


@pytest.mark.django_db
@pytest.mark.parametrize("what", OBSTACLES)
def test_what_stands_in_the_way_is_named_and_nothing_is_undone(
    client: Client, an: User, bao: User, chi: User, what: str
) -> None:
    upload = saved(client, bao)
    revision = Revision.objects.get(assessment__unit=unit_of("23905"))
    if what == "edited":
        entered(an, line(but={4: "not_met"}))
    elif what == "uploaded":
        book = Filling().all_met()
        book.say("23905", 4, "Chưa đạt")
        saved(client, bao, book)
    else:
        taken(Verb.SUBMIT, revision, an)
        if what != "examined":
            verb = Verb.RETURN if what == "returned" else Verb.CONFIRM
            Revision.objects.filter(pk=revision.pk).update(state=State.EXAMINED)
            taken(verb, revision, chi, reason="Thiếu minh chứng" if verb == Verb.RETURN else "")
    stood = stands()

    page = undone(client, upload, bao)

    assert "Chưa hủy được lần nộp này" in page
    assert "1 trong 19 kết quả không hủy được" in page
    assert "Xã Ia Băng" in page
    assert OBSTACLES[what] in page.replace("Đ", "đ").replace("Chỉ", "chỉ")
    assert stands() == stood
    assert upload.state == UploadState.APPLIED


@pytest.mark.django_db
def test_what_the_person_changed_by_hand_since_is_said_and_goes_too(client: Client, bao: User) -> None:
    upload = saved(client, bao)
    entered(bao, line(but={4: "not_met"}))
    page = client.get(reverse("upload_undo", args=[upload.pk])).content.decode()

    undone(client, upload, bao)

    assert "1 kết quả đã được người hủy sửa sau khi nộp" in page
    assert written_rows() == [0, 0, 0, 0]


@pytest.mark.django_db
def test_two_uploads_are_undone_in_turn(client: Client, bao: User) -> None:
    first = saved(client, bao)
    stood = stands()
    book = Filling().all_met()
    book.say("23905", 4, "Chưa đạt")
    second = saved(client, bao, book)

    undone(client, second, bao)
    assert stands() == stood
    undone(client, first, bao)

    assert written_rows() == [0, 0, 0, 0]


@pytest.mark.django_db
def test_after_the_closing_nothing_is_undone(client: Client, bao: User, chi: User) -> None:
    upload = saved(client, bao)
    ReportingPeriod.objects.filter(key="2024").update(closes_on="2025-01-31")

    assert "đã khóa ngày 31/01/2025" in undone(client, upload, bao)
    assert upload.state == UploadState.APPLIED


@pytest.mark.django_db
def test_it_asks_for_a_reason_and_happens_once(client: Client, bao: User) -> None:
    upload = saved(client, bao)
    address = reverse("upload_undo", args=[upload.pk])

    assert "Ghi lý do hủy lần nộp." in client.post(address, {"reason": " "}).content.decode()
    client.post(address, WHY)
    again = client.post(address, WHY, follow=True).content.decode()

    assert "Lần nộp này đã được hủy trước đó." in again
    client.post(reverse("upload_apply", args=[upload.pk]))
    assert written_rows() == [0, 0, 0, 0]


@pytest.mark.django_db
def test_the_province_undoes_what_it_entered_on_behalf(client: Client, chi: User, binh: User) -> None:
    upload = saved(client, chi, letter_number=LETTER.number, letter_on="10/01/2025")
    client.force_login(binh)
    assert client.get(reverse("upload_undo", args=[upload.pk])).status_code == 404

    undone(client, upload, chi)

    assert written_rows() == [0, 0, 0, 0]
    register = client.get(reverse("uploads")).content.decode()
    assert "Đã hủy" in register


@pytest.mark.django_db
def test_the_page_costs_the_same_at_any_size(client: Client, bao: User) -> None:
    costs = []
    for codes in (["23905"], None):
        upload = saved(client, bao, Filling().all_met(codes))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("upload_undo", args=[upload.pk])).status_code == 200
        costs.append(len(captured))

    assert costs[0] == costs[1]


@pytest.mark.django_db(transaction=True)
def test_two_processes_at_once_undo_once(client: Client, bao: User, tmp_path: Path) -> None:
    upload = saved(client, bao)
    environment = {
        **os.environ,
        "DATABASE_URL": shared_database(tmp_path),
        "DJANGO_SETTINGS_MODULE": "ntm_portal.settings",
        "VAR_DIR": str(tmp_path / "var"),
    }
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", UNDO, str(upload.pk)]
    processes = [subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()

    assert sorted(json.loads(process.communicate(timeout=60)[0]) for process in processes) == [[0, True], [19, False]]
