"""Promises' dates: that one comes near, and whom one that has passed calls."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.pledges import actions


def _dates() -> bool:
    who, now = workers.me(Purpose.CLOCKS), clock.now()
    return actions.fall_due(who, now=now) or actions.ring(who, now=now)


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("pledges.due", _dates, every_s=5.0)]
