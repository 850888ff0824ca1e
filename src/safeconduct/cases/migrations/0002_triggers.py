"""What the rules refuse, the database refuses: steps off the way, changed records, moved dates."""

from django.db import migrations

SQLITE = [
    """
CREATE TRIGGER case_opens BEFORE INSERT ON cases_case
WHEN NEW.state NOT IN ('ENQUIRY', 'WALK_IN') OR NEW.version <> 1
BEGIN SELECT RAISE(ABORT, 'a case opens as ENQUIRY or WALK_IN'); END""",
    """
CREATE TRIGGER case_moves BEFORE UPDATE OF state, version ON cases_case
WHEN (NEW.state <> OLD.state OR NEW.version <> OLD.version) AND NOT (
  NEW.version = OLD.version + 1 AND EXISTS (
    SELECT 1 FROM cases_step s WHERE s.case_id = OLD.id AND s.seq = NEW.version
    AND s.source = OLD.state AND s.target = NEW.state
    AND s.pair = OLD.state || '>' || NEW.state))
BEGIN SELECT RAISE(ABORT, 'a case moves only by a recorded step'); END""",
    """
CREATE TRIGGER case_clock BEFORE UPDATE OF custody_since ON cases_case
WHEN OLD.custody_since IS NOT NULL AND NEW.custody_since IS NOT OLD.custody_since
BEGIN SELECT RAISE(ABORT, 'a custody clock is never reset'); END""",
    """
CREATE TRIGGER case_stays BEFORE DELETE ON cases_case
BEGIN SELECT RAISE(ABORT, 'a case is purged, never deleted'); END""",
    """
CREATE TRIGGER step_people BEFORE INSERT ON cases_step
WHEN NEW.approvals > 1 AND NEW.approvals > (
  SELECT COUNT(DISTINCT value) FROM json_each(NEW.people) WHERE value <> '')
BEGIN SELECT RAISE(ABORT, 'a step has as many different people as it has yeses'); END""",
    """
CREATE TRIGGER step_fixed BEFORE UPDATE ON cases_step
BEGIN SELECT RAISE(ABORT, 'a step is never changed'); END""",
    """
CREATE TRIGGER step_kept BEFORE DELETE ON cases_step
WHEN (SELECT state FROM cases_case WHERE id = OLD.case_id) <> 'PURGED'
BEGIN SELECT RAISE(ABORT, 'a step goes with the purge alone'); END""",
    """
CREATE TRIGGER evidence_fixed BEFORE UPDATE ON cases_evidence
BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END""",
    """
CREATE TRIGGER evidence_kept BEFORE DELETE ON cases_evidence
WHEN (SELECT state FROM cases_case WHERE id = OLD.case_id) <> 'PURGED'
BEGIN SELECT RAISE(ABORT, 'evidence goes with the purge alone'); END""",
    """
CREATE TRIGGER owed_fixed BEFORE UPDATE ON cases_owed
WHEN NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.since <> OLD.since
  OR NEW.due_at IS NOT OLD.due_at OR NEW.latest_at IS NOT OLD.latest_at
  OR (OLD.done_at IS NOT NULL AND NEW.done_at IS NOT OLD.done_at)
BEGIN SELECT RAISE(ABORT, 'what is owed is neither moved nor reopened'); END""",
    """
CREATE TRIGGER owed_kept BEFORE DELETE ON cases_owed
WHEN (SELECT state FROM cases_case WHERE id = OLD.case_id) <> 'PURGED'
BEGIN SELECT RAISE(ABORT, 'what is owed goes with the purge alone'); END""",
    """
CREATE TRIGGER place_burned BEFORE UPDATE ON cases_burnedplace
WHEN NEW.cell <> OLD.cell OR NEW.pos <> OLD.pos
  OR (OLD.burned_at IS NOT NULL AND NEW.burned_at IS NOT OLD.burned_at)
BEGIN SELECT RAISE(ABORT, 'what has burned stays burned'); END""",
    """
CREATE TRIGGER place_kept BEFORE DELETE ON cases_burnedplace
BEGIN SELECT RAISE(ABORT, 'the burned list outlives erasure'); END""",
    """
CREATE TRIGGER sign_kept BEFORE DELETE ON cases_burnedsign
BEGIN SELECT RAISE(ABORT, 'the burned list outlives erasure'); END""",
]


def _postgres(sql: str) -> list[str]:
    """Return the same trigger for PostgreSQL: a function that raises, and a trigger that calls it."""
    head, rest = sql.strip().split("\n", 1) if "\nWHEN" in sql else (sql.strip(), "")
    if not rest:
        head, rest = sql.strip().split("\nBEGIN")[0], "BEGIN" + sql.strip().split("\nBEGIN")[1]
    name = head.split()[2]
    condition, _, tail = rest.rpartition("BEGIN SELECT RAISE(ABORT, ")
    message = tail.split("'")[1]
    test = condition.strip().removeprefix("WHEN").strip() or "TRUE"
    test = test.replace(" IS NOT OLD.", " IS DISTINCT FROM OLD.")
    test = test.replace("json_each(", "jsonb_array_elements_text(")
    back = "OLD" if "DELETE" in head else "NEW"
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {test} THEN RAISE EXCEPTION '{message}' USING ERRCODE = '23514'; END IF; "
        f"RETURN {back}; END $$",
        f"{head} FOR EACH ROW EXECUTE FUNCTION {name}()",
    ]


def _make(apps: object, schema_editor: object) -> None:
    editor = schema_editor
    vendor = editor.connection.vendor  # type: ignore[attr-defined]
    for sql in SQLITE:
        for each in [sql] if vendor == "sqlite" else _postgres(sql):
            with editor.connection.cursor() as cursor:  # type: ignore[attr-defined]
                cursor.execute(each)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]
    operations = [migrations.RunPython(_make, migrations.RunPython.noop)]
