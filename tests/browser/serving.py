"""The console served over a test's own database connection, for a browser in a thread of its own."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, socket
from socketserver import ThreadingMixIn
from threading import Event, Lock, Thread
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from safeconduct.access.rules import Officer


class _Server(ThreadingMixIn, WSGIServer):
    """A thread for each connection: a browser opens some that it does not use yet."""

    daemon_threads = True

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.taken: list[socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, and know the connection."""
        self.taken.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End every connection, as a machine does that is switched off."""
        for each in self.taken:
            with suppress(OSError):
                each.shutdown(SHUT_RDWR)


@contextmanager
def served(port: int = 0, *, switched_off: bool = False) -> Iterator[str]:
    """Serve what this test's transaction shows, for as long as the block lasts; yield where.

    One request at a time: threads would mix their savepoints. What a browser asks after the block
    is told that nobody is here any more.

    Args:
        port: of an earlier block, to be found where that one was; 0 is any.
        switched_off: at the end of the block, so that nobody is told anything.
    """
    shared, handler, one, ended = connections["default"], WSGIHandler(), Lock(), Event()

    def answer(environ: dict[str, Any], begin: Any) -> Iterable[bytes]:
        with one:
            if ended.is_set():
                begin("503 Service Unavailable", [])
                return []
            connections["default"] = shared
            return handler(environ, begin)

    server = _Server(("localhost", port), WSGIRequestHandler)
    server.set_app(answer)
    for signal in (request_started, request_finished):  # would close it between two requests
        signal.disconnect(close_old_connections)
    shared.inc_thread_sharing()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        with one:
            ended.set()
        server.shutdown()
        if switched_off:
            server.hang_up()
        thread.join()
        server.server_close()
        shared.dec_thread_sharing()
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def cookies_of(officer: Officer, origin: str) -> list[dict[str, str]]:
    """Return the cookies by which a browser stands as this officer."""
    login, _, device = officer.login.partition(".")
    return [
        {"name": name, "value": value, "url": origin}
        for name, value in (("login", login), ("device", device))
    ]
