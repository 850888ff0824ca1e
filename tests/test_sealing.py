import hashlib
import hmac
import socket

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.sealing import Tampered

KEY = bytes(range(32))
AAD = sealing.address("post.Message.text", "compartment1", "row1")
PRIVATE, PUBLIC = sealing.new_box_keys()
SIGN, CHECK = sealing.new_sign_keys()
texts = st.binary(max_size=3000)


@given(texts)
def test_what_is_sealed_opens_with_its_key_at_its_place(plain):
    assert sealing.unseal_field(KEY, sealing.seal_field(KEY, plain, AAD), AAD) == plain


@given(texts, st.data())
def test_no_bit_of_a_box_can_be_flipped(plain, data):
    box = bytearray(sealing.seal_field(KEY, plain, AAD))
    place = data.draw(st.integers(0, len(box) - 1))
    box[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Tampered):
        sealing.unseal_field(KEY, bytes(box), AAD)


@given(texts, st.data())
def test_no_box_can_be_cut_or_lengthened(plain, data):
    box = sealing.seal_field(KEY, plain, AAD)
    cut = data.draw(st.integers(0, len(box) - 1))
    for changed in (box[:cut], box[cut + 1 :], box + b"\0"):
        with pytest.raises(Tampered):
            sealing.unseal_field(KEY, changed, AAD)


@pytest.mark.parametrize(
    "place",
    [
        ("post.Message.text", "compartment1", "row2"),
        ("post.Message.text", "compartment2", "row1"),
        ("post.Message.note", "compartment1", "row1"),
    ],
    ids=["another row", "another compartment", "another column"],
)
def test_a_box_does_not_open_in_another_place(place):
    box = sealing.seal_field(KEY, b"meet at the mill", AAD)
    with pytest.raises(Tampered):
        sealing.unseal_field(KEY, box, sealing.address(*place))


def test_a_box_does_not_open_with_another_key_or_of_another_version():
    box = sealing.seal_field(KEY, b"x", AAD)
    with pytest.raises(Tampered):
        sealing.unseal_field(sealing.new_key(), box, AAD)
    with pytest.raises(Tampered, match="version"):
        sealing.unseal_field(KEY, b"\x02" + box[1:], AAD)


@pytest.mark.parametrize("part", ["", "a|b", "a b", "a\n", "я", "a" * 81])
def test_an_address_takes_refs_only_so_that_no_two_places_look_alike(part):
    with pytest.raises(ValueError, match="refs only"):
        sealing.address("post.Message.text", part, "row1")


def test_the_same_text_sealed_twice_shows_two_boxes():
    boxes = {sealing.seal_field(KEY, b"same", AAD) for _ in range(2_000)}
    assert len(boxes) == 2_000


@given(st.integers(0, 200_000))
def test_a_box_tells_its_bucket_and_not_its_length(length):
    size = len(sealing.pad(bytes(length)))
    assert size >= length + 4
    if length + 4 <= sealing.BUCKETS[-1]:
        assert size == min(b for b in sealing.BUCKETS if b >= length + 4)
    else:
        assert size % sealing.BUCKETS[-1] == 0
        assert size - (length + 4) < sealing.BUCKETS[-1]


@pytest.mark.parametrize(
    "padded", [b"", b"\0\0\0", b"\0\0\0\x01a", bytes(63), b"\xff" * 64, b"\0\0\0\0" + b"x" * 60]
)
def test_what_pad_did_not_write_is_refused(padded):
    with pytest.raises(Tampered):
        sealing.unpad(padded)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=60))
def test_keys_are_derived_as_another_author_derives_them(key, info):
    assert sealing.hkdf(key, info) == HKDF(hashes.SHA256(), 32, None, info).derive(key)


def test_every_kind_of_field_has_a_key_of_its_own():
    keys = {sealing.field_key(KEY, kind) for kind in sealing.KINDS}
    assert len(keys) == len(sealing.KINDS)
    assert KEY not in keys
    with pytest.raises(ValueError, match="no field of kind"):
        sealing.field_key(KEY, "diary")


