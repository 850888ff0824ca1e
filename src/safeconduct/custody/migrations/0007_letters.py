"""Letters and cards, and their clock. The triggers of the clocks are laid anew; see 0003."""

from importlib import import_module  # noqa: TID251  no import statement can name 0002

import django.db.models.deletion
from django.db import migrations, models

_LAID = import_module("safeconduct.custody.migrations.0002_triggers")
lay, take_off = _LAID._make, _LAID._take_off  # noqa: SLF001  of the migration before


class Migration(migrations.Migration):
    dependencies = [
        ("custody", "0006_calls"),
    ]

    operations = [
        migrations.RunPython(take_off, lay),
        migrations.CreateModel(
            name="Letters",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("offered_at", models.DateTimeField()),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("letters_sent", models.PositiveSmallIntegerField()),
                ("cards_sent", models.PositiveSmallIntegerField()),
                ("letters_handed", models.PositiveSmallIntegerField()),
                ("cards_handed", models.PositiveSmallIntegerField()),
                ("none", models.BooleanField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_kind_is_known",
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        (
                            "card",
                            "bureau",
                            "review",
                            "sick",
                            "child",
                            "transit",
                            "visit",
                            "safety",
                            "letters",
                            "aftercare_1",
                            "aftercare_2",
                            "aftercare_3",
                            "aftercare_4",
                            "aftercare_5",
                        ),
                    )
                ),
                name="clock_kind_is_known",
            ),
        ),
        migrations.AddField(
            model_name="letters",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="letters",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("cards_handed__lte", 999),
                    ("cards_sent__lte", 999),
                    ("letters_handed__lte", 999),
                    ("letters_sent__lte", 999),
                ),
                name="letters_counts_are_small",
            ),
        ),
        migrations.AddConstraint(
            model_name="letters",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("none", False),
                    models.Q(("cards_sent", 0), ("letters_sent", 0)),
                    _connector="OR",
                ),
                name="letters_none_or_some",
            ),
        ),
        migrations.RunPython(lay, take_off),
    ]
