"""In which queue somebody waits: with those who may surrender, or with those who ask for another. Pure.

A machine that errs here hides a soldier among three times as many relatives. So it puts a first text
with the relatives only where it asks for kin in so many words and says nothing else that matters, and
it moves a conversation back by itself and never there again. All else a person moves.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from safeconduct.access.rules import Duty
from safeconduct.pledges.folding import Word, clean, normal, words_of
from safeconduct.refusal import Refusal

NEAR = 4  # words from "I look for" to whom; "пропал без вести мой сын" has three between


class Desk(StrEnum):
    """Who answers: operators those who may surrender, tracing those who ask for somebody.

    A child who is in our hands is answered by child protection, let into his case; from there nobody
    takes the next. His case puts him there and back: no machine that reads, and no hand.
    """

    PEOPLE = "people"
    RELATIVES = "relatives"
    CHILDREN = "children"


DUTY = {Desk.PEOPLE: Duty.OP, Desk.RELATIVES: Duty.TRC, Desk.CHILDREN: Duty.CPO}
# What a relative's text may be read as beside asking; whatever else is read leaves it to operators.
_BESIDE = frozenset({"kin", "time", "danger", "press"})


def _stems(block: str) -> tuple[str, ...]:
    return tuple(normal(word) for word in block.split())


# Lexicons are ours, to be read by native speakers (N).
_SEEKS = _stems(
    "ищу ищем разыскиваю разыскиваем пропал исчез шукаю шукаємо розшукую розшукуємо зник looking searching"
    " missing cherche cherchons disparu natafuta tunatafuta amepotea"
)
_HELP, _FIND = (
    _stems("помогите прошу можно допоможіть можна help please aidez"),
    _stems("найти разыскать знайти розшукати find trace retrouver"),
)
_KIN = _stems(
    "сын муж брат отца отец папу папа дедушк внук племянник жених зять зятя дочь дочку маму мать родственник"
    " син чоловік батьк тата онук племінник наречен родич дочк son husband brother father grandson nephew"
    " fiance fiancé daughter mother relative fils mari frère père fiancé mwana mwanangu mume kaka baba"
    " syna muzha brata ottsa cholovika"
)
_OF_DANGER = _stems(
    "обстрел обстріл стреля стріля окруж оточ ловят ловлять обнул убьют вбють shoot shelling surrounded"
)


def asks_for_kin(text: str) -> bool:
    """Return whether a text asks for a relative in so many words: "I look for … my son".

    Seeker and kin stand within one clause, so that "how do I find you, my wife waits" is no search.
    """
    cleaned = clean(text)
    words = words_of(cleaned)
    if any(_is(word, _OF_DANGER) for word in words):
        return False
    seekers = [at for at, word in enumerate(words) if _is(word, _SEEKS)]
    seekers += [
        at + 1
        for at, (word, after) in enumerate(pairwise(words))
        if _is(word, _HELP) and _is(after, _FIND)
    ]
    kin = [at for at, word in enumerate(words) if _is(word, _KIN)]
    return any(_one_clause(words, cleaned, *sorted((s, k))) for s in seekers for k in kin)


def _is(word: Word, stems: Sequence[str]) -> bool:
    return any(reading.startswith(stem) for reading in word.readings for stem in stems)


def _one_clause(words: Sequence[Word], cleaned: str, first: int, last: int) -> bool:
    between = cleaned[words[first].end : words[last].start]
    return first != last and last - first <= NEAR and not set(between) & set(",.;:!?\n—")


def desk_of(
    desk: Desk, *, first: bool, held: bool, moved: bool, asks: bool, reasons: Collection[str]
) -> Desk:
    """Return the desk of a conversation after a text came in.

    Args:
        first: the text is the first of the conversation, and he has no other.
        held: somebody answers there; then he reads what is urgent, and moves it or not.
        moved: a person has said where it belongs; no machine knows better.
        asks: see `asks_for_kin`.
        reasons: what else was read in the text.
    """
    if held or moved:
        return desk
    alone = set(reasons) <= _BESIDE
    if first:
        return Desk.RELATIVES if asks and alone else Desk.PEOPLE
    return desk if alone else Desk.PEOPLE


def may_offer(desk: Desk, *, offers: int) -> Refusal | None:
    """No offer is shown to a relative or a child: it is made to a man who asked for it himself."""
    if desk is Desk.PEOPLE or not offers:
        return None
    return Refusal(
        "conversation.no_offer",
        "Offers are made to who may surrender, never to a relative or a child.",
    )


def may_take_child(*, desk: Desk, holder: str, officer: str) -> Refusal | None:
    """Judge whether child protection may answer in a conversation from here on."""
    if desk is not Desk.CHILDREN:
        return Refusal("conversation.no_child", "This is no conversation of a child in our hands.")
    if holder in {"", officer}:
        return None
    return Refusal("conversation.held", "Another operator answers here now.")


def may_move(
    *, desk: Desk, holder: str, officer: str, to: Desk, context: str, others: int
) -> Refusal | None:
    """Judge whether an officer may put a conversation on another desk.

    Args:
        context: what a case told of the person; who has one is no relative.
        others: people let in beside the holder and supervisors.
    """
    if holder != officer:
        return Refusal("conversation.held", "Another operator answers here now.")
    if Desk.CHILDREN in {desk, to}:
        return Refusal(
            "conversation.childs_desk",
            "Who is with child protection, and who no more, is said in his case, not here.",
            "Two people (CPO and LEG) lift the fact if he is an adult.",
        )
    if to is Desk.RELATIVES and (context or others):
        return Refusal(
            "conversation.known",
            "Others work on a case of this person, so it does not go to tracing, which sees no case.",
            "Answer here; or ask a supervisor (SUP).",
        )
    return None


def may_snooze(
    *, mine: bool, context: str, reachable: bool, opens: datetime | None
) -> Refusal | None:
    """Judge whether a conversation may sleep until his next safe window.

    Args:
        context: what his case told us; who is on the way, or soon will be, is never let sleep.
        reachable: he may be written to now.
        opens: when his next window opens.
    """
    if not mine:
        return Refusal(
            "conversation.held",
            "Another operator answers here now.",
            "Leave him a note inside the conversation.",
        )
    if context:
        return Refusal(
            "snooze.on_the_way", "He is on the way, or about to be: nobody sleeps over it."
        )
    if reachable:
        return Refusal(
            "snooze.reachable",
            "He can be written to now, so there is nothing to wait for.",
            "Answer.",
        )
    if opens is None:
        return Refusal(
            "snooze.no_window",
            "He has told no hours in which he can be written to.",
            "Record his safe hours, or give the conversation back.",
        )
    return None


def may_hand_over(*, asked: int, mine: int, to_operator: bool, already: bool) -> Refusal | None:
    """Judge whether a shift's conversations may be given to another.

    Args:
        asked: how many the page showed; `mine`: how many of them he still holds.
        already: he has given some, and the other has not signed yet.
    """
    if already:
        return Refusal(
            "shift.open",
            "You have handed over already, and it waits to be signed.",
            "Take it back first.",
        )
    if not to_operator:
        return Refusal(
            "shift.nobody", "Nobody was chosen who answers people.", "Choose an operator."
        )
    if not asked:
        return Refusal("shift.empty", "You hold no conversation.", "There is nothing to hand over.")
    if mine != asked:
        return Refusal(
            "shift.changed",
            "What you hold is not what the page showed.",
            "Read it again, then sign.",
        )
    return None
