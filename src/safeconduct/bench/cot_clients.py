"""The clients of `safeconduct bench cot`, each in a process of its own: one says, others hear, by mutual TLS or plain.

They are neither side's: bare sockets. In one process they would wait for one another, and the servers for them.
Prints one line of JSON.
"""

import argparse
import json
import multiprocessing
import re
import socket
import ssl
import time
from collections.abc import MutableSequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

END = b"</event>"
UNITS = 100  # uids in turn
AHEAD = 400  # events that the slowest may lag behind before the sender waits
BATCH = 8  # events a write: of more than 4,096 bytes at once taky leaves a part unread
_WAIT_S, _CONNECT_S = 60.0, 120.0
_LOOK_S = 0.0002  # how often the sender looks how far the slowest has come, when it waits
_SAID = re.compile(rb"t=(\d+);")
EVENT = (
    '<event version="2.0" uid="UNIT-{unit}" type="a-f-G-U-C" how="m-g" time="{now}" start="{now}" '
    'stale="{stale}"><point lat="51.{unit:04d}" lon="34.0700000" hae="120.0" ce="4.9" le="9999999.0"/>'
    '<detail><takv device="-" platform="-" os="-" version="-"/><contact callsign="UNIT-{unit}"/>'
    '<__group name="Cyan" role="Team Member"/><status battery="78"/><track course="90.0" speed="1.4"/>'
    "<remarks>t={told};</remarks></detail></event>\n"
)


def event(unit: int, *, told: int = 0, type_: str = "a-f-G-U-C") -> bytes:
    """Return one place as a unit's screen says it, 460 bytes."""
    now = datetime.now(UTC)  # noqa: TID251  the peer's clock is the machine's
    at, stale = (f"{each:%Y-%m-%dT%H:%M:%S}.000Z" for each in (now, now + timedelta(minutes=5)))
    text = EVENT.format(unit=unit, now=at, stale=stale, told=told)
    return text.replace("a-f-G-U-C", type_).encode()


class End:
    """One connection; what came by it was said `lags` milliseconds before."""

    def __init__(self, port: int, keys: Path | None, name: str) -> None:
        raw = dialled(port)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock: socket.socket = raw
        if keys is not None:
            context = ssl.create_default_context(cafile=str(keys / "ca.pem"))
            context.check_hostname = False
            context.load_cert_chain(keys / f"{name}.pem", keys / f"{name}-key.pem")
            self.sock = context.wrap_socket(raw)
        self.lags, self._tail = list[float](), b""
        self.sock.sendall(event(0, type_="t-x-c-t"))  # answered once the server knows us
        while END not in self._tail:
            self._tail += self.sock.recv(65536)
        self._tail = b""

    def hear(self, count: int, heard: MutableSequence[int], place: int, *, timed: bool) -> None:
        """Hear until `count` events have come, telling how many in `heard`; `timed`: note how late each was."""
        here = 0
        while here < count:
            chunk = self.sock.recv(262_144)
            if not chunk:
                raise ConnectionResetError
            now, data = time.perf_counter_ns(), self._tail + chunk
            whole = data.rfind(END) + len(END)
            if whole < len(END):
                self._tail = data
                continue
            self._tail = data[whole:]
            if timed:
                for said in _SAID.findall(data, 0, whole):
                    self.lags.append((now - int(said)) / 1e6)
            here += data.count(END, 0, whole)
            heard[place] = here


def dialled(port: int) -> socket.socket:
    """Return a connection to whoever listens there within two minutes."""
    until = time.monotonic() + _CONNECT_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_WAIT_S)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def run(
    port: int, keys: Path | None, *, receivers: int, count: int, rate: float
) -> dict[str, object]:
    """Say `count` events, as fast as all hear them, or at `rate` a second where it is told."""
    fork = multiprocessing.get_context("fork")
    heard = fork.RawArray("q", receivers)
    listeners = []
    for place in range(receivers):
        ours, theirs = fork.Pipe()
        told = {"count": count, "heard": heard, "place": place, "timed": bool(rate)}
        listener = fork.Process(target=_listen, args=(port, keys, theirs), kwargs=told, daemon=True)
        listener.start()
        listeners.append((listener, ours))
    for _listener, pipe in listeners:
        pipe.recv()  # the server knows it
    sender = End(port, keys, "sender")
    began = time.perf_counter()
    _say(sender, heard, count=count, rate=rate)
    lags = [lag for _listener, pipe in listeners for lag in pipe.recv()]
    seconds = time.perf_counter() - began
    for listener, _pipe in listeners:
        listener.join(_WAIT_S)
    return {"heard": min(heard), "seconds": seconds, "lags_ms": lags}


def _listen(
    port: int, keys: Path | None, pipe: Connection, *, count: int, heard: MutableSequence[int],
    place: int, timed: bool,
) -> None:  # fmt: skip
    end = End(port, keys, f"r{place}")
    pipe.send("ready")
    end.hear(count, heard, place, timed=timed)
    pipe.send(end.lags)


def _say(sender: End, heard: MutableSequence[int], *, count: int, rate: float) -> None:
    ready = [event(unit) for unit in range(UNITS)]
    began, said = time.perf_counter(), 0
    while said < count:
        if rate:
            time.sleep(max(0.0, began + said / rate - time.perf_counter()))
            sender.sock.sendall(event(said % UNITS, told=time.perf_counter_ns()))
            said += 1
            continue
        while said - min(heard) >= AHEAD:
            time.sleep(_LOOK_S)
        batch = [ready[n % UNITS] for n in range(said, min(said + BATCH, count))]
        sender.sock.sendall(b"".join(batch))
        said += len(batch)


def main() -> None:
    """Do what the line of arguments says."""
    parser = argparse.ArgumentParser()
    for name in ("port", "receivers", "count"):
        parser.add_argument(name, type=int)
    parser.add_argument("rate", type=float)
    parser.add_argument("--keys", type=Path)
    told = parser.parse_args()
    found = run(told.port, told.keys, receivers=told.receivers, count=told.count, rate=told.rate)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
