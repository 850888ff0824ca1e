"""Who is meant by what: callsigns of the gateway's own file, by the names that the core uses for them. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from safeconduct.envelope import MapPoint, Marker


@dataclass(frozen=True, slots=True)
class Meant:
    """Who sees what: callsigns, or None for everybody on the one server."""

    areas: Sequence[str] | None
    fires: Sequence[str]
    units: Mapping[str, Sequence[str]]
    watching: Sequence[str]

    def of(self, thing: Marker | MapPoint) -> Sequence[str] | None:
        """Return who sees a thing: areas as the file says, all else whom the core names, by this file."""
        if isinstance(thing, Marker) and thing.says != "corridor":
            return self.areas
        named = {"fires": self.fires, **self.units}
        return [each for name in thing.to.split() for each in named.get(name, ())]

    def receiving(self) -> dict[str, str]:
        """Return unit by callsign."""
        return {each: unit for unit, callsigns in self.units.items() for each in callsigns}


def is_deleted(thing: Marker | MapPoint) -> bool:
    """Return whether a thing is deleted when it is over; an area, and that a stop is over, are read."""
    return thing.says == "corridor" if isinstance(thing, Marker) else thing.what != "alert"
