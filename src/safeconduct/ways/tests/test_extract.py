import gzip

import numpy as np
import osmium
import pytest

from safeconduct.ways.extract import read_extract, share_read
from safeconduct.ways.profiles import TRACKED, allowed
from safeconduct.ways.roads import VEHICLES, WrongMap

NODES = {1: (0.0, 0.0), 2: (0.01, 0.0), 3: (0.01, 0.01), 4: (0.0, 0.01), 5: (0.02, 0.0)}


def extract(path, ways, nodes=()):
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for number, (lon, lat) in NODES.items():
            out.add_node(osmium.osm.mutable.Node(id=number, version=1, location=(lon, lat)))
        for number, tags in enumerate(nodes, start=100):
            out.add_node(
                osmium.osm.mutable.Node(id=number, version=1, location=(0.0, 0.0), tags=tags)
            )
        for number, (ids, tags) in enumerate(ways, start=1):
            out.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=ids, tags=tags))
    return path


SQUARE = [
    ([1, 2], {"highway": "primary"}), ([2, 3], {"highway": "primary"}),
    ([3, 4], {"highway": "primary"}), ([4, 1], {"highway": "primary"}),
    ([1, 3], {"highway": "residential"}),
]  # fmt: skip


@pytest.mark.parametrize("suffix", ["osm", "osm.gz", "osm.bz2", "osm.pbf"])
def test_every_form_of_an_extract_gives_the_same_map(tmp_path, suffix):
    plain = read_extract(extract(tmp_path / "a.osm.pbf", SQUARE))
    assert read_extract(extract(tmp_path / f"b.{suffix}", SQUARE)).digest == plain.digest


def test_a_private_road_and_a_footpath_are_no_road(tmp_path):
    spur = ([2, 5], {"highway": "service"})
    wide = read_extract(extract(tmp_path / "a.osm", [*SQUARE, spur]))
    for tags in ({"highway": "service", "access": "private"}, {"highway": "footway"},
                 {"highway": "service", "motor_vehicle": "no"}):  # fmt: skip
        told = read_extract(extract(tmp_path / "b.osm", [*SQUARE, ([2, 5], tags)]))
        assert told.junctions < wide.junctions


def test_a_one_way_street_against_its_drawing_is_understood(tmp_path):
    diagonal = {"highway": "residential", "oneway": "-1"}
    told = read_extract(extract(tmp_path / "a.osm", [*SQUARE[:4], ([1, 3], diagonal)]))
    both = read_extract(extract(tmp_path / "b.osm", SQUARE))
    assert told.edges == both.edges - 1


def test_names_are_kept_in_each_alphabet_and_a_hospital_is_no_landmark(tmp_path):
    nodes = [
        {"amenity": "fuel", "name": "Зірка", "name:en": "Zirka", "name:ru": "Звезда"},
        {"amenity": "hospital", "name": "Лікарня"},
    ]
    told = read_extract(extract(tmp_path / "a.osm", SQUARE, nodes))
    assert len(told.mark_kind) == 1
    number = int(told.mark_name[0])
    names = [told.name(number, code) for code in ("uk", "ru", "fr")]
    assert names == ["Зірка", "Звезда", "Zirka"]


def test_progress_is_told(tmp_path):
    heard = []
    read_extract(
        extract(tmp_path / "a.osm", SQUARE),
        progress=lambda *told: heard.append(told),
    )
    assert heard[-1] == ("junctions", 2, None)
    assert ("roads", 5, 1.0) in heard


def test_what_is_no_extract_is_refused_in_words(tmp_path):
    with pytest.raises(WrongMap, match="no file"):
        read_extract(tmp_path / "absent.osm.pbf")
    (tmp_path / "a.osm.pbf").write_bytes(b"these bytes are no extract at all")
    with pytest.raises(WrongMap, match="cannot be read"):
        read_extract(tmp_path / "a.osm.pbf")
    here = b"<osm version='0.6'><node id='1' version='1' lat='n3.80' lon='1'/></osm>"
    (tmp_path / "c.osm").write_bytes(here)
    with pytest.raises(WrongMap, match="cannot be read"):
        read_extract(tmp_path / "c.osm")
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(b"<osm version='0.6'></osm>"))
    with pytest.raises(WrongMap, match="no road"):
        read_extract(tmp_path / "b.osm.gz")


