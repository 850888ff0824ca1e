"""A clock is stopped by its evidence and by nothing else: its dates never move, nobody deletes it."""

from django.db import migrations

MOVED = (
    "NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.started_at <> OLD.started_at"
    " OR NEW.due_at <> OLD.due_at OR NEW.warn_at <> OLD.warn_at OR NEW.breach_at <> OLD.breach_at"
    " OR NEW.rung < OLD.rung OR (NEW.done_at IS NOT NULL AND NEW.done_by = '')"
    " OR (OLD.done_at IS NOT NULL AND NEW.done_at IS NULL)"
)
HELD = "(SELECT state FROM cases_case WHERE id = OLD.case_id) <> 'PURGED'"
TRIGGERS = (
    ("custody_clock_fixed", "BEFORE UPDATE", "custody_clock", MOVED, "a clock is never moved"),
    ("custody_clock_kept", "BEFORE DELETE", "custody_clock", HELD, "a clock is never deleted"),
    ("custody_core_kept", "BEFORE DELETE", "custody_core", "1 = 1", "the statutory core stays"),
)


def _statements(vendor, trigger):
    name, when, table, test, says = trigger
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {name} {when} ON {table} WHEN {test}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        ]
    back = "OLD" if "DELETE" in when else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {test} THEN"
        f" RAISE EXCEPTION '{says}' USING ERRCODE = '23514'; END IF; RETURN {back}; END $$",
        f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _make(_apps, editor):
    for trigger in TRIGGERS:
        for sql in _statements(editor.connection.vendor, trigger):
            with editor.connection.cursor() as cursor:
                cursor.execute(sql)


def _take_off(_apps, editor):
    for name, _when, table, _test, _says in TRIGGERS:
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER {name}")
            continue
        editor.execute(f"DROP TRIGGER {name} ON {table}")
        editor.execute(f"DROP FUNCTION {name}()")


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial")]
    operations = [migrations.RunPython(_make, _take_off)]
