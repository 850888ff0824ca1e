"""Reads the outside records with other authors' libraries, so that our codecs cannot agree with themselves.

SMPP by smpplib, CoT by pytak; MAVLink in exercise/strangers.py. Imported by the judge alone.
"""

import asyncio
import json
import struct
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree as ET

import smpplib.consts
import smpplib.smpp

from safeconduct.exercise.tak import came_of

with warnings.catch_warnings():  # it warns of extras that we do not use
    warnings.simplefilter("ignore")
    import pytak

UDH_PRESENT = 0x40
UNKNOWN_M = 9_999_999.0  # CoT's ce of a place whose error nobody knows
EIGHT_BIT, SIXTEEN_BIT = 0x00, 0x08  # information elements of concatenation
_CLIENT = SimpleNamespace(sequence=1, next_sequence=lambda: 1, _on_sequence=lambda *_a: 1)


class Unreadable(RuntimeError):
    """A record cannot be read by the other author's library; that itself is a finding."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One recorded PDU: when, which way ("in" is from the product), its bytes, and on which link."""

    at: datetime
    way: str
    raw: bytes
    link: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """One short message as smpplib reads it. Parts stay apart; `group` joins them.

    `asked` is its link and sequence number: the latter counts anew on every link.
    """

    at: datetime
    way: str
    sender: str
    recipient: str
    text: str
    asked: tuple[int, int]
    group: tuple[int, int, int] = (0, 1, 1)  # reference, part, parts


@dataclass(slots=True)
class Carrier:
    """What the carrier's record holds."""

    submitted: list[Text] = field(default_factory=list)
    delivered: list[Text] = field(default_factory=list)
    acknowledged: dict[tuple[int, int], datetime] = field(default_factory=dict)  # by `asked`


def frames(path: Path) -> list[Frame]:
    """Return the recorded frames, oldest first; a missing record is an empty one."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        told = json.loads(line)
        at, raw = datetime.fromisoformat(told["at"]), bytes.fromhex(told["hex"])
        found.append(Frame(at, told["way"], raw, told.get("link", 0)))
    return found


def _decoded(raw: bytes, coding: int) -> str:
    if coding == smpplib.consts.SMPP_ENCODING_ISO10646:
        return raw.decode("utf-16-be", "replace")
    if coding == smpplib.consts.SMPP_ENCODING_ISO88591:
        return raw.decode("latin-1")
    return raw.decode(
        "ascii", "replace"
    )  # default alphabet: our Latin texts keep to its ASCII part


def _apart(body: bytes, esm_class: int) -> tuple[tuple[int, int, int], bytes]:
    """Split a user data header (3GPP TS 23.040, 9.2.3.24.1 and .8) from the text."""
    if not esm_class & UDH_PRESENT or not body:
        return (0, 1, 1), body
    length = body[0]
    header, rest = body[1 : 1 + length], body[1 + length :]
    if header[:1] == bytes([EIGHT_BIT]):
        return (header[2], header[4], header[3]), rest
    if header[:1] == bytes([SIXTEEN_BIT]):
        return (struct.unpack(">H", header[2:4])[0], header[5], header[4]), rest
    return (0, 1, 1), rest


def _pdu(frame: Frame) -> Any:
    try:
        return smpplib.smpp.parse_pdu(frame.raw, client=_CLIENT)
    except Exception as wrong:  # noqa: BLE001  another author's parser throws whatever it meets
        raise Unreadable(f"smpplib cannot read a recorded PDU: {type(wrong).__name__}") from None


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode("latin-1")


def _text(frame: Frame, pdu: Any) -> Text:
    body = _bytes(pdu.short_message) or _bytes(getattr(pdu, "message_payload", b""))
    group, rest = _apart(body, pdu.esm_class or 0)
    return Text(
        at=frame.at,
        way=frame.way,
        sender=_bytes(pdu.source_addr).decode().rstrip("\0"),
        recipient=_bytes(pdu.destination_addr).decode().rstrip("\0"),
        text=_decoded(rest, pdu.data_coding or 0),
        asked=(frame.link, pdu.sequence),
        group=group,
    )


def carrier(path: Path) -> Carrier:
    """Read the carrier's record: what was submitted, delivered and acknowledged."""
    found = Carrier()
    under_way: dict[tuple[int, int], Text] = {}
    for frame in frames(path):
        pdu = _pdu(frame)
        if pdu is None:
            raise Unreadable("smpplib finds no command in a recorded PDU")
        asked = (frame.link, pdu.sequence)
        if pdu.command == "submit_sm" and frame.way == "in":
            under_way[asked] = _text(frame, pdu)
        elif pdu.command == "submit_sm_resp" and frame.way == "out" and asked in under_way:
            text = under_way.pop(asked)
            if pdu.status == 0:  # anything else was not taken: "throttled" comes again
                found.submitted.append(text)
        elif pdu.command == "deliver_sm" and frame.way == "out" and not (pdu.esm_class or 0) & 0x3C:
            found.delivered.append(_text(frame, pdu))
        elif pdu.command == "deliver_sm_resp" and frame.way == "in" and pdu.status == 0:
            found.acknowledged[asked] = frame.at
    return found


