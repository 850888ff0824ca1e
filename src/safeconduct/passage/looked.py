"""What a planner chooses from, found once for each state of the world and kept for some minutes.

A page, its map, and the plan that is put up ask for the same thing, and it takes a core a tenth of a
second or more: nearly all of it to try which ways can be told. Everything it is found from is part
of what it is kept under, and whoever asks has opened all of that himself: his request, and every
report. So nobody is shown more than he may see; and what is used or burned is asked anew each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from safeconduct.passage import outlook
from safeconduct.passage.outlook import Outlook, Request
from safeconduct.passage.roads import terrain
from safeconduct.ways.danger import Danger
from safeconduct.ways.places import MeetingPlace
from safeconduct.ways.roads import Roads

AGES = timedelta(minutes=5)  # so old may what is shown be; reports count as no older than they are


@dataclass(eq=False)
class Looked:
    """An outlook, and which of its places were tried in words."""

    outlook: Outlook
    most_p_milli: int
    told: dict[int, bool] = field(default_factory=dict)

    def fits(self, places: Sequence[MeetingPlace]) -> dict[int, bool]:
        """Return of these places whether he can be told a way there; see `outlook.tellable`."""
        untried = [place for place in places if place.junction not in self.told]
        if untried:
            fits = outlook.tellable(self.outlook, most_p_milli=self.most_p_milli)
            self.told |= {place.junction: fits(place) for place in untried}
        return {place.junction: self.told[place.junction] for place in places}


def looked(
    roads: Roads,
    request: Request,
    dangers: Sequence[Danger],
    *,
    most_p_milli: int,
    now: datetime,
) -> Looked:
    """Return what both sides reach, as `outlook.look` finds it, at most five minutes ago.

    Args:
        roads: the whole map.
        most_p_milli: the programme's limit of the figure.
    """
    since = timedelta(seconds=now.timestamp() % AGES.total_seconds())
    at = (now - since).astimezone(UTC)
    return _looked(roads, request, tuple(dangers), terrain().mark, most_p_milli, at)


@lru_cache(maxsize=4)  # passages that are planned at once; each holds a price of the whole map
def _looked(
    roads: Roads,
    request: Request,
    dangers: tuple[Danger, ...],
    _tiles: tuple[tuple[str, int], ...],
    most_p_milli: int,
    at: datetime,
) -> Looked:
    found = outlook.look(roads, request, dangers, terrain=terrain(), now=at)
    return Looked(found, most_p_milli)
