from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_seizure")]

    operations = [
        migrations.AddField("case", "unit_relieved_at", models.DateTimeField(null=True)),
    ]