def extract_of(path, ways, *, nodes=None, bans=()):
    """An extract whose nodes may carry tags of their own, and with relations that ban turns."""
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for number, (lon, lat) in NODES.items():
            tags = (nodes or {}).get(number, {})
            out.add_node(
                osmium.osm.mutable.Node(id=number, version=1, location=(lon, lat), tags=tags)
            )
        for number, (ids, tags) in enumerate(ways, start=1):
            out.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=ids, tags=tags))
        for number, (members, tags) in enumerate(bans, start=1):
            out.add_relation(
                osmium.osm.mutable.Relation(
                    id=number, version=1, members=members, tags={"type": "restriction", **tags}
                )
            )
    return path


CORNERS = [*SQUARE, ([3, 5], {"highway": "residential"}), ([4, 2], {"highway": "residential"})]
LEFT = [("w", 1, "from"), ("n", 2, "via"), ("w", 2, "to")]


def test_a_turn_that_a_relation_forbids_is_in_the_graph_and_what_is_not_read_is_counted(tmp_path):
    bans = [
        (LEFT, {"restriction": "no_left_turn"}),
        (LEFT, {"restriction": "no_left_turn", "except": "motorcar"}),
        (LEFT, {"restriction:conditional": "no_left_turn @ (Mo-Fr)"}),
        (LEFT[:1], {"restriction": "no_left_turn"}),
    ]
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", CORNERS, bans=bans))
    assert told.counts["turns_banned"] == 1
    assert told.counts["bans_left_out"] == 3
    assert told.junctions == told.places + 1
    assert told.afoot is not None
    assert told.afoot.junctions == told.afoot.places


def test_who_walks_uses_footpaths_and_goes_both_ways_where_cars_go_one(tmp_path):
    ways = [
        *SQUARE[:4], ([1, 3], {"highway": "residential", "oneway": "yes"}),
        ([2, 5], {"highway": "footway"}), ([5, 3], {"highway": "steps"}),
    ]  # fmt: skip
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways))
    assert told.afoot is not None
    assert told.afoot.vehicle == "foot"
    assert {told.kinds[n] for n in told.segment_kind} == {"primary", "residential"}
    assert told.afoot.edges == 2 * told.afoot.segments > told.edges
    speeds_km_h = 3.6 * told.afoot.segment_length_m[told.afoot.segment] / told.afoot.time_s
    assert 2.0 < speeds_km_h.min() < 4.0 < speeds_km_h.max() <= 4.5 + 1e-9


def test_nobody_walks_on_a_motorway_or_a_motorroad_and_cars_drive_there(tmp_path):
    ways = [*SQUARE, ([2, 5], {"highway": "motorway", "oneway": "no"}),
            ([5, 3], {"highway": "trunk", "motorroad": "yes"}),
            ([5, 4], {"highway": "residential"})]  # fmt: skip
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways))
    assert told.afoot is not None
    assert {"motorway", "trunk"} < {told.kinds[n] for n in told.segment_kind}
    kinds = {told.afoot.kinds[n] for n in told.afoot.segment_kind}
    assert kinds == {"primary", "residential"}


