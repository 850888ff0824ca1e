"""Meeting places: junctions with a landmark that can be said, ranked from both sides at once.

Nothing is added up into one score: a place is shown when no other is at least as good in every
respect and better in one. What was left out is told with its reason, and what is offered although
something speaks against it is told with that.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.geo import Point, distance_m
from safeconduct.ways.danger import Danger
from safeconduct.ways.reach import reach
from safeconduct.ways.roads import E7, Floats, Roads, metres
from safeconduct.ways.route import LEAST, WITHIN, Web
from safeconduct.ways.screening import Screening, screening
from safeconduct.ways.terrain import Terrain

MARK_M = 120.0  # a landmark further from its junction than this is not "at" it
VILLAGE_M = 3000.0  # a landmark further from a village than this is in none
VILLAGES = frozenset({"town", "village"})  # a name beside a landmark, no place to meet
LEAST_APART_M = 500.0  # two places nearer than this are one to whoever watches
ENOUGH_WAYS_OUT = 4  # a fifth road out of a place makes it no better
MOST_CANDIDATES = 1_000  # of a country; nobody drives past a thousand places to the next


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
        team_s, team_hazard: on the team's fastest way there.
        ways_out: roads that lead on from it.
        mined: one of the three ways enters mined ground.
        out_s, out_hazard: on the least exposed way from it to the team's base, with him.
        screening: what the ground hides it from.
    """

    junction: int
    point: Point
    landmark: Landmark
    his_s: float
    hazard: float
    team_s: float
    ways_out: int
    mined: bool
    team_hazard: float = 0.0
    out_s: float = 0.0
    out_hazard: float = 0.0
    screening: Screening = Screening.NOT_KNOWN

    @property
    def later_s(self) -> float:
        """Return when both are there, if both set out now."""
        return max(self.his_s, self.team_s)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A candidate that is not shown among the choices, and why ("burned", "dominated" …)."""

    place: MeetingPlace
    why: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The choices, soonest for him first, and what was left out.

    Attributes:
        despite: junction → what speaks against a choice: "far for him", "far for the team",
            "dominated". It is offered because there were not two without it.
    """

    choices: tuple[MeetingPlace, ...]
    left_out: tuple[LeftOut, ...]
    despite: Mapping[int, str] = field(default_factory=dict)


@lru_cache(
    maxsize=4
)  # one map is in use, by several vehicles; every way that is told asks for these
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


def candidates(
    web: Web, *, his: int, team: int, base: int | None = None, theirs: Web | None = None
) -> list[MeetingPlace]:
    """Return the junctions with a landmark and two ways out or more, as both sides reach them.

    On a map of a country, the `MOST_CANDIDATES` that lie nearest to both as the crow flies.

    Args:
        web: the roads that carry him, under the dangers as they are known.
        his: the junction he starts from.
        theirs: the roads of the same map that carry the team, and him on the way back; the same
            roads, unless told.
        team: the junction of those that it starts from.
        base: where it takes him; where it came from, unless told.
    """
    unit_web = theirs or web
    roads, marks = web.roads, landmarks(web.roads)
    begins = int(unit_web.roads.place_key[unit_web.roads.junction_place[team]])
    fit = np.array(sorted(j for j in marks if j != his), dtype=np.int64)
    fit = fit[(roads.ways_out[fit] > 1) & (roads.place_key[fit] != begins)] if len(fit) else fit
    there_too, same = _places_of(unit_web.roads, roads.place_key[fit])
    fit, same = fit[there_too], same[there_too]
    if not len(fit):
        return []
    near = _nearest(roads, fit, ends=(_point(roads, his), _point(unit_web.roads, team)))
    fit, same = fit[near], same[near]
    there = reach(web, his, hazard_s=LEAST).sums(fit)
    unit = reach(unit_web, team, hazard_s=0.0).sums(same)
    back = team if base is None else base
    out = reach(unit_web, back, hazard_s=LEAST, reverse=True).sums(same)
    lat, lon = roads.junction_lat_e7[fit] / E7, roads.junction_lon_e7[fit] / E7
    columns = (
        fit, lat, lon, there.time_s, there.hazard, unit.time_s, unit.hazard, out.time_s, out.hazard,
        roads.ways_out[fit], there.mined | unit.mined | out.mined,
    )  # fmt: skip
    return [
        MeetingPlace(
            junction, Point(north, east), marks[junction], his_s, hazard, team_s, ways_out, mined,
            team_hazard, out_s, out_hazard,
        )
        for (
            junction, north, east, his_s, hazard, team_s, team_hazard, out_s, out_hazard, ways_out,
            mined,
        ) in zip(*(column.tolist() for column in columns), strict=True)
    ]  # fmt: skip


