"""What may be promised, to whom, and whether it was kept. Pure: values in, verdict out.

Nothing here pays or frees anybody. A promise stands only when a lawful offer with a living
version covers its very words; and a due date, once fixed, never moves.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.pledges import lexicon, promises, weighed
from safeconduct.pledges.promises import Promise
from safeconduct.refusal import N_, Refusal, Said, listed, said, word

APPROVALS = 2  # beside the proposer: nobody promises alone
DUE_NOTICE = timedelta(days=2)  # (P) an accepted promise shows as due two days before its date


class Kind(StrEnum):
    """A reward may hang on a condition; a standard of custody is owed to all (GC III 16, L)."""

    REWARD = "reward"
    STANDARD = "standard"


class State(StrEnum):
    """What became of one promise to one person. DRAFT and AUTHORISED belong to the offer."""

    SHOWN = "SHOWN"
    ACCEPTED = "ACCEPTED"
    DUE = "DUE"
    FULFILLED = "FULFILLED"
    FAILED = "FAILED"
    WAIVED = "WAIVED"


NEXT: dict[State, frozenset[State]] = {
    State.SHOWN: frozenset({State.ACCEPTED}),
    State.ACCEPTED: frozenset({State.DUE, State.FULFILLED, State.FAILED, State.WAIVED}),
    State.DUE: frozenset({State.FULFILLED, State.FAILED, State.WAIVED}),
    State.FULFILLED: frozenset({State.DUE}),  # by the undoing of a payment alone, which takes two
    State.FAILED: frozenset({State.FULFILLED}),
    State.WAIVED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Token:
    """Leave for literal words to stand in a text, from an approved record.

    Attributes:
        kind: "offer" (money, status, guarantees), "plan" (times, places, signs), "go" (that
            three people sent him on his way; it covers no words, and every text of the way has one), or
            "switch" (that two led him to the other place, beside GO).
        ref: of the offer version, or of the passage plan.
        digest: what was approved; `post` asks `access` whether two approvals of it still live.
        spans: the literal words covered, each as it stands in the text, from word edge to word edge.
        fact: "", or which of "place", "time", "sign" the words tell; no text tells two of them.
        proof: of a plan, that these very words stand in what was approved (post/marks.py); "" for others.
    """

    kind: str
    ref: str
    digest: bytes
    spans: tuple[str, ...]
    fact: str = ""
    proof: str = ""


def unauthorised_promises(
    text: str, *, language: str, tokens: Iterable[Token] = ()
) -> list[Promise]:
    """Return what `text` promises beyond its tokens; an empty list means it may leave.

    All lexicons are read whatever `language` says, for people mix them; a language that has no
    lexicon here is refused whole, because nobody could find a promise in it.
    """
    rest = uncovered(text, tokens)
    if not rest.replace("\x00", "").strip():
        return []
    if language not in lexicon.READ_LANGUAGES:
        return [Promise("unread", language)]
    return weighed.once(promises.found, rest)


class Audience(StrEnum):
    """To whom a text goes: ONE person, or MANY at once, as a campaign or a ready text."""

    ONE = "one"
    MANY = "many"


# By a refusal's code, the rule as the one who writes is told it.
RULES = {
    "words.no_quarter": N_("Rule: quarter is never denied"),
    "words.threat": N_("Rule: nobody is threatened"),
    "words.deadline": N_("Rule: no deadlines"),
    "words.unit": N_("Rule: no unit in a text to many"),
    "words.name": N_("Rule: no name in a text to many"),
    "words.place": N_("Rule: no place in a text to many"),
    "words.promise": N_("Rule: no promise without an offer or a plan"),
    "words.split": N_("Rule: no promise cut in two"),
}
_WHY = {
    "no_quarter": N_(
        "This text denies quarter: {words}. No text of a programme may (AP I Article 40)."
    ),
    "threat": N_("This text threatens: {words}. No text of a programme may (AP I Article 40)."),
    "deadline": N_("This text sets a deadline: {words}. Nobody is pressed to decide."),
    "unit": N_("This text to many names a unit: {words}. It would be hunted for it."),
    "name": N_("This text to many names somebody: {words}. He would be hunted for it."),
    "place": N_("This text to many names a place: {words}. It would be watched for it."),
}
# What a promise is of, and what a text tells, as a refusal names it.
_OF = {
    "money": N_("money"),
    "number": N_("number"),
    "status": N_("status"),
    "guarantee": N_("guarantee"),
    "safety": N_("safety"),
    "time": N_("time"),
    "place": N_("place"),
    "sign": N_("sign"),
    "threat": N_("threat"),
    "unread": N_("a language that is not read here"),
}


def no_quarter(text: str) -> Refusal | None:
    """Refuse any threat, above all that there shall be no survivors, and any deadline (AP I 40, L).

    No token covers one: the whole text is read.
    """
    return _outright(weighed.once(promises.outright_in, text))


def in_broadcast(text: str) -> Refusal | None:
    """Refuse a unit, a name or a place in a text to many; no token covers one."""
    return _outright(weighed.once(promises.named_in, text))


def _outright(hits: Sequence[Promise]) -> Refusal | None:
    if not hits:
        return None
    rule = min((hit.kind for hit in hits), key=list(_WHY).index)
    words = ", ".join([f"“{hit.words}”" for hit in hits if hit.kind == rule][:3])
    return Refusal(
        f"words.{rule}",
        Said(_WHY[rule], {"words": words}),
        "Take it out; say what happens to him when he comes.",
    )


def refused_outright(text: str, *, to: Audience) -> Refusal | None:
    """Refuse what no token lets out: `no_quarter`, and to many `in_broadcast` too."""
    return no_quarter(text) or (in_broadcast(text) if to is Audience.MANY else None)


def split_promise(
    before: Sequence[str], text: str, *, tokens: Iterable[Token] = ()
) -> Refusal | None:
    """Refuse a promise or threat that begins in an earlier text to the same person and ends in this one.

    Args:
        before: what was said to him, oldest first, without what tokens covered.
    """
    hits = promises.across(before, uncovered(text, tokens))
    refusal = _outright([hit for hit in hits if hit.kind in promises.OUTRIGHT])
    if refusal or not hits:
        return refusal
    return Refusal(
        "words.split",
        said(
            "Together with the text before it, this one promises or threatens ({words}).",
            words=_quoted(hits),
        ),
        "Say it in other words, or with an offer.",
    )


def end_of(before: Sequence[str]) -> str:
    """Return as much of earlier texts as the next one is read with; see `split_promise`."""
    return promises.end_of(before)


def joined(text: str, tokens: Iterable[Token]) -> str:
    """Return typed words with the exact words of the offers behind them, a line each."""
    return "\n".join(part for part in (text.strip(), *(t.spans[0] for t in tokens)) if part)


def promise_refusal(found: Sequence[Promise]) -> Refusal | None:
    """Return the refusal that tells which words promise and what to do, or None."""
    if not found:
        return None
    return Refusal(
        "words.promise",
        said("This text promises without leave ({words}).", words=_quoted(found)),
        "Insert an offer, use the passage's own text, or say it without a promise.",
    )


def _quoted(hits: Sequence[Promise]) -> Said:
    return listed(
        (
            Said(
                "{kind}: “{words}”", {"kind": word(_OF.get(hit.kind, hit.kind)), "words": hit.words}
            )
            for hit in hits[:4]
        ),
        by="; ",
    )


def uncovered(text: str, tokens: Iterable[Token]) -> str:
    r"""Return `text` with each token's literal words replaced by \x00, longest first."""
    rest = unicodedata.normalize("NFC", text).replace("\x00", " ")
    spans = {unicodedata.normalize("NFC", span) for token in tokens for span in token.spans}
    for span in sorted(filter(str.strip, spans), key=len, reverse=True):
        before = r"(?<![\w$€₽₴£.,-])" if span[0].isalnum() else ""
        after = r"(?![\w$€₽₴£]|[.,-]\w)" if span[-1].isalnum() else ""
        rest = re.sub(before + re.escape(span) + after, "\x00", rest)
    return rest


