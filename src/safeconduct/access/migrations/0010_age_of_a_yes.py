"""What waits for a yes calls somebody when it has waited too long."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_delegates"),
    ]

    operations = [  # a column that may be empty: the table is not remade, and keeps its triggers
        migrations.AddField(
            model_name="subject",
            name="rung",
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
