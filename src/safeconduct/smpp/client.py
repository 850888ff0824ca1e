"""Our side of a carrier's link: bind, window, link checks both ways, reconnect, and late answers.

A deliver_sm is answered only with the status that the caller gives back, so the caller commits
first. One read is one batch: one call, one write of all its answers. Nothing is sent again here
but what the carrier said it had not taken (throttling).
"""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from safeconduct.smpp.codec import (
    ANSWER,
    Bind,
    Command,
    Malformed,
    Message,
    Pdu,
    Status,
    bind_body,
    id_body,
    message_body,
    read_id,
)
from safeconduct.smpp.wire import NotSent, Record, Unanswered, Wire, answer

_LONGEST_S = 60.0  # between two tries to connect
_REFUSED = frozenset({Status.BAD_PASSWORD, Status.BAD_SYSTEM_ID, Status.BIND_FAILED})
_LINGER_S = 5.0  # a carrier that says "already bound" still holds our old link
_PROOF_S = 1.0  # how soon after answers the link is checked, to know that they were read
_GIVEN_UP = 3  # batches in a row that could not be committed, then unbind
BINDS = {
    "transceiver": Command.BIND_TRANSCEIVER,
    "receiver": Command.BIND_RECEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to bind.

    Attributes:
        mode: "transceiver", "receiver" or "transmitter".
        window: requests under way without an answer.
        answer_s: seconds to wait for an answer; then the fate of a message is unknown.
        idle_s: seconds of silence after which the link is checked.
        tls: a context that verifies; None sends the password in clear.
    """

    host: str
    port: int
    system_id: str
    password: str
    system_type: str = ""
    mode: str = "transceiver"
    window: int = 10
    answer_s: float = 10.0
    idle_s: float = 30.0
    tls: ssl.SSLContext | None = None


class BindRefused(ConnectionError):
    """The carrier does not let us in; `status` says why."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the carrier refused the bind with status 0x{status:02X}")
        self.status = status


Deliver = Callable[[list[Pdu]], Awaitable[list[int]]]
Tell = Callable[[str, int], None]


def _silent(_event: str, _status: int) -> None:
    return None


async def _refuse(batch: list[Pdu]) -> list[int]:
    return [Status.TEMPORARY] * len(batch)


