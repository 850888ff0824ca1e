"""A simulated carrier: an SMPP server on loopback, in a thread of its own, with plain calls.

It keeps what it owes: a text that was not answered with status 0 is delivered again after the
next bind, as carriers do. Every PDU's octets are recorded with their time, both ways, one JSON
object a line: {"at", "link": its number, "way": "in" from the product or "out" to it, "hex"}.
`python -m safeconduct.exercise.smsc --folder F --port N` is one in a process of its own, that may
be killed: what it owes lies on disk, and every number has a telephone.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import signal
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from safeconduct import clock
from safeconduct.exercise.debts import Debts, OwedOnDisk
from safeconduct.smpp.codec import Address, Message, Status
from safeconduct.smpp.receipts import write
from safeconduct.smpp.server import Server, Session

ACCOUNTS = {"safeconduct": "exercise", "pager": "exercise"}
RECORD, DEBTS = "carrier.jsonl", "debts.db"  # in the folder of one that is a process of its own
_WINDOW = 20  # deliver_sm under way to one account
_LINKS = 1000  # of one life; the next life's count on from the next thousand
_AGAIN_S = 0.5  # after "come again"
_PATIENCE_S = 15.0
_NEXT_S = 1.0  # from our answer to the next delivery of the same
_DROPS = 0.2  # share of these before which the link is dropped
_DROP_EVERY_S, _QUIET_S = 5.0, 0.5  # at most so often, and while nothing of ours is under way
_WANTS_RECEIPT = 0x03  # registered_delivery bits 1 and 0 (SMPP 3.4, §5.2.17)

_Told = TypeVar("_Told")
Receive = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class Habits:
    """How this carrier behaves.

    Attributes:
        receipt_s: shortest and longest wait before a delivery receipt, seconds.
        throttled: share of submissions answered "throttled", now and then.
        redelivers: how often each text, part and receipt is delivered in all, once our answer to it
            was taken: again a second later, some of them by another link, for it drops ours.
        seed: of everything that is drawn.
    """

    receipt_s: tuple[float, float] = (0.1, 0.6)
    throttled: float = 0.005
    redelivers: int = 1
    seed: int = 1


class Owed:
    """What one account has still to take, oldest first, in memory."""

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self.under_way = 0

    def add(self, messages: Iterable[Message], *, after_s: float = 0.0) -> None:
        """Owe some more, from `after_s` seconds on; called in the carrier's thread."""
        if after_s:
            loop = asyncio.get_running_loop()
            loop.call_later(after_s, self._waiting.extend, list(messages))
        else:
            self._waiting.extend(messages)

    def next(self, *, window: int) -> Message | None:
        """Give out the oldest, if the window has room."""
        if not self._waiting or self.under_way >= window:
            return None
        self.under_way += 1
        return self._waiting.pop(0)

    def settle(self, message: Message, *, taken: bool) -> None:
        """Forget it when it was taken; else it is owed still, before all others."""
        self.under_way -= 1
        if not taken:
            self._waiting.insert(0, message)

    def count(self) -> int:
        """Return how many are not yet answered with 0."""
        return len(self._waiting) + self.under_way


