"""What may come next on a case, why not yet, how it may be stopped, which clocks run: for a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safeconduct.access.rules import Duty, Officer
from safeconduct.access.templatetags.access import duty_name
from safeconduct.cases import hands, rules
from safeconduct.cases.actions.steps import ELSEWHERE
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case
from safeconduct.cases.way import Kind, Transition
from safeconduct.cases.words import NAMES
from safeconduct.programme import load
from safeconduct.refusal import N_, told

# The eleven stages at the head of the page, and the states that have reached each.
STAGES = (
    ("ENQUIRY", N_("Enquiry")), ("APPLIED", N_("Application")), ("VERIFYING", N_("Verification")),
    ("STANDBY", N_("Waiting")), ("READY", N_("Ready")), ("PLANNED", N_("Plan")), ("AGREED", N_("Agreed")),
    ("MOVING", N_("On the way")), ("CONTACT", N_("Arrival")), ("IN_CUSTODY", N_("Custody")),
    ("RELEASED", N_("After")),
)  # fmt: skip
SHAPES: Mapping[str, str] = {
    "ENQUIRY": "s-enquiry", "APPLIED": "s-applied", "VERIFYING": "s-verify", "STANDBY": "s-wait",
    "READY": "s-ready", "PLANNED": "s-ready", "AGREED": "s-agreed", "ABORTED": "s-side-now",
    "MISSING": "s-side-now", "DECLINED": "s-end", "PURGED": "s-end", "WALK_IN": "s-arrive",
}  # fmt: skip
BY_GROUP = {"moving": "s-move", "arrival": "s-arrive", "custody": "s-custody", "after": "s-after"}
WHERE = {
    ("READY", "PLANNED"): "/passage/?case={ref}",
    ("AGREED", "MOVING"): "/passage/?case={ref}",
    ("SECURED", "RECEIVED"): "/reception/{ref}/",
}


def shape_of(state: str) -> str:
    """Return the symbol of a state's stage; force has none of its own."""
    return SHAPES.get(state) or BY_GROUP.get(MACHINE.group(state), "s-side")


def name_of(state: str) -> str:
    """Return what a state is called on screen, in the reader's language and the programme's word."""
    own = load.current().states.get(state, {})
    return own.get(get_language() or "en") or _(NAMES[state])


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing a step asks for, as the page shows it."""

    slug: str
    text: str
    met: bool
    at: datetime | None
    how: str


@dataclass(frozen=True, slots=True)
class Gate:
    """One step that may come next.

    Attributes:
        door: how it is taken: "step", "propose", "elsewhere", or "" when not by this officer.
        aside: one line for a step that asks for nothing, or is not his.
    """

    to: str
    name: str
    shape: str
    pieces: Sequence[Piece]
    lacking: int
    people: int
    door: str
    url: str
    aside: str


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock that runs, with its end."""

    text: str
    until: datetime | None
    over: bool


def stages(case: Case, state: str) -> list[tuple[str, str]]:
    """Return the way of the case: each stage's name, and "done", "here" or ""."""
    passed = {step.target for step in case.steps.all()} | {state}
    order = [stage for stage, _name in STAGES]
    group = MACHINE.group(state)
    here = {"moving": "MOVING", "arrival": "CONTACT", "custody": "IN_CUSTODY", "after": "RELEASED"}
    now_at = here.get(group, state if state in order else "")
    reached = (
        order.index(now_at)
        if now_at
        else max((order.index(stage) for stage in order if stage in passed), default=0)
    )
    return [
        (_(name), "here" if n == reached else "done" if n < reached else "")
        for n, (_stage, name) in enumerate(STAGES)
    ]


def gates(
    case: Case,
    standing: rules.Standing,
    officer: Officer,
    *,
    now: datetime,
    limits_s: Mapping[str, int],
) -> list[Gate]:
    """Return the steps that may come next, what this officer can take first; stops stand apart."""
    ways = [
        way
        for way in MACHINE.ways_from(standing.state)
        if way.target not in MACHINE.stopping and way.target not in rules.VEILED | {MACHINE.end}
    ]
    gates = [_gate(case, way, standing, officer, now=now, limits_s=limits_s) for way in ways]
    return sorted(gates, key=lambda gate: (gate.door == "", gate.lacking > 0))


