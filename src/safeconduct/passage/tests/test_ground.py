import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.exercise import district
from safeconduct.passage import ground, roads
from safeconduct.ways.roads import VERSION, WrongMap

TILES = bytes(range(256)) * 64


@pytest.fixture
def tiles(country, data_folder):
    """Tiles of the map in use, and where they are asked for."""
    held = roads.current()
    file = data_folder / f"roads/{held[0]}.pmtiles"
    file.write_bytes(TILES)
    yield f"/passage/tiles/{held[1].version}.pmtiles"
    file.unlink(missing_ok=True)


@pytest.fixture
def looks(officer, client_of):
    """The browser of somebody who may see maps."""
    return client_of(officer(Duty.PIL))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-126", 0, 126), ("bytes=16000-", 16000, 16383), ("bytes=-100", 16284, 16383),
     ("bytes=16380-99999", 16380, 16383)],
)  # fmt: skip
def test_a_browser_gets_the_bytes_it_asks_for_and_is_told_which(tiles, looks, asked, first, last):
    answer = looks.get(tiles, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, TILES[first : last + 1])
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(TILES)}"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "asked", ["", "bytes=16384-", "bytes=9-3", "bytes=-0", "bytes=0-1,5-6", "x"]
)
def test_bytes_that_are_not_there_and_the_whole_are_refused(tiles, officer, client_of, asked):
    answer = client_of(officer(Duty.PIL)).get(tiles, headers={"Range": asked} if asked else {})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer["Content-Range"] == f"bytes */{len(TILES)}"


def test_tiles_of_another_map_and_tiles_asked_for_by_a_stranger_are_not_there(
    tiles, officer, client_of, client
):
    told = {"headers": {"Range": "bytes=0-9"}}
    assert (
        client_of(officer(Duty.PIL)).get("/passage/tiles/0123456789ab.pmtiles", **told).status_code
        == 404
    )
    assert client_of(officer(Duty.AUD)).get(tiles, **told).status_code == 404
    assert client.get(tiles, **told)["Location"] == "/sign-in/"


def test_an_extract_that_gives_no_tiles_leaves_a_map_to_plan_on_and_older_tiles_go(
    tiles, country, data_folder, tmp_path
):
    here = {"folder": data_folder / "roads", "name": "district"}
    assert ground.version()
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no map")
    assert "No tiles were made, so consoles draw the roads alone." in roads.import_tiles(
        broken, **here
    )
    assert ground.version() == ""
    assert roads.current() is not None
    (data_folder / "roads/district.pmtiles").write_bytes(TILES)
    extract = tmp_path / "district.osm.pbf"
    district.write(country, extract)
    roads.import_roads(extract, **here)
    assert ground.version() == ""


def test_a_map_that_is_imported_again_is_the_one_that_is_held(country, data_folder, tmp_path):
    before = roads.current()
    district.write(country, tmp_path / "district.osm.pbf")
    roads.import_roads(tmp_path / "district.osm.pbf", folder=data_folder / "roads", name="district")
    assert roads.current()[1] is before[1]


def test_no_log_names_the_tiles_that_are_asked_for(tiles, officer, client_of, caplog, capsys):
    browser = client_of(officer(Duty.PLN))
    with caplog.at_level(logging.DEBUG):
        browser.get(tiles, headers={"Range": "bytes=0-9"})
        browser.get(tiles, headers={"Range": "bytes=99990-99999"})
    said = caplog.text + "".join(capsys.readouterr())
    assert "9999" not in said
    assert "bytes" not in said


@given(st.integers(0, 10**9), st.integers(0, 10**10), st.integers(0, 10**10))
def test_what_is_answered_lies_within_the_file_and_what_was_asked_for(size, first, last):
    told = ground.range_of(f"bytes={first}-{last}", size=size)
    if told is None:
        assert first > last or first >= size
    else:
        assert first == told[0] <= told[1] <= min(last, size - 1)
        assert told[1] - told[0] < ground.MOST_BYTES


def test_a_place_is_read_for_the_map_as_the_form_reads_it(officer, client_of):
    browser = client_of(officer(Duty.PLN))
    assert browser.post("/passage/where.json", {"text": "43.5, 33.9"}).json() == {
        "lat": 43.5,
        "lng": 33.9,
    }
    assert browser.post("/passage/where.json", {"text": "north of the mill"}).status_code == 409


def test_a_map_of_another_version_stops_no_page_of_one_who_is_on_the_way(
    journey, client_of, data_folder
):
    journey.drafts()
    held = roads.current()
    old = data_folder / "roads" / "newest.roads"
    whole = (data_folder / "roads" / f"{held[0]}.roads").read_bytes()
    old.write_bytes(whole.replace(f'"version": {VERSION}'.encode(), b'"version": 1', 1))
    try:
        with pytest.raises(WrongMap, match="Import the extract again"):
            roads.imported_last()
        for path in (
            f"/passage/{journey.passage.ref}/",
            f"/escort/{journey.passage.ref}/layer.json",
        ):
            assert client_of(journey[Duty.DPC]).get(path).status_code == 200
        page = client_of(journey[Duty.PLN]).get(f"/passage/{journey.passage.ref}/")
        assert "safeconduct roads import" in page.content.decode()
    finally:
        old.unlink()
