"""A promise is given up on a paper that he signed, or not at all."""

from django.db import migrations

CONDITION = "NEW.state = 'WAIVED' AND OLD.state <> 'WAIVED' AND NEW.receipt_ref = ''"
WHY = "a promise is given up on his paper"


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the trigger of this database."""
    on = "CREATE TRIGGER pledge_given_up BEFORE UPDATE OF state ON pledges_pledge"
    if schema.connection.vendor == "sqlite":
        schema.execute(
            f"{on} WHEN {CONDITION} BEGIN SELECT RAISE(ABORT, '{WHY}'); END", params=None
        )
        return
    schema.execute(
        f"CREATE FUNCTION pledge_given_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {CONDITION} THEN"
        " RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',"
        f" MESSAGE = '{WHY}'; END IF; RETURN NEW; END $$",
        params=None,
    )
    schema.execute(f"{on} FOR EACH ROW EXECUTE FUNCTION pledge_given_up()", params=None)


def take_off(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Remove it, for tables of an older release."""
    if schema.connection.vendor == "sqlite":
        schema.execute("DROP TRIGGER pledge_given_up", params=None)
        return
    schema.execute("DROP TRIGGER pledge_given_up ON pledges_pledge", params=None)
    schema.execute("DROP FUNCTION pledge_given_up()", params=None)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0008_unpaid")]
    operations = [migrations.RunPython(lay, take_off)]
