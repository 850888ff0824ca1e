"""Visits of delegates, his own voice, and three clocks more. The triggers of the clocks are laid anew; see 0003."""

from importlib import import_module  # noqa: TID251  no import statement can name 0002

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs

_LAID = import_module("safeconduct.custody.migrations.0002_triggers")
lay, take_off = _LAID._make, _LAID._take_off  # noqa: SLF001  of the migration before
MOVED = (
    "NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.at <> OLD.at OR NEW.due_at <> OLD.due_at"
    " OR NEW.rung < OLD.rung OR (OLD.answered_at IS NOT NULL AND NEW.answered_at IS NULL)"
)
VOICES = (
    ("custody_voice_fixed", "BEFORE UPDATE", "custody_voice", MOVED, "his voice is never changed"),
    (
        "custody_voice_kept",
        "BEFORE DELETE",
        "custody_voice",
        _LAID.HELD,
        "his voice is never deleted",
    ),
)


def lay_voices(_apps, editor):
    """Keep what he said: its date never moves, and it goes with his case alone."""
    for trigger in VOICES:
        for sql in _LAID._statements(editor.connection.vendor, trigger):  # noqa: SLF001  as above
            with editor.connection.cursor() as cursor:
                cursor.execute(sql)


def take_off_voices(_apps, editor):
    """Remove them, for tables of an older release: a function of PostgreSQL does not go with its table."""
    for name, _when, table, *_ in VOICES:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER {name}")
            continue
        editor.execute(f"DROP TRIGGER {name} ON {table}")
        editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0007_seizure"),
        ("custody", "0004_wish"),
    ]

    operations = [
        migrations.RunPython(take_off, lay),
        migrations.CreateModel(
            name="Visit",
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
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(max_length=64)),
                ("wanted_at", models.DateTimeField()),
                ("given_at", models.DateTimeField(null=True)),
                ("given_by", models.CharField(blank=True, default="", max_length=64)),
                ("at", models.DateTimeField(null=True)),
                ("held_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Voice",
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
                ("kind", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=64)),
                ("due_at", models.DateTimeField()),
                ("rung", models.PositiveSmallIntegerField(default=0)),
                ("digest", models.BinaryField(max_length=32)),
                ("body", safeconduct.access.fields.SealedField()),
                ("answer", safeconduct.access.fields.SealedField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
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
            model_name="visit",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="voice",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("held_at__isnull", True)),
                fields=("case", "asked_by"),
                name="visit_asked_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="visit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_at__isnull", True), ("given_at__isnull", False), _connector="OR"
                ),
                name="visit_held_after_it_was_given",
            ),
        ),
        migrations.AddConstraint(
            model_name="voice",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ("complaint", "correction", "data"))),
                name="voice_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="voice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("answered_at__isnull", True), ("answer__isnull", False), _connector="OR"
                ),
                name="voice_answered_in_words",
            ),
        ),
        migrations.RunPython(lay, take_off),
        migrations.RunPython(lay_voices, take_off_voices),
    ]
