"""Campaigns get tables of their own: a frozen list, its lanes, one claim for many numbers, what was told."""

import django.db.models.deletion
from django.db import migrations, models

import safeconduct.access.fields
import safeconduct.refs

_MESSAGE = "a text that was put out is never changed"
_CURSOR = "a cursor never goes back"
_FIXED = (
    ("post_recipient", "a list is frozen"),
    ("post_told", "a word stands; a later one stands beside it"),
)
_FORWARD = "NEW.position < OLD.position"
_LANE = "a lane never goes back"
# On SQLite a table whose column goes is made anew, without its triggers.
SQLITE = [
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_fixed BEFORE UPDATE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for table, why in (*_FIXED, ("post_message", _MESSAGE))
    ),
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_forward BEFORE UPDATE OF position ON {table} "
        f"WHEN {_FORWARD} BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for table, why in (("post_cursor", _CURSOR), ("post_lane", _LANE))
    ),
]
POSTGRES = [
    *(
        f"CREATE TRIGGER {table}_fixed BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION post_refuse('{why}')"
        for table, why in _FIXED
    ),
    "CREATE TRIGGER post_lane_forward BEFORE UPDATE OF position ON post_lane "
    f"FOR EACH ROW WHEN ({_FORWARD}) EXECUTE FUNCTION post_refuse('{_LANE}')",
]


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the triggers of this database."""
    for sql in SQLITE if schema.connection.vendor == "sqlite" else POSTGRES:
        schema.execute(sql, params=None)


class Migration(migrations.Migration):
    dependencies = [("post", "0005_link")]

    operations = [
        migrations.RemoveField(model_name="message", name="recipient"),
        migrations.DeleteModel(name="Recipient"),
        *(
            migrations.RemoveField(model_name="cursor", name=name)
            for name in (
                "campaign",
                "zone",
                "from_minute",
                "to_minute",
                "per_second",
                "claimed_at",
                "stopped_at",
                "stopped_by",
            )
        ),
        migrations.CreateModel(
            name="ListPart",
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
                ("campaign", models.CharField(db_index=True, max_length=20)),
                ("first_line", models.PositiveIntegerField()),
                ("lines", models.PositiveIntegerField()),
                ("body", safeconduct.access.fields.SealedField()),
            ],
        ),
        migrations.CreateModel(
            name="Pace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("route", models.CharField(max_length=40, unique=True)),
                ("free_at", models.DateTimeField(null=True)),
                ("hour", models.DateTimeField(null=True)),
                ("spent", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Lane",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("campaign", models.CharField(max_length=20)),
                ("zone", models.CharField(max_length=40)),
                ("total", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveIntegerField(default=0)),
                ("route", models.CharField(blank=True, max_length=40)),
                ("from_minute", models.PositiveSmallIntegerField(default=0)),
                ("to_minute", models.PositiveSmallIntegerField(default=0)),
                ("per_second", models.PositiveIntegerField(default=0)),
                ("per_hour", models.PositiveIntegerField(default=0)),
                ("not_after", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("stopped_by", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "zone"), name="one_lane_for_a_zone")
                ],
            },
        ),
        migrations.CreateModel(
            name="Recipient",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "ref",
                    models.CharField(default=safeconduct.refs.new_ref, max_length=20, unique=True),
                ),
                ("campaign", models.CharField(max_length=20)),
                ("position", models.PositiveIntegerField()),
                ("number", safeconduct.access.fields.SealedField()),
                ("index", models.BinaryField(max_length=32)),
                ("optout_index", models.BinaryField(max_length=32)),
                ("language", models.CharField(max_length=8)),
                ("variant", models.PositiveSmallIntegerField(default=0)),
                (
                    "lane",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="post.lane",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Receipted",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("carrier_id", models.CharField(max_length=65)),
                ("stat", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="post.recipient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("route", models.CharField(blank=True, max_length=40)),
                ("variant", models.PositiveSmallIntegerField()),
                ("outcome", models.CharField(max_length=9)),
                ("count", models.IntegerField(default=0)),
                (
                    "lane",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="post.lane",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Told",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("outcome", models.CharField(max_length=9)),
                ("status", models.BigIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("route", models.CharField(blank=True, max_length=40)),
                ("carrier_id", models.CharField(blank=True, max_length=65)),
                ("at", models.DateTimeField()),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="post.recipient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ToldPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("route", models.CharField(max_length=40)),
                ("part", models.PositiveSmallIntegerField()),
                ("carrier_id", models.CharField(max_length=65)),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="post.recipient",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Wording",
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
                ("campaign", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=8)),
                ("variant", models.PositiveSmallIntegerField()),
                ("body", safeconduct.access.fields.SealedField()),
                ("parts", models.PositiveSmallIntegerField()),
                ("offers", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("campaign", "language", "variant"), name="one_wording_of_a_kind"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Batch",
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
                ("first", models.PositiveIntegerField()),
                ("last", models.PositiveIntegerField()),
                ("route", models.CharField(max_length=40)),
                ("parts", models.PositiveIntegerField()),
                ("claimed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("closed", models.BooleanField(default=False)),
                (
                    "lane",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="post.lane",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("closed", False)),
                        fields=["due_at"],
                        name="open_batches",
                    ),
                    models.Index(fields=["route", "claimed_at"], name="pace_of_a_route"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("lane", "first"), name="a_place_is_claimed_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="recipient",
            index=models.Index(fields=["optout_index", "campaign"], name="stops_of_a_list"),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(
                fields=("index", "campaign"), name="one_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recipient",
            constraint=models.UniqueConstraint(
                fields=("lane", "position"), name="one_position_in_a_lane"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipted",
            constraint=models.UniqueConstraint(
                fields=("recipient", "carrier_id"), name="one_receipt_of_a_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="tally",
            constraint=models.UniqueConstraint(
                fields=("lane", "hour", "route", "variant", "outcome"), name="one_tally_of_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="told",
            index=models.Index(fields=["carrier_id", "route"], name="receipts_find_told"),
        ),
        migrations.AddConstraint(
            model_name="told",
            constraint=models.UniqueConstraint(
                fields=("recipient", "outcome"), name="one_word_of_a_kind"
            ),
        ),
        migrations.AddIndex(
            model_name="toldpart",
            index=models.Index(fields=["carrier_id", "route"], name="receipts_find_parts_told"),
        ),
        migrations.AddConstraint(
            model_name="toldpart",
            constraint=models.UniqueConstraint(
                fields=("recipient", "part"), name="one_id_for_a_told_part"
            ),
        ),
        migrations.RunPython(lay, migrations.RunPython.noop),
    ]
