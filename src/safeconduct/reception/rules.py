"""What reception may write down, and when he may be handed on. Pure.

Protection depends on no paper: a wrong answer, a missing name or one man too many changes what is
owed and who is called, never how he is treated.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from safeconduct.refusal import Refusal, listed, said

GATES = ("plan", "start", "sighted", "contact")
# Where his papers may be written: from the way on, for as long as he is in our hands.
BEFORE_CONTACT = frozenset({"PLANNED", "AGREED", "MOVING", "SIGHTED"})
IN_HAND = frozenset(
    {
        *("CONTACT", "WALK_IN", "SECURED", "RECEIVED", "IN_CUSTODY", "OUTCOME_CHOSEN"),
        *("MEDICAL", "CHILD"),
    }
)
HANDOVER = "handover_signed"
# What stays owed when he escaped, was released or died before it was done; nothing else would end it.
OWED_ON_PAPER = frozenset(
    {
        *("capture_card", "card_again", "receipt_started", "property_list"),
        *("injuries_noted", "medical_check", "challenge_noted", "three_tests", "first_aid"),
        HANDOVER,
    }
)
HANDED_OVER_IN = frozenset({"SECURED", "MEDICAL", "CHILD"})
# GC III 17: these four and no more. "refused" is a full answer and costs him nothing.
FOUR = ("names", "rank", "birth_date", "service_number")
REFUSED, UNKNOWN = "refused", "unknown"
# GC III Annex IV B: the card's own seven words for health, in its order.
HEALTH = (
    *("good", "not_wounded", "recovered", "convalescent", "sick", "slightly_wounded"),
    "seriously_wounded",
)
NO_HEALTH = (REFUSED, UNKNOWN)  # full answers for line 11 as for each other line (GC III 17)
# What a card may say (Annex IV B, 3 to 12). There is no entry for circumstances, by design.
CARD = (
    *("power", "name", "first_names", "father", "birth_date", "birthplace", "rank"),
    *("service_number", "kin_address", "taken_on", "health", "prisoner_number", "camp"),
)
EFFECT, MONEY, EQUIPMENT = "effect", "money", "equipment"
# Identity papers by their names in the languages of the programmes; they stay with him (GC III 17, 18). (N)
_IDENTITY = re.compile(
    r"паспорт|посвідченн|удостоверени[ея]|(?:військов|военн)\w* (?:квит|билет)|військов\w*-облік"
    r"|жетон|(?:id|identity|military|army) (?:card|papers?|book|documents?|tags?|dis[ck]s?)|passport|dog ?tags?"
    r"|(?:carte|papiers?|pi[eè]ces?) d[’']identit|livret militaire|carte militaire|plaques? d[’']identit"
    r"|kitambulisho|vitambulisho|pasipoti|hati ya kusafiri",
    re.IGNORECASE,
)
# AP I 41: what shows that somebody gives himself up; each is noted for itself.
THREE = ("act", "discernible", "unconditional")
LETTERS = 300
GROWN = 18  # years
DAY = timedelta(days=1)


def may_write(state: str, owed: Collection[str] = ()) -> Refusal | None:
    """Judge whether papers of arrival may be written in `state`, or are still owed to one who has left."""
    if state in IN_HAND or OWED_ON_PAPER & set(owed):
        return None
    return Refusal(
        "reception.not_here",
        "He is not here yet, as far as the record knows.",
        "Press “He is here” first; it asks for nothing.",
    )


def three_tests(told: Mapping[str, str]) -> bool:
    """Return whether each of the three tests (AP I 41) has its own words; he is protected either way."""
    return all(told.get(each, "").strip() for each in THREE)


def may_count(state: str, gate: str, counted: int) -> Refusal | None:
    """Judge a head-count at a gate."""
    if gate not in GATES:
        return Refusal(
            "reception.no_gate",
            "There is no such gate.",
            said("One of: {choices}.", choices=listed(GATES)),
        )
    if state not in BEFORE_CONTACT | IN_HAND:
        return Refusal("reception.not_on_way", "Nobody is counted before a plan is approved.")
    if not 0 <= counted <= 999:  # noqa: PLR2004  three digits on a form
        return Refusal("reception.bad_count", "This is no head-count.", "Give a number up to 999.")
    return None


def differs(counts: Mapping[str, int], *, expected: int, accounted: int) -> str:
    """Return the first gate at which another number stood than was expected, "" for none.

    Args:
        counts: gate → people counted, where anybody has counted.
        accounted: people beyond the expected who have a case of their own by now.
    """
    for gate in GATES:
        if gate in counts and counts[gate] > expected + accounted:
            return gate
        if gate in counts and counts[gate] < expected:
            return gate
    return ""


def may_hand_over(
    state: str,
    counts: Mapping[str, int],
    *,
    expected: int,
    accounted: int,
    owed: Collection[str] = (),
) -> Refusal | None:
    """Judge whether the handover may be put up: everybody counted, everybody accounted for.

    Args:
        owed: what his record owes; a handover that was left unsigned is signed wherever he is now.
    """
    if state not in HANDED_OVER_IN and HANDOVER not in owed:
        return Refusal(
            "reception.not_secured",
            "He is handed over after the search, from SECURED.",
            "Finish what stands above first.",
        )
    if "contact" not in counts:
        return Refusal(
            "reception.not_counted",
            "Nobody has been counted at contact.",
            "Count everybody who is here.",
        )
    seen = counts["contact"]
    if seen > expected + accounted:
        return Refusal(
            "reception.extra",
            "There is somebody here whom nobody expected; the handover waits, their protection not.",
            "Open a walk-in for each of them, then sign.",
        )
    if seen < expected:
        return Refusal(
            "reception.fewer",
            "There are fewer people here than were expected.",
            "Record who is missing on his own case, then correct the number expected.",
        )
    return None


def four_items(answers: Mapping[str, str]) -> Refusal | None:
    """Judge the answers to GC III 17: each is what he said, "refused" or "unknown"; none is blank."""
    blank = [item for item in FOUR if not answers.get(item, "").strip()]
    if blank:
        return Refusal(
            "reception.blank",
            "An item is blank, and a blank does not say whether he was asked.",
            "Write what he said, or choose “refused” or “unknown”. All are full answers.",
        )
    return _a_date(answers["birth_date"])


def _a_date(text: str) -> Refusal | None:
    if text in {REFUSED, UNKNOWN, ""}:
        return None
    if latest_birth(text):
        return None
    return Refusal(
        "reception.no_date",
        "This is no date.",
        "Write it as 1998-07-03, as much of it as he knows: 1998-07 or 1998; or “unknown”.",
    )


def latest_birth(text: str) -> date | None:
    """Return the latest day of birth that fits what he knows of it: a day, a month or a year; None for neither."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
        if re.fullmatch(r"\d{4}-\d\d", text, re.ASCII):
            first = date.fromisoformat(f"{text}-01")
            last = date(first.year, 12, 31)
            return last if first.month == last.month else first.replace(month=first.month + 1) - DAY
        if re.fullmatch(r"\d{4}", text, re.ASCII):
            return date(int(text), 12, 31)
    except ValueError:
        pass
    return None


