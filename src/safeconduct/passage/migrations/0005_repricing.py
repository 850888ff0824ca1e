import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [("passage", "0004_dangers_of_the_programme")]

    operations = [
        migrations.CreateModel(
            name="Repricing",
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
                ("known_as", models.CharField(db_index=True, max_length=64)),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("SAME", "SAME"),
                            ("EASED", "EASED"),
                            ("WORSE", "WORSE"),
                            ("BARRED", "BARRED"),
                        ],
                        default="SAME",
                        max_length=8,
                    ),
                ),
                ("p_milli", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("front_due", models.BooleanField(default=False)),
                ("front_at", models.DateTimeField(null=True)),
                ("content", safeconduct.access.fields.SealedField()),
                (
                    "plan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="repricing",
                        to="passage.plan",
                    ),
                ),
            ],
        ),
    ]
