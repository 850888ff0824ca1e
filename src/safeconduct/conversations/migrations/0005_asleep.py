"""A held conversation may sleep until his next safe window."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_desks")]
    operations = [
        migrations.AddField("conversation", "asleep_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "conversation",
            models.Index(
                fields=["asleep_until"],
                condition=Q(state="open", locked_until__isnull=True) & ~Q(holder=""),
                name="held_without_lock",
            ),
        ),
    ]
