"""What a planner chooses from: where each side starts, what both reach, what was left out and why.

Pure: values in, values out; the map and the reports are arguments.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from safeconduct.geo import Point, distance_m, foot_on_line
from safeconduct.passage.rules import probability
from safeconduct.passage.vehicles import driven_by
from safeconduct.ways.clearly import Untellable, place_in_words, told_clearly
from safeconduct.ways.danger import Danger, Drive, price
from safeconduct.ways.exposure import CUT_SPREADS
from safeconduct.ways.hours import Curfew, Hours, hours
from safeconduct.ways.outset import begun
from safeconduct.ways.places import (
    MeetingPlace,
    Ranking,
    candidates,
    rank,
    screened,
    shared_road_m,
    spare_for,
)
from safeconduct.ways.plain import plain_told
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import LEAST, Web, snap
from safeconduct.ways.stepwords import TABLES
from safeconduct.ways.terrain import Terrain

CHOICES = ("within15", "within30", "least", "fastest")
COVERED = "covered"  # least in the open; to be wished for where the map tells woods and houses
PLAINEST = "plainest"  # taken where none of them can be told


@dataclass(frozen=True, slots=True)
class Request:
    """What a planner starts from. 1e-7 degrees, seconds; sealed, and not part of a plan.

    `drone_lat_e7`, `drone_lon_e7`: where the drone starts and lands, None where nobody said.
    """

    his_lat_e7: int
    his_lon_e7: int
    team_lat_e7: int
    team_lon_e7: int
    heads: int
    vehicle: str
    language: str
    his_limit_s: int
    team_limit_s: int
    drone_lat_e7: int | None = None
    drone_lon_e7: int | None = None

    @property
    def his(self) -> Point:
        """Return where he starts."""
        return Point(self.his_lat_e7 / E7, self.his_lon_e7 / E7)

    @property
    def drone(self) -> Point | None:
        """Return where the drone starts and lands, None where nobody said."""
        if self.drone_lat_e7 is None or self.drone_lon_e7 is None:
            return None
        return Point(self.drone_lat_e7 / E7, self.drone_lon_e7 / E7)

    def flown_m(self, line: Sequence[Point]) -> float | None:
        """Return how far from where the drone starts a way leads; None where nobody said."""
        base = self.drone
        return max(distance_m(base, point) for point in line) if base else None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the planner chooses from, on one map, under the reports as known now.

    `web` are the roads that carry his vehicle; all junctions are theirs.
    """

    web: Web
    request: Request
    his: int
    off_road_m: float
    places: Sequence[MeetingPlace]
    ranking: Ranking
    drive: Drive | None = None

    def driven(self, drive: Drive, *, now: datetime) -> "Outlook":
        """Return the same outlook, priced for when the ways may be driven: curfews by their hours."""
        priced = price(self.web.roads, self.web.priced.dangers, at=now, drive=drive)
        return replace(self, web=Web(self.web.roads, priced), drive=drive)

    def without(self, barred: Mapping[int, str]) -> "Outlook":
        """Return the same outlook, ranked without the junctions of `barred`, which says why."""
        return replace(self, ranking=_ranked(self.places, self.request, barred))

    def main(self, *, most_p_milli: int) -> MeetingPlace | None:
        """Return the choice at which the later side arrives soonest: proposed, never more.

        Args:
            most_p_milli: the limit of the model's figure; a plan above it would be refused, so
                places within it come first.
        """
        return min(
            self._within(most_p_milli),
            key=lambda place: (max(place.his_s, place.team_s), place.junction),
            default=None,
        )

    def spare(self, *, most_p_milli: int) -> MeetingPlace | None:
        """Return the choice whose way shares the least road with the main one's, None without one."""
        main, found = self.main(most_p_milli=most_p_milli), self.ranking.choices
        if main is None:
            return None
        shared = shared_road_m(self.web, his=self.his, main=main, choices=found)
        within = spare_for(main, self._within(most_p_milli), shared_m=shared)
        return within or spare_for(main, found, shared_m=shared)

    def hours_at(self, place: MeetingPlace, *, stay: timedelta | None, now: datetime) -> Hours:
        """Return when he may be met at a place, under the curfews whose ground he may cross.

        Args:
            stay: how long the drone can watch over him; None without one.
        """
        his, team = timedelta(seconds=place.his_s), timedelta(seconds=place.team_s)
        curfews = [
            Curfew(*each.hours, each.zone)
            for each in self.web.priced.dangers
            if each.hours is not None and self._crosses(each, place)
        ]
        return hours(place.point, his=his, team=team, curfews=curfews, stay=stay, now=now)

    def _crosses(self, danger: Danger, place: MeetingPlace) -> bool:
        """Return whether the ground of a danger lies at his start, at a place, or between them."""
        middle = Point(danger.lat_deg, danger.lon_deg)
        by_line = foot_on_line(middle, [self.request.his, place.point]).beside_m
        return by_line <= CUT_SPREADS * danger.spot.spread_m

    def _within(self, most_p_milli: int) -> Sequence[MeetingPlace]:
        found = self.ranking.choices
        return [c for c in found if probability(c.hazard) * 1000 <= most_p_milli] or found


