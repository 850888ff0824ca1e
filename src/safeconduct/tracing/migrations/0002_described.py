"""A request describes whom it seeks; no notice is named any more."""

from django.db import migrations, models

import safeconduct.access.fields


class Migration(migrations.Migration):
    dependencies = [
        ("tracing", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField(
            model_name="tracingrequest",
            name="fact_ref",
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="described",
            field=safeconduct.access.fields.SealedField(null=True),
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="keys",
            field=models.BinaryField(default=b"", max_length=3072),
        ),
    ]
