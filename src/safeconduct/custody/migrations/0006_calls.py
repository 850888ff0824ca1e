"""Video calls that relatives ask for: his word, the time, what she was told."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_unit_not_ready"),
        ("custody", "0005_voices"),
    ]

    operations = [
        migrations.CreateModel(
            name="VideoCall",
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
                ("token", models.CharField(max_length=20, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("caller", safeconduct.access.fields.SealedField()),
                ("word", models.CharField(blank=True, default="", max_length=4)),
                ("at", models.DateTimeField(null=True)),
                ("given_at", models.DateTimeField(null=True)),
                ("by", models.CharField(blank=True, default="", max_length=64)),
                ("answered_at", models.DateTimeField(null=True)),
                ("told", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, default="", max_length=8)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("word__in", ("", "yes", "no", "none"))),
                        name="call_word_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome", ""),
                            models.Q(
                                ("outcome__in", ("held", "not_held")), ("told__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="call_held_after_she_was_told",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("told__isnull", True),
                            models.Q(("answered_at__isnull", False), ("at__isnull", False)),
                            _connector="OR",
                        ),
                        name="call_told_a_time_that_was_given",
                    ),
                ],
            },
        ),
    ]
