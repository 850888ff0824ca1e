from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("passage", "0005_repricing")]

    operations = [
        migrations.AddField("plan", "switch_leg", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("plan", "switch_asked_at", models.DateTimeField(null=True)),
        migrations.AddField("plan", "switched_to", models.CharField(blank=True, max_length=1)),
        migrations.AddField("plan", "switched_at", models.DateTimeField(null=True)),
        migrations.AddConstraint(
            "plan",
            models.CheckConstraint(
                condition=Q(switched_at=None)
                | Q(gone_at__isnull=False, switch_leg__isnull=False) & ~Q(switched_to=F("letter")),
                name="plan_turned_on_the_way_to_the_other_place",
            ),
        ),
    ]
