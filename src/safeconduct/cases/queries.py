"""The only way to read a case. Who is not let in finds nothing, and cannot tell that from absence.

Suspected force is shown to the two duties that may know; to all others such a case looks as it did
before. A stop that waits in the local spool is already in force here.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from safeconduct.access import known
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Given, Officer, Purpose, WorkerId
from safeconduct.cases import graded, hands, lane, rules
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import (
    BurnedPlace,
    BurnedSign,
    Case,
    Closure,
    Evidence,
    Merge,
    Owed,
    Proposal,
    Signal,
    Step,
)
from safeconduct.post import queries as post
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.spool import stops

CaseRow: TypeAlias = Case  # by this name other rooms speak of what is read here
# "He is here" is recorded by whoever receives, member or not; he sees that a case exists, no more.
RECEIVERS = frozenset({Duty.RCV, Duty.RCP})
FACT = "fact"  # the kind of a stop in the spool that freezes a case
SPOOLED = frozenset({"case", FACT})
# That somebody was here and was erased is known to those who answer for erasure, and to nobody else.
KNOW_OF_ERASED = frozenset({Duty.DPO, Duty.AUD})


def may_see(who: Officer | WorkerId, case: Case) -> bool:
    """Return whether `who` is let into the case; workers act on refs alone."""
    if isinstance(who, WorkerId):
        return True
    if case.state == MACHINE.end:
        return False
    if not case.compartment:  # a walk-in registered while the keeper was away
        return bool(who.duties & RECEIVERS)
    if case.opened_by == who.ref and who.duties & RECEIVERS:
        return True  # he opened it for the one who stands before him
    return access.member(who, case.compartment)


def is_let_into(who: Officer, ref: str) -> bool:
    """Return whether there is a case of that ref and `who` is let into it."""
    case = Case.objects.filter(ref=ref).first()
    return case is not None and may_see(who, case)


def case_for(who: Officer | WorkerId, purpose: Purpose, *, ref: str, lock: bool = False) -> Case:
    """Return one case to somebody who is let into it.

    Args:
        purpose: why it is read; the record's readers state it, workers have but their own.
        lock: hold the row until the transaction ends.

    Raises:
        Absent: there is no such case, or it is not for `who`.
    """
    if isinstance(who, WorkerId) and purpose not in {who.purpose, Purpose.READ, Purpose.WRITE}:
        raise Absent
    rows = Case.objects.select_for_update() if lock else Case.objects.all()
    case = rows.filter(ref=ref).first()
    if case is None or not may_see(who, case):
        raise Absent
    if isinstance(who, Officer):
        known.show(who, ref, behind=case.person_ref)
    return case


def case_to_stop(*, ref: str) -> Case:
    """Return a case, locked, to somebody who stops it; being let in is not asked.

    Raises:
        Absent: there is no such case, or it was erased.
    """
    case = Case.objects.select_for_update().filter(ref=ref).exclude(state=MACHINE.end).first()
    if case is None:
        raise Absent
    return case


def compartment_to_break(officer: Officer, *, ref: str) -> str:
    """Return what a supervisor would open by breaking the glass of a case.

    Raises:
        Absent: there is no such case, it holds nothing yet, it was erased, or he is none.
    """
    found = Case.objects.filter(ref=ref).exclude(state=MACHINE.end).exclude(compartment="")
    compartment = found.values_list("compartment", flat=True).first()
    if compartment is None or Duty.SUP not in officer.duties:
        raise Absent
    return compartment


def state_of(who: Officer | WorkerId, purpose: Purpose, *, ref: str) -> str:
    """Return the state a case is in now, a spooled stop included; veiled as `who` may see it.

    Raises:
        Absent: see `case_for`.
    """
    case = case_for(who, purpose, ref=ref)
    state = stopped_in_spool(ref) or case.state
    if isinstance(who, WorkerId):
        return state
    return rules.shown_state(state, ordinary=case.ordinary, duties=who.duties)


def stopped_in_spool(ref: str) -> str:
    """Return the state that a stop in the local spool demands for a case, "" for none."""
    waiting = [s for s in stops.in_force(Path(settings.DATA)) if s.kind == "case" and s.ref == ref]
    return waiting[-1].what if waiting else ""


def frozen_in_spool(ref: str) -> bool:
    """Return whether a freeze of a case waits in the local spool; it is in force."""
    return any(s.kind == FACT and s.ref == ref for s in stops.in_force(Path(settings.DATA)))


def of_person(person_ref: str) -> str:
    """Return the ref of a person's open case, "" for none. For rooms, not for screens."""
    found = Case.objects.filter(person_ref=person_ref).exclude(state=MACHINE.end)
    return found.values_list("ref", flat=True).first() or ""


def of_conversation(conversation_ref: str) -> str:
    """Return the ref of a conversation's open case, "" for none."""
    found = Case.objects.filter(conversation_ref=conversation_ref).exclude(state=MACHINE.end)
    return found.values_list("ref", flat=True).first() or ""


