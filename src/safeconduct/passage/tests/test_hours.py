"""When he can be met decides which places are chosen from: the drone must fly out, watch, and come back."""

from dataclasses import replace

from safeconduct.access.rules import Duty
from safeconduct.geo import moved
from safeconduct.passage.actions.drafting import choices
from safeconduct.passage.choosing import draft_of
from safeconduct.passage.models import Passage
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.watch.aircraft import CRUISE_M_S
from safeconduct.ways.roads import E7


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


def test_a_drone_that_starts_near_him_stays_longer_and_one_from_afar_never_comes(journey):
    journey.drafts()
    flight_s = 1800
    free, _page = looked(journey, flight_s=flight_s, transit_s=850)
    assert "drone" in {*free.ranking.despite.values()}
    his = free.request.his
    for away_m, comes in ((100, True), (flight_s * CRUISE_M_S, False)):
        base = moved(his, east_m=away_m, north_m=0)
        journey.drafts(drone_lat_e7=round(base.lat_deg * E7), drone_lon_e7=round(base.lon_deg * E7))
        found, page = looked(journey, flight_s=flight_s, transit_s=850)
        assert ("drone" not in {*found.ranking.despite.values()}) == comes
        assert any("drone" not in each.met for each in page.choices) == comes


def test_where_the_drone_starts_is_sealed_and_said_back_to_its_planner_alone(journey, client_of):
    start, team = "43.50120, 33.90210", "43.52, 33.95"
    told = {
        "case": journey.ref, "start": start, "team": team, "drone": "43.51, 33.92", "heads": "1",
        "vehicle": "tank", "language": "ru", "his_limit": "60", "team_limit": "60",
    }  # fmt: skip
    planner = client_of(journey[Duty.PLN])
    answer = planner.post("/passage/draft/", told)
    assert answer.status_code == 303
    page = answer["Location"]
    assert "The drone starts at 43.51000, 33.92000" in planner.get(page).content.decode()
    drawn = planner.get(f"{page}layer.json?anew=1").json()["features"]
    assert [each["geometry"]["coordinates"] for each in drawn
            if each["properties"]["kind"] == "aircraft"] == [[33.92, 43.51]]  # fmt: skip
    assert "43.51000" not in client_of(journey[Duty.OP]).get(page).content.decode()
    row = Passage.objects.get(ref=page.split("/")[2])
    assert b"drone" not in bytes(row.request)
    assert planner.post("/passage/draft/", told | {"drone": "by the river"}).status_code == 409
