"""Wordings marked as compared with the signed text before the portal kept who compared them: to be confirmed anew."""

from django.db import migrations


def unmark(apps, schema_editor):
    for name in ("CriteriaSetVersion", "IndicatorWording", "Condition", "Examiner"):
        apps.get_model("criteria", name).objects.filter(marker="confirmed").update(marker="unchecked")


class Migration(migrations.Migration):
    dependencies = [("criteria", "0015_returned_items")]

    operations = [migrations.RunPython(unmark, migrations.RunPython.noop)]
