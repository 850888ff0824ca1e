"""The database itself refuses to change, remove or skip an entry of the journal."""

from django.db import migrations

REFUSED = "the journal only grows"

SQLITE = [
    f"""CREATE TRIGGER audit_entry_{verb.lower()} BEFORE {verb} ON audit_entry
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"""
    for verb in ("UPDATE", "DELETE")
] + [
    f"""CREATE TRIGGER audit_entry_insert BEFORE INSERT ON audit_entry
        WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_entry)
        BEGIN SELECT RAISE(ABORT, '{REFUSED}: an entry was skipped'); END""",
    f"""CREATE TRIGGER audit_tree_update BEFORE UPDATE ON audit_tree
        WHEN NEW.size <> OLD.size + 1
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
    f"""CREATE TRIGGER audit_tree_delete BEFORE DELETE ON audit_tree
        BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
]

POSTGRESQL = [
    f"""CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    f"""CREATE FUNCTION audit_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM audit_entry) THEN
                RAISE EXCEPTION '{REFUSED}: an entry was skipped'
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


def forbid(apps, schema_editor):
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement, None)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forbid)]
