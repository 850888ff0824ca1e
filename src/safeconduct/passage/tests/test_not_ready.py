"""Who is not ready says so in one act: his read-back is void, and nobody goes on a GO that rested on it."""

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.passage import actions
from safeconduct.refusal import Refused

ALL = (Duty.DPC, Duty.FCO, Duty.RCV)


def not_ready(journey, duty, *, officer=None):
    journey.wait(seconds=5)
    who = officer or journey[duty]
    going = actions.not_ready(who, ref=journey.passage.ref, duty=duty, now=journey.now)
    journey.wait(seconds=5)
    return going


@pytest.fixture
def nearly(journey):
    """Return a journey at which all have read back, and two of three have given GO."""
    journey.to_agreed()
    journey.wait(minutes=50)
    journey.on_station()
    for duty in ALL:
        journey.reads_back(duty)
    journey.goes_ahead(Duty.RCV)
    journey.goes_ahead(Duty.FCO)
    return journey


def test_a_lead_who_is_not_ready_takes_back_a_read_back_of_a_minute_ago_and_every_go(nearly):
    assert not_ready(nearly, Duty.RCV) is False
    assert Call.objects.filter(duty=Duty.DPC, kind="passage.not_ready").exists()
    with pytest.raises(Refused, match="RCV"):
        nearly.goes_ahead(Duty.DPC)
    nearly.reads_back(Duty.RCV)  # he may say it in the words he used
    for duty in (Duty.DPC, Duty.FCO):
        assert nearly.goes_ahead(duty).gone_at is None
    with pytest.raises(Refused, match="unit on station"):
        nearly.goes_ahead(Duty.RCV)
    nearly.escort_tells("unit_on_station", Duty.RCV)
    assert nearly.goes_ahead(Duty.RCV).gone_at


def test_fires_who_are_not_ready_take_back_their_own_and_the_unit_still_stands(nearly):
    not_ready(nearly, Duty.FCO)
    with pytest.raises(Refused, match="FCO"):
        nearly.goes_ahead(Duty.DPC)
    nearly.reads_back(Duty.FCO)
    for duty in ALL:
        gone = nearly.goes_ahead(duty).gone_at
    assert gone


def test_nobody_takes_back_for_another_and_a_pilot_gives_no_go_to_take_back(nearly):
    for duty, officer in ((Duty.RCV, nearly[Duty.FCO]), (Duty.PIL, nearly[Duty.PIL])):
        with pytest.raises(Refused, match="not among your duties"):
            not_ready(nearly, duty, officer=officer)
    assert nearly.goes_ahead(Duty.DPC).gone_at


def test_on_the_way_a_lead_who_is_not_ready_stops_nobody_and_another_two_keep_their_word(journey):
    plan = journey.to_moving()
    for duty in ALL:
        assert not_ready(journey, duty) is True
    assert journey.case().state == "MOVING"
    kept = set(plan.read_backs.filter(void_at=None).values_list("duty", flat=True))
    assert kept == {Duty.DPC, Duty.FCO}
