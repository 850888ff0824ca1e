"""What a plan tells him is driven by men who have nothing else: each comes to the place it was made for."""

import pytest

from safeconduct.exercise.driver import drivers
from safeconduct.exercise.follower import UNSAID, follow
from safeconduct.passage import looked
from safeconduct.refusal import Refused
from safeconduct.ways import clearly, plain
from safeconduct.ways.roads import E7
from safeconduct.ways.route import snap

MEN = drivers(6, seed=3)
NARROW = 40  # letters of a text, for a way that no longer fits


def put_up(journey):
    """Put a plan up in the test itself, for what makes it is what is tried; return its content."""
    journey.drafts()
    journey.proposes()
    return journey.content()


def junction(roads, *pair):
    return snap(roads, lat_deg=pair[0] / E7, lon_deg=pair[1] / E7)[0]


def place_of(roads, content, letter):
    place = content["places"][letter]
    return junction(roads, place["lat_e7"], place["lon_e7"])


def driven(roads, start, texts, man, **more):
    words = "\n".join(each["text"] for each in texts)
    return follow(roads, start, words, language="ru", driver=man, **more)


def test_whoever_gets_the_texts_of_a_plan_comes_to_its_place_by_its_line(journey):
    roads, plan = journey.map(), put_up(journey)
    start = junction(roads, *plan["start_e7"])
    for letter, way in plan["ways"].items():
        for man in MEN:
            journey_made = driven(roads, start, way["texts"], man)
            assert not journey_made.lost
            at = int(roads.junction_place[roads.head[journey_made.edges[-1]]])
            assert at == place_of(roads, plan, letter)
            ends = [[int(roads.junction_lat_e7[at]), int(roads.junction_lon_e7[at])]]
            assert way["line_e7"][-1:] == ends


def test_a_leg_ends_where_what_its_text_tells_ends(journey):
    roads, plan = journey.map(), put_up(journey)
    start = junction(roads, *plan["start_e7"])
    way = plan["ways"]["A"]
    for leg in range(1, way["legs"]):
        journey_made = driven(roads, start, way["texts"][:leg], MEN[0])
        assert journey_made.lost == UNSAID
        last = int(roads.head[journey_made.edges[-1]])
        at = [int(roads.junction_lat_e7[last]), int(roads.junction_lon_e7[last])]
        assert at in way["line_e7"]
        abort = next(each for each in way["aborts"] if each["leg"] == leg)
        turn = way["line_e7"].index(at)
        assert not abort["at_e7"] or way["line_e7"].index(abort["at_e7"]) <= turn


def test_from_where_he_waits_everybody_finds_the_other_place(journey):
    roads, plan, found = journey.map(), put_up(journey), 0
    for letter, way in plan["ways"].items():
        for hold in way["holds"]:
            switch = next(each for each in way["switches"] if each["leg"] == hold["leg"])
            if switch["why"]:
                continue
            waits = junction(roads, hold["lat_e7"], hold["lon_e7"])
            for man in MEN:
                journey_made = driven(
                    roads, waits, switch["texts"], man, coming=came_by(roads, way, waits)
                )
                assert not journey_made.lost, (switch["texts"], man)
                at = int(roads.junction_place[roads.head[journey_made.edges[-1]]])
                other = "B" if letter == "A" else "A"
                assert at == place_of(roads, plan, other)
            found += 1
    assert found


def came_by(roads, way, waits):
    """Return the edge of the way's line that leads to where he waits."""
    line = [tuple(pair) for pair in way["line_e7"]]
    at = line.index((int(roads.junction_lat_e7[waits]), int(roads.junction_lon_e7[waits])))
    for edge in range(len(roads.head)):
        if int(roads.junction_place[roads.head[edge]]) != waits:
            continue
        lat, lon = roads.shape(int(roads.segment[edge]))
        drawn = list(zip(lat.tolist(), lon.tolist(), strict=True))
        drawn = drawn if roads.forward[edge] else drawn[::-1]
        if tuple(line[at - len(drawn) + 1 : at + 1]) == tuple(drawn):
            return edge
    raise AssertionError("no edge of the map leads along this line")


def test_a_place_to_which_no_words_have_one_meaning_is_offered_to_nobody(journey, monkeypatch):
    for room, limit in ((clearly, "LINE"), (plain, "LINE"), (clearly, "ROOM")):  # shorter texts
        monkeypatch.setattr(room, limit, NARROW)
    monkeypatch.setattr(looked, "_kept", {})  # what others found with longer ones
    journey.drafts()
    wish = journey.wish()
    left_out = journey.outlook().ranking.left_out
    untold = [left.place for left in left_out if left.why == "untellable"]
    assert untold
    with pytest.raises(Refused) as refused:
        journey.proposes(junctions=(wish.junctions[0], untold[0].junction))
    assert refused.value.refusal.code == "passage.place_gone"
