"""What was written of a man: a text to seal, and a digest that proves it and tells nothing.

Signatures and the journal rest on the digest, so it must outlive the box: a box is sealed anew when
a reader is let out. And it lies open, also after an erasure: of a name alone one could try all names.
So the digest is keyed by 32 random bytes that lie in the sealed text and nowhere else.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from safeconduct import sealing
from safeconduct.access.keyring import Keyring
from safeconduct.envelope import canonical

_INFO = b"paper|v1|"


def written(told: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the text to seal of `told`, and its digest of 32 bytes.

    Args:
        told: what JSON knows, without floats.
    """
    salt = sealing.new_key()
    text = json.dumps({"salt": salt.hex(), "told": told}, ensure_ascii=False, sort_keys=True)
    return text, _digest(salt, told)


def read(
    ring: Keyring, text: str, *, digest: bytes, field: str, compartment: str, ref: str
) -> dict[str, Any]:
    """Return what a text tells that was opened, if it is the one that its row's digest proves.

    Args:
        ring: opened the text; it speaks for us when another was put into its place.
        digest: of its row.
        field: "room.Model.field".

    Raises:
        Refused: another text was sealed in its place; the keeper is told, and a supervisor called.
    """
    found = json.loads(text)
    told: dict[str, Any] = found["told"]
    if not hmac.compare_digest(_digest(bytes.fromhex(found["salt"]), told), digest):
        raise ring.changed(field=field, compartment=compartment, ref=ref)
    return told


def opened(
    ring: Keyring, body: bytes, *, digest: bytes, field: str, compartment: str, ref: str
) -> dict[str, Any]:
    """Return what a box tells that names nobody; see `read` and `Keyring.open`."""
    text = ring.open(body, field=field, compartment=compartment, ref=ref)
    return read(ring, text, digest=digest, field=field, compartment=compartment, ref=ref)


def _digest(salt: bytes, told: Mapping[str, Any]) -> bytes:
    return hmac.digest(salt, _INFO + canonical(dict(told)), "sha256")
