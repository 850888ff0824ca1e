"""What the core hands its gateways over the link: the keys that open, the key to seal to, and who was struck out.

Box keys are turned each week (keeper/links.py). A gateway gets its own private halves, this week's and
the one before, in memory only; and the core's public one, signed, so that the link alone changes none. Who was struck out is not signed: it only says whom to hear no more.
"""

import base64
import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from safeconduct import sealing
from safeconduct.spool.carried import Foreign

_USE = b"core-box|v1|"
_TURN = struct.Struct(">Q")
_SIGNATURE_BYTES = 64  # RFC 8032, Ed25519


@dataclass(frozen=True, slots=True)
class Handed:
    """One gateway's keys.

    Attributes:
        present: its private box key; empty when it has none and can only send.
        earlier: the one before, for what waited when the key was turned.
        public: of `present`; to it the core seals once the gateway was told.
        core: the core's public key as `sign_core` signs it.
        struck: who was struck out, as `struck_told` says it; empty when it is not known.
    """

    present: bytes = b""
    earlier: bytes = b""
    public: bytes = b""
    core: bytes = b""
    struck: bytes = b""

    def __repr__(self) -> str:
        """Return nothing of the keys."""
        return "<Handed>"

    def to_plain(self) -> dict[str, str]:
        """Return the form that goes to the dialler's stdin."""
        halves = {"present": self.present, "earlier": self.earlier, "public": self.public}
        return {name: base64.b64encode(key).decode() for name, key in halves.items()}

    @classmethod
    def from_plain(cls, told: Mapping[str, Any], *, core: bytes = b"") -> Self:
        """Read what `to_plain` wrote."""
        halves = {name: base64.b64decode(str(key)) for name, key in told.items()}
        return cls(**halves, core=core)


def sign_core(public: bytes, *, turned: int, sign: bytes) -> bytes:
    """Return the core's public box key, signed with the week it is of.

    Args:
        turned: wall second at which it was made.
        sign: the core's private signing key.
    """
    content = _TURN.pack(turned) + public
    return content + sealing.sign(sign, _USE + content)


def read_core(raw: bytes, *, verify: bytes) -> tuple[int, bytes]:
    """Return when the key was made (wall second), and the key, of what `sign_core` wrote.

    Raises:
        Foreign: the core did not sign it.
    """
    content, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
    try:
        sealing.verify(verify, _USE + content, signature)
        (turned,) = _TURN.unpack_from(content)
    except (sealing.Tampered, struct.error) as error:
        raise Foreign("the core's key came with a signature that is not the core's") from error
    return turned, content[_TURN.size :]


def struck_told(names: Iterable[str]) -> bytes:
    """Return the content of the frame that says who is struck out now; whoever is not in it, is not."""
    return json.dumps(sorted(names)).encode()


def read_struck(raw: bytes) -> frozenset[str]:
    """Read what `struck_told` wrote.

    Raises:
        Foreign: it is no list of names.
    """
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
        raise Foreign("who was struck out came in no form of ours")
    return frozenset(told)
