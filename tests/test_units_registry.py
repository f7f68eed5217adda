"""The one writer of units: what it refuses, what the database refuses besides, and descent on random histories."""

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communes import registry
from communes.models import Alias, Descent, Succession, Unit, UnitVersion, User
from communes.registry import AliasRow, Refused, Rows, SuccessionRow, UnitRow, VersionRow
from communes.registry.descent import closure

pytestmark = pytest.mark.django_db

POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="an exclusion constraint of PostgreSQL")


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


PROVINCE = UnitRow(key="90-20210101", level="province")
DISTRICT = UnitRow(key="900-20210101", level="district")
COMMUNE = UnitRow(key="90001-20210101", level="commune")
OTHER = UnitRow(key="90002-20210101", level="commune")
START = day("2021-01-01")


def version(unit: UnitRow, code: str, kind: str, parent: UnitRow | None, **given: object) -> VersionRow:
    row = VersionRow(
        key=unit.key, code=code, name=f"Tên {code}", kind=kind, parent=parent.key if parent else "", starts_on=START
    )
    return replace(row, place="dòng", **given)


OF_PROVINCE = version(PROVINCE, "90", "tinh", None)
OF_DISTRICT = version(DISTRICT, "900", "huyen", PROVINCE)
OF_COMMUNE = version(COMMUNE, "90001", "xa", DISTRICT)
OF_OTHER = version(OTHER, "90002", "xa", DISTRICT)


def small(**given: list) -> Rows:
    """A province with one district and two communes, and what the test changes in it."""
    rows = Rows(units=[PROVINCE, DISTRICT, COMMUNE, OTHER], versions=[OF_PROVINCE, OF_DISTRICT, OF_COMMUNE, OF_OTHER])
    return replace(rows, **given)


def refusals(rows: Rows, removed: Rows | None = None) -> list[tuple[str, str]]:
    before = UnitVersion.objects.count(), Unit.objects.count()
    with pytest.raises(Refused) as caught:
        registry.write(rows, removed=removed)
    assert before == (UnitVersion.objects.count(), Unit.objects.count())
    return [(problem.column, problem.message) for problem in caught.value.problems]


def columns(rows: Rows) -> list[str]:
    return [column for column, _ in refusals(rows)]


def with_version(row: VersionRow, **given: object) -> Rows:
    versions = [replace(v, **given) if v == row else v for v in (OF_PROVINCE, OF_DISTRICT, OF_COMMUNE, OF_OTHER)]
    return small(versions=versions)


# --- refused by the writer -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "given", "column"),
    [
        (OF_COMMUNE, {"kind": "huyen"}, "kind"),
        (OF_COMMUNE, {"kind": "lang"}, "kind"),
        (OF_COMMUNE, {"code": "9001"}, "code"),
        (OF_COMMUNE, {"code": "9000a"}, "code"),
        (OF_COMMUNE, {"code": "90002"}, "code"),
        (OF_COMMUNE, {"name": " "}, "name"),
        (OF_COMMUNE, {"name": "x" * 81}, "name"),
        (OF_COMMUNE, {"name": "Ia Ba\u0306ng"}, "name"),
        (OF_COMMUNE, {"ends_on": day("2020-12-31")}, "ends_on"),
        (OF_COMMUNE, {"parent": ""}, "parent"),
        (OF_COMMUNE, {"parent": "none"}, "parent"),
        (OF_COMMUNE, {"parent": OTHER.key}, "parent"),
        (OF_COMMUNE, {"key": "none"}, "key"),
        (OF_PROVINCE, {"parent": DISTRICT.key}, "parent"),
        (OF_DISTRICT, {"starts_on": day("2021-01-02")}, "parent"),
    ],
)
def test_a_version_that_makes_no_sense(row: VersionRow, given: dict, column: str) -> None:
    assert column in columns(with_version(row, **given))


def test_a_parent_must_live_as_long_as_the_child() -> None:
    assert columns(with_version(OF_DISTRICT, ends_on=day("2024-12-31"))) == ["parent", "parent"]


def test_a_child_is_cut_where_its_district_changes_province() -> None:
    second = UnitRow(key="91-20210101", level="province")
    rows = small(
        units=[PROVINCE, second, DISTRICT, COMMUNE],
        versions=[
            OF_PROVINCE,
            version(second, "91", "tinh", None),
            replace(OF_DISTRICT, ends_on=day("2022-12-31")),
            replace(OF_DISTRICT, starts_on=day("2023-01-01"), parent=second.key),
            OF_COMMUNE,
        ],
    )
    assert columns(rows) == ["parent"]
    rows.versions[-1:] = [
        replace(OF_COMMUNE, ends_on=day("2022-12-31")),
        replace(OF_COMMUNE, starts_on=day("2023-01-01")),
    ]
    registry.write(rows)
    provinces = UnitVersion.objects.filter(unit__key=COMMUNE.key).values_list("province__key", flat=True)
    assert list(provinces.order_by("starts_on")) == [PROVINCE.key, second.key]


