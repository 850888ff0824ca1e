import socket

import pytest

from safeconduct.bench import inbound, outbox
from safeconduct.bench.sockets import HEAD
from safeconduct.smpp.codec import Address, Command, Message, Pdu, message_body

SUBMIT, RESP = int(Command.SUBMIT_SM), int(Command.SUBMIT_SM) | 0x80000000


def submitted(number, sequence):
    to = Message(Address.of("7007"), Address.of(f"+38067{number:07d}"), short=b"x")
    return Pdu(Command.SUBMIT_SM, 0, sequence, message_body(to)).to_bytes()


def test_the_carrier_of_the_bench_answers_each_text_once_and_knows_a_double():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        buffer, seen = bytearray(submitted(3, 1) + submitted(4, 2)[:20]), set()
        outbox._answer(ours, buffer, seen)
        assert seen == {3}
        _length, command, status, sequence = HEAD.unpack_from(theirs.recv(99))
        assert (command, status, sequence) == (RESP, 0, 1)
        buffer += submitted(4, 2)[20:] + submitted(3, 3)
        with pytest.raises(outbox.NotOnce, match="text 3"):
            outbox._answer(ours, buffer, seen)


def test_a_text_that_is_answered_with_a_no_ends_the_bench():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        buffer = bytearray(HEAD.pack(17, int(Command.DELIVER_SM) | 0x80000000, 0, 1) + b"\0")
        assert inbound._heard(ours, buffer) == 1
        assert not buffer
        buffer += HEAD.pack(17, int(Command.DELIVER_SM) | 0x80000000, 0x64, 2) + b"\0"
        with pytest.raises(inbound.Lost, match="0x64"):
            inbound._heard(ours, buffer)


def test_the_figures_stand_beside_what_was_asked_for_and_beside_a_peer():
    ours = {("ours", 10): 9_000.0, ("ours", 100): 60_000.0}
    peers = {(name, w): 100_000.0 for name in ("disk", "answer") for w in (10, 100)}
    spent = dict.fromkeys(ours, 40.0)
    found = list(inbound.figures(ours | peers, spent))
    assert [figure.met for figure in found] == [False, False, True, True, True, False]
    assert [figure.met for figure in outbox.figures(outbox.Took(9e3, 2e4), 5e4)] == [
        True,
        False,
        False,
    ]
