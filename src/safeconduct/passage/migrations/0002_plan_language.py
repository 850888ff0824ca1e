from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("passage", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="language",
            field=models.CharField(default="", max_length=8),
            preserve_default=False,
        ),
    ]