def cases_for(officer: Officer, _purpose: Purpose) -> QuerySet[Case]:
    """Return the cases `officer` is let into, longest in their state last."""
    mine = Q(compartment__in=access.compartments_of(officer))
    if officer.duties & RECEIVERS:
        mine |= Q(compartment="")
    return Case.objects.filter(mine).exclude(state=MACHINE.end).order_by("-entered_at", "pk")


def closures_for(officer: Officer, _purpose: Purpose) -> QuerySet[Closure]:
    """Return the certificates of erased cases, latest first, to whoever answers for erasure.

    Raises:
        Absent: he holds no such duty; how many there were is not his to count either.
    """
    if not officer.duties & KNOW_OF_ERASED:
        raise Absent
    return Closure.objects.select_related("case").order_by("-at", "-pk")


def is_frozen(case: Case) -> bool:
    """Return whether a case is frozen: by the fact, or because its person is held in silence.

    What he wrote, or what his channel reported, freezes his case with the hold itself, before the
    fact is set, and with nobody's hand in it.
    """
    return (
        case.frozen
        or frozen_in_spool(case.ref)
        or (bool(case.person_ref) and post.is_silent(case.person_ref))
    )


def standing_of(case: Case) -> rules.Standing:
    """Return what the rules need to know of a case."""
    steps = list(case.steps.filter(kind="step").values_list("source", "target", "people", "by"))
    refused_by = {
        person
        for _source, target, people, by in steps
        if target == "NOT_ACCEPTED"
        for person in (*people, by)
    }
    return rules.Standing(
        state=case.state,
        entered_at=case.entered_at,
        evidence=tuple(
            rules.Entry(kind, by, at, valid_until)
            for kind, by, at, valid_until in case.evidence.order_by("at", "pk").values_list(
                "kind", "by", "at", "valid_until"
            )
        ),
        owed_open=frozenset(case.owed.filter(done_at=None).values_list("kind", flat=True)),
        frozen=is_frozen(case),
        verified_before=any(target == rules.VERIFIED for _source, target, _people, _by in steps),
        refused_by=frozenset(refused_by),
        unit_unsaid_at=max(
            filter(None, (case.unit_relieved_at, case.unit_not_ready_at)), default=None
        ),
    )


def signals_of(case: Case) -> list[graded.Signal]:
    """Return the graded signals of a case for the rules, oldest first."""
    rows = case.signals.order_by("at", "pk").values_list("source", "reliability", "credibility")
    return [graded.Signal(graded.Source(source), letter, digit) for source, letter, digit in rows]


def signals_for(_officer: Officer, _purpose: Purpose, *, case: Case) -> list[Signal]:
    """Return the graded signals of a case that was read for somebody, newest first."""
    return list(case.signals.order_by("-at", "-pk"))


def waiting_for_words() -> list[Case]:
    """Return the cases from which a step leads on that waits for agreed words or hours.

    By the state that everybody sees: did they stay missing under suspected force, whoever agreed
    them would know that the word was understood.
    """
    told = {hands.WORDS, hands.WINDOW}
    asking = {way.source for way in MACHINE.transitions.values() if told & set(way.before)}
    rows = Case.objects.filter(ordinary__in=asking).exclude(person_ref="")
    have = [Exists(Evidence.objects.filter(case=OuterRef("pk"), kind=kind)) for kind in told]
    return list(rows.exclude(*have).order_by("pk"))


def proposals_of(case: Case) -> QuerySet[Proposal]:
    """Return what waits for people's yes on a case."""
    return case.proposals.filter(taken_at=None, void_at=None).order_by("made_at")


def proposals_put_up(*, before: datetime) -> QuerySet[Proposal]:
    """Return what was put up before then and still waits for its yeses, the oldest first."""
    rows = Proposal.objects.filter(taken_at=None, void_at=None, made_at__lte=before)
    return rows.select_related("case").order_by("made_at", "pk")


def proposal_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> Proposal:
    """Return one proposal with its case, to somebody let into the case.

    Args:
        lock: lock it, and its case before it: so does a stop, and two who take two locks in two
            orders wait for each other for ever.

    Raises:
        Absent: there is none that still waits, or it is not for him.
    """
    rows = Proposal.objects.all()
    if lock:
        list(Case.objects.select_for_update().filter(proposals__ref=ref).values("pk"))
        rows = Proposal.objects.select_for_update(of=("self",))
    found = rows.select_related("case").filter(ref=ref, taken_at=None, void_at=None).first()
    if found is None or not may_see(officer, found.case):
        raise Absent
    return found


def yeses_of(proposal: Proposal) -> tuple[Given, ...]:
    """Return the living yeses to a proposal."""
    return access.approvals_of(proposal.ref, bytes(proposal.digest), verb=f"cases.{proposal.verb}")


def owed_for(officer: Officer, _purpose: Purpose, *, now: datetime) -> list[Owed]:
    """Return what is owed in the cases of `officer`, overdue first, then by its date."""
    mine = access.compartments_of(officer, now=now)
    rows = Owed.objects.filter(done_at=None, case__compartment__in=mine)
    if not officer.duties & KNOW_OF_FORCE:
        rows = rows.filter(veiled=False)
    return list(rows.select_related("case").order_by("due_at", "pk"))