def _ranked(places: Sequence[MeetingPlace], request: Request, barred: Mapping[int, str]) -> Ranking:
    return rank(
        places,
        his_limit_s=request.his_limit_s,
        team_limit_s=request.team_limit_s,
        barred=barred,
    )


def look(
    roads: Roads,
    request: Request,
    dangers: Sequence[Danger],
    *,
    terrain: Terrain | None = None,
    now: datetime,
) -> Outlook:
    """Return the meeting places both sides can reach, ranked, and what was left out.

    He drives where his vehicle may; the unit comes, and takes him back, by car.

    Args:
        roads: the whole map.
        terrain: heights of the ground, where the programme has any.
    """
    mine = driven_by(roads, request.vehicle)
    web = Web(mine, price(mine, dangers, at=now))
    theirs = web if mine is roads else Web(roads, price(roads, dangers, at=now))
    his, off_m = snap(mine, lat_deg=request.his_lat_e7 / E7, lon_deg=request.his_lon_e7 / E7)
    team, _ = snap(roads, lat_deg=request.team_lat_e7 / E7, lon_deg=request.team_lon_e7 / E7)
    places = candidates(web, his=his, team=team, theirs=theirs)
    if terrain is not None and terrain.names:
        places = screened(places, terrain, dangers)
    return Outlook(web, request, his, off_m, places, _ranked(places, request, {}))


def most_hazard(most_p_milli: int, *, least: float) -> float:
    """Return the hazard that a way may have which stands in for another.

    It is the one whose P is the limit of the model's figure, in thousandths. Where the `least` there is
    lies above it, none is set: then the plan is refused as exposed, and for no other reason.
    """
    most = -math.log1p(-most_p_milli / 1000)
    return most if least <= most else math.inf


def sets_out(outlook: Outlook) -> bool:
    """Return whether a compass word tells one road at his start from the others: else no way begins."""
    roads, start = outlook.web.roads, outlook.his
    edges = range(int(roads.indptr[start]), int(roads.indptr[start + 1]))
    return any(begun(roads, edge) is not None for edge in edges)


def tellable(outlook: Outlook, *, most_p_milli: int) -> Callable[[MeetingPlace], bool]:
    """Return what says of a place whether he can be told a way to it that has one meaning.

    Its least exposed way is tried, its fastest where it is within the limit, then the plainest.
    """
    web, language = outlook.web, outlook.request.language
    if not sets_out(outlook):
        return lambda _place: False
    least, fastest = (web.tree(outlook.his, hazard_s=weight) for weight in (LEAST, 0.0))

    def fits(place: MeetingPlace) -> bool:
        name = place_in_words(language, place.landmark, web.roads.name)
        ways = [least.way(place.junction), fastest.way(place.junction)]
        most = most_hazard(most_p_milli, least=ways[0].hazard)
        for way in ways[: 2 if ways[1].hazard <= most else 1]:
            try:
                return bool(told_clearly(web.roads, way, language=language, place=name))
            except Untellable:
                continue
        try:
            end = place.junction
            told = plain_told(
                web, outlook.his, end, language=language, place=name, most_hazard=most
            )
            return bool(told)
        except Untellable:
            return False

    return fits


def names_of(roads: Roads, place: MeetingPlace, languages: Collection[str]) -> dict[str, str]:
    """Return what a place is called in each language that has words for it."""
    return {
        language: place_in_words(language, place.landmark, roads.name)
        for language in sorted(set(languages))
        if language in TABLES
    }


def request_of(told: Mapping[str, Any]) -> Request:
    """Return the request that `asdict` wrote down."""
    return Request(**told)


def plain(request: Request) -> dict[str, Any]:
    """Return a request as canonical content."""
    return asdict(request)
