"""Conversations with an aircraft that may lose either half: parameters, a fence up, a fence read back.

Each is a machine of values: `due` says what is to be sent now, `took` takes what came. Pure; the time
is an argument, seconds of one clock that only goes forward. What is never answered ends unanswered.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from safeconduct.mavlink.fence import RALLY_POINT, Item
from safeconduct.mavlink.intents import (
    EndItems,
    Intent,
    ReadItem,
    ReadItems,
    ReadParameter,
    UploadCount,
    UploadItem,
)

AGAIN_S = (
    1.0  # after which a question is asked again (proposed; a radio's round trip is under 0.5 s)
)
TRIES = 4
AT_ONCE = 8  # parameters asked for together: a slow radio carries some 100 small frames a second
TICK_S = 0.05


class Exchange(Protocol):
    """One conversation."""

    @property
    def over(self) -> bool:
        """Return whether nothing more is to be sent or waited for."""
        ...

    def due(self, now_s: float) -> Sequence[Intent]:
        """Return what is to be sent now."""
        ...

    def took(self, message: Any) -> None:
        """Take one decoded message of the aircraft; what is not meant for this is left alone."""
        ...


class Reading:
    """Reads parameters by name, each asked for again until it answers or `TRIES` are spent.

    Attributes:
        values: what answered with a number.
    """

    def __init__(self, system: int, names: Iterable[str]) -> None:
        self.system = system
        self.values: dict[str, float] = {}
        self._left = dict.fromkeys(names, 0)
        self._asked_at: dict[str, float] = {}

    @property
    def over(self) -> bool:
        """Return whether each has answered or is given up."""
        return not self._left

    def due(self, now_s: float) -> list[Intent]:
        """Return the questions to ask now; a name whose last try is over is given up."""
        out: list[Intent] = []
        waiting = 0
        for name, tries in list(self._left.items()):
            if now_s - self._asked_at.get(name, -math.inf) < AGAIN_S:
                waiting += 1
            elif tries == TRIES:
                del self._left[name]
            elif waiting < AT_ONCE:
                self._left[name], self._asked_at[name] = tries + 1, now_s
                out.append(ReadParameter(self.system, name))
                waiting += 1
        return out

    def took(self, message: Any) -> None:
        """Take a value; one that is no number is no answer."""
        told = message.get_type() == "PARAM_VALUE" and message.param_id in self._left
        if told and math.isfinite(message.param_value):
            self.values[message.param_id] = message.param_value
            del self._left[message.param_id]


class _Transfer:
    """What an upload and a read-back share: one thing said, said again until it is answered."""

    def __init__(self, system: int, kind: int, first: Intent) -> None:
        self.system, self.kind = system, kind
        self.done = self.failed = False
        self.why = ""
        self._say: Intent | None = first
        self._tries, self._said_at = 0, -math.inf

    @property
    def over(self) -> bool:
        """Return whether it is done or failed, and nothing is left to say."""
        return (self.done or self.failed) and self._say is None

    def due(self, now_s: float) -> list[Intent]:
        """Return what is to be said now."""
        if self._say is None or now_s - self._said_at < AGAIN_S:
            return []
        if self.failed or self.done:  # the last word; nobody answers it
            said, self._say = self._say, None
            return [said]
        if self._tries == TRIES:
            self._fail("the aircraft did not answer")
            return self.due(now_s)
        self._tries, self._said_at = self._tries + 1, now_s
        return [self._say]

    def _next(self, intent: Intent) -> None:
        self._say, self._tries, self._said_at = intent, 0, -math.inf

    def _fail(self, why: str) -> None:
        self.failed, self.why = True, why
        self._next(EndItems(self.system, self.kind, given_up=True))

    def _mine(self, message: Any) -> bool:
        return not self.over and getattr(message, "mission_type", None) == self.kind


class Upload(_Transfer):
    """Brings a fence or rally points to the aircraft, item by item as it asks for them.

    Attributes:
        done: the aircraft has acknowledged it. It counts only once it was read back the same.
        failed, why: it was given up.
    """

    def __init__(self, system: int, kind: int, items: Sequence[Item]) -> None:
        super().__init__(system, kind, UploadCount(system, kind, len(items)))
        self._items = list(items)

    def took(self, message: Any) -> None:
        """Take a request for an item, or the acknowledgement."""
        if not self._mine(message) or self.failed:
            return
        if message.get_type() in {"MISSION_REQUEST_INT", "MISSION_REQUEST"}:
            if message.seq < len(self._items):
                item = self._items[message.seq]
                self._next(UploadItem(self.system, self.kind, message.seq, item))
            else:
                self._fail("the aircraft asked for an item that there is not")
        elif message.get_type() == "MISSION_ACK":
            if message.type == 0:
                self.done, self._say = True, None
            else:
                self._fail(f"the aircraft refused it with {message.type}")


class ReadBack(_Transfer):
    """Reads the fence or the rally points that the aircraft holds.

    Attributes:
        items: what it holds, once `done`.
    """

    def __init__(self, system: int, kind: int) -> None:
        super().__init__(system, kind, ReadItems(system, kind))
        self.items: list[Item] = []
        self._count: int | None = None

    def took(self, message: Any) -> None:
        """Take the count, or the next item."""
        if not self._mine(message) or self.failed or self.done:
            return
        if message.get_type() == "MISSION_COUNT" and self._count is None:
            self._count = message.count
            self._on()
        elif message.get_type() == "MISSION_ITEM_INT" and self._is_next(message):
            height_m = message.z if message.command == RALLY_POINT else 0.0
            told = (message.command, message.param1, message.x, message.y)
            self.items.append(Item(*told, alt_m=height_m))
            self._on()

    def _is_next(self, item: Any) -> bool:
        return self._count is not None and item.seq == len(self.items)

    def _on(self) -> None:
        if self._count == len(self.items):
            self.done = True
            self._next(EndItems(self.system, self.kind))
        else:
            self._next(ReadItem(self.system, self.kind, len(self.items)))


async def carry(
    exchange: Exchange, *, say: Callable[[Intent], None], heard: "asyncio.Queue[Any]"
) -> None:
    """Have one conversation until it is over.

    Args:
        exchange: what is wanted.
        say: encodes and sends one intent; what it refuses ends the conversation.
        heard: the aircraft's messages, as they are believed.

    Raises:
        Refused: the encoder let nothing leave.
    """
    while not exchange.over:
        for intent in exchange.due(time.monotonic()):
            say(intent)
        try:
            async with asyncio.timeout(TICK_S):
                exchange.took(await heard.get())
        except TimeoutError:
            continue
        while not heard.empty():
            exchange.took(heard.get_nowait())
