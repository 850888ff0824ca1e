import django.db.models.deletion
from django.db import migrations, models


def _forget(apps, _editor):
    """Delete reports sealed in compartments of cases: nothing was released, and no key fits them now."""
    apps.get_model("passage", "DangerReport").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("passage", "0003_plan_burned")]

    operations = [
        migrations.RunPython(_forget, migrations.RunPython.noop),
        migrations.RemoveField(model_name="dangerreport", name="passage"),
        migrations.AddField(
            model_name="dangerreport",
            name="became",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="passage.dangerreport",
            ),
        ),
        migrations.AlterField(
            model_name="dangerreport",
            name="ended_at",
            field=models.DateTimeField(db_index=True, null=True),
        ),
    ]
