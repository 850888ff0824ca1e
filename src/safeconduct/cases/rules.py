"""The way of one surrender, judged: what may happen next, who may do it, what is missing. Pure.

The machine itself is data (machine.json). Stopping asks one person and nothing before; going asks
for evidence and several people. A worker only notices that time has run out.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from safeconduct.access.rules import ON_THE_WAY as ON_DUTY
from safeconduct.access.rules import (
    Duty,
    Given,
    Officer,
    WorkerId,
    ask,
    duties_named,
    shares_duty,
)
from safeconduct.cases.escorted import AREA_ENDED, ended_since
from safeconduct.cases.way import SOFTWARE, Debt, Kind, Machine, Transition
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.refusal import Refusal, Said, said, word

# Who may know that a case stands in DURESS or COMPROMISED; to all others it looks ordinary.
VEILED = frozenset({"DURESS", "COMPROMISED"})
TOLD = frozenset({"PLANNED", "AGREED", "MOVING", "SIGHTED"})  # he knows a place, a time and signs
ON_THE_WAY = frozenset({"MOVING", "SIGHTED"})
# What the inbox is told of him: a text of one who may be out there is read before any other. One
# who was stopped or lost is out there until he has said that he is safe, or somebody has him.
CONTEXT: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("PLANNED", "AGREED"), "approved")
    | dict.fromkeys(("MOVING", "SIGHTED", "CONTACT", "ABORTED", "MISSING"), "in_passage")
    | {"LOST_CONTACT": "silent"}
)
VERIFIED = "STANDBY"  # whoever has stood here was graded by two people
FACTS: Mapping[str, tuple[frozenset[str], frozenset[str], int]] = MappingProxyType(
    {  # fact: (who sets it, who lifts it, how many people lift it); None of them ever bars a stop
        "frozen": (
            frozenset({"OP", "VER", "SUP", "PLN", "DPC", "FCO", "PIL", "RCV"}),
            frozenset({"SUP", "VER"}),
            2,
        ),
        "child": (ON_DUTY, frozenset({"CPO", "LEG"}), 2),
        "medical": (ON_DUTY, frozenset({"MED"}), 1),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One piece of evidence on record."""

    kind: str
    by: str
    at: datetime
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a verdict needs to know of a case.

    Attributes:
        owed_open: the kinds still owed.
        verified_before: whether two people ever graded him.
        refused_by: refs of those who refused him before; they do not decide his appeal.
        unit_unsaid_at: when the receiving unit was last relieved, or said that it is not ready.
    """

    state: str
    entered_at: datetime
    evidence: tuple[Entry, ...] = ()
    owed_open: frozenset[str] = frozenset()
    frozen: bool = False
    verified_before: bool = False
    refused_by: frozenset[str] = frozenset()
    unit_unsaid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One thing a step asks for, and whether it is there."""

    kind: Kind
    entry: Entry | None
    met: bool
    stale: bool = False


Limits = Mapping[str, int]


def is_fresh(
    kind: Kind, entry: Entry, *, entered_at: datetime, now: datetime, limits_s: Limits
) -> bool:
    """Return whether `entry` still counts at `now`."""
    if entry.valid_until is not None and entry.valid_until < now:
        return False
    if kind.fresh and entry.at < now - timedelta(seconds=limits_s[kind.fresh]):
        return False
    return not (kind.anew and entry.at < entered_at)


