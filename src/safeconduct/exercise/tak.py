"""A unit's TAK server in the exercise: takes CoT over TCP and writes every event down, unread.

The record is the events' own bytes, one after another; the judge reads them with another
author's library. Beside it stands when each came, an instant a line, by the wall's clock. To the gateway it answers pings, as every server does, and says that who holds fires has
acknowledged whatever area it asks about: a word that counts for nothing but the page.
"""

import re
import socketserver
import threading
from pathlib import Path

from safeconduct import clock

_ASKED = re.compile(rb"Answer: ack ([a-z0-9]{4})")
_END = b"</event>"
_LARGEST = 1_000_000  # bytes without an event's end: this is no CoT


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class Listener:
    """Listens on loopback; `log` gets each event whole, as it came."""

    def __init__(self, *, port: int, log: Path, host: str = "127.0.0.1") -> None:
        self.log = log
        self._lock = threading.Lock()
        listener = self

        class Link(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                listener.take(self)

        self._server = _Server((host, port), Link)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="tak-listener", daemon=True
        )

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self._server.server_address[1])

    def start(self) -> None:
        """Begin to listen."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, link: socketserver.StreamRequestHandler) -> None:
        """Read one connection to its end, event by event, and answer what is asked."""
        held = b""
        while chunk := link.request.recv(65536):
            held += chunk
            while _END in held:
                event, held = held.split(_END, 1)
                self._write(event + _END)
                if answer := _answer(event):
                    link.request.sendall(answer)
            if len(held) > _LARGEST:
                return

    def _write(self, event: bytes) -> None:
        with self._lock, self.log.open("ab") as file, came_of(self.log).open("a") as times:
            file.write(event.strip() + b"\n")
            times.write(f"{clock.wall().isoformat()}\n")


def came_of(log: Path) -> Path:
    """Return where it stands when each event of a record came."""
    return log.with_suffix(".at")


def _answer(event: bytes) -> bytes:
    """Return what the server, or a unit behind it, says to an event; nothing to most."""
    if b'type="t-x-c-t"' in event:
        return _said("t-x-c-t-r", "pong", "")
    if b'type="b-t-f"' in event and (asked := _ASKED.search(event)):
        chat = '<__chat senderCallsign="FDC1"/>'
        return _said("b-t-f", "chat", f"{chat}<remarks>ack {asked[1].decode()}</remarks>")
    return b""


def _said(kind: str, uid: str, detail: str) -> bytes:
    at = f"{clock.now():%Y-%m-%dT%H:%M:%S}.000Z"
    return (
        f'<event version="2.0" uid="{uid}" type="{kind}" how="m-g" time="{at}" start="{at}" stale="{at}">'
        f'<point lat="0" lon="0" hae="0" ce="9999999" le="9999999"/><detail>{detail}</detail></event>'
    ).encode()
