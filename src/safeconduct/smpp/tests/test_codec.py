"""Round trips, other authors' codec beside ours, and octets that nobody should send."""

import random

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st
from smpplib import smpp as other

from safeconduct.smpp.codec import (
    MAX_PDU,
    Address,
    Bind,
    Command,
    Malformed,
    Message,
    Pdu,
    bind_body,
    cut,
    id_body,
    message_body,
    read_bind,
    read_id,
    read_message,
)

words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
octet = st.integers(0, 255)
times = st.sampled_from(["", "310504120000000+", "000001000000000R"])  # §7.1.1
addresses = st.builds(Address, number=words, ton=st.integers(0, 6), npi=st.integers(0, 18))
tlvs = st.lists(st.tuples(st.integers(0x1400, 0x3FFF), st.binary(max_size=40)), max_size=4)
message = st.builds(
    Message,
    source=addresses,
    destination=addresses,
    short=st.binary(max_size=254),
    coding=octet,
    esm_class=octet,
    registered=octet,
    service=st.text(st.characters(min_codepoint=65, max_codepoint=90), max_size=5),
    protocol=octet,
    priority=octet,
    schedule=times,
    validity=times,
    replace=octet,
    default_id=octet,
    tlvs=tlvs.map(tuple),
)
sequence = st.integers(1, 0x7FFFFFFF)


class Sequence:
    """What smpplib asks its client for."""

    def __init__(self, number):
        self.number = number

    def next_sequence(self):
        return self.number


@given(message, sequence, st.sampled_from([Command.SUBMIT_SM, Command.DELIVER_SM]))
def test_a_message_reads_back_as_it_was_written(given_message, number, command):
    raw = Pdu(command, 0, number, message_body(given_message)).to_bytes()
    (pdu,) = cut(bytearray(raw))
    assert (pdu.command, pdu.sequence) == (command, number)
    assert read_message(pdu) == given_message
    assert pdu.to_bytes() == raw


