"""Notices that a promise's date comes near."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.pledges import actions


def _fall_due() -> bool:
    return actions.fall_due(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("pledges.due", _fall_due, every_s=5.0)]
