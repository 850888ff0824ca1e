"""What a channel changes in a conversation."""

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import TELEGRAM
from safeconduct.post import actions as post


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


def test_who_has_written_by_a_messenger_is_known_there_and_by_its_name_on_sms_is_not(
    brings, worker
):
    brings("Я здесь")
    asked = [("telegram", TELEGRAM), ("smpp", TELEGRAM), ("telegram", "telegram:5550002")]
    known = post.known_senders(worker(Purpose.INGEST), asked, region="UA")
    assert known == {("telegram", TELEGRAM)}
