"""Which evidence no form of the case brings, because an act of its own knows better. Pure.

Words and hours are agreed in the conversation; signals are graded one by one; the escort knows the
no-fire area, its end, and the drone by name. That the unit stands ready no machine tells: there the
receiving lead's own act, on the escort's page, is all there is. A duty of law is done where its paper is: a tick
beside it would stop its clock with nothing written, nothing sent and nothing given back (GC III 17,
18, 70, 122, L).
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
_ON_PAPER = Refusal(
    "case.by_reception",
    "This is on record once it was done and written down on his page of Reception.",
    "Do it there: the paper, the receipt, or the signature.",
)
_IN_CUSTODY = Refusal(
    "case.by_custody",
    "This is on record once it was done and written down on his page of Custody.",
    "Do it there: the notice, the interview, or what closes his case.",
)
_RECEPTION = (
    *("four_items", "capture_card", "card_again", "receipt_started", "property_list"),
    *("handover_given", "handover_taken", "effects_returned", "effects_returned_medical"),
)
_CUSTODY = (
    *("bureau_notice", "bureau_notice_escape", "bureau_notice_release", "bureau_notice_civilian"),
    "bureau_notice_return",
    *("private_interview", "informed_choice", "non_refoulement"),
    *("pledges_closed", "core_kept", "retention_applied"),
)
# A review without a word is nobody's review. What a death owed stays owed when two people correct it, and its
# papers can then be made out no more: words say why. The clock of its notice hears no tick.
IN_WORDS = frozenset(
    {
        *("near_miss", "inquiry", "force_review", "force_review_second"),
        *("death_certificate", "bureau_notice_death"),
    }
)
_WHY: Mapping[str, Refusal] = MappingProxyType(
    {
        **dict.fromkeys(OF_AN_AREA, _NO_AREA),
        **dict.fromkeys(_RECEPTION, _ON_PAPER),
        **dict.fromkeys(_CUSTODY, _IN_CUSTODY),
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


def in_words(kind: str, note: str) -> Refusal | None:
    """Judge whether evidence of `kind` says enough in `note`."""
    if kind not in IN_WORDS or note.strip():
        return None
    return Refusal(
        "case.no_word",
        "This is on record in words, or not at all.",
        "Write what was found, and what is done so that it does not happen again.",
    )
