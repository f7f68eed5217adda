import datetime

from django.db import migrations, models
from django.db.models import F


def as_since(apps, schema_editor):
    """Begin with the day of the counted path; the next writing of units finds where a part came before the whole."""
    apps.get_model("communes", "Descent").objects.update(first_on=F("since"))


class Migration(migrations.Migration):
    dependencies = [("communes", "0006_must_change_password")]

    operations = [
        migrations.AddField(
            model_name="descent",
            name="first_on",
            field=models.DateField(default=datetime.date.min),
        ),
        migrations.RunPython(as_since, migrations.RunPython.noop),
    ]
