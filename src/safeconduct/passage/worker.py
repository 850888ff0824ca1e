"""The loops of this room: plans follow their cases within a second of whatever happens there."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.passage import actions, roads
from safeconduct.programme import load


def _follow() -> bool:
    return actions.follow(workers.me(Purpose.CLOCKS), profile=load.current(), now=clock.now())


def _forget() -> bool:
    return actions.forget(workers.me(Purpose.CLOCKS), now=clock.now())


def _reprice() -> bool:
    return actions.reprice(workers.me(Purpose.CLOCKS), profile=load.current(), now=clock.now())


def _search_anew() -> bool:
    held = roads.current()
    if held is None:
        return False
    return actions.search_anew(workers.me(Purpose.CLOCKS), roads=held[1], now=clock.now())


def _forget_dangers() -> bool:
    return actions.forget_dangers(
        workers.me(Purpose.CLOCKS), profile=load.current(), now=clock.now()
    )


def _seized() -> bool:
    return actions.burn_plans(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("passage.follow", _follow, every_s=1.0),
        Loop("passage.seized", _seized, every_s=0.5, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("passage.reprice", _reprice, every_s=0.2, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("passage.search", _search_anew, every_s=0.2, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("passage.forget", _forget, every_s=30.0),
        Loop("passage.forget_dangers", _forget_dangers, every_s=60.0),
    ]
