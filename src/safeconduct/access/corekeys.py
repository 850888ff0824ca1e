"""The core's private box keys in a worker's memory: what comes in from the gateways opens with them.

They are turned each week. Whoever meets a thing that none of them opens asks here again, and is answered
at once while nothing was turned: what a seized gateway sends costs the keeper no entry in its log.
"""

from pathlib import Path

from safeconduct import clock
from safeconduct.access import client, workers
from safeconduct.access.rules import Purpose

_held: dict[
    Path | None, tuple[int, tuple[bytes, ...]]
] = {}  # by folder: when they were turned, and they


def core_keys() -> tuple[bytes, ...]:
    """Return the keys that hold now, this week's first.

    Raises:
        KeeperAway, Refused: without the keeper nothing can be said about what does not open.
    """
    folder, turned = clock.data_folder(), int(client.ping()["turned"])
    if folder not in _held or _held[folder][0] != turned:
        keys = client.gateway_keys(workers.me(Purpose.INGEST), "core")
        _held[folder] = keys.turned, tuple(filter(None, (keys.box_private, keys.box_earlier)))
    return _held[folder][1]
