"""What is taken of the units' map, and what becomes of it: a word on a marker, a unit's place, somebody coming.

Everything else is not ours to know. A contact comes in without the side it was marked with, serves the closing
alert (watch/approach.py) and leaves by nothing: `writing.py` has no kind for it, and `insist_kept` says so aloud.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from safeconduct.cot.reading import Event
from safeconduct.envelope import Carried, MapHeard, MapPoint, Marker, kind_of

RECEIPTS = {"b-t-f-d": "delivered", "b-t-f-r": "read"}
WORD = "b-t-f"
_ACK = re.compile(r"\s*(?:ack|wilco|roger)\s+([a-z0-9]{4,12})\s*[.!]?\s*", re.IGNORECASE)
_OWN = re.compile(r"a-f-G(?:-.*)?")
_COMING = re.compile(r"a-[husjk]-G(?:-.*)?")  # whatever they take him for: it is not asked here
_E7, _MM, _CDEG = 10_000_000, 1000, 100
_FASTEST_MM_S = 100_000
_ERROR_KNOWN_M = 100_000.0
_KINDS: dict[str, type[Carried]] = {each.__name__: each for each in (Marker, MapPoint, MapHeard)}


class KeptIn(RuntimeError):
    """Something that must not leave was about to: a fault of ours, not of whoever asked."""


@dataclass(frozen=True, slots=True)
class Believed:
    """Whom the units' map is believed for what; callsigns, as the file names them.

    Attributes:
        acknowledging: whose receipts and words on a marker count.
        receiving: whose own place is taken, callsign by unit of the file: "RCV1" is of "unit:1".
        watching: whose marks of somebody coming are taken.
    """

    acknowledging: frozenset[str]
    receiving: Mapping[str, str]
    watching: frozenset[str]


class Hearing:
    """Makes of an event what the core is told, or nothing. Knows the markers that stand, and who said what."""

    def __init__(self, *, route: str, believed: Believed, key: bytes, own: str) -> None:
        self._route, self._believed, self._key, self._own = route, believed, key, own
        self._asked: dict[str, str] = {}  # our message → the marker it was about
        self.uids: dict[str, str] = {}  # callsign → what it calls itself

    def asked(self, message: str, *, about: str) -> None:
        """Remember that a word of ours was about a marker; the last thousand are known."""
        self._asked[message] = about
        while len(self._asked) > 1000:  # noqa: PLR2004  as the docstring says
            del self._asked[next(iter(self._asked))]

    def take(self, event: Event, *, standing: Iterable[str], now: datetime) -> MapHeard | None:
        """Return what an event tells, without its number; None where it tells nothing for us.

        Args:
            standing: the references of the markers that were sent out.
            now: what an event is dated later than counts as said now.
        """
        if event.uid == self._own:
            return None
        if event.type in RECEIPTS:
            return self._receipt(event, now)
        if event.type == WORD:
            return self._word(event, standing, now)
        if _OWN.fullmatch(event.type):
            return self._place(event, now)
        if _COMING.fullmatch(event.type):
            return self._contact(event, now)
        return None

    def _receipt(self, event: Event, now: datetime) -> MapHeard | None:
        said = event.root.find("detail/__chatreceipt")
        if said is None or said.get("senderCallsign") not in self._believed.acknowledging:
            return None
        about = self._asked.get(said.get("messageId", ""))
        if about is None:
            return None
        return self._told(event, now, RECEIPTS[event.type], about, said.get("senderCallsign", ""))

    def _word(self, event: Event, standing: Iterable[str], now: datetime) -> MapHeard | None:
        chat, said = event.root.find("detail/__chat"), event.root.findtext("detail/remarks") or ""
        who = chat.get("senderCallsign", "") if chat is not None else ""
        found = _ACK.fullmatch(said[:100])
        if who not in self._believed.acknowledging or found is None:
            return None
        meant = [ref for ref in standing if ref.startswith(found[1].lower())]
        if len(meant) != 1:
            return None
        return self._told(event, now, "acknowledged", meant[0], who)

    def _place(self, event: Event, now: datetime) -> MapHeard | None:
        contact = event.root.find("detail/contact")
        callsign = contact.get("callsign", "") if contact is not None else ""
        receiving = self._believed.receiving
        if callsign in self._believed.acknowledging or callsign in receiving:
            self.uids[callsign] = event.uid
        if callsign not in receiving:
            return None
        told = self._told(event, now, "position", "", event.uid, placed=True)
        return replace(told, unit=receiving[callsign])

    def _contact(self, event: Event, now: datetime) -> MapHeard | None:
        links = event.root.iterfind("detail/link")
        makers = {each.get("parent_callsign", "") for each in links}
        if not makers & self._believed.watching:
            return None
        return self._told(event, now, "contact", "", event.uid, placed=True)

    def _told(
        self, event: Event, now: datetime, what: str, about: str, who: str, *, placed: bool = False
    ) -> MapHeard:
        speaker = hmac.new(self._key, who.encode(), hashlib.sha256).hexdigest()[:16]
        said = min(event.time, now)
        if not placed:
            return MapHeard(self._route, 0, what, about, speaker, said, now)
        course, speed = _moving(event)
        error = round(event.error_m * _MM) if 0 < event.error_m < _ERROR_KNOWN_M else 0
        lat, lon = round(event.lat_deg * _E7), round(event.lon_deg * _E7)
        return MapHeard(
            self._route, 0, what, about, speaker, said, now, lat, lon, course, speed, error
        )


def _moving(event: Event) -> tuple[int, int]:
    """Return course and speed, hundredths of a degree and mm/s; what is not told, or cannot be, is 0."""
    track = event.root.find("detail/track")
    try:
        course, speed = (float(track.get(name, "0")) for name in ("course", "speed"))
        told = round(course % 360 * _CDEG), round(speed * _MM)
    except (AttributeError, ValueError, OverflowError):
        return 0, 0
    return told if 0 <= told[1] <= _FASTEST_MM_S else (0, 0)


def insist_kept(thing: Carried) -> None:
    """Refuse to let what was heard on the map leave by it again.

    Raises:
        KeptIn: it is a contact, a unit's place or a word: they came in and stay.
    """
    if isinstance(thing, MapHeard):
        raise KeptIn("what was heard on the units' map leaves by nothing")


def thing_of(content: bytes) -> Marker | MapPoint | None:
    """Return what the core sent to be shown; None for what is no thing of the map, or came in by it."""
    kind = _KINDS.get(kind_of(content))
    if kind is None:
        return None
    thing = kind.from_bytes(content)
    try:
        insist_kept(thing)
    except KeptIn:
        return None
    return thing if isinstance(thing, Marker | MapPoint) else None
