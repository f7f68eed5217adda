"""The doors by which results come in and move: each does it as one person and returns what he was told."""

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.contrib.messages import get_messages
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client

from communes.models import User
from criteria.models import Revision, Verb
from criteria.picks import mark
from criteria.rules import ON_BEHALF_ROLES
from tests.cases import BASIC, LETTER, conditions
from tests.conftest import unit_of
from tests.grids import grid_url, typed
from tests.test_assessment_pages import page_of, text
from tests.test_self_assessment import said, sheet
from tests.upload_books import Filling, hand_in, made

LIST = "/admin/criteria/assessment/"
ADD = f"{LIST}add/?period=2024&indicator={BASIC}&unit=23905"
ALL_MET = {f"verdict_{n}": "met" for n in range(1, 9)} | {f"reason_{n}": "" for n in range(1, 9)} | {"seen": ""}
MANY = f"/assessments/submit/?period=2024&indicator={BASIC}"
WHY = {"reason": "Rà soát lại."}


@dataclass
class Person:
    """Somebody at a browser where he has signed in."""

    user: User
    client: Client

    @property
    def letter(self) -> dict[str, str]:
        """The letter of those who enter on behalf of a unit."""
        return {"letter_number": LETTER.number, "letter_on": "10/01/2025"} if self.user.role in ON_BEHALF_ROLES else {}


def at_a_browser(user: User) -> Person:
    client = Client()
    client.force_login(user)
    return Person(user, client)


def heard(answer: HttpResponse) -> str:
    """Return what the page says, or the message that the page it leads to will show."""
    messages = " ".join(str(one) for one in get_messages(answer.wsgi_request))
    return messages if answer.status_code == 302 else f"{messages} {text(answer)}"


@functools.cache
def workbook() -> bytes:
    """Chư Prông's workbook of 2024 with every condition of Ia Băng met."""
    return Filling(made(indicator=[BASIC])).all_met(["23905"]).content()


# --- entering every condition of Ia Băng as met ----------------------------------------------------------


def by_form(one: Person, folder: Path) -> str:
    return heard(one.client.post(page_of(page="edit/"), ALL_MET | one.letter))


def by_sheet(one: Person, folder: Path) -> str:
    return heard(one.client.post(sheet(), said()))


def by_grid(one: Person, folder: Path) -> str:
    return heard(one.client.post(grid_url(district=unit_of("632").pk), cells(one)))


def by_cells(one: Person, folder: Path) -> str:
    """As the script of the grid does."""
    answer = one.client.post(grid_url(page="cells/"), cells(one))
    if answer.status_code != 200:
        return heard(answer)
    return " ".join(cell["message"] for row in answer.json()["rows"].values() for cell in row["cells"].values())


def cells(one: Person) -> dict[str, str]:
    """Return the fields of Ia Băng's row in the grid, every cell blank before and "Đạt" now."""
    return typed(dict.fromkeys(range(1, 9), "Đạt")) | {"checklist": str(conditions()[1].checklist_id)} | one.letter


def by_upload(one: Person, folder: Path) -> str:
    told, url = handed_in(one)
    return told + (saved_upload(one, url) if url else "")


def handed_in(one: Person) -> tuple[str, str]:
    """Hand in Ia Băng's workbook: return why not, or the address of the upload."""
    answer = hand_in(one.client, one.user, workbook(), **one.letter)
    return ("", answer["Location"]) if answer.status_code == 302 else (heard(answer), "")


def saved_upload(one: Person, url: str) -> str:
    checked = one.client.get(url)
    return heard(checked) + heard(one.client.post(f"{url}apply/", {"seen": checked.context["plan"].fingerprint}))


def sent_upload(one: Person, url: str) -> str:
    return heard(one.client.post(f"{url}submit/", {"count": "1"}))


def by_admin(one: Person, folder: Path) -> str:
    return heard(one.client.post(ADD, ALL_MET | one.letter))


def by_command(one: Person, folder: Path, **more: bool) -> str:
    path, out = folder / "bieu.xlsx", io.StringIO()
    path.write_bytes(workbook())
    letter = {"letter": LETTER.number, "letter_date": "10/01/2025"} if one.letter else {}
    given = {"user": one.user.username, "period": "2024", "confirm": True, **letter, **more}
    try:
        call_command("import_assessments", path, stdout=out, **given)
    except CommandError as error:
        return out.getvalue() + str(error)
    return out.getvalue()


Entering = Callable[[Person, Path], str]
ENTERING: dict[str, Entering] = {
    "form": by_form,
    "sheet": by_sheet,
    "grid": by_grid,
    "cells": by_cells,
    "upload": by_upload,
    "admin": by_admin,
    "command": by_command,
}

# --- taking a step with the result of Ia Băng -------------------------------------------------------------


def by_button(one: Person, verb: str, revision: Revision) -> str:
    return heard(one.client.post(page_of(page=f"{verb}/"), WHY | one.letter))


def by_list(one: Person, verb: str, revision: Revision) -> str:
    """The page that sends many."""
    return heard(one.client.post(MANY, {"pick": mark(revision), "confirmed": "1"} | one.letter))


def by_queue(one: Person, verb: str, revision: Revision) -> str:
    decision = "return" if verb == Verb.RETURN else "approve"
    data = {"decision": decision, "pick": mark(revision), "confirmed": "1"}
    return heard(one.client.post("/reviews/decide/", data | WHY))


def by_action(one: Person, verb: str, revision: Revision) -> str:
    """The actions of the admin."""
    action = "return_" if verb == Verb.RETURN else verb
    data = {"_selected_action": [revision.assessment_id], "confirmed": "1", "action": action}
    return heard(one.client.post(LIST, data | WHY | one.letter))


Step = Callable[[Person, str, Revision], str]
STEPS: dict[str, Step] = {"button": by_button, "list": by_list, "queue": by_queue, "action": by_action}
