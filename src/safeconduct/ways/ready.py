"""Every search run once on a map, where it is imported: whoever looks for a way then compiles nothing.

A compiler keeps some 100 MB for as long as its process lives, and an import ends. Pure.
"""

from contextlib import suppress
from datetime import UTC, datetime

from safeconduct.ways.clearly import Untellable
from safeconduct.ways.danger import price
from safeconduct.ways.plain import plainest
from safeconduct.ways.roads import Roads
from safeconduct.ways.route import Web, front_between, most_covered_between
from safeconduct.ways.search import NoRoad

_ANY_DAY = datetime(2000, 1, 1, 12, tzinfo=UTC)  # without a danger the price is the same on each


def compile_searches(roads: Roads, language: str) -> None:
    """Have the machine code of every search made and kept, by a way along the map's first road.

    Args:
        roads: a map as it is mapped, for what may not be written has another compiled form.
        language: any in which ways are told.
    """
    web = Web(roads, price(roads, [], at=_ANY_DAY))
    start, end = int(roads.tail[0]), int(roads.junction_place[roads.head[0]])
    with suppress(NoRoad):
        front_between(web, start, end)
        most_covered_between(web, start, end, most_hazard=1.0)
    with suppress(Untellable):
        plainest(web, start, end, language=language, place="")
