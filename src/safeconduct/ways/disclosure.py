"""In which order he hears of a place, so that what leaks on the way does not betray it.

First an area, by its villages; then his way leg by leg; the place in the last text of all. Areas are
drawn over the whole map before anybody has chosen a place, so that their shape tells nothing of it,
and each holds `LEAST_POSSIBLE` candidates or more. Whoever has read everything so far, knows the map
and knows where he set out still has as many places to watch as `possible` counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safeconduct.geo import Point, distance_m
from safeconduct.ways.places import MeetingPlace
from safeconduct.ways.roads import E7, Floats, metres

LEAST_POSSIBLE = 5  # a judgement: more than one patrol can watch at once
MOST_NAMES = 3  # as many villages as one text holds
REST_M = 5_000.0  # one text tells the rest of a way; a way of 15 km has three


@dataclass(frozen=True, slots=True)
class Area:
    """Some villages and the candidates about them.

    Attributes:
        villages: numbers in `names`, the three with most candidates, in the order of their numbers.
        candidates: junctions.
    """

    villages: tuple[int, ...]
    candidates: frozenset[int]


def areas(places: Sequence[MeetingPlace]) -> tuple[Area, ...]:
    """Return the map cut into areas, each candidate in one; none where no village has a name.

    The smallest joins the one nearest to it until each has `LEAST_POSSIBLE` candidates. A map with
    fewer than that is one area.
    """
    places = sorted(places, key=lambda place: place.junction)
    named = sorted({place.landmark.village for place in places} - {0})
    if not named:
        return ()
    at = _flat(places)
    of = np.array([place.landmark.village for place in places])
    middles = np.array([at[of == village].mean(axis=0) for village in named])
    group = np.array([
        named.index(village) if village else int(_nearest(middles, here)[0])
        for village, here in zip(of.tolist(), at, strict=True)
    ])  # fmt: skip
    while len(numbers := np.unique(group)) > 1:
        size = np.array([(group == number).sum() for number in numbers])
        if size.min() >= LEAST_POSSIBLE:
            break
        least = numbers[int(size.argmin())]
        middles = np.array([at[group == number].mean(axis=0) for number in numbers])
        order = _nearest(middles, at[group == least].mean(axis=0))
        group[group == least] = next(numbers[n] for n in order.tolist() if numbers[n] != least)
    return tuple(_area(places, group == number) for number in np.unique(group))


def _flat(places: Sequence[MeetingPlace]) -> Floats:
    lat = np.array([place.point.lat_deg for place in places])
    lon = np.array([place.point.lon_deg for place in places])
    return metres(lat * E7, lon * E7, at_lat_deg=float(lat.mean()))


def _nearest(middles: Floats, here: Floats) -> npt.NDArray[np.intp]:
    return np.argsort(((middles - here) ** 2).sum(axis=1), kind="stable")


def _area(places: Sequence[MeetingPlace], inside: npt.NDArray[np.bool_]) -> Area:
    held = [place for place, here in zip(places, inside.tolist(), strict=True) if here]
    counts: dict[int, int] = {}
    for place in held:
        if place.landmark.village:
            counts[place.landmark.village] = counts.get(place.landmark.village, 0) + 1
    most = sorted(counts, key=lambda village: (-counts[village], village))[:MOST_NAMES]
    return Area(tuple(sorted(most)), frozenset(place.junction for place in held))


def area_of(place: MeetingPlace, cut: Sequence[Area]) -> Area | None:
    """Return the area that may be told of a place: None where it would leave too few possible."""
    found = next((area for area in cut if place.junction in area.candidates), None)
    return found if found and len(found.candidates) >= LEAST_POSSIBLE else None


def possible(
    places: Sequence[MeetingPlace], area: Area | None, *, start: Point, told: Sequence[Point]
) -> tuple[frozenset[int], ...]:
    """Return which candidates a reader must still reckon with: before any leg, and after each.

    He knows the area (where one was told), the map and the start. After a leg he rules out what lies
    further from its end than from the start, for nobody is led away from his goal, and what lies
    more than 5 km from its end when one text is left.

    Args:
        told: where each leg ends, but the last, which names the place.
    """
    left = {p.junction: p.point for p in places if area is None or p.junction in area.candidates}
    stages = [frozenset(left)]
    for number, end in enumerate(told, start=1):
        far = REST_M * (len(told) - number + 1)
        left = {
            junction: point
            for junction, point in left.items()
            if distance_m(end, point) <= min(far, distance_m(start, point))
        }
        stages.append(frozenset(left))
    return tuple(stages)
