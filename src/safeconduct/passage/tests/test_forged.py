"""One real touch beside rows that nobody signed: no plan opens, and nobody sets off."""

import json
from datetime import timedelta

from safeconduct import clock
from safeconduct.access import proving
from safeconduct.access.rules import Duty
from safeconduct.access.tests import forging
from safeconduct.passage import actions, queries
from safeconduct.passage.models import Said
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.pledges.rules import Token
from safeconduct.post import actions as post
from safeconduct.post.models import Attempt, Message, Result
from safeconduct.post.rules import Kind


def forges(journey, verb, *duties):
    """Put yeses of people on duty into the table, as whoever owns the database can."""
    plan = journey.plan()
    for duty in duties:
        digest = queries.act_for(plan, verb, duty).digest
        forging.insert(plan.ref, journey[duty], digest=digest, verb=verb, duty=duty, at=journey.now)


def test_one_touch_beside_a_forged_yes_opens_no_plan(journey):
    journey.drafts()
    journey.proposes()
    journey.prepares()
    forges(journey, APPROVE, Duty.LEG)
    assert journey.approves(Duty.DPC).state == State.ONE_OF_TWO
    assert journey.approves(Duty.LEG, number=1).state == State.OPEN


def test_one_touch_beside_two_forged_goes_sets_nobody_off_and_tells_him_nothing(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    told = Said.objects.count()
    forges(journey, GO, Duty.DPC, Duty.FCO)
    assert journey.goes_ahead(Duty.RCV).gone_at is None
    assert (journey.case().state, Said.objects.count()) == ("AGREED", told)
    assert not Message.objects.filter(kind=Kind.INSTRUCTION).exists()
    for duty in (Duty.DPC, Duty.FCO):
        journey.reads_back(duty, 1, words=f"{duty}: white cloth, at the first place, at noon")
        journey.goes_ahead(duty, 1)
    assert journey.case().state == "MOVING"


# ---- the worker that sends asks once more ----


def hijacked_web_puts_out(journey, *tokens, kind=Kind.INSTRUCTION):
    """Put a text of the way into the outbox as the web process can, and say what became of it."""
    plan = journey.plan()
    text = journey.content()["ways"]["A"]["texts"][0]
    named = {
        "plan": Token("plan", plan.ref, bytes(plan.digest), (text["text"],), text["fact"]),
        "go": Token("go", plan.ref, queries.go_digest(plan), ()),
    }
    ref = post.send(
        journey[Duty.DPC], person_ref=plan.passage.person_ref, text=text["text"], kind=kind,
        language="ru", reply_after_stop=timedelta(days=1), tokens=[named["plan"]], now=journey.now,
    )  # fmt: skip
    told = [[named[each].kind, named[each].ref, named[each].digest.hex()] for each in tokens]
    forging.write("UPDATE post_message SET tokens = %s WHERE ref = %s", json.dumps(told), ref)
    return became(journey, ref)


def became(journey, ref):
    """Let the worker claim what may leave; return "" for a text that left, else why it did not."""
    claim = {"limit": 50, "now": journey.now, "wall": clock.wall()}
    while post.claim_live(**claim, reply_after_stop=timedelta(days=1)):
        pass
    found = Result.objects.filter(attempt__message__ref=ref).first()
    return found.reason if found else "" if Attempt.objects.filter(message__ref=ref) else "waits"


def test_a_text_of_the_way_leaves_by_no_hijacked_web_before_three_said_go(journey):
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    forges(journey, GO, Duty.DPC, Duty.FCO)
    journey.on_station()
    journey.goes_ahead(Duty.RCV)
    for tokens in ((), ("plan",), ("go",), ("plan", "go")):
        assert hijacked_web_puts_out(journey, *tokens) == "not_approved", tokens


def test_a_text_of_the_way_that_waits_when_the_plan_ends_does_not_leave(journey):
    journey.to_moving()
    legs = Message.objects.filter(kind=Kind.INSTRUCTION)
    assert became(journey, legs.get().ref) == ""
    assert hijacked_web_puts_out(journey, "plan", "go") == ""
    plan = actions.tell_next(
        journey[Duty.PIL], ref=journey.plan().ref, profile=PROFILE, now=journey.now
    )
    waiting = legs.latest("pk").ref
    actions.abort(journey[Duty.PIL], ref=plan.ref, reason="", profile=PROFILE, now=journey.now)
    assert became(journey, waiting)
    stop = Message.objects.filter(kind=Kind.ABORT).latest("pk")
    assert became(journey, stop.ref) == ""


def test_with_the_keeper_gone_a_stop_is_claimed_and_a_text_of_the_way_waits_for_it(journey, keeper):
    journey.to_moving()
    plan = journey.plan()
    actions.hold(journey[Duty.PIL], ref=plan.ref, profile=PROFILE, now=journey.now)
    stop = Message.objects.get(kind=Kind.ABORT)
    leg = Message.objects.get(kind=Kind.INSTRUCTION)
    keeper.kill()
    proving._key_of.cache_clear()
    try:
        assert became(journey, stop.ref) == ""
        assert became(journey, leg.ref) == "waits"
    finally:
        keeper.start()
    journey.wait(minutes=2)
    assert became(journey, leg.ref) == ""
