"""The carrier's side, small: enough SMPP to be bound to, by our gateway and by others' clients.

It decides nothing: whoever runs it says which accounts may bind and what becomes of a submit_sm.
Section numbers are those of SMPP 3.4, Issue 1.2.
"""

import asyncio
import contextlib
import hmac
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from safeconduct.smpp.client import BINDS
from safeconduct.smpp.codec import (
    LAST_SEQUENCE,
    Command,
    Malformed,
    Message,
    Pdu,
    Status,
    id_body,
    message_body,
    read_bind,
    read_message,
)
from safeconduct.smpp.wire import NotSent, Wire, answer

MODES = {command: mode for mode, command in BINDS.items()}
_ANSWER_S = 30.0
_BIND_S = 30.0  # session_init_timer, §7.2: whoever has not bound by then is sent away
_IDLE_S = 30.0  # enquire_link_timer, §7.2
_SEQUENCES = 1_000_000  # apart from one session to the next, so that a record of all is plain
_TAKES = frozenset(map(int, (*MODES, Command.SUBMIT_SM, Command.DATA_SM, Command.UNBIND)))

# A submitted message in; a status and the message id out.
Submit = Callable[["Session", Message], Awaitable[tuple[int, str]]]
# The number of the link, counted from 1; "in" or "out"; the octets of one PDU.
Record = Callable[[int, str, bytes], None]


class Session:
    """One client's link. `mode` and `system_id` are "" until it has bound."""

    def __init__(
        self,
        wire: Wire,
        *,
        accounts: Mapping[str, str],
        submit: Submit,
        idle_s: float,
        answer_s: float,
    ) -> None:
        self._wire, self._accounts, self._submit = wire, accounts, submit
        self._idle_s, self._answer_s = idle_s, answer_s
        self.mode = self.system_id = ""
        self._works: set[asyncio.Task[None]] = set()

    @property
    def receives(self) -> bool:
        """Return whether deliver_sm may go this way (§2.2.1)."""
        return self.mode in {"receiver", "transceiver"} and not self._wire.closed

    @property
    def submits(self) -> bool:
        """Return whether submit_sm may come this way (§2.2.1)."""
        return self.mode in {"transmitter", "transceiver"}

    async def serve(self) -> None:
        """Answer requests, and check the link after silence, until it ends."""
        watching = asyncio.ensure_future(self._watch())
        try:
            with contextlib.suppress(ConnectionError, Malformed):
                while True:
                    for pdu in await self._wire.requests():
                        if not await self._take(pdu):
                            return
                    await self._wire.drain()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _take(self, pdu: Pdu) -> bool:
        """Begin to answer one request; False when the client ends the link."""
        if pdu.command in MODES:
            self._wire.send(self._bind(pdu))
        elif pdu.command == Command.UNBIND:
            await self._finish()
            self._wire.send(answer(pdu))
        elif not self.submits:
            self._wire.send(answer(pdu, status=Status.WRONG_BIND_STATE))
        else:
            self._works.add(task := asyncio.ensure_future(self._answer(pdu)))
            task.add_done_callback(self._works.discard)
        return pdu.command != Command.UNBIND

    async def _watch(self) -> None:
        wire, clock = self._wire, asyncio.get_running_loop().time
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BIND_S):
                while not self.mode:
                    await asyncio.sleep(min(_BIND_S / 10, self._idle_s))
        while self.mode and not wire.closed:
            quiet_s = clock() - wire.heard
            if quiet_s < self._idle_s:
                await asyncio.sleep(self._idle_s - quiet_s)
                continue
            try:
                await wire.ask(Command.ENQUIRE_LINK, within_s=self._answer_s)
            except ConnectionError:
                break
        await wire.close()

    def _bind(self, pdu: Pdu) -> Pdu:
        """Let a client in, or say why not (§4.1)."""
        try:
            told = read_bind(pdu)
        except Malformed:
            return answer(pdu, status=Status.BIND_FAILED)
        if self.mode:
            return answer(pdu, status=Status.ALREADY_BOUND)
        if told.system_id not in self._accounts:
            return answer(pdu, status=Status.BAD_SYSTEM_ID)
        wanted = self._accounts[told.system_id]
        if not hmac.compare_digest(wanted.encode(), told.password.encode()):
            return answer(pdu, status=Status.BAD_PASSWORD)
        self.mode, self.system_id = MODES[Command(pdu.command)], told.system_id
        return answer(pdu, body=id_body("carrier"))

    async def _answer(self, pdu: Pdu) -> None:
        try:
            message = read_message(pdu)
        except Malformed as malformed:
            self._wire.send(answer(pdu, status=malformed.status))
            return
        status, message_id = await self._submit(self, message)
        body = id_body(message_id) if status == Status.OK else b""
        self._wire.send(answer(pdu, status=status, body=body))

    async def deliver(self, message: Message, *, within_s: float = _ANSWER_S) -> int:
        """Send one deliver_sm; return the status of its answer.

        Raises:
            NotSent, Unanswered: as `Wire.ask`; a transmitter is sent nothing.
        """
        if self.mode == "transmitter":
            raise NotSent("bound as transmitter; nothing may be delivered by this link")
        told = await self._wire.ask(Command.DELIVER_SM, message_body(message), within_s=within_s)
        return told.status

    async def unbind(self, *, within_s: float = _ANSWER_S) -> None:
        """Finish what came, ask the client to go (§4.2), and close."""
        await self._finish()
        with contextlib.suppress(ConnectionError):
            await self._wire.ask(Command.UNBIND, within_s=within_s)
        await self.close()

    async def _finish(self) -> None:
        while self._works:
            await asyncio.wait(self._works)

    async def close(self) -> None:
        """Close the link at once."""
        for task in tuple(self._works):
            task.cancel()
        await self._wire.close()


