"""Once he is turned, what he really drives is priced: the old way to where he waits, and on from there."""

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.geo import distance_m
from safeconduct.passage import changing, queries
from safeconduct.passage.plan import point_of
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_forged import became
from safeconduct.passage.tests.test_repricing import ended, priced, reported
from safeconduct.passage.tests.test_turning import (
    asks,
    leg_to_turn_from,
    moving,
    says_yes,
)
from safeconduct.passage.verdicts import Verdict
from safeconduct.post.models import Message
from safeconduct.post.rules import Kind
from safeconduct.refusal import Refused

__all__ = ["moving"]  # a fixture


def apart(line, *others):
    """Return the point of a line that lies farthest from all of the others."""
    points = [point_of(at) for other in others for at in other]
    return max(line[1:-1], key=lambda at: min(distance_m(point_of(at), p) for p in points))


def at(point):
    return {"lat_e7": point[0], "lon_e7": point[1]}


def report_at(journey, point):
    return reported(journey, **at(point), uncertainty_m=0, radius_m=25)


def turned(journey):
    asks(journey, leg_to_turn_from(journey))
    for duty in (Duty.DPC, Duty.RCV):
        says_yes(journey, duty)
    return journey


def lines(journey):
    """Return the piece between the two ways, and the way to A after where he turns off."""
    content, leg = journey.content(), leg_to_turn_from(journey)
    way = content["ways"]["A"]
    hold = changing.of_leg(way["holds"], leg)
    at = way["line_e7"].index([hold["lat_e7"], hold["lon_e7"]])
    return changing.of_leg(way["switches"], leg)["line_e7"], way["line_e7"][at + 1 :]


def test_what_he_has_left_by_turning_counts_no_more_and_he_is_priced_anew_at_once(moving):
    between, rest = lines(moving)
    report_at(moving, apart(rest, between, moving.content()["ways"]["B"]["line_e7"]))
    assert priced(moving).verdict == Verdict.WORSE
    assert queries.as_driven(moving.plan(), moving.content()) == moving.content()
    turned(moving)
    assert priced(moving).verdict == Verdict.SAME


def test_after_the_turn_a_report_on_the_new_piece_calls_and_one_on_what_was_left_does_not(moving):
    turned(moving)
    between, rest = lines(moving)
    ways = [way["line_e7"] for way in moving.content()["ways"].values()]
    report_at(moving, apart(rest, between, moving.content()["ways"]["B"]["line_e7"]))
    assert priced(moving).verdict == Verdict.SAME
    report_at(moving, apart(between, *ways))
    row = priced(moving)
    assert row.verdict == Verdict.WORSE
    assert row.p_milli > 0


def test_the_line_that_is_priced_after_a_turn_is_the_one_the_escort_follows_with_its_hours(moving):
    turned(moving)
    plan, content = moving.plan(), moving.content()
    course = queries.course_now(plan, content)
    driven = queries.as_driven(plan, content)
    assert list(driven["ways"]) == list(driven["places"]) == ["B"]
    assert driven["ways"]["B"]["line_e7"] == course.line_e7
    at_ms = driven["ways"]["B"]["at_ms"]
    assert len(at_ms) == len(course.line_e7)
    assert at_ms == sorted(at_ms)
    switch = changing.of_leg(content["ways"]["A"]["switches"], plan.switch_leg)
    assert at_ms[-1] - at_ms[len(at_ms) - len(switch["at_ms"])] == switch["at_ms"][-1]
    assert abs(switch["at_ms"][-1] / 1000 - switch["time_s"]) <= 1


@pytest.mark.parametrize(
    ("report", "why"),
    [
        ({"kind": "mines", "radius_m": 40}, "mined, or above"),
        ({"rate_e9": 10**8}, "mined, or above"),
    ],
)
def test_nobody_is_turned_onto_ground_that_was_reported_since_and_he_is_when_it_is_taken_back(
    moving, report, why
):
    between, _rest = lines(moving)
    asks(moving)
    says_yes(moving, Duty.DPC)
    made = reported(
        moving, **at(between[len(between) // 2]), uncertainty_m=0, **{"radius_m": 60, **report}
    )
    with pytest.raises(Refused, match="priced anew"):
        says_yes(moving, Duty.RCV)
    priced(moving)
    with pytest.raises(Refused, match=why):
        says_yes(moving, Duty.RCV)
    ended(moving, made)
    priced(moving)
    says_yes(moving, Duty.RCV)
    assert moving.plan().switched_to == "B"


def test_nobody_is_turned_by_a_plan_whose_approval_has_run_out(moving):
    moving.wait(minutes=60 * 6)
    asks(moving)
    with pytest.raises(Refused, match="has run out"):
        says_yes(moving, Duty.DPC)


def test_the_word_and_where_he_waits_do_not_leave_hours_later_and_a_commander_is_called(moving):
    turned(moving)
    word = Message.objects.filter(kind=Kind.INSTRUCTION).order_by("pk")
    turning = [row for row in word if [t[0] for t in row.tokens if t[0] == "switch"] == ["switch"]]
    assert turning
    assert {row.not_after - row.put_at for row in turning} == {PROFILE.limit("read_back")}
    moving.wait(minutes=45)
    assert became(moving, turning[0].ref) == "expired"
    assert Call.objects.filter(duty=Duty.DPC, kind="post.way_unsaid").count() == 1
