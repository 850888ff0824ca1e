"""A place was free when it was planned; what befell others since then counts all the same."""

import pytest

from safeconduct.access import workers
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases.tests.walking import TO_READY, Crew
from safeconduct.geo import moved
from safeconduct.passage import actions
from safeconduct.passage.models import Said
from safeconduct.passage.plan import point_of
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE, WORDS
from safeconduct.refusal import Refused


def test_a_place_that_another_was_told_since_the_approval_is_offered_to_nobody(journey):
    journey.to_open()
    place = point_of_place(journey, "B")
    tells_another(journey, place)
    with pytest.raises(Refused, match="told to somebody, or burned, since"):
        journey.offers()
    assert not Said.objects.filter(plan__passage=journey.passage).exists()
    assert journey.plan().state == State.OPEN


@pytest.mark.parametrize(("beside_m", "goes"), [(480, False), (520, True)])
def test_nobody_is_set_off_to_a_place_within_500_metres_of_one_that_has_burned_since(
    journey, beside_m, goes
):
    journey.to_agreed()
    another = tells_another(
        journey, moved(point_of_place(journey, "A"), east_m=beside_m, north_m=0)
    )
    journey.wait(minutes=50)
    for duty in WORDS:
        journey.reads_back(duty)
    journey.on_station()
    journey.goes_ahead(Duty.DPC)
    another.goes("ABORTED")
    for duty in (Duty.FCO, Duty.RCV):
        if goes:
            journey.goes_ahead(duty)
        else:
            with pytest.raises(Refused, match="has burned since he was told"):
                journey.goes_ahead(duty)
    assert journey.case().state == ("MOVING" if goes else "AGREED")


def hold_of(journey):
    hold = journey.content()["ways"]["A"]["holds"][0]
    return hold["leg"], point_of([hold["lat_e7"], hold["lon_e7"]])


def test_a_point_to_wait_at_goes_through_the_same_rule_as_a_place_when_it_is_offered(journey):
    journey.to_open()
    _leg, point = hold_of(journey)
    tells_another(journey, moved(point, east_m=1, north_m=0))
    with pytest.raises(Refused, match="told to somebody, or burned, since"):
        journey.offers()
    assert journey.plan().state == State.OPEN


@pytest.mark.parametrize(("beside_m", "leads"), [(450, False), (560, True)])
def test_nobody_is_told_to_wait_at_or_led_on_to_what_burned_while_he_drives(
    journey, beside_m, leads
):
    journey.to_moving()
    leg, point = hold_of(journey)
    place = point_of_place(journey, "A")
    told = {"ref": journey.plan().ref, "profile": PROFILE}
    away = moved(point, east_m=beside_m, north_m=0)
    for at, acts in (
        (away, lambda: actions.say_where(journey[Duty.RCV], leg=leg, **told, now=journey.now)),
        (
            moved(place, east_m=beside_m, north_m=0),
            lambda: actions.tell_next(journey[Duty.OP], **told, now=journey.now),
        ),
    ):
        tells_another(journey, at).goes("ABORTED")
        if leads:
            acts()
        else:
            with pytest.raises(Refused, match="has burned since"):
                acts()


def point_of_place(journey, letter):
    place = journey.content()["places"][letter]
    return point_of([place["lat_e7"], place["lon_e7"]])


def tells_another(journey, place):
    """Let another man, with a plan of his own, be told a place."""
    another = Crew(journey._hire, journey._touch, workers.me, journey.now)
    another.opened()
    another.goes(*TO_READY, "PLANNED")
    told = {"ref": another.ref, "places": [place], "radius_m": 500}
    cases.tell(another[Duty.OP], **told, now=journey.now)
    return another
