"""That his card left is put on record as notices are. No trigger lies on documents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0012_bureau"),
        ("custody", "0008_bureau"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="document",
            name="document_kind_is_known",
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "bureau_notice",
                            "bureau_notice_civilian",
                            "bureau_notice_death",
                            "bureau_notice_escape",
                            "bureau_notice_release",
                            "bureau_notice_return",
                            "notice_power",
                            "notice_family",
                            "sick_weekly",
                            "bureau_transfer",
                            "capture_card",
                        ],
                    )
                ),
                name="document_kind_is_known",
            ),
        ),
    ]
