"""The nation in the tables of PostgreSQL: 63 provinces, 705 districts, 10,598 communes, 20 quarters of results.

Counts by province are those of 2023 (benchmarks/national_unit_counts.csv); names and results are invented. Units come
in by COPY, what is multiplied from them (assessments, revisions, results) by INSERT … SELECT inside the database.
"""

import csv
import datetime
import io
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from communes.models import Role, Unit, UnitVersion, User
from communes.names import search_key, sort_key
from communes.registry import rebuild_descent
from criteria.models import Checklist, Condition
from criteria.spans import rebuild

COUNTS = Path(__file__).parent / "national_unit_counts.csv"
BORN = datetime.date(2020, 2, 1)
OURS = "64"  # the province of the plan
DISTRICT_KINDS = ("quan", "thanh_pho", "thi_xa", "huyen")
COMMUNE_KINDS = ("xa", "phuong", "thi_tran")
CONDITIONS = 8

ASSESSMENTS = """
INSERT INTO criteria_assessment (unit_id, indicator_id, period_id)
SELECT v.unit_id, i.id, p.id
FROM communes_unitversion v JOIN communes_unit u ON u.id = v.unit_id
JOIN criteria_indicator i ON i.level = u.level AND i.kinds ? v.kind
JOIN criteria_reportingperiod p ON p.kind = 'quarter'
ORDER BY p.ends_on, v.unit_id, i.id
"""
# A twentieth of the last quarter waits for its confirmation; verdicts are a digest, nine of ten met.
REVISIONS = """
INSERT INTO criteria_revision (assessment_id, number, state, checklist_id, verdict, is_bare, letter_number, measure,
                               submitted_by_id, submitted_at, is_sample, created_at, updated_at)
SELECT a.id, 1,
       CASE WHEN p.ends_on = '2025-12-31' AND a.id % 20 = 0 THEN 'submitted' ELSE 'confirmed' END,
       (SELECT c.id FROM criteria_checklist c WHERE c.indicator_id = a.indicator_id AND c.applies_from <= p.ends_on
        ORDER BY c.applies_from DESC LIMIT 1),
       CASE WHEN hashint8(a.id) % 10 = 0 THEN 'not_met' ELSE 'met' END,
       false, '', '', (SELECT min(id) FROM communes_user), now(), true, now(), now()
FROM criteria_assessment a JOIN criteria_reportingperiod p ON p.id = a.period_id
ORDER BY a.id
"""
RESULTS = """
INSERT INTO criteria_conditionresult (revision_id, condition_id, verdict, reason)
SELECT r.id, c.id, CASE WHEN r.verdict = 'not_met' AND c.number = 1 + r.id % 8 THEN 'not_met' ELSE 'met' END, ''
FROM criteria_revision r JOIN criteria_condition c ON c.checklist_id = r.checklist_id
ORDER BY r.id
"""

Row = tuple[object, ...]


def load() -> dict[str, int]:
    """Fill an empty, migrated database and return how many rows each table holds."""
    call_command("load_criteria", stdout=io.StringIO())
    _fill_checklists()
    _copy_units()
    rebuild_descent()
    call_command("load_plan", stdout=io.StringIO())
    _make_people()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # rows made from keys just read need no second check
        for statement in (ASSESSMENTS, REVISIONS, RESULTS):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    rebuild()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        return {table: _count(cursor, table) for table in sorted(connection.introspection.table_names())}


def _count(cursor: object, table: str) -> int:
    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # type: ignore[attr-defined]  # noqa: S608
    return cursor.fetchone()[0]  # type: ignore[attr-defined]


def _fill_checklists() -> None:
    """Eight conditions to each checklist, as the Ministry's guidance of 2024 has."""
    for checklist in Checklist.objects.all():
        has = checklist.conditions.count()
        Condition.objects.bulk_create(
            Condition(checklist=checklist, number=number, wording=f"Nội dung {number}", marker="draft")
            for number in range(has + 1, CONDITIONS + 1)
        )


def _copy_units() -> None:
    units: list[Row] = []
    versions: list[Row] = []
    for key, level, *version in units_of(list(csv.DictReader(COUNTS.open(encoding="utf-8")))):
        units.append((len(units) + 1, key, level))
        versions.append((len(units), *version))
    _copy("communes_unit", ("id", "key", "level"), units)
    columns = ("unit_id", "parent_id", "province_id", "code", "name", "kind", "starts_on", "source")
    _copy("communes_unitversion", (*columns, "name_sort", "name_search"), versions)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('communes_unit_id_seq', (SELECT max(id) FROM communes_unit))")


def units_of(counts: list[dict[str, str]]) -> Iterator[Row]:
    """Yield key, level, and the version of each unit; a number counts up, so that a parent is known by its own."""
    number = 0
    for row in counts:
        if not row["code"].isdecimal():
            continue
        number += 1
        province = number
        yield f"{row['code']}-20200201", "province", *_version(None, province, row["code"], row["name"], "tinh")
        districts = []
        for kind in DISTRICT_KINDS:
            for _ in range(int(row[f"{kind}_2023"])):
                number += 1
                districts.append(number)
                yield f"d{number}", "district", *_version(province, province, f"d{number:04x}", f"Huyện {number}", kind)
        at = 0
        for kind in COMMUNE_KINDS:
            for _ in range(int(row[f"{kind}_2023"])):
                number += 1
                parent, at = districts[at % len(districts)], at + 1
                yield f"c{number}", "commune", *_version(parent, province, f"c{number:04x}", f"Xã {number}", kind)


def _version(parent: int | None, province: int, code: str, name: str, kind: str) -> Row:
    return (parent, province, code, name, kind, BORN, "", sort_key(name), search_key(name))


def _copy(table: str, columns: tuple[str, ...], rows: list[Row]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _make_people() -> None:
    ours = Unit.objects.get(key=f"{OURS}-20200201")
    district = UnitVersion.objects.filter(province=ours, unit__level="district").in_official_order().first()
    assert district is not None
    for username, role, unit in (
        ("tinh", Role.PROVINCE, ours),
        ("huyen", Role.DISTRICT, district.unit),
        ("lanhdao", Role.LEADER, None),
    ):
        User.objects.create_user(username, full_name=username, role=role, unit=unit)
