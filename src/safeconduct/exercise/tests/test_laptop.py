"""The link home of an exercise's laptop: it passes on, is cut in silence, and is joined again."""

import socket
import socketserver
import threading

import pytest

from safeconduct.exercise.laptop import Link

pytestmark = pytest.mark.enable_socket


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while told := self.request.recv(100):
            self.request.sendall(told)


@pytest.fixture
def link():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        made = Link(port=port, to=server.server_address)
        yield made, port
        made.stop()
        server.shutdown()


def said(port, word):
    """What comes back; "" where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as one:
            one.sendall(word)
            return one.recv(100)
    except OSError:
        return b""


def test_it_passes_on_is_cut_for_those_who_talk_and_those_who_come_and_is_joined_again(link):
    made, port = link
    assert said(port, b"one") == b"one"
    with socket.create_connection(("127.0.0.1", port), timeout=2) as talking:
        talking.sendall(b"two")
        assert talking.recv(100) == b"two"
        made.cut()
        assert talking.recv(100) == b""
    assert said(port, b"three") == b""
    made.joined()
    assert said(port, b"four") == b"four"
