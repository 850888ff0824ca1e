"""No-fire area and receiving unit as a case sees them: what stands on them, and what ends with them. Pure."""

from collections.abc import Iterable
from datetime import datetime

from safeconduct.access.rules import Duty, Officer, ask
from safeconduct.refusal import Refusal

# Acknowledging a no-fire area that is in force records these, and nothing else does. With the area
# they end: an acknowledgement of one that no longer stands protects nobody.
OF_AN_AREA = frozenset({"no_fire_ack", "no_fire_again"})
AREA_ENDED = "no_fire_ended"
# A unit that is relieved takes along what its lead had said: the new one has heard none of it. One
# that is not ready has taken it back.
OF_A_UNIT = frozenset({"signs_read_back", "read_back_rcv", "unit_on_station"})
RELIEVED_BY = frozenset({Duty.RCV, Duty.DPC})
_WITH_THE_UNIT = frozenset(
    {"CONTACT", "WALK_IN", "SECURED", "RECEIVED", "IN_CUSTODY", "MEDICAL", "CHILD"}
)


def area_is_over(evidence: Iterable[tuple[str, datetime]]) -> bool:
    """Return whether a named person ended the no-fire area, and fires acknowledged none after it.

    Args:
        evidence: kinds on record, each with the time it came about.
    """
    last = dict(sorted(evidence, key=lambda each: each[1]))
    ended = last.get(AREA_ENDED)
    return ended is not None and all(last.get(kind, ended) <= ended for kind in OF_AN_AREA)


def ended_since(
    kind: str,
    at: datetime,
    *,
    areas_ended: Iterable[datetime],
    unit_unsaid_at: datetime | None,
) -> bool:
    """Return whether evidence of `kind`, brought at `at`, went with what it stood on.

    Args:
        areas_ended: when a named person ended a no-fire area.
        unit_unsaid_at: when the unit was last relieved, or said that it is not ready.
    """
    if kind in OF_AN_AREA:
        return any(ended >= at for ended in areas_ended)
    return kind in OF_A_UNIT and unit_unsaid_at is not None and unit_unsaid_at >= at


def may_relieve(who: Officer, *, state: str) -> Refusal | None:
    """Judge whether `who` may say that the receiving unit was relieved.

    Nothing that he is protected by, and nobody's stop, hangs on it; so nothing else is asked.
    """
    if not who.duties & RELIEVED_BY:
        return Refusal(
            "case.not_your_duty",
            "That a unit was relieved is not among your duties to say.",
            ask(sorted(RELIEVED_BY)),
        )
    if state in _WITH_THE_UNIT:
        return Refusal(
            "case.unit_has_him",
            "The unit has him: what it owes him goes over by the handover, with two signatures.",
            "Put the handover up on the reception's page.",
        )
    return None
