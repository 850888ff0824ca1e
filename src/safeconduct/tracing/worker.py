"""Answers requests and tells of calls at their time, and forgets those whose asker was erased."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.programme import load
from safeconduct.tracing import actions, calls


def _answer() -> bool:
    profile = load.current()
    return actions.answer_due(
        workers.me(Purpose.CLOCKS),
        profile=profile,
        reply_after_stop=profile.limit("reply_after_stop"),
        now=clock.now(),
    )


def _calls() -> bool:
    profile, worker, now = load.current(), workers.me(Purpose.CLOCKS), clock.now()
    handed = calls.hand_on(worker, now=now)
    return calls.tell_due(worker, profile=profile, now=now) or handed


def _forget() -> bool:
    return actions.forget_askers(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("tracing.answers", _answer, every_s=60.0),
        Loop("tracing.calls", _calls, every_s=60.0),
        Loop("tracing.forgets", _forget, every_s=3600.0),
    ]
