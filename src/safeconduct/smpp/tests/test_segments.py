import random
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm as theirs
from smspdudecoder.fields import UserDataHeader

from safeconduct.smpp.alphabet import Coding, decode, septets
from safeconduct.smpp.codec import (
    Address,
    Command,
    Message,
    Pdu,
    Tag,
    message_body,
    read_message,
)
from safeconduct.smpp.segments import (
    Joined,
    Place,
    Read,
    TooLong,
    cut,
    header,
    messages,
    placed,
    read,
)

DRAFT = Message(Address("100"), Address("380501112233"))
LETTERS = "".join(c for c in map(chr, range(0x2100)) if septets(c) is not None)
gsm_texts = st.text(st.sampled_from(LETTERS), max_size=1200)
any_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)


def whole(sent, default="gsm"):
    parts = [read(one, default=default) for one in sent]
    assert [part.place.number for part in parts] == list(range(1, len(parts) + 1))
    assert {part.place.total for part in parts} == {len(parts)}
    return "".join(part.text or "" for part in parts)


@given(
    st.one_of(gsm_texts, any_texts),
    st.integers(0, 0xFFFF),
    st.sampled_from(Joined),
    st.sampled_from(["gsm", "ascii", "latin-1"]),
)
def test_a_text_comes_together_again_from_its_parts(text, reference, joined, default):
    sent = messages(DRAFT, text, reference=reference, joined=joined, default=default)
    assert whole(sent, default) == text
    assert all(read(cut_off(one), default=default) == read(one, default=default) for one in sent)
    if len(sent) > 1:
        known = {placed(one)[0].reference for one in sent}
        assert known == {reference & 0xFF if joined is Joined.UDH_8 else reference}
    else:
        assert joined is not Joined.PAYLOAD or not sent[0].short or not sent[0].tlvs


def cut_off(message):
    """The same message, written and read."""
    return read_message(Pdu(Command.SUBMIT_SM, 0, 1, message_body(message)))


@given(gsm_texts, st.sampled_from(Joined))
def test_packed_septets_come_together_again_behind_any_header(text, joined):
    text += "."  # "@" or a line's end in the last place of eight is taken for filling: see unpacked
    sent = messages(DRAFT, text, reference=7, joined=joined, default="gsm-packed")
    again = whole(sent, "gsm-packed")
    assert len(text) - len(again) <= len(sent)  # one such letter a part, and no other
    if not set("@\r") & set(text):
        assert again == text


@given(st.text(st.sampled_from("abc €{}@é"), max_size=400))
def test_a_packed_part_fills_no_more_than_a_phone_takes(text):
    for one in messages(DRAFT, text, reference=7, default="gsm-packed"):
        if one.coding == Coding.DEFAULT:
            assert len(one.short) <= 140


@given(st.one_of(gsm_texts, any_texts))
def test_no_part_ends_in_half_a_letter_and_no_part_is_longer_than_a_phone_takes(text):
    made = cut(text)
    limit = 160 if made.coding == Coding.DEFAULT else 140
    if len(made.parts) > 1:
        limit = 153 if made.coding == Coding.DEFAULT else 134
    for part in made.parts:
        assert len(part) <= limit
        if made.coding == Coding.DEFAULT:
            assert part[-1:] != b"\x1b"
            assert len(decode(part, coding=0) or "") == len(part) - part.count(b"\x1b")
        else:
            part.decode("utf-16-be")  # raises on half a pair


@given(gsm_texts)
def test_greedy_filling_needs_the_fewest_parts_that_whole_letters_allow(text):
    whole = septets(text) or b""
    made = cut(text)
    if len(whole) <= 160:
        assert len(made.parts) == 1
        return
    assert len(made.parts) >= -(-len(whole) // 153)
    for part, following in zip(made.parts, made.parts[1:], strict=False):
        first = 2 if following[0] == 0x1B else 1
        assert len(part) + first > 153


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3),
        ("€" * 80, 1), ("€" * 81, 2), ("a" * 152 + "€" + "a" * 7, 2),
        ("д" * 70, 1), ("д" * 71, 2), ("д" * 134, 2), ("д" * 135, 3), ("🙂" * 35, 1), ("🙂" * 36, 2),
        ("", 1),
    ],
)  # fmt: skip
def test_parts_are_counted_as_the_specification_counts_them(text, parts):
    assert len(cut(text).parts) == parts


