"""A country of 1.4 million junctions: weighed anew, asked for one way, and what it holds in memory.

The country is stitched from copies of the extract and written as one map file; a process of its own
maps it, so that its memory is its own. Beside the hierarchy stands our Dijkstra over the same edges.
Times are of one core, for all of it is one thread's work.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from safeconduct.bench.figure import Figure, middle, share

SIZES, QUICK_SIZES = (180_000, 1_400_000), (180_000,)
REWEIGH_MS, QUERY_MS, MEMORY_MB = 500.0, 10.0, 1536.0  # the programme's own limits
ROUNDS, QUERIES, TREES, SEED = 9, 1000, 3, 5


def run(*, quick: bool, extract: Path) -> Iterable[Figure]:
    """Yield the figures for each size; `quick` leaves out the largest."""
    from safeconduct.ways.extract import read_extract
    from safeconduct.ways.mapped import save
    from safeconduct.ways.stitch import stitched

    roads = read_extract(extract)
    for size in QUICK_SIZES if quick else SIZES:
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "country.roads"
            save(stitched(roads, junctions=size), path)
            yield from _figures(_measured(path))


def _measured(path: Path) -> dict[str, Any]:
    told = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", "safeconduct.bench.ways_country", str(path)],
        check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def _figures(told: dict[str, Any]) -> Iterator[Figure]:
    name = f"{told['junctions'] / 1000:,.0f} k junctions"
    tree_ms = middle(told["tree_ms"])
    yield Figure(
        bench="ways",
        metric=f"{name}: weighed anew, median",
        value=middle(told["reweigh_ms"]),
        unit="ms of a core",
        against=f"the limit of {REWEIGH_MS:.0f} ms; its order took {told['order_s']:.1f} s once, "
        f"{told['again_s']:.1f} s from its folder",
        ratio=middle(told["reweigh_ms"]) / REWEIGH_MS,
        target="<= 1",
    )
    p50, p99 = share(told["query_ms"], 0.5), share(told["query_ms"], 0.99)
    yield Figure(
        bench="ways",
        metric=f"{name}: one way, p99",
        value=p99,
        unit="ms of a core",
        against=f"the limit of {QUERY_MS:.0f} ms; p50 {p50:.2f} ms",
        ratio=p99 / QUERY_MS,
        target="<= 1",
    )
    yield Figure(
        bench="ways",
        metric=f"{name}: one way, median",
        value=p50,
        unit="ms of a core",
        against=f"our Dijkstra from one to all ({tree_ms:.0f} ms)",
        ratio=p50 / tree_ms,
        target="<= 0.02",
    )
    yield Figure(
        bench="ways",
        metric=f"{name}: ways not as long as Dijkstra's, of {told['compared']}",
        value=told["longer"],
        unit="ways",
        against="one",
        ratio=told["longer"] / 1,
        target="== 0",
    )
    yield Figure(
        bench="ways",
        metric=f"{name}: memory, map and hierarchy",
        value=told["megabytes"],
        unit="MB",
        against=f"the limit of {MEMORY_MB:.0f} MB; {told['map_mb']:.0f} MB of it are the map's pages, "
        "shared by all processes",
        ratio=told["megabytes"] / MEMORY_MB,
        target="<= 1",
    )


def _core_ms(what: Callable[..., object], *told: object) -> float:
    """Return milliseconds of one core: all of it is one thread's, and others may be at work beside."""
    begun = time.thread_time()
    what(*told)
    return (time.thread_time() - begun) * 1000


def main() -> None:
    """Map one country, weigh and ask it in this process, and print what it took."""
    from safeconduct.ways.far import far
    from safeconduct.ways.mapped import load

    path = Path(sys.argv[1])
    roads, beside = load(path), path.with_suffix(".far")
    order_s = _core_ms(lambda: far(roads, beside=beside)) / 1000
    begun = time.thread_time()
    hierarchy = far(roads, beside=beside)
    again_s = time.thread_time() - begun
    weighed = hierarchy.weighed(roads.time_s)
    chance = np.random.default_rng(SEED)
    prices = [roads.time_s * chance.uniform(0.5, 2.0, roads.edges) for _ in range(2)]
    reweigh_ms = [_core_ms(weighed.again, prices[n % 2]) for n in range(ROUNDS)]
    weighed.again(roads.time_s)
    pairs = chance.integers(0, roads.places, (QUERIES, 2)).tolist()
    query_ms = [_core_ms(weighed.way, a, b) for a, b in pairs]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # before the peer's
    tree_ms, longer, compared = _beside_dijkstra(roads, weighed, pairs)
    print(json.dumps({
        "junctions": roads.junctions, "order_s": order_s, "again_s": again_s,
        "reweigh_ms": reweigh_ms, "query_ms": query_ms, "tree_ms": tree_ms, "longer": longer,
        "compared": compared, "megabytes": megabytes, "map_mb": path.stat().st_size / 2**20,
    }))  # fmt: skip


def _beside_dijkstra(
    roads: Any, weighed: Any, pairs: list[list[int]]
) -> tuple[list[float], int, int]:
    """Return Dijkstra's times from one to all, and how many of the hierarchy's ways are not its own."""
    from safeconduct.ways.danger import price
    from safeconduct.ways.route import Web

    web = Web(roads, price(roads, [], at=datetime(2026, 1, 1, tzinfo=UTC)))
    web.tree(pairs[0][0], hazard_s=0.0)  # so that nothing is compiled while it is measured
    tree_ms, other, compared = [], 0, 0
    for start, _end in pairs[:TREES]:
        begun = time.thread_time()
        tree = web.tree(start, hazard_s=0.0)
        tree_ms.append((time.thread_time() - begun) * 1000)
        for _start, end in pairs[:100]:
            time_s, edges = weighed.way(start, end)
            other += int(abs(time_s - tree.way(end).time_s) > 0.0006 * (1 + len(edges)))
            compared += 1
    return tree_ms, other, compared


if __name__ == "__main__":
    main()