class Server:
    """Listens for clients; `left` hears of a session that has gone.

    Args:
        accounts: system_id → password.
        submit: see `Submit`.
        left: called with each session that has ended.
        record: sees every PDU's octets, and on which link.
        tls: a context with our certificate.
        idle_s: seconds of silence after which a client is asked whether it is there.
        answer_s: seconds it has to say so; then its link is closed.
    """

    def __init__(
        self,
        *,
        accounts: Mapping[str, str],
        submit: Submit,
        left: Callable[[Session], None] | None = None,
        record: Record | None = None,
        tls: ssl.SSLContext | None = None,
        idle_s: float = _IDLE_S,
        answer_s: float = _ANSWER_S,
    ) -> None:
        self._accounts, self._submit, self._left = accounts, submit, left
        self._record, self._tls = record, tls
        self._idle_s, self._answer_s = idle_s, answer_s
        self.sessions: set[Session] = set()
        self._meetings: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._met = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; return the port."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._wire, host, port, ssl=self._tls)
        return int(self._server.sockets[0].getsockname()[1])

    def _wire(self) -> Wire:
        self._met += 1
        begin = self._met * _SEQUENCES % LAST_SEQUENCE
        record = partial(self._record, self._met) if self._record else None
        return Wire(takes=_TAKES, made=self._made, record=record, begin=begin)

    def _made(self, wire: Wire) -> None:
        self._meetings.add(task := asyncio.ensure_future(self._meet(wire)))
        task.add_done_callback(self._meetings.discard)

    async def _meet(self, wire: Wire) -> None:
        session = Session(
            wire,
            accounts=self._accounts,
            submit=self._submit,
            idle_s=self._idle_s,
            answer_s=self._answer_s,
        )
        self.sessions.add(session)
        try:
            await session.serve()
        finally:
            self.sessions.discard(session)
            await session.close()
            if self._left is not None:
                self._left(session)

    async def stop(self) -> None:
        """Close every session and listen no more."""
        if self._server is not None:
            self._server.close()
        for session in tuple(self.sessions):
            await session.close()
        if self._server is not None:
            await self._server.wait_closed()
        if self._meetings:
            await asyncio.wait(self._meetings)
