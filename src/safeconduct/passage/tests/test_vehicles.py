"""By what he comes: it decides the roads, stands in what is signed, and is read by those who approve."""

from safeconduct.access.rules import Duty
from safeconduct.passage import actions, dangers, queries
from safeconduct.passage.tests.test_repricing import priced, reported


def test_a_tanks_plan_says_so_and_is_searched_anew_on_the_roads_and_in_the_times_of_a_tank(
    journey, client_of
):
    journey.drafts(vehicle="tank", his_limit_s=7200)
    journey.proposes()
    content = journey.content()
    assert (content["vehicle"], content["size"]) == ("tank", [46_000, 3_600])
    page = client_of(journey[Duty.DPC]).get(f"/passage/{journey.passage.ref}/").content.decode()
    assert "by tank of 46 t, 3.60 m wide" in page
    assert "the map tells no weight" in page or not content["ways"]["A"]["bridges"]
    fastest = next(each for each in content["figures"] if each["name"] == "fastest")
    reported(journey, rate_e9=100_000)
    row = priced(journey)
    assert actions.search_anew(journey.clocks, roads=journey.map(), now=journey.now)
    row.refresh_from_db()
    keys = queries.keys_of(journey[Duty.PLN], queries.Purpose.READ, journey.passage)
    found = dangers.priced_in(keys, journey.plan(), row)["fronts"]["A"]
    assert next(w for w in found if w["name"] == "fastest")["time_s"] == fastest["time_s"]
