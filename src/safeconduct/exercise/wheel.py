"""The man at the wheel of an exercise: he drives where his texts lead, and nowhere else.

He has what came to his telephone, the roads before him and the place where he stands. The way that
was planned for him is known to the console, and not to him.
"""

import re
from collections.abc import Callable, Sequence
from itertools import count, takewhile

from safeconduct.exercise.driver import Driver
from safeconduct.exercise.follower import NOWHERE, UNSAID, follow
from safeconduct.geo import Point
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import snap

_LEG = re.compile(r"^(?P<n>\d)\) ")


class LostOnTheWay(Exception):
    """His texts do not lead him to a place; the message says why, and where they end."""


class Wheel:
    """One man, one way. `line` is where he drives by the legs that have come so far.

    Args:
        texts: returns every text on his telephone, oldest first.
        start: where he sets out.
        language: of his texts.
    """

    def __init__(
        self, roads: Roads, texts: Callable[[], Sequence[str]], *, start: Point, language: str
    ) -> None:
        self.lost = ""
        self._roads, self._texts, self._language = roads, texts, language
        self._start, _ = snap(roads, lat_deg=start.lat_deg, lon_deg=start.lon_deg)
        self._read: tuple[str, ...] = ()
        self._line = [self._at(self._start)] * 2

    def line(self) -> list[Point]:
        """Return where he drives, as far as he was told; `lost` says so when he does not know."""
        legs = tuple(legs_in(self._texts()))
        if legs != self._read:
            self._read = legs
            try:
                self._line = self._driven(legs)
            except LostOnTheWay as lost:
                self.lost = str(lost)
        return self._line

    def _driven(self, legs: Sequence[str]) -> list[Point]:
        text = "\n".join(legs)
        told = follow(self._roads, self._start, text, language=self._language, driver=Driver())
        if told.lost and told.lost != UNSAID:  # the last text is the one that names the place
            raise LostOnTheWay(f"{told.lost}, after {len(told.edges)} roads by {len(legs)} texts")
        onto = () if told.onto == NOWHERE else (told.onto,)
        return [self._at(self._start), *self._along((*told.edges, *onto))]

    def _at(self, junction: int) -> Point:
        roads = self._roads
        lat, lon = roads.junction_lat_e7[junction], roads.junction_lon_e7[junction]
        return Point(float(lat) / E7, float(lon) / E7)

    def _along(self, edges: Sequence[int]) -> list[Point]:
        points = []
        for edge in edges:
            lat, lon = self._roads.shape(int(self._roads.segment[edge]))
            ahead = zip(lat.tolist(), lon.tolist(), strict=True)
            shape = [Point(north / E7, east / E7) for north, east in ahead]
            points += (shape if self._roads.forward[edge] else shape[::-1])[1:]
        return points


def legs_in(texts: Sequence[str]) -> list[str]:
    """Return the legs of the way that was told last, in order, as far as none is missing."""
    found: dict[int, str] = {}
    for text in texts:
        if leg := _LEG.match(text):
            number = int(leg["n"])
            another = found.get(number, text) != text
            found = {number: text} if another else found | {number: text}
    return [found[n] for n in takewhile(found.__contains__, count(1))]
