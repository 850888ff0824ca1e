"""The last line lies sealed in the conversation's own row; one of before shows none until the next text."""

from django.db import migrations

from safeconduct.access.fields import SealedField


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [migrations.AddField("conversation", "line", SealedField(null=True))]
