import math
import re

import pytest

from safeconduct.ways.clearly import (
    LINE,
    MOST,
    TooLong,
    Unclear,
    filled,
    place_in_words,
    said_of,
    steps_along,
    steps_of,
    told_by_legs,
    told_clearly,
)
from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Facts
from safeconduct.ways.passed import COUNT_M, said_m
from safeconduct.ways.places import landmarks
from safeconduct.ways.plain import MORE_S, MORE_TIME, TRIES, plain_by_legs, plain_told, plainest
from safeconduct.ways.route import Web, snap, ways_between
from safeconduct.ways.step import Step
from safeconduct.ways.stepwords import TABLES, UNITS, units
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


def steps(start, end):
    return [
        (s.kind, s.side, s.number, s.mark) for s in steps_of(TOWN, way(start, end), language="ru")
    ]


def test_going_straight_on_is_not_said_and_a_turn_is_told_in_the_fewest_letters():
    assert steps((900, 600), (2400, 1600)) == [
        ("start", "east", 0, ""),
        ("count", "left", 1, ""),
        ("place end", "", 0, ""),
    ]


def test_the_mirror_way_is_told_by_the_other_hand():
    sides = {steps((900, 600), end)[1][1] for end in ((2400, 1600), (2400, 0))}
    assert sides == {"left", "right"}


def test_turnings_he_passes_are_counted():
    street = roads(
        road((0, -500), (0, 0), (0, 300)), road((0, 300), (0, 600)), road((0, 600), (0, 1100)),
        road((0, 300), (500, 300)), road((0, 600), (500, 600)), road((0, 600), (-500, 600)),
    )  # fmt: skip
    web = Web(street, price(street, [], at=NOON))

    def told(*spots):
        ends = (snap(street, lat_deg=at(*s).lat_deg, lon_deg=at(*s).lon_deg)[0] for s in spots)
        found = ways_between(web, *ends)["fastest"]
        return [(s.kind, s.side, s.number) for s in steps_of(street, found, language="ru")]

    stop = ("place end", "", 0)  # he sets out where one road alone is, by no compass
    assert told((0, -500), (500, 300)) == [("count", "right", 1), stop]
    assert told((0, -500), (500, 600)) == [("count", "right", 2), stop]
    assert told((0, -500), (-500, 600)) == [("count", "left", 1), stop]


def test_two_roads_that_look_alike_to_a_driver_are_told_in_no_words_at_all():
    twins = roads(
        road((0, 0), (0, 500)), road((0, 500), (-8, 900)), road((0, 500), (8, 900)),
        road((-8, 900), (-900, 900)), road((8, 900), (900, 900)), road((-900, 900), (900, 900)),
        road((0, 0), (-900, 0), (-900, 900)), road((0, 0), (0, -500)), road((8, 900), (8, 1400)), road((-8, 900), (-8, 1400)),
    )  # fmt: skip
    web = Web(twins, price(twins, [], at=NOON))
    here, there = (
        snap(twins, lat_deg=at(*spot).lat_deg, lon_deg=at(*spot).lon_deg)[0]
        for spot in ((0, 0), (8, 900))
    )
    with pytest.raises(Unclear, match="two ways"):
        told_clearly(twins, ways_between(web, here, there)["fastest"], language="ru", place="x")


def test_at_a_circle_he_is_told_which_exit_and_one_straight_on_needs_no_words_of_its_own():
    around = [
        (2400 + 25 * math.sin(math.tau * n / 12), 25 * math.cos(math.tau * n / 12))
        for n in range(12, -1, -1)
    ]
    corners = [tuple(map(round, corner)) for corner in around]
    ring = roads(
        road(*corners[:-1], corners[0], one_way=True, facts=Facts(circle=True)),
        road((2000, 0), corners[3]), road(corners[9], (2900, 0)), road(corners[0], (2400, 500)),
        road(corners[6], (2400, -500)), road((2900, 0), (2900, 500)), road((2900, 0), (3300, 0)),
    )  # fmt: skip
    web = Web(ring, price(ring, [], at=NOON))

    def told(spot):
        ends = (
            snap(ring, lat_deg=at(*s).lat_deg, lon_deg=at(*s).lon_deg)[0] for s in ((2000, 0), spot)
        )
        found = ways_between(web, *ends)["fastest"]
        return [
            (s.kind, s.side, s.number, s.past) for s in steps_of(ring, found, language="ru")[:-1]
        ]

    assert told((2400, 500)) == [("circle", "", 3, 0)]
    assert told((2400, -500)) == [("circle", "", 1, 0)]
    assert told((2900, 500)) == [("count", "left", 1, 1)]


