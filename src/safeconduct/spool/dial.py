"""The core's dialler: `python -m safeconduct.spool.dial --data DIR`, one process for all gateways.

It reads one JSON line from stdin, written by whoever starts it and has asked the keeper:
{"keys": {"<gateway>": "<its private box key, base64>"}}. The keys go to the gateways over the
link and into no file. A gateway without a key there can only send. It holds no key that opens
what comes in: that lands sealed in spool/<into>.db, for the workers.
"""

import argparse
import asyncio
import base64
import json
import secrets
import signal
import sys
from pathlib import Path

from safeconduct import clock, log, traces
from safeconduct.spool import core_end, link
from safeconduct.spool.config import ConfigWrong, Peer, peers
from safeconduct.spool.keyfiles import edge_host_name

_FIRST_S, _LONGEST_S = 0.1, 10.0
logger = log.get_logger()


def _wait_s(failures: int) -> float:
    """Return seconds until the next try: doubling, at most ten, between half and all of it."""
    most = min(_LONGEST_S, _FIRST_S * float(2 ** min(failures, 10)))
    return most * (0.5 + secrets.randbelow(1000) / 2000)


class Dialler:
    """Keeps the link to one gateway."""

    def __init__(self, data: Path, peer: Peer, *, key: bytes) -> None:
        self._peer, self._key = peer, key
        self._context = link.core_context(data / "link")
        self._outgoing = core_end.outgoing(data, peer.name)
        self._landing = link.Landing(
            core_end.incoming(data, peer.into), sender=peer.name, chain=core_end.enrolled(data)
        )

    async def run(self) -> None:
        """Dial, carry, and dial again, until cancelled."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._once()
            except link.TROUBLE as trouble:
                if isinstance(trouble, link.LinkBroken):
                    await asyncio.to_thread(self._landing.broken)
                steady = asyncio.get_running_loop().time() - began > _LONGEST_S
                failures = 0 if steady else failures + 1
                logger.warning(
                    "link.ended",
                    gateway=self._peer.name,
                    error=type(trouble).__name__,
                    attempt=failures,
                )
            await asyncio.sleep(_wait_s(failures))

    async def _once(self) -> None:
        where = self._peer.address
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(
                where.host,
                where.port,
                ssl=self._context,
                server_hostname=edge_host_name(self._peer.name),
            )
        logger.info("link.up", gateway=self._peer.name)
        try:
            ours = link.Link(
                reader, writer, outgoing=self._outgoing, landing=self._landing, key=self._key
            )
            await ours.run()
        finally:
            await link.close(writer)


async def run(data: Path, *, keys: dict[str, bytes]) -> None:
    """Keep every gateway of `gateways.toml` linked until SIGTERM."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    diallers = [
        Dialler(data, peer, key=keys.get(peer.name, b""))
        for peer in peers(data, stamp=clock.stamp_of(data))
    ]
    await link.first_to_end(link.until(stop), *(dialler.run() for dialler in diallers))


def main() -> int:
    """Read the arguments and the keys, then run."""
    parser = argparse.ArgumentParser(prog="safeconduct.spool.dial", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    traces.leave_none()
    log.configure(process="dial")
    told = json.loads(sys.stdin.readline() or "{}").get("keys", {})
    try:
        asyncio.run(
            run(arguments.data, keys={name: base64.b64decode(key) for name, key in told.items()})
        )
    except ConfigWrong as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
