"""Answers requests at their time."""

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


def loops() -> list[Loop]:
    """Return the one loop of this room."""
    return [Loop("tracing.answers", _answer, every_s=60.0)]
