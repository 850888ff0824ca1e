"""How many requests may be under way without an answer, and who is next when one comes. Pure asyncio.

First come, first served. A stream is served once for all answers of one read, so that what it then
writes leaves in one write.
"""

import asyncio
from collections import deque
from collections.abc import Callable


class Window:
    """`free` places. Tasks `take` one each; a stream is `fed` and takes from `free` what it likes.

    Whoever adds to `free` by hand calls `serve` once it has added all.
    """

    def __init__(self, size: int) -> None:
        self.free = size
        self._waiting: deque[Callable[[], None]] = deque()

    async def take(self) -> None:
        """Wait for a place and take it."""
        if self.free > 0 and not self._waiting:
            self.free -= 1
            return
        mine = asyncio.get_running_loop().create_future()

        def have() -> None:
            if not mine.done():
                self.free -= 1
                mine.set_result(None)

        self._waiting.append(have)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.give()
            raise

    def feed(self, stream: Callable[[], None]) -> None:
        """Call `stream` when there are places, now or later; it asks again for more."""
        self._waiting.append(stream)
        if self.free > 0:
            asyncio.get_running_loop().call_soon(self.serve)

    def give(self) -> None:
        """Give one place back."""
        self.free += 1
        self.serve()

    def serve(self) -> None:
        """Call who waits, in their order, as long as there are places."""
        while self.free > 0 and self._waiting:
            self._waiting.popleft()()
