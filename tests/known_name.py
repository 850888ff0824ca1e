"""A host name that leads to this machine, as its DNS would lead a browser to the console."""

import socket
from collections.abc import Iterator

import pytest

HOST = "console.example"


@pytest.fixture(scope="module")
def name_is_known() -> Iterator[None]:
    """Let the name lead to loopback."""
    asked = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **kw: asked("127.0.0.1" if host == HOST else host, *more, **kw),
        )
        yield
