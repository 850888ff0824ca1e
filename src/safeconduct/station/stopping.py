"""ABORT at the station: in force before anything is written, noted for the core, and owed to whoever is near. Pure but for `note`.

What leaves to gateways near is one word, made here: a stop, and that he, the drone and his way are over on
the units' maps. No place of his is in it.
"""

from datetime import UTC, datetime

from safeconduct.canonical import Carried
from safeconduct.envelope import MapPoint, Marker
from safeconduct.spool.queue import Change
from safeconduct.station.journal import Journal, key_of
from safeconduct.station.notebook import Notebook
from safeconduct.station.under import Under
from safeconduct.stationed import Stop

# Who is near: the pilot's own station, and the gateway to the units' maps.
PILOT, MAPS = "pilot", "maps"
STOP = "stop"  # of `Briefing.maps`
_WAYS = frozenset({"way", "arrival"})
_MOVES = frozenset({"vehicle", "drone"})


def stopped_at(under: Under) -> datetime | None:
    """Return since when everything is stopped, here or by the core."""
    if under.aborted_at is not None:
        return under.aborted_at
    told = under.briefing.stopped
    return datetime.fromtimestamp(told, UTC) if told else None


def owed(under: Under, whom: str) -> Stop | None:
    """Return the stop that somebody near has not seen yet; None where there is none for him.

    Of a stop by the core the maps know by the core.
    """
    at = stopped_at(under) if whom == PILOT else under.aborted_at
    if at is None or whom in under.reached:
        return None
    if whom == PILOT:
        return Stop(at, [])
    things = _things(under, at) if STOP in under.briefing.maps else []
    return Stop(at, [each.to_bytes().decode() for each in things]) if things else None


def _things(under: Under, at: datetime) -> list[Carried]:
    """Return what the maps are to show. The stop stands in the middle of the area, else where he is to be met."""
    maps = under.briefing.maps
    marker, to = maps[STOP]
    ring = under.briefing.area_e7 or [under.briefing.line_e7[-1]]
    lat, lon = (sum(each) // len(ring) for each in zip(*ring, strict=True))
    things: list[Carried] = [MapPoint(marker, "alert", at, lat, lon, to=to)]
    for what, (name, whose) in sorted(maps.items()):
        if what in _MOVES:
            things.append(MapPoint(name, what, at, 0, 0, ended=True, to=whose))
        elif what in _WAYS:
            nowhere = [[0, 0], [0, 0]]
            things.append(Marker(name, "line", nowhere, 0, at, at, True, "corridor", whose))
    return things


def resume(under: Under, told: dict[str, object]) -> None:
    """Take up a stop as an earlier life left it."""
    under.aborted_at = datetime.fromisoformat(str(told["at"])) if told.get("at") else None
    under.abort_key = str(told.get("key", ""))
    reached = told.get("reached")
    if isinstance(reached, dict):
        under.reached = {whom: datetime.fromisoformat(at) for whom, at in reached.items()}
        under.noted = set(under.reached)


def is_noted(under: Under) -> bool:
    """Return whether all there is of a stop is on disk."""
    pressed = under.aborted_at is None or bool(under.abort_key)
    return pressed and under.reached.keys() <= under.noted


def note(book: Notebook, journal: Journal, under: Under) -> None:
    """Note what of a stop is not on disk yet: that it was pressed, and whom it has reached since.

    Raises:
        SpoolFull: nothing was stored; it is tried again.
    """
    words, key = [], under.abort_key
    if under.aborted_at is not None and not key:
        marker, to = under.briefing.maps.get(STOP, ["", ""])
        words.append(book.word("abort", about=marker, unit=to, at=under.aborted_at))
        key = key_of(under.briefing.passage, under.head.number + 1)
    fresh = sorted(under.reached.keys() - under.noted)
    words += [book.word("told", about=whom, at=under.reached[whom]) for whom in fresh]
    with book.storing() as change:
        book.write(change, under, words)
        _keep(journal, change, under, key=key)
    under.abort_key, under.noted = key, under.noted | set(fresh)


def _keep(journal: Journal, change: Change, under: Under, *, key: str) -> None:
    at = under.aborted_at.isoformat() if under.aborted_at is not None else ""
    reached = {whom: at.isoformat() for whom, at in under.reached.items()}
    journal.keep(change, "aborted", {"at": at, "key": key, "reached": reached})
