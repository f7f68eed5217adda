"""The demo: a whole province from nothing, with accounts and invented results."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from communes.models import Level, Role, Unit, UnitVersion, User
from communes.unit_list import load_units
from criteria.law_files import load_law
from criteria.models import Assessment, Indicator, Revision
from criteria.registers.samples import invent_registers
from criteria.samples import Officers, chance, invent_results
from reports.models import Plan
from reports.plan_files import load_plans

SETUP = tomllib.loads((Path(__file__).parent / "data" / "demo.toml").read_text(encoding="utf-8"))


class NotOurs(Exception):
    """The database holds data that the demo did not make."""


def make_demo() -> bool:
    """Make everything in one transaction and return whether it was made now; a database made before stays as it is.

    Raises `NotOurs` for a database that holds units, people or assessments but no sample results.
    """
    with transaction.atomic():
        if Revision.objects.filter(is_sample=True).exists():
            return False
        if any(model.objects.exists() for model in (Unit, User, Assessment)):
            raise NotOurs
        load_units()
        load_law()
        load_plans()
        officers = _make_people()
        invent_results(officers)
        invent_registers(officers)
    return True


def _make_people() -> Officers:
    province = Plan.objects.current().province
    password = make_password(SETUP["password"])
    fixed = [_person(row, row["username"], _fixed_place(row, province)) for row in SETUP["account"]]
    living = UnitVersion.objects.as_of(SETUP["as_of"]).filter(province=province).select_related("unit")
    after = SETUP["as_of_merged"]
    merged = UnitVersion.objects.as_of(after).in_territory_of(province, after).select_related("unit")
    judged = {kind for kinds in Indicator.objects.values_list("kinds", flat=True) for kind in kinds}
    districts = [_officer(Role.DISTRICT, "huyen", v) for v in living.of_level(Level.DISTRICT).in_official_order()]
    communes = [
        _officer(Role.COMMUNE, prefix, version)
        for prefix, versions in (("xa", living), ("xa25", merged))
        for version in versions.of_level(Level.COMMUNE).of_kinds(list(judged)).in_official_order()
    ]
    people = [*fixed, *districts, *communes]
    for person in people:
        person.password = password
    made = User.objects.bulk_create(people)
    return Officers(
        communes=_by_place(made, "xa-"),
        districts=_by_place(made, "huyen-"),
        province=next(person for person in made if person.role == Role.PROVINCE),
    )


def _fixed_place(row: Mapping[str, Any], province: Unit) -> Unit | None:
    return None if row["role"] == Role.ADMINISTRATOR else province


def _officer(role: str, prefix: str, version: UnitVersion) -> User:
    return _person({"role": role}, f"{prefix}-{version.code}", version.unit)


def _person(row: Mapping[str, Any], username: str, place: Unit | None) -> User:
    parts = (SETUP[part][chance(part, username) % len(SETUP[part])] for part in ("family", "middle", "given"))
    is_administrator = row["role"] == Role.ADMINISTRATOR
    return User(
        username=username,
        full_name=" ".join(parts),
        role=row["role"],
        unit=place,
        phone=SETUP["phone"],
        is_staff=is_administrator or row.get("is_staff", False),
        is_superuser=is_administrator,
    )


def _by_place(people: Iterable[User], prefix: str) -> dict[int, User]:
    return {
        person.unit_id: person for person in people if person.unit_id is not None and person.username.startswith(prefix)
    }
