"""Acts whose content the keeper reads itself: who gets which duty, key or case, and what is destroyed. Pure.

Page and keeper compute the same digest from the same words, so a passkey's yes cannot be carried
from one duty, person or compartment to another.
"""

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime

from safeconduct.access.rules import Act, Duty, digest_of

RECOVER = "people.recover"
REVIEW_GLASS = "access.review_glass"


def grant(person: str, duty: Duty, *, reason: str, until: datetime | None) -> Act:
    """Return the act by which an administrator gives `duty` to `person` until a world time."""
    limit = None if until is None else int(until.timestamp())
    told = {"person": person, "duty": str(duty), "reason": reason, "until": limit}
    return Act("people.hold", person, digest_of(told), Duty.ADM)


def invite(person: str, duties: Iterable[Duty], *, reason: str) -> Act:
    """Return the act by which an administrator invites `person` to enrol a passkey."""
    told = {"person": person, "duties": sorted(map(str, duties)), "reason": reason}
    return Act("people.invite", person, digest_of(told), Duty.ADM)


def recover(person: str, duty: Duty, *, reason: str) -> Act:
    """Return the act by which a colleague says that `person` gets a new passkey for a lost one.

    The digest is the same for both colleagues, whichever of their duties they say it in.
    """
    return Act(RECOVER, person, digest_of({"recover": person, "reason": reason}), duty)


def spare(person: str, duty: Duty) -> Act:
    """Return the act by which somebody makes one more passkey of his own; any duty of his."""
    return Act("people.spare", person, digest_of({"spare": person}), duty)


def own_key(person: str, duty: Duty) -> Act:
    """Return the act by which somebody makes a key of his own; any duty of his."""
    return Act("people.own_key", person, digest_of({"own_key": person}), duty)


def forget(person: str, duty: Duty) -> Act:
    """Return the act by which the keys of a colleague who was ended are deleted for ever; ADM or SUP."""
    return Act("people.forget", person, digest_of({"forget": person}), duty)


def unlock_code(person: str, duty: Duty) -> Act:
    """Return the act by which somebody takes a new unlock code, in the duty that holds one."""
    return Act("people.unlock_code", person, digest_of({"unlock_code": person}), duty)


def numbers(person: str, duty: Duty) -> Act:
    """Return the act by which somebody takes two numbers for signing in; any duty of his."""
    return Act("people.numbers", person, digest_of({"numbers": person}), duty)


def hash_of(reason: str) -> str:
    """Return the hash of a reason, hex: all that the keeper is told where the words stay sealed with us."""
    return hashlib.sha256(reason.encode()).hexdigest()


def let_in(
    compartments: Iterable[str],
    person: str,
    duties: Iterable[Duty],
    *,
    reason: str,
    until: int | None,
    duty: Duty,
) -> Act:
    """Return the act by which somebody lets another person in, one act for all that it opens to him.

    Args:
        duties: those for which he is let in.
        reason: its hash, see `hash_of`.
        until: end of the term in seconds since 1970, world time; None while he holds the duty.
        duty: in which it is signed; any duty of whoever lets in.
    """
    told = {
        "let_in": person,
        "compartments": sorted(compartments),
        "duties": sorted(map(str, duties)),
        "reason": reason,
        "until": until,
    }
    return Act("access.join", person, digest_of(told), duty)


def destroy_digest(compartment: str, beside: Collection[str] = ()) -> bytes:
    """Return the digest of an act that destroys a compartment, whichever verb a room gives it.

    Args:
        beside: others that go with it, by the same yes: one man's, from before his channels were linked.
    """
    return digest_of({"destroy": [compartment, *sorted(beside)] if beside else compartment})


def break_glass(compartment: str, *, reason: str) -> Act:
    """Return the act by which a supervisor opens for himself what he was not let into."""
    told = {"break_glass": compartment, "reason": reason}
    return Act("access.break_glass", compartment, digest_of(told), Duty.SUP)


def review_glass(glass: str, duty: Duty, *, justified: bool, words: str) -> Act:
    """Return the act by which another says whether a broken glass was justified, and why."""
    told = {"review_glass": glass, "justified": justified, "words": words}
    return Act(REVIEW_GLASS, glass, digest_of(told), duty)
