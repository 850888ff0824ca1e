"""A report changes: every stored way is priced anew, whoever must know is called, and nothing is lost."""

import re
from datetime import timedelta

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.passage import actions, dangers, queries
from safeconduct.passage.actions import repricing
from safeconduct.passage.models import Repricing
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused
from safeconduct.ways.roads import E7


@pytest.fixture
def planned(journey):
    journey.drafts()
    journey.proposes()
    return journey


def on_the_way(journey, **other):
    """A report in the middle of the way to A."""
    line = journey.content()["ways"]["A"]["line_e7"]
    lat_e7, lon_e7 = line[len(line) // 2]
    return {
        "kind": "hunters", "lat_e7": lat_e7, "lon_e7": lon_e7, "uncertainty_m": 50,
        "radius_m": 300, "rate_e9": 20_000, "seen_at": int(journey.now.timestamp()),
        "half_life_s": 7200, "source": "own", "grade": "B2", **other,
    }  # fmt: skip


def reported(journey, **other):
    return actions.report_danger(
        journey[Duty.PLN], ref=journey.passage.ref, report=on_the_way(journey, **other),
        profile=PROFILE, now=journey.now,
    )  # fmt: skip


def ended(journey, report):
    actions.end_danger(
        journey[Duty.PLN], ref=journey.passage.ref, report=report.ref, profile=PROFILE,
        now=journey.now,
    )  # fmt: skip


def priced(journey):
    """Let the worker do all it has to do; return the row of the plan."""
    while actions.reprice(journey.clocks, profile=PROFILE, now=journey.now):
        pass
    return Repricing.objects.get(plan=journey.plan())


def called(duty=Duty.PLN):
    return Call.objects.filter(duty=duty, kind="passage.way_worse").count()


def test_a_new_plan_is_priced_already_and_a_report_puts_it_up_for_pricing(planned):
    assert not actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)
    reported(planned)
    assert actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)
    assert not actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)


def test_a_report_on_its_way_makes_a_plan_worse_and_calls_the_planner_once(planned):
    before = priced(planned).p_milli
    report = reported(planned)
    row = priced(planned)
    assert (row.verdict, row.front_due) == ("WORSE", True)
    assert row.p_milli > before
    assert called() == 1
    assert Entry.objects.filter(verb="passage.repriced", subject=planned.passage.ref).count() == 1
    Call.objects.all().delete()
    reported(planned, kind="fire", rate_e9=0)  # costs nothing: nobody is called again
    assert priced(planned).verdict == "WORSE"
    assert called() == 0
    ended(planned, report)
    assert priced(planned).verdict == "SAME"
    assert called() == 0


def test_a_second_report_on_a_way_that_is_worse_already_calls_again(planned):
    reported(planned)
    priced(planned)
    Call.objects.all().delete()
    reported(planned, kind="shelling")
    priced(planned)
    assert called() == 1


def test_time_alone_hides_no_report_and_calls_nobody(planned):
    reported(planned, rate_e9=5_000)
    planned.proposes()
    planned.wait(minutes=30)
    reported(planned, rate_e9=3_000)  # beside the older one, which counts for less by now
    assert priced(planned).verdict == "WORSE"


def test_mines_reported_on_its_way_bar_a_plan_from_approval_and_from_go(journey):
    journey.drafts()
    journey.proposes()
    journey.prepares()
    journey.approves(Duty.DPC)
    report = reported(journey, kind="mines", radius_m=50, uncertainty_m=0)
    with pytest.raises(Refused, match="priced anew"):
        journey.approves(Duty.LEG)
    assert priced(journey).verdict == "BARRED"
    with pytest.raises(Refused, match="mined, or above the limit"):
        journey.approves(Duty.LEG)
    ended(journey, report)
    assert priced(journey).verdict == "SAME"
    assert journey.approves(Duty.LEG).approved_at == journey.now


def test_nobody_gives_go_on_a_way_that_was_barred_since(journey):
    journey.to_agreed()
    reported(journey, rate_e9=10**6)
    assert priced(journey).verdict == "BARRED"
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    with pytest.raises(Refused, match="mined, or above the limit"):
        journey.goes_ahead(Duty.DPC)


def test_no_plan_is_put_up_over_mined_ground_or_above_the_limit(planned):
    everywhere = reported(planned, rate_e9=10**7, radius_m=5000)
    with pytest.raises(Refused, match="above the limit"):
        planned.proposes()
    ended(planned, everywhere)
    wish, outlook = planned.wish(), planned.outlook()
    main = next(p for p in outlook.ranking.choices if p.junction == wish.junctions[0])
    lat_e7, lon_e7 = (round(degrees * E7) for degrees in (main.point.lat_deg, main.point.lon_deg))
    reported(planned, kind="mines", lat_e7=lat_e7, lon_e7=lon_e7, radius_m=60)
    out = {left.place.junction: left.why for left in planned.outlook().ranking.left_out}
    assert out[main.junction] == "mined"
    with pytest.raises(Refused, match="not among the choices"):
        planned.proposes(junctions=wish.junctions)


def test_a_worker_killed_between_two_plans_leaves_the_rest_to_the_next(planned, monkeypatch):
    reported(planned)
    wrote = []

    class Killed(BaseException):
        """As a signal ends a process: nothing catches it."""

    def killed(*_args, **_more):
        wrote.append(1)
        raise Killed

    monkeypatch.setattr(repricing, "told", killed)
    with pytest.raises(Killed):
        actions.reprice(planned.clocks, profile=PROFILE, now=planned.now)
    monkeypatch.undo()
    assert wrote
    assert Repricing.objects.get(plan=planned.plan()).verdict == "SAME"
    assert priced(planned).verdict == "WORSE"


def test_the_ways_of_a_touched_plan_are_searched_anew_and_lead_round(planned):
    reported(planned, rate_e9=100_000)
    row = priced(planned)
    assert actions.search_anew(planned.clocks, roads=planned.map(), now=planned.now)
    assert not actions.search_anew(planned.clocks, roads=planned.map(), now=planned.now)
    row.refresh_from_db()
    assert (row.front_due, row.front_at) == (False, planned.now)
    keys = queries.keys_of(planned[Duty.PLN], Purpose.READ, planned.passage)
    found = {
        way["name"]: way for way in dangers.priced_in(keys, planned.plan(), row)["fronts"]["A"]
    }
    assert found["least"]["p_milli"] <= row.p_milli
    assert found["fastest"]["time_s"] <= found["least"]["time_s"]


def test_a_report_that_comes_while_ways_are_searched_keeps_them_due(planned):
    reported(planned)
    priced(planned)
    reported(planned, kind="fire")  # not priced yet
    actions.search_anew(planned.clocks, roads=planned.map(), now=planned.now)
    assert Repricing.objects.get(plan=planned.plan()).front_due
    assert priced(planned).front_due


def test_the_page_of_those_let_in_says_what_became_of_the_way(planned, client_of):
    reported(planned)
    priced(planned)
    for duty in (Duty.PLN, Duty.DPC, Duty.LEG):
        page = client_of(planned[duty]).get(f"/passage/{planned.passage.ref}/").content.decode()
        assert re.search(r'data-kind="passage\.since"[^>]* data-state="WORSE"', page)
    index = client_of(planned[Duty.DPC]).get("/passage/").content.decode()
    assert 'data-kind="passage.worse"' in index
    assert timedelta(0) <= planned.now - Repricing.objects.get(plan=planned.plan()).at
