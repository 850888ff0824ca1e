"""What is true on the road and above it, second by second: the judge's own record, of which the product knows nothing.

A line a second from the moment he sets out: where each vehicle is, and which aircraft is in the air, how far
from him, and whether its camera can see him there in this weather.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safeconduct import clock
from safeconduct.geo import Point, bearing_deg, distance_m

if TYPE_CHECKING:
    from safeconduct.exercise.fleet import Fleet

RECORD = "sightings.jsonl"
EACH_S = 0.5  # real seconds


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody as a pilot sees him from above: from the man watched over, and how he moves."""

    direction_deg: int
    distance_m: int
    heading_deg: int
    speed_m_s: int


class Sightings:
    """Writes that record from `begin` until `stop`."""

    def __init__(self, records: Path, fleet: "Fleet") -> None:
        self._path, self._fleet = records / RECORD, fleet
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sightings", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._ended.wait(EACH_S):
            with self._path.open("a") as file:
                file.write(json.dumps(now(self._fleet)) + "\n")


def now(fleet: "Fleet") -> dict[str, Any]:
    """Return one line of the record."""
    at = clock.now()
    places = fleet.whereabouts(at)
    him = places["his"]
    flying = {
        name: {
            "to_him_m": round(distance_m(craft.copter.place, him), 1),
            "height_m": round(craft.copter.frame.height_m, 1),
            "sees": craft.sees(him),
        }
        for name, craft in fleet.flying().items()
    }
    told = {name: [p.lat_deg, p.lon_deg] for name, p in places.items()}
    return {"at": at.isoformat(), "places": told, "flying": flying}


def seen(fleet: "Fleet", vehicle: str) -> Seen | None:
    """Return a vehicle as a pilot sees it whose aircraft can see it now; None while none can."""
    other = fleet.vehicles[vehicle]
    places = fleet.whereabouts(clock.now())
    there, him = places[vehicle], places["his"]
    if not any(craft.sees(there) for craft in fleet.flying().values()):
        return None
    return Seen(
        round(bearing_deg(him, there)) % 360,
        round(distance_m(him, there)),
        round(other.heading_deg) % 360,
        round(other.speed_m_s) if other.moving else 0,
    )


def record(path: Path) -> list[dict[str, Any]]:
    """Return the record's lines, oldest first; none where nothing ever moved."""
    if not (path / RECORD).exists():
        return []
    return [json.loads(line) for line in (path / RECORD).read_text().splitlines()]


def point(told: list[float]) -> Point:
    """Return a place of the record."""
    return Point(*told)