def test_a_blind_index_meets_its_like_and_nothing_else():
    index = sealing.blind_index(KEY, "phone", "+380501234567")
    expected = hmac.new(KEY, b"phone|+380501234567", hashlib.sha256).digest()[:16]
    assert index == expected
    assert index != sealing.blind_index(KEY, "phone", "+380501234568")
    assert index != sealing.blind_index(KEY, "optout", "+380501234567")
    assert index != sealing.blind_index(sealing.new_key(), "phone", "+380501234567")


@given(texts)
def test_hybrid_boxes_open_for_their_receiver_in_their_context(plain):
    box = sealing.hpke_seal(PUBLIC, plain, info=b"v1|smpp|in|7")
    assert sealing.hpke_open(PRIVATE, box, info=b"v1|smpp|in|7") == plain
    with pytest.raises(Tampered):
        sealing.hpke_open(PRIVATE, box, info=b"v1|smpp|in|8")


def test_a_hybrid_box_is_refused_cut_flipped_or_for_somebody_else():
    box = sealing.hpke_seal(PUBLIC, b"x" * 100, info=b"i")
    other, _ = sealing.new_box_keys()
    with pytest.raises(Tampered):
        sealing.hpke_open(other, box, info=b"i")
    for changed in (
        b"",
        box[:10],
        box[:-1],
        bytes([box[0] ^ 1]) + box[1:],
        box[:-1] + bytes([box[-1] ^ 1]),
    ):
        with pytest.raises(Tampered):
            sealing.hpke_open(PRIVATE, changed, info=b"i")


def test_both_halves_of_the_hybrid_key_are_needed():
    box = sealing.hpke_seal(PUBLIC, b"x", info=b"i")
    other, _ = sealing.new_box_keys()
    for mixed in (PRIVATE[:64] + other[64:], other[:64] + PRIVATE[64:]):
        with pytest.raises(Tampered):
            sealing.hpke_open(mixed, box, info=b"i")


@pytest.mark.parametrize("key", [b"", PRIVATE[:-1], PUBLIC], ids=["none", "cut", "public"])
def test_a_key_of_another_length_is_named_as_none_of_ours(key):
    with pytest.raises(ValueError, match="none of ours"):
        sealing.box_public(key)


@given(texts)
def test_a_signature_holds_for_its_bytes_and_its_key(message):
    signature = sealing.sign(SIGN, message)
    sealing.verify(CHECK, message, signature)
    _, other = sealing.new_sign_keys()
    for public, told, signed in (
        (other, message, signature),
        (CHECK, message + b"!", signature),
        (CHECK, message, bytes(64)),
    ):
        with pytest.raises(Tampered):
            sealing.verify(public, told, signed)


def through_a_socket(raw):
    here, there = socket.socketpair()
    with here, there:
        here.sendall(raw)
        here.shutdown(socket.SHUT_WR)
        return sealing.read_frame(there)


def test_a_call_arrives_as_it_was_sent_and_the_end_is_the_end():
    assert through_a_socket(sealing.frame({"op": "ping", "n": 1, "я": ["ї"]})) == {
        "op": "ping",
        "n": 1,
        "я": ["ї"],
    }
    assert through_a_socket(b"") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"\0\0",
        sealing.frame({"op": "ping"})[:-1],
        b"\xff\xff\xff\xff",
        b"\0\0\0\x02[]",
        b"\0\0\0\x02{,",
    ],
    ids=["cut length", "cut body", "too long", "no object", "no JSON"],
)
def test_a_frame_that_is_none_is_refused(raw):
    with pytest.raises(Tampered):
        through_a_socket(raw)


def test_a_call_too_large_is_refused_before_it_is_sent():
    with pytest.raises(ValueError, match="smaller batches"):
        sealing.frame({"op": "x" * (sealing.MAX_FRAME + 1)})


@given(st.binary(max_size=200))
def test_bytes_survive_as_text(raw):
    assert sealing.to_bytes(sealing.text(raw)) == raw


def test_the_addresses_of_many_rows_are_those_of_each_and_a_bad_ref_is_refused_in_both():
    of = sealing.addresses("conversations.Message.body", "cmp-1")
    for ref in ("msg-1", "a:b.c_d-9"):
        assert of(ref) == sealing.address("conversations.Message.body", "cmp-1", ref)
    for ref in ("", "a|b", "a\n"):
        with pytest.raises(ValueError, match="takes refs only"):
            of(ref)
    with pytest.raises(ValueError, match="takes refs only"):
        sealing.addresses("a|b")