def need(
    machine: Machine, standing: Standing, slug: str, *, now: datetime, limits_s: Limits
) -> Need:
    """Return whether the evidence `slug` is on record, and counts."""
    kind = machine.kinds[slug]
    if kind.judged:
        return Need(kind, None, met=_judged(kind, standing, now=now, limits_s=limits_s))
    if kind.parts:
        parts = [need(machine, standing, part, now=now, limits_s=limits_s) for part in kind.parts]
        entries = [part.entry for part in parts if part.entry]
        whole = all(part.met for part in parts)
        if slug in {"read_backs", "handover_signed"}:  # each role its own person
            whole = whole and len({entry.by for entry in entries}) == len(parts)
        last = max(entries, key=lambda entry: entry.at, default=None)
        return Need(kind, last, met=whole, stale=any(part.stale for part in parts))
    of_kind = [entry for entry in standing.evidence if entry.kind == slug]
    last = max(of_kind, key=lambda entry: entry.at, default=None)
    met = (
        last is not None
        and is_fresh(kind, last, entered_at=standing.entered_at, now=now, limits_s=limits_s)
        and not ended_since(
            slug, last.at,
            areas_ended=(each.at for each in standing.evidence if each.kind == AREA_ENDED),
            unit_unsaid_at=standing.unit_unsaid_at,
        )
    )  # fmt: skip
    return Need(kind, last, met=met, stale=last is not None and not met)


def _judged(kind: Kind, standing: Standing, *, now: datetime, limits_s: Limits) -> bool:
    if kind.limit:
        return now - standing.entered_at >= timedelta(seconds=limits_s[kind.limit])
    return {
        "no_freeze": not standing.frozen,
        "verified_before": standing.verified_before,
        "not_verified_before": not standing.verified_before,
        "nothing_owed": not standing.owed_open,
    }[kind.slug]


def needs(
    machine: Machine, standing: Standing, to: str, *, now: datetime, limits_s: Limits
) -> tuple[Need, ...]:
    """Return everything the step to `to` asks for, missing first."""
    way = machine.transitions[standing.state, to]
    found = [need(machine, standing, slug, now=now, limits_s=limits_s) for slug in way.before]
    return tuple(sorted(found, key=lambda each: each.met))


def verdict(
    machine: Machine,
    standing: Standing,
    to: str,
    *,
    who: Officer | WorkerId,
    given: Collection[Given] = (),
    author: str = "",
    now: datetime,
    limits_s: Limits,
) -> Refusal | None:
    """Judge the step from where the case stands to `to`.

    Args:
        who: takes the step; for a step that needs two or three people, their yeses are `given`.
        author: ref of whoever put it forward; he is never counted.
    """
    way = machine.transitions.get((standing.state, to))
    if way is None:
        return Refusal(
            "case.no_way", "No step leads there from where the case stands.", "Load the page again."
        )
    refused = _who_may(way, who) if way.approvals == 1 else missing_yes(way, given, author=author)
    if refused or to in machine.stopping:
        return refused
    if standing.refused_by & {each.person for each in given} and "appeal" in way.before:
        return Refusal(
            "case.refused_before",
            "Whoever refused him does not decide his appeal.",
            "Ask others who hold these duties.",
        )
    return missing(machine, standing, to, now=now, limits_s=limits_s)


def missing(
    machine: Machine, standing: Standing, to: str, *, now: datetime, limits_s: Limits
) -> Refusal | None:
    """Judge the evidence alone: name the first thing missing and who brings it."""
    open_ones = [
        each for each in needs(machine, standing, to, now=now, limits_s=limits_s) if not each.met
    ]
    if not open_ones:
        return None
    first = open_ones[0]
    what = word(first.kind.text)
    why = said("Not yet: “{what}” is missing.", what=what)
    if first.stale:
        why = said("Not yet: “{what}” has run out of date.", what=what)
    if len(open_ones) > 1:
        why = said("{first} Also lacking: {count}.", first=why, count=len(open_ones) - 1)
    return Refusal("case.missing", why, brings(machine, first.kind))


def brings(machine: Machine, kind: Kind) -> Said:
    """Return one sentence that names who brings a piece of evidence."""
    if kind.judged:
        return said("The programme judges this by itself, from the record and the clock.")
    duties = kind.by or {duty for part in kind.parts for duty in machine.kinds[part].by}
    named = duties_named(duty for duty in sorted(duties) if duty != SOFTWARE)
    if not named:
        return said("The programme records it.")
    return said("It is brought by: {duties}.", duties=named)