@given(st.text(st.sampled_from("abcdefg ,.йцукен"), min_size=1, max_size=500))
def test_where_no_letter_is_double_another_author_counts_the_same_parts(text):
    made = cut(text)
    plain = "гне" if made.coding == Coding.UCS_2 else ""
    parts, _coding, _flag = theirs.make_parts(text)
    assert len(parts) == len(made.parts), plain


@given(st.integers(0, 255), st.integers(2, 255), st.data())
def test_another_author_reads_our_headers(reference, total, data):
    number = data.draw(st.integers(1, total))
    raw = header(Place(reference, number, total))
    elements = UserDataHeader.decode(StringIO(raw.hex()))["elements"]
    told = elements[0]["data"]
    assert (told["reference"], told["parts_count"], told["part_number"]) == (
        reference,
        total,
        number,
    )


def test_sar_tlvs_tell_the_place_too_and_nonsense_is_one_of_one():
    sar = (
        (int(Tag.SAR_REFERENCE), b"\x01\x02"),
        (int(Tag.SAR_TOTAL), b"\x03"),
        (int(Tag.SAR_NUMBER), b"\x02"),
    )
    assert placed(Message(Address("1"), Address("2"), b"x", tlvs=sar)) == (
        Place(0x0102, 2, 3),
        b"x",
    )
    spoiled = (*sar[:2], (int(Tag.SAR_NUMBER), b"\x09"))
    assert placed(Message(Address("1"), Address("2"), b"x", tlvs=spoiled))[0] == Place()
    empty = (*sar[:2], (int(Tag.SAR_NUMBER), b""))
    assert placed(Message(Address("1"), Address("2"), b"x", tlvs=empty))[0] == Place()
    payload = ((int(Tag.MESSAGE_PAYLOAD), b"long" * 100),)
    assert placed(Message(Address("1"), Address("2"), tlvs=payload))[1] == b"long" * 100


def test_more_than_255_parts_are_refused_in_words():
    cut("a" * 153 * 255)
    with pytest.raises(TooLong, match="Shorten"):
        cut("a" * 153 * 256)


def test_any_user_data_header_is_read_or_left_alone():
    chance = random.Random(1905)
    for _ in range(20_000):
        short = chance.randbytes(chance.randint(0, 12))
        place, rest = placed(Message(Address("1"), Address("2"), short, esm_class=0x40))
        assert 1 <= place.number <= max(place.total, 1)
        assert short.endswith(rest)


def test_a_carrier_whose_default_is_latin_1_gets_latin_1_counted_as_it_travels():
    (short,) = messages(DRAFT, "Привіт {é}"[7:], reference=1, default="latin-1")
    assert (short.coding, short.short) == (0, b"{\xe9}")
    assert len(cut("{" * 80, default="latin-1").parts) == 1
    assert len(cut("{" * 81, default="latin-1").parts) == 2  # two septets each on the air
    assert cut("€", default="latin-1").coding == Coding.UCS_2  # GSM has it, Latin-1 has not
    assert cut("é", default="ascii").coding == Coding.UCS_2


def test_letters_of_a_national_table_are_kept_as_octets_and_not_guessed():
    shifted = Message(Address("1"), Address("2"), b"\x03\x25\x01\x01abc", esm_class=0x40)
    assert read(shifted) == Read(Place(), None, b"abc")
    plain = shifted._replace(short=b"\x03\x25\x01\x00abc")
    assert read(plain) == Read(Place(), "abc", b"abc")
    ucs2 = shifted._replace(short=b"\x03\x25\x01\x01" + "да".encode("utf-16-be"), coding=8)
    assert read(ucs2).text == "да"


def test_a_payload_carries_what_needs_parts_and_a_short_text_stays_a_short_message():
    (short,) = messages(DRAFT, "да", reference=1, joined=Joined.PAYLOAD)
    assert (short.tlvs, len(short.short)) == ((), 4)
    (long,) = messages(DRAFT, "д" * 500, reference=1, joined=Joined.PAYLOAD)
    assert (long.short, long.esm_class) == (b"", 0)
    assert read(long).text == "д" * 500
