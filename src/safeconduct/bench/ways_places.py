"""Meeting places ranked from both sides on a country, and the ground about them.

The country is stitched from copies of the extract. Beside the ranking stands one search of scipy's
from one junction to all others over the same roads. Times are of one core, the median of some rounds;
the map's landmarks are found once, before.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from safeconduct.bench.figure import Figure, middle

if TYPE_CHECKING:
    from safeconduct.ways.danger import Danger
    from safeconduct.ways.roads import Roads
    from safeconduct.ways.terrain import Relief

JUNCTIONS = 180_000  # also when quick: a thousand candidates cost the same beside a smaller search
REPORTS, SEED, ROUNDS, QUICK_ROUNDS = 500, 5, 7, 3
RANKED_MS, SEEN_MS = 500.0, 10.0  # the programme's own limits
TILE = Path("dem/N50E011.hgt.zip")  # beside the extract's folder, as the shared data have it
SIDE, EVERY = 401, 7  # cells of the ground, and of them those that are asked one by one
AT = datetime(2026, 11, 30, 12, tzinfo=UTC)


def run(*, quick: bool, extract: Path) -> Iterator[Figure]:
    """Yield the figures; `quick` takes fewer rounds."""
    from safeconduct.ways.extract import read_extract
    from safeconduct.ways.stitch import stitched

    roads = stitched(read_extract(extract), junctions=JUNCTIONS)
    rounds = QUICK_ROUNDS if quick else ROUNDS
    yield from _ranked(roads, rounds=rounds)
    tile = extract.parents[1] / TILE if len(extract.parents) > 1 else extract
    yield from _ground(_of_tile(tile) if tile.is_file() else _hills(), rounds=rounds)


def _ranked(roads: "Roads", *, rounds: int) -> Iterator[Figure]:
    from safeconduct.ways.danger import price
    from safeconduct.ways.places import candidates, landmarks, rank
    from safeconduct.ways.route import Web

    web = Web(roads, price(roads, _reports(roads), at=AT))
    chance = np.random.default_rng(SEED)
    ends = chance.integers(0, roads.places, (rounds, 2)).tolist()
    landmarks(roads)
    whole, judged, alone, kept, count = [], [], [], [], 0
    for his, team in ends:
        began = time.process_time()
        found = candidates(web, his=his, team=team)
        searched = time.process_time()
        ranking = rank(found, his_limit_s=1e9, team_limit_s=1e9)
        judged.append((time.process_time() - searched) * 1000)
        whole.append((time.process_time() - began) * 1000)
        alone.append(_one_to_all(roads, his))
        kept.append(len(ranking.choices))
        count = len(found)
    name = f"{roads.places / 1000:,.0f} k junctions, {count} candidates ranked from both sides"
    yield Figure(
        bench="ways",
        metric=name,
        value=middle(whole),
        unit="ms of a core",
        against=f"the limit of {RANKED_MS:.0f} ms; ranking alone {middle(judged):.1f} ms, "
        f"{min(kept)} to {max(kept)} kept",
        ratio=middle(whole) / RANKED_MS,
        target="<= 1",
    )
    yield Figure(
        bench="ways",
        metric=name,
        value=middle(whole),
        unit="ms of a core",
        against=f"one search of scipy's from one to all, {middle(alone):.0f} ms",
        ratio=middle(whole) / middle(alone),
        target="<= 12",
    )


def _one_to_all(roads: "Roads", start: int) -> float:
    """Return how long one search takes, without building its graph; parallel roads count as one."""
    import scipy

    told = (roads.time_s, (roads.tail, roads.head))
    graph = scipy.sparse.csr_matrix(told, shape=(roads.junctions, roads.junctions))
    return _ms(lambda: scipy.sparse.csgraph.dijkstra(graph, indices=start))


def _reports(roads: "Roads") -> "list[Danger]":
    from safeconduct.ways.danger import Danger
    from safeconduct.ways.roads import E7

    chance = np.random.default_rng(SEED)
    at = chance.integers(0, roads.places, REPORTS)
    day = timedelta(days=1)
    return [
        Danger(
            str(n), "hunters", float(roads.junction_lat_e7[j]) / E7,
            float(roads.junction_lon_e7[j]) / E7, 400.0, 1e-3, AT, day,
        )
        for n, j in enumerate(at.tolist())
    ]  # fmt: skip


def _ground(relief: "Relief", *, rounds: int) -> Iterator[Figure]:
    from safeconduct.ways.viewshed import SEEN, lines, viewshed

    viewshed(relief)  # the lines of this shape are found once
    seen_ms = middle([_ms(lambda: viewshed(relief)) for _ in range(rounds)])
    yield Figure(
        bench="ways",
        metric=f"viewshed of {SIDE} × {SIDE} cells, by numpy alone",
        value=seen_ms,
        unit="ms of a core",
        against=f"the limit of {SEEN_MS:.0f} ms",
        ratio=seen_ms / SEEN_MS,
        target="<= 1",
    )
    half = SIDE // 2
    across = range(-half, half + 1, EVERY)
    cells = [(row, column) for row in across for column in across if (row, column) != (0, 0)]
    one_by_one, all_round = lines(relief, cells), viewshed(relief)
    found = np.array([all_round[row + half, column + half] for row, column in cells])
    yield Figure(
        bench="ways",
        metric="cells that the viewshed and a line of sight of their own agree on",
        value=float((found == one_by_one).mean()),
        unit="share",
        against=f"a line to each of {len(cells)} cells; of what it sees "
        f"{float((found[one_by_one == SEEN] != SEEN).mean()):.4f} is told as screened",
        ratio=float((found == one_by_one).mean()),
        target=">= 0.995",
    )


def _of_tile(path: Path) -> "Relief":
    from safeconduct.ways.terrain import Relief, read_tile

    tile, here = read_tile(path), (slice(400, 400 + SIDE), slice(400, 400 + SIDE))
    return Relief(tile.height_m[here], tile.known[here], 92.0, 58.0)


def _hills() -> "Relief":
    """Return rolling ground: waves of many lengths, the longer the higher, some 300 m in all."""
    from safeconduct.ways.terrain import Relief

    chance = np.random.default_rng(SEED)
    row, column = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    height = np.zeros((SIDE, SIDE), dtype=np.float32)
    for length in (200, 120, 70, 40, 25, 15, 9):
        turn, shift = chance.uniform(0, 2 * np.pi, 2)
        along = row * np.sin(turn) + column * np.cos(turn)
        height += length / 2 * np.sin(2 * np.pi * along / length + shift)
    return Relief(height, np.ones(height.shape, dtype=np.bool_), 92.0, 58.0)


def _ms(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return (time.process_time() - began) * 1000
