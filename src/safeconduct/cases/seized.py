"""What can be said to be seized, by whom, and how much of it counts. Pure; one person says it.

To say so is a stop: it needs one, is never refused for want of a second, and takes nothing back.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from safeconduct.access.rules import Duty, Officer
from safeconduct.cases.way import Debt
from safeconduct.refusal import Refusal

# Whom the machine names for COMPROMISED; there two of them decide of one man, here one stops.
MAY_SAY = frozenset({Duty.SUP, Duty.DPC, Duty.VER})
LOOKED_AT = "seizure_looked_at"
# security.md, COMPROMISED: all that is linked is warned within one hour.
WARNED = Debt(LOOKED_AT, "1 hour", 3600, None)


class Kind(StrEnum):
    """What was seized, or read by others."""

    STAFF = "staff"  # a colleague's login, machine or telephone
    GATEWAY = "gateway"  # the contact page's host is one
    CASE = "case"  # his own telephone
    EVERYTHING = "everything"  # the machine, or a whole copy with its key


@dataclass(frozen=True, slots=True)
class Thing:
    """What was seized.

    Attributes:
        name: ref of a person on the staff, name of a gateway, ref of a case, "" for everything.
        since: from when on others may have read; None: all that it ever touched.
    """

    kind: Kind
    name: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a thing touched, in numbers alone.

    Attributes:
        places: that were told, and `signs`, burned already or not: what burned before would tell
            of suspected force.
        on_the_way: cases that everybody sees on the way.
    """

    cases: int
    places: int
    signs: int
    on_the_way: int


def may_say(who: Officer, *, since: datetime | None, now: datetime) -> Refusal | None:
    """Judge whether `who` may say, or ask before he says, that something was seized."""
    if not who.duties & MAY_SAY:
        return Refusal(
            "seizure.not_your_duty",
            "Saying that something was seized is not among your duties.",
            "Ask: supervisor (SUP), duty passage commander (DPC), verifier (VER).",
        )
    if since is not None and since > now:
        return Refusal(
            "seizure.in_future",
            "This time lies ahead.",
            "Give how many hours ago it was, or leave it empty.",
        )
    return None


def may_be_counted(kind: Kind, *, let_in: bool) -> bool:
    """Return whether the counts are shown: those of one case alone only to who is let into it."""
    return kind is not Kind.CASE or let_in
