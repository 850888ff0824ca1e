"""Ours beside gsm0338 and smspdudecoder, two other authors' work."""

import gsm0338
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smspdudecoder import codecs as theirs

from safeconduct.smpp.alphabet import (
    CARRIER_DEFAULTS,
    decode,
    from_septets,
    packed,
    septets,
    unpacked,
)

OTHER = gsm0338.Codec()
LETTERS = "".join(c for c in map(chr, range(0x2100)) if septets(c) is not None)
texts = st.text(st.sampled_from(LETTERS), max_size=200)


def test_the_alphabet_has_its_127_letters_and_ten_escaped_ones():
    assert len(LETTERS) == 137


@given(texts)
def test_our_septets_are_those_of_another_author_and_read_back(text):
    ours = septets(text)
    assert ours is not None
    assert ours == OTHER.encode(text)[0]
    assert from_septets(ours) == text
    assert OTHER.decode(ours)[0] == text


# The escape code itself is no letter; the other author lets it through.
@given(st.text(alphabet=st.characters(exclude_characters="\x1b"), max_size=100))
def test_we_and_another_author_agree_on_what_fits(text):
    try:
        expected = OTHER.encode(text)[0]
    except UnicodeError:
        expected = None
    assert septets(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=70))
def test_ucs2_is_read_as_another_author_reads_it(text):
    raw = text.encode("utf-16-be")
    assert decode(raw, coding=8) == text == theirs.UCS2.decode(raw.hex())


@given(st.binary(max_size=100), st.integers(0, 255), st.sampled_from(CARRIER_DEFAULTS))
def test_any_octets_under_any_coding_give_a_text_or_none(raw, coding, default):
    found = decode(raw, coding=coding, default=default)
    assert found is None or isinstance(found.encode(), bytes)


@pytest.mark.parametrize(
    ("raw", "coding", "default", "text"),
    [
        (b"\x1b\x65 5", 0, "gsm", "€ 5"),
        (b"\x00", 0, "gsm", "@"),
        (b"\x1b", 0, "gsm", " "),
        (b"\x1bA", 0, "gsm", "A"),
        (b"\x80", 0, "gsm", None),
        (b"a", 0, "ascii", "a"),
        (b"\xe9", 0, "latin-1", "é"),
        (b"\xe9", 1, "gsm", None),
        (b"\xe9", 3, "gsm", "é"),
        ("да".encode("iso8859-5"), 6, "gsm", "да"),
        (b"\x04\x14\x04", 8, "gsm", None),
        (b"\xd8\x3d", 8, "gsm", "\ufffd"),
        (b"A", 0xF1, "gsm", "A"),
        (b"A", 0xF5, "gsm", None),
        (b"\x01\x02", 2, "gsm", None),
        (b"\x01\x02", 4, "gsm", None),
        ("😀".encode("utf-16-be"), 8, "gsm", "😀"),
        ("да".encode("utf-16-be"), 0x18, "gsm", "да"),
        ("да".encode("utf-16-be"), 0xE0, "gsm", "да"),
        (b"A", 0x11, "gsm", "A"),
        (b"A", 0xC8, "gsm", "A"),
        (b"A", 0xD0, "gsm", "A"),
        (b"A", 0x15, "gsm", None),
        (b"A", 0xF8, "ascii", "A"),
        (b"\xe8\x32\x9b\xfd\x06", 0, "gsm-packed", "hello"),
        (b"\xe8\x32\x9b\xfd\x06", 0xF0, "gsm-packed", "hello"),
        ("да".encode("utf-16-be"), 8, "gsm-packed", "да"),
    ],
)
def test_each_coding_is_read_as_the_specification_says(raw, coding, default, text):
    assert decode(raw, coding=coding, default=default) == text


@given(st.binary(max_size=300).map(lambda raw: bytes(n & 0x7F for n in raw)))
def test_septets_pack_as_another_author_unpacks_them_and_back(raw):
    octets = packed(raw)
    assert len(octets) == -(-7 * len(raw) // 8)
    text = from_septets(raw)
    spare = 7 * len(raw) % 8 == 1  # theirs knows no filling, and shows it
    if b"\x1b" not in raw:  # theirs leaves an escape to nothing as it is
        assert theirs.GSM.decode(octets.hex()).rstrip("@\r") == text.rstrip("@\r")
    expected = raw if spare or 7 * len(raw) % 8 or raw[-1:] not in {b"\0", b"\r"} else raw[:-1]
    assert unpacked(octets) == expected


@given(st.binary(max_size=60), st.integers(0, 6))
def test_any_octets_unpack_behind_any_header(raw, fill):
    assert len(unpacked(raw, fill=fill)) in {n := max(0, 8 * len(raw) - fill) // 7, n - 1}
