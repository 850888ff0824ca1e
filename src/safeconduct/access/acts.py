"""Acts whose content the keeper reads itself: who gets which duty, and what is destroyed. Pure.

Page and keeper compute the same digest from the same words, so a passkey's yes cannot be carried
from one duty, person or compartment to another.
"""

from collections.abc import Iterable
from datetime import datetime

from safeconduct.access.rules import Act, Duty, digest_of


def grant(person: str, duty: Duty, *, reason: str, until: datetime | None) -> Act:
    """Return the act by which an administrator gives `duty` to `person` until a world time."""
    limit = None if until is None else int(until.timestamp())
    told = {"person": person, "duty": str(duty), "reason": reason, "until": limit}
    return Act("people.hold", person, digest_of(told), Duty.ADM)


def invite(person: str, duties: Iterable[Duty], *, reason: str) -> Act:
    """Return the act by which an administrator invites `person` to enrol a passkey."""
    told = {"person": person, "duties": sorted(map(str, duties)), "reason": reason}
    return Act("people.invite", person, digest_of(told), Duty.ADM)


def destroy_digest(compartment: str) -> bytes:
    """Return the digest of an act that destroys a compartment, whichever verb a room gives it."""
    return digest_of({"destroy": compartment})
