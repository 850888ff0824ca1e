"""A commander's list, and each line of it."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_unit_relieved"),
    ]

    operations = [
        migrations.CreateModel(
            name="Roll",
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
                ("digest", models.BinaryField(max_length=32)),
                ("body", safeconduct.access.fields.SealedField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rolls",
                        to="cases.case",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RollLine",
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
                ("number", models.PositiveSmallIntegerField()),
                ("phone", models.BinaryField(default=b"", max_length=16)),
                ("same_as", models.PositiveSmallIntegerField(null=True)),
                ("apart", models.JSONField(default=list)),
                ("second", models.CharField(blank=True, default="", max_length=10)),
                ("reliability", models.CharField(blank=True, default="", max_length=1)),
                ("credibility", models.PositiveSmallIntegerField(null=True)),
                ("second_note", safeconduct.access.fields.SealedField(null=True)),
                ("second_by", models.CharField(blank=True, default="", max_length=64)),
                ("certified_by", models.CharField(blank=True, default="", max_length=64)),
                ("certified_at", models.DateTimeField(null=True)),
                (
                    "roll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="cases.roll",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("roll", "number"), name="roll_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("certified_at__isnull", True),
                            models.Q(
                                models.Q(("certified_by", models.F("second_by")), _negated=True),
                                ("credibility__lte", 3),
                                ("reliability__in", ["A", "B", "C"]),
                                ("same_as__isnull", True),
                                ("second__in", ("face", "knowledge", "paper", "place", "record")),
                            ),
                            _connector="OR",
                        ),
                        name="nobody_certified_by_a_list_alone",
                    ),
                ],
            },
        ),
    ]