def _places_of(
    roads: Roads, keys: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which of these places are on a map, and their numbers there (any for the others)."""
    order = np.argsort(roads.place_key, kind="stable")
    known = roads.place_key[order]
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return known[at] == keys, order[at]


def _point(roads: Roads, junction: int) -> tuple[int, int]:
    return int(roads.junction_lat_e7[junction]), int(roads.junction_lon_e7[junction])


def _nearest(
    roads: Roads, fit: npt.NDArray[np.int64], *, ends: Sequence[tuple[int, int]]
) -> npt.NDArray[np.int64]:
    """Return which of `fit` the further of two has least far to go to, as the crow flies, in order."""
    if len(fit) <= MOST_CANDIDATES:
        return np.arange(len(fit))
    lat, lon = np.array(ends, dtype=np.int64).T
    middle = float(lat.mean()) / E7
    flat = metres(roads.junction_lat_e7[fit], roads.junction_lon_e7[fit], at_lat_deg=middle)
    squared = [((flat - end) ** 2).sum(axis=1) for end in metres(lat, lon, at_lat_deg=middle)]
    order = np.argsort(np.maximum(*squared), kind="stable")
    nearest: npt.NDArray[np.int64] = np.sort(order[:MOST_CANDIDATES])
    return nearest


def screened(
    places: Sequence[MeetingPlace], terrain: Terrain | None, dangers: Sequence[Danger]
) -> list[MeetingPlace]:
    """Return the places with what the ground hides them from, where a tile of heights lies."""
    return [replace(p, screening=screening(terrain, p.point, dangers)) for p in places]


def rank(
    places: Sequence[MeetingPlace],
    *,
    his_limit_s: float,
    team_limit_s: float,
    barred: Mapping[int, str] | None = None,
) -> Ranking:
    """Return the places that no other beats in every respect, and why the rest were left out.

    When they are not two that lie apart, the soonest of the beaten ones are offered beside them,
    then those beyond a limit, least beyond first; `despite` says so. What is barred or mined never.

    Args:
        places: candidates of one map.
        his_limit_s, team_limit_s: how long either side may drive.
        barred: junction → why it is no choice ("burned", "untellable"); what he can never be met at
            ("dark", "curfew", "drone") is offered where there are no two others.
    """
    barred = barred or {}
    why: dict[int, str] = {}
    for place in places:
        against = _against(place, his_limit_s=his_limit_s, team_limit_s=team_limit_s, barred=barred)
        if against:
            why[place.junction] = against
    within = [place for place in places if place.junction not in why]
    why |= {place.junction: "dominated" for place in _beaten(within)}
    choices = [place for place in places if place.junction not in why]
    spared = [place for place in places if why.get(place.junction) in _MAY_BE_OFFERED]
    spared.sort(
        key=lambda p: (
            max(p.his_s - his_limit_s, p.team_s - team_limit_s, 0.0), p.later_s, p.junction
        )
    )  # fmt: skip
    added = _two_apart(choices, spared)
    despite = {place.junction: why.pop(place.junction) for place in added}
    return Ranking(
        tuple(sorted((*choices, *added), key=lambda p: (p.his_s, p.hazard, p.team_s, p.junction))),
        tuple(LeftOut(place, why[place.junction]) for place in places if place.junction in why),
        despite,
    )


_MAY_BE_OFFERED = frozenset(
    {"dominated", "far for him", "far for the team", "dark", "curfew", "drone"}
)


def _against(
    place: MeetingPlace, *, his_limit_s: float, team_limit_s: float, barred: Mapping[int, str]
) -> str:
    if place.junction in barred:
        return barred[place.junction]
    if place.mined:
        return "mined"
    if place.his_s > his_limit_s:
        return "far for him"
    return "far for the team" if place.team_s > team_limit_s else ""


def _beaten(places: Sequence[MeetingPlace]) -> list[MeetingPlace]:
    """Return those that another equals or betters in every respect and betters in one."""
    if not places:
        return []
    told = np.array([_respects(place) for place in places], dtype=np.int64)
    told, of = np.unique(told, axis=0, return_inverse=True)
    # Sorted so, who beats it stands before it, and beaten ones are beaten by the front.
    front = np.empty_like(told)
    size, beaten = 0, np.zeros(len(told), dtype=np.bool_)
    for n, one in enumerate(told):
        beaten[n] = bool((front[:size] <= one).all(axis=1).any())
        if not beaten[n]:
            front[size] = one
            size += 1
    return [place for place, gone in zip(places, beaten[of.ravel()], strict=True) if gone]


def _respects(place: MeetingPlace) -> tuple[int, ...]:
    """Return how good a place is, the less the better.

    A metre decides nothing: times count in steps of 15 %, as the planner's first choice of a way
    does, hazards in steps of 2 hundredths. What is not known of the ground is no better than open
    ground.
    """
    return (
        *(_step(seconds) for seconds in (place.his_s, place.team_s, place.out_s)),
        *(round(h * 50) for h in (place.hazard, place.team_hazard, place.out_hazard)),
        -min(place.ways_out, ENOUGH_WAYS_OUT),
        int(place.screening is not Screening.SCREENS),
    )


def _step(seconds: float) -> int:
    """Return how many steps of 15 % a time is above one minute."""
    return round(math.log(max(seconds / 60, 1.0)) / math.log(WITHIN[0]))


def _two_apart(
    choices: Sequence[MeetingPlace], spared: Sequence[MeetingPlace]
) -> list[MeetingPlace]:
    """Return which of `spared`, in their order, are wanted so that two choices lie apart."""
    held, added = list(choices), []
    for place in spared:
        if _any_apart(held):
            break
        if not held or any(_apart(place, other) for other in held):
            held.append(place)
            added.append(place)
    return added


def _any_apart(places: Sequence[MeetingPlace]) -> bool:
    return any(_apart(one, other) for n, one in enumerate(places) for other in places[n + 1 :])


def _apart(one: MeetingPlace, other: MeetingPlace) -> bool:
    return distance_m(one.point, other.point) >= LEAST_APART_M


def spare_for(
    main: MeetingPlace,
    choices: Sequence[MeetingPlace],
    *,
    shared_m: Mapping[int, float] | None = None,
) -> MeetingPlace | None:
    """Return the choice, at least `LEAST_APART_M` away, whose way shares the least road with main's.

    In steps of 100 m; of those that share as much, the furthest from `main`. None without one.

    Args:
        shared_m: junction → metres, from `shared_road_m`; without it the furthest is taken.
    """
    shared = shared_m or {}
    apart = [
        (-round(shared.get(c.junction, 0.0) / 100), distance_m(main.point, c.point), -c.junction, c)
        for c in choices
        if c.junction != main.junction and _apart(c, main)
    ]
    return max(apart, key=lambda entry: entry[:3])[3] if apart else None


def shared_road_m(
    web: Web, *, his: int, main: MeetingPlace, choices: Sequence[MeetingPlace]
) -> dict[int, float]:
    """Return how much of his way to each choice is road of his way to `main`, least exposed both."""
    others = [place.junction for place in choices]
    shared = reach(web, his, hazard_s=LEAST).shared_m(
        main.junction, np.array(others, dtype=np.int64)
    )
    return dict(zip(others, shared.tolist(), strict=True))
