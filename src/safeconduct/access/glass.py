"""What the keeper can be asked about breaking the glass: opening what one was not let into.

Every function may raise `Refused` and `client.KeeperAway`, as those of client.py.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from safeconduct.access import connection
from safeconduct.access.rules import Duty, Officer, Proof, WorkerId


@dataclass(frozen=True, slots=True)
class Broken:
    """A glass that the members were not told of yet, as the keeper knows it; world time."""

    glass: str
    compartment: str
    person: str
    asked_at: datetime


def break_glass(
    officer: Officer, *, compartment: str, reason: str, proof: Proof
) -> tuple[str, datetime]:
    """Break it; return its ref and when, world time. It opens only once the members were told.

    The proof is for `acts.break_glass(compartment, reason=…)`.
    """
    told = connection.keeper().call(
        "break_glass",
        login=officer.login,
        compartment=compartment,
        reason=reason,
        nonce=proof.nonce,
        assertion=proof.assertion,
    )
    return str(told["glass"]), _instant(told["asked"])


def to_tell(clocks: WorkerId) -> list[Broken]:
    """Return what was broken and is not told to the members yet; the clocks alone may ask."""
    told = connection.keeper().call("glasses", **_worker(clocks))
    return [
        Broken(each["glass"], each["compartment"], each["person"], _instant(each["asked"]))
        for each in told["glasses"]
    ]


def was_told(clocks: WorkerId, *, glass: str) -> datetime | None:
    """Say that the members were told; return until when it is open, None if it was ended."""
    until = connection.keeper().call("glass_told", **_worker(clocks), glass=glass)["until"]
    return None if until is None else _instant(until)


def end(who: Officer | WorkerId, *, glass: str) -> None:
    """Close it: himself, a supervisor, a member, the clocks."""
    asker = {"login": who.login} if isinstance(who, Officer) else _worker(who)
    connection.keeper().call("end_glass", **asker, glass=glass)


def review(
    officer: Officer, *, glass: str, duty: Duty, justified: bool, words: str, proof: Proof
) -> None:
    """Say whether it was justified; the proof is for `acts.review_glass(glass, duty, …)`."""
    connection.keeper().call(
        "review_glass",
        login=officer.login,
        glass=glass,
        duty=duty,
        justified=justified,
        words=words,
        nonce=proof.nonce,
        assertion=proof.assertion,
    )


def _worker(who: WorkerId) -> dict[str, str]:
    return {"worker": who.ref.removeprefix("SYS:"), "token": who.token}


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
