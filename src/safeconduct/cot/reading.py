"""What others write, read with suspicion: cut into events, parsed without entities or network, checked.

An event is at most 64 KiB, twelve elements deep, and has no document type, comment, CDATA or processing
instruction: no two readers may find different things in the same bytes.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from lxml import etree

LARGEST = 65_536  # bytes of one event: a polygon of ours with a hundred corners has 6,000
DEEPEST = 12
_END = b"</event>"
_DECLARED = re.compile(rb"<\?xml[^<>]{0,100}\?>")
_BEGINS = re.compile(rb"<event[\s>]")
_KIND = re.compile(r"[a-z][a-z0-9]{0,7}(?:-[A-Za-z0-9]{1,12}){0,15}")
_NAME = re.compile(r"[^\x00-\x1f\x7f<>&\"']{1,160}")
_NUMBER = re.compile(r"[+-]?\d{1,10}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,2})?")
_NORTH, _EAST = 90.0, 180.0
_LATEST_BYTES = 40  # of one instant
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEEPEST + 1) + ")")


class NotCot(ValueError):
    """These bytes are no event that is taken; the message says why, and repeats nothing of them."""


class Cutter:
    """Cuts a stream into events, each as it came, but for its declaration and the space around it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._seen = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that are whole now.

        Raises:
            NotCot: what has come cannot become an event; nothing after it can be trusted to begin one.
        """
        held, found, at = self._held, [], 0
        held += chunk
        end = held.find(_END, self._seen)
        while end >= 0:
            until = end + len(_END)
            found.append(_stripped(bytes(held[at:until])))
            at = until
            end = held.find(_END, at)
        del held[:at]
        self._seen = max(0, len(held) - len(_END))
        if len(held) > LARGEST:
            raise NotCot("an event is larger than any that is taken")
        return found


def _stripped(raw: bytes) -> bytes:
    event = raw.strip(b" \t\r\n\0")
    if event.startswith(b"<?"):
        event = _DECLARED.sub(b"", event, count=1).lstrip()
    if len(event) > LARGEST:
        raise NotCot("an event is larger than any that is taken")
    if not _BEGINS.match(event):
        raise NotCot("something stands before an event")
    if b"<!" in event or b"<?" in event:
        raise NotCot("an event holds a document type, a comment, CDATA or an instruction")
    return event


@dataclass(slots=True)  # a frozen one takes a microsecond more, of ten
class Event:
    """An event that was checked; `root` is its tree. Nobody changes one.

    Attributes:
        uid, type: as they are written.
        time, stale: aware.
        lat_deg, lon_deg, error_m: WGS 84; the error is 9999999 where it is not known.
    """

    uid: str
    type: str
    time: datetime
    stale: datetime
    lat_deg: float
    lon_deg: float
    error_m: float
    root: etree._Element

    def meant(self) -> list[str]:
        """Return the callsigns and uids that it is addressed to; none is "to all that may hear it"."""
        found = self.root.iterfind("detail/marti/dest")
        return [each.get("callsign") or each.get("uid") or "" for each in found]


def parser() -> etree.XMLParser:
    """Return a parser that follows nothing: no entity, no document type, no network."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, collect_ids=False,
    )  # fmt: skip


_PARSER = parser()


def read(raw: bytes) -> Event:
    """Check one event that was cut.

    Raises:
        NotCot: it is no event, or holds what cannot be.
    """
    try:
        root = etree.fromstring(raw, _PARSER)
    except etree.XMLSyntaxError:
        raise NotCot("it is no XML") from None
    # As deep as it has closing tags at most; most have few enough to need no look.
    if root.tag != "event" or (raw.count(b"</") > DEEPEST and _TOO_DEEP(root)):
        raise NotCot("its root is no event, or it is nested deeper than any")
    tags = [child.tag for child in root]
    if tags.count("point") != 1 or tags.count("detail") > 1:
        raise NotCot("an event has one point, and one detail at most")
    told, place = root.get, root[tags.index("point")].get
    uid, kind = told("uid", ""), told("type", "")
    if not (_is_name(uid) and _is_kind(kind)):
        raise NotCot("its uid or type cannot be")
    lat, lon = _number(place("lat", "")), _number(place("lon", ""))
    if abs(lat) > _NORTH or abs(lon) > _EAST:
        raise NotCot("its point is not on Earth")
    _number(place("hae", "0"))
    _number(place("le", "0"))
    _instant(told("start", ""))
    time, stale = _instant(told("time", "")), _instant(told("stale", ""))
    return Event(uid, kind, time, stale, lat, lon, _number(place("ce", "9999999")), root)


# A screen says the same few uids, types, errors and instants again and again; what is wrong is not remembered.


@lru_cache(maxsize=4096)
def _is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _is_kind(text: str) -> bool:
    return _KIND.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise NotCot("a number cannot be read")
    found = float(text)
    if not math.isfinite(found):
        raise NotCot("a number is none")
    return found


@lru_cache(maxsize=4096)
def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text) if len(text) <= _LATEST_BYTES else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotCot("an instant cannot be read, or says no zone")
    return at
