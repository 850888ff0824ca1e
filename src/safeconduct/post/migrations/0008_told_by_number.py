"""What was told of a number has a key made of number and outcome; receipts find it by the number.

The table is made anew: a key is not changed in place. Nobody has brought a list yet.
"""

from django.db import migrations, models

_FIXED = "a word stands; a later one stands beside it"
_NAME = "CREATE TRIGGER post_told_fixed BEFORE UPDATE ON post_told"
SQLITE = f"{_NAME} BEGIN SELECT RAISE(ABORT, '{_FIXED}'); END"
POSTGRES = f"{_NAME} FOR EACH ROW EXECUTE FUNCTION post_refuse('{_FIXED}')"


def lay(apps, schema):  # type: ignore[no-untyped-def]  # Django calls it
    """Create the trigger of this database."""
    schema.execute(SQLITE if schema.connection.vendor == "sqlite" else POSTGRES, params=None)


class Migration(migrations.Migration):
    dependencies = [("post", "0007_proof")]

    operations = [
        migrations.DeleteModel(name="Told"),
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
            ],
        ),
        migrations.RemoveIndex(model_name="toldpart", name="receipts_find_parts_told"),
        migrations.RunPython(lay, migrations.RunPython.noop),
    ]
