"""What leaks while he is told: an area holds enough candidates, and nothing in it points at his."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.geo import Point, moved
from safeconduct.ways.disclosure import LEAST_POSSIBLE, Area, area_of, areas, possible
from safeconduct.ways.places import Landmark, MeetingPlace

HERE = Point(43.5, 33.9)


def place(junction, *, east_km, north_km=0, village):
    point = moved(HERE, east_m=1000.0 * east_km, north_m=1000.0 * north_km)
    return MeetingPlace(
        junction, point, Landmark("fuel", 0, village, 1.0), 600, 0.0, 600, 3, mined=False
    )


def village(number, *, candidates, east_km, first):
    return [
        place(first + n, east_km=east_km, north_km=n / 10, village=number)
        for n in range(candidates)
    ]


def test_a_village_with_few_places_is_told_together_with_its_neighbour():
    large = village(3, candidates=9, east_km=0, first=0)
    small = village(1, candidates=2, east_km=20, first=100)
    near = village(2, candidates=6, east_km=25, first=200)
    lonely = [place(300, east_km=2, village=0)]
    cut = areas([*large, *small, *near, *lonely])
    assert [area.villages for area in cut] == [(3,), (1, 2)] or [area.villages for area in cut] == [
        (1, 2),
        (3,),
    ]
    told = area_of(small[0], cut)
    assert told is not None
    assert told.candidates == {p.junction for p in [*small, *near]}
    with_large = area_of(lonely[0], cut)
    assert with_large is not None
    assert with_large.villages == (3,), "what lies in no village goes to the nearest"


def test_where_too_few_places_or_no_village_would_be_told_no_area_is():
    few = village(1, candidates=LEAST_POSSIBLE - 1, east_km=0, first=0)
    assert len(areas(few)) == 1
    assert area_of(few[0], areas(few)) is None
    nameless = village(0, candidates=20, east_km=0, first=0)
    assert areas(nameless) == ()
    assert area_of(nameless[0], ()) is None
    assert areas([]) == ()


@st.composite
def maps(draw):
    return [
        place(
            number, east_km=draw(st.integers(0, 30)), north_km=draw(st.integers(0, 30)),
            village=draw(st.integers(0, 6)),
        )
        for number in range(draw(st.integers(1, 40)))
    ]  # fmt: skip


@given(maps(), st.randoms(use_true_random=False))
def test_the_area_that_is_told_leaves_enough_possible_and_is_the_same_for_each_of_them(
    places, chance
):
    cut = areas(places)
    shuffled = list(places)
    chance.shuffle(shuffled)
    assert set(areas(shuffled)) == set(cut)
    if cut:
        assert sorted(j for area in cut for j in area.candidates) == [p.junction for p in places]
    for chosen in places:
        area = area_of(chosen, cut)
        if area is None:
            continue
        assert chosen.junction in area.candidates
        assert len(area.candidates) >= LEAST_POSSIBLE
        assert 1 <= len(area.villages) <= 3
        assert {area_of(p, cut) for p in places if p.junction in area.candidates} == {area}, (
            "whoever hears it cannot say which of them was chosen"
        )


def test_each_leg_rules_out_what_lies_behind_it_and_the_last_text_alone_names_the_place():
    row = [place(n, east_km=n, village=1) for n in range(13)]
    area = Area((1,), frozenset(range(2, 13)))
    legs = [moved(HERE, east_m=4000, north_m=0), moved(HERE, east_m=8000, north_m=0)]
    stages = possible(row, area, start=HERE, told=legs)
    assert [sorted(stage) for stage in stages] == [
        list(range(2, 13)), list(range(2, 13)), list(range(4, 13)),
    ]  # fmt: skip
    assert possible(row, None, start=HERE, told=[])[0] == frozenset(range(13))


@given(maps(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3))
def test_more_that_is_told_never_leaves_more_possible(places, ends):
    legs = [moved(HERE, east_m=1000.0 * e, north_m=1000.0 * n) for e, n in ends]
    stages = possible(places, None, start=HERE, told=legs)
    assert len(stages) == len(legs) + 1
    assert all(later <= earlier for earlier, later in pairwise(stages))
