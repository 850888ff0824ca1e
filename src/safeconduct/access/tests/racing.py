"""Many hands at one moment, each a thread with a connection of its own to the real database."""

import threading
from collections.abc import Callable, Sequence

from django.db import IntegrityError, connection

from safeconduct.access.rules import Absent
from safeconduct.refusal import Refused

YES = "yes"
HANDS = 20
PATIENCE_S = 20.0
# Not from pg_stat_activity: of that a transaction sees what stood there when it first looked.
_WAITING = (
    "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


def until_somebody_waits() -> None:
    """On PostgreSQL, wait until another connection waits for a lock that this one holds."""
    patience = threading.Event()
    for _look in range(int(PATIENCE_S / 0.01)):
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            if cursor.fetchone():
                return
        patience.wait(0.01)
    raise AssertionError("nobody waited")


def at_once(does: Sequence[Callable[[], object]]) -> list[str]:
    """Let all act behind one barrier; return, in their order, YES or why not.

    Whatever is neither done nor refused is told as the name of what was raised.
    """
    start, said = threading.Barrier(len(does)), [""] * len(does)

    def hand(number: int, act: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            start.wait(30)
            act()
            said[number] = YES
        except Refused as no:
            said[number] = no.refusal.code
        except (Absent, IntegrityError) as no:
            said[number] = type(no).__name__
        except Exception as no:  # noqa: BLE001  the test shows it
            said[number] = f"{type(no).__name__}: {no}"
        finally:
            connection.close()

    hands = [threading.Thread(target=hand, args=each) for each in enumerate(does)]
    for each in hands:
        each.start()
    for each in hands:
        each.join(120)
    return said
