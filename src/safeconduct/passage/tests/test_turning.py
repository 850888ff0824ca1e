"""One word on the way: to the other place it takes two, to stand or to turn back one."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.cases import actions as cases
from safeconduct.conversations import actions as conversations
from safeconduct.geo import distance_m, moved
from safeconduct.passage import actions, changing, queries
from safeconduct.passage.changing import SWITCH
from safeconduct.passage.models import Plan, Said
from safeconduct.passage.plan import point_of, texts_of, word_mark
from safeconduct.passage.rules import State, folded
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_burned_since import tells_another
from safeconduct.post.models import Message as Sent
from safeconduct.post.queries import BODY, SENT
from safeconduct.refusal import Refused

WORDS = {"switch": "малина", "hold": "подсолнух", "abort": "журавль"}


@pytest.fixture
def moving(journey):
    """A man on the way who has agreed three words."""
    journey.wish = with_words(journey.wish)
    journey.to_moving()
    return journey


def with_words(wish):
    return lambda **other: wish(**{"words": WORDS, **other})


def leg_to_turn_from(journey):
    content = journey.content()
    return next(each["leg"] for each in content["ways"]["A"]["switches"] if not each["why"])


def asks(journey, leg=None, duty=Duty.PIL):
    leg = leg or leg_to_turn_from(journey)
    return actions.ask_switch(journey[duty], ref=journey.plan().ref, leg=leg, now=journey.now)


def says_yes(journey, duty, number=0):
    officer, plan = journey.another(duty, number), journey.plan()
    act = queries.act_for(plan, SWITCH, duty)
    return actions.give_switch(
        officer, ref=plan.ref, duty=duty, proof=journey._touch(officer, act),
        profile=PROFILE, now=journey.now,
    )  # fmt: skip


def texts_sent(journey):
    """The parts of the plan that have left, in order."""
    plan = journey.plan()
    return list(Said.objects.filter(plan=plan).order_by("pk").values_list("part", flat=True))


def last_text(journey):
    row = Sent.objects.order_by("-pk").first()
    keys = keyring.open_fields(journey[Duty.OP], Purpose.READ, [row.compartment], [SENT])
    return keys.open(row.body, field=BODY, kind=SENT, compartment=row.compartment, ref=row.ref)


def test_two_people_lead_him_to_the_other_place_by_one_word_and_the_escort_follows(moving, worker):
    leg = leg_to_turn_from(moving)
    escort = worker("ESCORT")
    before = queries.route_under_escort(escort, moving.passage.ref, profile=PROFILE)
    told = texts_sent(moving)
    asks(moving, leg)
    says_yes(moving, Duty.DPC)
    assert not moving.plan().switched_to
    assert texts_sent(moving) == told
    says_yes(moving, Duty.RCV)
    plan, content = moving.plan(), moving.content()
    assert (plan.letter, plan.switched_to) == ("A", "B")
    assert texts_sent(moving) == [*told, "word switch", f"hold {leg}"]
    after = queries.route_under_escort(escort, moving.passage.ref, profile=PROFILE)
    assert after.letter == "B"
    place = content["places"]["B"]
    assert after.meeting_place == point_of([place["lat_e7"], place["lon_e7"]])
    hold = changing.of_leg(content["ways"]["A"]["holds"], leg)
    at = after.line.index(point_of([hold["lat_e7"], hold["lon_e7"]]))
    assert after.line[:at] == before.line[:at]
    assert distance_m(after.line[-1], after.meeting_place) < 1
    marks = [checkpoint.along_m for checkpoint in after.checkpoints]
    assert marks == sorted(marks)
    actions.tell_next(moving[Duty.OP], ref=plan.ref, profile=PROFILE, now=moving.now)
    assert texts_sent(moving)[-1] == f"B{leg} leg 1"
    verbs = list(Entry.objects.values_list("verb", flat=True))
    assert {"passage.switch asked", "passage.switch", "passage.switched"} <= set(verbs)


def test_one_person_alone_leads_him_nowhere_else_however_many_duties_he_holds(moving, officer):
    both = officer(Duty.DPC, Duty.RCV, now=moving.now)
    moving._people[Duty.DPC, 5] = moving._people[Duty.RCV, 5] = both
    for duty in (Duty.DPC, Duty.RCV):
        moving.let_in(both, duty)
    asks(moving)
    says_yes(moving, Duty.DPC, 5)
    with pytest.raises(Refused):
        says_yes(moving, Duty.RCV, 5)
    assert not moving.plan().switched_to
    with pytest.raises(Refused, match="among your duties"):
        says_yes(moving, Duty.FCO)


def test_a_yes_to_one_leg_is_none_to_another_and_none_to_what_was_asked_long_ago(moving):
    content = moving.content()
    legs = [each["leg"] for each in content["ways"]["A"]["switches"] if not each["why"]]
    asks(moving, legs[0])
    says_yes(moving, Duty.DPC)
    moving.wait(minutes=1)
    asks(moving, legs[-1])
    says_yes(moving, Duty.RCV)
    assert not moving.plan().switched_to
    moving.wait(minutes=31)
    with pytest.raises(Refused, match="too long ago"):
        says_yes(moving, Duty.DPC)


def test_he_is_turned_once_and_to_no_place_that_has_burned_since(moving):
    place = moving.content()["places"]["B"]
    other = tells_another(
        moving, moved(point_of([place["lat_e7"], place["lon_e7"]]), east_m=300, north_m=0)
    )
    asks(moving)
    says_yes(moving, Duty.DPC)
    with transaction.atomic():
        kept = transaction.savepoint()
        other.goes("ABORTED")
        with pytest.raises(Refused, match="has burned since"):
            says_yes(moving, Duty.RCV)
        transaction.savepoint_rollback(kept)
    says_yes(moving, Duty.RCV)
    with pytest.raises(Refused, match="there is no third"):
        asks(moving)


def test_nobody_is_turned_before_go_after_an_abort_or_from_a_leg_without_an_approved_way(
    journey,
):
    journey.wish = with_words(journey.wish)
    journey.to_agreed()
    with pytest.raises(Refused, match="not set out"):
        asks(journey)
    content = journey.content()
    for leg, why in ((99, "No way|no way"), (leg_to_turn_from(journey), "no longer")):
        refusal = changing.may_turn(
            content, case_state="ABORTED" if leg != 99 else "MOVING", gone=True, turned=False,
            letter="A", leg=leg,
        )  # fmt: skip
        assert refusal is not None
        assert why.split("|")[-1] in refusal.why


def test_hold_is_one_persons_word_and_says_where_he_waits_if_a_leg_is_named(moving, worker):
    planned = queries.route_under_escort(worker("ESCORT"), moving.passage.ref, profile=PROFILE)
    assert planned.holds == ()  # what he was not told excuses no stop of his
    leg = moving.content()["ways"]["A"]["holds"][0]["leg"]
    actions.hold(moving[Duty.PIL], ref=moving.plan().ref, profile=PROFILE, now=moving.now)
    assert last_text(moving) == WORDS["hold"]
    told = {"ref": moving.plan().ref, "profile": PROFILE}
    actions.say_where(moving[Duty.RCV], leg=leg, **told, now=moving.now)
    hold = changing.of_leg(moving.content()["ways"]["A"]["holds"], leg)
    assert last_text(moving) == hold["texts"][0]["text"]
    route = queries.route_under_escort(worker("ESCORT"), moving.passage.ref, profile=PROFILE)
    assert [each.point for each in route.holds] == [point_of([hold["lat_e7"], hold["lon_e7"]])]
    with pytest.raises(Refused, match="no point to wait at"):
        actions.say_where(moving[Duty.RCV], leg=77, **told, now=moving.now)


def test_a_hold_leaves_even_where_no_point_to_wait_at_can_be_told(moving, client_of):
    form = {"plan": moving.plan().ref, "leg": "77"}
    answer = client_of(moving[Duty.RCV]).post(f"/passage/{moving.passage.ref}/hold/", form)
    assert answer.status_code == 409
    assert "HOLD has left" in answer.content.decode()
    assert last_text(moving) == WORDS["hold"]


def test_abort_is_one_persons_word(moving):
    plan = moving.plan()
    actions.abort(moving[Duty.PIL], ref=plan.ref, reason="", profile=PROFILE, now=moving.now)
    plan.refresh_from_db()
    assert plan.state == State.BURNED
    assert last_text(moving) == WORDS["abort"]


def test_no_text_of_the_plan_says_what_a_word_means(moving):
    content = moving.content()
    for text in texts_of(content):
        if not text["part"].startswith("word"):
            assert not any(folded(word) in folded(text["text"]) for word in WORDS.values())
    alone = [text["text"] for text in texts_of(content) if text["part"].startswith("word")]
    assert alone == list(WORDS.values())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ({"switch": "малина", "hold": "подсолнух"}, "One word each"),
        (WORDS | {"hold": "два слова"}, "is one word"),
        (WORDS | {"hold": "малина"}, "too alike"),
        (WORDS | {"hold": "малинка"}, "too alike"),
        (WORDS | {"abort": "да"}, "too short"),
        (WORDS | {"abort": "ромашка"}, "for himself"),
        (WORDS | {"switch": "РОМАШКИ"}, "for himself"),
        (WORDS | {"hold": "гололёд"}, "for himself"),
        (WORDS | {"hold": "гололед"}, "for himself"),
    ],
)
def test_words_that_could_be_confused_with_one_another_or_with_his_own_are_refused(
    journey, words, why
):
    journey.drafts()
    with pytest.raises(Refused, match=why):
        journey.proposes(words=words)


def test_a_word_he_agrees_for_himself_later_stops_a_plan_that_has_it(journey):
    journey.drafts()
    journey.proposes(words=WORDS)
    journey.prepares()
    journey.approves(Duty.DPC)
    journey.approves(Duty.LEG)
    conversations.agree_words(
        journey[Duty.OP], ref=journey.conversation.ref, distress="журавли", all_clear="ромашка",
        now=journey.now,
    )  # fmt: skip
    with pytest.raises(Refused, match="for himself"):
        journey.offers()


def test_words_that_burned_with_a_plan_never_mean_anything_again(journey):
    journey.drafts()
    journey.proposes(words=WORDS)
    journey.prepares()
    journey.approves(Duty.DPC)
    journey.approves(Duty.LEG)
    journey.offers()
    actions.withdraw(journey[Duty.PLN], ref=journey.passage.ref, profile=PROFILE, now=journey.now)
    told = {"ref": journey.ref, "what": "sign"}
    assert cases.was_told(journey[Duty.PLN], value=word_mark("Малина"), **told)
    fresh = {"answer": "Рекс", "signs": ("lamp_twice",)}
    with pytest.raises(Refused, match="a word or the challenge"):
        journey.proposes(words=WORDS, **fresh)
    others = {"switch": "рябина", "hold": "тополь", "abort": "кувшинка"}
    assert journey.proposes(words=others, **fresh).number == 2


def test_without_words_he_is_held_in_plain_text_and_led_to_no_other_place(journey):
    journey.to_moving()
    actions.hold(journey[Duty.PIL], ref=journey.plan().ref, profile=PROFILE, now=journey.now)
    assert last_text(journey) == PROFILE.text("hold", "ru")
    with pytest.raises(Refused, match="No word for the other place"):
        asks(journey)


def test_the_database_turns_nobody_who_has_not_set_out_nor_to_where_he_goes_already(journey):
    journey.to_agreed()
    plan = journey.plan()
    turned = {"switched_to": "B", "switched_at": journey.now, "switch_leg": 1}
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(**turned)
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(
            **turned | {"switched_to": "A"}, gone_at=journey.now + timedelta(minutes=1)
        )
