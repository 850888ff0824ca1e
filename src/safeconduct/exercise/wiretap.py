"""A wiretap before one aircraft or tracker: a UDP proxy that passes everything on, and keeps what goes to it.

It stands where a radio would, on the one socket of the machine. What it keeps is judged by another author's
library (exercise/strangers.py), whatever the machine itself made of it.
"""

import json
import socket
import threading
from pathlib import Path
from typing import Self

from safeconduct import clock

_LOOKS_S = 0.1
_HEADER, _SIGNATURE, _MAGIC = 12, 13, 0xFD  # MAVLink 2, magic.mavlink.io packet format


class Wiretap:
    """Begin it, and let the machine speak to `address` in place of `to`.

    Args:
        to: where the product listens.
        record: each datagram to the machine goes there, a line of JSON: {"at", "way": "in", "hex"}.
    """

    def __init__(self, to: tuple[str, int], *, record: Path | None = None) -> None:
        self.taken: list[bytes] = []
        self._record = record
        self._near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._near.bind(("127.0.0.1", 0))
        self._far.connect(to)
        self._craft: tuple[str, int] | None = None
        self.address: tuple[str, int] = self._near.getsockname()
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._out, self._in)
        ]
        self._ended = False

    def start(self) -> None:
        """Begin to pass on."""
        for each in (self._near, self._far):
            each.settimeout(_LOOKS_S)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._ended = True
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._near.close()
        self._far.close()

    def __enter__(self) -> Self:
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_ended: object) -> None:
        """End."""
        self.stop()

    def _out(self) -> None:
        while not self._ended:
            try:
                raw, self._craft = self._near.recvfrom(4096)
                self._far.send(raw)
            except OSError:
                continue

    def _in(self) -> None:
        while not self._ended:
            try:
                raw = self._far.recv(4096)
            except OSError:
                continue
            self._keep(raw)
            if self._craft is not None:
                self._near.sendto(raw, self._craft)

    def _keep(self, raw: bytes) -> None:
        self.taken += cut(raw)
        if self._record is not None:
            line = {"at": clock.wall().isoformat(), "way": "in", "hex": raw.hex()}
            with self._record.open("a") as file:
                file.write(json.dumps(line) + "\n")


def recorded(log: Path) -> list[bytes]:
    """Return the frames of a record, oldest first."""
    lines = map(json.loads, log.read_text().splitlines())
    return [raw for line in lines for raw in cut(bytes.fromhex(line["hex"]))]


def cut(data: bytes) -> list[bytes]:
    """Return the frames of one datagram; what is no MAVLink 2 stays, so that it is found."""
    frames = []
    while data:
        ours = data[0] == _MAGIC and len(data) > 2  # noqa: PLR2004  length and flags stand there
        whole = _HEADER + data[1] + (_SIGNATURE if data[2] & 1 else 0) if ours else len(data)
        frames.append(data[:whole])
        data = data[whole:]
    return frames
