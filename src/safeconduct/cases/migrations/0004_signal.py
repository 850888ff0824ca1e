"""Graded signals of who he is; the database refuses that one is changed, or goes before the purge."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs

FIXED = "a graded signal is never changed"
KEPT = "a graded signal goes with the purge alone"
PURGED = "(SELECT state FROM cases_case WHERE id = OLD.case_id) <> 'PURGED'"
TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER signal_fixed BEFORE UPDATE ON cases_signal "
        f"BEGIN SELECT RAISE(ABORT, '{FIXED}'); END",
        f"CREATE TRIGGER signal_kept BEFORE DELETE ON cases_signal WHEN {PURGED} "
        f"BEGIN SELECT RAISE(ABORT, '{KEPT}'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION signal_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{FIXED}' USING ERRCODE = '23514'; END $$",
        "CREATE TRIGGER signal_fixed BEFORE UPDATE ON cases_signal "
        "FOR EACH ROW EXECUTE FUNCTION signal_fixed()",
        "CREATE FUNCTION signal_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {PURGED} THEN RAISE EXCEPTION '{KEPT}' USING ERRCODE = '23514'; END IF; "
        "RETURN OLD; END $$",
        "CREATE TRIGGER signal_kept BEFORE DELETE ON cases_signal "
        "FOR EACH ROW EXECUTE FUNCTION signal_kept()",
    ],
}


def _make(apps: object, schema_editor: object) -> None:
    connection = schema_editor.connection  # type: ignore[attr-defined]
    for sql in TRIGGERS[connection.vendor]:
        with connection.cursor() as cursor:
            cursor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_closure")]

    operations = [
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "ref",
                    models.CharField(default=safeconduct.refs.new_ref, max_length=20, unique=True),
                ),
                ("source", models.CharField(max_length=10)),
                ("reliability", models.CharField(max_length=1)),
                ("credibility", models.PositiveSmallIntegerField()),
                ("note", safeconduct.access.fields.SealedField(null=True)),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signals",
                        to="cases.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            source__in=["face", "knowledge", "paper", "person", "place", "record"]
                        ),
                        name="signal_source_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(reliability__in=["A", "B", "C", "D", "E", "F"]),
                        name="signal_a_to_f",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(credibility__gte=1, credibility__lte=6),
                        name="signal_1_to_6",
                    ),
                ],
            },
        ),
        migrations.RunPython(_make, migrations.RunPython.noop),
    ]
