"""Each event is read by another's eyes: what it says, to whom, and that no word of a case is in it."""

import re
import secrets
import socket
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from lxml import etree

from safeconduct.cot import writing
from safeconduct.cot.reading import read
from safeconduct.cot.writing import EVERYBODY, Ours, event_of, point_of, presence_of, word_to
from safeconduct.envelope import MapPoint, Marker

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RING = [[510_000_000, 340_000_000], [510_090_000, 340_000_000], [510_090_000, 340_140_000]]


def marker(ref="k7m2p9qrstuv", *, shape="polygon", ended=False, says="no_fire", ring=RING):
    until = NOON + timedelta(hours=1)
    ring = ring if shape != "circle" else ring[:1]
    return Marker(ref, shape, ring, 800, NOON, until, ended=ended, says=says)


def point(what, **more):
    place = {"lat_e7": 510_000_000, "lon_e7": -5_000_000}
    return MapPoint(**{"marker": "k7m2p9qrstuv", "what": what, "at": NOON, **place, **more})


def event(raw):
    return etree.fromstring(raw)


def test_a_polygon_is_closed_and_stale_an_hour_past_its_validity():
    told = event(event_of(marker(), to=EVERYBODY, now=NOON))
    assert (told.get("type"), told.get("how"), told.get("uid")) == (
        "u-d-f", "h-e", "k7m2p9qrstuv",
    )  # fmt: skip
    points = [link.get("point") for link in told.iter("link")]
    assert points[0] == points[-1] == "51.0000000,34.0000000"
    assert len(points) == 4
    assert told.get("start") == "2026-03-01T12:00:00.000Z"
    assert told.get("stale") == "2026-03-01T14:00:00.000Z"


def test_a_circle_has_its_radius_and_an_ended_area_is_stale_at_once():
    told = event(event_of(marker(shape="circle"), to=EVERYBODY, now=NOON))
    assert told.get("type") == "u-d-c-c"
    assert told.find("detail/shape/ellipse").get("major") == "800.0"
    ended = event(event_of(marker(ended=True), to=EVERYBODY, now=NOON))
    assert ended.get("stale") == "2026-03-01T12:00:00.000Z"


def test_a_point_is_no_area():
    with pytest.raises(ValueError, match="no area"):
        event_of(marker(shape="point"), to=EVERYBODY, now=NOON)


def test_an_area_that_lapsed_is_shown_for_an_hour_from_now_and_a_corridor_no_longer_than_it_holds():
    later = NOON + timedelta(hours=5)
    lapsed = event(event_of(marker(), to=EVERYBODY, now=later))
    assert lapsed.get("stale") == "2026-03-01T18:00:00.000Z"
    told = event(event_of(marker(shape="line", says="corridor"), to=["FDC1"], now=NOON))
    assert (told.get("type"), told.get("stale")) == ("b-m-r", "2026-03-01T13:00:00.000Z")
    assert len(told.findall("detail/link")) == len(RING)
    with pytest.raises(ValueError, match="no area"):
        event_of(marker(says="corridor"), to=["FDC1"], now=NOON)


def test_a_restricted_area_is_told_from_a_no_fire_area_by_name_and_colour():
    two = [
        event(event_of(marker(says=s), to=EVERYBODY, now=NOON)) for s in ("no_fire", "restricted")
    ]
    seen = {
        (e.find("detail/contact").get("callsign"), e.find("detail/strokeColor").get("value"))
        for e in two
    }
    assert len(seen) == 2


def test_what_moves_is_stale_soon_after_its_fix_and_a_doubtful_place_bears_the_unknown_error():
    sure = point("vehicle", error_mm=4_900, course_cdeg=9_000, speed_mm_s=1_400)
    told = event(point_of(sure, to=["FDC1"], now=NOON + timedelta(seconds=9)))
    assert (told.get("type"), told.get("stale")) == ("a-n-G-E-V", "2026-03-01T12:00:20.000Z")
    assert (told.find("point").get("ce"), told.find("point").get("lon")) == ("4.9", "-0.5000000")
    assert dict(told.find("detail/track").attrib) == {"course": "90.00", "speed": "1.400"}
    doubtful = event(point_of(point("drone"), to=["FDC1"], now=NOON))
    assert (doubtful.get("type"), doubtful.find("point").get("ce")) == ("a-f-A-M-H-Q", "9999999.0")
    assert doubtful.find("detail/track") is None


