"""What crosses between edge and core, and the one form in which it is carried. Pure values.

Plain things (`InboundText`, `IdentityChanged`, `OutboundText`, `Receipt`, `Position` …) exist in
memory only; on any disk or wire they lie inside a `Sealed`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct.canonical import Carried, Newer, canonical, kind_of, kinds_of, object_of
from safeconduct.stationed import Around, Briefing, BriefingEnded, Records, StationWord

__all__ = ("Carried", "Newer", "canonical", "kind_of")  # as everybody knows them, from here

_NORTH_E7, _EAST_E7 = 90 * 10**7, 180 * 10**7

PAGE_HANDLE = "web:"  # begins a handle of the contact page; 52 letters of base32 follow
_PAGE_HANDLE = re.compile(rf"{PAGE_HANDLE}[a-z2-7]{{52}}")
_ACCOUNT = re.compile(
    rf"{_PAGE_HANDLE.pattern}|telegram:[0-9]{{1,16}}|signal:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)


def _insist_on_earth(lat_e7: int, lon_e7: int) -> None:
    if abs(lat_e7) > _NORTH_E7 or abs(lon_e7) > _EAST_E7:
        raise ValueError("a place lies between 90 degrees south and north, 180 west and east")


def is_page_handle(text: str) -> bool:
    """Return whether a sender wrote by the contact page: 56 letters, more than any number has."""
    return _PAGE_HANDLE.fullmatch(text) is not None


def account_channel(text: str) -> str:
    """Return whose account a handle is, "web", "telegram" or "signal"; "" for a number or a name."""
    return text.partition(":")[0] if _ACCOUNT.fullmatch(text) else ""


@dataclass(frozen=True, slots=True)
class InboundText(Carried):
    """One text as a channel delivered it: one SMPP PDU, assembled later, never merged here.

    Attributes:
        arrived_at: wall time at the gateway.
        reference, part, parts: concatenation group, 0, 1, 1 for a single text.
        raw: undecodable bytes, kept; `text` is then "".
        maybe_again: equal bytes arrived just before, after a reconnect of ours.
        edited: a new version of a text that he had sent before; the earlier one stays.
    """

    route: str
    arrival: int
    arrived_at: datetime
    sender: str
    recipient: str
    text: str
    reference: int
    part: int
    parts: int
    raw: bytes
    maybe_again: bool
    edited: bool = False


@dataclass(frozen=True, slots=True)
class IdentityChanged(Carried):
    """A channel's own word, unasked, that another device or card may answer by a handle now.

    Signal's safety number is such a word. Nothing is looked up to learn it, and it has no content.

    Attributes:
        handle: the number or account, as the channel writes it.
        at: wall time at the gateway.
    """

    route: str
    handle: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboundText(Carried):
    """One text to leave by one route; `attempt` is the idempotency key on the way."""

    attempt: str
    route: str
    sender: str
    recipient: str
    text: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class OutboundBatch(Carried):
    """The texts of a campaign that one claim lets go, each to leave as an `OutboundText` of its own.

    Attributes:
        texts: what they say; most say the same.
        attempts, recipients, says: one for each; `says` is the place of its text in `texts`.
    """

    route: str
    sender: str
    texts: list[str]
    attempts: list[str]
    recipients: list[str]
    says: list[int]
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SendResult(Carried):
    """What became of an attempt at the gateway.

    Attributes:
        outcome: SENT, REFUSED or UNKNOWN.
        carrier_ids: one per part, in order; "" where the part had no answer.
        status: the carrier's command status, 0 when none.
    """

    attempt: str
    route: str
    outcome: str
    carrier_ids: list[str]
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SendResults(Carried):
    """What became of many attempts by one route: in each list one for each; an id "" where there is none."""

    route: str
    attempts: list[str]
    outcomes: list[str]
    carrier_ids: list[str]
    statuses: list[int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt(Carried):
    """A delivery receipt. `stat` is the carrier's word (DELIVRD, EXPIRED …), not ours."""

    route: str
    arrival: int
    carrier_id: str
    recipient: str
    stat: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Position(Carried):
    """One fix. Integers: 1e-7 degrees, millimetres, mm/s, hundredths of a degree.

    Attributes:
        subject: "vehicle" or "aircraft:<n>".
        source: who said so: "own", "pilot", "tracker", "aircraft".
        health: integers that judge trust: satellites, fix_type, ekf_flags, battery_percent,
            link_percent; of an aircraft at a pilot's station `pilots_list` while his leave is on, and
            `ignored_s` while it does not do as told; absent where not told.
    """

    route: str
    arrival: int
    subject: str
    source: str
    fixed_at: datetime
    received_at: datetime
    lat_e7: int
    lon_e7: int
    alt_mm: int
    speed_mm_s: int
    heading_cdeg: int
    health: dict[str, int]

    def __post_init__(self) -> None:
        """Refuse a place that is not on Earth. Raises ValueError: there is no such place."""
        _insist_on_earth(self.lat_e7, self.lon_e7)


@dataclass(frozen=True, slots=True)
class FlightLog(Carried):
    """Some seconds of what passed between us and one machine, both ways, as a .tlog has it.

    Attributes:
        arrival: numbered among its route's fixes.
        began, ended: when its first and its last frame passed.
    """

    route: str
    arrival: int
    subject: str
    began: datetime
    ended: datetime
    log: bytes


