"""Our events, written from a table: area, corridor, vehicle, drone, alert, casualty, a word to one unit.

A shape or a place, a time and a random reference leave here, and words from this file alone. There is no
argument for a name, a number, a case or a side: the types below are all there are, none of them hostile.
Whoever is meant is an argument without a default, so nothing goes to everybody by being forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lxml import etree

from safeconduct.envelope import MapPoint, Marker

UNKNOWN = "9999999.0"  # CoT's word for an unknown height or error
STALE_AFTER = timedelta(minutes=60)  # past validity: a shape must not vanish when our link fails
VEHICLE, DRONE = "a-n-G-E-V", "a-f-A-M-H-Q"
ALERT, ALERT_OVER, MEDICAL, CORRIDOR, WORD = (
    "b-a-o-tbl", "b-a-o-can", "b-r-f-h-c", "b-m-r", "b-t-f",
)  # fmt: skip
WITHDRAWN, PING, PONG = "t-x-d-d", "t-x-c-t", "t-x-c-t-r"
AREAS = {"polygon": "u-d-f", "circle": "u-d-c-c"}
GREEN, AMBER, BLUE = "-14636742", "-26368", "-16744193"  # ARGB as signed integers, as ATAK writes
WASHES = {GREEN: "536907066", AMBER: "553621760"}  # the same, nearly clear
_LOOKS = {"no_fire": ("No fire", GREEN), "restricted": ("Ask before fire", AMBER)}
_MM = 1000


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind of place is written."""

    type: str
    name: str
    stale_s: int
    how: str = "m-g"


_KINDS = {
    "vehicle": _Kind(VEHICLE, "Neutral", 20),
    "drone": _Kind(DRONE, "Watch", 15),
    "alert": _Kind(ALERT, "Stop", 60),
    "medical": _Kind(MEDICAL, "Casualty", 3600, "h-e"),
}
MOVING = frozenset({"vehicle", "drone"})
EVERYBODY: None = None  # what `to` is for all of the one server that it is written to


