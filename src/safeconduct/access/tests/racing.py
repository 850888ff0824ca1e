"""Many hands at one moment, each a thread with a connection of its own to the real database."""

import threading
from collections.abc import Callable, Sequence

from django.db import IntegrityError, connection

from safeconduct.access.rules import Absent
from safeconduct.refusal import Refused

YES = "yes"
HANDS = 20


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
