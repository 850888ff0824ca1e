"""Kannel, from Debian, as its operator runs it: bearerbox and smsbox, bound to an SMSC on loopback.

An ESME only: it takes texts by HTTP, keeps them in a spool folder, and calls a URL for every receipt and
every text that comes in. One folder holds its files and its logs.
"""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from safeconduct.command.folder import free_port

ASK = "The comparison with Kannel needs it: apt-get install kannel (as root), then run this again."
BOXES = ("bearerbox", "smsbox")
ACCOUNT = ("us", "secret")
_PATIENCE_S = 30.0
_CONF = """
group = core
admin-port = {admin}
admin-password = bench
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 1
store-type = spool
store-location = "{folder}/store"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = carrier
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = {user}
smsc-password = {password}
system-type = ""
max-pending-submits = {window}
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 1
global-sender = 100

group = sendsms-user
username = bench
password = bench
concatenation = true
max-messages = 9

group = sms-service
keyword = default
catch-all = true
max-messages = 0
{service}
"""
_BY_GET = 'get-url = "http://127.0.0.1:{callback}/mo?from=%p&text=%b&coding=%c"'


def is_here() -> bool:
    """Return whether both boxes are installed."""
    return all(shutil.which(box, path="/usr/sbin:/usr/bin") for box in BOXES)


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, by the system's own count (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Callbacks:
    """Whom Kannel calls: answers every HTTP request with 200 and keeps its path, in threads."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._meet, daemon=True).start()

    def _meet(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        held = b""
        with sock:
            while data := sock.recv(2**16):
                *whole, held = (held + data).split(b"\r\n\r\n")
                for head in whole:
                    self.paths.append(head.split(b" ", 2)[1].decode("latin-1"))
                    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()


class Kannel:
    """One running pair of boxes; `send` queues texts by their HTTP door."""

    def __init__(
        self,
        folder: Path,
        *,
        smsc: int,
        window: int = 100,
        port: Callable[[], int] = free_port,
        service: str = _BY_GET,
    ) -> None:
        self.callbacks = Callbacks()
        self.http, admin, self._box = (port() for _ in range(3))
        self._folder = folder
        (folder / "store").mkdir()
        (folder / "kannel.conf").write_text(
            _CONF.format(
                admin=admin, box=self._box, http=self.http, folder=folder, smsc=smsc, window=window,
                user=ACCOUNT[0], password=ACCOUNT[1],
                service=service.format(callback=self.callbacks.port),
            )
        )  # fmt: skip
        self._boxes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both boxes, and wait until texts are taken."""
        for box, port in zip(BOXES, (self._box, self.http), strict=True):
            argv = [str(shutil.which(box, path="/usr/sbin:/usr/bin")), "-v", "4", "kannel.conf"]
            self._boxes.append(
                subprocess.Popen(  # noqa: S603  Debian's own
                    argv, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
            wait_for(port)

    def send(self, numbers: Iterator[str], text: str) -> int:
        """Queue one text for each number, with a receipt wanted; return how many were taken."""
        asked = {"username": "bench", "password": "bench", "from": "100", "text": text}
        asked |= {"dlr-mask": "3", "dlr-url": f"http://127.0.0.1:{self.callbacks.port}/dlr?stat=%d"}
        asked |= {} if text.isascii() else {"coding": "2", "charset": "UTF-8"}
        fixed, taken = urlencode(asked), 0
        with socket.create_connection(("127.0.0.1", self.http)) as sock:
            reading = sock.makefile("rb")
            for number in numbers:
                sock.sendall(
                    f"GET /cgi-bin/sendsms?{fixed}&to=%2B{number.removeprefix('+')} HTTP/1.1\r\n"
                    "Host: 127.0.0.1\r\n\r\n".encode()
                )
                taken += _status(reading) == 202  # noqa: PLR2004  "Accepted for delivery"
        return taken

    def cpu_s(self) -> float:
        """Return the CPU seconds both boxes have used."""
        return sum(cpu_s(box.pid) for box in self._boxes)

    def stop(self) -> None:
        """End both boxes."""
        for box in reversed(self._boxes):
            box.terminate()
        for box in self._boxes:
            try:
                box.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                box.kill()
                box.wait()
        self.callbacks.close()


def _status(reading: IO[bytes]) -> int:
    status, length = int(reading.readline().split()[1]), 0
    while (line := reading.readline().strip().lower()) != b"":
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    reading.read(length)
    return status


def wait_for(port: int) -> None:
    """Wait until somebody listens at a port of this machine."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def kannel(
    folder: Path,
    *,
    smsc: int,
    window: int = 100,
    port: Callable[[], int] = free_port,
    service: str = _BY_GET,
) -> Iterator[Kannel]:
    """Run Kannel in `folder` until the block ends, bound to the SMSC on loopback port `smsc`.

    Args:
        service: the lines of its sms-service that say whom it calls with a text.
    """
    made = Kannel(folder, smsc=smsc, window=window, port=port, service=service)
    try:
        made.start()
        yield made
    finally:
        made.stop()
