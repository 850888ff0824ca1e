"""What the keeper is asked about own keys: made, opened, shut, and used for a row's key.

Every function may raise `Refused` and `KeeperAway`, as those of access/client.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from safeconduct import sealing
from safeconduct.access.connection import keeper
from safeconduct.access.rules import Duty, Proof
from safeconduct.sealing import text, to_bytes


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One's own key; real times.

    Attributes:
        made: None while one has none.
        until: None while it is shut.
    """

    made: datetime | None
    until: datetime | None


def secret_of(words: str) -> bytes:
    """Return what opens an own key, from its six words in Latin letters, as `pages.wordcode` reads them.

    They have 91 bits: nobody guesses them, so no slow hash is needed.
    """
    return sealing.hkdf(words.encode(), b"own words|v1")


def make(login: str, *, words: str, duty: Duty, proof: Proof) -> None:
    """Make one's own key and open it; the proof is for `acts.own_key(person, duty)`."""
    told = {"nonce": proof.nonce, "assertion": proof.assertion, "duty": duty}
    keeper().call("own_make", login=login, secret=text(secret_of(words)), **told)


def state(login: str) -> OwnKey:
    """Return when one's own key was made, and until when it is open."""
    told = keeper().call("own_state", login=login)
    made, until = (
        datetime.fromtimestamp(told[each], UTC) if told[each] else None
        for each in ("made", "until")
    )
    return OwnKey(made, until)


def open_own(login: str, *, words: str) -> None:
    """Open one's own key for a while."""
    keeper().call("own_open", login=login, secret=text(secret_of(words)))


def shut(login: str) -> None:
    """Shut one's own key."""
    keeper().call("own_shut", login=login)


def seal(
    login: str, *, compartment: str, keys: Mapping[str, bytes]
) -> list[tuple[str, str, bytes]]:
    """Return (row, person, copy) for every row's key and everybody who may read it and has a key."""
    told = [[row, text(key)] for row, key in keys.items()]
    copies = keeper().call("own_seal", login=login, compartment=compartment, keys=told)["copies"]
    return [(row, person, to_bytes(box)) for row, person, box in copies]


def read(login: str, *, compartment: str, copies: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return row → its key, from one's own copies; one's own key must be open."""
    told = [[row, text(box)] for row, box in copies.items()]
    keys = keeper().call("own_read", login=login, compartment=compartment, copies=told)["keys"]
    return dict(zip(copies, map(to_bytes, keys), strict=True))
