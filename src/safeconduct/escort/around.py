"""What a station is told of what is around its passage: who comes, the wind, how the unit stands, which alerts are taken.

It changes from second to second, so it is told beside the briefing, at most every five seconds, and the newest alone counts.
"""

import hashlib
import time
from dataclasses import replace
from datetime import datetime

from safeconduct.escort import actions, queries
from safeconduct.escort.models import Assignment
from safeconduct.escort.watching import Watched
from safeconduct.geo import distance_m
from safeconduct.stationed import Around

EACH_S = 5.0  # real seconds between two, but for an alert that somebody takes
_E7 = 10_000_000
_told: dict[str, tuple[bytes, dict[str, int], float]] = {}  # by assignment: what, taken, when


def tell(row: Assignment, watched: Watched, *, now: datetime) -> bool:
    """Tell a station what has changed; return whether anything left."""
    around = around_of(watched, ref=row.ref, now=now)
    digest = hashlib.sha256(replace(around, at=watched.agreed.since).to_bytes()).digest()
    before, taken, last_s = _told.get(row.ref, (b"", {}, 0.0))
    early = time.monotonic() - last_s < EACH_S and taken == around.taken
    if digest == before or early or not row.turn or not actions.tell_around(row, around):
        return False
    _told[row.ref] = digest, around.taken, time.monotonic()
    return True


def around_of(watched: Watched, *, ref: str, now: datetime) -> Around:
    """Return what is known of what is around a passage; of the unit how far it is from where he is met, not where.

    Args:
        ref: the passage's name at the station.
    """
    escort = watched.escort
    contacts = {
        each.key: [
            round(each.point.lat_deg * _E7),
            round(each.point.lon_deg * _E7),
            round(each.heading_deg),
            round(each.speed_m_s * 1000),
            int(each.reported_at.timestamp()),
        ]
        for each in watched.contacts
    }
    unit = queries.unit_in(escort, watched.keys)
    return Around(
        passage=ref,
        at=now,
        contacts=contacts,
        taken=queries.taken_here(escort),
        wind_m_s=escort.wind_m_s,
        unit_said=int(escort.unit_at.timestamp()) if escort.unit_at else 0,
        unit_ready=escort.unit_ready,
        unit_seen=int(unit[1].timestamp()) if unit else 0,
        unit_m=round(distance_m(unit[0], watched.agreed.meeting_place)) if unit else 0,
    )
