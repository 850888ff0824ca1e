"""Answers requests and tells of calls at their time, and forgets those whose asker was erased."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.programme import load
from safeconduct.tracing import actions, calls


class _Answers:
    """Goes through those who are due, fifty at a step; a worker that begins anew begins with the first."""

    def __init__(self) -> None:
        self._after: actions.Place | None = None

    def step(self) -> bool:
        profile = load.current()
        self._after = actions.answer_due(
            workers.me(Purpose.CLOCKS),
            after=self._after,
            profile=profile,
            reply_after_stop=profile.limit("reply_after_stop"),
            now=clock.now(),
        )
        return self._after is not None


def _calls() -> bool:
    profile, worker, now = load.current(), workers.me(Purpose.CLOCKS), clock.now()
    handed = calls.hand_on(worker, now=now)
    return calls.tell_due(worker, profile=profile, now=now) or handed


def _forget() -> bool:
    return actions.forget_askers(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("tracing.answers", _Answers().step, every_s=60.0),
        Loop("tracing.calls", _calls, every_s=60.0),
        Loop("tracing.forgets", _forget, every_s=3600.0),
    ]
