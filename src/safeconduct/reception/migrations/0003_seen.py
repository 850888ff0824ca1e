"""Who said that he had looked at what a telephone brought, and when: it may be looked at again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reception", "0002_phones"),
    ]

    operations = [
        migrations.AddField(
            model_name="phoneentry",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="phoneentry",
            name="seen_by",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
