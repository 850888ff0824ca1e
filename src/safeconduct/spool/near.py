"""A station's stop, from it to a gateway near it: by their certificates, one word, one answer; nothing is stored.

It needs neither the core nor its link. A gateway takes it from the stations that its file names, unless the
core has said that one was struck out, and from nobody else; and it takes that one word, and no other.
"""

import asyncio
import ssl
import struct
from collections.abc import Awaitable, Callable, Container
from dataclasses import dataclass

from safeconduct import log
from safeconduct.spool import link
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.keyfiles import edge_host_name
from safeconduct.stationed import Stop, StopHeard

LINE = "stops_from"  # of a channel's table: the stations whose stop it takes
MOST = 2**14  # bytes of a word: a stop with all that it ends is some two thousand
TRY_S = 2.0  # for one try, and for one call that is taken
_HEAD = struct.Struct(">I")
Take = Callable[[Stop], Awaitable[StopHeard]]
logger = log.get_logger()


class Unheard(OSError):
    """The gateway was not reached, or does not take a stop from us."""


@dataclass(frozen=True, slots=True)
class Near:
    """A gateway near a station: its name and where it listens."""

    name: str
    at: Address

    async def tell(self, stop: Stop, *, by: ssl.SSLContext) -> StopHeard:
        """Say a stop; return what was answered.

        Raises:
            Unheard: no such gateway answered in time.
        """
        try:
            async with asyncio.timeout(TRY_S):
                reader, writer = await asyncio.open_connection(
                    self.at.host, self.at.port, ssl=by, server_hostname=edge_host_name(self.name)
                )
                try:
                    writer.write(_framed(stop.to_bytes()))
                    return StopHeard.from_bytes(await _read(reader))
                finally:
                    writer.close()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as why:
            raise Unheard(type(why).__name__) from None


class Ear:
    """A gateway's end.

    Args:
        names: of the stations that are heard.
        take: does what a stop asks, as often as it is said, and tells how far it came.
    """

    def __init__(self, names: frozenset[str], take: Take) -> None:
        self._names, self._take = {edge_host_name(name): name for name in names}, take

    def knows(self, host: str, *, struck: Container[str]) -> bool:
        """Return whether whoever bears this name in his certificate is heard.

        Args:
            struck: who was struck out, as the core told it last.
        """
        name = self._names.get(host)
        if name is not None and name in struck:
            logger.warning("near.struck_out", gateway=name)
            return False
        return name is not None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one word and answer it; what is no stop is answered by nothing."""
        try:
            async with asyncio.timeout(TRY_S):
                heard = await self._take(Stop.from_bytes(await _read(reader)))
                writer.write(_framed(heard.to_bytes()))
                await writer.drain()
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as why:
            logger.warning("near.refused", error=type(why).__name__)
        finally:
            await link.close(writer)


def _framed(content: bytes) -> bytes:
    return _HEAD.pack(len(content)) + content


async def _read(reader: asyncio.StreamReader) -> bytes:
    """Return one word. Raises ValueError: it is longer than any of ours."""
    (length,) = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if length > MOST:
        raise ValueError("a word is longer than any of ours")
    return await reader.readexactly(length)


def ear(config: Config, take: Take) -> Ear | None:
    """Return what hears the stations that a channel's table names; None without the line.

    Raises:
        ConfigWrong: it is no list of names.
    """
    told = config.channel.get(LINE, [])
    if not isinstance(told, list) or not all(isinstance(each, str) and each for each in told):
        raise ConfigWrong(f'The line {LINE} must be a list of stations: ["station1"].')
    return Ear(frozenset(told), take) if told else None
