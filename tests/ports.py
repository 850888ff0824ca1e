"""Ports of this machine for tests: who was given one has it to himself."""

import socket

_HELD: list[socket.socket] = []


def free_port() -> int:
    """Return a loopback port that nobody else is given while this process lives.

    It is bound here and never listened on: the kernel gives it to no other, and a server that binds
    with SO_REUSEADDR, as ours do, gets it all the same. Who asks it before that is refused.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    port: int = held.getsockname()[1]
    return port
