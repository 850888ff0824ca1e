"""Texts of one tier have an order among them, and each says which lexicon and model read it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0008_wave")]
    operations = [
        migrations.AddField("conversation", "weight", models.SmallIntegerField(default=0)),
        migrations.AddField(
            "message", "reader", models.CharField(max_length=8, blank=True, default="")
        ),
    ]
