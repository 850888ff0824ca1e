"""Words through the real spool, both ways: conversations before, post behind, a gateway outside."""

from datetime import timedelta

from safeconduct import clock
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.envelope import Receipt, SendResults
from safeconduct.notices.loops import SOON
from safeconduct.post import actions, lanes, queries
from safeconduct.post import worker as sending
from safeconduct.post.fates import ORPHANS_MOST
from safeconduct.post.models import Attempt, CarrierId, Message, Orphan
from safeconduct.post.rules import (
    ANSWER_DUE,
    ORPHAN_WAIT,
    Outcome,
)
from safeconduct.spool.core_end import incoming
from tests.spooled import a_receipt_did_not_come, fields_of, steps


def test_a_text_comes_in_through_the_spool_and_the_answer_leaves_by_it(written):
    row = Conversation.objects.get()
    assert row.waiting_since is not None
    [text] = written
    assert text.recipient == "+380501112233"
    assert text.text.endswith("Стоп: 0")
    assert incoming(reading.Path(reading.settings.DATA)).waiting() == 0


def test_neither_number_nor_text_lies_readable_in_the_data_folder(written, data_folder):
    for path in data_folder.rglob("*"):
        if path.is_file() and path.suffix != ".toml":
            raw = path.read_bytes()
            for secret in ("+380501112233", "380501112233", "Здравствуйте"):
                for form in (secret.encode(), secret.encode("utf-16-be"), secret.encode("utf-16")):
                    assert form not in raw, path.name


def test_an_answer_and_its_receipt_walk_back(written, gateway, fate_of):
    [text] = written
    gateway.brings("r1", gateway.answers(text, ids=("7", "8")))
    gateway.brings("d1", gateway.receipt(text, "7"))
    gateway.brings("d2", gateway.receipt(text, "8"))
    steps(reading._ingest)
    fate = fate_of(Message.objects.get().ref)
    assert (fate.outcome, fate.parts, fate.delivered) == (Outcome.SENT, 2, 2)


def test_answers_that_a_gateway_tells_together_walk_back_as_each_would(written, gateway, fate_of):
    [text] = written
    together = SendResults("smpp", [text.attempt], ["SENT"], ["7"], [0], clock.wall())
    gateway.brings("r-many", together)
    gateway.brings("d-many", gateway.receipt(text, "7"))
    steps(reading._ingest)
    fate = fate_of(Message.objects.get().ref)
    assert (fate.outcome, fate.parts, fate.delivered) == (Outcome.SENT, 1, 1)


def test_a_receipt_before_its_answer_waits_and_one_for_another_number_never_fits(written, gateway):
    [text] = written
    gateway.brings("d3", gateway.receipt(text, "9"))
    stranger = type(text)(**{**fields_of(text), "recipient": "+380990000000"})
    gateway.brings("d4", gateway.receipt(stranger, "9"))
    steps(reading._ingest)
    assert Orphan.objects.count() == 2
    gateway.brings("r2", gateway.answers(text, ids=("9",)))
    steps(reading._ingest)
    assert actions.settle_waiting_receipts(now=clock.now())
    assert CarrierId.objects.get().stat == "DELIVRD"
    assert Orphan.objects.count() == 1
    assert actions.settle_waiting_receipts(now=clock.now() + timedelta(minutes=3))
    assert Orphan.objects.get().given_up_at is not None


def test_without_an_answer_a_reply_is_unknown_and_goes_again_and_a_late_answer_settles_it(
    written, gateway, fate_of
):
    [text] = written
    now, later = clock.now(), clock.wall() + ANSWER_DUE + timedelta(seconds=1)
    assert actions.give_up_waiting(now=now, wall=later)
    ref = Message.objects.get().ref
    assert fate_of(ref).outcome is Outcome.UNKNOWN
    steps(sending._send)
    assert gateway.texts() == []  # its receipt may come
    a_receipt_did_not_come()
    steps(sending._send)
    [again] = gateway.texts()
    assert again.attempt != text.attempt
    assert again.text == text.text
    gateway.brings("r3", gateway.answers(again, ids=("11",)))
    steps(reading._ingest)
    fate = fate_of(ref)
    assert (fate.outcome, fate.maybe_twice) == (Outcome.SENT, True)
    gateway.brings("r4", gateway.answers(text, "REFUSED", ids=(), status=69))
    steps(reading._ingest)
    assert not fate_of(ref).maybe_twice


