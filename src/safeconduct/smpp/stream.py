"""Many messages from an iterator, the window always full, and no task for any of them.

Section numbers are those of SMPP 3.4, Issue 1.2.
"""

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

from safeconduct.smpp.codec import (
    Command,
    Malformed,
    Message,
    Pdu,
    Status,
    message_body,
    read_id,
)
from safeconduct.smpp.window import Window
from safeconduct.smpp.wire import NotSent, Wire

SUBMIT, _NACK = int(Command.SUBMIT_SM), int(Command.GENERIC_NACK)  # plain: used for each part
# Of one message of a stream: its number there, the carrier's status and id; status None is "unknown".
Answered = Callable[[int, int | None, str], None]


class Stream:
    """What `Client.submit_all` does: the window feeds it whenever there are places."""

    def __init__(
        self,
        open_wire: Callable[[], Wire],
        window: Window,
        messages: Iterator[Message | bytes],
        told: Answered,
        late: Answered | None = None,
    ) -> None:
        self._open_wire, self._window = open_wire, window
        self._messages, self._told, self._late = messages, told, late
        self._count = self._owed = 0
        self._within_s = 0.0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last: Exception | None = None

    async def written(self, *, within_s: float) -> int:
        """Write until the messages or the link end, and all is answered; return how many it were."""
        self._within_s = within_s
        self._window.feed(self._fill)
        await self._over
        if isinstance(self._last, StopIteration | NotSent):
            return self._count
        raise self._last or asyncio.CancelledError

    def _fill(self) -> None:
        if self._over.done():  # given up by whoever waited: he could not be told what leaves now
            return
        window, messages, within_s = self._window, self._messages, self._within_s
        try:
            request = self._open_wire().request
            while window.free > 0:
                told = partial(self._hear, self._count)
                late = partial(self._hear_late, self._count) if self._late else None
                part = next(messages)
                body = part if isinstance(part, bytes) else message_body(part)
                request(SUBMIT, body, within_s=within_s, told=told, late=late)
                window.free -= 1
                self._owed += 1
                self._count += 1
        except Exception as last:  # noqa: BLE001  the end, or the caller's own: he is told
            self._last = last
            self._end()
        else:
            window.feed(self._fill)

    def _hear(self, number: int, pdu: Pdu | None) -> None:
        self._window.free += 1
        self._owed -= 1
        if pdu is None:
            self._told(number, None, "")
        else:
            self._told(number, *outcome(pdu))
        if self._last is not None:
            self._end()

    def _hear_late(self, number: int, pdu: Pdu | None) -> None:
        if pdu is not None and self._late is not None:
            self._late(number, *outcome(pdu))

    def _end(self) -> None:
        if not self._owed and not self._over.done():
            self._over.set_result(None)


def outcome(pdu: Pdu) -> tuple[int, str]:
    """Return the status and the message id of a submit_sm_resp, or of the generic_nack in its place."""
    if pdu.status == 0 and pdu.command != _NACK:
        try:
            return 0, read_id(pdu)
        except Malformed:
            return 0, ""
    return pdu.status or int(Status.SYSTEM_ERROR), ""
