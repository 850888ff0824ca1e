from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_near_miss")]

    operations = [
        migrations.AddField("case", "unit_not_ready_at", models.DateTimeField(null=True)),
    ]
