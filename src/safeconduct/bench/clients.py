"""Clients of SMPP that are measured against each other: ours twice, two libraries, and bare sockets.

Each runs as a process of its own (one of them may die at its exit): `python -m
safeconduct.bench.clients NAME PORT WINDOW SECONDS` prints one line of JSON: messages, seconds,
CPU seconds. All send the same text to numbers that count up, and read every answer's id.
"""

import asyncio
import json
import resource
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator

from safeconduct.smpp import receipts
from safeconduct.smpp.client import Account, Client
from safeconduct.smpp.codec import Address, Command, Message, Pdu, message_body, read_message

TEXT = b"Hello. Nobody is asked to do anything. Answer when it is safe."
PASSWORD = "secret"  # noqa: S105  of a sink on loopback
_FIRST = 380_500_000_000


class Stretch:
    """A stretch of time, in wall and CPU seconds, and what was answered within it."""

    def __init__(self, seconds: float) -> None:
        self._cpu, self._begin = _cpu_s(), time.perf_counter()
        self._until = self._begin + seconds
        self.answered = 0

    @property
    def over(self) -> bool:
        """Return whether it is time to end."""
        return time.perf_counter() >= self._until

    def tell(self) -> None:
        """Print it."""
        spent = {
            "messages": self.answered,
            "seconds": time.perf_counter() - self._begin,
            "cpu_s": _cpu_s() - self._cpu,
        }
        print(json.dumps(spent), flush=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def ours(port: int, window: int, seconds: float) -> None:
    """Our client, fed with a stream."""

    async def talk() -> None:
        client, running = await _bound(port, window)
        stretch = Stretch(seconds)
        here = Address("100", 3, 0)

        def messages() -> Iterator[Message]:
            number = _FIRST
            while not stretch.over:
                for _ in range(window):
                    number += 1
                    yield Message(here, Address(str(number)), TEXT, registered=1)

        def told(_number: int, status: int | None, carrier_id: str) -> None:
            if status == 0 and carrier_id:
                stretch.answered += 1

        await client.submit_all(messages(), told)
        stretch.tell()
        await client.stop()
        await running

    asyncio.run(talk())


def ours_receipted(port: int, window: int, seconds: float) -> None:
    """Our client with receipts: `seconds` is how many texts; each receipt is read whole before its answer."""
    count = int(seconds)

    async def talk() -> None:
        stretch, here = Stretch(0.0), Address("100", 3, 0)

        async def deliver(batch: list[Pdu]) -> list[int]:
            for pdu in batch:
                told = receipts.read(read_message(pdu))
                stretch.answered += told is not None and told.stat == "DELIVRD"
            return [0] * len(batch)

        account = Account("127.0.0.1", port, "bench", PASSWORD, window=window)
        client = Client(account, deliver=deliver)
        running = asyncio.ensure_future(client.run())
        await client.bound()
        await client.submit_all(
            (Message(here, Address(str(_FIRST + n)), TEXT, registered=1) for n in range(count)),
            lambda _number, _status, _carrier_id: None,
        )
        while stretch.answered < count:
            await asyncio.sleep(0.01)
        stretch.tell()
        await client.stop()
        await running

    asyncio.run(talk())


def ours_awaited(port: int, window: int, seconds: float) -> None:
    """Our client, as many tasks as the window has places, each awaiting its answer."""

    async def talk() -> None:
        client, running = await _bound(port, window)
        stretch = Stretch(seconds)
        here = Address("100", 3, 0)

        async def work(number: int) -> None:
            while not stretch.over:
                message = Message(here, Address(str(number)), TEXT, registered=1)
                status, carrier_id = await client.submit(message)
                number += window
                stretch.answered += status == 0 and bool(carrier_id)

        await asyncio.gather(*(work(_FIRST + n) for n in range(window)))
        stretch.tell()
        await client.stop()
        await running

    asyncio.run(talk())


async def _bound(port: int, window: int) -> tuple[Client, asyncio.Task[None]]:
    client = Client(Account("127.0.0.1", port, "bench", PASSWORD, window=window))
    running = asyncio.ensure_future(client.run())
    await client.bound()
    return client, running


def smpp34(port: int, window: int, seconds: float) -> None:
    """Smpp34, asyncio over Rust; it keeps the window itself."""
    import smpp34 as theirs

    async def talk() -> None:
        client = theirs.Client("127.0.0.1", port, "bench", PASSWORD, window_size=window)
        carrier = await client.connect()
        stretch = Stretch(seconds)

        async def work(number: int) -> None:
            while not stretch.over:
                told = await carrier.submit_sm(
                    str(number), TEXT, source_addr="100", source_addr_ton=3,
                    dest_addr_ton=1, dest_addr_npi=1, registered_delivery=1,
                )  # fmt: skip
                number += window
                stretch.answered += told.is_success and bool(told.message_id)

        await asyncio.gather(*(work(_FIRST + n) for n in range(window)))
        stretch.tell()
        await client.stop()

    asyncio.run(talk())


def smpplib(port: int, window: int, seconds: float) -> None:
    """Smpplib, blocking; it has no window, so ours is kept around it."""
    import logging

    import smpplib.client

    logging.disable(logging.CRITICAL)
    client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True)
    client.connect()
    client.bind_transceiver(system_id="bench", password=PASSWORD)
    stretch, under_way = None, [0]

    def heard(pdu: object) -> None:
        under_way[0] -= 1
        if stretch is not None and getattr(pdu, "message_id", None):
            stretch.answered += 1

    client.set_message_sent_handler(heard)
    stretch, number = Stretch(seconds), _FIRST
    while not stretch.over:
        while under_way[0] < window:
            number += 1
            under_way[0] += 1
            client.send_message(
                source_addr_ton=3, source_addr_npi=0, source_addr="100",
                dest_addr_ton=1, dest_addr_npi=1, destination_addr=str(number),
                short_message=TEXT, registered_delivery=True,
            )  # fmt: skip
        client.read_once()
    while under_way[0]:
        client.read_once()
    stretch.tell()


def raw(port: int, window: int, seconds: float) -> None:
    """Bare sockets: frames made before, a window at a time, answers counted by their octets alone."""
    message = Message(Address("100", 3, 0), Address(str(_FIRST)), TEXT, registered=1)
    body = message_body(message)
    block = b"".join(Pdu(Command.SUBMIT_SM, 0, n, body).to_bytes() for n in range(1, window + 1))
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(block[: len(block) // window])
        length = struct.unpack(">I", sock.recv(4, socket.MSG_WAITALL))[0]
        sock.recv(length - 4, socket.MSG_WAITALL)
        stretch = Stretch(seconds)
        while not stretch.over:
            sock.sendall(block)
            sock.recv(window * length, socket.MSG_WAITALL)
            stretch.answered += window
        stretch.tell()


CLIENTS: dict[str, Callable[[int, int, float], None]] = {
    "ours": ours,
    "ours-awaited": ours_awaited,
    "ours-receipted": ours_receipted,
    "smpp34": smpp34,
    "smpplib": smpplib,
    "raw": raw,
}

if __name__ == "__main__":
    CLIENTS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
