"""Who is erased is erased on every channel of his: each key that a text of his ever lay under."""

import pytest

from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import actions
from safeconduct.cases.models import Proposal
from safeconduct.cases.tests.walking import PROFILE
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import brings
from safeconduct.post import actions as post
from safeconduct.post import linked
from safeconduct.post.models import Handle, Link
from safeconduct.refusal import Refused

__all__ = ["brings"]  # a fixture
SMS = {"route": "smpp", "sender": "+380501112233"}
SIGNAL = {"route": "signal", "sender": "signal:1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"}


@pytest.fixture
def man(crew, brings):
    """A man with a case who said no a month ago, and his two conversations."""
    leads, follows = (
        brings("Здравствуйте", now=crew.now, **how).conversation for how in (SMS, SIGNAL)
    )
    crew.compartment = leads.compartment
    crew.ref = actions.open_case(
        crew.clocks, person_ref=leads.person_ref, compartment=leads.compartment, now=crew.now
    )
    crew.goes("DECLINED")
    crew.brings("his_no")
    crew.wait(days=31)
    return crew, leads, follows


def link(man, touch):
    crew, leads, follows = man
    pair = {"leads": leads.person_ref, "follows": follows.person_ref}
    ref = post.put_link(crew["OP"], **pair, url="/", now=crew.now)
    for duty in ("OP", "SUP"):
        proof = touch(crew[duty], linked.act_for(crew[duty], Link.objects.get(ref=ref)))
        post.say_linked(crew[duty], ref=ref, leads=leads.person_ref, proof=proof, now=crew.now)


def puts_up(crew):
    ref = actions.propose_purge(crew["DPO"], ref=crew.ref, profile=PROFILE, now=crew.now)
    return Proposal.objects.get(ref=ref)


def gone(crew, *rows):
    places = [row.compartment for row in rows]
    ring = keyring.open_fields(crew.clocks, Purpose.CLOCKS, places, ["body"])
    return [ring.gone(place) for place in places]


def test_the_key_from_before_a_channel_was_linked_goes_with_his_case(man, touch, brings):
    crew, leads, follows = man
    link(man, touch)
    brings("теперь вместе", now=crew.now, **SIGNAL)
    assert set(Handle.objects.values_list("compartment", flat=True)) == {leads.compartment}
    proposal = puts_up(crew)
    crew.says_yes(crew["DPO"], Duty.DPO, proposal)
    assert gone(crew, leads, follows) == [False, False]
    crew.says_yes(crew["AUD"], Duty.AUD, proposal)
    assert gone(crew, leads, follows) == [True, True]
    assert not Conversation.objects.exists()


def test_a_yes_to_fewer_keys_than_are_his_erases_nothing(man, touch):
    crew, leads, follows = man
    proposal = puts_up(crew)
    crew.says_yes(crew["DPO"], Duty.DPO, proposal)
    link(man, touch)
    with pytest.raises(Refused, match="linked or parted since"):
        crew.says_yes(crew["AUD"], Duty.AUD, proposal)
    assert gone(crew, leads, follows) == [False, False]


def test_a_key_under_which_another_case_stands_goes_with_that_case(man, touch):
    crew, leads, follows = man
    link(man, touch)
    actions.open_case(
        crew.clocks,
        person_ref=follows.person_ref,
        compartment=follows.compartment,
        now=crew.now,
    )
    proposal = puts_up(crew)
    for duty in (Duty.DPO, Duty.AUD):
        crew.says_yes(crew[duty], duty, proposal)
    assert gone(crew, leads, follows) == [True, False]
