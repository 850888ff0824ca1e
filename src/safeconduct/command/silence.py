"""A worker that stands still calls nobody, so its supervisor does: by the roster, over the same pager.

Nothing is written into the tables here: a worker that was stopped amid a step may hold them. What is
read is its last beat and who is on duty; the number is opened by the keeper, as the worker opens it.
"""

from datetime import datetime, timedelta

from safeconduct import clock, log
from safeconduct.access.rules import Duty, WorkerId
from safeconduct.command.family import House

LOOKS_S = 5.0  # between two looks at the beat
SILENT_AFTER = timedelta(
    seconds=30
)  # it beats every 2 s; the longest patience of a restart is 10 s
logger = log.get_logger()


class Silence:
    """Looks whether the worker beats, and calls one after another until it does.

    Args:
        house: whose worker.
        since: when it was started: it has not beaten before.
    """

    def __init__(self, house: House, *, since: datetime) -> None:
        self._house, self._since = house, since
        self._called_at: datetime | None = None
        self._calls = 0

    def look(self, *, wall: datetime) -> bool:
        """Call the next on duty if the worker is silent and it is time; return whether it is silent.

        Whoever mends it is called first (ADM), then the supervisors, then from the beginning, each
        after the programme's `page_unanswered`.
        """
        from safeconduct.notices import queries as notices

        beat = max(notices.last_beat() or self._since, self._since)
        silent = wall - beat > SILENT_AFTER
        if silent:
            self._call(wall)
        elif self._called_at is not None:
            logger.info("worker.beats_again", count=self._calls)
            self._called_at, self._calls = None, 0
        return silent

    def chore(self) -> None:
        """Look once, and hold no connection until the next time: the supervisor has no other use for one."""
        from django.db import connections  # after django.setup

        try:
            self.look(wall=clock.wall())
        finally:
            connections.close_all()

    def _call(self, wall: datetime) -> None:
        from safeconduct.access import queries, worker
        from safeconduct.programme import load

        unanswered = load.current().limit("page_unanswered")
        if self._called_at is not None and wall - self._called_at < unanswered:
            return
        self._called_at = wall
        heard = queries.reachable(Duty.ADM, now=clock.now(), wall=wall)
        paged = [shift for shift in heard if shift.channel == "sms"]
        if not paged:
            logger.error("worker.silent", outcome="nobody to call")
            return
        shift = paged[self._calls % len(paged)]
        self._calls += 1
        found = queries.handle_of(WorkerId("SYS:send", self._house.tokens["send"]), shift)
        if found is not None:
            attempt = f"silent.{shift.ref}.{int(wall.timestamp())}"
            worker.put_page(self._house.folder, attempt, *found)
            logger.error("worker.silent", outcome="called", count=self._calls)
