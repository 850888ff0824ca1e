"""From one process to another on the same machine, by the one form: sealed, signed, numbered, in a queue on disk.

A gateway that stands beside a station seals each fix to it too, once the core's copy is stored. What the
station has not taken waits there, and outlives both processes; on the disk nobody reads it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from safeconduct import log, sealing
from safeconduct.envelope import Carried
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.keyfiles import BOX_BYTES, SIGN_BYTES, read_key, write_key
from safeconduct.spool.lanes import Receiving, Sending
from safeconduct.spool.queue import Queue, SpoolFull

PUBLIC = "beside-box.pub"  # the station's key, in its folder keys/
MOST = 50_000  # an hour of three machines at 4 Hz; beyond that the station is no longer there
_QUEUE = "beside.db"
_DIRECTION = "beside"
logger = log.get_logger()


class Beside:
    """What one gateway says to the station that its file names."""

    def __init__(self, config: Config, *, station: Path) -> None:
        public = read_key(station / "keys" / PUBLIC, size=BOX_BYTES)
        sign = read_key(config.folder / "keys" / "sign.key", size=SIGN_BYTES)
        write_key(station / "keys" / _known_as(config.name), sealing.sign_public(sign))
        self._lane = Sending(
            Queue(station / "spool" / _QUEUE),
            Sealer(config.name, to=public, sign=sign, direction=_DIRECTION),
        )
        self._deaf = False

    def say(self, things: Iterable[tuple[str, Carried]]) -> None:
        """Store things for the station; a full disk, or a station long gone, stops nothing: the core has them."""
        queue = self._lane.queue
        deaf = queue.waiting() > MOST
        try:
            if not deaf:
                self._lane.put_many([(key, thing.to_bytes()) for key, thing in things])
        except SpoolFull:
            deaf = True
        if deaf and not self._deaf:
            logger.warning("beside.not_told")
        self._deaf = deaf


def beside(config: Config) -> Beside | None:
    """Return the lane to the station that the line `station` of a channel's table names; None without the line.

    Raises:
        ConfigWrong: no station's folder is there.
    """
    named = config.channel.get("station")
    if named is None:
        return None
    folder = config.folder / str(named)
    if not (folder / "keys" / PUBLIC).is_file():
        raise ConfigWrong(
            f"The line station names {named}, and no station was started there yet. Name its folder, and start "
            "`safeconduct station` first: at its first start it makes the key that this gateway seals to."
        )
    return Beside(config, station=folder)


class _Known(Mapping[str, bytes]):
    """Keys of those that the station hears; one that was never started here has none yet."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder, self._names = folder, tuple(names)

    def __getitem__(self, name: str) -> bytes:
        path = self._folder / _known_as(name)
        if name not in self._names or not path.is_file():  # a name comes from outside
            raise KeyError(name)
        return read_key(path, size=SIGN_BYTES)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _known_as(name: str) -> str:
    return f"beside-{name}-sign.pub"


def hearing(folder: Path, *, private: bytes, names: Sequence[str]) -> Receiving:
    """Return the station's end: `take`, store, `done`.

    Args:
        folder: the station's.
        private: its own box key.
        names: the gateways on this machine that it hears.
    """
    chain = Chain(_Known(folder / "keys", names), direction=_DIRECTION)
    return Receiving(
        Queue(folder / "spool" / _QUEUE), chain=chain, opener=Opener(private, direction=_DIRECTION)
    )
