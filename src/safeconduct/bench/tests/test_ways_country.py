"""A way that Dijkstra would not have taken is counted, whatever the hierarchy says of it."""

from safeconduct.bench import ways_country
from safeconduct.ways.far import far
from safeconduct.ways.stitch import stitched
from safeconduct.ways.tests.grids import tangle

TOLD = {
    "junctions": 1_400_000, "reweigh_ms": [100.0, 120.0, 900.0], "query_ms": [1.0] * 98 + [11.0] * 2,
    "tree_ms": [500.0], "order_s": 50.0, "again_s": 3.0, "longer": 0, "compared": 300,
    "megabytes": 900.0, "map_mb": 250.0,
}  # fmt: skip


def test_each_figure_stands_beside_its_limit_and_a_late_answer_is_not_met():
    reweigh, p99, median, longer, memory = ways_country._figures(TOLD)
    assert (reweigh.value, reweigh.met) == (120.0, True)
    assert (p99.value, p99.met) == (11.0, False)
    assert (median.ratio, median.met) == (1.0 / 500, True)
    assert (longer.met, memory.met) == (True, True)
    assert not list(ways_country._figures(TOLD | {"longer": 1}))[3].met


def test_ways_of_another_price_are_found_out_by_dijkstra():
    country = stitched(tangle(3), junctions=60)
    pairs = [[a, (7 * a + 3) % country.places] for a in range(20)]
    hierarchy = far(country)
    ours = hierarchy.weighed(country.time_s)
    assert ways_country._beside_dijkstra(country, ours, pairs)[1:] == (0, 60)
    dearer = hierarchy.weighed(country.time_s * 1.5)
    assert ways_country._beside_dijkstra(country, dearer, pairs)[1] > 30
