"""What a room hands to the worker process: a named step, and how often to take it when idle."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop of the worker.

    Attributes:
        name: dotted, for the log and the heartbeat ("post.send").
        step: does one small piece of work, reading the clock itself; True when there may be more.
        every_s: seconds to wait after a step that found nothing.
    """

    name: str
    step: Callable[[], bool]
    every_s: float