def test_an_alert_and_its_end_have_one_uid_and_a_casualty_is_asked_for_without_a_side():
    raised = event(point_of(point("alert"), to=["FDC1"], now=NOON))
    over = event(point_of(point("alert", ended=True), to=["FDC1"], now=NOON))
    assert (raised.get("type"), over.get("type")) == ("b-a-o-tbl", "b-a-o-can")
    assert raised.get("uid") == over.get("uid")
    assert over.find("detail/emergency").get("cancel") == "true"
    asked = event(point_of(point("medical", lying=1, walking=2), to=["RCV1"], now=NOON))
    assert set(asked.find("detail/_medevac_").attrib) == {
        "title",
        "casevac",
        "litter",
        "ambulatory",
    }


def test_nobody_is_meant_by_being_left_out_and_a_place_of_another_kind_is_not_drawn():
    for nobody in ([], ()):
        with pytest.raises(ValueError, match="nobody is meant"):
            event_of(marker(), to=nobody, now=NOON)
        with pytest.raises(ValueError, match="nobody is meant"):
            point_of(point("vehicle"), to=nobody, now=NOON)
    with pytest.raises(TypeError):
        event_of(marker(), now=NOON)  # no default
    with pytest.raises(ValueError, match="no place"):
        point_of(point("hostile"), to=["FDC1"], now=NOON)
    dests = event(point_of(point("vehicle"), to=["FDC1", "RCV1"], now=NOON)).findall(
        "detail/marti/dest"
    )
    assert [each.get("callsign") for each in dests] == ["FDC1", "RCV1"]


def test_no_type_of_ours_is_of_a_side_but_friend_and_neutral_and_no_field_could_say_another():
    kinds = [writing.VEHICLE, writing.DRONE, writing.ALERT, writing.ALERT_OVER, writing.MEDICAL]
    kinds += [writing.CORRIDOR, writing.WORD, *writing.AREAS.values()]
    assert not [kind for kind in kinds if re.match(r"a-[^fn]-", kind)]
    fields = set(Marker.__dataclass_fields__) | set(MapPoint.__dataclass_fields__)
    assert not fields & {
        "side",
        "affiliation",
        "identity",
        "hostile",
        "name",
        "unit",
        "case",
        "number",
    }


def passages(count):
    """Made-up passages with what must never be on a map: a name, a number, a case, a host."""
    made = Random(9)
    for n in range(count):
        secret = [
            f"Імʼя{n:05d}",
            f"+38067{made.randrange(10**7):07d}",
            f"CASE-{n:05d}",
            f"host-{n:05d}",
        ]
        place = {
            "lat_e7": made.randrange(440_000_000, 520_000_000),
            "lon_e7": made.randrange(220_000_000, 400_000_000),
        }
        yield secret, place, made


def test_ten_thousand_passages_put_no_name_number_case_or_host_on_a_map():
    hosts = "|".join(re.escape(each) for each in (socket.gethostname(), socket.getfqdn()))
    here = re.compile(rf"\b(?:{hosts})\b")
    ours, refs = Ours(secrets.token_hex(8), "Watch"), "acdefghjkmnpqrtuvwxy34679"
    words = set()
    for secret, place, made in passages(10_000):
        ref = "".join(made.choices(refs, k=12))
        ring = [[place["lat_e7"], place["lon_e7"]]]
        what = made.choice(["vehicle", "drone", "alert", "medical"])
        raw = event_of(marker(ref, shape="circle", ring=ring), to=EVERYBODY, now=NOON)
        raw += point_of(MapPoint(ref, what, NOON, **place), to=["FDC1"], now=NOON)
        text = raw.decode()
        assert not [each for each in secret if each in text]
        assert not here.search(text)
        if made.random() < 0.02:
            raw = word_to(ours, to="FDC1", uid="u", message=ref, text=f"Area {ref[:4]}", now=NOON)
            text += raw.decode() + presence_of(ours, now=NOON).decode()
            words |= set(
                re.findall(r"[^\W\d_]{5,}", re.sub(rf"{ref}|{ref[:4]}|{ours.uid}", "", text))
            )
    assert not [word for word in words if not word.isascii()]
    assert {"event", "Watch"} < words
    assert len(words) < 120  # all there is to say, markup included


def test_our_own_reader_takes_all_that_we_write():
    for raw in (
        event_of(marker(), to=EVERYBODY, now=NOON),
        point_of(point("medical"), to=["RCV1"], now=NOON),
        presence_of(Ours("u1", "Watch"), now=NOON),
    ):
        assert read(raw.strip()).uid
