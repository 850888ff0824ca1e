"""A promise whose payment was undone calls anew; nothing else begins its calls again."""

from django.db import migrations, models

# Only the step from kept back to due sets them, to what has rung until then.
SET = "NEW.again_at IS {differs} OLD.again_at OR NEW.rung_before IS {differs} OLD.rung_before"
KEPT = "OLD.state = 'FULFILLED' AND NEW.state = 'DUE' AND NEW.rung_before IS {same} OLD.rung"
WHY = "what rang begins anew with an undoing alone"


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the trigger of this database."""
    sqlite = schema.connection.vendor == "sqlite"
    signs = (
        {"differs": "NOT", "same": ""}
        if sqlite
        else {"differs": "DISTINCT FROM", "same": "NOT DISTINCT FROM"}
    )
    condition = f"({SET.format(**signs)}) AND NOT ({KEPT.format(**signs)})"
    on = "CREATE TRIGGER pledge_again BEFORE UPDATE OF again_at, rung_before ON pledges_pledge"
    if sqlite:
        schema.execute(
            f"{on} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{WHY}'); END", params=None
        )
        return
    schema.execute(
        f"CREATE FUNCTION pledge_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
        " RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',"
        f" MESSAGE = '{WHY}'; END IF; RETURN NEW; END $$",
        params=None,
    )
    schema.execute(f"{on} FOR EACH ROW EXECUTE FUNCTION pledge_again()", params=None)


def take_off(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Remove it, for tables of an older release."""
    if schema.connection.vendor == "sqlite":
        schema.execute("DROP TRIGGER pledge_again", params=None)
        return
    schema.execute("DROP TRIGGER pledge_again ON pledges_pledge", params=None)
    schema.execute("DROP FUNCTION pledge_again()", params=None)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0006_clocks")]
    operations = [
        migrations.AddField(
            model_name="pledge", name="again_at", field=models.DateTimeField(null=True)
        ),
        migrations.AddField(
            model_name="pledge",
            name="rung_before",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.RunPython(lay, take_off),
    ]