class Client:
    """One bind. Call `run` once; `submit` from any number of tasks.

    Args:
        account: see `Account`.
        deliver: takes a batch of deliver_sm (or data_sm) and returns a status for each, once they
            are stored. If it raises OSError, all are answered 0x64, "come again".
        tell: hears "bound", "refused", "lost", "malformed", with a status or 0.
        read_past: called when the carrier has certainly read every answer of ours so far.
        record: sees every PDU's octets.
    """

    def __init__(
        self,
        account: Account,
        *,
        deliver: Deliver = _refuse,
        tell: Tell = _silent,
        read_past: Callable[[], Awaitable[None]] | None = None,
        record: Record | None = None,
    ) -> None:
        self._account, self._deliver, self._tell = account, deliver, tell
        self._read_past, self._record = read_past, record
        self._wire: Wire | None = None
        self._bound = asyncio.Event()
        self._room = asyncio.Semaphore(account.window)
        self._stopping = False
        self._begun = self._answers = self._proven = 0  # batches taken, answered, certainly read
        self._uncommitted = 0
        self._heard = 0.0

    async def bound(self) -> None:
        """Wait until the carrier has let us in."""
        await self._bound.wait()

    @property
    def is_bound(self) -> bool:
        """Return whether we are bound now."""
        return self._bound.is_set()

    async def run(self) -> None:
        """Connect and bind, serve, and connect again, until `stop`."""
        failures = 0
        while not self._stopping:
            wait = 0.0
            try:
                await self._connect()
                failures = 0
                await self._serve()
            except BindRefused as refused:
                self._tell("refused", refused.status)
                failures += 1
                wait = _LONGEST_S if refused.status in _REFUSED else _LINGER_S
            except (OSError, Malformed) as error:
                failures += 1
                self._tell("malformed" if isinstance(error, Malformed) else "lost", 0)
            finally:
                await self._drop()
            if not self._stopping:
                await asyncio.sleep(max(wait, _backoff_s(failures)))

    async def _connect(self) -> None:
        account = self._account
        async with asyncio.timeout(account.answer_s):
            reader, writer = await asyncio.open_connection(
                account.host, account.port, ssl=account.tls
            )
        self._wire = Wire(reader, writer, record=self._record)
        bind = bind_body(Bind(account.system_id, account.password, account.system_type))
        told = await self._wire.ask(BINDS[account.mode], bind, within_s=account.answer_s)
        if told.status != Status.OK:
            raise BindRefused(told.status)
        self._heard = _moment()
        self._begun = self._answers = self._proven = 0
        self._bound.set()
        self._tell("bound", 0)

    async def _serve(self) -> None:
        watching = asyncio.ensure_future(self._watch())
        try:
            while self._wire is not None:
                batch = await self._wire.requests()
                self._heard = _moment()
                if not await self._take(self._wire, batch):
                    return
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _take(self, wire: Wire, batch: list[Pdu]) -> bool:
        """Answer one batch; False when the carrier ends the link."""
        texts = [p for p in batch if p.command in {Command.DELIVER_SM, Command.DATA_SM}]
        answers = []
        for pdu in batch:
            if pdu.command in {Command.ENQUIRE_LINK, Command.UNBIND}:
                answers.append(answer(pdu))
            elif pdu not in texts and pdu.command != Command.ALERT_NOTIFICATION:
                answers.append(Pdu(Command.GENERIC_NACK, Status.BAD_COMMAND, pdu.sequence))
        if answers:
            wire.send(*answers)
        if texts:
            await self._commit(wire, texts)
        await wire.drain()
        return all(pdu.command != Command.UNBIND for pdu in batch)

    async def _commit(self, wire: Wire, texts: list[Pdu]) -> None:
        self._begun += 1
        try:
            statuses = await self._deliver(texts)
            self._uncommitted = 0
        except OSError:
            statuses = [int(Status.TEMPORARY)] * len(texts)
            self._uncommitted += 1
            self._tell("not stored", Status.TEMPORARY)
        wire.send(
            *(
                answer(pdu, status=status, body=id_body(""))
                for pdu, status in zip(texts, statuses, strict=True)
            )
        )
        self._answers += 1
        if self._uncommitted >= _GIVEN_UP:
            self._uncommitted = 0
            with contextlib.suppress(ConnectionError):
                await wire.ask(Command.UNBIND, within_s=1.0)
            raise ConnectionAbortedError("nothing can be stored here; the carrier is told to wait")

    async def _watch(self) -> None:
        """Check the link after silence, and soon after answers; close it when nobody answers."""
        account = self._account
        while self._wire is not None:
            await asyncio.sleep(min(_PROOF_S, account.idle_s / 2))
            quiet = _moment() - self._heard >= account.idle_s
            if not quiet and self._answers == self._proven:
                continue
            answered = self._answers
            try:
                await self._wire.ask(Command.ENQUIRE_LINK, within_s=account.answer_s)
            except ConnectionError:
                await self._wire.close()
                return
            self._heard = _moment()
            if answered != self._proven and answered == self._begun:
                self._proven = answered
                if self._read_past is not None:
                    await self._read_past()

    async def submit(
        self, message: Message, *, late: Callable[[int, str], None] | None = None
    ) -> tuple[int, str]:
        """Send one part; return the carrier's status and its message id.

        Args:
            message: one part.
            late: called with both when the answer comes after we stopped waiting.

        Raises:
            NotSent: nothing was written.
            Unanswered: written, fate unknown.
        """
        body = message_body(message)
        async with self._room:
            if self._wire is None or not self._bound.is_set():
                raise NotSent("not bound to the carrier; nothing was written")
            told = await self._wire.ask(
                Command.SUBMIT_SM,
                body,
                within_s=self._account.answer_s,
                late=None if late is None else lambda pdu: late(*_outcome(pdu)),
            )
        return _outcome(told)

    async def stop(self) -> None:
        """Take nothing more, wait for what is under way, unbind, close."""
        self._stopping = True
        self._bound.clear()
        wire = self._wire
        if wire is None or wire.closed:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._account.answer_s):
                while wire.outstanding:
                    await asyncio.sleep(0.01)
        with contextlib.suppress(ConnectionError):
            await wire.ask(Command.UNBIND, within_s=1.0)
        await wire.close()

    async def _drop(self) -> None:
        self._bound.clear()
        if self._wire is not None:
            await self._wire.close()


def _outcome(pdu: Pdu) -> tuple[int, str]:
    if pdu.command == Command.SUBMIT_SM | ANSWER and pdu.status == Status.OK:
        try:
            return Status.OK, read_id(pdu)
        except Malformed:
            return Status.OK, ""
    return pdu.status or int(Status.SYSTEM_ERROR), ""


def _moment() -> float:
    return asyncio.get_running_loop().time()


def _backoff_s(failures: int) -> float:
    """Return seconds to wait: 0.1 doubling to 60, between half and all of it, so that a fleet spreads."""
    most = min(_LONGEST_S, 0.1 * float(2 ** min(failures, 12)))
    return most * (0.5 + secrets.randbelow(1000) / 2000)


__all__ = ["Account", "BindRefused", "Client", "NotSent", "Unanswered"]
