"""The letter by which the province enters on behalf of a unit: every door judges its day by the same words."""

import datetime
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from communes.models import User
from criteria import rules
from criteria.entering import Letter
from criteria.models import ReportingPeriod, Revision
from tests.cases import BASIC, LETTER, entered, line, revision_of
from tests.conftest import unit_of
from tests.grids import grid_url, opened, saved, typed
from tests.test_admin_assessments import ADD, fields
from tests.test_assessment_pages import client_of, text
from tests.test_entering import refused
from tests.upload_books import Filling, hand_in, made

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2025, 3, 1)
AHEAD, BEFORE = datetime.date(2199, 12, 31), datetime.date(2023, 12, 31)
SAID = {
    AHEAD: "gày công văn 31/12/2199 sau ngày hôm nay. Kiểm tra lại ngày công văn.",
    BEFORE: "gày công văn 31/12/2023 trước ngày đầu số liệu của năm 2024 (01/01/2024). Kiểm tra lại ngày công văn.",
}


def typed_letter(on: datetime.date) -> dict[str, str]:
    return {"letter_number": LETTER.number, "letter_on": f"{on:%d/%m/%Y}"}


@pytest.mark.parametrize(
    ("on", "begins"),
    [(AHEAD, "n"), (BEFORE, "n"), (datetime.date(2024, 1, 1), ""), (TODAY, ""), (datetime.date(2025, 3, 2), "n")],
)
def test_it_is_written_between_the_first_day_of_the_figures_and_today(reference: None, on, begins: str) -> None:
    period = ReportingPeriod.objects.get(key="2024")
    assert rules.refusal_of_letter(on, period, TODAY)[:1] == begins


def by_form(chi: User, on: datetime.date, folder: Path) -> str:
    url = reverse("assessment_edit", args=["2024", BASIC, line().unit_id])
    return text(client_of(chi).post(url, fields(**typed_letter(on))))


def by_grid(chi: User, on: datetime.date, folder: Path) -> str:
    client, url = client_of(chi), grid_url(district=unit_of("632").pk)
    return text(saved(client, opened(client, url), typed({1: "Đạt"}) | typed_letter(on), url))


def by_admin(chi: User, on: datetime.date, folder: Path) -> str:
    User.objects.filter(pk=chi.pk).update(is_staff=True)
    return text(client_of(chi).post(f"{ADD}23905", fields(**typed_letter(on))))


def by_upload(chi: User, on: datetime.date, folder: Path) -> str:
    return text(hand_in(client_of(chi), chi, Filling(made(indicator=[BASIC])).all_met().content(), **typed_letter(on)))


def by_command(chi: User, on: datetime.date, folder: Path) -> str:
    path = folder / "bieu.xlsx"
    path.write_bytes(b"khong doc den")
    given = {"letter": LETTER.number, "letter_date": f"{on:%d/%m/%Y}"}
    with pytest.raises(CommandError) as said:
        call_command("import_assessments", path, user="chi", period="2024", stdout=io.StringIO(), **given)
    assert said.value.returncode == 2
    return str(said.value)


def by_writer(chi: User, on: datetime.date, folder: Path) -> str:
    return refused(chi, line(), letter=Letter(LETTER.number, on))


@pytest.mark.parametrize("on", SAID)
@pytest.mark.parametrize("door", [by_form, by_grid, by_admin, by_upload, by_command, by_writer])
def test_every_door_refuses_it_with_the_same_words(chi: User, tmp_path: Path, door: Callable, on) -> None:
    assert SAID[on] in door(chi, on, tmp_path)
    assert not Revision.objects.exists()


@pytest.mark.parametrize("on", SAID)
def test_what_others_entered_is_not_sent_by_it_either(chi: User, an: User, on) -> None:
    entered(an)
    url = f"/assessments/submit/?period=2024&indicator={BASIC}"
    marks = client_of(chi).post(url, {"all": "1"}).context["marks"]
    answer = client_of(chi).post(url, {"pick": marks, "confirmed": "1", **typed_letter(on)})
    assert SAID[on] in text(answer)
    one = reverse("assessment_submit", args=["2024", BASIC, line().unit_id])
    assert SAID[on] in text(client_of(chi).post(one, typed_letter(on)))
    User.objects.filter(pk=chi.pk).update(is_staff=True)
    chosen = {"action": "submit", "_selected_action": revision_of(line()).assessment_id, "confirmed": "1"}
    answer = client_of(chi).post("/admin/criteria/assessment/", chosen | typed_letter(on), follow=True)
    assert SAID[on] in text(answer)
    assert (revision_of(line()).state, revision_of(line()).letter_number) == ("draft", "")
