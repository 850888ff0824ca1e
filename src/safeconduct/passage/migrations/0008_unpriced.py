from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("passage", "0007_agreement_counter")]

    operations = [
        migrations.AddField(
            model_name="repricing",
            name="front_failed",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="repricing",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("SAME", "SAME"),
                    ("EASED", "EASED"),
                    ("WORSE", "WORSE"),
                    ("BARRED", "BARRED"),
                    ("UNKNOWN", "UNKNOWN"),
                ],
                default="SAME",
                max_length=8,
            ),
        ),
    ]
