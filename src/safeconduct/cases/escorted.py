"""What the escort alone puts on record, by an act of its own. Pure.

It knows the no-fire area, its end, and the drone by name. That the unit stands ready no machine
tells: there the receiving lead's own act, on the same page, is all there is.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from safeconduct.refusal import Refusal

# Acknowledging a no-fire area that is in force records these, and nothing else does. With the area
# they end: an acknowledgement of one that no longer stands protects nobody.
OF_AN_AREA = frozenset({"no_fire_ack", "no_fire_again"})
AREA_ENDED = "no_fire_ended"
_NO_AREA = Refusal(
    "case.no_area",
    "This is on record only once a no-fire area that is in force was acknowledged.",
    "Ask for the area on the escort's page, and acknowledge it there.",
)
_WHY: Mapping[str, Refusal] = MappingProxyType(
    {
        **dict.fromkeys(OF_AN_AREA, _NO_AREA),
        AREA_ENDED: Refusal(
            "case.by_escort",
            "A no-fire area ends only when a named person ends that very area.",
            "End it on the escort's page.",
        ),
        "drone_on_station": Refusal(
            "case.by_escort",
            "A drone is on station by its pilot's own act, which names the aircraft.",
            "Ask the pilot (PIL) to press it on the escort's page.",
        ),
        "unit_on_station": Refusal(
            "case.by_escort",
            "The unit is on station by its lead's own act.",
            "Ask the receiving lead (RCV) to press it on the escort's page.",
        ),
    }
)
KINDS = frozenset(_WHY)


def may_record_by_hand(kind: str) -> Refusal | None:
    """Judge whether a form that knows no more than the case may bring evidence of `kind`."""
    return _WHY.get(kind)


def area_is_over(evidence: Iterable[tuple[str, datetime]]) -> bool:
    """Return whether a named person ended the no-fire area, and fires acknowledged none after it.

    Args:
        evidence: kinds on record, each with the time it came about.
    """
    last = dict(sorted(evidence, key=lambda each: each[1]))
    ended = last.get(AREA_ENDED)
    return ended is not None and all(last.get(kind, ended) <= ended for kind in OF_AN_AREA)
