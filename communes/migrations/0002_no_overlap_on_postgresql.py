"""On PostgreSQL the database itself refuses overlapping versions; elsewhere `communes.registry` does, as the one writer."""

from django.db import migrations

CONSTRAINTS = {
    "one_holder_of_a_code_at_a_time": "code WITH =",
    "one_version_of_a_unit_at_a_time": "unit_id WITH =",
}


def add_constraints(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    for name, same in CONSTRAINTS.items():
        schema_editor.execute(
            f"ALTER TABLE communes_unitversion ADD CONSTRAINT {name} EXCLUDE USING gist"
            f" ({same}, daterange(starts_on, ends_on, '[]') WITH &&)"
        )


def drop_constraints(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for name in CONSTRAINTS:
        schema_editor.execute(f"ALTER TABLE communes_unitversion DROP CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("communes", "0001_units_and_people")]

    operations = [migrations.RunPython(add_constraints, drop_constraints)]
