"""Once he is turned, what he really drives is priced: the old way to where he waits, and on from there."""

from safeconduct.access.rules import Duty
from safeconduct.geo import distance_m
from safeconduct.passage import changing, queries
from safeconduct.passage.plan import point_of
from safeconduct.passage.tests.test_repricing import priced, reported
from safeconduct.passage.tests.test_turning import (
    asks,
    leg_to_turn_from,
    moving,
    says_yes,
)
from safeconduct.passage.verdicts import Verdict

__all__ = ["moving"]  # a fixture


def apart(line, *others):
    """Return the point of a line that lies farthest from all of the others."""
    points = [point_of(at) for other in others for at in other]
    return max(line[1:-1], key=lambda at: min(distance_m(point_of(at), p) for p in points))


def report_at(journey, at, **other):
    return reported(journey, lat_e7=at[0], lon_e7=at[1], uncertainty_m=0, radius_m=25, **other)


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
