"""Where a pilot's own programmes reach his station: a socket of his machine, for his account alone.

One line in, one line of JSON out. It has no address that another machine could reach.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

SOCKET = "pilot.sock"  # in the gateway's folder
MOST_BYTES = 1024  # of one line; longer ends the connection


async def serve(path: Path, order: Callable[[str], Awaitable[dict[str, Any]]]) -> None:
    """Take orders at a socket for as long as the station runs.

    Args:
        path: of the socket; one left by an earlier run is taken away.
        order: does one, and says what came of it.
    """
    path.unlink(missing_ok=True)
    open_: set[asyncio.StreamWriter] = set()

    async def takes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(writer)
        try:
            while line := await reader.readline():
                answer = await order(line.decode("ascii").strip())
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):
            pass  # too long, no ASCII, or gone: it may come again
        finally:
            open_.discard(writer)
            writer.close()

    server = await asyncio.start_unix_server(takes, path, limit=MOST_BYTES)
    path.chmod(0o600)
    try:
        async with server:
            await server.serve_forever()
    finally:
        for writer in open_:
            writer.close()
        path.unlink(missing_ok=True)
