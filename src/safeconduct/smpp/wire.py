"""One connected SMPP link, either side: frames, sequence numbers, answers awaited and matched.

What arrives as a request while a caller is busy is given to it in one batch, so that it can
commit once and answer once. Protocol clocks are monotonic.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable

from safeconduct.smpp.codec import ANSWER, LAST_SEQUENCE, Command, Malformed, Pdu, Status, cut

_READ = 2**18
_MOST_WAITING = 10_000  # requests not yet taken; then we read no further

Record = Callable[[str, bytes], None]  # ("in" or "out", the octets of one PDU)


class Unanswered(ConnectionError):
    """A request was written and no answer came: whether it was carried out is not known."""


class NotSent(ConnectionError):
    """A request was not written at all, for want of a link."""


class Wire:
    """See the module's words. One task takes `requests`; any number may `ask`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        record: Record | None = None,
        begin: int = 0,
    ) -> None:
        self._reader, self._writer, self._record = reader, writer, record
        self._buffer = bytearray()
        self._sequence = begin
        self._asked: dict[int, asyncio.Future[Pdu]] = {}
        self._late: dict[int, Callable[[Pdu], None]] = {}
        self._requests: list[Pdu] = []
        self._came, self._room = asyncio.Event(), asyncio.Event()
        self._ended: Exception | None = None
        self.closed = False
        self._reading = asyncio.ensure_future(self._read())

    def send(self, *pdus: Pdu) -> None:
        """Write PDUs in one go; a closed link takes them and does nothing."""
        raws = [pdu.to_bytes() for pdu in pdus]
        if self._record:
            for raw in raws:
                self._record("out", raw)
        if not self.closed:
            self._writer.write(b"".join(raws))

    async def drain(self) -> None:
        """Wait until the other side takes more."""
        await self._writer.drain()

    async def ask(
        self,
        command: int,
        body: bytes = b"",
        *,
        within_s: float,
        late: Callable[[Pdu], None] | None = None,
    ) -> Pdu:
        """Send a request and return its answer.

        Args:
            command: the request's command id.
            body: its body.
            within_s: seconds to wait.
            late: called with an answer that comes on this link after all.

        Raises:
            NotSent: the link was closed already.
            Unanswered: written, and no answer in time or before the link closed.
        """
        if self.closed:
            raise NotSent("the link is closed; nothing was written")
        self._sequence = self._sequence % LAST_SEQUENCE + 1
        sequence = self._sequence
        future: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._asked[sequence] = future
        self.send(Pdu(command, 0, sequence, body))
        try:
            async with asyncio.timeout(within_s):
                return await future
        except TimeoutError:
            if late is not None and not self.closed:
                self._late[sequence] = late
            raise Unanswered("no answer came in time") from None
        finally:
            self._asked.pop(sequence, None)

    @property
    def outstanding(self) -> int:
        """Return how many requests wait for an answer."""
        return len(self._asked)

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
        self._room.set()
        return taken

    async def _read(self) -> None:
        try:
            while True:
                data = await self._reader.read(_READ)
                if not data:
                    raise ConnectionResetError("the other side closed the link")
                self._buffer += data
                self._sort()
                if len(self._requests) > _MOST_WAITING:
                    self._room.clear()
                    await self._room.wait()
        except (OSError, Malformed) as ended:
            self._ended = ended
        finally:
            self._forget_asked()
            self._came.set()

    def _sort(self) -> None:
        while True:
            try:
                pdus = cut(self._buffer)
            except Malformed as malformed:
                self.nack(0, malformed.status)
                raise
            if not pdus:
                return
            for pdu in pdus:
                if self._record:
                    self._record("in", pdu.to_bytes())
                if not self._is_answer(pdu):
                    self._requests.append(pdu)
            self._came.set()

    def nack(self, sequence: int, status: int) -> None:
        """Send a generic_nack, §4.3.1."""
        self.send(Pdu(Command.GENERIC_NACK, status, sequence))

    def _is_answer(self, pdu: Pdu) -> bool:
        if not pdu.command & ANSWER:
            return False
        future = self._asked.get(pdu.sequence)
        if future is not None and not future.done():
            future.set_result(pdu)
        elif (late := self._late.pop(pdu.sequence, None)) is not None:
            late(pdu)
        return True

    async def close(self) -> None:
        """Close; everything still asked becomes `Unanswered`."""
        if not self.closed:
            self.closed = True
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                async with asyncio.timeout(1):
                    self._writer.close()
                    await self._writer.wait_closed()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._ended = self._ended or ConnectionResetError("the link was closed here")

    def _forget_asked(self) -> None:
        for future in self._asked.values():
            if not future.done():
                future.set_exception(Unanswered("the link closed before an answer came"))
        self._late.clear()
        self.closed = True
        self._writer.close()


def answer(pdu: Pdu, *, status: int = Status.OK, body: bytes = b"") -> Pdu:
    """Return the response to a request."""
    return Pdu(pdu.command | ANSWER, status, pdu.sequence, body)
