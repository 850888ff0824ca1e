"""What the pages of this room show: one case as one person may see it. Reads, decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from safeconduct.access import queries as staff
from safeconduct.access.rules import MAY_BE_MEMBER, Act, Duty, Officer, Purpose
from safeconduct.cases import gates, graded, hands, merged, queries, rules
from safeconduct.cases.actions.steps import act_of
from safeconduct.cases.gates import Clock, Gate
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.merge_card import MergeCard, card_for
from safeconduct.cases.models import Case, Evidence, Owed
from safeconduct.cases.way import Kind
from safeconduct.cases.words import SOURCES
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.refusal import N_

SHOWN_STEPS = 60
MERGINGS = {
    "merge": N_("One man: this walk-in and the earlier case %(ref)s"),
    "unmerge": N_("Two men after all: this walk-in and the case %(ref)s"),
    "wake": N_("Another man after all: this case is to rest no longer"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One case in the list."""

    ref: str
    state: str
    name: str
    shape: str
    since: datetime
    owed: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of the timeline."""

    at: datetime
    shape: str
    tone: str
    text: str
    strong: bool
    who: str
    note: str | None
    sealed: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something put up for people's yes."""

    ref: str
    sentence: str
    given: Sequence[str]
    acts: Sequence[Act]
    mine: bool


