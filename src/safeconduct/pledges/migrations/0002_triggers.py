"""What the rules refuse, the database refuses: a moved due date, a changed version."""

from django.db import migrations

SQLITE = [
    """
CREATE TRIGGER pledge_due_fixed BEFORE UPDATE OF due_at, accepted_at ON pledges_pledge
WHEN OLD.due_at IS NOT NULL AND (NEW.due_at IS NOT OLD.due_at OR NEW.accepted_at IS NOT OLD.accepted_at)
BEGIN SELECT RAISE(ABORT, 'a due date never moves'); END""",
    """
CREATE TRIGGER pledge_states BEFORE UPDATE OF state ON pledges_pledge
WHEN OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'SHOWN>ACCEPTED', 'ACCEPTED>DUE', 'ACCEPTED>FULFILLED', 'ACCEPTED>FAILED', 'ACCEPTED>WAIVED',
  'DUE>FULFILLED', 'DUE>FAILED', 'DUE>WAIVED', 'FAILED>FULFILLED')
BEGIN SELECT RAISE(ABORT, 'no such step of a promise'); END""",
    """
CREATE TRIGGER pledge_kept BEFORE DELETE ON pledges_pledge
BEGIN SELECT RAISE(ABORT, 'a promise is settled, never deleted'); END""",
    """
CREATE TRIGGER version_fixed BEFORE UPDATE OF offer_id, number, kind, name, authority, legal_basis, items,
  conditions, amount, budget, currency, starts_at, expires_at, texts, digest, proposed_by
ON pledges_version
BEGIN SELECT RAISE(ABORT, 'a version is never changed, only followed'); END""",
    """
CREATE TRIGGER version_kept BEFORE DELETE ON pledges_version
BEGIN SELECT RAISE(ABORT, 'a version is withdrawn, never deleted'); END""",
]
_ABORT = "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE ="
POSTGRES = [
    f"""
CREATE FUNCTION pledge_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF TG_OP = 'DELETE' THEN {_ABORT} 'a promise is settled, never deleted'; END IF;
IF OLD.due_at IS NOT NULL AND (NEW.due_at IS DISTINCT FROM OLD.due_at
  OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at) THEN {_ABORT} 'a due date never moves'; END IF;
IF OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN (
  'SHOWN>ACCEPTED', 'ACCEPTED>DUE', 'ACCEPTED>FULFILLED', 'ACCEPTED>FAILED', 'ACCEPTED>WAIVED',
  'DUE>FULFILLED', 'DUE>FAILED', 'DUE>WAIVED', 'FAILED>FULFILLED')
THEN {_ABORT} 'no such step of a promise'; END IF;
RETURN NEW; END $$""",
    "CREATE TRIGGER pledge_guard BEFORE UPDATE OR DELETE ON pledges_pledge FOR EACH ROW EXECUTE FUNCTION pledge_guard()",
    f"""
CREATE FUNCTION version_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
{_ABORT} 'a version is never changed, only followed'; END $$""",
    """
CREATE TRIGGER version_fixed BEFORE UPDATE OF offer_id, number, kind, name, authority, legal_basis, items,
  conditions, amount, budget, currency, starts_at, expires_at, texts, digest, proposed_by
ON pledges_version FOR EACH ROW EXECUTE FUNCTION version_guard()""",
    "CREATE TRIGGER version_kept BEFORE DELETE ON pledges_version FOR EACH ROW EXECUTE FUNCTION version_guard()",
]


OFF_SQLITE = [
    f"DROP TRIGGER {name}"
    for name in (
        "pledge_due_fixed",
        "pledge_states",
        "pledge_kept",
        "version_fixed",
        "version_kept",
    )
]
OFF_POSTGRES = [
    "DROP TRIGGER pledge_guard ON pledges_pledge",
    "DROP FUNCTION pledge_guard()",
    "DROP TRIGGER version_fixed ON pledges_version",
    "DROP TRIGGER version_kept ON pledges_version",
    "DROP FUNCTION version_guard()",
]


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the triggers of this database."""
    for sql in SQLITE if schema.connection.vendor == "sqlite" else POSTGRES:
        schema.execute(sql, params=None)


def take_off(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Remove them, for tables of an older release."""
    for sql in OFF_SQLITE if schema.connection.vendor == "sqlite" else OFF_POSTGRES:
        schema.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0001_initial")]
    operations = [migrations.RunPython(lay, take_off)]
