"""He proposes something else, or says no: it costs him nothing, and what he knew burns."""

import pytest

from safeconduct.access.rules import Absent, Duty
from safeconduct.cases import actions as cases
from safeconduct.passage import actions
from safeconduct.passage.rules import State
from safeconduct.passage.sheet import sheet_of
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.post.models import Message as Sent
from safeconduct.refusal import Refused

FRESH = {"answer": "Рекс", "signs": ("lamp_twice",)}


def counters(journey, **said):
    return actions.counter(journey[Duty.OP], ref=journey.plan().ref, now=journey.now, **said)


def test_his_other_wish_burns_what_he_was_told_and_the_case_is_ready_for_a_new_plan(
    journey, client_of
):
    journey.to_open()
    plan = journey.offers()
    before = Sent.objects.count()
    journey.wait(minutes=2)
    said = journey.says("Не там, лучше у старой мельницы")
    browser = client_of(journey[Duty.OP])
    told = {"plan": plan.ref, "message": said.ref}
    url = f"/passage/{journey.passage.ref}/"
    assert 'data-act="passage.counter_text"' in browser.get(url).content.decode()
    assert browser.post(f"{url}counter/", told).status_code == 303
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    journey.follows()
    assert journey.case().state == "READY"
    assert cases.was_told(journey[Duty.PLN], ref=journey.ref, what="sign", value="white_cloth")
    assert Sent.objects.count() == before  # nothing is written to him for it
    page = client_of(journey[Duty.PLN]).get(url).content.decode()
    assert "лучше у старой мельницы" in page
    assert "no score" in page
    assert journey.proposes(own="", **FRESH).number == 2


def test_a_plan_after_his_wish_says_which_place_is_his_and_shows_the_caution(journey, client_of):
    journey.to_open()
    journey.offers()
    counters(journey, words="встретимся у брода")
    journey.follows()
    with pytest.raises(Refused, match="which of its places is his"):
        journey.proposes(**FRESH)
    journey.proposes(own="B", **FRESH)
    ways = sheet_of(journey.content(), zone="Europe/Kyiv").ways
    assert {way.letter: way.his_own for way in ways} == {"A": False, "B": True}
    page = client_of(journey[Duty.LEG]).get(f"/passage/{journey.passage.ref}/").content.decode()
    assert 'data-kind="passage.his_own" data-ref="B"' in page
    assert "Whoever holds him may have chosen it" in page


def test_his_no_by_voice_closes_no_door_behind_him(journey):
    journey.to_agreed()
    counters(journey, words="нет, не сейчас")
    journey.follows()
    assert journey.case().state == "READY"
    assert journey.proposes(own="", **FRESH).state == State.DRAFT


def test_nobody_counters_what_he_was_not_told_nor_what_he_has_set_out_on(journey, officer):
    journey.to_open()
    with pytest.raises(Refused, match="that he was told"):
        counters(journey, words="нет")
    journey.offers()
    with pytest.raises(Refused, match="no words of his"):
        counters(journey, words="  ")
    with pytest.raises(Refused, match="among your duties"):
        actions.counter(journey[Duty.DPC], ref=journey.plan().ref, words="нет", now=journey.now)
    with pytest.raises(Absent):
        actions.counter(
            officer(Duty.OP, now=journey.now), ref=journey.plan().ref, words="нет", now=journey.now
        )
    assert journey.plan().state == State.OFFERED


def test_before_the_clocks_have_followed_nobody_can_use_the_plan(journey):
    journey.to_agreed()
    counters(journey, words="нет")
    with pytest.raises(Refused):
        actions.withdraw(
            journey[Duty.PLN], ref=journey.passage.ref, profile=PROFILE, now=journey.now
        )
