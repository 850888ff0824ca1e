"""Promises' dates: that one comes near, and whom one that has passed, or a payment nobody makes, calls."""

from safeconduct import clock
from safeconduct.access import ageing, workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.pledges import actions
from safeconduct.programme import load


def _dates() -> bool:
    who, now = workers.me(Purpose.CLOCKS), clock.now()
    return actions.fall_due(who, now=now) or actions.ring(who, now=now)


def _unpaid() -> bool:
    waits = load.current().limit(ageing.WAITS)
    return actions.ring_unpaid(workers.me(Purpose.CLOCKS), waits=waits, now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("pledges.due", _dates, every_s=5.0),
        Loop("pledges.unpaid", _unpaid, every_s=5.0),
    ]
