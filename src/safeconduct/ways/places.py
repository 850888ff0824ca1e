"""Meeting places: junctions with a landmark that can be said, ranked from both sides.

Nothing is added up into one score: a place is shown when no other is at least as good in every
respect and better in one. What was left out is told with its reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import le

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.geo import Point, distance_m
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.route import LEAST, Web

MARK_M = 120.0  # a landmark further from its junction than this is not "at" it
VILLAGE_M = 3000.0  # a landmark further from a village than this is in none
VILLAGES = frozenset({"town", "village"})  # a name beside a landmark, no place to meet
Respects = tuple[int, int, int, int]
LEAST_APART_M = 500.0  # two places nearer than this are one to whoever watches


@dataclass(frozen=True, slots=True)
class Landmark:
    """What can be said of a place: a kind, its own name and its village's, numbers in `names`."""

    kind: str
    name: int
    village: int
    distance_m: float


@dataclass(frozen=True, slots=True)
class MeetingPlace:
    """One candidate, as each side sees it.

    Attributes:
        his_s, hazard: on his least exposed way there.
        team_s: on the team's fastest way there.
        ways_out: roads that lead on from it.
    """

    junction: int
    point: Point
    landmark: Landmark
    his_s: float
    hazard: float
    team_s: float
    ways_out: int
    mined: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate that is not shown among the choices, and why ("burned", "dominated" …)."""

    place: MeetingPlace
    why: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The choices, soonest for him first, and what was left out."""

    choices: tuple[MeetingPlace, ...]
    left_out: tuple[LeftOut, ...]


@lru_cache(maxsize=1)  # one map is in use; every way that is told asks for these
def landmarks(roads: Roads) -> Mapping[int, Landmark]:
    """Return junction → its nearest landmark, for junctions that have one within 120 m."""
    villages = _of_kinds(roads, VILLAGES)
    marks = np.setdiff1d(np.arange(len(roads.mark_kind)), villages)
    if not len(marks):
        return {}
    middle = float(roads.junction_lat_e7.mean()) / E7
    junctions = scipy.spatial.cKDTree(
        metres(
            roads.junction_lat_e7[: roads.places],
            roads.junction_lon_e7[: roads.places],
            at_lat_deg=middle,
        )
    )
    at = metres(roads.mark_lat_e7, roads.mark_lon_e7, at_lat_deg=middle)
    distance, junction = junctions.query(at[marks])
    village_of = _village_names(roads, villages, at, marks)
    found: dict[int, Landmark] = {}
    for order in np.argsort(distance, kind="stable").tolist():
        where = int(junction[order])
        if distance[order] <= MARK_M and where not in found:
            mark = int(marks[order])
            found[where] = Landmark(
                roads.mark_kinds[roads.mark_kind[mark]],
                int(roads.mark_name[mark]),
                village_of[order],
                float(distance[order]),
            )
    return found


def _of_kinds(roads: Roads, kinds: Collection[str]) -> npt.NDArray[np.intp]:
    numbers = [n for n, kind in enumerate(roads.mark_kinds) if kind in kinds]
    return np.flatnonzero(np.isin(roads.mark_kind, numbers))


def _village_names(
    roads: Roads, villages: npt.NDArray[np.intp], at: Floats, marks: npt.NDArray[np.intp]
) -> list[int]:
    """Return, per landmark, the name of the village nearest to it, 0 without one in 3 km."""
    if not len(villages):
        return [0] * len(marks)
    distance, nearest = scipy.spatial.cKDTree(at[villages]).query(at[marks])
    names = roads.mark_name[villages][nearest]
    return [int(n) if d <= VILLAGE_M else 0 for n, d in zip(names, distance, strict=True)]


def candidates(web: Web, *, his: int, team: int) -> list[MeetingPlace]:
    """Return every junction with a landmark and two ways out or more, as both sides reach it.

    Args:
        web: the roads under the dangers as they are known.
        his, team: the junctions they start from.
    """
    roads = web.roads
    his_tree = web.tree(his, hazard_s=LEAST)
    team_tree = web.tree(team, hazard_s=0.0)
    found = []
    for junction, landmark in sorted(landmarks(roads).items()):
        ways_out = int(roads.ways_out[junction])
        if ways_out <= 1 or junction in {his, team}:
            continue
        way = his_tree.way(junction)
        point = Point(
            float(roads.junction_lat_e7[junction]) / E7, float(roads.junction_lon_e7[junction]) / E7
        )
        found.append(
            MeetingPlace(
                junction, point, landmark, way.time_s, way.hazard,
                team_tree.way(junction).time_s, ways_out, way.mined,
            )
        )  # fmt: skip
    return found


def rank(
    places: Sequence[MeetingPlace],
    *,
    his_limit_s: float,
    team_limit_s: float,
    barred: Mapping[int, str] | None = None,
) -> Ranking:
    """Return the places that no other beats in every respect, and why the rest were left out.

    Args:
        places: candidates of one map.
        his_limit_s, team_limit_s: how long either side may drive.
        barred: junction → why it is no choice ("burned", "untellable").
    """
    left_out, open_ones = [], []
    for place in places:
        why = _barred(
            place, his_limit_s=his_limit_s, team_limit_s=team_limit_s, barred=barred or {}
        )
        if why:
            left_out.append(LeftOut(place, why))
        else:
            open_ones.append(place)
    choices, front = [], _front(set(map(_respects, open_ones)))
    for place in open_ones:
        if _respects(place) in front:
            choices.append(place)
        else:
            left_out.append(LeftOut(place, "dominated"))
    choices.sort(key=lambda p: (p.his_s, p.hazard, p.team_s, p.junction))
    return Ranking(tuple(choices), tuple(left_out))


def _barred(
    place: MeetingPlace, *, his_limit_s: float, team_limit_s: float, barred: Mapping[int, str]
) -> str:
    if place.junction in barred:
        return barred[place.junction]
    if place.mined:
        return "mined"
    if place.his_s > his_limit_s:
        return "far for him"
    return "far for the team" if place.team_s > team_limit_s else ""


def _front(told: Collection[Respects]) -> set[Respects]:
    """Return those that no other equals or betters in every respect."""
    front: list[Respects] = []
    for one in sorted(
        told
    ):  # who beats it stands before it, and beaten ones are beaten by the front
        if not any(all(map(le, other, one)) for other in front):
            front.append(one)
    return set(front)


def _respects(place: MeetingPlace) -> Respects:
    """Return how good a place is, the less the better.

    Times count in whole minutes and hazard in hundredths, so that a metre decides nothing.
    """
    return (
        round(place.his_s / 60),
        round(place.hazard * 100),
        round(place.team_s / 60),
        -min(place.ways_out, 4),
    )


def spare_for(main: MeetingPlace, choices: Sequence[MeetingPlace]) -> MeetingPlace | None:
    """Return the choice furthest from `main`, at least `LEAST_APART_M` away; None without one."""
    apart = [(distance_m(main.point, c.point), -c.junction, c) for c in choices if c != main]
    far = [entry for entry in apart if entry[0] >= LEAST_APART_M]
    return max(far)[2] if far else None
