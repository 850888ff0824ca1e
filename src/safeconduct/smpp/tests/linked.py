"""Our client bound to our small server, or to a server of bare octets, for tests of either."""

import asyncio
import contextlib
from typing import Any

from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import Address, Command, Message, Pdu, Status, cut, id_body
from safeconduct.smpp.server import Server

HERE, THERE = Address("100", 3, 0), Address("380501112233")
DRAFT = Message(HERE, THERE, registered=1)


def account(port, **changed):
    told = {"host": "127.0.0.1", "port": port, "system_id": "us", "password": "secret"}
    return Account(**{**told, "answer_s": 5.0, "idle_s": 10.0, **changed})


class Carrier:
    """Accepts everything; keeps what it accepted."""

    def __init__(self, statuses=(), **more):
        self.taken, self.statuses = [], list(statuses)
        self.under_way = self.most_under_way = 0
        self.wait_s = 0.0
        self.left = asyncio.Event()
        self.server = Server(
            accounts={"us": "secret"},
            submit=self.submit,
            left=lambda _: self.left.set(),
            **more,
        )

    async def submit(self, _session, message):
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await asyncio.sleep(self.wait_s)
        self.under_way -= 1
        status = self.statuses.pop(0) if self.statuses else Status.OK
        if status == Status.OK:
            self.taken.append(message)
        return status, f"id{len(self.taken)}"

    async def session(self):
        async with asyncio.timeout(15):
            while not (found := [s for s in self.server.sessions if s.receives]):
                await asyncio.sleep(0.01)
        return found[0]


@contextlib.asynccontextmanager
async def linked(carrier, **changed):
    told = {key: changed.pop(key) for key in ("deliver", "tell", "read_past") if key in changed}
    port = await carrier.server.start()
    client = Client(account(port, **changed), **told)
    running = asyncio.ensure_future(client.run())
    try:
        async with asyncio.timeout(20):
            await client.bound()
            yield client
    finally:
        await client.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()


class Stranger:
    """A server of bare octets: binds whoever comes, then does what the test says."""

    def __init__(self):
        self.seen: list[Pdu] = []
        self.writer: Any = None
        self.silent = False
        self.gone = asyncio.Event()

    async def start(self):
        self._server = await asyncio.start_server(self.meet, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def meet(self, reader, writer):
        self.writer, buffer = writer, bytearray()
        while data := await reader.read(4096):
            buffer += data
            for pdu in cut(buffer):
                self.seen.append(pdu)
                if pdu.command == Command.BIND_TRANSCEIVER:
                    self.send(Pdu(0x80000009, 0, pdu.sequence, id_body("x")))
                elif pdu.command == Command.ENQUIRE_LINK and not self.silent:
                    self.send(Pdu(0x80000015, 0, pdu.sequence))
        self.gone.set()
        writer.close()

    def send(self, pdu):
        self.writer.write(pdu.to_bytes())

    def answers(self):
        return [(p.command, p.status, p.sequence) for p in self.seen if p.command & 0x80000000]

    @contextlib.asynccontextmanager
    async def bound(self, **changed):
        deliver = changed.pop("deliver", None)
        told = {"deliver": deliver} if deliver else {}
        client = Client(account(await self.start(), **changed), **told)
        running = asyncio.ensure_future(client.run())
        try:
            async with asyncio.timeout(15):
                await client.bound()
                yield client
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await client._drop()
            self._server.close()