def may_be_child(birth_date: str, *, on: date) -> bool:
    """Return whether he may be under 18 on that day: in doubt he is (AP I 77, Paris Principles 3, L).

    Of a year or a month the latest day decides; a word, or nothing, tells no age.
    """
    born = latest_birth(birth_date.strip())
    if born is None:
        return False
    return (on.year - born.year, on.month, on.day) < (GROWN, born.month, born.day)


def card(content: Mapping[str, str]) -> Refusal | None:
    """Judge what is to stand on a capture card: only its own fields, and a health of its own words."""
    strange = sorted(set(content) - set(CARD))
    if strange:
        return Refusal(
            "reception.no_field",
            "The card has no such field.",
            "It says who and where he is, and never how he was taken.",
        )
    if content.get("health") not in {*HEALTH, *NO_HEALTH}:
        return Refusal(
            "reception.no_health",
            "Choose one of the seven words for his health.",
            "“refused” and “unknown” are full answers too.",
        )
    return _a_date(content.get("birth_date", ""))


def amount(text: str) -> Refusal | None:
    """Judge a counted sum of money: a number above 0 with at most two decimals."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal(0)
    if value > 0 and value == value.quantize(Decimal("0.01")):
        return None
    return Refusal(
        "reception.no_amount", "This is no sum of money.", "Write it like 1500 or 12.50."
    )


def item(kind: str, what: str, *, money: str = "", currency: str = "") -> Refusal | None:
    """Judge one line of the property receipt or the equipment register."""
    if kind not in {EFFECT, MONEY, EQUIPMENT}:
        return Refusal("reception.no_kind", "There is no such list.")
    if kind == MONEY:
        if not currency.strip():
            return Refusal("reception.no_currency", "Name the currency.", "Like RUB or USD.")
        return amount(money)
    if not what.strip():
        return Refusal("reception.nothing", "Say what it is.", "A few words, as he would know it.")
    if kind == EFFECT and _IDENTITY.search(what):
        return Refusal(
            "reception.identity_paper",
            "An identity paper is never taken from him.",
            "Read it and give it back to him; it stays with him (GC III 17, 18).",
        )
    return None
