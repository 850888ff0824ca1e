"""Of what the units' map says the core is told four things, of those who are believed, and nothing leaves again."""

from datetime import timedelta

import pytest

from safeconduct.cot.heard import Believed, Hearing, KeptIn, insist_kept
from safeconduct.cot.reading import read
from safeconduct.cot.tests.test_reading import event
from safeconduct.cot.tests.test_writing import NOON, marker

MARK = "k7m2p9qrstuv"
BELIEVED = Believed(frozenset({"FDC1"}), {"RCV1": "unit:1"}, frozenset({"OBS1"}))


def heard(kind, detail, *, uid="u1", standing=(MARK,), asked="m1", own="me"):
    hearing = Hearing(route="tak", believed=BELIEVED, key=b"k" * 32, own=own)
    hearing.asked(asked, about=MARK)
    told = read(event(uid=uid, kind=kind, detail=f"<detail>{detail}</detail>"))
    return hearing.take(told, standing=standing, now=NOON + timedelta(hours=1))


def chat(text, who="FDC1"):
    return f'<__chat senderCallsign="{who}"/><remarks>{text}</remarks>'


@pytest.mark.parametrize(("kind", "what"), [("b-t-f-d", "delivered"), ("b-t-f-r", "read")])
def test_a_receipt_says_that_a_device_has_it_or_a_page_was_opened_and_no_more(kind, what):
    receipt = '<__chatreceipt messageId="m1" senderCallsign="FDC1"/>'
    assert (heard(kind, receipt).what, heard(kind, receipt).about) == (what, MARK)
    assert heard(kind, receipt.replace("m1", "m2")) is None
    assert heard(kind, receipt.replace("FDC1", "OTHER")) is None


def test_a_persons_word_on_one_area_acknowledges_it_and_a_doubtful_one_none():
    assert heard("b-t-f", chat("ack k7m2")).what == "acknowledged"
    assert heard("b-t-f", chat(" Roger K7M2P9.")).about == MARK
    assert heard("b-t-f", chat("ack")) is None
    assert heard("b-t-f", chat("no ack k7m2")) is None
    assert heard("b-t-f", chat("ack k7m2", who="OTHER")) is None
    assert heard("b-t-f", chat("ack k7m2"), standing=(MARK, "k7m2aaaaaaaa")) is None
    assert heard("b-t-f", chat("ack k7m2"), standing=()) is None


def test_the_receiving_units_place_is_taken_and_no_other_units():
    told = heard("a-f-G-U-C", '<contact callsign="RCV1"/><track course="270" speed="2.5"/>')
    assert (told.what, told.lat_e7, told.course_cdeg, told.speed_mm_s) == (
        "position", 515_000_000, 27_000, 2_500,
    )  # fmt: skip
    assert told.said_at < told.received_at
    assert told.unit == "unit:1"
    assert heard("a-f-G-U-C", '<contact callsign="FDC1"/>') is None
    assert heard("a-f-G-U-C", '<contact callsign="RCV1"/>', own="u1") is None
    for speed in ("nan", "inf", "1e9", "-3", "x"):
        wrong = heard("a-f-G-U-C", f'<contact callsign="RCV1"/><track course="1" speed="{speed}"/>')
        assert (wrong.course_cdeg, wrong.speed_mm_s) == (0, 0)


def test_a_contact_is_taken_without_a_side_and_leaves_by_nothing():
    seen = '<link relation="p-p" parent_callsign="{}"/><contact callsign="A NAME"/>'
    same = {heard(kind, seen.format("OBS1")) for kind in ("a-h-G-U-C", "a-u-G", "a-s-G-E-V")}
    assert len(same) == 1  # whose side it was marked as on is not told
    told = same.pop()
    assert "NAME" not in repr(told)
    assert "u1" not in told.speaker
    assert heard("a-h-G", seen.format("OTHER")) is None
    assert heard("a-h-A-M-F", seen.format("OBS1")) is None  # what flies is no contact on his road
    with pytest.raises(KeptIn):
        insist_kept(told)
    insist_kept(marker())
