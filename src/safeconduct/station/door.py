"""The station's one door: beside records for the core nothing leaves it but a stop, and that to whom its file names.

Each of them is told by a task of his own, so that one who is gone delays no other, and again until he has seen it.
"""

import asyncio
import ssl
from collections.abc import Mapping

from safeconduct import log
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.near import Near, Unheard
from safeconduct.station.stopping import MAPS, PILOT
from safeconduct.station.watching import Station

EACH_S = 0.3  # real seconds between two tries
KNOWN = (PILOT, MAPS)
logger = log.get_logger()


class Door:
    """Tells a stop to those near.

    Args:
        near: by "pilot" and "maps", which gateway that is.
        by: how it calls them; None where it calls nobody.
    """

    def __init__(
        self, station: Station, *, near: Mapping[str, Near], by: ssl.SSLContext | None
    ) -> None:
        self._station, self.near, self._by = station, near, by

    async def run(self) -> None:
        """Keep everybody told, for as long as the station runs."""
        if self._by is None:
            await asyncio.Event().wait()
        else:
            await asyncio.gather(
                *(self._keep_told(whom, near, self._by) for whom, near in self.near.items())
            )

    async def _keep_told(self, whom: str, near: Near, by: ssl.SSLContext) -> None:
        away = False
        while True:
            stop = await asyncio.to_thread(self._station.owed, whom)
            if stop is not None:
                try:
                    if (await near.tell(stop, by=by)).reached:
                        await asyncio.to_thread(self._station.reached, whom)
                    away = False
                except Unheard as why:
                    if not away:
                        logger.warning("station.not_reached", gateway=near.name, error=str(why))
                    away = True
            await asyncio.sleep(EACH_S)


def near_of(config: Config) -> dict[str, Near]:
    """Return whom the table [station.near] names; nobody is told who does not stand there.

    Raises:
        ConfigWrong: one that is none of the two, or no name and address.
    """
    told = config.channel.get("near", {})
    if not isinstance(told, dict) or told.keys() - set(KNOWN):
        raise ConfigWrong(f"[station.near] may have the lines {' and '.join(KNOWN)}, no other.")
    return {whom: _near(config, whom, line) for whom, line in told.items()}


def _near(config: Config, whom: str, line: object) -> Near:
    name, _, where = str(line).partition("@")
    if not isinstance(line, str) or not name or not where:
        raise ConfigWrong(
            f'The line {whom} in [station.near] must name a gateway and where it listens: "air1@10.0.0.9:7302".'
        )
    return Near(name, config.address(where))
