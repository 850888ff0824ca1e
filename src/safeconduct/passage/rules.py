"""When a plan may be approved, offered, agreed and set off. Pure; `now` is an argument.

Going needs several people; stopping needs one and is judged in `cases`. Place, time and sign never
stand in one message, in either direction. What he was told burns in `cases` on every exit but
contact.
"""

import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.access.rules import Duty, Given, duties_named, shares_duty
from safeconduct.geo import Point, distance_m
from safeconduct.post import rules as door
from safeconduct.refusal import Refusal, said
from safeconduct.watch.known import Checkpoint, Hold

PLANNERS = frozenset({Duty.PLN})
APPROVERS = (Duty.DPC, Duty.LEG)  # two of them, one a passage commander at least
LETTERS = ("A", "B")
APART_M = 500.0  # two places nearer than this are one to whoever watches
APPROVE, GO, GOERS = door.PLAN, door.GO, door.GOERS


class State(StrEnum):
    """Where a plan stands. A changed or lapsed plan is a new draft; one he was told burns."""

    DRAFT = "DRAFT"
    ONE_OF_TWO = "ONE_OF_TWO"
    OPEN = "OPEN"
    OFFERED = "OFFERED"
    AGREED = "AGREED"
    CLOSED = "CLOSED"
    BURNED = "BURNED"


LIVING = frozenset({State.DRAFT, State.ONE_OF_TWO, State.OPEN, State.OFFERED, State.AGREED})
TOLD = frozenset({State.OFFERED, State.AGREED})  # he knows places, a time and signs
ON_THE_WAY = frozenset({"MOVING", "SIGHTED", "MISSING"})  # of the case: the escort knows the way
# Where a case may stand while a plan of each state lives; anything else ends the plan.
CASE_MAY_BE: Mapping[State, frozenset[str]] = {
    State.DRAFT: frozenset({"READY"}),
    State.ONE_OF_TWO: frozenset({"READY"}),
    State.OPEN: frozenset({"PLANNED"}),
    State.OFFERED: frozenset({"PLANNED"}),
    State.AGREED: frozenset({"AGREED", "MOVING", "SIGHTED"}),
}
ARRIVED = frozenset({"CONTACT", "SECURED", "RECEIVED", "IN_CUSTODY", "MEDICAL", "CHILD"})


