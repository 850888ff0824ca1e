import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, distance_m, moved
from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Ban
from safeconduct.ways.places import (
    Landmark,
    MeetingPlace,
    candidates,
    landmarks,
    rank,
    shared_road_m,
    spare_for,
)
from safeconduct.ways.reach import reach
from safeconduct.ways.route import LEAST, Web, snap
from safeconduct.ways.screening import Screening
from safeconduct.ways.tests.grids import NOON, at, danger, mark, road, roads, tangle

COUNTRY = roads(
    *(road((x, y), (x + 1000, y)) for x in range(0, 4000, 1000) for y in range(0, 4000, 1000)),
    *(road((x, y), (x, y + 1000)) for x in range(0, 5000, 1000) for y in range(0, 3000, 1000)),
    road((0, 0), (-500, 0)), road((4000, 3000), (4500, 3000)),
    marks=[
        mark("fuel", 1010, 1000, "Зірка"), mark("church", 3000, 2020), mark("bridge", 3000, 1010),
        mark("mast", 2500, 1500), mark("village", 900, 900, "Лозна"),
    ],
)  # fmt: skip


def junction_at(east_m, north_m):
    point = at(east_m, north_m)
    return snap(COUNTRY, lat_deg=point.lat_deg, lon_deg=point.lon_deg)[0]


def seen(*dangers):
    web = Web(COUNTRY, price(COUNTRY, dangers, at=NOON))
    return candidates(web, his=junction_at(0, 0), team=junction_at(4000, 3000))


def test_a_landmark_in_a_field_is_no_place_and_a_village_is_only_a_name():
    found = landmarks(COUNTRY)
    assert {found[j].kind for j in found} == {"fuel", "church", "bridge"}
    fuel = found[junction_at(1000, 1000)]
    assert COUNTRY.name(fuel.village, "uk") == "Лозна"
    assert COUNTRY.name(fuel.name, "uk") == "Зірка"


def test_each_place_shows_both_sides_the_way_out_and_every_exposure():
    fuel = next(
        place for place in seen(danger(500, 1000, radius_m=100)) if place.landmark.kind == "fuel"
    )
    assert round(fuel.his_s) == 200
    assert round(fuel.team_s) == round(fuel.out_s) == 500
    assert fuel.ways_out == 4
    assert fuel.hazard == fuel.team_hazard == fuel.out_hazard == 0
    watched = next(
        place for place in seen(danger(1300, 1000, radius_m=90)) if place.landmark.kind == "fuel"
    )
    assert watched.team_hazard > watched.out_hazard, "with him they drive round it"
    assert watched.hazard == pytest.approx(watched.out_hazard, abs=1e-5)


def test_a_place_behind_mines_on_any_of_the_three_ways_is_told_so():
    mines = danger(1500, 1000, kind="mines", radius_m=80)
    assert not any(place.mined for place in seen(mines)), "there is a road round them"
    round_the_unit = [danger(4000, 2500, kind="mines"), danger(3500, 3000, kind="mines")]
    assert all(place.mined for place in seen(*round_the_unit))


BANNED = roads(
    road((0, 0), (1000, 0), way=1), road((1000, 0), (2000, 0), way=2),
    road((1000, 0), (1000, 1000), way=3), road((2000, 0), (1000, 1000), way=4),
    road((0, 0), (-300, 0), way=6), road((2000, 0), (2300, 0), way=7),
    bans=[Ban(1, 3, via=hash((1000, 0))), Ban(4, 3, via=hash((1000, 1000)))],
)  # fmt: skip


def test_where_turns_are_banned_sums_are_those_of_ways_that_take_none():
    assert BANNED.junctions > BANNED.places
    for start in range(BANNED.places):
        sums_are_those_of_ways(BANNED, start)


@given(st.integers(0, 10**6))
@settings(max_examples=20)
def test_sums_walked_in_step_are_those_of_ways_walked_one_by_one(seed):
    sums_are_those_of_ways(tangle(seed), 0)


