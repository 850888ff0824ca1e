"""The worker process: every room's loops, each in a thread of its own, woken by what is committed.

A step that raises is logged by its class and tried again, later each time; the others go on. The
process beats while no step hangs, so that a page can say "the clocks stand still". It stops on
SIGTERM; its supervisor has the kernel end it with itself (PR_SET_PDEATHSIG), and a step cut short
was one transaction, taken up again at the next start.
"""

import gc
import os
import signal
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal

import django

from safeconduct import clock, log, traces
from safeconduct.notices import pulse
from safeconduct.notices.loops import SOON, Loop

if TYPE_CHECKING:
    from safeconduct.notices.waking import Waker

BEAT_EVERY_S = 2.0
HANGS_AFTER_S = 30.0  # a step is one small piece of work; longer than this is no step
GIVES_WAY, GIVES_WAY_AT_MOST_S = 0.25, 0.05  # of a step's time, after one that has more
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.5, 30.0


class Runner:
    """One loop in its thread."""

    def __init__(self, loop: Loop, *, stop: threading.Event) -> None:
        self._loop, self._stop = loop, stop
        self.bell = threading.Event()  # rung when what the loop waits for has changed
        self._since: float | None = None
        self._began = 0.0
        self._thread = threading.Thread(target=self._run, name=loop.name, daemon=True)

    @property
    def woken_by(self) -> tuple[str, ...]:
        """Return what rings for this loop."""
        return self._loop.woken_by

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, *, until: float) -> None:
        """Wait for the step in hand, until a monotonic instant."""
        self._thread.join(max(0.0, until - time.monotonic()))

    def hangs(self) -> bool:
        """Return whether one step has taken longer than any step may."""
        since = self._since
        return since is not None and time.monotonic() - since > HANGS_AFTER_S

    def _run(self) -> None:
        failed = 0
        more: bool | Literal["soon"]
        while not self._stop.is_set():
            try:
                self._since = self._began = time.monotonic()
                self.bell.clear()  # before the step: what is committed during it rings for the next
                more = self._loop.step()
                failed = 0
            except Exception as error:  # noqa: BLE001  one loop's fault must not stop the others
                failed += 1
                more = False
                self._tell(error, failed)
            finally:
                self._since = None
            if more is True:
                self._give_way()
            else:
                close_connections(only_broken=failed == 0)
                self._rest(failed, soon=more == SOON)
        close_connections(only_broken=False)

    def _give_way(self) -> None:
        # SQLite has one writer and no queue for it: whoever waits asks again after 25 to 100 ms, and
        # a loop that always has more would be before him each time.
        took = time.monotonic() - self._began
        self._stop.wait(min(took * GIVES_WAY, GIVES_WAY_AT_MOST_S))

    def _rest(self, failed: int, *, soon: bool) -> None:
        self._stop.wait(self._pause_s(failed))
        if self._loop.woken_by and not failed and not soon:
            self.bell.wait(max(0.0, self._loop.at_latest_s - self._loop.every_s))

    def _pause_s(self, failed: int) -> float:
        if not failed:
            return self._loop.every_s
        return float(min(_FIRST_WAIT_S * 2 ** min(failed - 1, 10), _LONGEST_WAIT_S))

    def _tell(self, error: Exception, failed: int) -> None:
        log.get_logger().warning(
            "loop.failed",
            process=self._loop.name,
            error=type(error).__name__,
            where=log.where(error),
            attempt=failed,
        )


def close_connections(*, only_broken: bool) -> None:
    """Close this thread's database connections: all of them, or those that no longer work.

    One that works is kept for the next step: opening it costs more than most steps (decision 0099).
    """
    from django.db import connections  # noqa: PLC0415  after django.setup

    for connection in connections.all(initialized_only=True):
        broken = connection.errors_occurred and not connection.is_usable()
        if broken or not only_broken:
            connection.close()


def all_loops() -> list[Loop]:
    """Return the loops of every room that has some."""
    from safeconduct.web.rooms import WORKERS  # noqa: PLC0415  after django.setup

    return [loop for loops in WORKERS for loop in loops()]


def _waker(runners: list[Runner]) -> "Waker":
    from django.conf import settings  # noqa: PLC0415  after django.setup

    from safeconduct.notices.waking import Waker  # noqa: PLC0415  after django.setup

    waiting: dict[str, list[threading.Event]] = {}
    for runner in runners:
        for source in runner.woken_by:
            waiting.setdefault(source, []).append(runner.bell)
    return Waker(waiting, data=Path(settings.DATA))


def run(loops: list[Loop], *, stop: threading.Event) -> None:
    """Run `loops` until `stop` is set, beating while none hangs."""
    from django.conf import settings  # noqa: PLC0415  after django.setup

    from safeconduct.notices.actions import beat  # noqa: PLC0415  after django.setup

    runners = [Runner(loop, stop=stop) for loop in loops]
    for runner in runners:
        runner.start()
    threading.Thread(
        target=_waker(runners).run, args=(stop,), name="worker.waker", daemon=True
    ).start()

    def _beat() -> bool:
        if not any(runner.hangs() for runner in runners):
            beat("worker", wall=clock.wall())
            pulse.beat(Path(settings.DATA))
        return False

    heart = Runner(Loop("worker.beat", _beat, BEAT_EVERY_S), stop=stop)
    heart.start()
    stop.wait()
    until = time.monotonic() + 4.0
    for runner in [*runners, heart]:
        runner.join(until=until)


def main() -> None:
    """Run until told to stop."""
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeconduct.web.settings")
    traces.leave_none()
    log.configure(process="worker")
    stop = threading.Event()

    def _stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    django.setup()
    from safeconduct.access import workers  # noqa: PLC0415  after django.setup

    workers.take_from_stdin()
    loops = all_loops()
    gc.freeze()  # what is loaded stays: it need not be looked through for garbage
    gc.enable()
    run(loops, stop=stop)


if __name__ == "__main__":
    main()
