"""A yes as the keeper signs it and everybody else believes it: by the signature, never by the row. Pure.

Whoever writes into the tables has no key that signs. What is signed names all that a row says, so a
true yes carried to another subject, text, person, duty or time is none.
"""

import json
from typing import Any

from safeconduct import sealing
from safeconduct.access.answers import Yes
from safeconduct.access.rules import Act
from safeconduct.envelope import canonical

_HEAD = b"yes|v1|"


def sign(private: bytes, act: Act, *, person: str, given_us: int, at: int, nonce: str) -> Yes:
    """Return the signed word that a person's passkey said yes to `act`.

    Args:
        given_us: microseconds of world time, as whoever asked for the signature writes it down.
        at: wall second, by the keeper's own clock.
        nonce: of the touch, which counts once.
    """
    told = {
        "verb": act.verb,
        "subject": act.subject,
        "digest": act.digest.hex(),
        "duty": str(act.duty),
        "person": person,
        "given_us": given_us,
        "at": at,
        "nonce": nonce,
    }
    yes = canonical(told)
    return Yes(yes, sealing.sign(private, _HEAD + yes))


def facts(yes: Yes, *, key: bytes) -> dict[str, Any]:
    """Return what a yes says, its signature checked by the keeper's public key.

    Raises:
        sealing.Tampered: changed, or signed by another keeper or by nobody.
    """
    sealing.verify(key, _HEAD + yes.told, yes.signature)
    told: dict[str, Any] = json.loads(yes.told)
    return told
