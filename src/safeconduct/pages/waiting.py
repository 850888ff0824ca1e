"""What the contact page keeps in memory, and how people wait for it without being told apart.

Behind an onion service all come from one address. So nobody is counted and nobody locked out: whoever
floods the page makes all wait, himself most, since the next one served is drawn by lot.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

MOST_KEPT = 4096
MOST_WAITING = 64  # at a fifth of a second each, the last one waits a quarter of a minute
T = TypeVar("T")


class Kept(Generic[T]):
    """Values under random tokens, each for a while. Full, the oldest goes."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[float, T]] = {}

    def put(self, value: T, *, lasts_s: float, token: str = "") -> str:
        """Keep a value and return its token of 128 bits, or the one given."""
        now = time.monotonic()
        for old in [name for name, (until, _) in self._values.items() if until < now]:
            del self._values[old]
        while len(self._values) >= MOST_KEPT:
            del self._values[next(iter(self._values))]
        token = token or secrets.token_hex(16)
        self._values[token] = now + lasts_s, value
        return token

    def get(self, token: str) -> T | None:
        """Return what lies under a token, None when nothing does any longer."""
        until, value = self._values.get(token, (0.0, None))
        return value if until > time.monotonic() else None

    def shorten(self, token: str, *, lasts_s: float) -> None:
        """Let a value go sooner; never later."""
        if token in self._values:
            until, value = self._values[token]
            self._values[token] = min(until, time.monotonic() + lasts_s), value


class Busy(Exception):
    """Too many wait, and the lot fell on this one to come again."""


class Lane:
    """One at a time; the next is drawn by lot among those who wait, and so is who must go."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._taken = False

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn and hold it for the block.

        Raises:
            Busy: too many wait.
        """
        if self._taken:
            await self._wait()
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self._draw().set_exception(Busy())
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif mine.done() and not mine.cancelled():
                self._pass_on()
            raise

    def _draw(self) -> "asyncio.Future[None]":
        return self._waiting.pop(secrets.randbelow(len(self._waiting)))

    def _pass_on(self) -> None:
        if self._waiting:
            self._draw().set_result(None)
        else:
            self._taken = False


async def released(work: Awaitable[T], *, step_s: float) -> T:
    """Return what `work` gives, at a full step after the start: what it found moves no answer."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    try:
        return await work
    finally:
        steps = (loop.time() - start) // step_s + 1
        await asyncio.sleep(start + steps * step_s - loop.time())