def event_of(marker: Marker, *, to: Sequence[str] | None, now: datetime) -> bytes:
    """Return one CoT event for a shape.

    Args:
        marker: its random reference becomes the uid; its validity the start and stale times.
        to: callsigns, or `EVERYBODY` on the server it is written to.
        now: world time; a shape ended by a named person is stale from now.

    Raises:
        ValueError: a shape that we do not draw, or nobody is meant.
    """
    if marker.says == "corridor" and marker.shape == "line":
        kind, name, colour = CORRIDOR, "Corridor", BLUE
    elif marker.says in _LOOKS and marker.shape in AREAS:
        kind, (name, colour) = AREAS[marker.shape], _LOOKS[marker.says]
    else:
        raise ValueError(
            f"a {marker.shape} is no area; only polygons and circles are drawn, and lines as corridors"
        )
    # A corridor that is no longer renewed leaves the maps; an area stays there, lapsed or not.
    until = marker.valid_until
    stands = until if kind == CORRIDOR else max(until, now) + STALE_AFTER
    lats, lons = zip(*marker.ring_e7, strict=True)
    event, detail = _begun(
        (marker.marker, kind, "h-e"),
        place=(sum(lats) // len(lats), sum(lons) // len(lons)),
        times=(now, marker.valid_from, now if marker.ended else stands),
    )
    _shape(detail, marker, kind)
    etree.SubElement(detail, "contact", callsign=name)
    etree.SubElement(detail, "strokeColor", value=colour)
    if kind != CORRIDOR:
        etree.SubElement(detail, "fillColor", value=WASHES[colour])
    etree.SubElement(detail, "labels_on", value="true")
    if kind != CORRIDOR:  # a screen keeps an area over its own restart, and nothing of him
        etree.SubElement(detail, "archive")
    remarks = etree.SubElement(detail, "remarks")
    remarks.text = "ended" if marker.ended else f"valid until {_time(marker.valid_until)}"
    return _done(event, detail, to)


def point_of(point: MapPoint, *, to: Sequence[str] | None, now: datetime) -> bytes:
    """Return one CoT event for a place: what moves, an alert or its end, a casualty.

    An alert and its end have one uid. What is doubtful bears the unknown error, 9999999.

    Raises:
        ValueError: a kind of place that we do not draw, or nobody is meant.
    """
    kind = _KINDS.get(point.what)
    if kind is None:
        raise ValueError(f"a {point.what} is no place that is drawn")
    over = point.what == "alert" and point.ended
    stale = now if point.ended and not over else fresh_until(point, now=now)
    event, detail = _begun(
        (point.marker, ALERT_OVER if over else kind.type, kind.how),
        place=(point.lat_e7, point.lon_e7),
        times=(now, point.at, stale),
        height_mm=point.alt_mm,
        error_mm=point.error_mm,
    )
    name = f"{kind.name} {point.marker[:4]}"
    if point.what == "alert":
        asked = etree.SubElement(detail, "emergency")
        asked.set(*(("cancel", "true") if over else ("type", "911 Alert")))
        asked.text = name
    etree.SubElement(detail, "contact", callsign=name)
    if point.course_cdeg >= 0 and point.speed_mm_s >= 0:
        course, speed = f"{point.course_cdeg / 100:.2f}", f"{point.speed_mm_s / _MM:.3f}"
        etree.SubElement(detail, "track", course=course, speed=speed)
    if point.what == "drone":
        etree.SubElement(detail, "status", readiness="true")
    elif point.what == "medical":
        _medical(detail, point, name)
    else:
        etree.SubElement(detail, "remarks").text = _REMARKS[point.what, over]
    return _done(event, detail, to)


def withdrawn(uid: str, *, to: Sequence[str], now: datetime) -> bytes:
    """Return the event by which a screen deletes what bears this name, beside the one that ends it.

    Never of an area: that is ended by the area's own event, which says so on the screen.

    Raises:
        ValueError: nobody is meant.
    """
    event, detail = _begun(
        (f"{uid}.over", WITHDRAWN, "m-g"),
        place=(0, 0),
        times=(now, now, now + timedelta(minutes=1)),
    )
    etree.SubElement(detail, "link", uid=uid, relation="none", type="none")
    etree.SubElement(detail, "__forcedelete")
    return _done(event, detail, to)


def ping_of(*, now: datetime) -> bytes:
    """Return the event that every server answers: what was written before it has arrived when it does."""
    event, detail = _begun(
        ("ping", PING, "m-g"), place=(0, 0), times=(now, now, now + timedelta(seconds=20))
    )
    return _done(event, detail, EVERYBODY)


def fresh_until(point: MapPoint, *, now: datetime) -> datetime:
    """Return until when a place may be shown. What moves counts from its fix: a late one is no news."""
    kind = _KINDS[point.what]
    return (point.at if point.what in MOVING else now) + timedelta(seconds=kind.stale_s)


_REMARKS = {
    ("vehicle", False): "neutral: do not fire",
    ("alert", False): "stop: hold fire, areas stay",
    ("alert", True): "over: areas stay",
}


@dataclass(frozen=True, slots=True)
class Ours:
    """Under what name the units find us: a uid that is random in each life, and a callsign of the file."""

    uid: str
    callsign: str


def word_to(ours: Ours, *, to: str, uid: str, message: str, text: str, now: datetime) -> bytes:
    """Return a word to one unit, in the form of its own chat; its receipts bear `message`.

    Args:
        to: the callsign.
        uid: what it calls itself in its events, where it was heard.
        text: of this programme's own few; never what anybody wrote.
    """
    event, detail = _begun(
        (f"GeoChat.{ours.uid}.{uid}.{message}", WORD, "h-g-i-g-o"),
        place=(0, 0),
        times=(now, now, now + timedelta(hours=1)),
    )
    chat = etree.SubElement(
        detail, "__chat", parent="RootContactGroup", groupOwner="false", messageId=message,
        chatroom=to, id=uid, senderCallsign=ours.callsign,
    )  # fmt: skip
    etree.SubElement(chat, "chatgrp", uid0=ours.uid, uid1=uid, id=uid)
    etree.SubElement(detail, "link", uid=ours.uid, type="a-f-G-U-C", relation="p-p")
    source = f"BAO.F.ATAK.{ours.uid}"
    etree.SubElement(detail, "remarks", source=source, to=uid, time=_time(now)).text = text
    return _done(event, detail, [to])


def presence_of(ours: Ours, *, now: datetime) -> bytes:
    """Return the event by which a server knows whom to bring answers to. It tells no place: 0, 0, unknown."""
    event, detail = _begun(
        (ours.uid, "a-f-G-U-C", "h-g-i-g-o"),
        place=(0, 0),
        times=(now, now, now + timedelta(minutes=2)),
    )
    etree.SubElement(detail, "takv", device="-", platform="-", os="-", version="-")
    etree.SubElement(detail, "contact", callsign=ours.callsign, endpoint="*:-1:stcp")
    etree.SubElement(detail, "uid", Droid=ours.callsign)
    etree.SubElement(detail, "__group", name="White", role="HQ")
    etree.SubElement(detail, "status", battery="100")
    return _done(event, detail, EVERYBODY)


def _begun(
    called: tuple[str, str, str],
    *,
    place: tuple[int, int],
    times: tuple[datetime, datetime, datetime],
    height_mm: int = -1,
    error_mm: int = 0,
) -> tuple[etree._Element, etree._Element]:
    """Return an event and its detail: uid, type and how; 1e-7 degrees; time, start and stale."""
    uid, kind, how = called
    time, start, stale = map(_time, times)
    event = etree.Element(
        "event", version="2.0", uid=uid, type=kind, how=how, time=time, start=start, stale=stale
    )
    height = f"{height_mm / _MM:.1f}" if height_mm >= 0 else UNKNOWN
    error = f"{error_mm / _MM:.1f}" if error_mm > 0 else UNKNOWN
    lat, lon = map(_degrees, place)
    etree.SubElement(event, "point", lat=lat, lon=lon, hae=height, ce=error, le=UNKNOWN)
    return event, etree.SubElement(event, "detail")


def _done(event: etree._Element, detail: etree._Element, to: Sequence[str] | None) -> bytes:
    if to is not EVERYBODY:
        if not to:
            raise ValueError("nobody is meant: it does not leave")
        marti = etree.SubElement(detail, "marti")
        for callsign in to:
            etree.SubElement(marti, "dest", callsign=callsign)
    raw: bytes = etree.tostring(event, xml_declaration=False, encoding="UTF-8")
    return raw + b"\n"


def _shape(detail: etree._Element, marker: Marker, kind: str) -> None:
    if marker.shape == "circle":
        shape = etree.SubElement(detail, "shape")
        radius = f"{marker.radius_m}.0"
        etree.SubElement(shape, "ellipse", major=radius, minor=radius, angle="360")
        return
    ring = marker.ring_e7
    if kind == CORRIDOR:
        for number, (lat, lon) in enumerate(ring):
            etree.SubElement(
                detail, "link", uid=f"{marker.marker}.{number}", type="b-m-p-c", relation="c",
                point=f"{_degrees(lat)},{_degrees(lon)}",
            )  # fmt: skip
        etree.SubElement(detail, "link_attr", method="Driving", routetype="Primary")
        return
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    for lat, lon in closed:
        etree.SubElement(detail, "link", point=f"{_degrees(lat)},{_degrees(lon)}")


def _medical(detail: etree._Element, point: MapPoint, name: str) -> None:
    """How many lie and walk, and nothing of who they are: the form asks for their side, and is not told it."""
    etree.SubElement(
        detail, "_medevac_", title=name, casevac="true",
        litter=str(point.lying), ambulatory=str(point.walking),
    )  # fmt: skip


def _degrees(e7: int) -> str:
    sign, whole = ("-" if e7 < 0 else ""), abs(e7)
    return f"{sign}{whole // 10**7}.{whole % 10**7:07d}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
