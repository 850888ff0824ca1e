"""Reads lists that were brought, deletes those that were destroyed, and sees which campaigns are done."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.outreach import actions
from safeconduct.programme import load


def _read() -> bool:
    # Who sends may open a list, and nobody else's process.
    send, region = workers.me(Purpose.SEND), load.current().phone_region
    return actions.read_on(send, region=region, now=clock.now())


def _delete() -> bool:
    return actions.delete_on()


def _close() -> bool:
    actions.close_ended(workers.me(Purpose.SEND), now=clock.now())
    return False


def loops() -> list[Loop]:
    """Return the loops of this room. Nobody waits for them by the second, so nothing wakes them."""
    return [
        Loop("outreach.read", _read, every_s=1.0),
        Loop("outreach.delete", _delete, every_s=5.0),
        Loop("outreach.close", _close, every_s=5.0),
    ]