def test_versions_of_one_unit_neither_overlap_nor_leave_a_gap() -> None:
    for start, column in (("2023-01-01", "starts_on"), ("2023-01-03", "starts_on")):
        versions = [replace(OF_COMMUNE, ends_on=day("2023-01-01")), replace(OF_COMMUNE, starts_on=day(start))]
        assert columns(small(versions=[OF_PROVINCE, OF_DISTRICT, OF_OTHER, *versions])) == [column]


def test_a_stored_version_counts_as_much_as_a_given_one() -> None:
    registry.write(small())
    later = replace(OF_COMMUNE, starts_on=day("2023-01-01"))
    assert refusals(Rows(versions=[later])) == [
        ("starts_on", "chồng lên giai đoạn từ 01/01/2021 trở đi của cùng đơn vị"),
    ]
    registry.write(Rows(versions=[replace(OF_COMMUNE, ends_on=day("2022-12-31")), later]))
    assert refusals(Rows(versions=[replace(OF_OTHER, code="90001")]))[0][0] == "code"


def test_rows_given_twice() -> None:
    assert columns(small(units=[PROVINCE, DISTRICT, COMMUNE, OTHER, OTHER])) == ["key"]
    assert columns(small(versions=[OF_PROVINCE, OF_DISTRICT, OF_COMMUNE, OF_OTHER, OF_OTHER])) == ["starts_on"]


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ({"level": "ward"}, "level"),
        ({"key": "9 0"}, "key"),
        ({"tile_row": 1}, "tile_col"),
    ],
)
def test_a_unit_that_makes_no_sense(given: dict, column: str) -> None:
    units = [PROVINCE, DISTRICT, COMMUNE, replace(OTHER, **given)]
    assert column in columns(small(units=units))


def test_a_unit_keeps_its_level_and_has_a_version() -> None:
    registry.write(small())
    assert "level" in columns(Rows(units=[replace(COMMUNE, level="district")]))
    assert columns(Rows(units=[UnitRow(key="90003-20210101", level="commune")])) == ["key"]


ENDED = replace(OF_COMMUNE, ends_on=day("2023-12-31"))
STEP = SuccessionRow(
    predecessor=COMMUNE.key,
    successor=OTHER.key,
    effective_on=day("2024-01-01"),
    share=Decimal(1),
    resolution="1/NQ",
    place="dòng",
)


@pytest.mark.parametrize(
    ("commune", "given", "column"),
    [
        (ENDED, {"share": Decimal(0)}, "share"),
        (ENDED, {"share": Decimal("1.001")}, "share"),
        (ENDED, {"predecessor": "none"}, "predecessor"),
        (ENDED, {"successor": "none"}, "successor"),
        (ENDED, {"successor": DISTRICT.key}, "successor"),
        (ENDED, {"successor": COMMUNE.key}, "successor"),
        (ENDED, {"effective_on": day("2024-01-02")}, "predecessor"),
        (ENDED, {"effective_on": day("2020-06-01")}, "predecessor"),
        (ENDED, {"resolution": ""}, "resolution"),
        (OF_COMMUNE, {}, "predecessor"),
    ],
)
def test_a_succession_that_makes_no_sense(commune: VersionRow, given: dict, column: str) -> None:
    versions = [OF_PROVINCE, OF_DISTRICT, commune, OF_OTHER]
    assert column in columns(small(versions=versions, successions=[replace(STEP, **given)]))


def test_parts_add_up_to_the_whole_at_most() -> None:
    third = UnitRow(key="90003-20240101", level="commune")
    of_third = version(third, "90003", "xa", DISTRICT, starts_on=day("2024-01-01"))
    rows = small(
        units=[PROVINCE, DISTRICT, COMMUNE, OTHER, third],
        versions=[OF_PROVINCE, OF_DISTRICT, ENDED, OF_OTHER, of_third],
    )
    for first, second in ((Decimal("0.7"), Decimal("0.4")), (Decimal(1), None)):
        rows.successions = [replace(STEP, share=first), replace(STEP, successor=third.key, share=second)]
        assert columns(rows) == ["share"]
    rows.successions = [
        replace(STEP, share=Decimal("0.7")),
        replace(STEP, successor=third.key, share=Decimal("0.3")),
    ]
    registry.write(rows)


