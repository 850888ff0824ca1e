"""Relatives wait in a queue of their own."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_channels")]
    operations = [
        migrations.AddField(
            "conversation", "desk", models.CharField(default="people", max_length=9)
        ),
        migrations.AddField(
            "conversation", "moved_by", models.CharField(blank=True, max_length=40)
        ),
        migrations.RemoveIndex("conversation", "queue_by_age"),
        migrations.AddIndex(
            "conversation",
            models.Index(
                fields=["desk", "waiting_since"],
                condition=Q(state="open", waiting_since__isnull=False),
                name="queue_by_age",
            ),
        ),
    ]
