"""One connected SMPP link, either side: frames, sequence numbers, answers awaited and matched.

What arrives as a request while a caller is busy is given to it in one batch, so that it can
commit once and answer once. What is sent within one turn of the loop leaves in one write.
A link check is answered here, at once, however busy the caller is (§4.11); a command that the
caller does not take gets a generic_nack (§4.3.1). Protocol clocks are monotonic.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import cast

from safeconduct.smpp.codec import (
    ANSWER,
    HEADER,
    LAST_SEQUENCE,
    Command,
    Malformed,
    Pdu,
    Status,
    cut,
)

_NACK, _CHECK = int(Command.GENERIC_NACK), int(Command.ENQUIRE_LINK)  # plain: compared for each PDU
_READ = 2**16
_MOST_WAITING = 10_000  # requests not yet taken; then we read no further
_MOST_LATE = 10_000  # answers given up that may still come
_CLOSING_S = 1.0

Record = Callable[[str, bytes], None]  # ("in" or "out", the octets of one PDU)
Told = Callable[[Pdu | None], None]  # the answer; None when its fate is unknown
_Asked = tuple[int, float, Told, Told | None]  # the answer's command, when due, told, late


class Unanswered(ConnectionError):
    """A request was written and no answer came: whether it was carried out is not known."""


class NotSent(ConnectionError):
    """A request was not written at all, for want of a link."""


def _nothing() -> None:
    return None


def _ignored(_wire: "Wire") -> None:
    return None


class Wire(asyncio.BufferedProtocol):
    """See the module's words. One task takes `requests`; any number may `ask`.

    Args:
        takes: the commands whose requests the caller will answer; all others are refused here.
        made: called once connected.
        ended: called once the link is no more, before anybody is told that an answer will not come.
        turned: called when all answers of one read have been told, or some given up; what it sends
            leaves in the same turn of the loop.
        record: sees every PDU's octets.
        begin: our sequence numbers go up from here.
    """

    def __init__(
        self,
        *,
        takes: frozenset[int],
        made: Callable[["Wire"], None] = _ignored,
        ended: Callable[[], None] = _nothing,
        turned: Callable[[], None] = _nothing,
        record: Record | None = None,
        begin: int = 0,
    ) -> None:
        self._takes, self._record = takes, record
        self._made, self._tell_ended, self._turned = made, ended, turned
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._read, self._buffer = memoryview(bytearray(_READ)), bytearray()
        self._out: list[bytes] = []
        self._flushes = False  # a turn is under way that flushes at its end
        self._sequence = begin
        self._asked: dict[int, _Asked] = {}
        self._late: dict[int, tuple[int, Told]] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._requests: list[Pdu] = []
        self._came, self._writable, self._gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._ended: Exception | None = None
        self.closed = True
        self.heard = self._loop.time()

    # ---- what the loop calls -----------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)
        self.closed = False
        self._writable.set()
        self._made(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next octets go."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Sort what came: answers are told, requests kept for whoever takes them."""
        if self.closed:
            return
        self.heard = self._loop.time()
        self._buffer += self._read[:nbytes]
        self._flushes = True
        try:
            while pdus := cut(self._buffer):
                self._sort(pdus)
        except Malformed as malformed:
            self.nack(0, malformed.status)
            self._end(malformed)
        self._turned()
        self._flushes = False
        self._flush()
        if len(self._requests) > _MOST_WAITING and self._transport is not None:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave everything written and unanswered unknown."""
        self._end(exc if isinstance(exc, OSError) else None)
        self._gone.set()

    def pause_writing(self) -> None:
        """Let `drain` wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let `drain` go on."""
        self._writable.set()

    # ---- out -----------------------------------------------------------------------------------

    def send(self, *pdus: Pdu) -> None:
        """Write PDUs, in one go with all else of this turn; a closed link takes them and does nothing."""
        for pdu in pdus:
            self._put(pdu.to_bytes())

    def _put(self, raw: bytes) -> None:
        if self._record:
            self._record("out", raw)
        if not self._out and not self._flushes:
            self._loop.call_soon(self._flush)
        self._out.append(raw)

    def _flush(self) -> None:
        if self._out:
            out = b"".join(self._out)
            self._out.clear()
            if self._transport is not None and not self.closed:
                self._transport.write(out)

    def answer_all(self, pdus: Sequence[Pdu], statuses: Sequence[int], body: bytes) -> None:
        """Send the response to each of many requests, all with one body."""
        length = HEADER.size + len(body)
        for (command, _, sequence, _), status in zip(pdus, statuses, strict=True):
            self._put(HEADER.pack(length, command | ANSWER, status, sequence) + body)

    def nack(self, sequence: int, status: int) -> None:
        """Send a generic_nack, §4.3.1."""
        self.send(Pdu(Command.GENERIC_NACK, status, sequence))

    async def drain(self) -> None:
        """Wait until the other side takes more, or the link is closed."""
        await self._writable.wait()

    def request(
        self, command: int, body: bytes, *, within_s: float, told: Told, late: Told | None = None
    ) -> None:
        """Send a request; `told` hears its answer, or None.

        Args:
            command: the request's command id.
            body: its body.
            within_s: seconds to wait for an answer of this command, or a generic_nack.
            told: called once, with None when no answer came in time or before the link closed.
            late: called with an answer that comes on this link after that.

        Raises:
            NotSent: the link was closed already.
        """
        if self.closed:
            raise NotSent("the link is closed; nothing was written")
        self._sequence = sequence = self._sequence % LAST_SEQUENCE + 1
        due = (self.heard if self._flushes else self._loop.time()) + within_s
        self._asked[sequence] = command | ANSWER, due, told, late
        if self._sweep is None or self._sweep.when() > due:
            self._sweep_at(due)
        self._put(HEADER.pack(HEADER.size + len(body), command, 0, sequence) + body)

    async def ask(
        self, command: int, body: bytes = b"", *, within_s: float, late: Told | None = None
    ) -> Pdu:
        """Send a request and return its answer. Arguments are those of `request`.

        Raises:
            NotSent: the link was closed already.
            Unanswered: written, and no answer in time or before the link closed.
        """
        future: asyncio.Future[Pdu | None] = self._loop.create_future()

        def told(pdu: Pdu | None) -> None:
            if not future.done():
                future.set_result(pdu)

        self.request(command, body, within_s=within_s, told=told, late=late)
        found = await future
        if found is None:
            raise Unanswered("no answer came in time or before the link closed")
        return found

    # ---- answers -------------------------------------------------------------------------------

    def _sort(self, pdus: list[Pdu]) -> None:
        if self._record:
            for pdu in pdus:
                self._record("in", pdu.to_bytes())
        for pdu in pdus:
            if pdu.command & ANSWER:
                self._hear(pdu)
            else:
                self._meet(pdu)

    def _meet(self, pdu: Pdu) -> None:
        if pdu.command in self._takes:
            self._requests.append(pdu)
            self._came.set()
        elif pdu.command == _CHECK:
            self.send(answer(pdu))
        else:
            self.nack(pdu.sequence, Status.BAD_COMMAND)

    def _hear(self, pdu: Pdu) -> None:
        """Match an answer by number and command; any other octets are nobody's answer."""
        command, _, sequence, _ = pdu
        asked = self._asked.get(sequence)
        if asked is not None:
            if command in (asked[0], _NACK):
                del self._asked[sequence]
                asked[2](pdu)
                if not self._asked:
                    self._quiet.set()
        elif (late := self._late.get(sequence)) and command in (late[0], _NACK):
            del self._late[sequence]
            late[1](pdu)

    def _sweep_at(self, due: float) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep = self._loop.call_at(due, self._give_up)

    def _give_up(self) -> None:
        """Tell those whose time is over, and look again when the next one's is."""
        self._sweep, now = None, self._loop.time()
        over = [number for number, asked in self._asked.items() if asked[1] <= now]
        for number in over:
            command, _, told, late = self._asked.pop(number)
            if late is not None:
                self._late[number] = command, late
            told(None)
        while len(self._late) > _MOST_LATE:
            del self._late[next(iter(self._late))]
        if self._asked:
            self._sweep_at(min(asked[1] for asked in self._asked.values()))
        else:
            self._quiet.set()
        self._turned()

    async def quiet(self) -> None:
        """Wait until nothing waits for an answer any more."""
        while self._asked:
            self._quiet.clear()
            await self._quiet.wait()

    # ---- requests ------------------------------------------------------------------------------

    async def requests(self) -> list[Pdu]:
        """Return every request that has come since the last call, one at least.

        Raises:
            ConnectionError: the link ended.
            Malformed: its octets cannot be followed; a generic_nack was sent.
        """
        while not self._requests:
            if self._ended is not None:
                raise self._ended
            self._came.clear()
            await self._came.wait()
        taken, self._requests = self._requests, []
        if self._transport is not None and not self.closed:
            self._transport.resume_reading()
        return taken

    # ---- the end -------------------------------------------------------------------------------

    async def close(self) -> None:
        """Close; everything still asked becomes `Unanswered`."""
        self._end(ConnectionResetError("the link was closed here"))
        if self._transport is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSING_S):
                await self._gone.wait()
        self._transport.abort()

    def _end(self, why: Exception | None) -> None:
        self._flush()
        if self._sweep is not None:
            self._sweep.cancel()
        self._ended = self._ended or why or ConnectionResetError("the other side closed the link")
        self.closed = True
        self._tell_ended()
        self._late.clear()
        asked, self._asked = self._asked, {}
        for _, _, told, _ in asked.values():
            told(None)
        self._turned()
        self._quiet.set()
        self._came.set()
        self._writable.set()
        if self._transport is not None:
            self._transport.close()


def answer(pdu: Pdu, *, status: int = Status.OK, body: bytes = b"") -> Pdu:
    """Return the response to a request."""
    return Pdu(pdu.command | ANSWER, status, pdu.sequence, body)