def test_the_plainest_way_is_one_that_can_be_told_and_keeps_to_the_time():
    web = Web(TOWN, price(TOWN, [], at=NOON))
    start, end = junction_at(0, 0), junction_at(2400, 1600)
    fastest = ways_between(web, start, end)["fastest"]
    plain, texts = plain_told(web, start, end, language="ru", place="x")
    assert plain.junctions[0] == start
    assert plain.junctions[-1] == end
    assert plain.time_s <= fastest.time_s * MORE_TIME + MORE_S
    assert len(texts) <= MOST


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_text_stands_alone_numbered_and_short_in_every_language(language):
    fuel = landmarks(TOWN)[junction_at(2400, 600)]
    place = place_in_words(language, fuel, TOWN.name)
    texts = told_clearly(TOWN, way((0, 0), (2400, 1600)), language=language, place=place)
    assert all(units(text) <= UNITS for text in texts)
    for number, text in enumerate(texts, start=1):
        assert re.match(rf"{number}\) \S", text)
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
    assert told_clearly(TOWN, long, language="ru", place="x", most=3)
    with pytest.raises(TooLong):
        told_clearly(TOWN, long, language="ru", place="x", most=0)
    with pytest.raises(TooLong, match="name of the place"):
        told_clearly(TOWN, long, language="ru", place="x" * 70)


def test_a_language_without_words_is_refused_and_not_replaced():
    with pytest.raises(TooLong, match="no words"):
        told_clearly(TOWN, way((0, 0), (2400, 1600)), language="ps", place="x")


# A road to the east. At (600, 0) the church stands where a road leads right; left turns off further on.
ROAD = roads(
    road((0, 0), (600, 0)), road((600, 0), (1200, 0)), road((1200, 0), (1800, 0)),
    road((1800, 0), (2400, 0)), road((600, 0), (600, -500)), road((1200, 0), (1200, 500)),
    road((1800, 0), (1800, -500)), road((0, 0), (0, 500)), road((0, 0), (-400, 0)),
    road((2400, 0), (2400, 500)), road((2400, 0), (2900, 0)),
    marks=[mark("church", 610, 10, "")],
)  # fmt: skip


def on_road(*spot):
    point = at(*spot)
    return snap(ROAD, lat_deg=point.lat_deg, lon_deg=point.lon_deg)[0]


def from_the_church(spot):
    """He came from the west and waits at the church."""
    web = Web(ROAD, price(ROAD, [], at=NOON))
    coming = ways_between(web, on_road(0, 0), on_road(600, 0))["fastest"].edges[-1]
    found = ways_between(web, on_road(600, 0), on_road(*spot))["fastest"]
    steps = steps_along(ROAD, found, language="ru", coming=coming)
    return [(step.kind, step.side, step.number) for _at, step in steps]


def test_who_waits_is_told_from_where_he_stands_and_by_no_compass():
    assert from_the_church((1200, 500)) == [("count", "left", 1), ("place end", "", 0)]
    assert from_the_church((600, -500)) == [("mark", "right", 0), ("place end", "", 0)]


def test_a_turning_that_he_may_have_before_him_or_behind_him_is_not_counted():
    (kind, side, _number), _place = from_the_church((1800, -500))
    assert (kind, side) == ("distance", "right")


def test_who_waits_is_sent_back_by_no_words_for_there_are_none():
    with pytest.raises(Unclear, match="after 0 steps"):
        from_the_church((0, 500))


def test_the_plainest_way_from_where_he_waits_begins_there():
    web = Web(ROAD, price(ROAD, [], at=NOON))
    waits = on_road(600, 0)
    coming = ways_between(web, on_road(0, 0), waits)["fastest"].edges[-1]
    way, told = plain_by_legs(
        web, waits, on_road(1200, 500), language="ru", place="x", coming=coming
    )
    assert way.junctions == (waits, on_road(1200, 0), on_road(1200, 500))
    assert told == told_by_legs(ROAD, way, language="ru", place="x", coming=coming)
    assert [each.at for part in told.parts for each in part] == [1, 2]


def test_each_text_says_where_on_the_way_it_brings_him():
    web = Web(TOWN, price(TOWN, [], at=NOON))
    found, texts = plain_told(
        web, junction_at(0, 0), junction_at(2400, 1600), language="ru", place="x"
    )
    told = told_by_legs(TOWN, found, language="ru", place="x")
    assert list(told.texts) == texts == told_clearly(TOWN, found, language="ru", place="x")
    assert len(told.parts) == len(told.texts)
    landed = [each.at for part in told.parts for each in part]
    assert landed == sorted(landed)
    assert landed[0] == 0
    assert landed[-1] == len(found.edges)
    assert told.parts[-1][-1].step.kind.startswith("place")


# North, with a lesser road straight on at (0, 400) where the better one bends off; a church at (0, 700).
BENDS = roads(
    road((0, 0), (0, 400)), road((0, 400), (400, 500)), road((0, 400), (0, 700), kind="service"),
    road((0, 700), (0, 1000), kind="service"), road((0, 700), (-400, 700), kind="service"),
    road((0, 1000), (-400, 1000), kind="service"), road((0, 1000), (0, 1300), kind="service"),
    road((0, 0), (-500, 0)), road((-500, 0), (-400, 700)), road((-400, 700), (-400, 1000)),
    road((400, 500), (900, 700)), road((0, 1300), (900, 700)), road((0, 0), (0, -400)),
    road((-500, 0), (0, -400)), road((-400, 1000), (-700, 1300)), road((-700, 1300), (0, 1300)),
    marks=[mark("church", 5, 850, "")],
)  # fmt: skip


