"""One person's work in a process of its own, started by the tests of parallel work: `parallel.py GO USER ACTION`.

It gets ready, says so, waits for the file GO, acts on every assessment of the database, one after the other, and
prints what came of each. "queue" is the page that decides on all that waits: opened before, its button pressed once.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntm_portal.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from communes.models import User  # noqa: E402
from criteria.entering import EntryRefused, Line, checklists_of, enter  # noqa: E402
from criteria.grid.cells import Typed, TypedRow  # noqa: E402
from criteria.grid.saving import Saving  # noqa: E402
from criteria.models import Assessment, Door, Revision  # noqa: E402
from criteria.steps import StepRefused, take  # noqa: E402


def act(user: User, action: str, assessment: Assessment) -> str:
    """Take a step with the assessment's first revision, enter "not met" over what stands, or save a cell of the grid.

    The cell is said as "grid:NUMBER:SEEN:TYPED"; "tick:…" also ticks that a correction is opened.
    """
    if action.startswith(("grid:", "tick:")):
        return save_cell(user, assessment, *action.split(":")[1:], opens_correction=action.startswith("tick:"))
    try:
        if action == "enter":
            checklist = assessment.revisions.earliest("number").checklist
            said = {condition.pk: "not_met" for condition in checklist.conditions.all()}
            line = Line(assessment.unit_id, assessment.indicator, said)
            enter([line], by=user, period=assessment.period, door=Door.FORM)
        else:
            take(action, [assessment.revisions.earliest("number").pk], by=user)
    except StepRefused as refused:
        return refused.refused[0].reason
    except EntryRefused as refused:
        return str(refused)
    return "done"


def save_cell(user: User, assessment: Assessment, number: str, seen: str, text: str, *, opens_correction: bool) -> str:
    checklist, _ = checklists_of([assessment.indicator], assessment.period)[assessment.indicator_id]
    row = TypedRow(assessment.unit_id, opens_correction, {int(number): Typed(text, seen)})
    saving = Saving(user, assessment.period, assessment.indicator, None, str(checklist.pk), by_cell=True)
    return saving.save({row.unit_id: row})[row.unit_id].cells[int(number)].fate


def opened_queue(user: User) -> Callable[[], list[str]]:
    """Open the page that names all that waits, and return its button: "done", or what the page then says."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client, url = Client(), "/reviews/decide/"
    client.force_login(user)
    opened = client.post(url, {"decision": "approve-all"}).content.decode()
    (mark,) = re.findall(r'name="fingerprint" value="(\w+)"', opened)

    def press() -> list[str]:
        answer = client.post(url, {"decision": "approve-all", "confirmed": "1", "fingerprint": mark})
        told = re.findall(r'role="alert">(.*?)</div>', answer.content.decode(), flags=re.S)
        return ["done"] if answer.status_code == 302 else [re.sub(r"<[^>]+>", "", " ".join(told)).strip()]

    return press


def prepared(user: User, action: str, assessments: Sequence[Assessment]) -> Callable[[], list[str]]:
    if action == "queue":
        return opened_queue(user)
    action, _, which = action.partition("@")
    return lambda: [act(user, action, one) for one in (assessments[:1] if which else assessments)]


def main(go: Path, username: str, action: str) -> None:
    user = User.objects.get(username=username)
    assessments = list(Assessment.objects.select_related("indicator", "period").order_by("pk"))
    work = prepared(user, action, assessments)
    Revision.objects.count()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not go.exists():
        time.sleep(0.002)
    sys.stdout.write(json.dumps(work()) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
