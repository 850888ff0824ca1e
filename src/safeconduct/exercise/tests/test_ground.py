"""The ground of an exercise on a real extract: there is a way round the checkpoint, and a spare."""

import os
from pathlib import Path

import pytest

from safeconduct.exercise import ground
from safeconduct.ways.extract import read_extract

LANGUAGE = "ru"
ROOT = Path(__file__).parents[4]
SHARED = Path(os.environ.get("SAFECONDUCT_SHARED", ROOT.parent / "shared/data"))


@pytest.mark.real
@pytest.mark.parametrize("name", ["krems.osm.gz", "liechtenstein-2022.osm.pbf", "moscow.osm.gz"])
def test_on_a_real_extract_a_road_leads_him_round_the_danger(name):
    extract = SHARED / "osm" / name
    told = ground.places(extract, language=LANGUAGE)
    his, team = (tuple(map(float, told[who].split(", "))) for who in ("his_place", "team_place"))
    assert ground.leads_round(read_extract(extract), his, team, language=LANGUAGE)


@pytest.mark.real
def test_where_the_only_bridge_lies_in_the_danger_other_starts_are_tried():
    extract = SHARED / "osm" / "krems.osm.gz"
    roads = read_extract(extract)
    first = [ground.near(roads, share) for share in ground.PAIRS[0]]
    assert not ground.leads_round(roads, *first, language=LANGUAGE)
    assert ground.places(extract, language=LANGUAGE)["his_place"] != ground.written(first[0])
