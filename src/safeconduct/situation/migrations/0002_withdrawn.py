"""A wrong total from the records is withdrawn with a reason, by two people where it counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("situation", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="earliertotal",
            name="earlier_total_once_a_month",
        ),
        migrations.AddField(
            model_name="earliertotal",
            name="doubt",
            field=models.CharField(blank=True, default="", max_length=200),
        ),
        migrations.AddField(
            model_name="earliertotal",
            name="doubted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="earliertotal",
            name="doubted_by",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddField(
            model_name="earliertotal",
            name="withdrawn_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="earliertotal",
            name="withdrawn_by",
            field=models.CharField(blank=True, default="", max_length=20),
        ),
        migrations.AddConstraint(
            model_name="earliertotal",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("counts", "month"),
                name="earlier_total_once_a_month",
            ),
        ),
        migrations.AddConstraint(
            model_name="earliertotal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at", None), ("withdrawn_by", "")),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        models.Q(("withdrawn_by", ""), _negated=True),
                        models.Q(("doubt", ""), _negated=True),
                        models.Q(
                            ("confirmed_at", None),
                            models.Q(("withdrawn_by", models.F("doubted_by")), _negated=True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="earlier_total_withdrawn_by_two",
            ),
        ),
    ]
