"""What the keeper answers, as values. What is secret in them is never printed."""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.access.rules import Duty, Method


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a login proof stands for. `login` is secret; it is never printed or stored in clear.

    It is "<login>.<device>"; a browser keeps the two halves in two cookies (access/doors.py).
    """

    person: str
    duties: frozenset[Duty]
    method: Method
    until: datetime
    login: str = ""

    def __repr__(self) -> str:
        """Return the person only."""
        return f"<SignedIn {self.person}>"


@dataclass(frozen=True, slots=True)
class Device:
    """One browser a person came in from; real times of its first and last sign-in."""

    since: datetime
    seen: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a passkey is to answer for one act.

    Attributes:
        nonce: comes back with the assertion, once, before `until` (wall time).
        challenge: base64url, as `navigator.credentials.get` wants it.
        credentials: base64url ids of the person's passkeys.
    """

    nonce: str
    challenge: str
    credentials: tuple[str, ...]
    rp_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Yes:
    """The keeper's signed word that a person's passkey said yes to one act."""

    told: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """Field keys for one answer: (compartment, kind) → key; destroyed compartments have none."""

    keys: dict[tuple[str, str], bytes]
    gone: frozenset[str]

    def __repr__(self) -> str:
        """Return counts only: keys must not reach a traceback."""
        return f"<Opened {len(self.keys)} keys>"


@dataclass(frozen=True, slots=True)
class PairKeys:
    """Raw keys of one end of a link; a private half is empty where the asker may not have it.

    Attributes:
        box_earlier: the private half before this week's, which opens what waited; empty at first.
        turned: wall second at which this week's were made.
    """

    box_private: bytes
    box_earlier: bytes
    box_public: bytes
    sign_private: bytes
    sign_public: bytes
    turned: int

    def __repr__(self) -> str:
        """Return nothing of the keys."""
        return "<PairKeys>"
