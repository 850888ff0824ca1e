"""Which clocks run for him, when each rings and for whom; what an interview must say. Pure.

Sources: GC III 70 (card), 71 (letters, L), 122 (bureau; every week of one who is gravely sick, L), 109-118 (release by
his wish, L), 16 (equal conditions, L), AP I 77 and IDDRS 5.20 (a child to child protection).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from safeconduct.access.rules import Duty, ask
from safeconduct.refusal import Refusal, listed, said

CARD, BUREAU, REVIEW, SICK, CHILD = "card", "bureau", "review", "sick", "child"
TRANSIT, VISIT, SAFETY, MAIL = "transit", "visit", "safety", "letters"
MOVED_ON, DIED = "bureau_move", "bureau_death"  # what the bureau is told after his capture
CHECK_INS = tuple(f"aftercare_{n}" for n in range(1, 6))  # 7, 30, 90, 180, 365 days
KINDS = (
    *(CARD, BUREAU, MOVED_ON, DIED, REVIEW, SICK, CHILD, TRANSIT, VISIT, SAFETY, MAIL),
    *CHECK_INS,
)
IN_TRANSIT = frozenset(
    {"SECURED", "RECEIVED"}
)  # evacuated as soon as possible (GC III 19-20, 24, L)
IN_CUSTODY = frozenset({"IN_CUSTODY", "OUTCOME_CHOSEN"})
# Out of custody no conditions are reviewed; settled or dead, nobody is looked after. He came there by
# the yes of two people, or by escape.
NO_CARE = frozenset({"SETTLED", "DECEASED"})
NO_CUSTODY = NO_CARE | {"RELEASED", "AFTERCARE", "REFERRED_OUT", "ESCAPED"}
CHOICES = ("exchange", "stay", "asylum", "third_country")
NOT_CHOSEN = ("undecided", "refused")  # full answers of one who was heard in private
# Into other hands: checked first (GC III 12, 118, GC IV 45, L).
LEAVES = frozenset(CHOICES) - {"stay"}
NOTICES = ("notice_power", "notice_family")  # each waits for a legal decision of its own
WEEKLY = "sick_weekly"  # the bureau's weekly word on one who is sick (GC III 122)
TRANSFER = "bureau_transfer"  # that he was brought to another place or to hospital (GC III 122)
DEATH, DEAD = "bureau_notice_death", frozenset({"DECEASED", "SETTLED"})
SENT_CARD = "capture_card"  # that his card left; the card itself stands in his papers
# Clocks that only what left after they began stops: no earlier notice or card, no card that is only
# written, and no word on record.
TOLD_BY: Mapping[str, str] = MappingProxyType({CARD: SENT_CARD, MOVED_ON: TRANSFER, DIED: DEATH})
YES, NO, LAW = "yes", "no", "law"
LETTERS = 300  # of what he wants to be known by
WISHES = (
    YES,
    NO,
    LAW,
)  # whether one who asks after him may be told: he says so, or law while he says nothing
MOVED, AILING, WELL = "move", frozenset({"sick", "hospital"}), "well"
MOVES = frozenset({MOVED, *AILING, WELL})
TRANSFERS = frozenset({MOVED, "hospital"})  # of which a sheet is made out (GC III 48)
# Whom a clock calls when it is due, when it warns, and when the limit is broken.
CALLED: Mapping[str, tuple[Duty, Duty, Duty]] = MappingProxyType(
    {
        CARD: (Duty.RCP, Duty.RCP, Duty.LEG),
        **dict.fromkeys((BUREAU, MOVED_ON, DIED), (Duty.RCP, Duty.LEG, Duty.LEG)),
        REVIEW: (Duty.LEG, Duty.LEG, Duty.SUP),
        SICK: (Duty.RCP, Duty.RCP, Duty.LEG),
        CHILD: (Duty.CPO, Duty.CPO, Duty.LEG),
        TRANSIT: (Duty.RCP, Duty.RCP, Duty.LEG),
        VISIT: (Duty.RCP, Duty.RCP, Duty.LEG),
        SAFETY: (Duty.PLG, Duty.PLG, Duty.SUP),
        MAIL: (Duty.RCP, Duty.RCP, Duty.LEG),
        **dict.fromkeys(CHECK_INS, (Duty.PLG, Duty.PLG, Duty.SUP)),
    }
)
# What on record stops a clock.
STOPPED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        BUREAU: frozenset({"bureau_notice"}),
        CHILD: frozenset({"child_officer"}),
    }
)
# The kinds of evidence by which the bureau is told something, each sent as one document.
BUREAU_KINDS = frozenset(
    {
        *("bureau_notice", "bureau_notice_escape", "bureau_notice_release"),
        *("bureau_notice_civilian", "bureau_notice_return", DEATH),
    }
)


def is_for_bureau(kind: str) -> bool:
    """Return whether a document is the bureau's: neither his card nor a notice that waits for a lawyer."""
    return kind not in {*NOTICES, SENT_CARD}


