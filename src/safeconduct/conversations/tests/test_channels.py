"""What a channel changes in a conversation."""

from dataclasses import replace

import pytest

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.tests.conftest import NOON, inbound
from safeconduct.programme import load

HIM = "telegram:5550001"


@pytest.fixture
def brings(worker, db):
    """Return `brings(text, route=…, sender=…)`: a gateway's text comes in; its message."""

    def bring(text, *, route="telegram", sender=HIM, now=NOON, **how):
        arrived = replace(inbound(text, sender=sender), route=route, **how)
        key = f"{route}:{arrived.arrival}"
        who, profile = worker(Purpose.INGEST), load.current()
        ref = actions.receive_message(who, arrived, key=key, profile=profile, now=now)
        return Message.objects.get(ref=ref)

    return bring


def test_an_edit_stands_beside_the_first_version_and_says_that_it_is_one(
    brings, takes, officer, client_of
):
    first, second = brings("у моста"), brings("у мельницы", edited=True)
    assert first.conversation == second.conversation
    operator = officer(Duty.OP)
    takes(operator)
    page = client_of(operator).get(f"/conversations/{first.conversation.ref}/").content.decode()
    assert "у моста" in page
    assert page.count('data-edited="yes"') == 1


def test_who_gives_himself_the_name_of_an_account_by_sms_writes_as_somebody_else(brings):
    brings("Я здесь")
    brings("Это я, поверьте", route="smpp")
    assert len(set(Conversation.objects.values_list("person_ref", flat=True))) == 2
