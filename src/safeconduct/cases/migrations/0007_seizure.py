"""What was said to be seized, and which cases it touched."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0006_rests_for_good"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seizure",
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
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(blank=True, default="", max_length=64)),
                ("since", models.DateTimeField(null=True)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("cases", models.PositiveIntegerField()),
                ("places", models.PositiveIntegerField()),
                ("signs", models.PositiveIntegerField()),
                ("on_the_way", models.PositiveIntegerField()),
                ("shut_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["case", "everything", "gateway", "staff"])
                        ),
                        name="seizure_kind_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Touched",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("plans_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="touched",
                        to="cases.case",
                    ),
                ),
                (
                    "seizure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="touched",
                        to="cases.seizure",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("seizure", "case"), name="touched_once")
                ],
            },
        ),
    ]
