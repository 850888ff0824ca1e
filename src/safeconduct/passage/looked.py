"""What a planner chooses from, found once for each state of the world and kept for five minutes.

A page, its map, and the plan that is put up ask for the same thing, and it takes a core a tenth of a
second or more: nearly all of it to try which ways can be told. Everything it is found from is part
of what it is kept under, and whoever asks has opened all of that himself: his request, and every
report. So nobody is shown more than he may see; and what is used or burned is asked anew each time.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from safeconduct.passage import outlook
from safeconduct.passage.outlook import Outlook, Request
from safeconduct.passage.roads import terrain
from safeconduct.ways.danger import Danger
from safeconduct.ways.places import MeetingPlace
from safeconduct.ways.roads import Roads

AGES = timedelta(minutes=5)  # so old may what is shown be; reports count as no older than they are
# Real seconds after which it is gone from memory, asked for or not: a process that is seized, or that
# runs on behind a panic lock, tells where somebody starts no longer than that.
KEPT_S = 300.0
MOST = 4  # passages that are planned at once; each holds a price of the whole map


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


class _Asked(NamedTuple):
    """Everything that is looked at."""

    roads: Roads
    request: Request
    dangers: tuple[Danger, ...]
    tiles: tuple[tuple[str, int], ...]
    most_p_milli: int
    at: datetime


_kept: dict[_Asked, Looked] = {}
_lock = threading.Lock()


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
    asked = _Asked(roads, request, tuple(dangers), terrain().mark, most_p_milli, at)
    with _lock:
        found = _kept.get(asked)
    if found is None:
        seen = outlook.look(roads, request, dangers, terrain=terrain(), now=at)
        found = Looked(seen, most_p_milli)
        _keep(asked, found)
    return found


def _keep(asked: _Asked, found: Looked) -> None:
    with _lock:
        while len(_kept) >= MOST:
            _kept.pop(next(iter(_kept)))
        _kept[asked] = found
    forgets = threading.Timer(KEPT_S, _forget, [asked])
    forgets.daemon = True
    forgets.start()


def _forget(asked: _Asked) -> None:
    with _lock:
        _kept.pop(asked, None)
