"""Something that knew of a passage was seized: its plan leads nobody any more, told or not."""

import pytest

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.boxes import Box
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases import touching
from safeconduct.cases.seized import Kind, Thing
from safeconduct.cases.tests.walking import Crew
from safeconduct.geo import moved
from safeconduct.passage import actions
from safeconduct.passage.models import Plan
from safeconduct.passage.plan import points_in
from safeconduct.passage.tests.conftest import PROFILE, WORDS
from safeconduct.passage.tests.test_burned_since import point_of_place
from safeconduct.refusal import Refused


@pytest.fixture
def seizes(journey):
    """Return what says that a thing was seized; his telephone without a word."""

    def say(kind=Kind.CASE, name=""):
        thing = Thing(kind, name or journey.ref)
        cases.say_seized(journey[Duty.SUP], thing, now=journey.now, wall=clock.wall())

    return say


def burns(journey):
    while actions.burn_plans(journey.clocks, now=journey.now):
        pass


def test_an_agreed_plan_gets_no_go(journey, seizes):
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in WORDS:
        journey.reads_back(duty)
    journey.on_station()
    journey.goes_ahead(Duty.DPC)
    seizes()
    for duty in (Duty.FCO, Duty.RCV):
        with pytest.raises(Refused, match="has burned since he was told"):
            journey.goes_ahead(duty)
    assert journey.case().state == "AGREED"


def test_what_stands_in_a_plan_he_was_not_told_burns_too_and_is_told_to_nobody(journey, seizes):
    journey.to_open()
    place, content = point_of_place(journey, "B"), journey.content()
    seizes(Kind.STAFF, journey.another(Duty.VER).ref)
    with pytest.raises(Refused, match="was seized"):
        journey.offers()
    burns(journey)
    assert touching.waiting() == []
    assert set(journey.places()) == {True}
    assert journey.signs() == [True] * (len(content["signs"]) + 1)
    with pytest.raises(Refused, match="or burned, since"):
        journey.offers()
    another = Crew(journey._hire, journey._touch, workers.me, journey.now)
    another.opened()
    for beside_m, free in ((490, False), (510, True)):
        near = [moved(place, east_m=beside_m, north_m=0)]
        told = {"ref": another.ref, "places": near, "radius_m": 500, "now": journey.now}
        if free:
            cases.tell(another[Duty.OP], **told)
        else:
            with pytest.raises(Refused, match="or burned, since"):
                cases.tell(another[Duty.OP], **told)


def test_a_second_seizure_enters_no_plan_twice_and_burns_the_plan_made_since(journey, seizes):
    journey.to_open()
    journey.wait(minutes=1)
    seizes()
    burns(journey)
    rows = journey.places()
    journey.wait(minutes=1)
    seizes()
    burns(journey)
    assert journey.places() == rows
    cut = {"ref": journey.passage.ref, "profile": PROFILE, "now": journey.now}
    actions.withdraw(journey[Duty.PLN], **cut)
    journey.proposes(signs=("turret_back",), answer="Рыжик")
    seizes()
    burns(journey)
    assert len(journey.places()) > len(rows)


def test_a_plan_drafted_across_a_seizure_does_not_escape_the_next(journey, seizes):
    journey.to_open()
    cut = {"ref": journey.passage.ref, "profile": PROFILE, "now": journey.now}
    actions.withdraw(journey[Duty.PLN], **cut)
    seizes()
    asked = journey.now  # who drafts has read the clock, and waits for those who burn
    journey.wait(minutes=1)
    burns(journey)
    later, journey.now = journey.now, asked
    plan = journey.proposes(signs=("turret_back",), answer="Рыжик")
    journey.now = later
    rows = len(journey.places())
    seizes()
    burns(journey)
    places, _holds = points_in(journey.content(plan))
    assert len(journey.places()) >= rows + len(places)
    assert set(journey.places()) == {True}
    assert touching.waiting() == []


def test_without_the_keeper_the_plans_wait_and_burn_when_it_is_back(journey, seizes, keeper):
    journey.to_open()
    keeper.kill()
    try:
        seizes()
        with pytest.raises(KeeperAway):
            actions.burn_plans(journey.clocks, now=journey.now)
        assert [case.ref for case in touching.waiting()] == [journey.ref]
    finally:
        keeper.start()
    burns(journey)
    assert set(journey.places()) == {True}


def test_a_plan_that_does_not_open_bars_no_other(journey, seizes):
    journey.to_open()
    other = Crew(journey._hire, journey._touch, workers.me, journey.now)
    other.opened()
    plan = journey.plan()
    changed = bytes(plan.content)[:-1] + bytes([plan.content[-1] ^ 1])
    box = Box(changed, column="passage.Plan.content", ref=plan.ref, fresh=True)
    Plan.objects.filter(pk=plan.pk).update(content=box)
    seizes(Kind.CASE, journey.ref)
    seizes(Kind.CASE, other.ref)
    burns(journey)
    assert [case.ref for case in touching.waiting()] == [journey.ref]
