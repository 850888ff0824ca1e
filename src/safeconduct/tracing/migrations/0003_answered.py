"""What a request was looked up by goes with its answer."""

from typing import Any

from django.db import migrations


def _empty(apps: Any, _schema: Any) -> None:
    requests = apps.get_model("tracing", "TracingRequest").objects
    requests.filter(answered_at__isnull=False).update(keys=b"")


class Migration(migrations.Migration):
    dependencies = [
        ("tracing", "0002_described"),
    ]

    operations = [migrations.RunPython(_empty, migrations.RunPython.noop, elidable=True)]
