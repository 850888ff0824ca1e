"""How the system says no: what happened, why, and what to do next. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A verdict against an act, in words a person can act on.

    Attributes:
        code: stable and dotted, for tests and audit ("plan.own_approval").
        why: one sentence, without a name, number or place.
        remedy: what to do next, one sentence.
    """

    code: str
    why: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}".strip()


class Refused(Exception):
    """Raised by an action whose rule answered with a `Refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def insist(verdict: Refusal | None) -> None:
    """Raise `Refused` when `verdict` is a refusal; return when it is None.

    Raises:
        Refused: carrying the verdict.
    """
    if verdict is not None:
        raise Refused(verdict)