class Fact(StrEnum):
    """What a message can say of a plan. Two of them never stand in one message."""

    PLACE = "place"
    TIME = "time"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class RouteUnderEscort:
    """What the escort may know of a passage: the agreed way, and nothing of the person.

    Attributes:
        plan: ref of the plan; a new plan is a new escort.
        letter: A or B, as he chose.
        since: GO.
        corridor_m: half width of the agreed corridor (programme limit off_route).
        starts_at, start_window: when he was to set out, give or take.
        signs: what he shows, in English where the programme has it.
        told_all: the last text of his way, which names the place, has left.
        drone_m: from where the drone starts to what of the way lies farthest; None where nobody said.
        flown: what the drone may have to fly over: every way of the plan, and where it starts.
    """

    passage: str
    plan: str
    case: str
    compartment: str
    letter: str
    line: tuple[Point, ...]
    corridor_m: int
    holds: tuple[Hold, ...]
    checkpoints: tuple[Checkpoint, ...]
    meeting_place: Point
    starts_at: datetime
    start_window: timedelta
    since: datetime
    signs: tuple[str, ...]
    heads: int
    told_all: bool
    drone_m: float | None = None
    flown: tuple[tuple[Point, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One read-back as the rules need it: whose, under which duty, when."""

    person: str
    duty: Duty
    at: datetime


# ---- the plan ----


def may_propose(
    case_state: str, places: Sequence[Point], *, mined: bool, p_milli: int, most_p_milli: int
) -> Refusal | None:
    """Judge whether a plan may be put up for approval.

    Args:
        case_state: the passage is planned from READY alone: his own application, verified.
        places: main and spare.
        mined: a way enters mined ground.
        p_milli: the larger of the ways' figures, in thousandths.
        most_p_milli: the programme's limit of it, "exposed" in the profile.
    """
    if case_state != "READY":
        return Refusal(
            "passage.not_ready",
            "A passage is planned for a case that is ready, and this one is not.",
            "Look on the case's page what it waits for.",
        )
    if len(places) < len(LETTERS) or distance_m(places[0], places[1]) < APART_M:
        return Refusal(
            "passage.two_places",
            said(
                "Main and spare place must be two places, at least {metres} m apart.",
                metres=round(APART_M),
            ),
            "Choose another spare.",
        )
    return too_dangerous(mined=mined, p_milli=p_milli, most_p_milli=most_p_milli)


def too_dangerous(*, mined: bool, p_milli: int, most_p_milli: int) -> Refusal | None:
    """Judge the ways themselves: mined ground and a figure above the limit are not approved."""
    if mined:
        return Refusal(
            "passage.mined",
            "The way enters ground that is reported mined, and no road leads round it.",
            "Choose another place, or correct the report if it is wrong.",
        )
    if p_milli > most_p_milli:
        return Refusal(
            "passage.exposed",
            said(
                "The model's figure is {figure}, above the limit {limit}.",
                figure=f"{p_milli / 1000:.2f}",
                limit=str(most_p_milli / 1000),
            ),
            "Choose a less exposed way, another place, or wait until the reports change.",
        )
    return None


def probability(hazard: float) -> float:
    """Return P = 1 - exp(-hazard): the model's figure, a judgement."""
    return -math.expm1(-hazard)


def state_after(given: Collection[Given], *, planner: str) -> State:
    """Return where a plan stands with these approvals: two others, a commander among them."""
    others = {g.person: g for g in given if g.person != planner and g.duty in APPROVERS}
    if len(others) >= len(LETTERS) and any(g.duty is Duty.DPC for g in given if g.person in others):
        return State.OPEN
    return State.ONE_OF_TWO if others else State.DRAFT


def may_approve(state: State, *, planner: str, approver: str) -> Refusal | None:
    """Judge whether somebody may say yes to a plan now; `access` judges the digest and the key."""
    if approver == planner:
        return Refusal(
            "passage.own_plan",
            "This passage cannot be approved by you: you planned it.",
            "Ask a duty passage commander (DPC) or the legal adviser (LEG).",
        )
    if state not in {State.DRAFT, State.ONE_OF_TWO}:
        return _WRONG_STATE
    return None


def lapsed(approved_at: datetime | None, *, now: datetime, limit: timedelta) -> bool:
    """Return whether an approval has run out (programme limit plan_approval)."""
    return approved_at is not None and now - approved_at > limit


def not_lapsed(approved_at: datetime | None, *, now: datetime, limit: timedelta) -> Refusal | None:
    """Refuse what stands on an approval that has run out; see `lapsed`."""
    return _LAPSED_UNDER_WAY if lapsed(approved_at, now=now, limit=limit) else None


_LAPSED_UNDER_WAY = Refusal(
    "passage.lapsed_under_way",
    "The approval of this plan has run out, and a turn stands on it as setting off does.",
    "HOLD or ABORT.",
)


def may_offer(
    state: State,
    *,
    approved_at: datetime | None,
    starts_at: datetime,
    now: datetime,
    limit: timedelta,
) -> Refusal | None:
    """Judge whether the plan may be told to him."""
    if state is not State.OPEN:
        return Refusal(
            "passage.not_open",
            "Only a plan that two people have approved is told to him.",
            "Wait for the approvals, or make a new plan.",
        )
    if lapsed(approved_at, now=now, limit=limit):
        return _LAPSED
    if starts_at <= now:
        return Refusal(
            "passage.too_late",
            "The time to set out has passed.",
            "Make a new plan, with a new time.",
        )
    return None


_WRONG_STATE = Refusal(
    "passage.wrong_state",
    "This step is not open to the plan as it stands now.",
    "Load the page again; somebody else may have acted.",
)
_LAPSED = Refusal(
    "passage.lapsed", "The approval of this plan has run out.", "Make a new plan from this one."
)


# ---- his answer ----


def folded(word: str) -> str:
    """Return a word as it is compared: case, accents of typing and spaces do not count."""
    plain = unicodedata.normalize("NFKC", word).casefold().replace("ё", "е")
    return re.sub(r"[^\w]+", " ", plain).strip()


# On a telephone А and A, В and B are one key away from each other; he means the letter.
_LETTER = {"a": "A", "а": "A", "b": "B", "в": "B", "б": "B"}


def answer_of(text: str) -> tuple[str, str]:
    """Return the letter and the word of an answer such as "A ромашка"; "" for what is missing."""
    first, _, rest = folded(text).partition(" ")
    letter = _LETTER.get(first, "")
    return letter, rest if letter else ""


def may_agree(
    state: State, *, letter: str, word_fits: bool, accepts: bool, facts: Collection[Fact]
) -> Refusal | None:
    """Judge whether what he wrote is his yes.

    Args:
        letter: A or B, from his own text.
        word_fits: it bears the word agreed with him before.
        accepts: he takes hold and abort texts on the way.
        facts: what his own message says of the plan.
    """
    if state is not State.OFFERED:
        return _WRONG_STATE
    if letter not in LETTERS:
        return Refusal(
            "passage.no_letter",
            "His message does not begin with A or B.",
            "Ask him for the letter.",
        )
    if not word_fits:
        return Refusal(
            "passage.wrong_word",
            "The word in his message is not the one agreed with him.",
            "Do not tell him so. Take it to the supervisor (SUP).",
        )
    if len(set(facts)) > 1:
        return Refusal(
            "passage.said_together",
            "His message names place, time or sign together; whoever reads it has the plan.",
            "Burn this plan and make another.",
        )
    if not accepts:
        return Refusal(
            "passage.no_abort_texts",
            "He has not accepted hold and abort texts on the way.",
            "Ask him; without it he cannot be stopped in time.",
        )
    return None


def facts_in(text: str, words: Mapping[Fact, Iterable[str]]) -> frozenset[Fact]:
    """Return which of place, time and sign a text names, by the plan's own words for them."""
    told = f" {folded(text)} "
    return frozenset(
        fact
        for fact, names in words.items()
        if any(name and f" {folded(name)} " in told for name in names)
    )


# ---- going ----


def fresh(
    read_backs: Iterable[ReadBack], *, now: datetime, limit: timedelta
) -> tuple[ReadBack, ...]:
    """Return the newest read-back of each duty that is not older than `limit`."""
    newest: dict[Duty, ReadBack] = {}
    for each in sorted(read_backs, key=lambda r: r.at):
        if each.duty in GOERS and timedelta(0) <= now - each.at <= limit:
            newest[each.duty] = each
    return tuple(newest[duty] for duty in GOERS if duty in newest)


def may_give_go(
    state: State,
    *,
    read_backs: Iterable[ReadBack],
    approved_at: datetime | None,
    starts_at: datetime,
    now: datetime,
    limits: "Limits",
) -> Refusal | None:
    """Judge whether anybody may give GO now: three people's fresh read-backs, in the window."""
    if state is not State.AGREED:
        return _WRONG_STATE
    if lapsed(approved_at, now=now, limit=limits.approval):
        return _LAPSED
    if abs(now - starts_at) > limits.start_window:
        return Refusal(
            "passage.start_window",
            "GO is given within the start window, and this is outside it.",
            "Wait for it; if it has passed, make a new plan.",
        )
    held = fresh(read_backs, now=now, limit=limits.read_back)
    if len({each.person for each in held}) < len(GOERS):
        lacking = [duty for duty in GOERS if duty not in {each.duty for each in held}]
        return Refusal(
            "passage.read_backs",
            said(
                "GO needs a read-back by each of three people, no older than {minutes} min;"
                " missing: {missing}.",
                minutes=limits.read_back // timedelta(minutes=1),
                missing=duties_named(lacking) or said("one person each"),
            ),
            "Let them read back, then give GO.",
        )
    return None


@dataclass(frozen=True, slots=True)
class Limits:
    """The programme's limits for a passage."""

    approval: timedelta
    read_back: timedelta
    start_window: timedelta


def all_went(given: Collection[Given], *, now: datetime, limit: timedelta) -> bool:
    """Return whether three different people have said GO, one for each duty, none too long ago.

    Whoever asks the keeper for the signature says when it is given, so one dated ahead is no fresher.
    """
    living = [g for g in given if abs(now - g.at) <= limit]
    return shares_duty(living, GOERS)


def stale_yes(given: Collection[Given], *, now: datetime, limit: timedelta) -> bool:
    """Return whether a GO was given so long ago, or so far ahead, that it must be given anew."""
    return any(abs(now - g.at) > limit for g in given)


# ---- afterwards ----


def ending(state: State, *, case_state: str, gone: bool) -> State | None:
    """Return what becomes of a plan when its case stands in `case_state`; None while it lives on.

    Contact closes it; every other exit burns what he was told. A plan that he was never told
    closes. The search for one who is missing keeps the plan of the way he went.
    """
    if state not in LIVING or case_state in CASE_MAY_BE[state]:
        return None
    if case_state in ARRIVED:
        return State.CLOSED
    return State.BURNED if state in TOLD or gone else State.CLOSED