def sums_are_those_of_ways(tangled, start):
    web = Web(tangled, price(tangled, [danger(1000, 1000, radius_m=800)], at=NOON))
    ends = np.arange(tangled.places)
    for weight, reverse in ((0.0, False), (LEAST, False), (LEAST, True)):
        tree = web.tree(start, hazard_s=weight, reverse=reverse)
        found = reach(web, start, hazard_s=weight, reverse=reverse)
        ways = [tree.way(end) for end in ends.tolist()]
        sums = found.sums(ends)
        assert sums.time_s == pytest.approx([way.time_s for way in ways])
        assert sums.length_m == pytest.approx([way.length_m for way in ways])
        assert sums.hazard == pytest.approx([way.hazard for way in ways])
        last = ways[-1]
        both = [sum(_length(tangled, e) for e in {*last.edges} & {*way.edges}) for way in ways]
        assert found.shared_m(int(ends[-1]), ends) == pytest.approx(both)


def _length(tangled, edge):
    return tangled.segment_length_m[tangled.segment[edge]]


def test_a_burned_place_and_a_mined_one_are_left_out_with_their_reason():
    church, bridge = junction_at(3000, 2000), junction_at(3000, 1000)
    places = [replace(p, mined=p.junction == church) for p in seen()]
    ranking = rank(places, his_limit_s=450, team_limit_s=900, barred={bridge: "burned"})
    assert [place.landmark.kind for place in ranking.choices] == ["fuel"]
    why = {left.place.junction: left.why for left in ranking.left_out}
    assert why == {bridge: "burned", church: "mined"}, "no want of choices brings them back"


def test_when_a_limit_leaves_fewer_than_two_the_nearest_beyond_it_is_offered_and_says_so():
    church, bridge = junction_at(3000, 2000), junction_at(3000, 1000)
    for_him = rank(seen(), his_limit_s=350, team_limit_s=900)
    assert [place.landmark.kind for place in for_him.choices] == ["fuel", "bridge"]
    assert for_him.despite == {bridge: "far for him"}
    assert {left.place.junction: left.why for left in for_him.left_out} == {church: "far for him"}
    for_both = rank(seen(), his_limit_s=9, team_limit_s=9)
    assert len(for_both.choices) == 2
    assert set(for_both.despite.values()) == {"far for him"}
    assert not rank(seen(), his_limit_s=900, team_limit_s=900).despite


def test_the_spare_lies_apart_and_shares_the_least_road_with_the_main_place():
    main, *_others = choices = seen()
    spare = spare_for(main, choices)
    assert spare is not None
    assert spare != main
    assert spare_for(main, [main]) is None
    on_the_way = max(choices, key=lambda p: distance_m(p.point, main.point))
    other = next(p for p in choices if p not in {main, on_the_way})
    shared = {on_the_way.junction: 5000.0, other.junction: 1000.0}
    assert spare_for(main, choices, shared_m=shared) == other
    assert spare_for(main, choices, shared_m={}) == on_the_way


def test_how_much_road_two_places_share_is_that_of_his_ways_to_them():
    web = Web(COUNTRY, price(COUNTRY, [], at=NOON))
    places = {place.landmark.kind: place for place in seen()}
    shared = shared_road_m(
        web, his=junction_at(-500, 0), main=places["fuel"], choices=list(places.values())
    )
    assert shared[places["fuel"].junction] == pytest.approx(2500, rel=0.01)
    assert all(500 <= metres_ < 2600 for metres_ in shared.values())


# ---- the rule, on places of any figures ----

HERE = Point(43.5, 33.9)


def figures(place):
    def step(seconds):
        return round(math.log(max(seconds, 60) / 60) / math.log(1.15))

    return (
        step(place.his_s), step(place.team_s), step(place.out_s), round(place.hazard * 50),
        round(place.team_hazard * 50), round(place.out_hazard * 50), -min(place.ways_out, 4),
        place.screening is not Screening.SCREENS,
    )  # fmt: skip


