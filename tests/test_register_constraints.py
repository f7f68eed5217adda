"""What must always be true of a row of a register: each constraint is tried to break."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from criteria.models import RegisterEntry
from tests.register_cases import KINDS, MAKE, model, recognition, registration, title

pytestmark = pytest.mark.django_db
DAY = datetime.date(2024, 5, 1)


def refused(name: str, make, *args, **given) -> None:
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        make(*args, **given)
    # SQLite names the columns of a unique constraint, PostgreSQL and all checks the constraint.
    assert name in str(raised.value) or "UNIQUE constraint failed" in str(raised.value)


@pytest.mark.parametrize("kind", KINDS)
def test_one_standing_row_of_a_kind(kind, chi):
    names = {
        "titles": "one_title_of_a_unit_and_year",
        "recognitions": "one_recognition_of_a_unit_set_and_year",
        "models": "one_model_of_a_unit_kind_and_name",
        "registrations": "one_registration_of_a_unit_indicator_and_year",
    }
    first = MAKE[kind](chi)
    refused(names[kind], MAKE[kind], chi)
    type(first).objects.update(withdrawn_by=chi, withdrawn_at=timezone.now(), withdrawn_because="ghi nhầm")
    assert MAKE[kind](chi).pk  # a withdrawn row makes room


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "half",
    [
        {"withdrawn_because": "ghi nhầm"},
        {"withdrawn_at": timezone.now()},
        {"withdrawn_at": timezone.now(), "withdrawn_because": "ghi nhầm"},
    ],
)
def test_a_withdrawn_row_says_by_whom_when_and_why(kind, half, chi):
    refused(f"withdrawn_{kind[:-1]}_says_by_whom_and_why", MAKE[kind], chi, **half)


@pytest.mark.parametrize(("make", "name"), [(title, "title"), (recognition, "recognition")])
def test_a_revocation_has_a_day_and_a_decision_and_comes_after(make, name, chi):
    refused(f"revoked_{name}_has_a_day_and_a_decision", make, chi, revoked_on=DAY)
    refused(f"revoked_{name}_has_a_day_and_a_decision", make, chi, revoked_by_number="9/QĐ-UBND")
    early = datetime.date(2023, 1, 1)
    refused(f"{name}_is_revoked_after_it_was_given", make, chi, revoked_on=early, revoked_by_number="9/QĐ-UBND")
    assert make(chi, revoked_on=DAY, revoked_by_number="9/QĐ-UBND").pk


def test_no_unit_is_recognised_for_a_year_before_the_registered_one(chi):
    refused("recognised_for_no_year_before_the_registered", recognition, chi, year_registered=2024)
    assert recognition(chi, year_registered=None).pk


def test_a_model_makes_sense(chi):
    refused("model_has_a_known_kind", model, chi, kind="other")
    refused("model_ends_after_it_starts", model, chi, ends_on=datetime.date(2022, 5, 14))
    refused("checked_model_says_when_and_by_whom", model, chi, checked_on=DAY)
    refused("checked_model_says_when_and_by_whom", model, chi, checker="Công an huyện")
    refused("idle_model_was_checked", model, chi, is_working=False)
    refused("accepted_model_says_by_whom_and_when", model, chi, is_accepted=False, accepted_by=chi)


def test_an_entry_is_of_a_known_register_and_door(chi):
    row = registration(chi)
    given = {"row": row.pk, "by": chi, "act": "Ghi mới"}
    refused("entry_is_of_a_known_register", RegisterEntry.objects.create, register="others", door="form", **given)
    refused("register_entry_has_a_known_door", RegisterEntry.objects.create, register="titles", door="x", **given)