# By which limit of the programme a clock runs that has one limit; every other is called as its clock.
_LIMITS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys((BUREAU, MOVED_ON, DIED), "bureau_notice"),
        REVIEW: "custody_review",
        SICK: WEEKLY,
        VISIT: "visit_answer",
        SAFETY: "safety_check",
    }
)
# What he may say for himself: how he is kept, what is wrong in his papers, what is kept of him.
VOICES = ("complaint", "correction", "data")
# How one is looked after who missed his check-in: never by a number of old, unless he agreed to it.
LATEST_VISIT = timedelta(
    days=14
)  # (P) after the time he asked for; later is a refusal by another name
OFFERS_LETTERS = frozenset({Duty.RCP, Duty.MED})
MOST_LETTERS = 999  # one field of a count; he is limited by nothing here, a slip of the hand is
COUNTS = ("letters_sent", "cards_sent", "letters_handed", "cards_handed")


@dataclass(frozen=True, slots=True)
class Marks:
    """When a clock is due, when it warns, and when its limit is broken."""

    due_at: datetime
    warn_at: datetime
    breach_at: datetime


def marks(kind: str, *, started_at: datetime, limits_s: Mapping[str, int]) -> Marks:
    """Return the marks of a clock that starts at `started_at`.

    The card is due at once, warns on day 3 and breaks its limit on day 7; a child is due with child
    protection within a day, and at the latest within two; letters and cards are due once the shortest
    month is over, and at the latest once the longest is; every other clock has one limit, which is all
    three.
    """
    if kind == CARD:
        warn = started_at + timedelta(seconds=limits_s["card_warn"])
        return Marks(started_at, warn, started_at + timedelta(seconds=limits_s["card_breach"]))
    if kind == TRANSIT:
        target = started_at + timedelta(seconds=limits_s["out_of_danger"])
        return Marks(target, target, started_at + timedelta(seconds=limits_s["transit_stay"]))
    if kind == CHILD:
        target = started_at + timedelta(seconds=limits_s["child_target"])
        return Marks(target, target, started_at + timedelta(seconds=limits_s["child_cap"]))
    if kind == MAIL:  # a target above what law allows is none
        latest = limits_s["letters_cap"]
        target = started_at + timedelta(seconds=min(limits_s["letters_target"], latest))
        return Marks(target, target, started_at + timedelta(seconds=latest))
    end = started_at + timedelta(seconds=limits_s[_LIMITS.get(kind, kind)])
    return Marks(end, end, end)


def records(duties: Collection[Duty]) -> frozenset[str]:
    """Return which moves somebody records: reception and medic all but one, that he is well the medic alone.

    It ends what is owed of him each week, and so it is no word of those who keep him.
    """
    if Duty.MED in duties:
        return MOVES
    return MOVES - {WELL} if Duty.RCP in duties else frozenset()


