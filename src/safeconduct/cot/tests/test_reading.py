"""What is no event is refused, however it is cut, named or nested; what is one is read whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.cot import reading
from safeconduct.cot.reading import DEEPEST, LARGEST, Cutter, NotCot, read

TIMES = 'time="2026-03-01T12:00:00Z" start="2026-03-01T12:00:00.000Z" stale="2026-03-01T12:01:00Z"'
POINT = '<point lat="51.5" lon="-0.1" hae="9999999.0" ce="4.9" le="9999999.0"/>'


def event(
    *, head="", uid="ANDROID-1", kind="a-f-G-U-C", times=TIMES, point=POINT, detail="<detail/>"
):
    return f'{head}<event version="2.0" uid="{uid}" type="{kind}" how="m-g" {times}>{point}{detail}</event>'.encode()


def test_a_whole_event_is_read_and_whom_it_means():
    detail = '<detail><marti><dest callsign="FDC1"/><dest uid="u2"/></marti></detail>'
    told = read(event(detail=detail))
    assert (told.uid, told.type, told.lat_deg, told.error_m) == (
        "ANDROID-1",
        "a-f-G-U-C",
        51.5,
        4.9,
    )
    assert told.meant() == ["FDC1", "u2"]
    assert told.stale > told.time


@given(st.lists(st.integers(1, 400), max_size=30))
def test_however_a_stream_is_cut_the_same_events_come_out(cuts):
    declared = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    stream = b"".join(declared * (n % 2) + event(uid=f"u{n}") + b"\n" * (n % 3) for n in range(4))
    cutter, found, at = Cutter(), [], 0
    for cut in [*cuts, len(stream)]:
        found += cutter.feed(stream[at : at + cut])
        at += cut
    assert [read(raw).uid for raw in found] == ["u0", "u1", "u2", "u3"]


BOMB = '<!DOCTYPE event [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
ABROAD = '<!DOCTYPE event SYSTEM "http://example.invalid/x.dtd">'


@pytest.mark.parametrize(
    "raw",
    [
        event(head=BOMB, detail="<detail>&b;</detail>"),
        event(head=ABROAD),
        event(detail="<detail><!-- x --></detail>"),
        event(detail="<detail><![CDATA[x]]></detail>"),
        event(detail="<detail><?php x ?></detail>"),
        event(head="GET / HTTP/1.1\r\n\r\n"),
        event(detail=f"<detail>{'x' * LARGEST}</detail>"),
        b"<event>" + b"x" * LARGEST + b"x",
        b"\xbf\x01\xbf" + event(),  # the protobuf form, which is not spoken here
    ],
)
def test_after_what_cannot_begin_an_event_nothing_of_the_stream_is_believed(raw):
    with pytest.raises(NotCot):
        Cutter().feed(raw)


@pytest.mark.parametrize(
    "raw",
    [
        event(detail="<detail>" + "<a>" * DEEPEST + "</a>" * DEEPEST + "</detail>"),
        event(detail="<detail>&b;</detail>"),
        event(detail="<detail><a></detail>"),
        event(detail="<detail/><detail/>"),
        event(point=""),
        event(point=POINT * 2),
        event(point=POINT.replace("51.5", "90.1")),
        event(point=POINT.replace("51.5", "nan")),
        event(point=POINT.replace("51.5", "5_1")),
        event(point=POINT.replace('ce="4.9"', 'ce="inf"')),
        event(kind="../etc"),
        event(kind=""),
        event(uid=""),
        event(uid="x" * 161),
        event(uid="a&#10;b"),
        event(times=TIMES.replace("12:00:00Z", "12:00:00")),
        event(times=TIMES.replace("2026-03-01T12:01:00Z", "yesterday")),
        event(times=""),
        event(detail="<detail>\ud800</detail>".encode("utf-8", "surrogatepass").decode("latin-1")).replace(b"\xc3", b""),
        b'<event xmlns="x" version="2.0"></event>',
    ],
)  # fmt: skip
def test_an_event_that_holds_what_cannot_be_is_refused(raw):
    with pytest.raises(NotCot):
        read(raw)
    assert read(event()).uid  # and the next one is read


@given(st.binary(max_size=300))
def test_whatever_bytes_come_either_events_come_out_or_a_refusal(raw):
    cutter = Cutter()
    try:
        for found in (*cutter.feed(raw), *cutter.feed(raw + b"</event>")):
            read(found)
    except NotCot:
        pass


PLAIN = st.text(st.sampled_from("a1.-: "), max_size=8)
ODD = st.text(st.sampled_from("a1\"'<>&;=/\t\n\r\x00\x7fé"), max_size=8)


@given(uid=PLAIN | ODD, lat=st.sampled_from(["51.5", "91", "1e1", " 5"]) | ODD, text=PLAIN | ODD)
def test_a_form_that_is_known_tells_of_any_values_what_a_parser_tells_of_them(uid, lat, text):
    detail = '<detail><contact callsign="{}"/><remarks>{}</remarks></detail>'
    read(event(detail=detail.format("A", "x")))  # learned
    point = POINT.replace("51.5", lat)
    raw = event(uid=uid, point=point, detail=detail.format(text, "x"))
    other = event(uid=uid, point=point, detail=detail.format("A", text))
    for each in (raw, other):
        assert told(read, each) == told(lambda raw: reading._parsed(raw, b"'"), each)


def told(how, raw):
    try:
        found = how(raw)
    except NotCot:
        return None
    return found.uid, found.type, found.time, found.stale, found.lat_deg, found.error_m


def test_forms_of_strangers_make_room_for_themselves_and_no_more(monkeypatch):
    monkeypatch.setattr(reading, "_FORMS", 3)
    monkeypatch.setattr(reading, "_forms", {})
    for n in range(9):
        assert read(event(detail=f'<detail><x{n} a="1"/></detail>')).uid == "ANDROID-1"
    assert len(reading._forms) == 3
    read(event(detail="<detail><x a='1'/></detail>"))
    read(event(detail='<detail xmlns="urn:x"/>'))
    assert len(reading._forms) == 3
    assert not any(b"'" in form or b"urn" in form for form in reading._forms)
