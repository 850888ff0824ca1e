"""The database itself refuses what the rules refuse: it hears also what walks round them."""

from collections.abc import Iterator
from typing import Any

from django.db import migrations

# Table, moment, condition under which the row is refused, what is said. One text for both databases.
REFUSED = [
    (
        "approval", "INSERT", "the text that is approved is not the one that stands",
        """NOT EXISTS (SELECT 1 FROM access_subject s WHERE s.id = NEW.subject_id
           AND s.closed_at IS NULL AND s.digest = NEW.digest)""",
    ),
    (
        "approval", "INSERT", "an author approves nothing of his own",
        """EXISTS (SELECT 1 FROM access_subject s WHERE s.id = NEW.subject_id
           AND s.author_id = NEW.person_id)""",
    ),
    (
        "approval", "INSERT", "the duty is not held",
        """NOT EXISTS (SELECT 1 FROM access_heldduty d WHERE d.person_id = NEW.person_id
           AND d.duty = NEW.duty AND d.ended_at IS NULL
           AND (d.until IS NULL OR d.until > NEW.given_at))""",
    ),
    ("approval", "UPDATE", "an approval is never changed", "NEW.id = OLD.id OR NEW.id <> OLD.id"),
    (
        "subject", "UPDATE", "a text that was put up is never changed, only closed",
        """NEW.digest <> OLD.digest OR NEW.ref <> OLD.ref OR NEW.verb <> OLD.verb
           OR NEW.author_id IS DISTINCT FROM OLD.author_id
           OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at)""",
    ),
    (
        "heldduty", "UPDATE", "a duty that was given is never changed, only ended",
        """NEW.person_id <> OLD.person_id OR NEW.duty <> OLD.duty
           OR NEW.granted_by_id IS DISTINCT FROM OLD.granted_by_id
           OR NEW.until IS DISTINCT FROM OLD.until
           OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)""",
    ),
    (
        "heldduty", "INSERT", "an administrator holds no other duty",
        """EXISTS (SELECT 1 FROM access_heldduty d WHERE d.person_id = NEW.person_id
           AND d.ended_at IS NULL AND (d.until IS NULL OR d.until > NEW.since)
           AND d.duty <> NEW.duty AND (d.duty = 'ADM' OR NEW.duty = 'ADM'))""",
    ),
    (
        "membership", "INSERT", "an administrator is let into no case",
        """EXISTS (SELECT 1 FROM access_heldduty d WHERE d.person_id = NEW.person_id
           AND d.duty = 'ADM' AND d.ended_at IS NULL)""",
    ),
    (
        "membership", "UPDATE", "a membership is never changed, only ended",
        """NEW.person_id <> OLD.person_id OR NEW.compartment <> OLD.compartment
           OR NEW.duty <> OLD.duty OR NEW.granted_by <> OLD.granted_by
           OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)""",
    ),
]  # fmt: skip


def _sqlite(name: str, table: str, verb: str, says: str, when: str) -> Iterator[str]:
    when = when.replace("IS DISTINCT FROM", "IS NOT")  # SQLite before 3.39 has no other word
    yield f"""CREATE TRIGGER {name} BEFORE {verb} ON access_{table} WHEN {when}
        BEGIN SELECT RAISE(ABORT, '{says}'); END"""


def _postgresql(name: str, table: str, verb: str, says: str, when: str) -> Iterator[str]:
    yield f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {when} THEN
                RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$"""
    yield f"""CREATE TRIGGER {name} BEFORE {verb} ON access_{table}
        FOR EACH ROW EXECUTE FUNCTION {name}()"""


def refuse(_apps: Any, schema_editor: Any) -> None:
    write = _sqlite if schema_editor.connection.vendor == "sqlite" else _postgresql
    for number, (table, verb, says, when) in enumerate(REFUSED):
        for statement in write(f"access_{table}_{number}", table, verb, says, when):
            schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunPython(refuse)]