def beats(one, other):
    a, b = figures(one), figures(other)
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


@st.composite
def places_of_any_kind(draw):
    some = st.integers(1, 4)
    return [
        MeetingPlace(
            n, moved(HERE, east_m=300.0 * draw(st.integers(0, 6)), north_m=0),
            Landmark("fuel", 0, 0, 1.0), 200.0 * draw(some), draw(some) / 20, 200.0 * draw(some),
            draw(some), draw(st.booleans()) and draw(st.booleans()), draw(some) / 20,
            200.0 * draw(some), draw(some) / 20, draw(st.sampled_from(list(Screening))),
        )
        for n in range(draw(st.integers(1, 8)))
    ]  # fmt: skip


LIMITS = {"his_limit_s": 500.0, "team_limit_s": 700.0}


@given(places_of_any_kind())
def test_each_place_is_a_choice_or_left_out_for_a_reason_that_is_true(places):
    ranking = rank(places, **LIMITS, barred={0: "burned"})
    told = [place.junction for place in ranking.choices]
    told += [left.place.junction for left in ranking.left_out]
    assert sorted(told) == [place.junction for place in places]
    reasons = [(left.place, left.why) for left in ranking.left_out]
    reasons += [
        (p, ranking.despite[p.junction]) for p in ranking.choices if p.junction in ranking.despite
    ]
    open_ones = [
        p for p in places if p.junction and not p.mined and p.his_s <= 500 and p.team_s <= 700
    ]
    for place, why in reasons:
        assert {
            "burned": place.junction == 0,
            "mined": place.mined,
            "far for him": place.his_s > 500,
            "far for the team": place.team_s > 700,
            "dominated": any(beats(one, place) for one in open_ones),
        }[why]
    for choice in ranking.choices:
        assert choice.junction in ranking.despite or choice in open_ones
        beaten = any(beats(one, choice) for one in open_ones)
        assert not beaten or choice.junction in ranking.despite


@given(places_of_any_kind())
def test_two_that_lie_apart_are_offered_wherever_the_map_has_two(places):
    may_be = [p for p in places if not p.mined]
    ranking = rank(places, **LIMITS)

    def apart(some):
        return any(distance_m(a.point, b.point) >= 500 for a in some for b in some)

    assert apart(ranking.choices) == apart(may_be)
    assert bool(ranking.choices) == bool(may_be)
    if apart([p for p in ranking.choices if p.junction not in ranking.despite]):
        assert not ranking.despite, "nothing is offered despite anything while it need not be"


@given(places_of_any_kind(), st.integers(0, 7), st.integers(0, 7))
def test_a_better_figure_never_costs_a_place_its_choice_nor_a_rivals_loss(places, better, gone):
    first = rank(places, his_limit_s=1e9, team_limit_s=1e9)
    chosen = {p.junction for p in first.choices if p.junction not in first.despite}
    without = rank([p for p in places if p.junction != gone], his_limit_s=1e9, team_limit_s=1e9)
    assert chosen - {gone} <= {p.junction for p in without.choices}
    improved = [
        replace(p, hazard=p.hazard / 2, his_s=p.his_s / 2) if p.junction == better else p
        for p in places
    ]
    again = rank(improved, his_limit_s=1e9, team_limit_s=1e9)
    assert better not in chosen or better in {p.junction for p in again.choices}


def test_ground_that_is_not_known_counts_as_open_ground_and_screened_ground_as_better():
    known, unknown, open_ = (
        replace(seen()[0], junction=n, screening=screening)
        for n, screening in enumerate((Screening.SCREENS, Screening.NOT_KNOWN, Screening.DOES_NOT))
    )
    ranking = rank([known, unknown, open_], **LIMITS)
    assert [place.junction for place in ranking.choices] == [0]
    assert len(rank([unknown, open_], **LIMITS).choices) == 2
