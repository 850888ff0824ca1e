from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("passage", "0009_said_back")]

    operations = [
        migrations.AddField("readback", "void_at", models.DateTimeField(null=True)),
    ]
