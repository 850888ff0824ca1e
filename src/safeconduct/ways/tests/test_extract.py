import gzip

import osmium
import pytest

from safeconduct.ways.extract import read_extract
from safeconduct.ways.roads import WrongMap

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
        progress=lambda stage, count: heard.append((stage, count)),
    )
    assert heard[-1] == ("junctions", 2)
    assert ("roads", 5) in heard


def test_what_is_no_extract_is_refused_in_words(tmp_path):
    with pytest.raises(WrongMap, match="no file"):
        read_extract(tmp_path / "absent.osm.pbf")
    (tmp_path / "a.osm.pbf").write_bytes(b"these bytes are no extract at all")
    with pytest.raises(WrongMap, match="cannot be read"):
        read_extract(tmp_path / "a.osm.pbf")
    (tmp_path / "b.osm.gz").write_bytes(gzip.compress(b"<osm version='0.6'></osm>"))
    with pytest.raises(WrongMap, match="no road"):
        read_extract(tmp_path / "b.osm.gz")
