"""How places lie in the escort's sealed columns: canonical JSON of integers, and back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from safeconduct.envelope import Position, canonical
from safeconduct.geo import Point

FLIGHT = "escort.FlightPiece.log"
RECIPIENT = "escort.Export.recipient"
FILM = "escort.Film.reference"
FIXES, SHAPE, SEEN, UNIT = (
    "escort.Stretch.fixes",
    "escort.NoFireArea.shape",
    "escort.Contact.seen",
    "escort.UnitPlace.seen",
)
E7 = 10_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def fixes_to_bytes(fixes: Sequence[Position]) -> bytes:
    """Return the bytes of fixes of one subject and source."""
    return canonical(
        [
            [
                (fix.fixed_at - _EPOCH) // _MICROSECOND,
                (fix.received_at - _EPOCH) // _MICROSECOND,
                fix.lat_e7,
                fix.lon_e7,
                fix.alt_mm,
                fix.speed_mm_s,
                fix.heading_cdeg,
                fix.arrival,
                fix.health,
            ]
            for fix in fixes
        ]
    )


def fixes_from_bytes(raw: bytes, *, route: str, subject: str, source: str) -> list[Position]:
    """Return what `fixes_to_bytes` wrote."""
    return [
        Position(
            route=route,
            arrival=arrival,
            subject=subject,
            source=source,
            fixed_at=_EPOCH + timedelta(microseconds=fixed),
            received_at=_EPOCH + timedelta(microseconds=received),
            lat_e7=lat,
            lon_e7=lon,
            alt_mm=alt,
            speed_mm_s=speed,
            heading_cdeg=heading,
            health=health,
        )
        for fixed, received, lat, lon, alt, speed, heading, arrival, health in json.loads(raw)
    ]


def ring_to_bytes(ring: Sequence[Point]) -> bytes:
    """Return the bytes of an area's ring."""
    return canonical([[round(p.lat_deg * E7), round(p.lon_deg * E7)] for p in ring])


def ring_from_bytes(raw: bytes) -> list[list[int]]:
    """Return an area's ring as latitude and longitude pairs in 1e-7 degrees."""
    ring: list[list[int]] = json.loads(raw)
    return ring


@dataclass(frozen=True, slots=True)
class Seen:
    """Where somebody was seen, and how he moves."""

    point: Point
    heading_deg: int
    speed_m_s: int


def seen_to_bytes(seen: Seen) -> bytes:
    """Return the bytes of a contact."""
    return canonical(
        {
            "lat_e7": round(seen.point.lat_deg * E7),
            "lon_e7": round(seen.point.lon_deg * E7),
            "heading_deg": seen.heading_deg,
            "speed_m_s": seen.speed_m_s,
        }
    )


def seen_from_bytes(raw: bytes) -> Seen:
    """Return what `seen_to_bytes` wrote."""
    told = json.loads(raw)
    point = Point(told["lat_e7"] / E7, told["lon_e7"] / E7)
    return Seen(point, told["heading_deg"], told["speed_m_s"])