def _gate(
    case: Case,
    way: Transition,
    standing: rules.Standing,
    officer: Officer,
    *,
    now: datetime,
    limits_s: Mapping[str, int],
) -> Gate:
    needs = rules.needs(MACHINE, standing, way.target, now=now, limits_s=limits_s)
    pieces = [
        Piece(
            each.kind.slug,
            _(each.kind.text),
            each.met,
            each.entry.at if each.entry else None,
            "" if each.met else _brought_by(each.kind, stale=each.stale),
        )
        for each in needs
    ]
    mine = bool(officer.duties & frozenset(way.staff))
    door = ""
    if (way.source, way.target) in ELSEWHERE:
        door = "elsewhere"
    elif mine:
        door = "step" if way.approvals == 1 else "propose"
    return Gate(
        to=way.target,
        name=name_of(way.target),
        shape=shape_of(way.target),
        pieces=pieces,
        lacking=sum(not each.met for each in needs),
        people=way.approvals,
        door=door,
        url=WHERE.get((way.source, way.target), "").format(ref=case.ref),
        aside="" if mine else _("Taken by: %(who)s.") % {"who": _duties(way.staff)},
    )


def _duties(codes: Sequence[str]) -> str:
    return ", ".join(duty_name(code).lower() for code in codes) or _("the clocks alone")


def _brought_by(kind: Kind, *, stale: bool) -> str:
    codes = kind.by or {duty for part in kind.parts for duty in MACHINE.kinds[part].by}
    who = _duties(sorted(code for code in codes if code in set(Duty)))
    if kind.judged:
        return _("Judged from the record and the clock.")
    if elsewhere := hands.may_record_by_hand(kind.slug):
        return told(elsewhere.remedy, _)
    brought = _("Out of date; brought anew by: %(who)s.") if stale else _("Brought by: %(who)s.")
    return brought % {"who": who}


def stops(state: str, officer: Officer) -> list[tuple[str, str]]:
    """Return the stops this officer may record from here, with the words on their buttons."""
    order = ("ABORTED", "MISSING", "DECLINED", "MEDICAL", "CHILD", "DURESS")
    words = {
        "ABORTED": _("Stop the passage"),
        "MISSING": _("He is missing"),
        "DECLINED": _("He said no"),
        "MEDICAL": _("He needs a doctor"),
        "CHILD": _("He may be under 18"),
        "DURESS": _("To the supervisor"),
    }
    return [
        (to, words[to])
        for to in order
        if (way := MACHINE.transitions.get((state, to))) and officer.duties & frozenset(way.staff)
    ]


def clocks(
    case: Case, standing: rules.Standing, *, now: datetime, limits_s: Mapping[str, int]
) -> list[Clock]:
    """Return the clocks that run in this state, each with its end."""
    found: dict[str, Clock] = {}
    for way in MACHINE.ways_from(standing.state):
        if not way.timer or way.target == MACHINE.end:
            continue
        timer = MACHINE.timers[way.timer]
        for limit in timer.limits[:1]:
            until = standing.entered_at + timedelta(seconds=limits_s[limit])
            found[way.timer] = Clock(_(timer.text), until, over=until < now)
    clocks = list(found.values())
    if case.check_in_at:
        silent = case.check_in_at < now
        clocks.insert(
            0, Clock(_("He said that he would write by then"), case.check_in_at, over=silent)
        )
    return clocks


def wanted(
    case: Case,
    standing: rules.Standing,
    *,
    knows: bool,
    now: datetime,
    limits_s: Mapping[str, int],
) -> set[str]:
    """Return the kinds that some next step lacks, or that are owed: they stand first in the form."""
    slugs: set[str] = {o.kind for o in case.owed.filter(done_at=None) if knows or not o.veiled}
    for way in MACHINE.ways_from(standing.state):
        needs = rules.needs(MACHINE, standing, way.target, now=now, limits_s=limits_s)
        slugs |= {each.kind.slug for each in needs if not each.met}
    return slugs | {part for slug in slugs for part in MACHINE.kinds[slug].parts}
