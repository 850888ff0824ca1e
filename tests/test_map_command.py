"""`safeconduct roads`: the map asked from the command line, for people, for programs and on paper."""

import json
import re

import pytest

from safeconduct.command import main
from safeconduct.command.roads import VEHICLES
from safeconduct.exercise import district
from safeconduct.geo import Point, distance_m
from safeconduct.ways import country
from safeconduct.ways.coordinates import every_form
from safeconduct.ways.learned import SUFFIX
from safeconduct.ways.profiles import PROFILES
from safeconduct.ways.tests.test_extract import SQUARE, extract

DISTRICT = district.build(7)
HIS, TEAM = (DISTRICT.of_kind("village")[n] for n in (3, 9))


def at(place: district.Place) -> str:
    return f"{place.point.lat_deg:.5f}, {place.point.lon_deg:.5f}"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder with a map and nothing else in it: no table, no key, no profile."""
    folder = tmp_path_factory.mktemp("map")
    (folder / "stamp").write_text("exercise")
    district.write(DISTRICT, folder / "district.osm.pbf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAFECONDUCT_DATA", str(folder))  # what the command sets is set back
        words = ["roads", "import", str(folder / "district.osm.pbf"), "--data", str(folder)]
        assert main.main([*words, "--no-words"]) == 0
        yield folder


@pytest.fixture
def said(data, capsys):
    """Return `said("route", A, B)`: exit code, what it printed and what it complained of."""

    def run(*words):
        code = main.main(["roads", *words, "--data", str(data)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def told(said):
    """Return what it says as JSON."""

    def run(*words):
        code, out, err = said(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return run


def test_what_the_map_holds_is_said_and_no_table_is_made(said, told, data):
    info = told("info")
    assert info["map"]["attribution"] == "© OpenStreetMap contributors"
    assert info["edges"] > info["segments"] > info["junctions"] / 2 > 0
    south, west, north, east = info["bounds"]
    assert south < HIS.point.lat_deg < north
    assert west < HIS.point.lon_deg < east
    assert info["names"] > len(DISTRICT.of_kind("village"))
    assert info["map"]["version"] in said("info")[1]
    made = {path.name for path in data.iterdir()}
    assert {"stamp", "roads"} <= made
    assert not {name for name in made if name.endswith(".db")}


def test_a_way_is_given_between_places_however_they_are_written(told):
    plain = told("route", at(HIS), at(TEAM))
    assert [way["choice"] for way in plain["ways"]] == ["fastest", "within15", "within30", "least"]
    assert all(way["p"] == 0 and not way["mined"] for way in plain["ways"])
    for one, other in zip(
        every_form(HIS.point).values(), every_form(TEAM.point).values(), strict=True
    ):
        assert told("route", one, other)["ways"] == plain["ways"]
    named = told("route", HIS.name, TEAM.name)
    assert named["from"]["name"]
    assert named["ways"] == plain["ways"]


def test_reports_from_a_file_price_the_ways_and_never_take_the_last_one_away(told, said, tmp_path):
    fast = told("route", at(HIS), at(TEAM))["ways"][0]
    middle = fast["line"][len(fast["line"]) // 2]
    hunters = {
        "kind": "hunters", "place": f"{middle[0]}, {middle[1]}", "radius_m": 400, "chance": 0.3,
        "seen_at": "2026-11-30T01:00Z", "half_life_h": 2,
    }  # fmt: skip
    mines = {"kind": "mines", "place": at(TEAM), "radius_m": 300, "chance": 0}
    path = tmp_path / "reports.json"
    path.write_text(json.dumps([hunters]))
    words = ("route", at(HIS), at(TEAM), "--dangers", str(path))
    now, later = (told(*words, "--at", f"2026-11-30T{hour}:00Z") for hour in ("01", "05"))
    quick, least = now["ways"][0], now["ways"][-1]
    assert quick["p"] > least["p"] >= 0
    front = now["front"]
    assert [way["time_s"] for way in front] == sorted(way["time_s"] for way in front)
    hazards = [way["hazard"] for way in front]
    assert hazards == sorted(hazards, reverse=True)
    assert (hazards[0], hazards[-1]) == (quick["hazard"], least["hazard"])
    assert later["ways"][0]["hazard"] == pytest.approx(quick["hazard"] / 4, rel=0.01)
    path.write_text(json.dumps([hunters, mines]))
    assert all(way["mined"] for way in told(*words)["ways"])
    assert ", mined" in said(*words)[1]
    for wrong, says in (({"kind": "hunters"}, "place is missing"), ({**mines, "x": 1}, "x is not")):
        path.write_text(json.dumps([hunters, wrong]))
        code, _out, err = said(*words)
        assert (code, says in err, "report 2" in err) == (2, True, True), err


def test_the_map_is_asked_for_a_vehicle_in_its_own_times(told, said):
    assert set(told("info")["vehicles"]) == set(VEHICLES) == set(PROFILES)
    ways = {who: told("route", at(HIS), at(TEAM), "--vehicle", who) for who in ("car", "tracked")}
    fastest = {who: each["ways"][0]["time_s"] for who, each in ways.items()}
    assert fastest["tracked"] > fastest["car"]
    assert ways["tracked"]["vehicle"] == "tracked"
    least = ways["tracked"]["ways"][-1]
    assert 0 < least["untold_width_m"] <= least["length_m"] + 1
    asks = f"weight of {least['untold_bridges']} bridges"
    assert asks in said("route", at(HIS), at(TEAM), "--vehicle", "tracked")[1]
    assert "ask before" not in said("route", at(HIS), at(TEAM))[1]


def test_two_who_start_apart_are_given_places_that_no_other_beats(told, said):
    found = told("places", at(HIS), at(TEAM), "--limit", "3")
    assert 2 <= len(found["places"]) <= 3
    his = [place["his_s"] for place in found["places"]]
    assert his == sorted(his)
    assert "dominated" in found["left_out"]
    assert said("places", at(HIS), at(TEAM))[1].count("\n") > len(found["places"])


def test_a_name_is_found_in_another_spelling(told, said):
    (best, *_) = told("places", "--search", HIS.name[:-1] + "b")["found"]
    assert best["how"] == "one letter off"
    assert distance_m(Point(best["lat"], best["lon"]), HIS.point) < 100
    assert said("places", "--search", "Unbekannthausen")[1] == (
        "The map district has no such name.\n"
    )


def test_regions_are_brought_in_from_a_file_and_told_with_each_place_found(told, data, capsys):
    south, west, north, east = told("info")["bounds"]
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {
        "properties": {"name": "Kherson"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (data / "regions.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [shape]})
    )
    (data / "codes.csv").write_text("ADM1_EN,ADM1_PCODE\nKherson,XX65\n")
    words = ["roads", "import", "--regions", str(data / "regions.geojson"), "--data", str(data)]
    assert main.main([*words, "--pcodes", str(data / "codes.csv")]) == 0
    assert capsys.readouterr().out == "1 regions of UA, 1 of them with a P-code.\n"
    best = told("places", "--search", HIS.name)["found"][0]
    assert (best["region"], best["pcode"]) == ("UA-65", "XX65")
    assert main.main([*words, "--country", "ZZ"]) == 2
    assert "Write the country as UA" in capsys.readouterr().err


def test_what_can_be_told_is_kept_beside_a_map_unless_that_is_left_out(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("SAFECONDUCT_DATA", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))  # what the command sets is set back
    square = extract(tmp_path / "square.osm.pbf", SQUARE)
    for left_out, says in (([], "is kept in ru"), (["--no-words"], "Each process finds")):
        data = tmp_path / says
        data.mkdir()
        (data / "stamp").write_text("exercise")
        words = ["roads", "import", str(square), "--data", str(data), *left_out]
        assert main.main(words) == 0
        assert says in capsys.readouterr().out
        assert bool(list((data / "roads").glob(f"*{SUFFIX}"))) is not bool(left_out)


def test_heights_are_brought_in_by_the_same_command_and_what_is_none_is_refused(data, capsys):
    tile = data / "N43E033.hgt"
    tile.write_bytes(bytes(2 * 1201 * 1201))
    assert main.main(["roads", "import", str(tile), "--data", str(data)]) == 0
    assert "Heights N43E033" in capsys.readouterr().out
    assert (data / "roads/terrain/N43E033.hgt").read_bytes() == tile.read_bytes()
    tile.write_bytes(b"short")
    assert main.main(["roads", "import", str(tile), "--data", str(data)]) != 0
    assert "Fetch it again" in capsys.readouterr().err


def test_a_page_to_print_holds_its_map_and_asks_nobody_for_anything(said, told, data, tmp_path):
    for what, words in {"route": (at(HIS), at(TEAM)), "places": (at(HIS), at(TEAM))}.items():
        code, _out, err = said(what, *words, "--page", str(tmp_path / "page.html"))
        assert (code, err) == (0, "")
        page = (tmp_path / "page.html").read_text("utf-8")
        assert "© OpenStreetMap contributors" in page
        assert not re.search(r"\b(?:src|href)=|url\(|@import|<script", page)
        assert set(re.findall(r"https?://[^\s\"<]+", page)) == {"http://www.w3.org/2000/svg"}
        paths = re.findall(r'<path class="(\w+)"', page)
        assert "side" in paths
        assert ("way" in paths) == (what == "route")
        assert "prefers-color-scheme: dark" in page
        assert "@media print" in page


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("route", "43,33", "43.5, 33.9"), "Put a space between"),
        (("route", "0.5, 0.5", "43.5, 33.9"), "Import an extract that holds it"),
        (("route", "Unbekannthausen", "43.5, 33.9"), "roads places --search"),
        (("route", HIS.name, "43.5, 33.9", "--at", "soon"), "2026-11-30T02:50Z"),
        (("route", HIS.name, "43.5, 33.9", "--dangers", "/dev/null"), "is no JSON"),
        (("places", HIS.name), "Give two places"),
    ],
)
def test_what_cannot_be_answered_says_what_to_do(said, words, says):
    code, out, err = said(*words)
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_without_a_map_it_says_how_one_is_brought_in(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SAFECONDUCT_DATA", str(tmp_path))
    assert main.main(["roads", "info", "--data", str(tmp_path)]) == 2
    assert "safeconduct roads import" in capsys.readouterr().err


def test_places_far_apart_on_a_large_map_are_asked_of_the_countrys_order_which_is_kept(
    told, said, data, monkeypatch
):
    exact = told("route", at(HIS), at(TEAM))
    monkeypatch.setattr(country, "MANY", 0)
    monkeypatch.setattr(country, "FAR_M", 0.0)
    across = told("route", at(HIS), at(TEAM))
    assert (exact["exact"], across["exact"]) == (True, False)
    assert across["ways"][0]["time_s"] == exact["ways"][0]["time_s"]
    assert len(across["front"]) <= len(exact["front"])
    assert [each.name for each in (data / "roads").glob("*.far")] == ["district.car.far"]
    assert "there may be others between them" in said("route", at(HIS), at(TEAM))[1]
