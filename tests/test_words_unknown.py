"""What nobody told us of a text of ours, and what comes of it: a resend, a double that is told, a late receipt."""

from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access.rules import Purpose
from safeconduct.conversations import worker as reading
from safeconduct.post import actions
from safeconduct.post import worker as sending
from safeconduct.post.models import Message, Orphan
from safeconduct.post.rules import (
    ANSWER_DUE,
    Kind,
    Outcome,
)
from tests.spooled import a_receipt_did_not_come, fields_of, steps


def says(worker, text):
    """One more text of ours to him leaves; return its ref."""
    ref = actions.send(
        worker(Purpose.CLOCKS),
        person_ref=Message.objects.first().person_ref,
        text=text,
        kind=Kind.REPLY,
        language="ru",
        reply_after_stop=timedelta(days=1),
        now=clock.now(),
    )
    steps(sending._send)
    return ref


def test_a_late_yes_for_both_attempts_is_a_double_and_the_operator_is_told(
    written, gateway, fate_of
):
    [text] = written
    actions.give_up_waiting(now=clock.now(), wall=clock.wall() + ANSWER_DUE * 2)
    a_receipt_did_not_come()
    steps(sending._send)
    [again] = gateway.texts()
    gateway.brings("twice:1", gateway.answers(again, ids=("21",)))
    gateway.brings("twice:2", gateway.answers(text, ids=("20",)))
    steps(reading._ingest)
    fate = fate_of(Message.objects.get().ref)
    assert (fate.outcome, fate.maybe_twice) == (Outcome.SENT, True)


@pytest.mark.usefixtures("written")
def test_a_no_to_the_second_attempt_says_nothing_of_the_first(gateway, fate_of):
    actions.give_up_waiting(now=clock.now(), wall=clock.wall() + ANSWER_DUE * 2)
    a_receipt_did_not_come()
    steps(sending._send)
    [again] = gateway.texts()
    gateway.brings("no:1", gateway.answers(again, "REFUSED", ids=(), status=69))
    steps(reading._ingest)
    fate = fate_of(Message.objects.get().ref)
    assert (fate.outcome, fate.maybe_twice) == (Outcome.UNKNOWN, False)


def test_a_receipt_resolves_the_one_text_that_was_unknown_and_it_goes_no_second_time(
    written, gateway, fate_of, worker
):
    ref = says(worker, "Мы здесь и ждём вас. " * 4)
    [text] = gateway.texts()
    gateway.brings("unknown", gateway.answers(text, "UNKNOWN", ids=("31", "")))
    steps(reading._ingest)
    stranger = type(text)(**{**fields_of(text), "recipient": "+380990000000"})
    gateway.brings("stranger", gateway.receipt(stranger, "32"))
    steps(reading._ingest)
    assert fate_of(ref).outcome is Outcome.UNKNOWN
    gateway.brings("his", gateway.receipt(text, "32"))
    steps(reading._ingest)
    fate = fate_of(ref)
    assert (fate.outcome, fate.parts, fate.delivered) == (Outcome.SENT, 2, 1)
    a_receipt_did_not_come()
    steps(sending._send)
    assert gateway.texts() == []


def test_a_receipt_that_may_be_of_two_unknown_texts_resolves_neither(
    written, gateway, fate_of, worker
):
    [text] = written
    says(worker, "Мы здесь.")
    [other] = gateway.texts()
    for n, each in enumerate((text, other)):
        gateway.brings(f"either:{n}", gateway.answers(each, "UNKNOWN", ids=()))
    gateway.brings("either", gateway.receipt(other, "41"))
    steps(reading._ingest)
    assert {fate_of(ref).outcome for ref in Message.objects.values_list("ref", flat=True)} == {
        Outcome.UNKNOWN
    }
    assert Orphan.objects.count() == 1


def test_what_the_gateway_let_lie_was_not_sent_and_is_no_double(written, gateway, fate_of):
    [text] = written
    actions.give_up_waiting(now=clock.now(), wall=clock.wall() + ANSWER_DUE * 2)
    gateway.brings("r5", gateway.answers(text, "REFUSED", ids=(), status=0))
    steps(reading._ingest)
    steps(sending._send)
    [again] = gateway.texts()
    gateway.brings("r6", gateway.answers(again, ids=("12",)))
    steps(reading._ingest)
    ref = Message.objects.get().ref
    fate = fate_of(ref)
    assert (fate.outcome, fate.maybe_twice) == (Outcome.SENT, False)
