"""When a clock rang: what rang in a time that had not come, for the system's clock stood wrong, rings anew.

Whoever makes the table of clocks anew lays this trigger after those of 0002.
"""

from importlib import import_module  # noqa: TID251  no import statement can name 0002

from django.db import migrations, models

_LAID = import_module("safeconduct.custody.migrations.0002_triggers")
NAME, TABLE, SAYS = "custody_clock_fixed", "custody_clock", "a clock is never moved"
# It rings less often only where it rang later than now: by a clock that has since been put right.
MOVED = _LAID.MOVED.replace(
    "NEW.rung < OLD.rung",
    "(NEW.rung < OLD.rung AND (NEW.rung_at IS NULL OR OLD.rung_at IS NULL OR NEW.rung_at >= OLD.rung_at))",
)


def _laid(editor, test):
    if editor.connection.vendor == "sqlite":
        editor.execute(f"DROP TRIGGER {NAME}")
    else:
        editor.execute(f"DROP TRIGGER {NAME} ON {TABLE}")
        editor.execute(f"DROP FUNCTION {NAME}()")
    trigger = (NAME, "BEFORE UPDATE", TABLE, test, SAYS)
    for sql in _LAID._statements(editor.connection.vendor, trigger):  # noqa: SLF001  of the migration before
        with editor.connection.cursor() as cursor:
            cursor.execute(sql)


def lay(_apps, editor):
    """Let a clock ring anew that rang too early."""
    _laid(editor, MOVED)


def lay_before(_apps, editor):
    """Lay the trigger of an older release."""
    _laid(editor, _LAID.MOVED)


class Migration(migrations.Migration):
    dependencies = [("custody", "0009_card_sent")]
    operations = [  # a column that may be empty: the table is not remade, and keeps its triggers
        migrations.AddField(
            model_name="clock", name="rung_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(lay, lay_before),
    ]