# By so much no two clocks of one machine differ (P): what rang later than that rang by a wrong one.
AMISS = timedelta(minutes=10)


def rung(each: Marks, *, now: datetime) -> int:
    """Return how often the clock should have rung by `now`: 0 not due, 1 due, 2 warned, 3 broken."""
    return (now >= each.due_at) + (now >= each.warn_at) + (now >= each.breach_at)


def interview(content: Mapping[str, str], *, child: bool) -> Refusal | None:
    """Judge the record of a private interview: alone with him, his choice, and why return is safe.

    Args:
        child: somebody on duty has said that he may be under 18. In doubt he is (Paris Principles 3, L).
    """
    if child:
        return Refusal(
            "custody.a_child",
            "He may be a child, and a child is not interviewed.",
            "Child protection (CPO) hears him, with a guardian or lawyer; two people lift the fact if he is an adult.",
        )
    if content.get("alone") != "yes":
        return Refusal(
            "custody.not_alone",
            "The interview was not private.",
            "Speak with him alone, without his guards and without his comrades.",
        )
    if content.get("choice") in NOT_CHOSEN:
        return None
    if content.get("choice") not in CHOICES:
        return Refusal(
            "custody.no_choice",
            "There is no such outcome.",
            said("One of: {choices}.", choices=listed((*CHOICES, *NOT_CHOSEN))),
        )
    checked = content.get("non_refoulement", "").strip()
    if content["choice"] in LEAVES and not checked:
        return Refusal(
            "custody.no_check",
            "He would be given into other hands, and nothing says that it was checked whether he may be.",
            "Write how it was checked that no real risk awaits him, nor that he is sent on (GC III 12 and 118, GC IV 45, L).",
        )
    return None


def may_wish(word: str, *, before: str, alone: bool, duties: Collection[Duty]) -> Refusal | None:
    """Judge a word on whether one who asks after him may be told.

    His no anybody who cares for him writes down, at once. His yes he says alone with reception. A legal
    decision stands for his word while he has said none (dead, unconscious), and never against his no (L).

    Args:
        word: of `WISHES`.
        before: the word that stands, "" for none.
        alone: he was asked without guards and comrades.
        duties: of whoever writes it down.
    """
    writes = {YES: {Duty.RCP}, LAW: {Duty.LEG}, NO: {Duty.RCP, Duty.LEG, Duty.MED, Duty.PLG}}
    able = writes.get(word, set[Duty]())
    if not able & set(duties):
        return Refusal(
            "custody.not_your_word",
            "This is not written down so, or not by you.",
            "His yes the reception officer (RCP) hears, a legal decision is the legal adviser's (LEG).",
        )
    if word == YES and not alone:
        return Refusal(
            "custody.not_alone",
            "He was not asked in private.",
            "Ask him without his guards and without his comrades.",
        )
    if word == LAW and before == NO:
        return Refusal(
            "custody.said_no",
            "He has said that nobody who asks after him is told.",
            "Only he can take that back.",
        )
    return None


def hears(duties: Collection[Duty], *, before: str) -> list[str]:
    """Return which words on his wish somebody writes down; see `may_wish`."""
    able = (may_wish(word, before=before, alone=True, duties=duties) for word in WISHES)
    return [word for word, refused in zip(WISHES, able, strict=True) if refused is None]


def death(content: Mapping[str, str]) -> Refusal | None:
    """Judge what a certificate of death is to say (GC III 120): when, where, of what; the grave may follow."""
    if all(content.get(field, "").strip() for field in ("died_at", "died_where", "cause")):
        return None
    return Refusal(
        "custody.death_not_whole",
        "When, where or of what he died is missing.",
        "Write all three; “unknown” is an answer, and the inquiry goes on.",
    )