def due(*, now: datetime) -> list[Owed]:
    """Return everything overdue that nobody was called about yet, of no case that rests. For the clocks."""
    rows = Owed.objects.filter(done_at=None, called_at=None, due_at__lte=now, case__in=awake())
    return list(rows.select_related("case").order_by("due_at")[:50])


def steps_of(case: Case, *, duties: Iterable[str]) -> Sequence[Step]:
    """Return the steps of a case, newest first, as somebody with `duties` may see them."""
    steps = list(case.steps.order_by("-seq"))
    if KNOW_OF_FORCE & frozenset(duties):
        return steps
    return [s for s in steps if s.target not in rules.VEILED and s.source not in rules.VEILED]


def in_our_hands(_worker: WorkerId) -> QuerySet[Case]:
    """Return every case whose card and bureau clocks have begun, or ended before by death; none that was erased."""
    begun = Q(custody_since__isnull=False) | Q(state__in=("DECEASED", "SETTLED"))
    return Case.objects.filter(begun).exclude(state=MACHINE.end)


def childrens() -> list[Case]:
    """Return the cases of children that are not open to whoever was let in; see `lane.readers`."""
    theirs = sorted(lane.KEPT_IN | lane.ON_THE_WAY)
    his = Q(state=lane.CHILD) | Q(child=True, state__in=theirs)
    return list(Case.objects.filter(his).exclude(compartment="").order_by("pk"))


def readers_of(case: Case) -> frozenset[Duty] | None:
    """Return who may read a case because he may be a child, None for whoever was let in."""
    area = case.owed.filter(kind="no_fire_kept", done_at=None).exists()
    return lane.readers(case.state, child=case.child, area=area)


def seen_from_outside(officer: Officer, *, states: Collection[str]) -> QuerySet[Case]:
    """Return the cases in `states` to who visits or hears the people held and is let into none of them.

    Whether one stands in a veiled state is not told: such a case is in nobody's hands.
    """
    if not officer.duties & {Duty.DEL, Duty.OMB}:
        return Case.objects.none()
    return Case.objects.filter(custody_since__isnull=False, state__in=sorted(states))


def erased(_worker: WorkerId) -> QuerySet[Case]:
    """Return the cases that were erased; what other rooms keep of them goes too."""
    return Case.objects.filter(state=MACHINE.end)


def compartments() -> set[str]:
    """Return the compartments of all cases, to know after a restore who is missing."""
    return set(Case.objects.exclude(compartment="").values_list("compartment", flat=True))


def living_compartments() -> set[str]:
    """Return the compartments of the cases that were not erased."""
    rows = Case.objects.exclude(compartment="").exclude(state=MACHINE.end)
    return set(rows.values_list("compartment", flat=True))


def stands_burned(told: Mapping[str, str]) -> bool:
    """Return whether what the register tells of a place or sign stands here.

    Args:
        told: one value of the register: of kind "place" or "sign", which is never used again, or
            of kind "burned", which has burned.
    """
    rows: QuerySet[BurnedPlace] | QuerySet[BurnedSign]
    if "ref" in told:
        rows = BurnedPlace.objects.filter(ref=told["ref"])
    else:
        rows = BurnedSign.objects.filter(mark=bytes.fromhex(told["mark"]))
    only_told = {"cell", "what"} & told.keys()
    return (rows if only_told else rows.exclude(burned_at=None)).exists()


def burned_places() -> int:
    """Return how many places have burned; it grows whenever one does. For clocks that look then."""
    return BurnedPlace.objects.exclude(burned_at=None).count()


def resting() -> QuerySet[Merge]:
    """Return the merges that stand: their earlier cases rest."""
    return Merge.objects.filter(ended_at=None)


def awake() -> QuerySet[Case]:
    """Return the cases that do not rest. For the clocks and for totals."""
    return Case.objects.exclude(pk__in=resting().values("earlier"))


def merge_of(case: Case) -> Merge | None:
    """Return the merge that a case is part of, from either side."""
    both = Q(walk_in=case) | Q(earlier=case)
    return resting().filter(both).select_related("walk_in", "earlier").first()


def rest_of(case: Case) -> Merge | None:
    """Return the merge for which a case rests, None while it does not.

    Its `walk_in` is None when that one was erased: then the case rests for good.
    """
    return resting().filter(earlier=case).select_related("walk_in").first()


def rests_for_good(case: Case) -> bool:
    """Return whether a case rests for a walk-in that was erased."""
    return resting().filter(earlier=case, walk_in=None).exists()


def person_of(case: Case) -> str:
    """Return the person a case is about: a merged walk-in's is the earlier case's. "" for none."""
    merge = merge_of(case)
    return merge.earlier.person_ref if merge is not None else case.person_ref


def promised_as(case: Case) -> list[str]:
    """Return under which refs promises to the man of a case stand: his person's, and of a walk-in its own."""
    return sorted({person_of(case), case.person_ref or case.ref} - {""})
