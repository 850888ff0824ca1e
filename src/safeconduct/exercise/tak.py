"""A unit's TAK server in the exercise: takes CoT over TCP and writes every event down, unread.

The record is the events' own bytes, one after another; the judge reads them with another
author's library. To the gateway it says nothing.
"""

import socketserver
import threading
from pathlib import Path

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
        """Read one connection to its end, event by event."""
        held = b""
        while chunk := link.request.recv(65536):
            held += chunk
            while _END in held:
                event, held = held.split(_END, 1)
                self._write(event + _END)
            if len(held) > _LARGEST:
                return

    def _write(self, event: bytes) -> None:
        with self._lock, self.log.open("ab") as file:
            file.write(event.strip() + b"\n")