def test_a_unit_may_give_a_part_away_and_go_on() -> None:
    registry.write(small(successions=[replace(STEP, share=Decimal("0.1"))]))
    assert Descent.objects.get(ancestor__key=COMMUNE.key, descendant__key=OTHER.key).is_whole is False


def test_an_alias_is_not_the_name_of_the_unit_beside_it() -> None:
    alias = AliasRow(unit=COMMUNE.key, name="ten 90002", place="dòng")
    assert columns(small(aliases=[alias])) == ["name"]
    registry.write(small(aliases=[replace(alias, name="Tên khác")]))
    assert Alias.objects.get(unit__key=COMMUNE.key).name_search == "ten khac"


def test_removing_and_changing_rows() -> None:
    registry.write(small(versions=[OF_PROVINCE, OF_DISTRICT, ENDED, OF_OTHER], successions=[STEP]))
    changes = registry.write(Rows(versions=[OF_COMMUNE]), removed=Rows(successions=[STEP]))
    assert (len(changes.versions.changed), len(changes.successions.removed)) == (1, 1)
    assert not Descent.objects.filter(ancestor__key=COMMUNE.key).exclude(descendant__key=COMMUNE.key).exists()
    assert registry.write(Rows(versions=[OF_COMMUNE])).is_empty


# --- refused by the database -----------------------------------------------------------------------------


