"""What a pilot can say to his station: one line, a verb, whom, and named words. Pure.

    check 1 speed=8            fence 1            on 1                off 1
    fence 1 ring=51.0,34.0;51.0,34.1;51.1,34.1      that of his plan, within the one of the file
    watch 1 distance=60 height=60 side=180        lead 1 to=51.2,34.3
    mark 1 sighted=yes acknowledged=yes           see 1 at=51.2,34.3
    sees 2                     hold 1             home 1              status

`sees` is the relief: its pilot sees him now, and the aircraft that watched before goes home.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from safeconduct.geo import Point
from safeconduct.mavlink.fence import ring_of
from safeconduct.mavlink.wall import never
from safeconduct.refusal import Refused

LONGEST = 900  # characters of one order; a ring has up to 40 corners
_YES = MappingProxyType({"yes": True, "no": False})
Ring = tuple[Point, ...]
Value = float | bool | Point | Ring


@dataclass(frozen=True, slots=True)
class Order:
    """One order, read.

    Attributes:
        verb: of `VERBS`.
        system: whom; 0 for `status`.
        told: its named words.
    """

    verb: str
    system: int = 0
    told: Mapping[str, Value] = field(default_factory=dict)

    def number(self, name: str, other: float) -> float:
        """Return a number it names, or another one."""
        value = self.told.get(name, other)
        return value if isinstance(value, float) else other

    def place(self, name: str) -> Point | None:
        """Return a place it names."""
        value = self.told.get(name)
        return value if isinstance(value, Point) else None

    def ring(self, name: str) -> Ring | None:
        """Return a ring it names."""
        value = self.told.get(name)
        return value if isinstance(value, tuple) else None

    def yes(self, name: str) -> bool:
        """Return whether it says yes to that."""
        return self.told.get(name) is True


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("no number")
    return value


def _place(text: str) -> Point:
    lat, lon = text.split(",")
    return Point(_number(lat), _number(lon))


def _yes(text: str) -> bool:
    if text not in _YES:
        raise ValueError("neither yes nor no")
    return _YES[text]


VERBS: dict[str, dict[str, Callable[[str], Value]]] = {
    "check": {"speed": _number},
    "fence": {"ring": ring_of},
    "on": {},
    "off": {},
    "watch": {"distance": _number, "height": _number, "side": _number},
    "lead": {"to": _place},
    "mark": {"sighted": _yes, "acknowledged": _yes},
    "see": {"at": _place},
    "sees": {},
    "hold": {},
    "home": {},
    "status": {},
}


def read(line: str) -> Order:
    """Read one order.

    Raises:
        Refused: it is no order; nothing is guessed.
    """
    words = line.split()
    if len(line) > LONGEST or not words or words[0] not in VERBS:
        raise Refused(never("pilot.order", f"an order is one of {', '.join(VERBS)}"))
    verb, *rest = words
    if verb == "status":
        return Order(verb)
    if not rest or not rest[0].isascii() or not rest[0].isdecimal():
        raise Refused(never("pilot.order", "an order says which aircraft, by its system id"))
    named = dict(_named(verb, word) for word in rest[1:])
    if len(named) < len(rest) - 1:
        raise Refused(never("pilot.order", "a word is said once"))
    return Order(verb, int(rest[0][:3]), named)


def _named(verb: str, word: str) -> tuple[str, Value]:
    name, _, text = word.partition("=")
    reads = VERBS[verb].get(name)
    if reads is None:
        known = ", ".join(VERBS[verb]) or "no more words"
        raise Refused(never("pilot.order", f"{verb} takes {known}"))
    try:
        return name, reads(text)
    except ValueError:
        raise Refused(never("pilot.order", f"{name} cannot be read")) from None
