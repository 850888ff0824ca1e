"""Where a pilot's own programmes reach his station: a socket of his machine, for his account alone.

One line in, one line of JSON out; a stop is said unasked. It has no address that another machine could reach.
"""

import asyncio
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

SOCKET = "pilot.sock"  # in the gateway's folder
MOST_BYTES = 1024  # of one line; longer ends the connection
UNASKED = "stopped"  # what a line has that answers no order
STANDS_S = 3600.0  # so long a stop is said to whoever comes: then it is of another passage


class Hand:
    """The socket of one station.

    Args:
        order: does one order, and says what came of it.
    """

    def __init__(self, order: Callable[[str], Awaitable[dict[str, Any]]]) -> None:
        self._order = order
        self._open: set[asyncio.StreamWriter] = set()
        self._said, self._said_s = b"", -STANDS_S
        self._reached = False

    async def serve(self, path: Path) -> None:
        """Take orders for as long as the station runs.

        Args:
            path: of the socket; one left by an earlier run is taken away.
        """
        bound = _bound(path)
        server = await asyncio.start_unix_server(self._takes, sock=bound, limit=MOST_BYTES)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for writer in self._open:
                writer.close()
            path.unlink(missing_ok=True)

    async def _takes(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if time.monotonic() - self._said_s < STANDS_S:
                await self._write(writer, self._said)
            while line := await reader.readline():
                answer = await self._order(line.decode("ascii").strip())
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass  # too long, no ASCII, or gone: it may come again
        finally:
            self._open.discard(writer)
            writer.close()

    async def say(self, told: str) -> bool:
        """Say once, to whoever is there and whoever comes, when everything was stopped; True once somebody has it."""
        line = json.dumps({UNASKED: told}).encode() + b"\n"
        if line != self._said:
            self._said, self._said_s, self._reached = line, time.monotonic(), False
            for writer in list(self._open):
                await self._write(writer, line)
        return self._reached

    async def _write(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        try:
            writer.write(line)
            await writer.drain()
        except OSError:
            return
        self._reached = True


def _bound(path: Path) -> socket.socket:
    """Return a socket at a path that nobody else can reach, not even for a moment."""
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # of the whole process: nothing is awaited meanwhile
    try:
        bound.bind(str(path))
    finally:
        os.umask(before)
    return bound