def test_a_route_whose_receipts_fit_nothing_calls_an_administrator_within_a_thousand(
    written, gateway
):
    [text] = written
    now = clock.now()
    for n in range(ORPHANS_MOST + 1):
        assert not Call.objects.filter(kind="post.orphans").exists()
        gateway.brings(f"wrong:{n}", gateway.receipt(text, f"0x{n}"))
    steps(reading._ingest)
    actions.settle_waiting_receipts(now=now + ORPHAN_WAIT * 2)
    assert Call.objects.filter(kind="post.orphans", duty=Duty.ADM).count() == 1


def test_a_claim_that_was_never_written_is_written_after_a_restart_and_once(
    gateway, data_folder, worker, writes, monkeypatch
):
    writes("Здравствуйте", now=clock.now())
    claims = actions.claim_live(
        limit=10, now=clock.now(), wall=clock.wall(), reply_after_stop=timedelta(days=1)
    )
    assert len(claims) == 1  # and here the process dies
    sending._written.clear()
    steps(sending._send)
    sending._written.clear()
    steps(sending._send)
    assert [text.attempt for text in gateway.texts()] == [claims[0].attempt]
    assert Attempt.objects.count() == 1


def test_nothing_leaves_while_an_inbound_text_lies_unread(gateway, writes, monkeypatch):
    writes("Здравствуйте", now=clock.now())
    gateway.brings(f"smpp:{clock.wall().timestamp()}", inbound("стоп"))
    sending._reading_lags()
    monkeypatch.setattr(sending, "UNREAD_S", -1.0)
    assert sending._send() == SOON  # and looked at again at once, not when somebody rings
    assert gateway.texts() == []
    steps(reading._ingest)
    steps(sending._send)
    # The stop was read first: of our two texts only the confirmation of it leaves.
    assert [text.text for text in gateway.texts()] == [
        "Больше не пишем. Если напишете сами, ответим."
    ]


def test_a_text_behind_two_thousand_receipts_is_taken_in_before_they_are_settled(
    gateway, writes, monkeypatch
):
    monkeypatch.setattr(
        reading, "BATCH_S", 60.0
    )  # a batch is cut by its number, however slow we are
    row = writes("Здравствуйте", now=clock.now())
    receipts = [
        Receipt("smpp", n, f"behind{n}", "+380501112233", "DELIVRD", clock.wall())
        for n in range(2_000)
    ]
    many = [(f"behind:{n}", receipt.to_bytes()) for n, receipt in enumerate(receipts)]
    gateway._to_core.put_many(many)
    gateway.brings("behind:text", inbound("Я выхожу"))
    gateway.brings("behind:stop", inbound("стоп"))
    assert reading._ingest()
    assert row.messages.filter(direction="in").count() == 3
    assert queries.stopped_at(row.person_ref) is not None
    queue = reading._lane[0].queue
    settled = 2_002 - queue.waiting()
    assert 0 < settled <= reading.BATCH
    assert Orphan.objects.count() == settled
    # A minute later another comes; by then the two thousand have been looked through once.
    gateway.brings("behind:later", inbound("Вы там?"))
    assert reading._ingest()
    assert row.messages.filter(direction="in").count() == 4
    *_rest, last = reading._lane[0].take(limit=queue.waiting() - 3)
    reading._lane[0].done(last)
    steps(reading._ingest)  # in their own turn, at the end, they are the texts that are known
    assert row.messages.filter(direction="in").count() == 4
    assert queue.waiting() == queue.set_asides() == 0


def test_one_gateway_serves_its_routes():
    assert lanes.gateway_of("smpp:second") == lanes.gateway_of("smpp") == "smpp"
