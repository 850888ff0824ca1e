import random
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm as theirs
from smspdudecoder.fields import UserDataHeader

from safeconduct.smpp.alphabet import Coding, decode, septets
from safeconduct.smpp.codec import Address, Message, Tag
from safeconduct.smpp.segments import Place, TooLong, cut, header, messages, placed

DRAFT = Message(Address("100"), Address("380501112233"))
LETTERS = "".join(c for c in map(chr, range(0x2100)) if septets(c) is not None)
gsm_texts = st.text(st.sampled_from(LETTERS), max_size=1200)
any_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)


def joined(sent):
    parts = [placed(one) for one in sent]
    assert [place.number for place, _ in parts] == list(range(1, len(parts) + 1))
    assert {place.total for place, _ in parts} == {len(parts)}
    return "".join(
        decode(octets, coding=one.coding) or ""
        for one, (_, octets) in zip(sent, parts, strict=True)
    )


@given(st.one_of(gsm_texts, any_texts), st.integers(0, 0xFFFF), st.booleans())
def test_a_text_comes_together_again_from_its_parts(text, reference, wide):
    sent = messages(DRAFT, text, reference=reference, wide=wide)
    assert joined(sent) == text
    if len(sent) > 1:
        known = {placed(one)[0].reference for one in sent}
        assert known == {reference if wide else reference & 0xFF}


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
