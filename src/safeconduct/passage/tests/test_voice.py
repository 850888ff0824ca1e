"""What is read to him by voice: whole sentences of the same steps, and nobody goes on a wrong one."""

import pytest

from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.passage import actions, voice
from safeconduct.passage.models import SaidBack
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused


def says_back(journey, part="leg 1", *, rightly=True, duty=Duty.OP):
    return actions.said_back(
        journey[duty], ref=journey.plan().ref, part=part, rightly=rightly, now=journey.now
    )


def test_what_is_read_says_each_step_of_the_text_and_more(journey):
    journey.drafts()
    journey.proposes()
    for way in journey.content()["ways"].values():
        assert len(way["spoken"]) == len(way["texts"])
        for text, words in zip(way["texts"], way["spoken"], strict=True):
            steps = text["text"][4:].split("\n")
            assert all(step.casefold() in words.casefold() for step in steps)
        assert sum(map(len, way["spoken"])) > sum(len(each["text"]) for each in way["texts"])


def test_a_leg_said_back_wrongly_is_read_again_and_until_then_nobody_goes(journey):
    journey.to_agreed()
    says_back(journey, rightly=False)
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    with pytest.raises(Refused, match="back wrongly"):
        journey.goes_ahead(Duty.DPC)
    says_back(journey)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.goes_ahead(duty)
    journey.wait(minutes=1)
    says_back(journey, rightly=False, duty=Duty.PLN)
    with pytest.raises(Refused, match="back wrongly"):
        actions.tell_next(
            journey[Duty.OP], ref=journey.plan().ref, profile=PROFILE, now=journey.now
        )
    with pytest.raises(Refused, match="not to be read"):
        says_back(journey, "leg 2")
    journey.wait(minutes=1)
    says_back(journey)
    actions.tell_next(journey[Duty.OP], ref=journey.plan().ref, profile=PROFILE, now=journey.now)
    says_back(journey, "leg 2")
    verbs = Entry.objects.filter(verb__startswith="passage.said back").values_list(
        "verb", flat=True
    )
    assert list(verbs).count("passage.said back wrongly") == 2
    assert SaidBack.objects.count() == 5


def test_only_who_talks_with_him_or_plans_says_so_and_before_his_yes_nothing_is_read(journey):
    journey.to_open()
    with pytest.raises(Refused, match="not to be read"):
        says_back(journey)
    with pytest.raises(Refused):
        says_back(journey, duty=Duty.RCV)
    assert voice.may_say_back(State.AGREED, part="leg 2", told=[], legs=["leg 1", "leg 2"])
    assert not voice.may_say_back(State.AGREED, part="leg 1", told=[], legs=["leg 1", "leg 2"])
