"""What the benchmark of ways compares with, and what it says when it has nothing to measure on."""

import numpy as np
import pytest

from safeconduct.bench import runner, ways, ways_fronts
from safeconduct.bench.figure import CannotMeasure
from safeconduct.ways.tests.grids import tangle


def test_without_an_extract_it_says_what_to_name_and_measures_nothing(tmp_path, capsys):
    with pytest.raises(CannotMeasure, match="--extract"):
        list(ways.measure(quick=True, extract=tmp_path / "none.osm.pbf"))
    with pytest.raises(CannotMeasure, match="no part"):
        list(ways.measure(quick=True, part="fords"))
    assert runner.run("ways", quick=True, as_json=False, part="fords", extract=None) == 2
    assert "fronts" in capsys.readouterr().err
    assert runner.run("page", quick=True, as_json=False, part="fronts", extract=None) == 2


def test_brute_force_keeps_what_no_other_beats_and_every_label_is_some_way_there():
    roads = tangle(3)
    hazard = np.arange(roads.edges, dtype=np.float64) % 4
    found = ways_fronts.by_brute_force(roads, roads.time_s, hazard, start=0)
    assert found[0] == {(0.0, 0.0)}
    edges = list(zip(roads.tail, roads.head, roads.time_s, hazard, strict=True))
    for there, told in enumerate(found[1:], start=1):
        assert told
        assert told == ways_fronts.beaten_by_none(list(told))
        steps = {(t + s, h + r) for a, b, s, r in edges if b == there for t, h in found[a]}
        assert told <= steps


def test_pairs_are_drawn_by_seed_and_the_roads_about_a_place_hold_together():
    roads = tangle(3, corners=12)
    assert ways_fronts.drawn(roads, 5, seed=1) == ways_fronts.drawn(roads, 5, seed=1)
    few = ways_fronts.about(roads, 6, seed=2)
    assert 1 < few.junctions <= 6
    found = ways_fronts.by_brute_force(few, few.time_s, few.time_s, start=0)
    assert all(found)
