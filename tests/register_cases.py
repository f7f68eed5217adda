"""Rows of the registers for tests, and the data that a person types into their forms."""

import datetime
from typing import Any

from communes.models import Unit, User
from criteria.models import CriteriaSet, Indicator, Recognition, Registration, SecurityModel, YearlyTitle
from tests.cases import ADVANCED
from tests.conftest import unit_of

SET = "xa-ntm"
TYPED: dict[str, dict[str, str]] = {
    "titles": {
        "unit": "23905",
        "year": "2023",
        "number": "15/QĐ-UBND",
        "decided_on": "17/11/2023",
        "issuer": "Chủ tịch UBND huyện",
    },
    "recognitions": {
        "unit": "23905",
        "criteria_set": SET,
        "year_registered": "2022",
        "year_recognised": "2023",
        "number": "20/QĐ-UBND",
        "decided_on": "12/01/2024",
        "issuer": "Chủ tịch UBND tỉnh",
    },
    "models": {
        "unit": "23905",
        "kind": "fire",
        "name": "Tổ liên gia",
        "starts_on": "15/5/2022",
        "is_working": "on",
    },
    "registrations": {
        "unit": "23905",
        "indicator": ADVANCED,
        "year": "2024",
        "number": "3/ĐK-UBND",
        "signed_on": "28/02/2024",
    },
}
KINDS = tuple(TYPED)
MODELS: dict[str, Any] = {
    "titles": YearlyTitle,
    "recognitions": Recognition,
    "models": SecurityModel,
    "registrations": Registration,
}


def typed(kind: str, **more: str) -> dict[str, str]:
    return TYPED[kind] | more


def title(by: User, unit: Unit | None = None, **given: Any) -> YearlyTitle:
    values = {"year": 2023, "number": "15/QĐ-UBND", "decided_on": datetime.date(2023, 11, 17), "issuer": "UBND"}
    return YearlyTitle.objects.create(unit=unit or unit_of("23905"), recorded_by=by, **(values | given))


def recognition(by: User, unit: Unit | None = None, **given: Any) -> Recognition:
    values = {
        "criteria_set": CriteriaSet.objects.get(code=SET),
        "year_registered": 2022,
        "year_recognised": 2023,
        "number": "20/QĐ-UBND",
        "decided_on": datetime.date(2024, 1, 12),
        "issuer": "UBND tỉnh",
    }
    return Recognition.objects.create(unit=unit or unit_of("23905"), recorded_by=by, **(values | given))


def model(by: User, unit: Unit | None = None, *, is_accepted: bool = True, **given: Any) -> SecurityModel:
    values: dict[str, Any] = {"kind": "fire", "name": "Tổ liên gia", "starts_on": datetime.date(2022, 5, 15)}
    if is_accepted:
        values |= {"accepted_by": by, "accepted_at": datetime.datetime(2022, 6, 1, tzinfo=datetime.UTC)}
    return SecurityModel.objects.create(unit=unit or unit_of("23905"), recorded_by=by, **(values | given))


def registration(by: User, unit: Unit | None = None, indicator: str = ADVANCED, **given: Any) -> Registration:
    values = {"year": 2024, "number": "3/ĐK-UBND", "signed_on": datetime.date(2024, 2, 28)}
    asked = Indicator.objects.get(code=indicator)
    return Registration.objects.create(
        unit=unit or unit_of("23905"), indicator=asked, recorded_by=by, **(values | given)
    )


MAKE: dict[str, Any] = {
    "titles": title,
    "recognitions": recognition,
    "models": model,
    "registrations": registration,
}
