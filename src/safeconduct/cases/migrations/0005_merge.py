"""Two cases of one man, said by two people and undone by two; the database asks for both."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_signal"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("people", models.JSONField(default=list)),
                ("approvals", models.PositiveSmallIntegerField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.JSONField(default=list)),
                ("end_approvals", models.PositiveSmallIntegerField(default=0)),
                (
                    "earlier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_into",
                        to="cases.case",
                    ),
                ),
                (
                    "walk_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("walk_in",),
                        name="one_earlier_case",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("earlier",),
                        name="rests_for_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("approvals__gte", 2)), name="merged_by_two"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("end_approvals__gte", 2), _connector="OR"
                        ),
                        name="unmerged_by_two",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("walk_in", models.F("earlier")), _negated=True),
                        name="no_case_is_its_own_earlier_one",
                    ),
                ],
            },
        ),
    ]
