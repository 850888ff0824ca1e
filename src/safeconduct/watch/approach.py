"""Does a reported contact come near him? Pure: metres, seconds.

With relative place p and velocity v the closest approach is at t = -p·v / |v|², d = |p + v t|.
A report is carried forward on its course only until it is old; then it stays where it would be,
and is shown as old, never as gone.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from safeconduct.geo import Point, local_m
from safeconduct.watch.filter import Smooth

PART_FACTOR = 1.5  # proposed: it must be half as far again before the alert ends
STILL_M2_S2 = 0.01  # both move alike to 0.1 m/s: there is no approach to compute


class Contact(Protocol):
    """What `alerts.Contact` offers."""

    @property
    def point(self) -> Point: ...  # noqa: D102  the name says it
    @property
    def heading_deg(self) -> float: ...  # noqa: D102  the name says it
    @property
    def speed_m_s(self) -> float: ...  # noqa: D102  the name says it
    @property
    def reported_at(self) -> datetime: ...  # noqa: D102  the name says it


@dataclass(frozen=True, slots=True)
class Near:
    """How a contact lies to him.

    Attributes:
        apart_m: how far it is from him now.
        closest_m, in_s: the closest approach and when, seconds from now; 0 when it is now.
        told_apart_m, told_parting: the same at the last instant anybody told anything.
    """

    apart_m: float
    closest_m: float
    in_s: float
    told_apart_m: float
    told_closest_m: float
    told_parting: bool


def judge(here: Smooth, contact: Contact, *, now: datetime, contact_old: timedelta) -> Near:
    """Return how the contact lies to him at `now`, and at the last told instant."""
    told = max(here.at, contact.reported_at)
    apart, closest, in_s = _closest(here, contact, at=max(now, told), contact_old=contact_old)
    then, then_closest, then_s = _closest(here, contact, at=told, contact_old=contact_old)
    return Near(apart, closest, in_s, then, then_closest, then_s <= 0)


def _closest(
    here: Smooth, contact: Contact, *, at: datetime, contact_old: timedelta
) -> tuple[float, float, float]:
    driven_s = min((at - contact.reported_at), contact_old).total_seconds()
    heading = math.radians(contact.heading_deg)
    east, north = contact.speed_m_s * math.sin(heading), contact.speed_m_s * math.cos(heading)
    x, y = local_m(contact.point, origin=here.point)
    gone_s = min((at - here.at), contact_old).total_seconds()
    px = x + east * driven_s - here.east_m_s * gone_s
    py = y + north * driven_s - here.north_m_s * gone_s
    vx, vy = east - here.east_m_s, north - here.north_m_s
    apart, pace2 = math.hypot(px, py), vx * vx + vy * vy
    in_s = -(px * vx + py * vy) / pace2 if pace2 > STILL_M2_S2 else 0.0
    soonest = max(0.0, in_s)
    return apart, math.hypot(px + vx * soonest, py + vy * soonest), in_s


def closes(near: Near, *, within: timedelta, closer_than_m: float) -> bool:
    """Return whether it comes closer than `closer_than_m` no later than `within` from now."""
    return near.closest_m < closer_than_m and near.in_s <= within.total_seconds()


def parts(near: Near, *, beyond_m: float) -> bool:
    """Return whether, by what was told last, it keeps clear of him or has passed and is away."""
    far = beyond_m * PART_FACTOR
    return near.told_closest_m >= far or (near.told_parting and near.told_apart_m >= far)