@dataclass(frozen=True, slots=True)
class Graded:
    """One graded signal; `stands` unless a later one of its source replaced it."""

    ref: str
    at: datetime
    source: str
    grade: str
    who: str
    note: str | None
    sealed: bool
    stands: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one case."""

    case: Case
    state: str
    name: str
    shape: str
    stages: Sequence[tuple[str, str]]
    gates: Sequence[Gate]
    stops: Sequence[tuple[str, str]]
    here: bool
    clocks: Sequence[Clock]
    owed: Sequence[Clock]
    waiting: Sequence[Waiting]
    timeline: Sequence[Happened]
    to_record: Sequence[Kind]
    more_to_record: Sequence[Kind]
    members: Sequence[tuple[str, str]]
    staff: Sequence[tuple[str, str]]
    facts: Sequence[tuple[str, str, bool, bool]]
    unsealed: bool
    may_purge: bool
    may_correct: bool
    merge: MergeCard | None
    signals: Sequence[Graded]
    may_grade: bool
    sources: Sequence[tuple[str, str]]


def rows_for(officer: Officer, *, now: datetime) -> list[Row]:
    """Return the cases of `officer` for the list."""
    owed = queries.owed_for(officer, Purpose.READ, now=now)
    rows = []
    for case in queries.cases_for(officer, Purpose.READ):
        state = rules.shown_state(case.state, ordinary=case.ordinary, duties=officer.duties)
        mine = [each for each in owed if each.case_id == case.pk]
        late = [each for each in mine if each.due_at and each.due_at < now]
        rows.append(
            Row(
                case.ref, state, gates.name_of(state), gates.shape_of(state), _seen_since(case, officer),
                len(mine), len(late),
            )
        )  # fmt: skip
    return rows


def _seen_since(case: Case, officer: Officer) -> datetime:
    steps = queries.steps_of(case, duties=officer.duties)
    return steps[0].at if steps else case.opened_at


def page_for(
    officer: Officer,
    *,
    ref: str,
    limits_s: Mapping[str, int],
    now: datetime,
    notes: Mapping[str, str] | None = None,
) -> Page:
    """Return the page of one case as `officer` may see it.

    Args:
        notes: evidence ref → opened note, when he has asked for them with a reason.

    Raises:
        Absent: there is no such case, or he is not let into it.
    """
    case = queries.case_for(officer, Purpose.READ, ref=ref)
    state = rules.shown_state(case.state, ordinary=case.ordinary, duties=officer.duties)
    standing = _seen_standing(case, state, officer)
    knows = bool(KNOW_OF_FORCE & officer.duties)
    wanted = gates.wanted(case, standing, knows=knows, now=now, limits_s=limits_s)
    by_hand = [k for k in MACHINE.kinds.values() if k.slug not in hands.KINDS]
    may = [k for k in by_hand if k.by & officer.duties and (knows or not _veiled(k))]
    card = card_for(officer, case)
    rests = card is not None and card.rests
    return Page(
        case=case,
        state=state,
        name=gates.name_of(state),
        shape=gates.shape_of(state),
        stages=gates.stages(case, state),
        gates=[] if rests else gates.gates(case, standing, officer, now=now, limits_s=limits_s),
        stops=gates.stops(state, officer),
        here=bool(officer.duties & queries.RECEIVERS) and state in MACHINE.living,
        clocks=[] if rests else gates.clocks(case, standing, now=now, limits_s=limits_s),
        owed=_owed(case, knows=knows, now=now),
        waiting=_waiting(case, officer),
        timeline=_timeline(case, officer, notes or {}),
        to_record=[kind for kind in may if kind.slug in wanted],
        more_to_record=[kind for kind in may if kind.slug not in wanted],
        members=_members(case, knows=knows, now=now),
        staff=sorted(
            {(r, n) for r, n, duty in staff.who_may_serve(now=now) if duty in MAY_BE_MEMBER}
        ),
        facts=_facts(case, officer, knows=knows),
        unsealed=notes is not None,
        merge=card,
        may_correct=rules.may_correct(officer) is None and case.version > 1,
        may_purge=Duty.DPO in officer.duties
        and ((state, MACHINE.end) in MACHINE.transitions or (card is not None and card.for_good)),
        signals=_signals(case, officer, notes or {}),
        may_grade=Duty.VER in officer.duties,
        sources=[(str(source), _(text)) for source, text in SOURCES.items()],
    )


def _seen_standing(case: Case, state: str, officer: Officer) -> rules.Standing:
    standing = queries.standing_of(case)
    if KNOW_OF_FORCE & officer.duties:
        return standing
    return replace(standing, state=state, entered_at=_seen_since(case, officer), frozen=False)


def _veiled(kind: Kind) -> bool:
    return kind.slug in rules.VEILED_KINDS and kind.slug not in {"sign_noted", "force_spoken"}


def _owed(case: Case, *, knows: bool, now: datetime) -> list[Clock]:
    rows: list[Owed] = list(case.owed.filter(done_at=None).order_by("due_at", "pk"))
    return [
        Clock(
            _(MACHINE.kinds[each.kind].text),
            each.due_at,
            over=each.due_at is not None and each.due_at < now,
        )
        for each in rows
        if knows or not each.veiled
    ]


def _waiting(case: Case, officer: Officer) -> list[Waiting]:
    shown = []
    for proposal in queries.proposals_of(case):
        given = queries.yeses_of(proposal)
        names = staff.names_of([each.person for each in given])
        said = officer.ref in {each.person for each in given}
        if proposal.verb == "lift":
            sentence, lifters = (
                _("Lift: %(fact)s") % {"fact": _(proposal.to)},
                rules.FACTS[proposal.to][1],
            )
        elif proposal.verb == "correct":
            lifters = frozenset(map(str, rules.CORRECT))
            sentence = _("Recorded in error; back to: %(state)s") % {
                "state": gates.name_of(proposal.to)
            }
        elif proposal.verb in MERGINGS:
            verb = "wake" if proposal.to == case.ref else proposal.verb
            sentence = _(MERGINGS[verb]) % {"ref": proposal.to}
            lifters = frozenset(map(str, merged.MERGE))
            if not queries.is_let_into(officer, proposal.to):
                lifters = frozenset()
                sentence = f"{sentence}. {_('To say yes, be let into that case first.')}"
        else:
            way = MACHINE.transitions.get((case.state, proposal.to))
            lifters = frozenset(way.staff if way else ()) | (
                {"DPO", "AUD"} if proposal.verb == "purge" else set()
            )
            sentence = f"{gates.name_of(case.ordinary)} → {gates.name_of(proposal.to)}"
        duties = sorted(officer.duties & lifters)
        shown.append(
            Waiting(
                proposal.ref,
                sentence,
                [f"{names.get(each.person, each.person)}, {each.duty}" for each in given],
                [] if said else [act_of(proposal, Duty(duty)) for duty in duties],
                mine=proposal.author == officer.ref,
            )
        )
    return shown


def _timeline(case: Case, officer: Officer, notes: Mapping[str, str]) -> list[Happened]:
    steps = list(queries.steps_of(case, duties=officer.duties))[:SHOWN_STEPS]
    evidence = case.evidence.order_by("-at", "-pk")
    if not KNOW_OF_FORCE & officer.duties:
        evidence = evidence.filter(veiled=False)
    pieces: list[Evidence] = list(evidence[:SHOWN_STEPS])
    names = staff.names_of(
        {ref for step in steps for ref in (step.by, *step.people)} | {piece.by for piece in pieces}
    )

    def who(*refs: str) -> str:
        return ", ".join(names.get(ref, _("the programme")) for ref in dict.fromkeys(refs) if ref)

    lines = [
        Happened(
            step.at,
            gates.shape_of(step.target),
            "",
            f"{gates.name_of(step.source)} → {gates.name_of(step.target)}"
            if step.source
            else gates.name_of(step.target),
            strong=True,
            who=who(*(step.people or [step.by])),
            note=None,
            sealed=step.why is not None,
        )
        for step in steps
    ] + [
        Happened(
            piece.at,
            "yes",
            "safe",
            _(MACHINE.kinds[piece.kind].text),
            strong=False,
            who=who(piece.by),
            note=notes.get(piece.ref),
            sealed=piece.note is not None,
        )
        for piece in pieces
    ]
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _signals(case: Case, officer: Officer, notes: Mapping[str, str]) -> list[Graded]:
    rows = queries.signals_for(officer, Purpose.READ, case=case)
    names = staff.names_of({row.by for row in rows})
    standing = {row.source: row.ref for row in reversed(rows)}
    return [
        Graded(
            row.ref,
            row.at,
            _(SOURCES[graded.Source(row.source)]),
            f"{row.reliability}{row.credibility}",
            names.get(row.by, ""),
            notes.get(row.ref),
            row.note is not None,
            standing[row.source] == row.ref,
        )
        for row in rows
    ]


def _members(case: Case, *, knows: bool, now: datetime) -> list[tuple[str, str]]:
    if not case.compartment:
        return []
    members = staff.members_of(case.compartment, now=now)
    if not knows:  # a supervisor may have come because of a word for force
        members = {ref: duties for ref, duties in members.items() if duties - {Duty.SUP}}
    names = staff.names_of(members)
    return sorted(
        (names.get(ref, ref), ", ".join(sorted(map(str, duties))))
        for ref, duties in members.items()
    )


def _facts(case: Case, officer: Officer, *, knows: bool) -> list[tuple[str, str, bool, bool]]:
    """Return (fact, label, set, may lift) for each fact that may be shown."""
    labels = {
        "child": _("Under 18, or may be"),
        "medical": _("Under treatment"),
        "frozen": _("Frozen"),
    }
    is_set = {
        "medical": case.medical, "child": case.child,
        "frozen": knows and queries.is_frozen(case),
    }  # fmt: skip
    return [
        (fact, labels[fact], is_set[fact], bool(officer.duties & rules.FACTS[fact][1]))
        for fact in ("medical", "child", "frozen")
        if fact != "frozen" or knows
    ]
