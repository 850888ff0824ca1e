"""What is read to a man and printed for him begins in the language he wrote in."""

from datetime import timedelta

import pytest
from conftest import NOON

from safeconduct.access.rules import Purpose
from safeconduct.cases.actions import open_from
from safeconduct.cases.tests.walking import PROFILE
from safeconduct.conversations import actions as conversations
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.reception import page
from safeconduct.reception.actions.arriving import arrival_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "language"),
    [("Добрий день, що мені робити, як це?", "uk"), ("Добрый день, что мне делать?", "ru")],
)
def test_what_is_read_to_him_begins_in_the_language_he_wrote_in(crew, worker, text, language):
    arrived = inbound(text)
    conversations.receive_message(
        worker(Purpose.INGEST), arrived, key=f"smpp:{arrived.arrival}", profile=PROFILE, now=NOON
    )
    talk = conversations.take_next(crew["OP"], lock_for=timedelta(minutes=15), wall=NOON, now=NOON)
    crew.compartment = talk.compartment
    crew.ref = open_from(crew["OP"], conversation=talk.ref, now=NOON)
    before = page.page_for(crew["RCV"], ref=crew.ref, profile=PROFILE, now=NOON)
    assert (before.language, before.languages[0]) == (language, language)
    arrival = arrival_of(crew["RCV"], ref=crew.ref, profile=PROFILE, now=NOON)
    assert arrival.language == language


def test_who_walked_in_is_read_to_in_the_programme_s_first_language(crew):
    crew.opened()
    crew.walked_in()
    shown = page.page_for(crew["RCV"], ref=crew.ref, profile=PROFILE, now=NOON)
    assert shown.language == PROFILE.languages[0]
