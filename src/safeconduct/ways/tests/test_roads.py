import numpy as np
import pytest

from safeconduct.ways.roads import WrongMap, load, save
from safeconduct.ways.tests.grids import mark, road, roads, tangle


def test_a_bend_is_no_junction_and_costs_nothing():
    cross = roads(
        road((0, 0), (500, 200)), road((500, 200), (1000, 0)),
        road((1000, 0), (1000, 900)), road((1000, 900), (0, 0)),
        road((0, 0), (1000, 0)),
    )  # fmt: skip
    assert cross.junctions == 2
    bent = sorted(cross.segment_length_m.round())
    assert bent[:2] == [1000, 1077]
    assert np.isclose(cross.time_s.sum(), 2 * cross.segment_length_m.sum() / 10, rtol=1e-9)


def test_a_road_that_leads_out_of_the_map_one_way_only_is_left_out():
    ring = [road((0, 0), (1000, 0)), road((1000, 0), (0, 1000)), road((0, 1000), (0, 0))]
    out = road((0, 0), (-900, 0), one_way=True)
    both = road((0, 0), (-900, 0))
    spur = [road((1000, 0), (2000, 0))]
    assert roads(*ring, out, *spur).junctions + 1 == roads(*ring, both, *spur).junctions


def test_a_one_way_road_is_driven_one_way():
    told = roads(
        road((0, 0), (1000, 0), one_way=True), road((1000, 0), (1000, 1000)),
        road((1000, 1000), (0, 0)), road((0, 0), (1000, 1000)), road((1000, 0), (3000, 0)),
        road((0, 0), (-500, 0)),
    )  # fmt: skip
    pairs = set(zip(told.tail.tolist(), told.head.tolist(), strict=True))
    assert any((b, a) not in pairs for a, b in pairs)


def test_a_saved_map_is_read_back_whole(tmp_path):
    told = roads(
        road((0, 0), (1000, 0), name="вулиця Садова"), road((1000, 0), (0, 0)),
        road((0, 0), (0, 500)), road((1000, 0), (1000, 700)), marks=[mark("fuel", 10, 10, "АЗС 1")],
    )  # fmt: skip
    save(told, tmp_path / "a.npz")
    again = load(tmp_path / "a.npz")
    assert again.digest == told.digest
    assert again.names == told.names
    assert again.name(int(again.mark_name[0]), "ru") == "АЗС 1"


def test_a_damaged_map_is_refused(tmp_path):
    save(tangle(1), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as parts:
        arrays = dict(parts)
    arrays["time_s"] = arrays["time_s"] + 1
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(WrongMap, match="damaged"):
        load(tmp_path / "b.npz")
    (tmp_path / "c.npz").write_bytes(b"nothing of ours")
    with pytest.raises(WrongMap, match="no map file"):
        load(tmp_path / "c.npz")


def test_the_digest_changes_with_one_second_on_one_road():
    assert tangle(1).digest != tangle(2).digest
    assert tangle(1).digest == tangle(1).digest
