"""The carrier's side, small: enough SMPP to be bound to, by our gateway and by others' clients.

It decides nothing: whoever runs it says which accounts may bind and what becomes of a submit_sm.
"""

import asyncio
import contextlib
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
from safeconduct.smpp.wire import Wire, answer

MODES = {command: mode for mode, command in BINDS.items()}
_IDLE_ANSWER_S = 30.0
_SEQUENCES = 1_000_000  # apart from one session to the next, so that a record of all is plain

# A submitted message in; a status and the message id out.
Submit = Callable[["Session", Message], Awaitable[tuple[int, str]]]
# The number of the link, counted from 1; "in" or "out"; the octets of one PDU.
Record = Callable[[int, str, bytes], None]


class Session:
    """One client's link. `mode` and `system_id` are "" until it has bound."""

    def __init__(self, wire: Wire, *, accounts: Mapping[str, str], submit: Submit) -> None:
        self._wire, self._accounts, self._submit = wire, accounts, submit
        self.mode = self.system_id = ""
        self._works: set[asyncio.Task[None]] = set()

    @property
    def receives(self) -> bool:
        """Return whether deliver_sm may go this way."""
        return self.mode in {"receiver", "transceiver"} and not self._wire.closed

    async def serve(self) -> None:
        """Answer requests until the link ends."""
        with contextlib.suppress(ConnectionError, Malformed):
            while True:
                for pdu in await self._wire.requests():
                    if pdu.command in {Command.SUBMIT_SM, Command.DATA_SM} and self.mode:
                        self._works.add(task := asyncio.ensure_future(self._take(pdu)))
                        task.add_done_callback(self._works.discard)
                    elif not await self._control(pdu):
                        return

    async def _control(self, pdu: Pdu) -> bool:
        if pdu.command in MODES:
            self._wire.send(self._bind(pdu))
        elif pdu.command in {Command.ENQUIRE_LINK, Command.UNBIND}:
            self._wire.send(answer(pdu))
        elif pdu.command == Command.SUBMIT_SM:
            self._wire.send(answer(pdu, status=Status.WRONG_BIND_STATE))
        else:
            self._wire.nack(pdu.sequence, Status.BAD_COMMAND)
        await self._wire.drain()
        return pdu.command != Command.UNBIND

    def _bind(self, pdu: Pdu) -> Pdu:
        try:
            told = read_bind(pdu)
        except Malformed:
            return answer(pdu, status=Status.BIND_FAILED)
        if self.mode:
            return answer(pdu, status=Status.ALREADY_BOUND)
        if told.system_id not in self._accounts:
            return answer(pdu, status=Status.BAD_SYSTEM_ID)
        if self._accounts[told.system_id] != told.password:
            return answer(pdu, status=Status.BAD_PASSWORD)
        self.mode, self.system_id = MODES[Command(pdu.command)], told.system_id
        return answer(pdu, body=id_body("carrier"))

    async def _take(self, pdu: Pdu) -> None:
        try:
            message = read_message(pdu)
        except Malformed as malformed:
            self._wire.send(answer(pdu, status=malformed.status))
            return
        status, message_id = await self._submit(self, message)
        body = id_body(message_id) if status == Status.OK else b""
        self._wire.send(answer(pdu, status=status, body=body))

    async def deliver(self, message: Message, *, within_s: float = _IDLE_ANSWER_S) -> int:
        """Send one deliver_sm; return the status of its answer.

        Raises:
            NotSent, Unanswered: as `Wire.ask`.
        """
        told = await self._wire.ask(Command.DELIVER_SM, message_body(message), within_s=within_s)
        return told.status

    async def close(self) -> None:
        """Close the link at once."""
        for task in tuple(self._works):
            task.cancel()
        await self._wire.close()


class Server:
    """Listens for clients; `left` hears of a session that has gone."""

    def __init__(
        self,
        *,
        accounts: Mapping[str, str],
        submit: Submit,
        left: Callable[[Session], None] | None = None,
        record: Record | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._accounts, self._submit, self._left = accounts, submit, left
        self._record, self._tls = record, tls
        self.sessions: set[Session] = set()
        self._server: asyncio.Server | None = None
        self._met = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; return the port."""
        self._server = await asyncio.start_server(self._meet, host, port, ssl=self._tls)
        return int(self._server.sockets[0].getsockname()[1])

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._met += 1
        begin = self._met * _SEQUENCES % LAST_SEQUENCE
        record = partial(self._record, self._met) if self._record else None
        wire = Wire(reader, writer, record=record, begin=begin)
        session = Session(wire, accounts=self._accounts, submit=self._submit)
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