def one_fact_only(tokens: Iterable[Token]) -> Refusal | None:
    """Refuse a text that tells two of place, time and sign: his telephone may be read."""
    facts = {token.fact for token in tokens if token.fact}
    if len(facts) <= 1:
        return None
    return Refusal(
        "words.two_facts",
        said(
            "This text tells several things at once ({facts}); whoever reads it has the plan.",
            facts=facts_named(facts),
        ),
        "Send them as separate texts, each when it is needed.",
    )


def facts_named(facts: Iterable[str]) -> Said:
    """Return facts that a text tells, "place", "time" or "sign", as a value of a sentence."""
    return listed(word(_OF[fact]) for fact in sorted(facts))


def may_propose(
    *,
    kind: Kind,
    conditions: str,
    amount: int | None,
    budget: int | None,
    starts_at: datetime,
    expires_at: datetime | None,
    lacking: Sequence[str],
) -> Refusal | None:
    """Judge a drafted version: a standard takes no condition, money has a cap, dates run forward.

    Args:
        amount, budget: minor units of the offer's currency.
        lacking: languages of the programme without a text.
    """
    if kind is Kind.STANDARD and (conditions.strip() or amount is not None):
        return Refusal(
            "offer.standard_condition",
            "A standard of custody is owed to all: it takes no condition and no money.",
            "Make it a reward, or take the condition out.",
        )
    if amount is not None and (budget is None or budget < amount):
        return Refusal(
            "offer.no_cap",
            "Money is promised here without a budget that could pay it once.",
            "Give the cap that the authority granted, at least one payment.",
        )
    if expires_at is not None and expires_at <= starts_at:
        return Refusal("offer.dates", "The offer ends before it begins.", "Give a later end.")
    if lacking:
        return Refusal(
            "offer.lacks_text",
            said(
                "The offer has no text in these languages: {languages}.", languages=listed(lacking)
            ),
            "Add it: nobody may be shown less than others because of his language.",
        )
    return None


def is_live(
    *,
    approved_at: datetime | None,
    withdrawn_at: datetime | None,
    starts_at: datetime,
    expires_at: datetime | None,
    now: datetime,
) -> bool:
    """Return whether a version may be shown at `now`."""
    running = starts_at <= now and (expires_at is None or now < expires_at)
    return running and approved_at is not None and withdrawn_at is None


def may_turn(state: State, to: State) -> Refusal | None:
    """Judge the step of one promise from `state` to `to`."""
    if to in NEXT[state]:
        return None
    return Refusal(
        "pledge.step",
        "This step is not open to the promise as it stands now.",
        "Open the ledger: somebody may have settled it before you.",
    )


def may_be_paid(state: State) -> Refusal | None:
    """Judge whether money may be paid on a promise: one that is owed, or that failed and is made good."""
    if state in {State.ACCEPTED, State.DUE, State.FAILED}:
        return None
    return Refusal("order.not_owed", "No money is owed on this promise as it stands now.")
