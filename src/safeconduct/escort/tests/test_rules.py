"""What an escort may do and when silence has lasted too long."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.cases.machine import MACHINE
from safeconduct.escort import rules
from safeconduct.escort.advice import ADVICE
from safeconduct.geo import Point, distance_m, inside, moved
from safeconduct.programme import load
from safeconduct.programme.profile import BOUNDS
from safeconduct.watch.known import OWNERS, Cause

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROFILE = load.current()
LIMITS = rules.limits_of(PROFILE.limits_s, PROFILE.limits_m)
START = Point(51.0, 34.0)


def test_the_heartbeat_ages_through_its_colours_and_no_news_is_red():
    ages = {0: "green", 299: "green", 300: "late", 600: "amber", 1200: "red"}
    for seconds, colour in ages.items():
        news = NOON - timedelta(seconds=seconds)
        assert rules.heartbeat(news, now=NOON, limits=LIMITS) == colour
    assert rules.heartbeat(None, now=NOON, limits=LIMITS) == "red"


def test_missing_is_a_red_heartbeat_on_the_way_and_ten_minutes_out_of_sight_after():
    old = NOON - timedelta(seconds=700)
    assert not rules.is_missing("MOVING", news_at=old, seen_at=None, now=NOON, limits=LIMITS)
    assert rules.is_missing("SIGHTED", news_at=old, seen_at=None, now=NOON, limits=LIMITS)
    assert not rules.is_missing("SIGHTED", news_at=old, seen_at=NOON, now=NOON, limits=LIMITS)
    older = NOON - timedelta(seconds=1200)
    assert rules.is_missing("MOVING", news_at=older, seen_at=None, now=NOON, limits=LIMITS)
    assert not rules.is_missing("CONTACT", news_at=older, seen_at=None, now=NOON, limits=LIMITS)


def test_hold_is_for_one_on_the_way_and_lead_for_one_who_was_sighted():
    assert rules.may_hold("MOVING") is None
    assert rules.may_hold("AGREED").code == "escort.not_on_the_way"
    assert rules.may_lead("SIGHTED") is None
    assert rules.may_lead("MOVING").code == "escort.not_sighted"


def test_a_sighting_needs_the_signs_and_the_greeting():
    assert rules.may_sight(signs=True, mutual=True) is None
    assert "agreed signs" in str(rules.may_sight(signs=False, mutual=True))
    assert "raised hands" in str(rules.may_sight(signs=True, mutual=False))


def test_validity_is_renewed_before_it_runs_out_and_after_it_has_too():
    soon, late = NOON + timedelta(minutes=15), NOON - timedelta(hours=5)
    assert rules.renewed(NOON + timedelta(minutes=16), now=NOON, limits=LIMITS) is None
    assert rules.renewed(soon, now=NOON, limits=LIMITS) == NOON + timedelta(hours=1)
    assert rules.renewed(late, now=NOON, limits=LIMITS) == NOON + timedelta(hours=1)


def test_fires_owe_a_first_word_within_a_minute_and_a_fresh_one_on_the_way():
    def lacking(state, acked, requested):
        return rules.ack_lacking(
            state, acked_at=acked, requested_at=requested, now=NOON, limits=LIMITS
        )

    old = NOON - timedelta(minutes=31)
    assert lacking("READY", None, old)
    assert not lacking("READY", None, NOON)
    assert lacking("MOVING", old, old)
    assert not lacking("AGREED", old, old)
    assert not lacking("MOVING", NOON, old)


def test_no_area_without_a_plan_and_none_for_a_case_that_is_over():
    assert rules.may_request("READY", has_plan=True) is None
    assert rules.may_request("READY", has_plan=False).code == "escort.no_plan"
    assert rules.may_request("IN_CUSTODY", has_plan=True).code == "escort.not_before_a_passage"


metres = st.floats(-8000, 8000)
lines = st.lists(
    st.lists(st.tuples(metres, metres), min_size=2, max_size=12), min_size=1, max_size=2
)


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # other work shares the cores
@given(lines, st.integers(*BOUNDS["limits_m", "no_fire_margin"][:2]))
def test_every_place_of_every_way_lies_well_inside_the_area(drawn, margin_m):
    ways = [[moved(START, east_m=x, north_m=y) for x, y in way] for way in drawn]
    ring = rules.area_around(ways, margin_m=margin_m)
    for point in (point for way in ways for point in way):
        assert inside(point, ring)
        assert min(distance_m(point, corner) for corner in ring) > margin_m * 0.9


def test_an_area_round_nothing_is_refused():
    with pytest.raises(ValueError, match="way"):
        rules.area_around([], margin_m=800)


def test_every_cause_has_words_an_owner_and_three_answers():
    assert set(ADVICE) == {*map(str, Cause), *rules.OWN_CAUSES}
    owners = [*OWNERS.values(), *(own.owner for own in rules.OWN_CAUSES.values())]
    assert all(Duty(owner) for owner in owners)
    assert all(len(advice.answers) == len(rules.ANSWERS) for advice in ADVICE.values())


def test_whoever_may_abort_here_may_abort_by_the_machine():
    ways = [way for way in MACHINE.transitions.values() if way.target == "ABORTED"]
    assert {way.source for way in ways} == rules.ABORTABLE
    assert all(set(way.staff) == set(rules.STOPPERS) for way in ways)
