"""A signed yes stands in one row for ever: no second row takes it, and none is deleted."""

from typing import Any

from django.db import migrations, models

NAME, SAYS = "access_approval_delete", "an approval is never deleted"


def refuse(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(
            f"""CREATE TRIGGER {NAME} BEFORE DELETE ON access_approval
            BEGIN SELECT RAISE(ABORT, '{SAYS}'); END""",
            None,
        )
        return
    schema_editor.execute(
        f"""CREATE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation';
        END $$""",
        None,
    )
    schema_editor.execute(
        f"""CREATE TRIGGER {NAME} BEFORE DELETE ON access_approval
        FOR EACH ROW EXECUTE FUNCTION {NAME}()""",
        None,
    )


def allow(_apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(f"DROP TRIGGER {NAME}", None)
        return
    schema_editor.execute(f"DROP TRIGGER {NAME} ON access_approval", None)
    schema_editor.execute(f"DROP FUNCTION {NAME}()", None)


class Migration(migrations.Migration):
    dependencies = [("access", "0005_own_keys")]

    operations = [
        migrations.AddConstraint(
            model_name="approval",
            # An expression: of a plain field SQLite would make the table anew, without its triggers.
            constraint=models.UniqueConstraint(models.F("told"), name="yes_counts_once"),
        ),
        migrations.RunPython(refuse, allow),
    ]
