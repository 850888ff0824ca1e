"""A script stands where it stands in the database, so that a crash loses no step."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_hand_over"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScriptRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("digest", models.BinaryField(max_length=32)),
                ("step", models.CharField(max_length=40)),
                ("sent", models.PositiveSmallIntegerField(default=0)),
                ("by", models.CharField(max_length=40)),
                ("begun_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("why", models.CharField(blank=True, max_length=12)),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("conversation",),
                        name="one_open_script_per_conversation",
                    )
                ],
            },
        ),
    ]
