"""Answers requests at their time, and forgets those whose asker was erased."""

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import Loop
from safeconduct.programme import load
from safeconduct.tracing import actions


def _answer() -> bool:
    profile = load.current()
    return actions.answer_due(
        workers.me(Purpose.CLOCKS),
        profile=profile,
        reply_after_stop=profile.limit("reply_after_stop"),
        now=clock.now(),
    )


def _forget() -> bool:
    return actions.forget_askers(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("tracing.answers", _answer, every_s=60.0),
        Loop("tracing.forgets", _forget, every_s=3600.0),
    ]
