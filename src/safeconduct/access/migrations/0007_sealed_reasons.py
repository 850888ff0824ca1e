"""What staff wrote as a reason lies sealed. What lay here readable goes: no migration holds a key.

The keeper has the fingerprint of each. A recovery that is open is put up again, for its two yeses
name its words.
"""

from typing import Any

from django.db import migrations
from django.db.models import F

import safeconduct.access.fields

COLUMNS = (
    ("heldduty", "reason"),
    ("recovery", "reason"),
    ("membership", "reason"),
    ("glass", "reason"),
    ("glass", "words"),
)
# As 0004 has it, of words that are sealed or not there.
CHANGED = """NEW.ref <> OLD.ref OR NEW.person_id <> OLD.person_id OR NEW.due_at <> OLD.due_at
    OR NEW.asked_at <> OLD.asked_at
    OR (NEW.compartment <> OLD.compartment AND NEW.compartment <> '')
    OR (OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at)
    OR (OLD.until IS NOT NULL AND NEW.until IS DISTINCT FROM OLD.until)
    OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    OR (OLD.reviewed_at IS NOT NULL AND (NEW.reviewed_at IS DISTINCT FROM OLD.reviewed_at
        OR NEW.reviewed_by_id IS DISTINCT FROM OLD.reviewed_by_id
        OR NEW.justified IS DISTINCT FROM OLD.justified
        OR (NEW.words IS DISTINCT FROM OLD.words
            AND NOT (NEW.words IS NULL AND NEW.compartment = ''))))"""
SAYS = "a broken glass is never changed, only ended and reviewed"
NAME = "access_glass_update"


def end_open_recoveries(apps: Any, _editor: Any) -> None:
    """End what nobody could say yes to any more."""
    apps.get_model("access", "Recovery").objects.filter(ended_at=None).update(
        ended_at=F("asked_at")
    )
    waiting = apps.get_model("access", "Subject").objects.filter(closed_at=None)
    waiting.filter(verb="people.recover").update(closed_at=F("put_at"))


def let_change(_apps: Any, editor: Any) -> None:
    """Take the trigger off whose words are of another kind from here on."""
    on = "" if editor.connection.vendor == "sqlite" else " ON access_glass"
    editor.execute(f"DROP TRIGGER {NAME}{on}", None)


def refuse(_apps: Any, editor: Any) -> None:
    """Put it on again."""
    if editor.connection.vendor == "sqlite":
        told = CHANGED.replace("IS DISTINCT FROM", "IS NOT")
        editor.execute(
            f"CREATE TRIGGER {NAME} BEFORE UPDATE ON access_glass WHEN {told} "
            f"BEGIN SELECT RAISE(ABORT, '{SAYS}'); END",
            None,
        )
        return
    editor.execute(
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {CHANGED} THEN RAISE EXCEPTION '{SAYS}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        None,
    )
    editor.execute(
        f"CREATE TRIGGER {NAME} BEFORE UPDATE ON access_glass "
        f"FOR EACH ROW EXECUTE FUNCTION {NAME}()",
        None,
    )


class Migration(migrations.Migration):
    dependencies = [("access", "0006_yes_counts_once")]
    operations = [
        migrations.RunPython(end_open_recoveries),
        migrations.RunPython(let_change),
        *(migrations.RemoveField(model, name) for model, name in COLUMNS),
        *(
            migrations.AddField(model, name, safeconduct.access.fields.SealedField(null=True))
            for model, name in COLUMNS
        ),
        migrations.RunPython(refuse),
    ]
