"""What a room hands to the worker process: a named step, and how long it rests when idle."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

SOON: Final = "soon"


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop of the worker.

    Attributes:
        name: dotted, for the log and the heartbeat ("post.send").
        step: does one small piece of work, reading the clock itself; True when there may be more,
            SOON when time alone brings the next: then no wake-up is waited for.
        every_s: seconds to wait after a step that found nothing.
        woken_by: with some, the loop waits on after `every_s` until one of them changed:
            `waking.DATABASE`, or a file of the incoming spool by its name ("in").
        at_latest_s: seconds after which it looks all the same; a wake-up may be missed. Only
            with `woken_by`.
    """

    name: str
    step: Callable[[], bool | Literal["soon"]]
    every_s: float
    woken_by: tuple[str, ...] = ()
    at_latest_s: float = 1.0
