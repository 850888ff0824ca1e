"""The one door to the units' maps: whatever room draws something, it leaves by this function or not at all."""

from pathlib import Path

from safeconduct.envelope import MapPoint, Marker
from safeconduct.post.lanes import lane_to
from safeconduct.post.maps import may_stand
from safeconduct.refusal import insist
from safeconduct.spool import core_end

MAPS = "tak"  # the gateway to the units' maps


def served(data: Path) -> bool:
    """Return whether a gateway tells the units' maps now: none was enrolled, or it was struck out."""
    gateway = core_end.serving(data, MAPS)
    return bool(gateway) and core_end.is_enrolled(data, gateway)


def draw(data: Path, thing: Marker | MapPoint, *, key: str) -> bool:
    """Let one thing leave for the units' maps; False where no gateway serves. The same key leaves once.

    Raises:
        Refused: it is of a kind that does not stand there, or is for nobody.
        FileNotFoundError: no map gateway was enrolled.
        SpoolFull: the disk is full; nothing was stored.
    """
    insist(may_stand(thing))
    gateway = core_end.serving(data, MAPS)
    if not gateway:
        return False
    lane_to(data, gateway).put(key, thing.to_bytes())
    return True


def drawn_waiting(data: Path) -> int:
    """Return how many things wait for the link to that gateway; 0 where none serves."""
    gateway = core_end.serving(data, MAPS)
    return lane_to(data, gateway).queue.waiting() if gateway else 0
