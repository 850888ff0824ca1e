"""An order that two have signed and nobody pays calls; what rang has rung, and its hour never moves."""

from django.db import migrations, models

# name, of which column, under which condition, why
REFUSED = (
    (
        "order_rung", "rung", "OLD.rung IS NOT NULL AND (NEW.rung IS NULL OR NEW.rung < OLD.rung)",
        "what rang has rung",
    ),
    (
        "order_signed_once", "approved_at",
        "OLD.approved_at IS NOT NULL AND (NEW.approved_at IS NULL OR NEW.approved_at <> OLD.approved_at)",
        "when an order was signed never moves",
    ),
)  # fmt: skip


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the triggers of this database."""
    for name, column, condition, why in REFUSED:
        on = f"CREATE TRIGGER {name} BEFORE UPDATE OF {column} ON pledges_order"
        if schema.connection.vendor == "sqlite":
            schema.execute(
                f"{on} WHEN {condition} BEGIN SELECT RAISE(ABORT, '{why}'); END", params=None
            )
            continue
        schema.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
            " RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation',"
            f" MESSAGE = '{why}'; END IF; RETURN NEW; END $$",
            params=None,
        )
        schema.execute(f"{on} FOR EACH ROW EXECUTE FUNCTION {name}()", params=None)


def take_off(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Remove them, for tables of an older release."""
    for name, *_ in REFUSED:
        if schema.connection.vendor == "sqlite":
            schema.execute(f"DROP TRIGGER {name}", params=None)
        else:
            schema.execute(f"DROP TRIGGER {name} ON pledges_order", params=None)
            schema.execute(f"DROP FUNCTION {name}()", params=None)


class Migration(migrations.Migration):
    dependencies = [("pledges", "0007_again")]
    operations = [  # a column that may be empty: the table is not remade, and keeps its triggers
        migrations.AddField(
            model_name="order", name="rung", field=models.PositiveIntegerField(null=True)
        ),
        migrations.RunPython(lay, take_off),
    ]
