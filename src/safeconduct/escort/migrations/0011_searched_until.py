"""Until when the unit that searches for one who is missing sees where he was last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("escort", "0010_export"),
    ]

    operations = [
        migrations.AddField(
            model_name="escort",
            name="searched_until",
            field=models.DateTimeField(null=True),
        ),
    ]
