"""The importer on real extracts. They are not ours to commit: `just test-real` names the folder."""

import os
from pathlib import Path

import pytest

from safeconduct.ways.clearly import Untellable, told_clearly
from safeconduct.ways.danger import price
from safeconduct.ways.extract import read_extract
from safeconduct.ways.mapped import load, save
from safeconduct.ways.places import candidates, rank
from safeconduct.ways.route import Web, ways_between
from safeconduct.ways.tests.grids import NOON

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[4]
SHARED = Path(os.environ.get("SAFECONDUCT_SHARED", ROOT.parent / "shared/data"))
EXTRACTS = {"krems.osm.gz": 600, "moscow.osm.gz": 400, "liechtenstein-2022.osm.pbf": 5_000}


@pytest.fixture(scope="module", params=sorted(EXTRACTS))
def extract(request):
    path = SHARED / "osm" / request.param
    assert path.exists(), f"{path} is absent; set SAFECONDUCT_SHARED to the folder that holds osm/"
    return path


def test_a_real_extract_becomes_a_map_with_ways_places_and_texts(extract, tmp_path):
    roads = read_extract(extract)
    assert roads.junctions > EXTRACTS[extract.name]
    save(roads, tmp_path / "map.roads")
    assert load(tmp_path / "map.roads").digest == roads.digest
    web = Web(roads, price(roads, [], at=NOON))
    his, team = 0, roads.junctions // 2
    places = candidates(web, his=his, team=team)
    assert len(rank(places, his_limit_s=7200, team_limit_s=7200).choices) >= 2
    ways = [
        ways_between(web, his, end)["fastest"] for end in range(7, roads.places, roads.places // 60)
    ]
    assert all(way.edges for way in ways)
    told = 0
    for way in ways:
        try:
            told += bool(told_clearly(roads, way, language="ru", place="x"))
        except Untellable:
            continue
    assert told > 0


def test_moscows_names_are_cyrillic(tmp_path):
    roads = read_extract(SHARED / "osm" / "moscow.osm.gz")
    named = [roads.name(int(n), "ru") for n in roads.segment_name if n]
    assert any("улица" in name for name in named)
