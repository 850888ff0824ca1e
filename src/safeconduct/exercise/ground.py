"""Where things happen: places on whichever extract an exercise is played on, chosen from the roads.

The cast knows its own ground: he knows where he stands, the unit knows where it is. Names that the
file may use: {his_place}, {team_place}, {danger_place}, as "latitude, longitude" in degrees.
"""

from pathlib import Path

import numpy as np

from safeconduct.ways.extract import read_extract
from safeconduct.ways.roads import E7, Roads

HIS, TEAM = (0.28, 0.35), (0.66, 0.62)  # shares of the extract's height and width


def places(extract: Path) -> dict[str, str]:
    """Return the named places of an extract: junctions, and a danger on the straight line between."""
    roads = read_extract(extract)
    his, team = _near(roads, HIS), _near(roads, TEAM)
    middle = ((his[0] + team[0]) / 2, (his[1] + team[1]) / 2)
    return {
        "his_place": _written(his),
        "team_place": _written(team),
        "danger_place": _written(middle),
    }


def _near(roads: Roads, share: tuple[float, float]) -> tuple[float, float]:
    lat, lon = roads.junction_lat_e7 / E7, roads.junction_lon_e7 / E7
    wanted_lat = lat.min() + share[0] * (lat.max() - lat.min())
    wanted_lon = lon.min() + share[1] * (lon.max() - lon.min())
    narrow = np.cos(np.radians(wanted_lat))
    nearest = np.argmin((lat - wanted_lat) ** 2 + ((lon - wanted_lon) * narrow) ** 2)
    return float(lat[nearest]), float(lon[nearest])


def _written(place: tuple[float, float]) -> str:
    return f"{place[0]:.5f}, {place[1]:.5f}"
