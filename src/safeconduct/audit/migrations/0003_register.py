"""The register's rows: the database refuses to change, remove or skip one."""

from typing import Any

from django.db import migrations, models

SQLITE = [
    f"""CREATE TRIGGER audit_lasting_{verb.lower()} BEFORE {verb} ON audit_lasting
        BEGIN SELECT RAISE(ABORT, 'the register only grows'); END"""
    for verb in ("UPDATE", "DELETE")
] + [
    """CREATE TRIGGER audit_lasting_insert BEFORE INSERT ON audit_lasting
        WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_lasting)
        BEGIN SELECT RAISE(ABORT, 'the register only grows: a line was skipped'); END""",
]

POSTGRESQL = [
    """CREATE FUNCTION lasting_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the register only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION lasting_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_lasting) THEN
                RAISE EXCEPTION 'the register only grows: a line was skipped'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER audit_lasting_keep BEFORE UPDATE OR DELETE ON audit_lasting
        FOR EACH ROW EXECUTE FUNCTION lasting_refuse()""",
    """CREATE TRIGGER audit_lasting_insert BEFORE INSERT ON audit_lasting
        FOR EACH ROW EXECUTE FUNCTION lasting_no_gap()""",
]


def forbid(_apps: object, schema_editor: Any) -> None:
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_triggers")]
    operations = [
        migrations.CreateModel(
            name="Lasting",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at_us", models.BigIntegerField()),
                ("kind", models.CharField(max_length=12)),
                ("value", models.TextField()),
            ],
        ),
        migrations.RunPython(forbid, migrations.RunPython.noop),
    ]
