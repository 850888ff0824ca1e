"""Notices of moves and of a death, with clocks of their own. The triggers are laid again around it; see 0003."""

from importlib import import_module  # noqa: TID251  no import statement can name 0002

from django.db import migrations, models

_LAID = import_module("safeconduct.custody.migrations.0002_triggers")
lay, take_off = _LAID._make, _LAID._take_off  # noqa: SLF001  of the migration before


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_bureau"),
        ("custody", "0007_letters"),
    ]

    operations = [
        migrations.RunPython(take_off, lay),
        migrations.RemoveConstraint(
            model_name="clock",
            name="clock_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="document",
            name="document_kind_is_known",
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
                            "bureau_move",
                            "bureau_death",
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
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "bureau_notice",
                            "bureau_notice_civilian",
                            "bureau_notice_death",
                            "bureau_notice_escape",
                            "bureau_notice_release",
                            "bureau_notice_return",
                            "notice_power",
                            "notice_family",
                            "sick_weekly",
                            "bureau_transfer",
                        ],
                    )
                ),
                name="document_kind_is_known",
            ),
        ),
        migrations.RunPython(lay, take_off),
    ]