@pytest.mark.parametrize(
    ("barrier", "through"),
    [
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "gate", "access": "private"}, False),
        ({"barrier": "gate", "locked": "yes"}, False),
        ({"barrier": "gate"}, True),
        ({"barrier": "cattle_grid"}, True),
    ],
)
def test_a_barrier_stops_cars_where_it_stands_on_a_road(tmp_path, barrier, through):
    ways = [*SQUARE, ([2, 5, 3], {"highway": "residential"})]
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways, nodes={5: barrier}))
    joined = (told.segment_from >= 0) & (told.segment_to >= 0)
    assert told.counts["blocked"] == int(not through)
    assert bool((told.segment_length_m[joined] > 2_500).any()) == through
    ends = sorted(np.bincount(told.tail, minlength=told.junctions).tolist())
    assert ends.count(1) == (0 if through else 2)


def test_a_narrow_gate_narrows_the_road_it_stands_on_and_no_other(tmp_path):
    ways = [*SQUARE, ([2, 5, 3], {"highway": "residential"})]
    gate = {5: {"barrier": "gate", "maxwidth": "2.2"}}
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways, nodes=gate))
    assert sorted(told.segment_width_mm.tolist()) == [0] * (told.segments - 1) + [2200]


def test_a_barrier_on_a_junction_stops_nobody_for_nobody_knows_which_road_it_bars(tmp_path):
    bollard = {1: {"barrier": "bollard"}}
    plain = read_extract(extract_of(tmp_path / "a.osm.pbf", SQUARE))
    told = read_extract(extract_of(tmp_path / "b.osm.pbf", SQUARE, nodes=bollard))
    assert told.edges == plain.edges


def test_a_ferry_is_an_edge_of_its_own_kind_by_its_timetable(tmp_path):
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "0:20"}
    ways = [*SQUARE, ([2, 5], ferry), ([5, 3], {"highway": "residential"})]
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways))
    sails = [
        n for n in range(told.edges) if told.kinds[told.segment_kind[told.segment[n]]] == "ferry"
    ]
    assert [round(float(told.time_s[n])) for n in sails] == [1200, 1200]
    walkers = [*SQUARE, ([2, 5], {"route": "ferry"}), ([5, 3], {"highway": "residential"})]
    told = read_extract(extract_of(tmp_path / "b.osm.pbf", walkers))
    assert "ferry" not in {told.kinds[n] for n in told.segment_kind}
    assert told.afoot is not None
    assert "ferry" in {told.afoot.kinds[n] for n in told.afoot.segment_kind}


def test_a_bridge_of_ten_tonnes_a_narrow_lane_and_mud_are_kept_as_they_are_tagged(tmp_path):
    ways = [
        *SQUARE,
        ([2, 5], {"highway": "track", "bridge": "yes", "maxweight": "10", "maxheight": "3.5 m"}),
        ([5, 3], {"highway": "track", "width": "2,5", "tracktype": "grade5", "hgv": "no"}),
    ]
    told = read_extract(extract_of(tmp_path / "a.osm.pbf", ways))
    bent = int(
        told.segment_width_mm.argmax()
    )  # the bridge is a place: its other half is a road of its own
    assert (told.segment_weight_kg[bent], told.segment_width_mm[bent]) == (10_000, 2_500)
    assert told.segment_height_mm[bent] == 3_500
    assert told.segment_closed[bent] == 1 << VEHICLES.index("lorry")
    assert told.segment_untold_bridges.sum() == 0
    assert not allowed(told, TRACKED)[bent]


def test_a_circle_is_one_where_it_is_signed(tmp_path):
    spur = ([2, 5], {"highway": "service"})
    ring = {"highway": "residential", "junction": "roundabout"}
    told = read_extract(extract_of(tmp_path / "a.osm", [*SQUARE, spur, ([5, 3], ring)]))
    assert told.segment_circle.sum() == 0  # joined with what is none
    told = read_extract(extract_of(tmp_path / "b.osm", [*SQUARE[:4], ([1, 3], ring)]))
    assert told.segment_circle.sum() == 1


def test_the_share_of_the_file_is_where_its_reader_stands(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(1000))
    assert share_read(path) is None
    with path.open("rb", buffering=0) as file:
        file.read(250)
        assert share_read(path) in {0.25, None}  # None: a system without /proc
