"""Small road graphs for tests: drawn as metres, made by the importer's own contraction."""

import random
from datetime import UTC, datetime, timedelta

from safeconduct.geo import Point, moved
from safeconduct.ways.build import built
from safeconduct.ways.danger import Danger
from safeconduct.ways.drawn import NOTHING_TOLD, Drawn, Piece
from safeconduct.ways.extract import KINDS, MARK_KINDS, Mark

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORIGIN = Point(43.5, 33.9)


def at(east_m, north_m):
    return moved(ORIGIN, east_m=east_m, north_m=north_m)


def e7(point):
    return round(point.lat_deg * 10**7), round(point.lon_deg * 10**7)


def road(
    *corners, ids=None, kind="tertiary", speed_m_s=10.0, one_way=False, name="", way=0,
    facts=NOTHING_TOLD,
):  # fmt: skip
    """A road along corners given in metres; a corner's id is its own coordinates."""
    spots = [e7(at(*corner)) for corner in corners]
    refs = ids or [hash(corner) for corner in corners]
    names = {"": name} if name else {}
    return Piece(
        refs, [lat for lat, _ in spots], [lon for _, lon in spots], KINDS.index(kind), speed_m_s,
        True, not one_way, names, way, facts,
    )  # fmt: skip


def roads(*pieces, marks=(), bans=()):
    drawn = Drawn(bans=list(bans))
    for piece in pieces:
        drawn.add(piece)
    return built(drawn, list(marks), kinds=KINDS, mark_kinds=MARK_KINDS)


def mark(kind, east_m, north_m, name=""):
    lat, lon = e7(at(east_m, north_m))
    return Mark(kind, {"": name} if name else {}, lat, lon)


def danger(
    east_m, north_m, *, kind="hunters", radius_m=300.0, rate=1e-3, seen_at=NOON, ref="d", **more
):
    point = at(east_m, north_m)
    return Danger(
        ref, kind, point.lat_deg, point.lon_deg, radius_m, rate, seen_at, timedelta(hours=2), **more
    )


def tangled_roads(seed, *, corners=7, one_way=0.3):
    """A few corners, each joined to others, some roads doubled or one-way."""
    chance = random.Random(seed)
    spots = [(chance.randrange(4000), chance.randrange(4000)) for _ in range(corners)]
    ring = list(zip(spots, spots[1:] + spots[:1], strict=True))
    extra = [tuple(chance.sample(spots, 2)) for _ in range(corners)]
    pieces = [road(a, b, speed_m_s=chance.choice((5.0, 10.0, 20.0))) for a, b in ring]
    pieces += [
        road(a, b, speed_m_s=chance.choice((5.0, 20.0)), one_way=chance.random() < one_way)
        for a, b in extra
    ]
    return pieces


def tangle(seed, *, corners=7, one_way=0.3):
    """A random graph of a few corners."""
    return roads(*tangled_roads(seed, corners=corners, one_way=one_way))
