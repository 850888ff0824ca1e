"""What is read to him by voice: whole sentences of the same steps, and nobody goes on a wrong one."""

import pytest

from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.passage import actions, changing, queries, voice
from safeconduct.passage.models import SaidBack
from safeconduct.passage.page import page_for
from safeconduct.passage.rules import State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_turning import asks, leg_to_turn_from, says_yes, with_words
from safeconduct.refusal import Refused


def says_back(journey, part="leg 1", *, rightly=True, duty=Duty.OP):
    return actions.said_back(
        journey[duty], ref=journey.plan().ref, part=part, rightly=rightly, now=journey.now
    )


def tells_next(journey):
    plan = journey.plan()
    return actions.tell_next(journey[Duty.OP], ref=plan.ref, profile=PROFILE, now=journey.now)


def page_shows(journey):
    page = page_for(journey[Duty.OP], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    return [(each["part"], each["rightly"]) for each in page.voiced]


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
        tells_next(journey)
    with pytest.raises(Refused, match="not to be read"):
        says_back(journey, "leg 2")
    journey.wait(minutes=1)
    says_back(journey)
    tells_next(journey)
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


def test_who_is_led_to_the_other_place_is_read_its_word_where_he_waits_and_then_each_leg(journey):
    journey.wish = with_words(journey.wish)
    journey.to_moving()
    says_back(journey, rightly=False)  # of the old way: the new one does not wait for it
    leg = leg_to_turn_from(journey)
    asks(journey, leg)
    journey.wait(minutes=1)
    for duty in (Duty.DPC, Duty.RCV):
        says_yes(journey, duty)
    content = journey.content()
    switch = changing.of_leg(content["ways"]["A"]["switches"], leg)
    (wait, words), *legs = queries.course_now(journey.plan(), content).readings
    hold = changing.of_leg(content["ways"]["A"]["holds"], leg)["texts"][0]
    assert (wait, words) == (f"hold {leg}", f"Малина. {hold['text']}.")
    assert [part for part, _words in legs] == [text["part"] for text in switch["texts"]]
    for text, (_part, read) in zip(switch["texts"], legs, strict=True):
        steps = text["text"][4:].split("\n")
        assert all(step.casefold() in read.casefold() for step in steps)
    with pytest.raises(Refused, match="not to be read"):
        says_back(journey, legs[0][0])
    says_back(journey, wait, rightly=False)
    with pytest.raises(Refused, match="back wrongly"):
        tells_next(journey)
    journey.wait(minutes=1)
    says_back(journey, wait)
    tells_next(journey)
    says_back(journey, legs[0][0])
    assert page_shows(journey) == [(wait, True), (legs[0][0], True)]
