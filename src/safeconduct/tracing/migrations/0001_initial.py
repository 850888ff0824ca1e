"""Tracing requests of relatives."""

from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="TracingRequest",
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
                ("person_ref", models.CharField(db_index=True, max_length=20)),
                ("compartment", models.CharField(db_index=True, max_length=20)),
                ("language", models.CharField(max_length=8)),
                ("sought", safeconduct.access.fields.SealedField()),
                ("opened_by", models.CharField(max_length=40)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("kinship", safeconduct.access.fields.SealedField(null=True)),
                ("ground", models.CharField(blank=True, max_length=8)),
                ("paper", safeconduct.access.fields.SealedField(null=True)),
                ("fact_ref", models.CharField(blank=True, max_length=20)),
                ("answer", models.CharField(blank=True, max_length=20)),
                ("answered_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at__isnull", True)),
                        fields=("compartment",),
                        name="one_open_request_per_asker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at__isnull", True),
                            ("answered_at__gte", models.F("due_at")),
                            _connector="OR",
                        ),
                        name="request_answered_when_due",
                    ),
                ],
            },
        ),
    ]
