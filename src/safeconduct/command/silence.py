"""A worker that stands still calls nobody, so its supervisor does: by the roster, over the same pager.

Nothing is written into the tables here: a worker that was stopped amid a step may hold them. What is
read is its pulse; who is on duty is read, and the number opened, by a process that ends with the call.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from safeconduct import clock, log
from safeconduct.access.rules import Duty, WorkerId
from safeconduct.command.family import House
from safeconduct.command.once import once
from safeconduct.notices import pulse
from safeconduct.programme import load

LOOKS_S = 5.0  # between two looks at the pulse
SILENT_AFTER = timedelta(
    seconds=30
)  # it beats every 2 s; the longest patience of a restart is 10 s
_PATIENCE_S = 15.0  # for one call: meanwhile no part that died is started again
logger = log.get_logger()


def call_one(house: House, number: int, wall: datetime) -> bool:
    """Put out one page to whoever is on duty and has a pager, the first at 0; return whether anybody is."""
    import django

    django.setup()
    from safeconduct.access import queries, worker

    heard = queries.reachable(Duty.ADM, now=clock.now(), wall=wall)
    paged = [shift for shift in heard if shift.channel == "sms"]
    if not paged:
        return False
    shift = paged[number % len(paged)]
    found = queries.handle_of(WorkerId("SYS:send", house.tokens["send"]), shift)
    if found is not None:
        worker.put_page(house.folder, f"silent.{shift.ref}.{int(wall.timestamp())}", *found)
    return True


class Silence:
    """Looks whether the worker beats, and calls one after another until it does.

    Args:
        house: whose worker.
        since: when it was started: it has not beaten before.
        calls: see `call_one`, but for the house; without one, in a process that ends.
    """

    def __init__(
        self, house: House, *, since: datetime, calls: Callable[[int, datetime], bool] | None = None
    ) -> None:
        self._folder, self._since = house.folder, since
        self._calls = calls or partial(once, call_one, house, patience_s=_PATIENCE_S)
        self._called_at: datetime | None = None
        self._called = 0
        pulse.forget(house.folder)

    def look(self, *, wall: datetime) -> bool:
        """Call the next on duty if the worker is silent and it is time; return whether it is silent.

        Whoever mends it is called first (ADM), then the supervisors, then from the beginning, each
        after the programme's `page_unanswered`.

        Raises:
            Trouble: the call could not be put out; it is tried again at the next look.
        """
        silent = wall - (pulse.felt(self._folder) or self._since) > SILENT_AFTER
        if silent:
            self._call(wall)
        elif self._called_at is not None:
            logger.info("worker.beats_again", count=self._called)
            self._called_at, self._called = None, 0
        return silent

    def _call(self, wall: datetime) -> None:
        unanswered = load.current().limit("page_unanswered")
        if self._called_at is not None and wall - self._called_at < unanswered:
            return
        if self._calls(self._called, wall):
            self._called += 1
            logger.error("worker.silent", outcome="called", count=self._called)
        else:
            logger.error("worker.silent", outcome="nobody to call")
        self._called_at = wall
