"""What a station's stop may say to the units' maps: that he is stopped, and that the rest of him there is over. Pure."""

from safeconduct.envelope import MapPoint, Marker, kind_of
from safeconduct.stationed import Stop

_MOST = 8  # a stop, he, the aircraft, his way, its end, a casualty
_ENDS = frozenset({"vehicle", "drone"})


class NoStop(ValueError):
    """A station said something else than a stop: it shows nobody, and ends no area."""


def things_of(stop: Stop) -> list[Marker | MapPoint]:
    """Return what the maps are to show now, the stop first.

    Raises:
        NoStop: it is not one alert that begins, beside things of one man that end, each without a place of his.
    """
    if not 0 < len(stop.things) <= _MOST:
        raise NoStop("a stop is one alert, and few things that are over")
    try:
        alert, *over = [_read(each.encode()) for each in stop.things]
    except (ValueError, TypeError, AttributeError):
        raise NoStop("what cannot be read stands on no map") from None
    begins = isinstance(alert, MapPoint) and alert.what == "alert" and not alert.ended
    if not begins or not all(map(_ends, over)):
        raise NoStop("a station shows nobody, takes no stop back and ends no area")
    return [alert, *over]


def _read(raw: bytes) -> Marker | MapPoint:
    return Marker.from_bytes(raw) if kind_of(raw) == Marker.__name__ else MapPoint.from_bytes(raw)


def _ends(thing: Marker | MapPoint) -> bool:
    if not thing.ended:
        return False
    if isinstance(thing, Marker):
        return thing.says == "corridor" and not any(map(any, thing.ring_e7))
    return thing.what in _ENDS and (thing.lat_e7, thing.lon_e7) == (0, 0)
