"""Tracing takes a relative's conversation from its queue, and is let in by nobody.

SQLite makes the table anew for a constraint, and its triggers would be lost with the old one.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

_kept: list[str] = []


def keep(_apps: Any, editor: Any) -> None:
    """Remember the triggers of the table, where a constraint makes it anew."""
    if editor.connection.vendor != "sqlite":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'access_membership'"
        )
        _kept[:] = [sql for (sql,) in cursor.fetchall()]


def bring_back(_apps: Any, editor: Any) -> None:
    """Put them on the new table."""
    for sql in _kept:
        editor.execute(sql, None)
    _kept.clear()


class Migration(migrations.Migration):
    dependencies = [("access", "0007_sealed_reasons")]
    operations = [
        migrations.RunPython(keep),
        migrations.RemoveConstraint("membership", "only_operators_take"),
        migrations.RemoveConstraint("membership", "member_has_a_duty_on_the_way"),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=Q(taken=False) | Q(duty__in=["OP", "TRC"]),
                name="only_op_and_trc_take",
            ),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=~Q(duty__in=["ADM", "OFF", "CAM", "PUB"]),
                name="member_has_a_duty_on_the_way",
            ),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(
                condition=~Q(duty="TRC") | Q(taken=True), name="nobody_lets_tracing_in"
            ),
        ),
        migrations.RunPython(bring_back),
    ]
