import re

import pytest

from safeconduct.ways.danger import price
from safeconduct.ways.phrases import TABLES
from safeconduct.ways.places import landmarks
from safeconduct.ways.route import Web, snap, ways_between
from safeconduct.ways.tell import UNITS, TooLong, decisions, place_in_words, tell, units
from safeconduct.ways.tests.grids import NOON, at, mark, road, roads

# A town of blocks; the way from the south-west corner turns right, then left.
TOWN = roads(
    *(road((x, y), (x + 300, y)) for x in range(0, 900, 300) for y in range(0, 1200, 300)),
    *(road((x, y), (x, y + 300)) for x in range(0, 1200, 300) for y in range(0, 900, 300)),
    road((900, 600), (2400, 600), kind="secondary", speed_m_s=25.0),
    road((2400, 600), (2400, 1600)), road((2400, 600), (3000, 600)), road((2400, 600), (2400, 0)),
    marks=[mark("fuel", 2410, 610, "Зірка"), mark("village", 600, 600, "Лозна")],
)  # fmt: skip


def junction_at(east_m, north_m):
    point = at(east_m, north_m)
    return snap(TOWN, lat_deg=point.lat_deg, lon_deg=point.lon_deg)[0]


def way(start, end):
    web = Web(TOWN, price(TOWN, [], at=NOON))
    return ways_between(web, junction_at(*start), junction_at(*end))["fastest"]


def test_going_straight_on_is_not_said_and_a_turn_is_counted():
    told = decisions(TOWN, way((0, 600), (2400, 1600)))
    assert [(d.side, d.count, d.landmark) for d in told] == [("left", 1, "fuel")] or [
        (d.side, d.landmark) for d in told
    ] == [("left", "fuel")]


def test_the_turning_is_told_by_the_landmark_and_the_mirror_way_by_the_other_hand():
    north = decisions(TOWN, way((900, 600), (2400, 1600)))
    south = decisions(TOWN, way((900, 600), (2400, 0)))
    assert [d.side for d in north] == ["left"]
    assert [d.side for d in south] == ["right"]


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_text_stands_alone_numbered_and_short_in_every_language(language):
    fuel = landmarks(TOWN)[junction_at(2400, 600)]
    place = place_in_words(language, fuel, TOWN.name)
    texts = tell(TOWN, way((0, 0), (2400, 1600)), language=language, place=place)
    assert all(units(text) <= UNITS for text in texts)
    for number, text in enumerate(texts, start=1):
        assert re.match(rf"{number}/{len(texts)} \S", text)
    assert place in texts[-1]
    assert not any(place in text for text in texts[:-1])


def test_every_language_says_everything_the_first_one_says():
    for language, table in TABLES.items():
        assert set(table) == set(TABLES["ru"]), language
        for key, text in table.items():
            assert sorted(re.findall(r"{\w+}", text)) == sorted(
                re.findall(r"{\w+}", TABLES["ru"][key])
            )


def test_a_way_that_does_not_fit_is_refused_and_never_cut():
    long = way((0, 0), (2400, 1600))
    assert tell(TOWN, long, language="ru", place="x", most=5)
    with pytest.raises(TooLong):
        tell(TOWN, long, language="ru", place="x", most=0)
    with pytest.raises(TooLong, match="name of the place"):
        tell(TOWN, long, language="ru", place="x" * 70)


def test_a_language_without_words_is_refused_and_not_replaced():
    with pytest.raises(TooLong, match="no words"):
        tell(TOWN, way((0, 0), (2400, 1600)), language="ps", place="x")


def test_units_are_counted_as_the_channel_counts_them():
    assert units("мост") == 4
    assert units("🌉") == 2
