"""Words through the real spool, both ways: conversations before, post behind, a gateway outside."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access import connection as client_connection
from safeconduct.access.connection import KeeperAway
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.conversations import actions as conversations
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation
from safeconduct.conversations.tests.conftest import inbound
from safeconduct.envelope import IdentityChanged, OutboundText, Receipt, SendResult
from safeconduct.notices.loops import SOON
from safeconduct.post import actions, lanes, queries
from safeconduct.post import worker as sending
from safeconduct.post.fates import ORPHANS_MOST
from safeconduct.post.models import Attempt, CarrierId, Kit, Message, Orphan, Retry
from safeconduct.post.rules import (
    ANSWER_DUE,
    ORPHAN_WAIT,
    Kind,
    Outcome,
    WindowKind,
)
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool import certificates, core_end, keyfiles
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.core_end import incoming
from safeconduct.spool.lanes import Receiving, Sending

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Gateway:
    """What a gateway does with its keys: opens what is for it, seals what it brings."""

    def __init__(self, data, keeper):
        link = WorkerId("SYS:link", keeper.tokens["link"])
        core_keys = client.gateway_keys(link, "core")
        certificates.found(data, box_public=core_keys.box_public)
        ours = client.gateway_keys(link, "smpp")
        folder = certificates.enrol(data, "smpp", box_public=ours.box_public)
        keys = folder / "keys" if (folder / "keys").exists() else folder
        signs = keyfiles.read_key(keys / "core-sign.pub")
        self._from_core = Receiving(
            core_end.outgoing(data, "smpp"),
            chain=Chain({"core": signs}, direction="out"),
            opener=Opener(ours.box_private, direction="out"),
        )
        sealer = Sealer(
            "smpp",
            to=core_keys.box_public,
            sign=keyfiles.read_key(keys / "sign.key"),
            direction="in",
        )
        self._to_core = Sending(core_end.incoming(data), sealer)
        self._receipts = 0

    def texts(self) -> list[OutboundText]:
        """Return what has come to leave, and take it."""
        arrived = self._from_core.take(limit=500)
        if arrived:
            self._from_core.done(arrived[-1])
        return [OutboundText.from_bytes(each.content) for each in arrived]

    def brings(self, key: str, thing) -> None:
        self._to_core.put(key, thing.to_bytes())

    def answers(self, text: OutboundText, outcome="SENT", ids=("7",), status=0) -> SendResult:
        return SendResult(text.attempt, text.route, outcome, list(ids), status, clock.wall())

    def receipt(self, text: OutboundText, carrier_id: str, stat="DELIVRD") -> Receipt:
        self._receipts += 1
        return Receipt("smpp", self._receipts, carrier_id, text.recipient, stat, clock.wall())


@pytest.fixture(scope="session")
def _gateway(data_folder, keeper):
    return Gateway(data_folder, keeper)


@pytest.fixture
def gateway(_gateway, db):
    """Return the gateway with an empty outbox before it."""
    reading._lane.clear()  # whoever read before did not know this gateway
    _gateway.texts()
    return _gateway


@pytest.fixture
def writes(worker, db):
    """Return `writes(text, …)`: a text comes in without the spool."""

    def write(text, *, now=NOON, **how):
        arrived = inbound(text, **how)
        ref = conversations.receive_message(
            worker(Purpose.INGEST),
            arrived,
            key=f"smpp:{arrived.arrival}",
            profile=load.current(),
            now=now,
        )
        return Conversation.objects.get(messages__ref=ref) if ref else None

    return write


@pytest.fixture
def fate_of(officer):
    """Return `fate_of(ref)`: what an operator is told of a text of ours."""
    operator = officer(Duty.OP)
    return lambda ref: queries.fates_of(operator, Purpose.READ, [ref])[ref]


def steps(step, most=30):
    while step() and most:
        most -= 1


@pytest.fixture
def written(gateway, data_folder):
    """A man has written; the gateway holds our first answer."""
    gateway.brings(f"smpp:{clock.wall().timestamp()}", inbound("Здравствуйте"))
    steps(reading._ingest)
    steps(sending._send)
    return gateway.texts()


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


def test_a_receipt_before_its_answer_waits_and_one_for_another_number_never_fits(written, gateway):
    [text] = written
    gateway.brings("d3", gateway.receipt(text, "9"))
    stranger = type(text)(**{**_fields(text), "recipient": "+380990000000"})
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


def _fields(text):
    return {name: getattr(text, name) for name in type(text).__slots__}


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


def a_receipt_did_not_come():
    Retry.objects.update(due_at=clock.now())


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
    stranger = type(text)(**{**_fields(text), "recipient": "+380990000000"})
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


CHANGED = IdentityChanged("smpp", "+380501112233", NOON)
WITHDRAWN = inbound("Всё хорошо, больше ничего не нужно.")


def answered(gateway, name, *things):
    """Return what the carrier gets for him, step by step, when `things` come; all of it is undone."""
    seen = []
    with transaction.atomic():
        for n, thing in enumerate((*things, inbound("стоп"))):
            gateway.brings(f"{name}:{n}", thing)
            steps(reading._ingest)
            sending._send()
            texts = gateway.texts()
            seen.append([(each.route, each.sender, each.recipient, each.text) for each in texts])
        transaction.set_rollback(True)
    return seen


def test_under_a_sign_of_force_the_same_bytes_leave_to_him_in_the_same_step(gateway, officer):
    officer(Duty.SUP)
    hello, as_any = inbound("Здравствуйте"), inbound("У дороги подорожник.")
    first, none, confirmed = answered(gateway, "as-ever", hello, as_any)
    assert [len(texts) for texts in (first, none, confirmed)] == [1, 0, 1]
    assert answered(gateway, "withdrawn", hello, WITHDRAWN) == [first, none, confirmed]
    assert answered(gateway, "at-once", WITHDRAWN, as_any) == [first, none, confirmed]
    assert answered(gateway, "changed", hello, CHANGED, as_any) == [first, [], none, confirmed]


@pytest.mark.parametrize("comes", ["report", "стоп"])
def test_what_was_claimed_and_not_written_does_not_leave_once_he_is_held_or_has_said_stop(
    gateway, writes, worker, data_folder, comes
):
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    steps(sending._send)
    gateway.texts()
    how = {"language": "ru", "reply_after_stop": timedelta(days=1), "now": now}
    answer = {"person_ref": row.person_ref, "text": "Мы здесь.", "kind": Kind.REPLY}
    actions.send(worker(Purpose.CLOCKS), **answer, **how)
    with keeper_gone(data_folder), pytest.raises(KeeperAway):
        sending._send()  # claimed, and nobody could open what was to be written
    assert Attempt.objects.filter(message__kind="reply").count() == 1
    changed = IdentityChanged("smpp", "+380501112233", clock.wall())
    gateway.brings(f"before:{comes}", changed if comes == "report" else inbound(comes))
    steps(reading._ingest)
    steps(sending._send)
    assert "Мы здесь." not in [text.text for text in gateway.texts()]
    actions.give_up_waiting(now=clock.now(), wall=clock.wall() + ANSWER_DUE * 2)
    steps(sending._send)
    assert "Мы здесь." not in [text.text for text in gateway.texts()]


def test_with_the_keeper_gone_a_report_waits_and_nothing_leaves_before_it_is_read(
    gateway, writes, worker, data_folder, monkeypatch
):
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    steps(sending._send)
    gateway.texts()
    how = {"language": "ru", "reply_after_stop": timedelta(days=1), "now": now}
    answer = {"person_ref": row.person_ref, "text": "Мы здесь.", "kind": Kind.REPLY}
    actions.send(worker(Purpose.CLOCKS), **answer, **how)
    monkeypatch.setattr(sending, "UNREAD_S", 0.0)
    gateway.brings("away:report", IdentityChanged("smpp", "+380501112233", clock.wall()))
    with keeper_gone(data_folder):
        with pytest.raises(KeeperAway):
            reading._ingest()
        sending._reading_lags()
        assert sending._send() == SOON
    assert sending._send() == SOON  # the keeper is back, and the report is not read yet
    steps(reading._ingest)
    assert queries.is_silent(row.person_ref)
    steps(sending._send)
    assert gateway.texts() == []


def test_one_gateway_serves_its_routes():
    assert lanes.gateway_of("smpp:second") == lanes.gateway_of("smpp") == "smpp"


def test_an_agreed_abort_reaches_him_with_the_keeper_gone_and_nothing_else_does(
    gateway, writes, worker, data_folder, django_capture_on_commit_callbacks
):
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    clocks, profile = worker(Purpose.CLOCKS), load.current()
    actions.open_window(
        clocks, person_ref=row.person_ref, kind=WindowKind.WAY, opens_at=now, now=now
    )
    sending._arm()
    assert actions.unarmed(worker(Purpose.SEND)) == []
    steps(sending._send)
    gateway.texts()
    how = {
        "person_ref": row.person_ref, "language": "ru", "reply_after_stop": timedelta(days=1),
        "now": now,
    }  # fmt: skip
    with keeper_gone(data_folder):
        with pytest.raises(KeeperAway):
            actions.send(clocks, text="Мы здесь.", kind=Kind.REPLY, **how)
        with django_capture_on_commit_callbacks(execute=True):
            abort = profile.text("abort", "ru")
            ref = actions.send(clocks, text=abort, kind=Kind.ABORT, **how)
        [text] = gateway.texts()
        assert (text.recipient, text.text) == ("+380501112233", abort)
        with pytest.raises(Refused, match="not made ready"):
            actions.send(clocks, text="Стойте.", kind=Kind.ABORT, **how)
    assert Attempt.objects.filter(message__ref=ref).count() == 1
    actions.close_window(clocks, person_ref=row.person_ref, kind=WindowKind.WAY, now=now)
    assert not Kit.objects.exists()


@contextmanager
def keeper_gone(folder):
    """The keeper's socket is where nobody listens."""
    socket = folder / "keeper.sock"
    away = socket.with_suffix(".away")
    socket.rename(away)
    client_connection.keeper().close()
    try:
        yield
    finally:
        away.rename(socket)