def whole(texts: Iterable[Text]) -> list[Text]:
    """Join the parts of long messages; a text whose parts are not all there stays apart."""
    groups: dict[tuple[str, str, int, int], dict[int, Text]] = {}
    joined: list[Text] = []
    for text in texts:
        reference, part, parts = text.group
        if parts == 1:
            joined.append(text)
            continue
        key = (text.sender, text.recipient, reference, parts)
        group = groups.setdefault(key, {})
        group[part] = text
        if len(group) == parts:
            body = "".join(group[n].text for n in sorted(group))
            first = group[1]
            joined.append(replace(first, text=body, group=(0, 1, 1)))
            groups.pop(key)
    return joined


async def _events(raw: bytes) -> list[bytes]:
    reader = asyncio.StreamReader()
    reader.feed_data(raw)
    reader.feed_eof()
    worker = pytak.RXWorker(asyncio.Queue(), {}, reader)
    found = []
    while (event := await worker.readcot()) is not None:
        found.append(event)
    return found


@dataclass(frozen=True, slots=True)
class Event:
    """One CoT event as the units' map received it; one that is stale when it is sent is an end.

    Attributes:
        to: callsigns it is addressed to; none is everybody. `line` are the points of a drawn line.
        came: when the server had it, by the wall's clock.
        error_m: of its place; UNKNOWN_M is CoT's "nobody knows".
    """

    uid: str
    type: str
    time: datetime
    stale: datetime
    xml: str
    to: frozenset[str] = frozenset()
    callsign: str = ""
    place: tuple[float, float] = (0.0, 0.0)
    line: tuple[str, ...] = ()
    came: datetime | None = None
    error_m: float = UNKNOWN_M

    @property
    def ends(self) -> bool:
        """Return whether it takes its shape off the map."""
        return self.stale <= self.time


def map_events(path: Path) -> list[Event]:
    """Return the events of the map server's raw record, cut apart by pytak."""
    if not path.exists():
        return []
    found = []
    times = came_of(path).read_text().splitlines() if came_of(path).exists() else []
    for number, raw in enumerate(asyncio.run(_events(path.read_bytes()))):
        event = ET.fromstring(raw.decode().strip())  # noqa: S314  our own exercise's record
        found.append(
            Event(
                uid=event.attrib["uid"],
                type=event.attrib["type"],
                time=_instant(event.attrib["time"]),
                stale=_instant(event.attrib["stale"]),
                xml=raw.decode(),
                to=frozenset(
                    e.attrib.get("callsign", "") for e in event.iterfind("detail/marti/dest")
                ),
                callsign=_attribute(event, "detail/contact", "callsign"),
                place=(_number(event, "lat"), _number(event, "lon")),
                line=tuple(e.attrib["point"] for e in event.iterfind("detail/link[@point]")),
                error_m=_number(event, "ce"),
                came=datetime.fromisoformat(times[number]) if number < len(times) else None,
            )
        )
    return found


def _attribute(event: ET.Element, path: str, name: str) -> str:
    found = event.find(path)
    return "" if found is None else found.attrib.get(name, "")


def _number(event: ET.Element, name: str) -> float:
    return float(_attribute(event, "point", name) or "nan")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