@dataclass(frozen=True, slots=True)
class AircraftRead(Carried):
    """What one aircraft's parameters said when the pilot's station asked for them, before a flight.

    Attributes:
        arrival: numbered among its route's fixes.
        names, values: what answered, each value as it is written; what is not there did not answer.
        vehicle_dm_s: how fast he will move at most, tenths of metres a second.
        ours: our own system id, by which it must not count its pilot.
        home: it has said where it would return to.
    """

    route: str
    arrival: int
    subject: str
    at: datetime
    names: list[str]
    values: list[str]
    vehicle_dm_s: int
    ours: int
    home: bool


@dataclass(frozen=True, slots=True)
class Marker(Carried):
    """A shape for the units' own maps: form, time, a random reference. No name, no case.

    Attributes:
        shape: "polygon", "circle" or "line"; `ring_e7` has lat, lon pairs in 1e-7 degrees.
        ended: a named person ended it; the marker is taken off the map.
        says: what it asks of the units: "no_fire", "restricted" or "corridor".
        to: of a corridor, whom of the gateway's file it is for: "fires unit:1"; "" is nobody.
    """

    marker: str
    shape: str
    ring_e7: list[list[int]]
    radius_m: int
    valid_from: datetime
    valid_until: datetime
    ended: bool
    says: str = "no_fire"
    to: str = ""


@dataclass(frozen=True, slots=True)
class MapPoint(Carried):
    """One place on the units' own maps, under a random reference. It has no field for whose side anybody is on.

    Attributes:
        what: "vehicle" (he, on the way), "drone", "alert" or "medical" (a casualty is to be fetched).
        at: when it was so; of an alert, when it was raised or taken back.
        alt_mm, course_cdeg, speed_mm_s: of what moves; -1 is "not told".
        error_mm: how far off the place may be; 0 when nobody knows, or the fix is doubtful.
        ended: it is over; the marker is taken off the map.
        lying, walking: how many are to be fetched, of "medical" alone.
        to: whom of the gateway's file it is for: "fires unit:1"; "" is nobody.
    """

    marker: str
    what: str
    at: datetime
    lat_e7: int
    lon_e7: int
    alt_mm: int = -1
    course_cdeg: int = -1
    speed_mm_s: int = -1
    error_mm: int = 0
    ended: bool = False
    lying: int = 0
    walking: int = 0
    to: str = ""

    def __post_init__(self) -> None:
        """Refuse a place that is not on Earth. Raises ValueError: there is no such place."""
        _insist_on_earth(self.lat_e7, self.lon_e7)


@dataclass(frozen=True, slots=True)
class MapHeard(Carried):
    """What the units' map said: a word on a marker of ours, the receiving unit's place, or somebody coming.

    Attributes:
        what: "delivered", "read" or "acknowledged" (a device, an opened page, a person's word), "position",
            "contact"; by the gateway itself "answers" (the server does), "shown" or "withdrawn" (the server
            answered after it was given that marker), "unmeant" (its file names nobody whom it is for). Whose
            side a contact was marked as on stays outside.
        about: the reference of the marker, "" where it is about none.
        speaker: a keyed hash of who said it, the same in each life of the gateway; never a callsign.
        unit: of a place, the receiving unit's name in the gateway's file: "unit:1".
        said_at: by their clock, never later than ours.
        error_mm: 0 when not told.
    """

    route: str
    arrival: int
    what: str
    about: str
    speaker: str
    said_at: datetime
    received_at: datetime
    lat_e7: int = 0
    lon_e7: int = 0
    course_cdeg: int = 0
    speed_mm_s: int = 0
    error_mm: int = 0
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse a place that is not on Earth. Raises ValueError: there is no such place."""
        _insist_on_earth(self.lat_e7, self.lon_e7)


@dataclass(frozen=True, slots=True)
class Page(Carried):
    """A content-free call to one person on duty: he is to look at the console."""

    attempt: str
    route: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """One carried thing: sealed, signed with those stored beside it, numbered, idempotent (spool/form.py).

    Attributes:
        sender: who sealed it, also the name of its verification key.
        seq: 1, 2, 3 … without a gap for each sender.
        prev: hash of the previous thing, 32 zero bytes for the first.
        key: idempotency key, opaque.
        wrap: the wrapped key of its batch.
        box: ciphertext under that key.
    """

    sender: str
    seq: int
    prev: bytes
    key: str
    wrap: bytes
    box: bytes


KINDS: dict[str, type[Carried]] = {
    kind.__name__: kind
    for kind in (
        *(InboundText, IdentityChanged, OutboundText, OutboundBatch, SendResult, SendResults),
        *(Receipt, Position, FlightLog, AircraftRead, Marker, MapPoint, MapHeard, Page),
        *(Briefing, Around, BriefingEnded, StationWord, Records),
    )
}


def insist_known(raw: bytes) -> Mapping[str, Any]:
    """Return what these bytes tell, by field, for `Carried.from_told`; nothing of what is no thing at all.

    Raises:
        Newer: with a kind, or a field of one, that is not known here.
    """
    try:
        told = object_of(raw)
    except ValueError:
        return {}
    name = told.get("is", "")
    if not isinstance(name, str) or not name:
        return told
    if name not in KINDS:
        raise Newer("a kind that this release does not know: bring this side up")
    kind: Any = KINDS[name]
    if told.keys() - kinds_of(kind).keys() != {"is"}:
        raise Newer(f"a {name} of a newer release: bring this side up")
    return told
