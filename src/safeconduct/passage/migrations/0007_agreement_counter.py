import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [("passage", "0006_agreement_turns")]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ref",
                    models.CharField(default=safeconduct.refs.new_ref, max_length=20, unique=True),
                ),
                ("words", safeconduct.access.fields.SealedField()),
                ("message", models.CharField(blank=True, max_length=20)),
                ("by", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("followed_at", models.DateTimeField(null=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counters",
                        to="passage.plan",
                    ),
                ),
            ],
        ),
    ]