def told_on_bends(spot):
    web = Web(BENDS, price(BENDS, [], at=NOON))
    ends = (
        snap(BENDS, lat_deg=at(*s).lat_deg, lon_deg=at(*s).lon_deg)[0] for s in ((0, -400), spot)
    )
    found = ways_between(web, *ends)["fastest"]
    return steps_of(BENDS, found, language="ru")[1]


def test_where_the_better_road_bends_off_straight_on_has_words():
    step = told_on_bends((-400, 700))
    assert (step.kind, step.side, step.mode) == ("count", "left", "straight")


def test_behind_a_landmark_he_counts_anew():
    table = TABLES["ru"]
    step = Step("count", "left", 2, 1200.0, mode="straight", beyond="church")
    assert said_of(step, table) == "прямо\nза церковью 2й влево"
    assert said_of(Step("fork", "right", after_m=1200), table) == "1,2км\nправее"
    on = Step("distance", "left", 1, 1200.0, mode="main")
    assert said_of(on, table) == "главной 1,2км\nвлево"
    assert said_of(on._replace(past=1), table) == "главной\nза кольцом 1,2км\nвлево"


@pytest.mark.parametrize(
    "length_m", [100.0, 149.9, 999.9, 1599.9, 4999.9, 5499.9, 9999.9, 10_999.9]
)
def test_a_distance_is_said_so_that_a_man_wrong_by_a_fifth_still_takes_it_for_the_one_he_drove(
    length_m,
):
    assert said_m(length_m) <= length_m
    farthest_m = 1.2 * length_m  # as he reckons who takes a metre for a fifth more
    if length_m >= COUNT_M:  # said beside a count, it is to be as far as that
        assert farthest_m < 1.35 * said_m(length_m)
    assert farthest_m < 1.5 * said_m(length_m) + 60


def test_from_a_track_the_first_road_needs_no_side():
    found = roads(
        road((0, 0), (0, 400), kind="track"), road((0, 400), (-15, 800)), road((0, 400), (10, 800), kind="track"),
        road((-15, 800), (10, 800)), road((10, 800), (500, 800)), road((0, 0), (500, 0), kind="track"),
        road((500, 0), (500, 800)), road((-15, 800), (-15, 1200)), road((0, 0), (0, -400)), road((0, -400), (500, 0)),
    )  # fmt: skip
    web = Web(found, price(found, [], at=NOON))
    ends = (
        snap(found, lat_deg=at(*s).lat_deg, lon_deg=at(*s).lon_deg)[0] for s in ((0, 0), (-15, 800))
    )
    told = steps_of(found, ways_between(web, *ends)["fastest"], language="ru")
    assert [(step.kind, step.mark) for step in told[:2]] == [("start", ""), ("onto", "road")]


# At (0, 400) three roads lead on, one of them to the left by too little to be a turning to everybody.
PARTS = roads(
    road((0, 0), (0, 400)), road((0, 400), (-280, 800)), road((0, 400), (70, 800)),
    road((0, 400), (400, 735)), road((-280, 800), (70, 800)), road((70, 800), (400, 735)),
    road((-280, 800), (-280, 1200)), road((0, 0), (-400, 0)), road((-400, 0), (-280, 1200)),
    road((0, 0), (400, 0)), road((400, 0), (400, 735)),
)  # fmt: skip


def test_where_men_differ_about_angles_the_outer_road_of_the_next_junction_is_named():
    web = Web(PARTS, price(PARTS, [], at=NOON))
    ends = (
        snap(PARTS, lat_deg=at(*s).lat_deg, lon_deg=at(*s).lon_deg)[0]
        for s in ((0, 0), (-280, 800))
    )
    found = ways_between(web, *ends)["fastest"]
    step = steps_of(PARTS, found, language="ru")[1]
    assert (step.kind, step.side, step.number) == ("next", "left", 1)
    assert said_of(step, TABLES["ru"]) == "сразу левее"
    assert said_of(Step("next turn", "right", 2), TABLES["ru"]) == "2й перекрёсток: вправо"


def test_texts_fill_as_they_are_packed():
    assert filled(0, LINE) == LINE
    assert filled(10, LINE - 10) == LINE
    assert filled(10, LINE - 9) == LINE + LINE - 9


def test_the_quickest_of_those_that_fit_is_told_where_the_plainest_takes_too_long():
    web = Web(TOWN, price(TOWN, [], at=NOON))
    ends = junction_at(0, 0), junction_at(2400, 1600)
    few, quick = (plainest(web, *ends, language="ru", place="x", price=each) for each in TRIES)
    assert quick.time_s <= few.time_s
    assert len(told_clearly(TOWN, quick, language="ru", place="x")) <= MOST
    with pytest.raises(TooLong, match="fits"):
        plainest(web, *ends, language="ru", place="x", most=0)
