"""One person's work in a process of its own, started by the tests of parallel work: `parallel.py GO USER ACTION`.

It gets ready, says so, waits for the file GO, acts on every assessment of the database, one after the other, and
prints what came of each.
"""

import json
import os
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ntm_portal.settings")
django.setup()

from communes.models import User  # noqa: E402
from criteria.entering import EntryRefused, Line, checklists_of, enter  # noqa: E402
from criteria.grid.cells import Typed, TypedRow  # noqa: E402
from criteria.grid.saving import Saving  # noqa: E402
from criteria.models import Assessment, Door, Revision  # noqa: E402
from criteria.steps import StepRefused, take  # noqa: E402


def act(user: User, action: str, assessment: Assessment) -> str:
    """Take a step with the assessment's first revision, enter "not met" over what stands, or save a cell of the grid.

    The cell is said as "grid:NUMBER:SEEN:TYPED".
    """
    if action.startswith("grid:"):
        return save_cell(user, assessment, *action.split(":")[1:])
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


def save_cell(user: User, assessment: Assessment, number: str, seen: str, text: str) -> str:
    checklist, _ = checklists_of([assessment.indicator], assessment.period)[assessment.indicator_id]
    row = TypedRow(assessment.unit_id, cells={int(number): Typed(text, seen)})
    saving = Saving(user, assessment.period, assessment.indicator, None, str(checklist.pk), by_cell=True)
    return saving.save({row.unit_id: row})[row.unit_id].cells[int(number)].fate


def main(go: Path, username: str, action: str) -> None:
    user = User.objects.get(username=username)
    assessments = list(Assessment.objects.select_related("indicator", "period").order_by("pk"))
    Revision.objects.count()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not go.exists():
        time.sleep(0.002)
    sys.stdout.write(json.dumps([act(user, action, assessment) for assessment in assessments]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
