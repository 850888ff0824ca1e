"""A relative's enquiry is kept for its term and no longer; nobody with a case is forgotten by a clock."""

from datetime import timedelta

import pytest

from safeconduct.cases import actions
from safeconduct.cases.tests.walking import PROFILE
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import brings
from safeconduct.post.models import Handle, OptOut
from safeconduct.post.models import Message as Outgoing

__all__ = ["brings"]  # a fixture
SEEKS = "Ищу сына, пропал без вести в мае"
TERM = PROFILE.limit("purge_relatives")


@pytest.fixture
def asks(crew, brings):
    """Return `asks(number, ago)`: somebody's conversation on the relatives' desk."""

    def ask(number, *, ago, text=SEEKS):
        sender = f"+38050111000{number}"
        return brings(text, route="smpp", sender=sender, now=crew.now - ago).conversation

    return ask


def forgets(crew):
    return actions.forget_relatives(crew.clocks, profile=PROFILE, now=crew.now)


def test_after_its_term_an_enquiry_goes_with_its_number_and_texts_and_a_stop_is_remembered(
    crew, asks
):
    over, within = asks(1, ago=TERM + timedelta(days=1)), asks(2, ago=TERM - timedelta(days=1))
    soldier = asks(3, ago=TERM * 2, text="Как к вам перейти?")
    stopped = asks(4, ago=TERM * 2)
    asks(4, ago=TERM + timedelta(days=2), text="СТОП")
    assert {row.desk for row in (over, within, stopped)} == {Desk.RELATIVES}
    assert not forgets(crew)
    left = {within.person_ref, soldier.person_ref}
    assert set(Conversation.objects.values_list("person_ref", flat=True)) == left
    assert set(Handle.objects.values_list("person_ref", flat=True)) == left
    assert set(Outgoing.objects.values_list("person_ref", flat=True)) <= left
    assert OptOut.objects.count() == 1


def test_who_wrote_again_or_has_a_case_is_not_forgotten(crew, asks):
    again, his = asks(1, ago=TERM * 2), asks(2, ago=TERM * 2)
    asks(1, ago=timedelta(days=3))
    actions.open_case(
        crew.clocks, person_ref=his.person_ref, compartment=his.compartment, now=crew.now
    )
    forgets(crew)
    assert {again.person_ref, his.person_ref} == set(
        Conversation.objects.values_list("person_ref", flat=True)
    )
