from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("passage", "0002_plan_language")]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="burned_at",
            field=models.DateTimeField(null=True),
        ),
    ]
