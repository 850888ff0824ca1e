"""Why a colleague was let in, given a duty, a key, or what he was not let into: sealed, for who judges it.

"He is Ivanov of the third battalion" is typed into such a line sooner or later. What is about a
compartment lies under its key and dies with it; what is about the staff under one of the house.
The keeper hands the key of this one kind to supervisors and the auditor too, who are let in nowhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.access import keyring
from safeconduct.access.boxes import Box
from safeconduct.access.client import KeeperAway
from safeconduct.access.rules import Officer, Purpose
from safeconduct.refusal import Refused

STAFF = "staff"
WHY = "why"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One line as it lies in its row; `box` is None where nobody wrote one."""

    box: bytes | None
    field: str
    compartment: str
    ref: str


def seal(
    officer: Officer, words: str, *, field: str, ref: str, compartment: str = STAFF
) -> Box | None:
    """Return a line sealed for its row; None for an empty one.

    Args:
        field: "access.Model.field".
        ref: of the row, made before.

    Raises:
        Refused: he is not let in there, and judges nothing.
        client.KeeperAway: the keeper does not answer.
    """
    if not words:
        return None
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], [WHY])
    return ring.seal(words, field=field, kind=WHY, compartment=compartment, ref=ref)


def opened(officer: Officer, lines: Sequence[Sealed]) -> list[str]:
    """Return what each line says, in one call; "" for what nobody wrote, was erased, or is not for him.

    A page that tells him of something is shown without the words while the keeper is away.

    Raises:
        Refused: somebody changed or moved a line in the database.
    """
    there = {line.compartment for line in lines if line.box is not None}
    try:
        ring = keyring.open_fields(officer, Purpose.READ, there, [WHY])
    except (Refused, KeeperAway):
        return [""] * len(lines)
    return [
        ""
        if line.box is None or ring.gone(line.compartment)
        else ring.open(
            line.box, field=line.field, kind=WHY, compartment=line.compartment, ref=line.ref
        )
        for line in lines
    ]
