"""Where things happen: places on whichever extract an exercise is played on, chosen from the roads.

The cast knows its own ground: he knows where he stands, the unit knows where it is. Names that the
file may use: {his_place}, {team_place}, {danger_place}, as "latitude, longitude" in degrees.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np

from safeconduct.exercise.offered import offered
from safeconduct.ways.danger import Danger, price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.places import candidates, spare_for
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Web, snap

# Shares of the extract's height and width, his and the team's: the first pair that will do is taken.
PAIRS = (
    ((0.28, 0.35), (0.66, 0.62)),
    ((0.66, 0.35), (0.28, 0.62)),
    ((0.66, 0.62), (0.28, 0.35)),
    ((0.5, 0.15), (0.5, 0.85)),
    ((0.15, 0.5), (0.85, 0.5)),
    ((0.1, 0.1), (0.9, 0.9)),
    ((0.9, 0.1), (0.1, 0.9)),
    ((0.85, 0.3), (0.85, 0.8)),
    ((0.15, 0.3), (0.15, 0.8)),
)
# The checkpoint of the shipped stories: what the file reports, on the straight line between the two.
RADIUS_M, RATE_PER_M, SEEN = 600.0, 40 / 100 / 1000, datetime(2026, 1, 1, tzinfo=UTC)
MOST_HAZARD = 0.08  # well under the limit at which a plan is refused, 0.15
LEAST_S = 180.0  # he must be on the road long enough to stop, to stray, and to be followed


@lru_cache(maxsize=1)
def roads_of(extract: Path) -> Roads:
    """Return the roads of an extract, read once."""
    return read_extract(extract)


def places(extract: Path, *, language: str) -> dict[str, str]:
    """Return the named places of an extract: junctions, and a danger on the straight line between.

    A small town may have one bridge, and the danger lie on it: then other starts are tried.

    Args:
        language: of him who drives: a way must be told in it.
    """
    roads = roads_of(extract)
    pairs = [(near(roads, his), near(roads, team)) for his, team in PAIRS]
    his, team = next(
        (pair for pair in pairs if leads_round(roads, *pair, language=language)), pairs[0]
    )
    return {
        "his_place": written(his),
        "team_place": written(team),
        "danger_place": written(_middle(his, team)),
    }


def _middle(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def leads_round(
    roads: Roads, his: tuple[float, float], team: tuple[float, float], *, language: str
) -> bool:
    """Return whether a road of some length leads him round the danger, to a place and a spare.

    Both can be told to him in `language`.
    """
    lat, lon = _middle(his, team)
    danger = Danger(
        "", "checkpoint", lat, lon, RADIUS_M, RATE_PER_M, seen_at=SEEN, half_life=timedelta(days=1)
    )
    web = Web(roads, price(roads, [danger], at=SEEN))
    start, _ = snap(roads, lat_deg=his[0], lon_deg=his[1])
    end, _ = snap(roads, lat_deg=team[0], lon_deg=team[1])
    found = candidates(web, his=start, team=end)
    told = offered(web, start, found, language=language, most_hazard=MOST_HAZARD)
    safe = [place for place in told if place.hazard <= MOST_HAZARD]
    if not safe:
        return False
    soonest = min(safe, key=lambda place: (max(place.his_s, place.team_s), place.junction))
    return soonest.his_s >= LEAST_S and spare_for(soonest, safe) is not None


def near(roads: Roads, share: tuple[float, float]) -> tuple[float, float]:
    """Return the junction nearest to a share of the extract's height and width."""
    lat, lon = roads.junction_lat_e7 / E7, roads.junction_lon_e7 / E7
    wanted_lat = lat.min() + share[0] * (lat.max() - lat.min())
    wanted_lon = lon.min() + share[1] * (lon.max() - lon.min())
    narrow = np.cos(np.radians(wanted_lat))
    nearest = np.argmin((lat - wanted_lat) ** 2 + ((lon - wanted_lon) * narrow) ** 2)
    return float(lat[nearest]), float(lon[nearest])


def written(place: tuple[float, float]) -> str:
    """Return a place as the file writes it."""
    return f"{place[0]:.5f}, {place[1]:.5f}"
