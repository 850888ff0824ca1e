"""One real touch beside rows that nobody signed: no plan opens, and nobody sets off."""

import json
from datetime import timedelta

from safeconduct import clock
from safeconduct.access import keyring, proving, workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.access.tests import forging
from safeconduct.passage import actions, changing, queries
from safeconduct.passage.changing import SWITCH
from safeconduct.passage.models import Said
from safeconduct.passage.plan import marks_of, texts_of
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.passage.tests.test_turning import asks, leg_to_turn_from, says_yes, with_words
from safeconduct.pledges.rules import Token
from safeconduct.post import actions as post
from safeconduct.post.actions.rereading import texts_that_may_leave
from safeconduct.post.models import Attempt, Message, Result
from safeconduct.post.queries import BODY, PROOF, SENT
from safeconduct.post.rules import Kind
from safeconduct.refs import new_ref


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


def against(journey, text, *, like, person_ref=None):
    """Put a row with `text` under all that stands behind a true one, and say what the sender has against it."""
    send = workers.me(Purpose.SEND)
    keys = keyring.open_fields(send, Purpose.SEND, [like.compartment], [SENT])
    where = {"kind": SENT, "compartment": like.compartment}
    proof = keys.open(like.proof, field=PROOF, ref=like.ref, **where)
    ref = new_ref()
    row = Message.objects.create(
        ref=ref, lane=like.lane, person_ref=person_ref or like.person_ref, kind=like.kind,
        compartment=like.compartment, route=like.route, language=like.language, tokens=like.tokens,
        body=keys.seal(text, field=BODY, ref=ref, **where), by=like.by, put_at=like.put_at,
        proof=keys.seal(proof, field=PROOF, ref=ref, **where), not_after=like.not_after,
    )  # fmt: skip
    _told, refused = texts_that_may_leave([row], keys, own_texts=(), now=journey.now)
    return refused[row.pk].code if row.pk in refused else ""


def test_under_the_name_of_a_living_plan_neither_other_words_leave_nor_its_own_to_another_man(
    journey,
):
    journey.to_moving()
    leg = Message.objects.get(kind=Kind.INSTRUCTION)
    told = [text["text"] for text in texts_of(journey.content())]
    first = journey.content()["ways"][journey.plan().letter]["texts"][0]["text"]
    assert against(journey, first, like=leg) == ""
    for words in ("Идите к мосту", first + " ", first.replace(" ", "  ", 1), told[0]):
        assert against(journey, words, like=leg) == "words.not_in_plan", words
    assert against(journey, first, like=leg, person_ref="another") == "words.not_in_plan"


def as_reply(journey, text, *tokens):
    """Put a text of the plan into the outbox as a reply, with its true proof; what has the sender against it?"""
    plan, content = journey.plan(), journey.content()
    every = texts_of(content)
    at = next(n for n, each in enumerate(every) if each == text)
    proof = marks_of(content, person_ref=plan.passage.person_ref)[at]
    send = workers.me(Purpose.SEND)
    keys = keyring.open_fields(send, Purpose.SEND, [journey.compartment], [SENT])
    where, ref = {"kind": SENT, "compartment": journey.compartment}, new_ref()
    named = {
        "plan": bytes(plan.digest), "go": queries.go_digest(plan),
        "switch": queries.switch_digest(plan),
    }  # fmt: skip
    row = Message.objects.create(
        ref=ref, lane="live", person_ref=plan.passage.person_ref, kind=Kind.REPLY,
        compartment=journey.compartment, route="smpp", language="ru", by="PER:web",
        tokens=[[each, plan.ref, named[each].hex()] for each in tokens], put_at=journey.now,
        body=keys.seal(text["text"], field=BODY, ref=ref, **where),
        proof=keys.seal(proof.told(), field=PROOF, ref=ref, **where),
        not_after=journey.now + timedelta(hours=1),
    )  # fmt: skip
    _told, refused = texts_that_may_leave([row], keys, own_texts=(), now=journey.now)
    return refused[row.pk].code if row.pk in refused else ""


def test_before_go_what_he_is_offered_leaves_and_no_leg_does_under_any_other_name(journey):
    journey.to_agreed()
    content = journey.content()
    way = content["ways"]["A"]
    assert as_reply(journey, content["texts"][0], "plan") == ""
    for text in (way["texts"][0], way["texts"][-1], way["holds"][0]["texts"][0]):
        assert as_reply(journey, text, "plan") == "words.too_soon"
        assert as_reply(journey, text, "plan", "go") == "words.dead_token"


def test_no_text_of_the_other_way_leaves_before_two_turned_him_and_it_does_then(journey):
    journey.wish = with_words(journey.wish)
    journey.to_moving()
    leg = leg_to_turn_from(journey)
    turn = changing.of_leg(journey.content()["ways"]["A"]["switches"], leg)["texts"][0]
    assert as_reply(journey, turn, "plan", "go") == "words.too_soon"
    asks(journey, leg)
    says_yes(journey, Duty.DPC)
    forges(journey, SWITCH, Duty.RCV)
    assert as_reply(journey, turn, "plan", "go", "switch") == "words.dead_token"
    says_yes(journey, Duty.RCV, 1)
    assert as_reply(journey, turn, "plan", "go", "switch") == ""


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
