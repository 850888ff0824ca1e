"""What the keeper is asked when somebody lets another person into a case: on a touch, one for one act."""

from collections.abc import Collection
from datetime import datetime

from safeconduct.access import acts, connection
from safeconduct.access.rules import Act, Duty, Officer, Proof


def act_of(
    compartment: str,
    *,
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
) -> Act:
    """Return the act that is signed when `person` is let into one compartment; see `acts.let_in`."""
    limit = None if until is None else int(until.timestamp())
    why = acts.hash_of(reason)
    return acts.let_in([compartment], person, duties, reason=why, until=limit, duty=duty)


def let_in(
    officer: Officer,
    *,
    compartment: str,
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
    proof: Proof,
) -> None:
    """Let another person into one compartment for all of `duties`; the keeper gets the reason's hash.

    Args:
        duty: in which it was signed.
        proof: for `act_of` the same words.

    Raises:
        Refused: see `rules.may_join`; or the keeper does not accept the touch.
        KeeperAway: it does not answer.
    """
    connection.keeper().call(
        "join",
        login=officer.login,
        compartments=[compartment],
        person=person,
        duties=sorted(duties),
        reason=acts.hash_of(reason),
        until=None if until is None else int(until.timestamp()),
        duty=duty,
        nonce=proof.nonce,
        assertion=proof.assertion,
    )
