"""Video calls that askers want: when they are told, and custody's token for each while it lives."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    dependencies = [
        ("tracing", "0004_decided"),
    ]

    operations = [
        migrations.CreateModel(
            name="CallRequest",
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
                ("caller", safeconduct.access.fields.SealedField(null=True)),
                ("keys", models.BinaryField(default=b"", max_length=3072)),
                ("token", models.CharField(blank=True, max_length=20)),
                ("asked_by", models.CharField(max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                (
                    "stage",
                    models.CharField(default="asked", max_length=6),
                ),
                ("at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tracing.tracingrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("stage", "over"), _negated=True),
                        fields=("request",),
                        name="one_call_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("stage__in", ["asked", "told", "stands", "over"])),
                        name="call_stage_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("stage", "over"), _negated=True),
                            models.Q(("keys", b""), ("token", "")),
                            _connector="OR",
                        ),
                        name="call_that_is_over_joins_nobody",
                    ),
                ],
            },
        ),
    ]
