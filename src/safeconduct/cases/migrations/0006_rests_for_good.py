"""A case rests for good when the walk-in that went on for it is erased: the row outlives that ref."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_merge"),
    ]

    operations = [
        migrations.AlterField(
            model_name="merge",
            name="walk_in",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merges",
                to="cases.case",
            ),
        ),
    ]
