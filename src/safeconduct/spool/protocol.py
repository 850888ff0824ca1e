"""Which release speaks at the other end of a link, and whether the two understand each other.

Each end says so behind its hello: what it speaks, and the oldest that it still reads. The two speak the lower of
both. One that says nothing is of before there was anything to say, and speaks 1. Nothing that a newer end
sends is lost at an older one: a frame of a kind that it does not know is one that it can do without, and a
thing with a kind or a field that it does not know is set aside, sealed, until it knows (spool/lanes.py).

A number rises when a frame or the meaning of a field changes. A new field does not raise it: it
has a default, which is not written, and which stands for it where it is missing (envelope.py).
"""

import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Self

_MOST = 2**31
_LONGEST = 40  # of a release's name


class Skewed(ConnectionError):
    """One end is of a release that the other does not understand; neither sends it anything."""


@dataclass(frozen=True, slots=True)
class Speech:
    """What one end of a link says of itself.

    Attributes:
        speaks: the protocol of its release.
        reads: the oldest protocol that it understands.
        release: for people; nothing is decided by it.
    """

    speaks: int
    reads: int
    release: str

    def to_bytes(self) -> bytes:
        """Return the content of its frame."""
        told = {"speaks": self.speaks, "reads": self.reads, "release": self.release}
        return json.dumps(told).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read what an end of any release says; what it says besides is not ours to know.

        Raises:
            Skewed: it cannot be made out.
        """
        try:
            told = json.loads(raw)
            speaks, reads = (_number(told[name]) for name in ("speaks", "reads"))
            return cls(speaks, reads, release=_plain(str(told.get("release", ""))))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Skewed("the other end does not say what it speaks") from error


def _number(told: object) -> int:
    if type(told) is not int or not 0 < told < _MOST:
        raise ValueError("a protocol is a number above 0")
    return told


def _plain(release: str) -> str:
    return "".join(letter for letter in release if letter.isascii() and letter.isprintable())[
        :_LONGEST
    ]


def _release() -> str:
    try:
        return version("safeconduct")
    except PackageNotFoundError:  # run from a checkout that nobody installed
        return ""


OURS = Speech(speaks=2, reads=1, release=_release())
BEFORE = Speech(
    speaks=1, reads=1, release=""
)  # says nothing: it opens with one key and hears of no turn

FOLLOWS_TURNS = 2  # the first protocol that hears of turned keys

OLD, NEW = "old", "new"


def beyond(ours: Speech, theirs: Speech) -> str:
    """Return OLD or NEW when the other end is too old or too new for ours, "" when they understand each other."""
    spoken = min(ours.speaks, theirs.speaks)
    if spoken < ours.reads:
        return OLD
    return NEW if spoken < theirs.reads else ""