@given(st.lists(message, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_frames_come_whole_however_the_network_cuts_them(messages, chance):
    raw = b"".join(
        Pdu(Command.DELIVER_SM, 0, n, message_body(m)).to_bytes() for n, m in enumerate(messages)
    )
    buffer, found, at = bytearray(), [], 0
    while at < len(raw):
        step = chance.randint(1, 90)
        buffer += raw[at : at + step]
        at += step
        found += cut(buffer)
    assert [read_message(pdu) for pdu in found] == messages
    assert not buffer


@given(message, sequence)
def test_another_authors_codec_reads_what_we_write(given_message, number):
    bare = given_message._replace(tlvs=())  # smpplib reads only TLVs that it has a name for
    raw = Pdu(Command.DELIVER_SM, 0, number, message_body(bare)).to_bytes()
    theirs = other.parse_pdu(raw, client=Sequence(number))
    assert theirs.command == "deliver_sm"
    assert theirs.sequence == number
    assert (theirs.short_message or b"") == given_message.short
    assert (theirs.source_addr or b"").decode() == given_message.source.number
    assert (theirs.destination_addr or b"").decode() == given_message.destination.number
    assert theirs.source_addr_ton == given_message.source.ton
    assert theirs.data_coding == given_message.coding
    assert theirs.esm_class == given_message.esm_class


@given(words, words, st.binary(max_size=254), octet, sequence)
def test_we_read_what_another_authors_codec_writes(source, destination, short, coding, number):
    theirs = other.make_pdu(
        "submit_sm",
        client=Sequence(number),
        source_addr=source,
        destination_addr=destination,
        short_message=short,
        data_coding=coding,
        source_addr_ton=5,
        registered_delivery=1,
    )
    (pdu,) = cut(bytearray(theirs.generate()))
    ours = read_message(pdu)
    assert (ours.source.number, ours.destination.number) == (source, destination)
    assert (ours.short, ours.coding, ours.registered, ours.source.ton) == (short, coding, 1, 5)


@given(message, sequence)
def test_a_second_author_reads_what_we_write_with_every_tlv(given_message, number):
    raw = Pdu(Command.SUBMIT_SM, 0, number, message_body(given_message)).to_bytes()
    theirs = smpp34.decode(raw)
    assert theirs.sequence_number == number
    assert of_theirs(theirs) == given_message
    assert [(tlv.tag, tlv.value) for tlv in theirs.tlvs] == list(given_message.tlvs)
    assert theirs.encode() == raw


@given(message, sequence)
def test_we_read_what_a_second_author_writes_with_every_tlv(given_message, number):
    m = given_message
    theirs = smpp34.SubmitSm(
        m.source.number, m.destination.number, m.short,
        source_addr_ton=m.source.ton, source_addr_npi=m.source.npi,
        dest_addr_ton=m.destination.ton, dest_addr_npi=m.destination.npi,
        service_type=m.service, esm_class=m.esm_class, protocol_id=m.protocol,
        priority_flag=m.priority, schedule_delivery_time=m.schedule, validity_period=m.validity,
        registered_delivery=m.registered, replace_if_present_flag=m.replace, data_coding=m.coding,
        sm_default_msg_id=m.default_id, tlvs=[smpp34.Tlv(*tlv) for tlv in m.tlvs],
        sequence_number=number,
    )  # fmt: skip
    (pdu,) = cut(bytearray(theirs.encode()))
    assert (read_message(pdu), pdu.sequence) == (given_message, number)


def of_theirs(pdu):
    return Message(
        Address(pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi),
        Address(pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi),
        pdu.short_message, pdu.data_coding, pdu.esm_class, pdu.registered_delivery,
        pdu.service_type, pdu.protocol_id, pdu.priority_flag, pdu.schedule_delivery_time,
        pdu.validity_period, pdu.replace_if_present_flag, pdu.sm_default_msg_id,
        tuple((tlv.tag, tlv.value) for tlv in pdu.tlvs),
    )  # fmt: skip


@given(words, words, st.binary(max_size=200), octet, sequence)
def test_a_data_sm_of_another_author_is_read_with_its_payload(source, destination, raw, coding, n):
    theirs = other.make_pdu(
        "data_sm", client=Sequence(n), source_addr=source, destination_addr=destination,
        data_coding=coding, message_payload=raw, registered_delivery=1,
    )  # fmt: skip
    (pdu,) = cut(bytearray(theirs.generate()))
    ours = read_message(pdu)
    assert (ours.source.number, ours.destination.number) == (source, destination)
    assert (ours.coding, ours.registered) == (coding, 1)
    assert ours.content == raw


@pytest.mark.parametrize(
    "wrong",
    [{"coding": 256}, {"esm_class": -1}, {"tlvs": ((1 << 16, b""),)}, {"tlvs": ((1, bytes(1 << 16)),)},
     {"service": "SIX.SIX"}, {"validity": "1" * 17}, {"schedule": "a\0b"}, {"source": Address("Ж")}],
)  # fmt: skip
def test_what_does_not_fit_its_field_is_refused_before_a_byte_is_written(wrong):
    with pytest.raises(ValueError, match=r"fit|bits|encode"):
        message_body(Message(Address("1"), Address("2"))._replace(**wrong))


def test_a_bind_reads_back_and_a_field_too_long_is_refused_at_once():
    bind = Bind("programme", "secret", "SMPP")
    assert read_bind(Pdu(Command.BIND_TRANSCEIVER, 0, 1, bind_body(bind))) == bind
    with pytest.raises(ValueError, match="does not fit"):
        bind_body(Bind("programme", "ninechars"))
    with pytest.raises(ValueError, match="does not fit"):
        message_body(Message(Address("1" * 21), Address("2")))
    with pytest.raises(ValueError, match="message_payload"):
        message_body(Message(Address("1"), Address("2"), short=bytes(255)))


def test_an_answer_without_a_body_has_no_id():
    assert read_id(Pdu(0x80000004, 0x58, 1)) == ""
    assert read_id(Pdu(0x80000004, 0, 1, id_body("abc"))) == "abc"
    with pytest.raises(Malformed):
        read_id(Pdu(0x80000004, 0, 1, b"abc"))


@pytest.mark.parametrize("length", [0, 15, MAX_PDU + 1, 0xFFFFFFFF])
def test_a_length_that_cannot_be_followed_is_refused_after_the_frames_before_it(length):
    good = Pdu(Command.ENQUIRE_LINK, 0, 1).to_bytes()
    buffer = bytearray(good + length.to_bytes(4, "big") + bytes(12))
    assert len(cut(buffer)) == 1
    with pytest.raises(Malformed):
        cut(buffer)


def test_a_message_cut_anywhere_is_malformed_or_loses_only_tlvs():
    whole = message_body(
        Message(Address("380501112233"), Address("100"), b"help", tlvs=((0x1400, b"x"),))
    )
    bare = len(whole) - 5
    for end in range(len(whole)):
        pdu = Pdu(Command.DELIVER_SM, 0, 1, whole[:end])
        if end < bare:
            with pytest.raises(Malformed):
                read_message(pdu)
        else:
            assert (read_message(pdu).short, read_message(pdu).tlvs) == (b"help", ())


def test_twenty_thousand_spoiled_pdus_raise_nothing_but_malformed():
    chance = random.Random(20310504)
    seed = Pdu(
        Command.DELIVER_SM,
        0,
        7,
        message_body(
            Message(
                Address("380501112233"),
                Address("100"),
                b"\x05\x00\x03\x01\x02\x01hi",
                esm_class=0x40,
                tlvs=((0x0424, b"abc"),),
            )
        ),
    ).to_bytes()
    refused = read = 0
    for _ in range(20_000):
        spoiled = bytearray(seed)
        for _ in range(chance.randint(1, 6)):
            act = chance.randint(0, 2)
            at = chance.randrange(len(spoiled) or 1)
            if act == 0 and spoiled:
                spoiled[at] = chance.randrange(256)
            elif act == 1:
                del spoiled[at : at + chance.randint(1, 8)]
            else:
                spoiled[at:at] = chance.randbytes(chance.randint(1, 8))
        try:
            for pdu in cut(spoiled):
                read_message(pdu)
                read += 1
        except Malformed:
            refused += 1
    assert refused > 1000
    assert read > 1000