def _who_may(way: Transition, who: Officer | WorkerId) -> Refusal | None:
    if isinstance(who, WorkerId):
        return None if SOFTWARE in way.who else _not_yours(way.staff)
    return None if who.duties & frozenset(way.staff) else _not_yours(way.staff)


def _not_yours(duties: Collection[str]) -> Refusal:
    return Refusal("case.not_your_duty", "This step is not among your duties.", ask(duties))


def missing_yes(way: Transition, given: Collection[Given], *, author: str) -> Refusal | None:
    """Judge whether the yeses given suffice: different people, the right duties, not the author."""
    counted = [each for each in given if each.person != author and str(each.duty) in set(way.staff)]
    people = {each.person for each in counted}
    if len(people) >= way.approvals and _by_rule(way, counted):
        return None
    named = duties_named(way.staff[1:] if way.who_rule == "proposed" else way.staff)
    return Refusal(
        "case.approvals",
        said("{given} of {needed} people have said yes.", given=len(people), needed=way.approvals),
        said("It takes different people, not the one who put it forward: {duties}.", duties=named),
    )


def _by_rule(way: Transition, counted: Collection[Given]) -> bool:
    duties = [Duty(duty) for duty in way.staff]
    if way.who_rule == "proposed":
        rest = [each for each in counted if each.duty in duties[1:]]
        return any(each.duty is duties[1] for each in rest) and len({e.person for e in rest}) >= (
            way.approvals
        )
    if way.who_rule == "led":
        return any(each.duty is duties[0] for each in counted)
    if way.who_rule == "in_order":
        times = {each.duty: each.at for each in counted}
        return shares_duty(counted, duties) and times[duties[0]] <= times[duties[1]]
    return shares_duty(counted, duties)


def may_record(
    kind: Kind, who: Officer | WorkerId, *, at: datetime, now: datetime
) -> Refusal | None:
    """Judge whether `who` may bring evidence of `kind` that came about at `at`."""
    if kind.judged or kind.parts:
        return Refusal(
            "case.not_brought", "Nobody records this: the programme judges it from the record."
        )
    if at > now:
        return Refusal("case.in_future", "This lies in the future.", "Give the time it happened.")
    if isinstance(who, WorkerId):
        return None if SOFTWARE in kind.by else _not_yours(sorted(kind.by))
    if who.duties & kind.by:
        return None
    whom = ask(sorted(kind.by - {SOFTWARE}))
    return Refusal("case.not_yours_to_record", "This is not for you to record.", whom)


def may_set(fact: str, who: Officer | WorkerId) -> Refusal | None:
    """Judge whether one person may set a fact; a worker sets none but a freeze."""
    setters = FACTS[fact][0]
    if isinstance(who, WorkerId):
        return None if fact == "frozen" else _not_yours(sorted(setters))
    return None if who.duties & setters else _not_yours(sorted(setters))


def may_lift(fact: str, given: Collection[Given]) -> Refusal | None:
    """Judge whether the yeses given lift a fact: the right duties, enough different people."""
    _setters, lifters, people = FACTS[fact]
    counted = [each for each in given if each.duty in lifters]
    if people == 1:
        return None if counted else _not_yours(sorted(lifters))
    wanted = [Duty(duty) for duty in sorted(lifters)]
    enough = shares_duty(counted, wanted) or (
        fact == "frozen" and len({each.person for each in counted}) >= people
    )
    if enough:
        return None
    return Refusal("case.approvals", "Lifting this takes two different people.", ask(wanted))


def shown_state(state: str, *, ordinary: str, duties: Collection[str]) -> str:
    """Return the state that somebody with `duties` sees: suspected force is shown to two duties."""
    return ordinary if state in VEILED and not KNOW_OF_FORCE & frozenset(duties) else state


def burns(way: Transition) -> bool:
    """Return whether the step burns what he was told: every exit does, but contact."""
    return "told_burned" in {debt.kind for debt in way.owed} or way.target == "COMPROMISED"


