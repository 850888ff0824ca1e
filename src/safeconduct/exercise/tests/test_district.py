from safeconduct.exercise import district
from safeconduct.ways.extract import read_extract
from safeconduct.ways.places import landmarks


def test_the_same_seed_draws_the_same_district_and_another_seed_another(tmp_path):
    for seed, name in ((7, "a"), (7, "b"), (8, "c")):
        district.write(district.build(seed), tmp_path / f"{name}.osm.pbf")
    a, b, c = ((tmp_path / f"{name}.osm.pbf").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_any_seed_gives_a_few_thousand_junctions_with_bridges_fuel_a_quarry_and_a_yard(tmp_path):
    for seed in (1, 7, 23):
        drawn = district.build(seed)
        path = tmp_path / "district.osm.pbf"
        district.write(drawn, path)
        roads = read_extract(path)
        assert 1_500 < roads.junctions < 6_000
        kinds = {mark.kind for mark in landmarks(roads).values()}
        assert {"bridge", "fuel", "church"} <= kinds
        assert len(drawn.of_kind("bridge")) >= 4
        assert len(drawn.of_kind("quarry")) == 1
        assert len(drawn.of_kind("yard")) == 3
        assert len(drawn.of_kind("village")) == district.VILLAGES - 1


def test_a_village_has_its_name_in_both_alphabets(tmp_path):
    drawn = district.build(7)
    tags = next(tags for _spot, tags in drawn.nodes if tags.get("place") == "village")
    assert tags["name:uk"] != tags["name:en"]
    assert tags["name:en"].isascii()
    assert not tags["name:ru"].isascii()


def test_no_village_stands_in_a_river_and_none_beside_another():
    drawn = district.build(7)
    centres = [spot for spot, tags in drawn.nodes if "place" in tags]
    for number, (x, y) in enumerate(centres):
        for ox, oy in centres[:number]:
            assert (x - ox) ** 2 + (y - oy) ** 2 > district.APART_M**2