def refused_by(constraint: str, write: object) -> None:
    """Run the write; SQLite names the columns of a unique constraint, not the constraint."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write()  # type: ignore[operator]
    assert constraint in str(caught.value) or "UNIQUE constraint failed" in str(caught.value)


@pytest.fixture
def stored(db: None) -> dict[str, UnitVersion]:
    registry.write(small())
    return {v.code: v for v in UnitVersion.objects.filter(code__startswith="90", starts_on=START)}


def copy(row: UnitVersion, **given: object) -> UnitVersion:
    row = UnitVersion.objects.get(pk=row.pk)
    row.pk = None
    for name, value in given.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize(
    ("constraint", "given"),
    [
        ("version_ends_after_it_starts", {"starts_on": "2026-01-01", "ends_on": "2025-12-31", "code": "90009"}),
        ("version_has_a_known_kind", {"starts_on": "2026-01-01", "ends_on": "2026-12-31", "kind": "lang"}),
        ("one_version_of_a_unit_starts_on_a_day", {"code": "90009", "ends_on": "2021-06-01"}),
        ("one_open_version_of_a_unit", {"code": "90009", "starts_on": "2026-01-01"}),
    ],
)
def test_constraints_of_a_version(stored: dict[str, UnitVersion], constraint: str, given: dict) -> None:
    refused_by(constraint, copy(stored["90001"], **given).save)


def test_one_code_has_one_holder(stored: dict[str, UnitVersion]) -> None:
    unit = Unit.objects.create(key="90003-20210101", level="commune")
    same_start = copy(stored["90001"], unit=unit, ends_on="2021-06-01")
    refused_by("one_holder_of_a_code_starts_on_a_day", same_start.save)
    refused_by("one_open_holder_of_a_code", copy(stored["90001"], unit=unit, starts_on="2026-01-01").save)


@POSTGRESQL
def test_overlaps_are_excluded_on_postgresql(stored: dict[str, UnitVersion]) -> None:
    inside = {"starts_on": "2022-01-01", "ends_on": "2022-12-31"}
    refused_by("one_version_of_a_unit_at_a_time", copy(stored["90001"], code="90009", **inside).save)
    unit = Unit.objects.create(key="90003-20210101", level="commune")
    refused_by("one_holder_of_a_code_at_a_time", copy(stored["90001"], unit=unit, **inside).save)


def test_constraints_of_units_and_successions(stored: dict[str, UnitVersion]) -> None:
    one, two = stored["90001"].unit, stored["90002"].unit
    refused_by("unit_has_a_known_level", Unit(key="x", level="ward").save)
    refused_by("key", Unit(key=one.key, level="commune").save)

    def link(**given: object) -> Succession:
        fields = {"predecessor": one, "successor": two, "effective_on": "2024-01-01", "resolution": "1/NQ"}
        return Succession(**{**fields, **given})

    refused_by("a_unit_does_not_succeed_itself", link(successor=one).save)
    refused_by("share_is_above_0_up_to_1", link(share=0).save)
    refused_by("share_is_above_0_up_to_1", link(share=Decimal("1.001")).save)
    link().save()
    refused_by("one_succession_between_two_units", link(effective_on="2025-01-01").save)
    Alias.objects.create(unit=one, name="Tên khác")
    refused_by("one_alias_of_a_name_for_a_unit", Alias(unit=one, name="Tên khác").save)
    refused_by(
        "one_descent_between_two_units",
        Descent(ancestor=one, descendant=one, is_whole=True, since=datetime.date.min).save,
    )


def test_constraints_of_people(stored: dict[str, UnitVersion]) -> None:
    place = stored["90001"].unit
    refused_by("user_has_a_known_role", User(username="a", role="chief").save)
    refused_by("an_officer_has_a_place", User(username="a", role="commune").save)
    refused_by("an_administrator_has_no_place", User(username="a", role="administrator", unit=place).save)


# --- random histories ------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> Rows:
    """Four communes from 2021; each year some end and go to a new one, to one that goes on, or in parts."""
    living = [UnitRow(key=f"9000{i}-20210101", level="commune") for i in range(1, 5)]
    rows = Rows(units=[PROVINCE, *living], versions=[OF_PROVINCE])
    open_versions = {u.key: version(u, u.key[:5], "xa", PROVINCE) for u in living}
    for year in range(2022, 2022 + draw(st.integers(1, 4))):
        start, names = day(f"{year}-01-01"), sorted(open_versions)
        ending = draw(st.sets(st.sampled_from(names), max_size=max(len(names) - 1, 0)))
        if not ending:
            continue
        new = UnitRow(key=f"9{year}-{year}0101", level="commune")
        rows.units.append(new)
        staying = draw(st.sampled_from(sorted(set(names) - ending)))
        for key in sorted(ending):
            rows.versions.append(replace(open_versions.pop(key), ends_on=start - datetime.timedelta(days=1)))
            targets = draw(st.sampled_from([[new.key], [staying], [new.key, staying]]))
            share = draw(st.sampled_from([None, Decimal("0.5")])) if len(targets) == 2 else Decimal(1)
            rows.successions += [
                SuccessionRow(predecessor=key, successor=t, effective_on=start, share=share, resolution="1/NQ")
                for t in targets
            ]
        open_versions[new.key] = version(new, new.key[:5], "xa", PROVINCE, starts_on=start)
    rows.versions += open_versions.values()
    return rows


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=histories())
def test_descent_of_a_random_history(db: None, rows: Rows) -> None:
    with transaction.atomic():
        registry.write(rows)
        assert registry.write(rows).is_empty
        stored = registry.current()
        assert {v.identity for v in rows.versions} <= {v.identity for v in stored.versions}
        links = {
            (a, d): whole
            for a, d, whole in Descent.objects.values_list("ancestor__key", "descendant__key", "is_whole")
            if a.startswith("9")
        }
        parents: dict[str, list[SuccessionRow]] = {}
        for step in rows.successions:
            parents.setdefault(step.successor, []).append(step)

        def origins(key: str, before: datetime.date) -> dict[str, bool]:
            """Walk back by hand: every unit whose land came to this one before the day."""
            found = {key: True}
            for step in parents.get(key, ()):
                if step.effective_on < before:
                    for origin, whole in origins(step.predecessor, step.effective_on).items():
                        found[origin] = found.get(origin, False) or (whole and step.share == 1)
            return found

        expected = {
            (origin, unit.key): whole
            for unit in rows.units
            for origin, whole in origins(unit.key, datetime.date.max).items()
        }
        assert links == expected
        transaction.set_rollback(True)


def test_what_was_given_away_does_not_hold_what_came_later() -> None:
    first, second = day("2022-01-01"), day("2023-01-01")
    steps = [(first, 1, 2, False), (second, 3, 1, True)]  # 1 gave a part to 2, later took in 3
    assert (3, 2) not in closure([1, 2, 3], steps)
    assert (3, 2) in closure([1, 2, 3], [(second, 1, 2, False), (first, 3, 1, True)])
    assert (3, 2) not in closure([1, 2, 3], [(first, 1, 2, False), (first, 3, 1, True)])


def test_the_first_part_is_remembered_beside_the_whole_that_came_later() -> None:
    first, second = day("2022-01-01"), day("2023-01-01")
    steps = [(first, 1, 2, False), (first, 1, 3, True), (second, 3, 2, True)]
    assert closure([1, 2, 3], steps)[1, 2] == (True, second, first)
