import json

import pytest

from safeconduct import sealing
from safeconduct.access import client
from safeconduct.access.rules import Act, Duty, Proof, digest_of
from safeconduct.audit.rules import micros
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.refusal import Refused

PLAN = Act("plan.approve", "plan7", digest_of({"place": 1}), Duty.DPC)


def test_a_yes_says_who_to_what_and_in_which_duty_and_the_keeper_signs_it(town):
    commander = town.person(Duty.DPC)
    yes = client.act(commander, PLAN, town.touch(commander, PLAN), now=NOON)
    told = json.loads(yes.told)
    assert (told["person"], told["verb"], told["subject"]) == (commander.ref, PLAN.verb, "plan7")
    assert (told["digest"], told["duty"]) == (PLAN.digest.hex(), "DPC")
    assert told["given_us"] == micros(NOON)
    key = bytes.fromhex(client.head()["key"])
    assert client.ping()["key"] == key.hex()
    sealing.verify(key, b"yes|v1|" + yes.told, yes.signature)
    with pytest.raises(sealing.Tampered):
        sealing.verify(key, b"yes|v1|" + yes.told.replace(b"plan7", b"plan8"), yes.signature)


def test_a_touch_counts_once(town):
    commander = town.person(Duty.DPC)
    proof = town.touch(commander, PLAN)
    client.act(commander, PLAN, proof, now=NOON)
    with pytest.raises(Refused):
        client.act(commander, PLAN, proof, now=NOON)


@pytest.mark.parametrize(
    "other",
    [
        Act("plan.cancel", "plan7", PLAN.digest, Duty.DPC),
        Act("plan.approve", "plan8", PLAN.digest, Duty.DPC),
        Act("plan.approve", "plan7", digest_of({"place": 2}), Duty.DPC),
        Act("plan.approve", "plan7", PLAN.digest, Duty.RCV),
    ],
    ids=["another verb", "another plan", "another text", "another duty"],
)
def test_a_touch_for_one_act_is_none_for_another(town, other):
    commander = town.person(Duty.DPC, Duty.RCV)
    with pytest.raises(Refused, match="does not hold"):
        client.act(commander, other, town.touch(commander, PLAN), now=NOON)


def test_a_duty_one_does_not_hold_cannot_be_approved_in(town):
    operator = town.person(Duty.OP)
    with pytest.raises(Refused, match="does not know you in this duty"):
        client.act_begin(operator.login, PLAN)


def test_a_duty_that_ended_between_question_and_answer_approves_nothing(town):
    adm, commander = town.administrator(), town.person(Duty.DPC)
    proof = town.touch(commander, PLAN)
    client.end_duty(adm.login, person=commander.ref, duty=Duty.DPC, reason="leave")
    with pytest.raises(Refused, match="does not know you in this duty"):
        client.act(commander, PLAN, proof, now=NOON)


def test_another_persons_passkey_says_no_yes_for_me(town):
    mine, other = town.person(Duty.DPC), town.person(Duty.DPC)
    asked = client.act_begin(mine.login, PLAN)
    by_other = town.keys[other.ref].sign(asked.challenge, "http://localhost:8400", asked.rp_id)
    with pytest.raises(Refused, match="does not hold"):
        client.act(mine, PLAN, Proof(asked.nonce, by_other), now=NOON)


def test_a_made_up_nonce_is_refused(town):
    commander = town.person(Duty.DPC)
    proof = town.touch(commander, PLAN)
    with pytest.raises(Refused):
        client.act(commander, PLAN, Proof(sealing.text(bytes(40)), proof.assertion), now=NOON)
