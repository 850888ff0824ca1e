"""Which evidence no form of the case brings, because an act of its own knows better. Pure.

Words and hours are agreed in the conversation; signals are graded one by one; the escort knows the
no-fire area, its end, and the drone by name. That the unit stands ready no machine tells: there the
receiving lead's own act, on the escort's page, is all there is.
"""

from collections.abc import Mapping
from types import MappingProxyType

from safeconduct.cases.escorted import AREA_ENDED, OF_AN_AREA
from safeconduct.refusal import Refusal

WORDS, WINDOW = "words_agreed", "safe_window"
IDENTITY, SIGNALS = "identity_b", "two_signals"
_NO_AREA = Refusal(
    "case.no_area",
    "This is on record only once a no-fire area that is in force was acknowledged.",
    "Ask for the area on the escort's page, and acknowledge it there.",
)
_NO_GRADE = Refusal(
    "case.by_grades",
    "This follows from graded signals, and nobody says it apart from them.",
    "Grade each signal on this page; the programme puts on record what they amount to.",
)
_WHY: Mapping[str, Refusal] = MappingProxyType(
    {
        **dict.fromkeys(OF_AN_AREA, _NO_AREA),
        **dict.fromkeys((IDENTITY, SIGNALS), _NO_GRADE),
        WORDS: Refusal(
            "case.by_conversation",
            "The two words are on record once they were agreed in the conversation.",
            "Agree them on the conversation's page.",
        ),
        WINDOW: Refusal(
            "case.by_conversation",
            "A safe window is on record once his hours were entered in the conversation.",
            "Enter them on the conversation's page.",
        ),
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
