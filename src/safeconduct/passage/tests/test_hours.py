"""When he can be met decides which places are chosen from: the drone must fly out, watch, and come back."""

from dataclasses import replace

from safeconduct.access.rules import Duty
from safeconduct.passage.actions.drafting import choices
from safeconduct.passage.choosing import draft_of
from safeconduct.passage.tests.conftest import PROFILE


def looked(journey, *, flight_s, transit_s):
    limits = {**PROFILE.limits_s, "drone_flight": flight_s, "drone_transit": transit_s}
    profile = replace(PROFILE, limits_s=limits)
    found = choices(
        journey[Duty.PLN], ref=journey.passage.ref, roads=journey.map(), profile=profile,
        now=journey.now,
    )  # fmt: skip
    return found, draft_of(found, profile=profile, now=journey.now)


def test_a_place_that_the_drone_cannot_watch_him_to_and_come_back_from_is_no_choice(journey):
    journey.drafts()
    free, _page = looked(journey, flight_s=7200, transit_s=0)
    minutes = sorted(place.his_s for place in free.ranking.choices)
    stay = int(minutes[len(minutes) // 2])
    found, _page = looked(journey, flight_s=stay + 2 * 900, transit_s=900)
    assert {p.junction for p in found.ranking.choices} < {p.junction for p in free.ranking.choices}
    for place in found.ranking.choices:
        assert place.his_s <= stay or found.ranking.despite[place.junction] == "drone"
    assert "drone" in {left.why for left in found.ranking.left_out}


def test_where_the_drone_can_come_to_none_two_are_offered_all_the_same_and_say_so(journey):
    journey.drafts()
    found, page = looked(journey, flight_s=1800, transit_s=900)
    assert len(found.ranking.choices) >= 2
    assert {found.ranking.despite[p.junction] for p in found.ranking.choices} == {"drone"}
    assert all("drone" in each.despite and "drone" in each.met for each in page.choices)
