"""The database itself refuses to change, remove or skip an entry of the journal."""

from typing import Any

from django.db import migrations

SQLITE = [
    f"""CREATE TRIGGER audit_entry_{verb.lower()} BEFORE {verb} ON audit_entry
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END"""
    for verb in ("UPDATE", "DELETE")
] + [
    """CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
        WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_entry)
        BEGIN SELECT RAISE(ABORT, 'the journal only grows: an entry was skipped'); END""",
    """CREATE TRIGGER audit_tree_update BEFORE UPDATE ON audit_tree
        WHEN NEW.size <> OLD.size + 1
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END""",
    """CREATE TRIGGER audit_tree_delete BEFORE DELETE ON audit_tree
        BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END""",
]

POSTGRESQL = [
    """CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the journal only grows' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE FUNCTION audit_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_entry) THEN
                RAISE EXCEPTION 'the journal only grows: an entry was skipped'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE TRIGGER audit_entry_keep BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entry_truncate BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_no_gap()""",
    """CREATE TRIGGER audit_tree_update BEFORE UPDATE ON audit_tree
        FOR EACH ROW WHEN (NEW.size <> OLD.size + 1) EXECUTE FUNCTION audit_refuse()""",
    """CREATE TRIGGER audit_tree_delete BEFORE DELETE ON audit_tree
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
]


def forbid(_apps: object, schema_editor: Any) -> None:
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forbid)]
