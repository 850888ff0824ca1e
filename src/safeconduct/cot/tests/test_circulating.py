"""Who hears whom, by itself: the relay's rules without a socket."""

from datetime import timedelta

import pytest

from safeconduct.cot import circulating
from safeconduct.cot.circulating import Circle, Member, Waiting, kind_of
from safeconduct.cot.reading import NotCot, read
from safeconduct.cot.tests.test_reading import event
from safeconduct.cot.tests.test_writing import NOON


def member(name, *, groups=("site",), says=(), hears=()):
    return Member(name, name.upper(), *map(frozenset, (groups, says, hears)))


def circle():
    return Circle(
        [
            member("watch", says=["areas", "moving"], hears=["positions"]),
            member("fdc", says=["positions", "areas"], hears=["areas", "moving"]),
            member("rcv", says=["positions"], hears=["areas"]),
            member("alone", groups=(), says=["areas"], hears=["areas", "moving", "positions"]),
        ]
    )


def take(circle, name, kind, uid="u", detail="<detail/>"):
    raw = event(uid=uid, kind=kind, detail=detail)
    return circle.take(name, read(raw), raw)


def test_nobody_says_or_hears_what_is_not_named_for_him():
    site = circle()
    assert take(site, "watch", "u-d-f", "a") == ("areas", ("fdc", "rcv"))
    assert take(site, "watch", "a-n-G-E-V", "v") == ("moving", ("fdc",))
    assert take(site, "fdc", "a-f-G-U-C", "f") == ("positions", ("watch",))
    assert take(site, "alone", "u-d-f", "b") == ("areas", ())  # it shares no group
    for kind in ("a-h-G", "b-a-o-tbl", "t-x-d-d", "b-f-t-r", "x"):
        with pytest.raises(NotCot, match="may not say"):
            take(site, "watch", kind)


def test_an_address_narrows_who_hears_and_widens_nothing():
    to = '<detail><marti><dest callsign="{}"/></marti></detail>'
    assert take(circle(), "watch", "u-d-f", detail=to.format("RCV")) == ("areas", ("rcv",))
    assert take(circle(), "watch", "a-n-G-E-V", detail=to.format("RCV")) == ("moving", ())
    assert take(circle(), "watch", "u-d-f", detail=to.format("NOBODY")) == ("areas", ())


def test_a_uid_is_its_first_speakers_and_areas_are_as_many_as_one_client_may_draw(monkeypatch):
    site = circle()
    take(site, "watch", "u-d-f", "a")
    with pytest.raises(NotCot, match="another"):
        take(site, "fdc", "u-d-f", "a")
    monkeypatch.setattr(circulating, "MOST_OWNED", 2)
    for n in range(9):
        take(site, "watch", "a-n-G-E-V", f"v{n}")  # what moves makes room for what moves
    take(site, "watch", "u-d-f", "b")
    with pytest.raises(NotCot, match="more areas"):
        take(site, "watch", "u-d-f", "c")


def test_areas_alone_are_kept_for_who_joins_late_until_they_are_ended_or_stale():
    site = circle()
    take(site, "watch", "u-d-f", "a")
    take(site, "watch", "a-n-G-E-V", "v")
    assert len(site.standing("rcv", now=NOON)) == 1
    assert site.standing("alone", now=NOON) == []
    assert site.standing("rcv", now=NOON + timedelta(hours=1)) == []
    take(site, "watch", "u-d-f", "a")
    raw = event(uid="a", kind="u-d-f").replace(b"12:01:00Z", b"12:00:00Z")
    site.take("watch", read(raw), raw)
    assert site.standing("rcv", now=NOON) == []


def test_a_slow_client_is_owed_all_that_lasts_and_the_newest_of_what_passes():
    waiting = Waiting()
    for n in range(circulating.MOST_PASSING + 10):
        waiting.put("moving", f"v{n}", b"v")
    for n in range(circulating.MOST_WORDS + 10):
        waiting.put("words", f"w{n}", b"w")
    for n in range(2000):
        waiting.put("areas", f"a{n}", b"a")
    waiting.put("alerts", "s", b"raised")
    waiting.put("alerts", "s", b"over")
    told = waiting.drain()
    assert (told.count(b"a"), told.count(b"over"), told.count(b"raised")) == (2000, 1, 0)
    assert told.count(b"v") == circulating.MOST_PASSING
    assert told.count(b"w") == circulating.MOST_WORDS
    assert waiting.drain() == []


def test_each_type_has_its_kind_and_a_strange_one_none():
    for type_, kind in (
        ("u-d-c-c", "areas"), ("b-m-r", "corridor"), ("a-f-A-M-H-Q", "moving"), ("a-f-G", "positions"),
        ("b-a-o-can", "alerts"), ("b-r-f-h-c", "medical"), ("b-t-f-d", "words"), ("a-u-G", "contacts"),
        ("b-m-p-w", ""), ("t-x-m-c", ""),
    ):  # fmt: skip
        assert kind_of(type_) == kind
