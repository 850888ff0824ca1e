"""Beside a text of a plan, sealed: the proof that it stands in what was approved."""

from django.db import migrations

import safeconduct.access.fields


class Migration(migrations.Migration):
    dependencies = [("post", "0006_campaigns")]
    operations = [
        migrations.AddField("message", "proof", safeconduct.access.fields.SealedField(null=True)),
    ]
