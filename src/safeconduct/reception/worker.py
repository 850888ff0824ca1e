"""What telephones brought and a person has looked at is forgotten on time, whoever opens a page or none."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.reception import actions


def _forget() -> bool:
    return actions.forget_seen(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("reception.phones", _forget, every_s=3600.0)]
