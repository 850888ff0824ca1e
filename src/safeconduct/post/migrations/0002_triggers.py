"""The outbox is only ever added to: what left, and what was told of it, is never rewritten."""

from django.db import migrations

_FIXED = (
    ("post_message", "a text that was put out is never changed"),
    ("post_attempt", "an attempt is never changed"),
    ("post_result", "a result stands; a later one stands beside it"),
    ("post_optout", "an opt-out is never changed"),
)
SQLITE = [
    f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
    for table, why in _FIXED
] + [
    "CREATE TRIGGER post_optout_kept BEFORE DELETE ON post_optout "
    "BEGIN SELECT RAISE(ABORT, 'an opt-out outlives every erasure'); END",
    "CREATE TRIGGER post_cursor_forward BEFORE UPDATE OF position ON post_cursor "
    "WHEN NEW.position < OLD.position BEGIN SELECT RAISE(ABORT, 'a cursor never goes back'); END",
]
POSTGRES = [
    """
CREATE FUNCTION post_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0]; END $$""",
    *(
        f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION post_refuse('{why}')"
        for table, why in _FIXED
    ),
    "CREATE TRIGGER post_optout_kept BEFORE DELETE ON post_optout "
    "FOR EACH ROW EXECUTE FUNCTION post_refuse('an opt-out outlives every erasure')",
    "CREATE TRIGGER post_cursor_forward BEFORE UPDATE OF position ON post_cursor "
    "FOR EACH ROW WHEN (NEW.position < OLD.position) "
    "EXECUTE FUNCTION post_refuse('a cursor never goes back')",
]


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the triggers of this database."""
    for sql in SQLITE if schema.connection.vendor == "sqlite" else POSTGRES:
        schema.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("post", "0001_initial")]
    operations = [migrations.RunPython(lay, migrations.RunPython.noop)]
