"""Regions by the operator's own shapes: known by their names, coded by ISO 3166-2, never guessed."""

import json

import pytest

from safeconduct.geo import Point
from safeconduct.ways.regions import UKRAINE, WrongRegions, of_plain, plain, read_shapes, region_of

SQUARE = [[32.0, 46.0], [34.0, 46.0], [34.0, 47.0], [32.0, 47.0], [32.0, 46.0]]
HOLE = [[32.5, 46.4], [32.5, 46.6], [32.9, 46.6], [32.9, 46.4], [32.5, 46.4]]
EAST = [[x + 2, y] for x, y in SQUARE]
ISLAND = [[30.0, 45.2], [30.4, 45.2], [30.4, 45.4], [30.0, 45.2]]


def shape(name, *polygons, **more):
    return {
        "type": "Feature",
        "properties": {"name": name, **more},
        "geometry": {"type": "MultiPolygon", "coordinates": list(polygons)},
    }


def collection(*features):
    return json.dumps({"type": "FeatureCollection", "features": features})


def codes(*names):
    return [
        each.code
        for each in read_shapes(collection(*(shape(n, [SQUARE]) for n in names)), country="UA")
    ]


def test_a_place_lies_in_a_region_in_its_islands_and_never_in_its_holes():
    told = collection(shape("Kherson", [SQUARE, HOLE], [ISLAND]), shape("Zaporizhzhya", [EAST]))
    regions = read_shapes(told, country="UA")
    where = {
        code: region_of(Point(*place), regions)
        for code, place in {
            "UA-65": (46.2, 33.0), "island": (45.25, 30.2), "UA-23": (46.5, 35.0),
            "hole": (46.5, 32.7), "abroad": (50.0, 20.0), "at sea": (45.99, 33.0),
        }.items()
    }  # fmt: skip
    found = {name: region and region.code for name, region in where.items()}
    assert found == {
        "UA-65": "UA-65", "island": "UA-65", "UA-23": "UA-23", "hole": None, "abroad": None,
        "at sea": "UA-65",
    }  # fmt: skip
    assert where["UA-65"].name("uk") == "Херсонська область"
    assert where["UA-65"].name("fr") == "Kherson"
    assert of_plain(plain(regions)) == regions


def test_shared_borders_of_a_topology_are_walked_either_way():
    told = {
        "type": "Topology",
        "transform": {"scale": [1.0, 1.0], "translate": [32.0, 46.0]},
        "arcs": [[[2, 0], [0, 1]], [[2, 1], [-2, 0], [0, -1], [2, 0]], [[2, 1], [2, 0], [0, -1], [-2, 0]]],
        "objects": {"all": {"type": "GeometryCollection", "geometries": [
            {"type": "Polygon", "id": "UA.KS", "properties": {"name": "Kherson"}, "arcs": [[0, 1]]},
            {"type": "Polygon", "id": "UA.KS", "properties": {"name": "Zaporizhzhya"}, "arcs": [[2, 0]]},
        ]}},
    }  # fmt: skip
    west, east = read_shapes(json.dumps(told), country="UA")[::-1]
    assert (west.code, east.code) == ("UA-65", "UA-23")
    assert west.holds(Point(46.5, 33.0))
    assert east.holds(Point(46.5, 35.0))
    assert not east.holds(Point(46.5, 33.0))


def test_a_name_is_believed_and_an_id_is_not():
    named = [shape("Odessa", [SQUARE], id="UA.MY"), shape("Mykolayiv", [EAST], id="UA.MY")]
    assert [each.code for each in read_shapes(collection(*named), country="UA")] == [
        "UA-48",
        "UA-51",
    ]
    assert codes("Kiev", "Kiev City") == ["UA-30", "UA-32"]
    assert codes("Khersonska oblast", "Сумская область", "Київська область") == [
        "UA-32", "UA-59", "UA-65",
    ]  # fmt: skip


@pytest.mark.parametrize("names", [("Atlantis",), ("Kherson", "Херсонська область"), ("",)])
def test_a_name_that_is_not_known_or_comes_twice_is_refused(names):
    with pytest.raises(WrongRegions, match="Mend the file"):
        codes(*names)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"type": "FeatureCollection"}', "no json"])
def test_what_holds_no_shapes_is_told_so(text):
    with pytest.raises(WrongRegions, match="Give another file"):
        read_shapes(text, country="UA")


def test_every_name_of_ours_is_of_one_region_of_the_standard():
    names = [name for told in UKRAINE.values() for name in told]
    assert len(set(names)) == len(names)
    assert len(UKRAINE) == 27
    with pytest.raises(WrongRegions, match="Write the country"):
        read_shapes(collection(), country="ZZ")


def test_p_codes_come_from_the_official_table_and_are_missing_without_it():
    told = collection(shape("Kherson", [SQUARE]), shape("Zaporizhzhya", [EAST]))
    table = "ADM1_EN,ADM1_UA,ADM1_PCODE\nKherson,Херсонська,XX65\nAtlantis,,XX99\n"
    assert [each.pcode for each in read_shapes(told, country="UA", pcodes=table)] == ["", "XX65"]
    assert {each.pcode for each in read_shapes(told, country="UA")} == {""}
    with pytest.raises(WrongRegions, match="PCODE"):
        read_shapes(told, country="UA", pcodes="a,b\n1,2\n")
