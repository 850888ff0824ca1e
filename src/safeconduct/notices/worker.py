"""Keeps the notices short: a nudge older than a day reaches nobody."""

from safeconduct import clock
from safeconduct.notices import actions
from safeconduct.notices.loops import Loop


def _trim() -> bool:
    actions.trim(wall=clock.wall())
    return False


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("notices.trim", _trim, every_s=600)]
