"""What benchmarks of a carrier's link share: frames on plain sockets, a gateway enrolled in a new folder."""

import contextlib
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safeconduct import sealing
from safeconduct.command import folder
from safeconduct.smpp.codec import Command, Pdu
from safeconduct.spool import certificates
from safeconduct.traces import open_sqlite

HEAD = struct.Struct(">IIII")
CHUNK = 2**18
PATIENCE_S = 60.0
ANSWER = int(Command.GENERIC_NACK)  # set in the command of every answer
GATEWAY = "smpp"
_LET_IN = b"bench\0"  # who lets in: the body of the answer to a bind


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A data folder with one gateway, and the folder that was made for it."""

    data: Path
    gateway: Path
    port: int
    private: bytes


def enrol(place: Path, *, carrier: int, lines: str = "") -> Enrolled:
    """Make a data folder, and a gateway that binds to a carrier at a port of this machine.

    Args:
        lines: more of the gateway's own table.
    """
    data = place / "data"
    _core_private, core = sealing.new_box_keys()
    private, public = sealing.new_box_keys()
    certificates.found(data, box_public=core)
    certificates.enrol(data, GATEWAY, box_public=public)
    (data / "stamp").write_text("exercise")
    return configure(data, carrier=carrier, private=private, lines=lines)


def configure(data: Path, *, carrier: int, private: bytes, lines: str = "") -> Enrolled:
    """Write the files of a gateway that was enrolled, and of the core that dials it."""
    where, port = data / "gateways" / GATEWAY, folder.free_port()
    (where / "gateway.toml").write_text(
        f'[gateway]\nname = "{GATEWAY}"\nstamp = "exercise"\nlisten = "127.0.0.1:{port}"\n'
        f'[smpp]\nserver = "127.0.0.1:{carrier}"\nsystem_id = "bench"\npassword = "bench"\n{lines}'
    )
    (data / "gateways.toml").write_text(
        f'[[gateway]]\nname = "{GATEWAY}"\naddress = "127.0.0.1:{port}"\n'
    )
    return Enrolled(data, where, port, private)


@contextlib.contextmanager
def running(*argv: str, says: bytes = b"") -> Iterator[subprocess.Popen[bytes]]:
    """Run a part of ours beside, with something to read; end it after."""
    process = subprocess.Popen(  # noqa: S603  ours
        [sys.executable, *argv], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    if process.stdin is not None and says:
        process.stdin.write(says)
        process.stdin.flush()
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def listening() -> Iterator[socket.socket]:
    """Listen on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_S)
        yield listener


@contextlib.contextmanager
def bound(listener: socket.socket) -> Iterator[socket.socket]:
    """Let whoever comes first bind."""
    link, _peer = listener.accept()
    with link:
        link.settimeout(PATIENCE_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = link.recv(CHUNK)
        _length, command, _status, sequence = HEAD.unpack_from(asked)
        link.sendall(Pdu(command | ANSWER, 0, sequence, _LET_IN).to_bytes())
        yield link


@contextlib.contextmanager
def dialled(port: int) -> Iterator[socket.socket]:
    """Bind to whoever listens at a port."""
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.settimeout(PATIENCE_S)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(Pdu(Command.BIND_TRANSCEIVER, 0, 1, b"\0" * 7).to_bytes())
        left = HEAD.size + len(_LET_IN)  # and no octet of what may come right behind it
        while left:
            left -= len(link.recv(left))
        yield link


def frames(buffer: bytearray) -> list[tuple[int, int, int, int]]:
    """Take the whole frames off a buffer; return the end, command, status and number of each.

    The octets stay until the caller cuts them off: `del buffer[:end of the last]`.
    """
    found, at = [], 0
    while len(buffer) - at >= HEAD.size:
        length, command, status, sequence = HEAD.unpack_from(buffer, at)
        at += length
        if len(buffer) < at:
            break
        found.append((at, command, status, sequence))
    return found


def rows(path: Path) -> int:
    """Return how many rows were ever put into a queue's file."""
    with contextlib.closing(open_sqlite(path)) as db:
        return int(db.execute("SELECT count(*) FROM item").fetchone()[0])