def starts_custody(source: str, target: str) -> bool:
    """Return whether the card and bureau clocks start with this step; nothing stops them after."""
    return target == "SECURED" or (
        target in {"MEDICAL", "CHILD", "RECEIVED"} and source not in {"SECURED", "RECEIVED"}
    )


# What is done once for a man in custody and not again when he is moved: (GC III 17, 18, 70, 122).
ONCE = frozenset(
    {
        *("weapons_and_search", "handover_signed", "property_list", "four_items_and_rights"),
        *("capture_card", "bureau_notice", "receipt_started", "first_aid", "injuries_noted"),
        # Often noted at contact, before the step that owes them:
        *("challenge_noted", "three_tests"),
    }
)
ENDED_BY = {"no_fire_kept": AREA_ENDED}  # owed until the other is on record


def still_owed(machine: Machine, way: Transition, on_record: Collection[str]) -> tuple[Debt, ...]:
    """Return what falls due with the step, without what was done once and for all."""
    return tuple(
        debt
        for debt in way.owed
        if not (debt.kind in ONCE and is_done(machine, debt.kind, on_record))
    )


def is_done(machine: Machine, owed: str, on_record: Collection[str]) -> bool:
    """Return whether the kinds on record settle what is owed."""
    parts = machine.kinds[owed].parts or (ENDED_BY.get(owed, owed),)
    return all(part in on_record for part in parts)


# Evidence that speaks of force; shown to those alone who may know.
VEILED_KINDS = frozenset(
    {
        *("sign_noted", "supervisor_decision", "abort_order_own", "force_spoken", "force_review"),
        *("force_review_second", "cleared_by_challenge", "all_burned", "compromise_grounds"),
        *("clean_channel", "identity_anew", "burned_and_warned"),
    }
)


# By what the reason of a stop counts as evidence; a reason is asked for later, never first.
REASON_IS = MappingProxyType(
    {"ABORTED": "abort_reason", "DECLINED": "his_no", "DURESS": "sign_noted"}
)


def may_stop(machine: Machine, to: str, who: Officer | WorkerId) -> Refusal | None:
    """Judge a stop by what is known without any table: the state asked for, and the duties held."""
    if to not in machine.stopping:
        return Refusal("case.no_stop", "This is no stop.", "Use the page of the case.")
    ways = [way for way in machine.transitions.values() if way.target == to]
    if isinstance(who, WorkerId):
        return None if any(SOFTWARE in way.who for way in ways) else _not_yours(ways[0].staff)
    held = any(who.duties & frozenset(way.staff) for way in ways)
    return None if held else _not_yours(ways[0].staff)


def purgers(machine: Machine, state: str) -> frozenset[Duty]:
    """Return whose yes counts to an erasure; a case that rests for good has no way of its own."""
    way = machine.transitions.get((state, machine.end))
    return frozenset({Duty.DPO, Duty.AUD, *map(Duty, way.staff if way else ())})


def may_purge(duties: Collection[Duty], given: Collection[Given]) -> Refusal | None:
    """Judge the yeses to an erasure: two people everywhere, the data protection officer first.

    Args:
        duties: see `purgers`.
    """
    counted = [each for each in given if each.duty in duties]
    if any(each.duty is Duty.DPO for each in counted) and len({e.person for e in counted}) > 1:
        return None
    return Refusal(
        "case.approvals",
        "Erasing takes two different people, one of them the data protection officer (DPO).",
        ask(sorted(duties)),
    )


# Who may say that a state was recorded in error, and how many of them.
CORRECT = frozenset({Duty.SUP, Duty.DPC, Duty.RCV, Duty.RCP, Duty.LEG})
CORRECTED_BY = 2


def may_correct(who: Officer) -> Refusal | None:
    """Judge whether `who` may put a correction up."""
    return None if who.duties & CORRECT else _not_yours(sorted(CORRECT))
