"""What both sides reach is found once for a page, its map and the plan; and anew when anything changes."""

import time
from datetime import timedelta

from safeconduct.access.rules import Duty
from safeconduct.passage import actions, looked
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_repricing import reported


def found_anew(what):
    """Return how often the roads were looked at while something was done."""
    before = set(looked._kept)
    what()
    return len(set(looked._kept) - before)


def test_page_map_and_plan_ask_the_roads_once_and_again_after_a_report_or_five_minutes(
    journey, client_of
):
    journey.drafts(his_limit_s=3601)  # as nobody has asked yet
    url, planner = f"/passage/{journey.passage.ref}/", client_of(journey[Duty.PLN])
    assert found_anew(lambda: planner.get(url)) == 1
    assert found_anew(lambda: planner.get(f"{url}layer.json?anew=1")) == 0
    journey.drafts(his_limit_s=3602)
    assert found_anew(journey.outlook) == 1
    assert found_anew(journey.proposes) == 0
    report = reported(journey)
    assert found_anew(journey.outlook) == 1
    actions.end_danger(
        journey[Duty.PLN], ref=journey.passage.ref, report=report.ref, profile=PROFILE,
        now=journey.now,
    )  # fmt: skip
    assert found_anew(journey.outlook) == 0, "nothing is known but what was known before"
    journey.now += timedelta(minutes=5)
    assert found_anew(journey.outlook) == 1


def test_a_place_that_burns_is_no_choice_at_once_though_the_roads_are_the_same(journey):
    journey.drafts()
    before = journey.outlook()
    main = before.main(most_p_milli=150)
    journey.to_agreed()
    actions.withdraw(journey[Duty.DPC], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    assert main.junction not in {p.junction for p in journey.outlook().ranking.choices}


def test_where_he_starts_is_gone_from_memory_in_time_whether_anybody_asks_again_or_not(
    journey, monkeypatch
):
    def kept(his_limit_s):
        return any(each.request.his_limit_s == his_limit_s for each in looked._kept)

    journey.drafts(his_limit_s=3603)
    assert found_anew(journey.outlook) == 1
    monkeypatch.setattr(looked, "KEPT_S", 0.2)
    journey.drafts(his_limit_s=3604)
    journey.outlook()
    until = time.monotonic() + 20
    while kept(3604):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert kept(3603), "what may still be kept is"
