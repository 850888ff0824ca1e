"""A unit that is relieved takes its read-back along, in every state before contact; he stays protected."""

import pytest

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.passage import actions
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused

HERS = "my people lie behind the wall, one man with something white, nobody shoots"


def relieved(journey, duty=Duty.RCV):
    journey.wait(seconds=5)
    actions.relieve_unit(journey[duty], ref=journey.passage.ref, now=journey.now)
    journey.wait(seconds=5)


def test_before_go_the_relieved_units_read_back_is_void_and_every_go_begins_anew(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    journey.on_station()
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.goes_ahead(Duty.RCV)
    journey.goes_ahead(Duty.FCO)
    relieved(journey)
    assert Call.objects.filter(duty=Duty.DPC, kind="passage.unit_relieved").exists()
    with pytest.raises(Refused, match="RCV"):
        journey.goes_ahead(Duty.DPC)
    with pytest.raises(Refused, match="exactly these words"):
        journey.reads_back(Duty.RCV, number=1)
    journey.reads_back(Duty.RCV, number=1, words=HERS)
    for duty in (Duty.DPC, Duty.FCO):
        assert journey.goes_ahead(duty).gone_at is None
    with pytest.raises(Refused, match="unit on station"):
        journey.goes_ahead(Duty.RCV, number=1)
    journey.escort_tells("unit_on_station", Duty.RCV)
    assert journey.goes_ahead(Duty.RCV, number=1).gone_at


def test_a_plan_is_not_approved_on_the_word_of_a_unit_that_was_relieved(journey):
    journey.drafts()
    journey.proposes()
    journey.prepares()
    journey.approves(Duty.DPC)
    relieved(journey, Duty.DPC)
    with pytest.raises(Refused, match="recognition signs"):
        journey.approves(Duty.LEG)
    journey.reads_back(Duty.RCV, number=1, words=HERS)
    journey.approves(Duty.LEG)
    assert journey.case().state == "PLANNED"


def test_on_the_way_it_goes_on_the_new_unit_reads_back_and_one_person_still_stops_it(journey):
    plan = journey.to_moving()
    relieved(journey)
    assert journey.case().state == "MOVING"
    journey.reads_back(Duty.RCV, number=1, words=HERS)
    kept = {each.person: each.void_at is None for each in plan.read_backs.filter(duty=Duty.RCV)}
    assert kept == {journey[Duty.RCV].ref: False, journey.another(Duty.RCV).ref: True}
    actions.abort(journey[Duty.OP], ref=plan.ref, reason="", profile=PROFILE, now=journey.now)
    assert journey.case().state == "ABORTED"


def test_neither_another_duty_nor_a_unit_that_has_him_is_relieved(journey):
    journey.to_moving()
    with pytest.raises(Refused, match="not among your duties"):
        relieved(journey, Duty.PIL)
    journey.goes("CONTACT")
    with pytest.raises(Refused, match="two signatures"):
        relieved(journey)
