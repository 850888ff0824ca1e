"""A simulated carrier: an SMPP server on loopback, in a thread of its own, with plain calls.

It keeps what it owes: a text that was not answered with status 0 is delivered again after the
next bind, as carriers do. Every PDU's octets are recorded with their time, both ways, one JSON
object a line: {"at", "link": its number, "way": "in" from the product or "out" to it, "hex"}.
"""

import asyncio
import itertools
import json
import random
import threading
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from safeconduct import clock
from safeconduct.smpp.codec import Address, Message, Status
from safeconduct.smpp.receipts import write
from safeconduct.smpp.server import Server, Session

_WINDOW = 20  # deliver_sm under way to one account
_AGAIN_S = 0.5  # after "come again"
_PATIENCE_S = 15.0
_WANTS_RECEIPT = 0x03  # registered_delivery bits 1 and 0 (SMPP 3.4, §5.2.17)

_Told = TypeVar("_Told")
Receive = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Habits:
    """How this carrier behaves.

    Attributes:
        receipt_s: shortest and longest wait before a delivery receipt, seconds.
        throttled: share of submissions answered "throttled", now and then.
        seed: of everything that is drawn.
    """

    receipt_s: tuple[float, float] = (0.1, 0.6)
    throttled: float = 0.005
    seed: int = 1


class Owed:
    """What one account has still to take, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self.under_way = 0

    def add(self, message: Message) -> None:
        """Owe one more."""
        self._waiting.append(message)

    def give_back(self, message: Message) -> None:
        """Owe it still, before all others."""
        self._waiting.insert(0, message)

    def next(self) -> Message | None:
        """Return the oldest, if the window has room."""
        if not self._waiting or self.under_way >= _WINDOW:
            return None
        return self._waiting.pop(0)

    def count(self) -> int:
        """Return how many are not yet answered with 0."""
        return len(self._waiting) + self.under_way


class Carrier:
    """See the module's words. `start`, then phones send through it; `stop`.

    Args:
        accounts: system_id → password; the first takes what phones send.
        record: the file of PDUs, appended to.
        habits: see `Habits`.
    """

    def __init__(
        self, *, accounts: Mapping[str, str], record: Path, habits: Habits | None = None
    ) -> None:
        self._habits = habits or Habits()
        self._dice = random.Random(self._habits.seed)
        self.port = 0
        self._record = record
        self._file: TextIO | None = None
        self._owed = {name: Owed() for name in accounts}
        self._main = next(iter(accounts))
        self._phones: dict[str, Receive] = {}
        self._ids = itertools.count(1)
        self._works: set[asyncio.Task[None]] = set()
        self._server = Server(accounts=accounts, submit=self._submit, record=self._note)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="carrier", daemon=True)

    # ---- from the exercise's own thread --------------------------------------------------

    def start(self, port: int = 0) -> int:
        """Listen on loopback; return the port."""
        self._file = self._record.open("a", buffering=1)
        self._thread.start()
        self.port = self._call(self._start(port))
        return self.port

    def stop(self) -> None:
        """Close every link and the record."""
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._file is not None:
            self._file.close()

    def connect(self, number: str, receive: Receive) -> None:
        """Let texts to a number reach its phone. `receive` is called in the carrier's thread."""
        self._phones[number.removeprefix("+")] = receive

    def send(self, messages: list[Message]) -> None:
        """Owe the programme some messages, in this order; they are delivered as soon as it is bound."""
        self._loop.call_soon_threadsafe(self._owe, self._main, messages)

    def owed(self) -> int:
        """Return how many messages the programme has not answered with 0 yet."""
        return self._call(self._count())

    def drop_links(self) -> None:
        """Close every link at once, as a carrier's restart does."""
        self._call(self._drop())

    def _call(self, work: Coroutine[Any, Any, _Told]) -> _Told:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_S)

    # ---- in the carrier's thread ---------------------------------------------------------

    async def _start(self, port: int) -> int:
        self._keep(self._deliver_all())
        return await self._server.start(port=port)

    async def _stop(self) -> None:
        for task in tuple(self._works):
            task.cancel()
        await asyncio.gather(*self._works, return_exceptions=True)
        await self._server.stop()

    async def _drop(self) -> None:
        for session in tuple(self._server.sessions):
            await session.close()

    async def _count(self) -> int:
        return self._owed[self._main].count()

    def _note(self, link: int, way: str, octets: bytes) -> None:
        if self._file is not None:
            at = clock.wall().isoformat()
            told = {"at": at, "link": link, "way": way, "hex": octets.hex()}
            self._file.write(json.dumps(told) + "\n")

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        self._works.add(task := self._loop.create_task(work))
        task.add_done_callback(self._works.discard)

    def _owe(self, account: str, messages: list[Message]) -> None:
        for message in messages:
            self._owed[account].add(message)

    async def _submit(self, session: Session, message: Message) -> tuple[int, str]:
        if self._dice.random() < self._habits.throttled:
            return Status.THROTTLED, ""
        carrier_id = f"{next(self._ids):08x}"
        receive = self._phones.get(message.destination.number)
        if receive is not None:
            self._loop.call_soon(receive, message)
        if message.registered & _WANTS_RECEIPT:
            stat = "DELIVRD" if receive is not None else "UNDELIV"
            self._keep(self._receipt(session.system_id, message, carrier_id, stat))
        return Status.OK, carrier_id

    async def _receipt(self, account: str, message: Message, carrier_id: str, stat: str) -> None:
        await asyncio.sleep(self._dice.uniform(*self._habits.receipt_s))
        receipt = write(
            carrier_id,
            stat,
            source=message.destination,
            destination=message.source,
            at=clock.wall().strftime("%y%m%d%H%M"),
        )
        self._owe(account, [receipt])

    async def _deliver_all(self) -> None:
        """Give every account what it is owed, whenever it is bound to receive."""
        while True:
            for session in tuple(self._server.sessions):
                owed = self._owed.get(session.system_id)
                while owed is not None and session.receives and (message := owed.next()):
                    owed.under_way += 1
                    self._keep(self._deliver(session, owed, message))
            await asyncio.sleep(0.01)

    async def _deliver(self, session: Session, owed: Owed, message: Message) -> None:
        status: int = Status.TEMPORARY
        try:
            status = await session.deliver(message, within_s=_PATIENCE_S)
            if status == Status.TEMPORARY:
                await asyncio.sleep(_AGAIN_S)
        except ConnectionError:
            status = Status.TEMPORARY
        finally:
            owed.under_way -= 1
            if status == Status.TEMPORARY:
                owed.give_back(message)


def from_phone(number: str, to: str) -> Message:
    """Return an empty text of a phone's, to be filled by `smpp.segments.messages`."""
    source = Address.of(number)._replace(ton=1, npi=1)
    return Message(source, Address.of(to))
