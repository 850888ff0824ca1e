"""What the units' maps said, on its way to the rows: places near a passage, words on a mark, signs of life.

A word from there is kept with its age, raises alarms and is shown. It records no evidence: whoever has a
certificate may call himself a unit. What is near no passage under way is not written down at all.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from safeconduct import log
from safeconduct.envelope import MapHeard
from safeconduct.escort import actions, mapping
from safeconduct.escort.watching import Watched
from safeconduct.geo import Point
from safeconduct.spool.lanes import Arrived

INTO = "in-map"  # gateways.toml, line "into" of every map gateway
NEAR_M = 5000.0  # of him or his way: three minutes at 100 km/h
ABOUT = frozenset({"shown", "withdrawn", "unmeant", "delivered", "read", "acknowledged"})
logger = log.get_logger()


def read(arrived: Arrived) -> MapHeard | None:
    """Return what came, None for what is no word of a map: whoever seized a gateway signs what he likes."""
    try:
        return MapHeard.from_bytes(arrived.content)
    except (ValueError, TypeError, AttributeError):
        logger.warning("escort.not_for_us", gateway=arrived.sender)
        return None


def newest(told: Iterable[MapHeard]) -> list[MapHeard]:
    """Return what is worth a look: of each speaker's places the newest, of the server's answers the last.

    Of contacts no more than are kept of one passage: who invents speakers by the thousand writes no more rows.
    """
    found: dict[tuple[str, str, str], MapHeard] = {}
    for each in told:
        found.pop(key := (each.what, each.about, each.speaker), None)
        found[key] = each
    contacts = [each for each in found.values() if each.what == "contact"]
    others = [each for each in found.values() if each.what != "contact"]
    return [*others, *contacts[-actions.MOST_CONTACTS :]]


def take_in(arrived: Sequence[Arrived], watched: Sequence[Watched], *, now: datetime) -> int:
    """Keep what came from the maps, where it is about anything of ours; return how much was."""
    kept = 0
    for told in newest(each for each in map(read, arrived) if each is not None):
        if told.what == "answers":
            actions.map_answered(now=now)
            kept += 1
        elif told.what in ABOUT:
            kept += actions.confirm(told, now=now)
        elif told.what == "position" and told.unit:
            mine = [each for each in watched if each.escort.unit == told.unit]
            kept += sum(actions.unit_seen(e.escort, told, keys=e.keys, now=now) for e in mine)
        elif told.what == "contact":
            close = [each for each in watched if _is_near(each, told)]
            kept += sum(actions.contact_seen(e.escort, told, keys=e.keys, now=now) for e in close)
    return kept


def _is_near(watched: Watched, told: MapHeard) -> bool:
    point = Point(told.lat_e7 / mapping.E7, told.lon_e7 / mapping.E7)
    with watched.lock:
        last = watched.vehicle.fixes[-1].point if watched.vehicle.fixes else None
    return mapping.near(point, he_is=last, line=watched.agreed.line, within_m=NEAR_M)
