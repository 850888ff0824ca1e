"""Who hears whom on a site without a server: deny by default, and what a slow listener may miss.

A client is who its certificate says. It says only kinds that it may say, to those who share a group with it
and may hear that kind; who addresses an event narrows that further and widens nothing.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from safeconduct.cot.reading import Event, NotCot

KINDS = (
    "areas", "corridor", "moving", "positions", "alerts", "medical", "words", "contacts",
)  # fmt: skip
LASTING = frozenset({"areas", "corridor", "alerts", "medical"})  # dropped for nobody, however slow
OWNED = frozenset(KINDS) - {"words"}  # a word's uid is its own, once
PING, WITHDRAWN = "t-x-c-t", "t-x-d-d"
MOST_OWNED = 512  # uids of one client
MOST_PASSING = 500  # places that wait for a slow client, the newest of each uid
MOST_WORDS = 200
_EXACTLY = {"b-m-r": "corridor", "b-r-f-h-c": "medical"}
_BEGINNING = (
    ("u-d-", "areas"), ("b-a-", "alerts"), ("b-t-f", "words"),
    ("a-n-", "moving"), ("a-f-A", "moving"), ("a-f-", "positions"), ("a-", "contacts"),
)  # fmt: skip


@lru_cache(maxsize=1024)
def kind_of(type_: str) -> str:
    """Return what kind of thing an event of this type is, "" for what has no place here."""
    found = _EXACTLY.get(type_)
    return found or next((kind for begins, kind in _BEGINNING if type_.startswith(begins)), "")


@dataclass(frozen=True, slots=True)
class Member:
    """One client: its certificate's name, a callsign that it is addressed by, and what it may."""

    name: str
    callsign: str
    groups: frozenset[str]
    says: frozenset[str]
    hears: frozenset[str]


@dataclass(frozen=True, slots=True)
class Area:
    """An area that stands, for who joins late."""

    raw: bytes
    stale: datetime
    to: frozenset[str]


class Circle:
    """The clients of one site, whose uid is whose, and the areas that stand."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members = {each.name: each for each in members}
        self._reach = {
            (one.name, kind): tuple(self._hearers(one, kind))
            for one in self.members.values()
            for kind in KINDS
        }
        self._owner: dict[str, str] = {}
        self._owned: dict[str, dict[str, str]] = {name: {} for name in self.members}
        self._areas: dict[str, Area] = {}

    def _hearers(self, one: Member, kind: str) -> Iterable[str]:
        if kind in one.says:
            for other in self.members.values():
                shared = one.groups & other.groups
                if other.name != one.name and shared and kind in other.hears:
                    yield other.name

    def take(self, name: str, event: Event, raw: bytes) -> tuple[str, tuple[str, ...]]:
        """Return the kind of an event and who hears it.

        Raises:
            NotCot: it is no kind that this client may say, or another's uid.
        """
        kind = self._of_what(name, event) if event.type == WITHDRAWN else kind_of(event.type)
        if kind not in self.members[name].says:
            raise NotCot("a kind that this client may not say")
        if event.type == WITHDRAWN:
            return kind, self._narrowed(self._reach[name, kind], event.meant())
        if kind in OWNED:
            self._claim(name, event.uid, kind)
        to = self._reach[name, kind]
        if b"marti" in raw:
            to = self._narrowed(to, event.meant())
        if kind == "areas":
            if event.stale <= event.time:  # a person has ended it
                self._areas.pop(event.uid, None)
            else:
                self._areas[event.uid] = Area(raw, event.stale, frozenset(to))
        return kind, to

    def _narrowed(self, to: tuple[str, ...], meant: list[str]) -> tuple[str, ...]:
        if not meant:
            return to
        called = set(meant)
        return tuple(each for each in to if {each, self.members[each].callsign} & called)

    def _of_what(self, name: str, event: Event) -> str:
        """Return the kind of what a client deletes: its own alone, and no area, which an end of its own ends."""
        link = event.root.find("detail/link")
        kind = self._owned[name].get(link.get("uid", ""), "") if link is not None else ""
        return "" if kind == "areas" else kind

    def _claim(self, name: str, uid: str, kind: str) -> None:
        """Let a uid be its first speaker's, so that nobody moves or ends what another has drawn."""
        if self._owner.setdefault(uid, name) != name:
            raise NotCot("another client's uid")
        owned = self._owned[name]
        if uid in owned:
            owned[uid] = kind
            return
        owned[uid] = kind
        if len(owned) > MOST_OWNED:
            oldest = next((each for each in owned if each not in self._areas), uid)
            del owned[oldest], self._owner[oldest]
            if oldest == uid:
                raise NotCot("more areas than one client may draw")

    def standing(self, name: str, *, now: datetime) -> list[bytes]:
        """Return the areas that stand, for a client that joins late. Of all else nothing is kept."""
        for uid, area in list(self._areas.items()):
            if area.stale <= now:
                del self._areas[uid]
        return [area.raw for area in self._areas.values() if name in area.to]


class Waiting:
    """What a slow client has not been given: lasting things all, by uid the newest; places and words bounded."""

    def __init__(self) -> None:
        self._lasting: dict[str, bytes] = {}
        self._words: deque[bytes] = deque(maxlen=MOST_WORDS)
        self._passing: dict[str, bytes] = {}

    def put(self, kind: str, uid: str, raw: bytes) -> None:
        """Keep an event until the client can be given it, or a newer one takes its place."""
        if kind in LASTING:
            self._lasting.pop(uid, None)
            self._lasting[uid] = raw
        elif kind == "words":
            self._words.append(raw)
        else:
            self._passing.pop(uid, None)
            self._passing[uid] = raw
            if len(self._passing) > MOST_PASSING:
                del self._passing[next(iter(self._passing))]

    def drain(self) -> list[bytes]:
        """Return all of it, what lasts first, and be empty."""
        found = [*self._lasting.values(), *self._words, *self._passing.values()]
        self._lasting.clear()
        self._words.clear()
        self._passing.clear()
        return found
