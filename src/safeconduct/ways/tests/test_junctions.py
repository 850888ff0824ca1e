"""What is told at junctions that people see in one way only, and that men who read it see alike."""

import math

import pytest

from safeconduct.exercise.driver import drivers
from safeconduct.exercise.sent import comes
from safeconduct.ways.clearly import Unclear, said_of, steps_of, told_clearly
from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Facts
from safeconduct.ways.route import Web, snap, ways_between
from safeconduct.ways.sight import sight
from safeconduct.ways.step import Step
from safeconduct.ways.steps import runs
from safeconduct.ways.stepwords import TABLES
from safeconduct.ways.tests.grids import NOON, at, mark, road, roads
from safeconduct.ways.waiting import waiting

# At (0, 400) the road bends right, and all others only lead in.
CORNER = roads(
    road((0, 0), (0, 400)), road((0, 400), (400, 400)), road((0, 900), (0, 400), one_way=True),
    road((-400, 400), (0, 400), one_way=True), road((0, 0), (400, 0)), road((400, 0), (400, 400)),
    road((400, 400), (700, 400)), road((700, 400), (700, 900)), road((700, 900), (0, 900)),
    road((0, 0), (-400, 0)), road((-400, 0), (-400, 400)), road((-400, 400), (0, 900)),
)  # fmt: skip


def steps_on_corner(start, end):
    web = Web(CORNER, price(CORNER, [], at=NOON))
    ends = (
        snap(CORNER, lat_deg=at(*spot).lat_deg, lon_deg=at(*spot).lon_deg)[0]
        for spot in (start, end)
    )
    found = ways_between(web, *ends)["fastest"]
    return [(step.kind, step.side) for step in steps_of(CORNER, found, language="ru")]


def test_the_only_road_that_leads_on_is_no_turning_to_anybody():
    """A man takes it without a word, so that he would look for the turning further on."""
    with pytest.raises(Unclear, match="after 1 steps"):
        steps_on_corner((0, 0), (0, 400))
    assert steps_on_corner((0, 0), (400, 400)) == [("start", "north"), ("place road", "right")]


@pytest.mark.parametrize(
    ("high_m", "signed", "circle", "maybe"),
    [(90, True, True, False), (90, False, False, True), (30, False, False, False)],
    ids=["signed", "round without a sign", "a long block"],
)
def test_a_circle_is_one_where_it_is_signed_and_may_be_one_where_it_is_round(
    high_m, signed, circle, maybe
):
    ring = [
        (round(45 * math.sin(math.tau * n / 12)), round(high_m / 2 * math.cos(math.tau * n / 12)))
        for n in range(12)
    ]
    town = roads(
        road(*ring, ring[0], one_way=True, facts=Facts(circle=signed)),
        road((-400, 0), ring[9]), road(ring[3], (400, 0)), road((400, 0), (0, 400), (-400, 0)),
    )  # fmt: skip
    seen = sight(town)
    assert any(seen.in_circle(edge) for edge in range(town.edges)) == circle
    assert any(seen.may_lead_round(edge) for edge in range(town.edges)) == maybe


def told_on(town, start, end):
    """The steps along the quickest way, and whether five men who read them all come there."""
    web = Web(town, price(town, [], at=NOON))
    here, there = (
        snap(town, lat_deg=at(*spot).lat_deg, lon_deg=at(*spot).lon_deg)[0] for spot in (start, end)
    )
    way = ways_between(web, here, there)["fastest"]
    text = "\n".join(told_clearly(town, way, language="ru", place=""))
    came = [comes(web, (here, there), text, "ru", man) for man in drivers(5, seed=1)]
    return steps_of(town, way, language="ru"), came


RING = [
    (round(45 * math.sin(math.tau * n / 12)), round(45 * math.cos(math.tau * n / 12)))
    for n in range(12)
]
# A circle round (0, 0), driven clockwise: a road leads in and out in the west, and in the east to a church.
ROUND = roads(
    road(*RING, RING[0], one_way=True, facts=Facts(circle=True)),
    road((-400, 0), RING[9]), road(RING[3], (400, 0)), road((400, 0), (400, 400)), road((400, 0), (400, -400)),
    road((400, 400), (-400, 400), (-400, 0)), marks=[mark("church", 395, 5, "")],
)  # fmt: skip


