"""The closure certificate: what a root can prove about a key that was destroyed, and no more. Pure.

The keeper signs it; anybody who has noted the keeper's public key checks it, without the keeper.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from safeconduct import sealing
from safeconduct.access.rules import Duty
from safeconduct.audit.rules import instant
from safeconduct.envelope import canonical
from safeconduct.refusal import N_

_HEAD = b"closure|v1|"
KEPT = "core"  # begins the compartments of what law keeps of erased cases: "core:<ref>"
KIN = "kin"  # begins those of what a lawyer decides on at the relatives' desk: "kin:<ref>"
VOICE = "voice"  # begins those of what he told the ombudsman: "voice:<ref>", ended with his case's
READS_KEPT = frozenset({Duty.DPO, Duty.LEG})  # by their own keys where it names a person

# One sentence for each kind of root, tested by an attacker who has all that it names
# (keeper/tests/test_attacker.py). `earlier`: a root that was changed, and not seen destroyed.
CLAIMS: Mapping[str, str] = MappingProxyType(
    {
        "file": N_(
            "It cannot be opened by anyone, unless an old copy of keys.db and root.key are "
            "both kept."
        ),
        "passphrase": N_(
            "It cannot be opened by anyone, unless an old copy of keys.db and the "
            "passphrase are both kept."
        ),
        "two": N_(
            "It cannot be opened by anyone, unless an old copy of keys.db and both halves of "
            "the root are kept."
        ),
        "pkcs11": N_(
            "It cannot be opened by anyone, with any backup of keys.db. Only an old copy of "
            "the token itself could open such a backup."
        ),
        "vault": N_(
            "It cannot be opened by anyone, with any backup of keys.db. Only an old copy of "
            "Vault’s own storage could open such a backup."
        ),
        "earlier": N_(
            "It was made under an earlier root: it cannot be opened by anyone, unless an "
            "old copy of keys.db and that root are both kept."
        ),
    }
)
DESTROYING = frozenset({"pkcs11", "vault"})


@dataclass(frozen=True, slots=True)
class Lay:
    """One root under which a key lay in keys.db.

    Attributes:
        ended: it was changed for another, and the keeper saw it destroyed.
    """

    kind: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is signed, as bytes, and the signature; `facts` reads them."""

    told: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says.

    Attributes:
        subject: the digest that two people said yes to, in hex.
        root: kind of the root at the closure.
        before: epoch whose KEK was destroyed.
        after: epoch of the KEK that opens the living.
        at: wall time.
        claims: the sentences, in English as signed; a page shows them translated.
        key: the keeper's public signing key, in hex.
    """

    subject: str
    root: str
    before: int
    after: int
    at: datetime
    claims: tuple[str, ...]
    key: str


def claims(roots: Sequence[Lay]) -> list[str]:
    """Return what may be claimed of a key that lay under `roots`, the last of which is the present.

    The weakest speaks: one root that cannot destroy leaves every old copy readable by it.
    """
    *earlier, now = roots
    kinds = [each.kind for each in earlier if each.kind not in DESTROYING]
    if any(each.kind in DESTROYING and not each.ended for each in earlier):
        kinds.append("earlier")
    if now.kind not in DESTROYING or not kinds:
        kinds.append(now.kind)
    return [CLAIMS[kind] for kind in dict.fromkeys(kinds)]


def certify(private: bytes, facts: Mapping[str, Any]) -> Certificate:
    """Return the certificate of `facts` (names of `Facts`, `at` in microseconds), signed."""
    told = canonical({**facts, "key": sealing.sign_public(private).hex()})
    return Certificate(told, sealing.sign(private, _HEAD + told))


def facts(certificate: Certificate, *, key: str = "") -> Facts:
    """Return what a certificate says, its signature checked.

    Args:
        key: the keeper's public key as it was noted, in hex; "" believes the one inside.

    Raises:
        sealing.Tampered: changed, or signed by another keeper.
    """
    told = json.loads(certificate.told)
    if key and told["key"] != key:
        raise sealing.Tampered("the certificate was signed by another keeper")
    sealing.verify(bytes.fromhex(told["key"]), _HEAD + certificate.told, certificate.signature)
    return Facts(
        told["subject"],
        told["root"],
        told["before"],
        told["after"],
        instant(told["at"]),
        tuple(told["claims"]),
        told["key"],
    )
