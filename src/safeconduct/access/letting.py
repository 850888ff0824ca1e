"""What the keeper is asked when somebody lets another person into a case: on a touch, one for one act."""

from collections.abc import Collection, Iterable
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
    return act_over(
        [compartment], person=person, duties=duties, reason=reason, until=until, duty=duty
    )


def act_over(
    compartments: Iterable[str],
    *,
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
) -> Act:
    """Return the one act that is signed when `person` is let into several compartments."""
    limit = None if until is None else int(until.timestamp())
    why = acts.hash_of(reason)
    return acts.let_in(compartments, person, duties, reason=why, until=limit, duty=duty)


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
    """Let another person into one compartment by a touch for `act_of`; see `let_in_over`."""
    let_in_over(
        officer, compartments=[compartment], person=person, duties=duties, reason=reason,
        until=until, duty=duty, proof=proof,
    )  # fmt: skip


def let_in_over(
    officer: Officer,
    *,
    compartments: Iterable[str],
    person: str,
    duties: Collection[Duty],
    reason: str,
    until: datetime | None,
    duty: Duty,
    proof: Proof,
) -> None:
    """Let another person into compartments for all of `duties`; the keeper gets the reason's hash.

    Args:
        duty: in which it was signed.
        proof: for `act_over` the same words.

    Raises:
        Refused: see `rules.may_join`; or the keeper does not accept the touch.
        KeeperAway: it does not answer.
    """
    connection.keeper().call(
        "join",
        login=officer.login,
        compartments=sorted(compartments),
        person=person,
        duties=sorted(duties),
        reason=acts.hash_of(reason),
        until=None if until is None else int(until.timestamp()),
        duty=duty,
        nonce=proof.nonce,
        assertion=proof.assertion,
    )