def test_who_sets_out_inside_a_circle_is_told_the_exit_from_where_he_stands():
    steps, came = told_on(ROUND, RING[9], (400, 0))
    assert [(step.kind, step.number) for step in steps[-2:]] == [("circle", 1), ("place mark", 0)]
    assert came == [True] * 5


def test_to_one_who_waits_inside_a_circle_nothing_is_told():
    seen = sight(ROUND)
    inside = next(edge for edge in range(ROUND.edges) if seen.in_circle(edge))
    assert all(not run.turns and not run.stops for run in waiting(ROUND, inside))


def parting(angle_deg, *more):
    """A road north that parts at (0, 400), by so little; both roads are joined again further on."""
    east = round(700 * math.tan(math.radians(angle_deg)))
    return roads(
        road((0, 0), (0, 400)), road((0, 400), (0, 1100)), road((0, 400), (east, 1100)),
        road((0, 1100), (-400, 1100)), road((east, 1100), (east + 400, 1100)), road((0, 0), (400, 0)),
        road((-400, 1100), (-400, 0)), road((-400, 0), (0, 0)), road((400, 0), (east + 400, 1100)),
        road((0, 1100), (0, 1500)), road((east, 1100), (east, 1500)), *more,
    )  # fmt: skip


def test_of_two_roads_that_part_by_little_he_takes_the_one_on_the_right():
    told, came = told_on(parting(9), (0, 0), (111, 1100))
    assert (told[1].kind, told[1].side) == ("fork", "right")
    assert all(came)
    with pytest.raises(Unclear):
        told_on(parting(3), (0, 0), (37, 1100))


def test_a_road_that_turns_off_beside_a_fork_leaves_it_a_fork():
    aside = road((0, 400), (-300, 400)), road((-300, 400), (-400, 1100))
    told, came = told_on(parting(15, *aside), (0, 0), (188, 1100))
    assert (told[1].kind, told[1].side) == ("fork", "right")
    assert all(came)


def test_where_two_roads_lead_one_way_he_is_told_on_which_hand_to_set_out():
    told, came = told_on(parting(15), (0, 400), (188, 1100))
    assert told[0] == Step("start", "north", mark="right")
    assert said_of(told[0], TABLES["ru"]) == "север, правее"
    assert all(came)


def test_who_keeps_to_the_main_road_follows_it_round_a_hairpin_without_a_word():
    """So he is not told to turn there and to keep to it: he would look for the next such turn."""
    town = roads(
        road((0, 0), (0, 400)), road((0, 400), (-60, 0)), road((0, 400), (0, 800), kind="service"),
        road((-60, 0), (-60, -300)), road((-60, 0), (0, 0)), road((0, 0), (400, 0)),
        road((400, 0), (0, 800), kind="service"), road((0, 800), (0, 900), kind="service"),
    )  # fmt: skip
    here, bend, back = (
        snap(town, lat_deg=at(*spot).lat_deg, lon_deg=at(*spot).lon_deg)[0]
        for spot in ((0, 0), (0, 400), (-60, 0))
    )
    ends = list(zip(town.tail.tolist(), town.head.tolist(), strict=True))
    coming, into = ends.index((here, bend)), ends.index((bend, back))
    told = [turn.step for run in runs(town).of(coming) for turn in run.turns if turn.edge == into]
    assert "sharp" in {step.kind for step in told}
    assert "main" not in {step.mode for step in told}


def test_a_landmark_passed_is_none_to_stop_at_behind_it():
    """From 200 m on he looks: at (0, 200) he still sees the church that he has passed."""
    street = roads(
        road((0, -100), (0, 0)), road((0, 0), (0, 200)), road((0, 200), (0, 350)), road((0, 200), (300, 200)),
        road((0, 350), (300, 350)), road((300, 200), (300, 350)), road((0, 350), (0, 600)),
        road((300, 200), (600, 200)), road((0, -100), (300, -100)), road((0, -100), (0, -300)), road((300, -100), (300, 200)),
        marks=[mark("church", 10, 140), mark("church", 10, 350)],
    )  # fmt: skip
    told, came = told_on(street, (0, -100), (0, 350))
    assert told[-1].kind != "place mark"
    assert all(came)
