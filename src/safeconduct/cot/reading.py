"""What others write, read with suspicion: cut into events, parsed without entities or network, checked.

An event is at most 64 KiB, twelve elements deep, and has no document type, comment, CDATA or processing
instruction: no two readers may find different things in the same bytes.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

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
        self._held = b""
        self._seen = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that are whole now.

        Raises:
            NotCot: what has come cannot become an event; nothing after it can be trusted to begin one.
        """
        data, found, at = self._held + chunk, [], 0
        end = data.find(_END, self._seen)
        while end >= 0:
            until = end + len(_END)
            found.append(_stripped(data[at:until]))
            at = until
            end = data.find(_END, at)
        self._held = data[at:]
        self._seen = max(0, len(self._held) - len(_END))
        if len(self._held) > LARGEST:
            raise NotCot("an event is larger than any that is taken")
        return found


def _stripped(raw: bytes) -> bytes:
    event = raw.strip(b" \t\r\n\0")
    if event.startswith(b"<?"):
        event = _DECLARED.sub(b"", event, count=1).lstrip()
    if len(event) > LARGEST:
        raise NotCot("an event is larger than any that is taken")
    if not event.startswith((b"<event ", b"<event>")) and not _BEGINS.match(event):
        raise NotCot("something stands before an event")
    if b"<!" in event or b"<?" in event:
        raise NotCot("an event holds a document type, a comment, CDATA or an instruction")
    return event


@dataclass(slots=True)  # a frozen one takes a microsecond more, of ten
class Event:
    """An event that was checked. Nobody changes one.

    Attributes:
        uid, type: as they are written.
        time, stale: aware.
        lat_deg, lon_deg, error_m: WGS 84; the error is 9999999 where it is not known.
        raw: its own bytes.
    """

    uid: str
    type: str
    time: datetime
    stale: datetime
    lat_deg: float
    lon_deg: float
    error_m: float
    raw: bytes

    @property
    def root(self) -> etree._Element:
        """Return its tree, parsed when it is asked for: who hands an event on needs none."""
        return etree.fromstring(self.raw, _PARSER)

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

    A screen says the same form again and again, with other values between its quotation marks. A form that was
    parsed once is known: such values make no other tree of it, as long as none of them has a mark of XML's in it.

    Raises:
        NotCot: it is no event, or holds what cannot be.
    """
    between = raw.split(b'"')
    form = b'"'.join(between[::2])
    known = _forms.get(form)
    if known is None or not known.fits(raw, len(between)):
        return _parsed(raw, form)
    uid, kind, start, time, stale, *placed = known.told(between)
    try:
        return _checked(uid, kind, (start, time, stale), placed, raw)
    except NotCot:  # a parser may read a value's white space otherwise: it has the last word
        return _parsed(raw, form)


@dataclass(frozen=True, slots=True)
class _Form:
    """What a parser found in bytes whose values are left out.

    Attributes:
        told: gives the values of `_FIELDS` and `_PLACED` out of what lies between quotation marks.
        parts, marks: how many parts the quotation marks make of it; how many "<" it has.
    """

    told: Callable[[list[bytes]], tuple[bytes, ...]]
    parts: int
    marks: int

    def fits(self, raw: bytes, parts: int) -> bool:
        """Return whether these bytes are of this form in a parser's eyes too: their values are plain."""
        if parts != self.parts or not raw.isascii() or b"&" in raw or raw.count(b"<") != self.marks:
            return False
        return len(raw.translate(None, _CONTROL)) == len(raw)


_forms: dict[bytes, _Form] = {}
_FORMS = (
    512  # at once; a stranger's thousands make room for themselves, and cost what they cost before
)
_CONTROL = bytes({*range(32), 127} - {9, 10, 13})
_FIELDS = ("uid", "type", "start", "time", "stale")
_PLACED = ("lat", "lon", "hae", "le", "ce")
_UNTOLD = {"hae": "0", "le": "0", "ce": "9999999"}


def _parsed(raw: bytes, form: bytes) -> Event:
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
    point = root[tags.index("point")]
    told = [root.get(name, "").encode() for name in _FIELDS]
    placed = [point.get(name, _UNTOLD.get(name, "")).encode() for name in _PLACED]
    uid, kind, *times = told
    event = _checked(uid, kind, times, placed, raw)
    _learn(form, root, point, raw)
    return event


def _learn(form: bytes, root: etree._Element, point: etree._Element, raw: bytes) -> None:
    """Remember a form, if every value of it stands between quotation marks, and nothing else does.

    Then as many pairs of marks are there as values. What is quoted by an apostrophe, a text with a
    quotation mark in it, or a name space make another count: such an event is parsed each time.
    """
    values = sum(len(each.attrib) for each in root.iter())
    if b"'" in form or form.count(b'"') != values or raw.count(b'"') != 2 * values:
        return
    before = list(root)[: root.index(point)]
    first = len(root.attrib) + sum(len(each.attrib) for child in before for each in child.iter())
    at = {name: 1 + 2 * n for n, name in enumerate(root.attrib)}
    at |= {f"point.{name}": 1 + 2 * (first + n) for n, name in enumerate(point.attrib)}
    wanted = [*_FIELDS, *(f"point.{name}" for name in _PLACED)]
    if not at.keys() >= set(wanted):
        return
    if len(_forms) >= _FORMS:
        del _forms[next(iter(_forms))]
    told = itemgetter(*(at[name] for name in wanted))
    _forms[form] = _Form(told, 1 + 2 * values, raw.count(b"<"))


def _checked(
    uid: bytes, kind: bytes, times: Sequence[bytes], placed: Sequence[bytes], raw: bytes
) -> Event:
    """Return an event, if its values can be. Raises NotCot."""
    name, type_ = _name(uid), _kind(kind)
    if not name or not type_:
        raise NotCot("its uid or type cannot be")
    lat, lon = _number(placed[0]), _number(placed[1])
    if abs(lat) > _NORTH or abs(lon) > _EAST:
        raise NotCot("its point is not on Earth")
    _number(placed[2])
    _number(placed[3])
    _instant(times[0])
    return Event(
        name, type_, _instant(times[1]), _instant(times[2]), lat, lon, _number(placed[4]), raw
    )


# A screen says the same few uids, types, errors and instants again and again; what is wrong is not remembered.


@lru_cache(maxsize=4096)
def _name(raw: bytes) -> str:
    """Return a name, "" for what is none."""
    text = raw.decode()
    return text if _NAME.fullmatch(text) else ""


@lru_cache(maxsize=1024)
def _kind(raw: bytes) -> str:
    """Return a type, "" for what is none."""
    text = raw.decode()
    return text if _KIND.fullmatch(text) else ""


@lru_cache(maxsize=4096)
def _number(raw: bytes) -> float:
    text = raw.decode()
    if not _NUMBER.fullmatch(text):
        raise NotCot("a number cannot be read")
    found = float(text)
    if not math.isfinite(found):
        raise NotCot("a number is none")
    return found


@lru_cache(maxsize=4096)
def _instant(raw: bytes) -> datetime:
    try:
        at = datetime.fromisoformat(raw.decode()) if len(raw) <= _LATEST_BYTES else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NotCot("an instant cannot be read, or says no zone")
    return at
