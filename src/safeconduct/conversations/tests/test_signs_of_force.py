"""A withdrawal and a change of identity freeze in silence, once, and the supervisor alone hears."""

import re

import pytest

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.models import Conversation, Message, SecondReading
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.envelope import IdentityChanged
from safeconduct.post import queries as post
from safeconduct.refusal import Refused

pytestmark = pytest.mark.usefixtures("time_stands")

WITHDRAWAL = "Всё хорошо, больше ничего не нужно."


def test_a_withdrawal_freezes_in_silence_and_only_the_supervisor_hears(
    writes, officer, takes, answers, client_of
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    writes("Всё хорошо, больше ничего не знаю")
    assert not post.is_silent(row.person_ref)
    writes(WITHDRAWAL)
    assert post.is_silent(row.person_ref)
    assert not post.is_frozen(row.person_ref)
    assert answers(operator, row, "Понятно.")
    hint, reading = queries.readings_for(supervisor, Purpose.READ)  # nearly one, and one
    assert queries.cause_of(supervisor, Purpose.READ, ref=hint.ref) == "hint"
    assert queries.cause_of(supervisor, Purpose.READ, ref=reading.ref) == "withdrawal"
    page = client_of(supervisor).get(f"/conversations/second-readings/{reading.ref}/")
    assert "all is well and that he needs nothing more" in page.content.decode()
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=NOON)
    assert not post.is_silent(row.person_ref)


def test_a_distress_word_that_comes_again_is_one_second_reading_until_it_was_read(
    writes, officer, takes
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    told = {"distress": "черёмуха", "all_clear": "подснежник"}
    actions.agree_words(operator, ref=row.ref, **told, now=NOON)
    writes("тут черёмуха цветёт")
    writes("тут черёмуха цветёт", again=True)
    writes("тут черёмуха отцвела", edited=True)
    [reading] = queries.readings_for(supervisor, Purpose.READ)
    writes(WITHDRAWAL)  # another sign is another reading
    causes = [
        queries.cause_of(supervisor, Purpose.READ, ref=each.ref)
        for each in queries.readings_for(supervisor, Purpose.READ)
    ]
    assert sorted(causes) == ["withdrawal", "word"]
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=NOON)
    assert not post.is_silent(row.person_ref)
    writes("опять черёмуха")
    assert post.is_silent(row.person_ref)
    assert len(queries.readings_for(supervisor, Purpose.READ)) == 2


def reports(worker, *, key="signal:1", handle="+380501112233", now=NOON):
    """His channel says, unasked, that somebody else may answer as him."""
    report = IdentityChanged("signal", handle, now)
    ingest = worker(Purpose.INGEST)
    actions.identity_changed(ingest, report, key=key, region="UA", now=now)


def test_a_change_of_identity_that_the_channel_reports_freezes_once_and_only_the_supervisor_hears(
    writes, officer, worker, takes, client_of
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    before = (Message.objects.count(), look(client_of(operator), row))
    for _ in range(2):
        reports(worker, handle="050 111 22 33")
    assert post.is_silent(row.person_ref)
    assert (Message.objects.count(), look(client_of(operator), row)) == before
    [reading] = queries.readings_for(supervisor, Purpose.READ)
    assert queries.cause_of(supervisor, Purpose.READ, ref=reading.ref) == "identity"
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=NOON)
    reports(worker)  # carried once more: it was judged already
    assert not post.is_silent(row.person_ref)
    reports(worker, key="signal:2")
    assert post.is_silent(row.person_ref)


def look(browser, row):
    """Return the operator's page and queue without the form's token."""
    pages = (
        browser.get(path).content for path in (f"/conversations/{row.ref}/", "/conversations/")
    )
    page = b"".join(pages).decode()
    return re.sub(r"[A-Za-z0-9]{64}|after=[\w-]+", "", page)


def test_a_report_about_nobody_we_know_is_no_case_of_ours(worker, officer):
    officer(Duty.SUP)
    reports(worker, handle="+380990000000")
    assert not SecondReading.objects.exists()
    assert not Conversation.objects.exists()


def test_a_change_told_before_his_first_text_is_whole_is_told_when_it_is(writes, officer, worker):
    supervisor = officer(Duty.SUP)
    assert writes("Здравств", part=1, parts=2, reference=7) is None
    reports(worker)
    row = writes("уйте", part=2, parts=2, reference=7)
    assert post.is_silent(row.person_ref)
    [reading] = queries.readings_for(supervisor, Purpose.READ)
    assert queries.cause_of(supervisor, Purpose.READ, ref=reading.ref) == "identity"


def test_when_nothing_can_be_opened_the_hold_is_in_force_and_the_rest_follows(
    writes, officer, worker
):
    supervisor = officer(Duty.SUP)
    row = writes("Здравствуйте")
    of_him = Conversation.objects.filter(pk=row.pk)
    of_him.update(compartment="nowhere")
    with pytest.raises(Refused):
        reports(worker)
    assert post.is_silent(row.person_ref)
    assert queries.readings_for(supervisor, Purpose.READ) == []
    of_him.update(compartment=row.compartment)
    reports(worker)
    assert len(queries.readings_for(supervisor, Purpose.READ)) == 1
