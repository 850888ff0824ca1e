"""Our side of a carrier's link: bind, window, link checks both ways, reconnect, and late answers.

A deliver_sm is answered only with the status that the caller gives back, so the caller commits
first. One read is one batch: one call, one write of all its answers. Nothing is sent again here.
Section numbers are those of SMPP 3.4, Issue 1.2.
"""

import asyncio
import contextlib
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from safeconduct.smpp.codec import (
    Bind,
    Command,
    Malformed,
    Message,
    Pdu,
    Status,
    bind_body,
    id_body,
    message_body,
)
from safeconduct.smpp.stream import SUBMIT, Answered, Stream, outcome
from safeconduct.smpp.window import Window
from safeconduct.smpp.wire import NotSent, Record, Unanswered, Wire, answer

_LONGEST_S = 60.0  # between two tries to connect
_REFUSED = frozenset({Status.BAD_PASSWORD, Status.BAD_SYSTEM_ID, Status.BIND_FAILED})
_LINGER_S = 5.0  # a carrier that says "already bound" still holds our old link
_STOOD_S = 10.0  # a link that falls sooner counts as one more failure
_PROOF_S = 1.0  # how soon after answers the link is checked, to know that they were read
_UNBIND_S = 1.0
_GIVEN_UP = 3  # batches in a row that could not be committed, then unbind
BINDS = {
    "transceiver": Command.BIND_TRANSCEIVER,
    "receiver": Command.BIND_RECEIVER,
    "transmitter": Command.BIND_TRANSMITTER,
}
_TAKES = frozenset(
    map(int, (Command.DELIVER_SM, Command.DATA_SM, Command.ALERT_NOTIFICATION, Command.UNBIND))
)


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to bind.

    Attributes:
        mode: "transceiver", "receiver" or "transmitter" (§2.2.1).
        window: requests under way without an answer (§2.8).
        answer_s: seconds to wait for an answer; then the fate of a message is unknown (§7.2).
        idle_s: seconds of silence after which the link is checked (§7.2).
        tls: a context that verifies authority and name; None sends the password in clear.

    Raises:
        ValueError: the context would talk to anybody.
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

    def __post_init__(self) -> None:
        """Refuse a context that verifies nothing."""
        if self.tls is not None and not (
            self.tls.verify_mode == ssl.CERT_REQUIRED and self.tls.check_hostname
        ):
            raise ValueError(
                "this TLS context does not check who the carrier is; use one that does"
            )


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
        tell: hears "bound", "refused", "lost", "malformed", "not stored", with a status or 0.
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
        self._window = Window(account.window)
        self._taking = asyncio.Lock()
        self._stopping = False
        self._begun = self._answers = self._proven = 0  # batches taken, answered, certainly read
        self._uncommitted = 0
        self._stored = False  # whether a text of this link is on disk

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
            wait, began, self._stored = 0.0, _moment(), False
            failures += 1
            try:
                await self._connect()
                await self._serve()
            except BindRefused as refused:
                self._tell("refused", refused.status)
                wait = _LONGEST_S if refused.status in _REFUSED else _LINGER_S
            except (OSError, Malformed) as error:
                self._tell("malformed" if isinstance(error, Malformed) else "lost", 0)
            finally:
                await self._drop()
            failures = _failures_after(failures, stood_s=_moment() - began, carried=self._stored)
            if not self._stopping:
                await asyncio.sleep(max(wait, _backoff_s(failures)))

    async def _connect(self) -> None:
        account = self._account
        async with asyncio.timeout(account.answer_s):
            _, self._wire = await asyncio.get_running_loop().create_connection(
                self._new_wire, account.host, account.port, ssl=account.tls
            )
        bind = bind_body(Bind(account.system_id, account.password, account.system_type))
        told = await self._wire.ask(BINDS[account.mode], bind, within_s=account.answer_s)
        if told.status != Status.OK or told.command == Command.GENERIC_NACK:
            raise BindRefused(told.status)
        self._begun = self._answers = self._proven = 0
        if not self._stopping:
            self._bound.set()
        self._tell("bound", 0)

    def _new_wire(self) -> Wire:
        ended, turned = self._bound.clear, self._window.serve
        return Wire(takes=_TAKES, ended=ended, turned=turned, record=self._record)

    async def _serve(self) -> None:
        watching = asyncio.ensure_future(self._watch())
        try:
            while self._wire is not None:
                batch = await self._wire.requests()
                async with self._taking:
                    if not await self._take(self._wire, batch):
                        return
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _take(self, wire: Wire, batch: list[Pdu]) -> bool:
        """Answer one batch; False when the carrier ends the link."""
        texts = [p for p in batch if p.command in {Command.DELIVER_SM, Command.DATA_SM}]
        if texts:
            await self._commit(wire, texts)
        await wire.drain()
        ends = next((pdu for pdu in batch if pdu.command == Command.UNBIND), None)
        if ends is not None:
            await self._part(wire)
            wire.send(answer(ends))
        return ends is None

    async def _part(self, wire: Wire) -> None:
        """Begin nothing more and wait for the answers that are still owed to us (§4.2)."""
        self._bound.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._account.answer_s):
                await wire.quiet()

    async def _commit(self, wire: Wire, texts: list[Pdu]) -> None:
        self._begun += 1
        try:
            statuses = await self._deliver(texts)
            self._uncommitted, self._stored = 0, True
        except OSError:
            statuses = [int(Status.TEMPORARY)] * len(texts)
            self._uncommitted += 1
            self._tell("not stored", Status.TEMPORARY)
        nothing = id_body("")  # message_id of a deliver_sm_resp is unused (§4.6.2)
        wire.answer_all(texts, statuses, nothing)
        self._answers += 1
        if self._uncommitted >= _GIVEN_UP:
            self._uncommitted = 0
            with contextlib.suppress(ConnectionError):
                await wire.ask(Command.UNBIND, within_s=_UNBIND_S)
            raise ConnectionAbortedError("nothing can be stored here; the carrier is told to wait")

    async def _watch(self) -> None:
        """Check the link after silence, and soon after answers; close it when nobody answers."""
        account = self._account
        while (wire := self._wire) is not None:
            await asyncio.sleep(min(_PROOF_S, account.idle_s / 2))
            quiet = _moment() - wire.heard >= account.idle_s
            if not quiet and self._answers == self._proven:
                continue
            answered = self._answers
            try:
                await wire.ask(Command.ENQUIRE_LINK, within_s=account.answer_s)
            except ConnectionError:
                await wire.close()
                return
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
        answered: asyncio.Future[Pdu | None] = asyncio.get_running_loop().create_future()
        await self._window.take()
        try:
            self._open_wire().request(
                SUBMIT,
                body,
                within_s=self._account.answer_s,
                told=partial(self._give_back, answered),
                late=None if late is None else partial(_resolve, late),
            )
        except NotSent:
            self._window.give()
            raise
        told = await answered
        if told is None:
            raise Unanswered("no answer came in time or before the link closed")
        return outcome(told)

    def _give_back(self, answered: "asyncio.Future[Pdu | None]", pdu: Pdu | None) -> None:
        self._window.free += (
            1  # a place is taken as long as the carrier owes an answer, waited for or not
        )
        if not answered.done():
            answered.set_result(pdu)

    async def submit_all(
        self, messages: Iterator[Message | bytes], told: Answered, *, late: Answered | None = None
    ) -> int:
        """Send what `messages` gives, the window always full; return how many were written.

        A message is taken from the iterator only when it can be written, and numbered from 0.
        When the link falls or is being given back, the rest stays in the iterator for another call.

        Args:
            messages: one part each, or its body as `message_body` makes it.
            told: hears once of each that was written.
            late: hears of one that was told as unknown, when its answer comes after all.

        Raises:
            ValueError: a message does not fit; those before it were written and told.
        """
        stream = Stream(self._open_wire, self._window, messages, told, late)
        return await stream.written(within_s=self._account.answer_s)

    def _open_wire(self) -> Wire:
        if self._wire is None or not self._bound.is_set() or self._wire.closed:
            raise NotSent("not bound to the carrier; nothing was written")
        if self._account.mode == "receiver":
            raise NotSent("bound as receiver; nothing may be submitted by this link")
        return self._wire

    async def stop(self) -> None:
        """Take nothing more, wait for what is under way, unbind, close."""
        self._stopping = True
        wire = self._wire
        self._bound.clear()
        if wire is None or wire.closed:
            return
        await self._part(wire)
        async with self._taking:  # what came is committed and answered; what comes now, comes again
            with contextlib.suppress(ConnectionError):
                await wire.ask(Command.UNBIND, within_s=_UNBIND_S)
            await wire.close()

    async def _drop(self) -> None:
        self._bound.clear()
        if self._wire is not None:
            await self._wire.close()


def _resolve(late: Callable[[int, str], None], pdu: Pdu | None) -> None:
    if pdu is not None:
        late(*outcome(pdu))


def _moment() -> float:
    return asyncio.get_running_loop().time()


def _failures_after(failures: int, *, stood_s: float, carried: bool) -> int:
    """Return how many failures in a row count after a link has ended.

    One that stood counts as none before it; so does one by which a text was stored, however short it
    was: what a carrier still holds for us would else wait a minute behind each of its own drops. One
    that brought texts and stored none did not: there the carrier is to wait.
    """
    return 0 if carried or stood_s > _STOOD_S else failures


def _backoff_s(failures: int) -> float:
    """Return seconds to wait: 0.1 doubling to 60, between half and all of it, so that a fleet spreads."""
    most = min(_LONGEST_S, 0.1 * float(2 ** min(max(failures - 1, 0), 12)))
    return most * (0.5 + secrets.randbelow(1000) / 2000)


__all__ = ["Account", "BindRefused", "Client", "NotSent", "Unanswered"]