class Carrier:
    """See the module's words. `start`, then phones send through it; `stop`.

    Args:
        accounts: system_id → password; the first takes what phones send.
        record: the file of PDUs, appended to.
        habits: see `Habits`.
        debts: where what it owes is kept; None keeps it in memory. Then its telephones are in other
            processes, so every number has one, and links and ids count on from one life to the next.
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, str],
        record: Path,
        habits: Habits | None = None,
        debts: Debts | None = None,
    ) -> None:
        self._habits = habits or Habits()
        self._dice = random.Random(self._habits.seed)
        self.port = 0
        self._record = record
        self._file: TextIO | None = None
        self._owed: dict[str, Owed | OwedOnDisk] = {
            name: Owed() if debts is None else OwedOnDisk(debts, name) for name in accounts
        }
        self._main = next(iter(accounts))
        self._phones: dict[str, Receive] = {}
        self._again = 0  # deliveries of the same that are still to come
        self._submitted_at = self._dropped_at = -_DROP_EVERY_S
        self._everybody = debts is not None
        life = 0 if debts is None else debts.next_life()
        self._links_before = life * _LINKS
        self._ids = itertools.count(life * 2**20 + 1)
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
        return self._owed[self._main].count() + self._again

    def _note(self, link: int, way: str, octets: bytes) -> None:
        if self._file is not None:
            at = clock.wall().isoformat()
            link += self._links_before
            told = {"at": at, "link": link, "way": way, "hex": octets.hex()}
            self._file.write(json.dumps(told) + "\n")

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        self._works.add(task := self._loop.create_task(work))
        task.add_done_callback(self._works.discard)

    def _owe(self, account: str, messages: list[Message]) -> None:
        self._owed[account].add(messages)

    async def _submit(self, session: Session, message: Message) -> tuple[int, str]:
        self._submitted_at = self._loop.time()
        if self._dice.random() < self._habits.throttled:
            return Status.THROTTLED, ""
        carrier_id = f"{next(self._ids):08x}"
        receive = self._phones.get(message.destination.number)
        if receive is not None:
            self._loop.call_soon(receive, message)
        if message.registered & _WANTS_RECEIPT:
            there = self._everybody or receive is not None
            self._receipt(session, message, carrier_id, "DELIVRD" if there else "UNDELIV")
        return Status.OK, carrier_id

    def _receipt(self, session: Session, message: Message, carrier_id: str, stat: str) -> None:
        receipt = write(
            carrier_id,
            stat,
            source=message.destination,
            destination=message.source,
            at=clock.wall().strftime("%y%m%d%H%M"),
        )
        after_s = self._dice.uniform(*self._habits.receipt_s)
        self._owed[session.system_id].add([receipt], after_s=after_s)

    async def _deliver_all(self) -> None:
        """Give every account what it is owed, whenever it is bound to receive."""
        while True:
            for session in tuple(self._server.sessions):
                owed = self._owed.get(session.system_id)
                while owed is not None and session.receives:
                    message = owed.next(window=_WINDOW)
                    if message is None:
                        break
                    self._keep(self._deliver(session, owed, message))
            await asyncio.sleep(0.01)

    async def _deliver(self, session: Session, owed: Owed | OwedOnDisk, message: Message) -> None:
        status: int = Status.TEMPORARY
        try:
            status = await session.deliver(message, within_s=_PATIENCE_S)
            if status == Status.TEMPORARY:
                await asyncio.sleep(_AGAIN_S)
        except ConnectionError:
            status = Status.TEMPORARY
        finally:
            owed.settle(message, taken=status != Status.TEMPORARY)
        for _ in range(self._habits.redelivers - 1 if status == Status.OK else 0):
            self._again += 1
            self._keep(self._deliver_again(session.system_id, message))

    async def _deliver_again(self, account: str, message: Message) -> None:
        """Deliver once more what was answered, as if the answer had been lost on the carrier's side."""
        status: int = Status.TEMPORARY
        await asyncio.sleep(_NEXT_S)
        if self._dice.random() < _DROPS:
            await self._drop_quietly()
        while status == Status.TEMPORARY:
            for session in tuple(self._server.sessions):
                if session.system_id == account and session.receives:
                    with contextlib.suppress(ConnectionError):
                        status = await session.deliver(message, within_s=_PATIENCE_S)
                    break
            else:
                await asyncio.sleep(0.05)
        self._again -= 1

    async def _drop_quietly(self) -> None:
        """Drop every link while nothing is under way to us: what becomes of a text is not in doubt."""
        if self._loop.time() - self._dropped_at < _DROP_EVERY_S:
            return
        self._dropped_at = self._loop.time()
        while self._loop.time() - self._submitted_at < _QUIET_S:
            await asyncio.sleep(_QUIET_S / 10)
        await self._drop()


def from_phone(number: str, to: str) -> Message:
    """Return an empty text of a phone's, to be filled by `smpp.segments.messages`."""
    source = Address.of(number)._replace(ton=1, npi=1)
    return Message(source, Address.of(to))


def main() -> None:
    """Be a carrier until somebody kills us."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="of its record and its debts")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    carrier = Carrier(
        accounts=ACCOUNTS,
        record=told.folder / RECORD,
        habits=Habits(seed=told.seed),
        debts=Debts(told.folder / DEBTS),
    )
    carrier.start(told.port)
    while True:
        signal.pause()


if __name__ == "__main__":
    main()
