import numpy as np

from safeconduct.ways.tests.grids import road, roads, tangle


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


def test_the_digest_changes_with_one_second_on_one_road():
    assert tangle(1).digest != tangle(2).digest
    assert tangle(1).digest == tangle(1).digest


def test_whoever_counts_turnings_sees_roads_that_only_lead_in_and_those_that_leave_the_map():
    told = roads(
        road((0, 0), (1000, 0)), road((1000, 0), (0, 1000)), road((0, 1000), (0, 0)),
        road((1000, 0), (2000, 0)), road((0, 0), (-900, 0)), road((-900, 0), (0, 1000)),
        road((1000, -900), (1000, 0), one_way=True), road((-900, 0), (-900, -900), one_way=True),
    )  # fmt: skip
    place = next(
        n for n in range(told.places) if told.meeting.at[n + 1] - told.meeting.at[n] == 4
    )  # fmt: skip
    here = slice(int(told.meeting.at[place]), int(told.meeting.at[place + 1]))
    headings = sorted(round(float(h)) % 360 for h in told.meeting.heading_deg[here])
    assert headings == [90, 180, 270, 315]
    assert int(told.ways_out[place]) == 3
    assert (told.segment_to == -1).sum() + (told.segment_from == -1).sum() == 2


def test_a_loop_meets_its_place_twice_and_is_no_way_out():
    told = roads(
        road((0, 0), (1000, 0)), road((1000, 0), (1500, 500), (1500, -500), (1000, 0)),
        road((0, 0), (-900, 0)), road((0, 0), (0, 900)),
    )  # fmt: skip
    loop = int(np.flatnonzero(told.segment_from == told.segment_to)[0])
    assert (told.meeting.segment == loop).sum() == 2
    assert int(told.ways_out[told.segment_from[loop]]) == 1
