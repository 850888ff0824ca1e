"""A lawyer decides on a request: what he reads, its digest, who put it up, who decided and when."""

from django.db import migrations, models

import safeconduct.access.fields


class Migration(migrations.Migration):
    dependencies = [
        ("tracing", "0003_answered"),
    ]

    operations = [
        migrations.AddField(
            model_name="tracingrequest",
            name="decided_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="decided_by",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="file",
            field=safeconduct.access.fields.SealedField(null=True),
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="file_digest",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="tracingrequest",
            name="put_by",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddConstraint(
            model_name="tracingrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_at__isnull", True),
                    models.Q(
                        ("file_digest__isnull", False),
                        models.Q(("decided_by", ""), _negated=True),
                        models.Q(("decided_by", models.F("put_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="request_decided_by_another",
            ),
        ),
    ]
