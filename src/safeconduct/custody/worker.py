"""The clocks of custody. They start from the case, ring for people, and nothing switches them off."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.custody import actions
from safeconduct.notices.loops import Loop
from safeconduct.programme import load


def _clocks() -> bool:
    who, now = workers.me(Purpose.CLOCKS), clock.now()
    return (
        actions.follow(who, profile=load.current(), now=now)
        or actions.ring(who, now=now)
        or actions.call_about_voices(who, now=now)
    )


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("custody.clocks", _clocks, every_s=2.0)]