def may_hear(duties: Collection[Duty], kind: str, words: str) -> Refusal | None:
    """Judge what he says for himself before it is written: by the ombudsman, and what it is."""
    if Duty.OMB not in duties:
        return Refusal(
            "custody.no_ombudsman",
            "What he complains of is heard by the ombudsman, and by nobody who keeps him.",
            "He has a telephone; give him the ombudsman's number (OMB).",
        )
    if kind not in VOICES:
        return Refusal(
            "custody.no_voice",
            "There is no such kind.",
            said("One of: {choices}.", choices=listed(VOICES)),
        )
    if not words.strip():
        return Refusal("custody.nothing_said", "Nothing was written.", "Write what he said.")
    return None


def may_count(content: Mapping[str, str]) -> Refusal | None:
    """Judge the counts of letters and cards; see `counted`."""
    told = [content.get(field, "").strip() or "0" for field in COUNTS]
    whole = all(text.isascii() and text.isdecimal() for text in told)
    if not whole or any(len(text) > len(str(MOST_LETTERS)) for text in told):
        return Refusal(
            "custody.no_count",
            "This is no count.",
            said("Write whole numbers from 0 to {most}.", most=MOST_LETTERS),
        )
    if content.get("none") and any(counted(content)[field] for field in COUNTS[:2]):
        return Refusal(
            "custody.none_and_some",
            "He wanted no forms, and sent something.",
            "Write one of the two.",
        )
    return None


def counted(content: Mapping[str, str]) -> dict[str, int]:
    """Return what `may_count` lets pass: how much he sent and was handed, and whether he wanted none (1)."""
    told = {field: int(content.get(field, "").strip() or 0) for field in COUNTS}
    return {**told, "none": int(bool(content.get("none")))}


def may_offer_letters(duties: Collection[Duty], *, held: bool, forms: bool) -> Refusal | None:
    """Judge an offer of the month's letters and cards (GC III 71, L).

    Args:
        held: he is in our hands.
        forms: two letters and four cards at the least were offered, the capture card not counted.
    """
    if not OFFERS_LETTERS & set(duties):
        return Refusal(
            "custody.not_your_duty", "This is not among your duties.", ask(sorted(OFFERS_LETTERS))
        )
    if not held:
        return Refusal(
            "custody.not_held",
            "He is held no more.",
            "Whom he writes to is his own affair now.",
        )
    if not forms:
        return Refusal(
            "custody.no_forms",
            "It is not said that he was offered two letters and four cards at the least.",
            "Offer them, free of postage; that he wants none is a full answer.",
        )
    return None


def released_as(chosen: str, again: str) -> Refusal | None:
    """Judge a release against what he chose: asked again in private, he must still say the same."""
    if chosen == again and again in CHOICES:
        return None
    return Refusal(
        "custody.changed_mind",
        "He does not choose today what he chose then.",
        "Record that he changed his mind; it costs him nothing.",
    )


def may_send_card(written_at: datetime | None, *, moved_at: datetime | None) -> Refusal | None:
    """Judge the sending of his card: it is written, and since he was last moved, fell sick or went to hospital."""
    if written_at is None or (moved_at is not None and written_at < moved_at):
        return Refusal(
            "custody.no_card",
            "His card is not written, or not since he was last moved, fell sick or went to hospital.",
            "Write it on the page of his papers; “refused” is a full answer.",
        )
    return None


def may_send(kind: str, decision: str, *, dead: bool) -> Refusal | None:
    """Judge a document before it leaves: notices to his Power and to his family wait for a lawyer.

    Args:
        dead: his death is on record now. That of a living man is told to nobody.
    """
    if kind == DEATH and not dead:
        return Refusal(
            "custody.not_dead",
            "No death of his is on record.",
            "Two people put it up on the page of the case.",
        )
    if kind in NOTICES and decision != "send":
        return Refusal(
            "custody.undecided",
            "This notice waits for a legal decision of its own.",
            "Ask the legal adviser (LEG). The bureau's notice waits for nobody.",
        )
    return None
