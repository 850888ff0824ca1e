"""Signed frames: ours with a time never used before, theirs looked at before anything is noted."""

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink.encoder import Encoder
from safeconduct.mavlink.intents import AskOnce
from safeconduct.mavlink.signing import AHEAD, LATE, Proof, Stamps, stamp_of

KEY, OTHER = b"k" * 32, b"o" * 32
NOON_S = 1_772_366_400.0


class Kept:
    """A note on disk, and a clock that may go back."""

    def __init__(self):
        self.noted, self.times, self.now_s = 0, 0, NOON_S

    def note(self, value):
        self.noted, self.times = value, self.times + 1

    def stamps(self):
        return Stamps(noted=self.noted, note=self.note, unix_s=lambda: self.now_s)


def signed(stamp, *, key=KEY, system=1, link=0, **how):
    writer = codec.MAVLink(None, srcSystem=system, srcComponent=1)
    signing = writer.signing
    signing.secret_key, signing.sign_outgoing, signing.link_id = key, bool(key), link
    signing.timestamp = stamp
    return bytes(codec.MAVLink_heartbeat_message(2, 3, 0, 0, 4, 3).pack(writer, **how))


def test_with_a_key_every_frame_is_signed_and_another_key_does_not_read_it():
    raw = Encoder(key=KEY, stamps=Kept().stamps()).encode(AskOnce(1, 33)).raw

    def read(with_key):
        reader = codec.MAVLink(None)
        reader.robust_parsing = True
        reader.signing.secret_key = with_key
        reader.signing.allow_unsigned_callback = lambda *_: False
        return reader.parse_buffer(raw)[0].get_type()

    assert read(KEY) == "COMMAND_LONG"
    assert read(OTHER) == "BAD_DATA"
    for wrong in ({"key": b"short", "stamps": Kept().stamps()}, {"key": KEY}):
        with pytest.raises(ValueError, match="32 bytes"):
            Encoder(**wrong)


def test_a_stamp_is_never_used_twice_though_the_clock_goes_back_over_a_restart():
    kept = Kept()
    used = [kept.stamps().next()]
    for hours_back in (0, 5, 100, 100):
        kept.now_s = NOON_S - hours_back * 3600
        stamps = kept.stamps()  # a restart
        used += [stamps.next() for _ in range(50)]
    assert used == sorted(set(used))
    assert used[-1] <= kept.noted


def test_it_is_noted_before_it_is_used_and_not_for_each_frame():
    kept = Kept()
    stamps = kept.stamps()
    for n in range(3000):
        kept.now_s = NOON_S + n * 0.1  # five minutes
        assert stamps.next() <= kept.noted
    assert 5 <= kept.times <= 3000 * 10_000 // AHEAD + 1


def test_an_unsigned_a_wrongly_signed_and_an_old_frame_are_not_believed():
    proof = Proof(KEY)
    now = stamp_of(NOON_S)
    assert proof.believes(signed(now))
    assert not proof.believes(signed(now))  # heard before
    assert not proof.believes(signed(now - 1))
    assert not proof.believes(signed(now + 1, key=None))
    assert not proof.believes(signed(now + 1, key=OTHER))
    assert not proof.believes(signed(now + 1, force_mavlink1=True))
    assert not proof.believes(signed(now + 1)[:-1])
    spoiled = bytearray(signed(now + 1))
    spoiled[12] ^= 1
    assert not proof.believes(bytes(spoiled))
    assert proof.believes(signed(now + 1))


def test_a_forged_frame_from_the_future_deafens_nobody():
    proof = Proof(KEY, floor=stamp_of(NOON_S))
    assert not proof.believes(signed(2**47, key=OTHER))
    assert proof.believes(signed(stamp_of(NOON_S)))


def test_a_frame_of_another_day_is_not_believed_on_a_new_stream():
    now = stamp_of(NOON_S)
    proof = Proof(KEY, floor=now)
    assert not proof.believes(signed(now - LATE, link=3))
    assert proof.believes(signed(now - LATE + 1, link=3))
