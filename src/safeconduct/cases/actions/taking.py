"""How a step is written once it is decided: the row, what falls due, what burns, who hears of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from safeconduct.access import actions as access
from safeconduct.audit import actions as audit
from safeconduct.cases import escorted, queries, rules
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import (
    BurnedPlace,
    BurnedSign,
    Case,
    Evidence,
    Owed,
    Proposal,
    Step,
)
from safeconduct.cases.way import Debt
from safeconduct.conversations import actions as conversations
from safeconduct.notices import actions as notices
from safeconduct.post.rules import KNOW_OF_FORCE

CLOCKS = "SYS:clocks"  # who brings what the programme itself notes


def take(
    case: Case,
    *,
    to: str,
    by: str,
    now: datetime,
    people: Iterable[str] = (),
    digest: bytes = b"",
    kind: str = "step",
    why: bytes | None = None,
) -> Step:
    """Move a locked case to `to`, in the caller's transaction. Everything was judged before."""
    source, said_yes = case.state, sorted(set(people))
    step = Step.objects.create(
        case=case,
        seq=case.version + 1,
        kind=kind,
        source=source,
        target=to,
        pair=f"{source}>{to}",
        at=now,
        by=by,
        people=said_yes,
        approvals=len(said_yes) if kind == "correction" else len(said_yes) or 1,
        digest=digest,
        why=why,
    )
    _move(case, to, now=now)
    if kind == "step":
        _owe(case, source, to, by=by, now=now)
        _burn(case, source, to, now=now)
    _void_proposals(case, now=now)
    nudge(case, veiled=to in rules.VEILED)
    return step


def audience(case: Case) -> str:
    """Return who hears of what happens to a case: those let in, and for a new walk-in receivers."""
    return f"member:{case.compartment}" if case.compartment else "duty:RCP"


def nudge(case: Case, *, veiled: bool) -> None:
    """Have open pages ask anew what became of a case.

    What is veiled stirs the pages of those let in who may know of force. Nobody outside hears it:
    of a case he is not let into he would hear nothing else, and so would know what it was.
    """
    force = [f"{audience(case)}:{duty}" for duty in sorted(KNOW_OF_FORCE)]
    for to in force if veiled else [audience(case)]:
        notices.emit("cases.case", case.ref, to=to)


def journal(case: Case, who_ref: str, verb: str, *, now: datetime, digest: bytes = b"") -> None:
    """Write one line about a case into the journal; suspected force has no word of its own there."""
    what = verb.partition(".")[2].split(" ")[0]
    if what in rules.VEILED or what in rules.VEILED_KINDS or what == "frozen":
        verb = "case.second_reading"
    audit.record(who_ref, verb, ref=case.ref, now=now, digest=digest)


def _move(case: Case, to: str, *, now: datetime) -> None:
    fields = ["state", "version", "entered_at"]
    if rules.starts_custody(case.state, to) and case.custody_since is None:
        case.custody_since = now
        fields.append("custody_since")
    case.state, case.version, case.entered_at = to, case.version + 1, now
    if to not in rules.VEILED:
        case.ordinary = to
        fields.append("ordinary")
    fact = {"DURESS": "frozen", "COMPROMISED": "frozen", "CHILD": "child", "MEDICAL": "medical"}
    if to in fact:
        setattr(case, fact[to], True)
        fields.append(fact[to])
    case.save(update_fields=fields)
    if case.person_ref and queries.rest_of(case) is None:
        # After a veiled step the inbox goes on as it did; that of a case that rests stays as it lies.
        conversations.set_context(case.person_ref, rules.CONTEXT.get(case.ordinary, ""))


def _owe(case: Case, source: str, to: str, *, by: str, now: datetime) -> None:
    evidence = tuple(case.evidence.values_list("kind", "at"))
    on_record = frozenset(kind for kind, _at in evidence)
    waiting = frozenset(case.owed.filter(done_at=None).values_list("kind", flat=True))
    way = MACHINE.transitions[source, to]
    for debt in rules.still_owed(MACHINE, way, on_record):
        if debt.kind == "no_fire_kept" and escorted.area_is_over(evidence):
            continue  # one that a person has ended cannot be kept, nor ended once more
        if debt.kind not in waiting:
            owe(case, debt, by=by, now=now, veiled=to in rules.VEILED)


def owe(case: Case, debt: Debt, *, by: str, now: datetime, veiled: bool = False) -> None:
    """Write down that something is owed from now, with its date."""
    Owed.objects.create(
        case=case,
        kind=debt.kind,
        since=now,
        due_at=None if debt.within_s is None else now + timedelta(seconds=debt.within_s),
        latest_at=None if debt.latest_s is None else now + timedelta(seconds=debt.latest_s),
        step_by=by,
        veiled=veiled,
    )


def settle(case: Case, *, by: str, now: datetime) -> list[str]:
    """Close what is owed and now on record since it fell due; return the kinds."""
    closed = []
    for owed in case.owed.filter(done_at=None):
        since = None if owed.kind in rules.ONCE else owed.since
        rows = (
            case.evidence.all() if since is None else case.evidence.filter(recorded_at__gte=since)
        )
        if rules.is_done(MACHINE, owed.kind, frozenset(rows.values_list("kind", flat=True))):
            owed.done_at, owed.done_by = now, by
            owed.save(update_fields=["done_at", "done_by"])
            closed.append(owed.kind)
    return closed


def _burn(case: Case, source: str, to: str, *, now: datetime) -> None:
    if not rules.burns(MACHINE.transitions[source, to]):
        return
    burn(
        BurnedPlace.objects.filter(case_ref=case.ref),
        BurnedSign.objects.filter(case_ref=case.ref),
        now=now,
    )
    Evidence.objects.create(
        case=case,
        kind="told_burned",
        by=CLOCKS,
        at=now,
        recorded_at=now,
        veiled=to in rules.VEILED,  # to all others this case looks as it did
    )
    settle(case, by=CLOCKS, now=now)


def burn(places: QuerySet[BurnedPlace], signs: QuerySet[BurnedSign], *, now: datetime) -> None:
    """Burn what has not burned of these, in the caller's transaction. It opens nothing."""
    places, signs = places.filter(burned_at=None), signs.filter(burned_at=None)
    for ref in places.values_list("ref", flat=True):
        audit.remember("burned", {"ref": ref}, now=now)
    for mark in signs.values_list("mark", flat=True):
        audit.remember("burned", {"mark": bytes(mark).hex()}, now=now)
    places.update(burned_at=now)
    signs.update(burned_at=now)


def _void_proposals(case: Case, *, now: datetime) -> None:
    for proposal in Proposal.objects.filter(case=case, taken_at=None, void_at=None):
        if proposal.version != case.version and proposal.verb != "purge":
            proposal.void_at = now
            proposal.save(update_fields=["void_at"])
            access.close_subject(proposal.ref, verb=f"cases.{proposal.verb}", now=now)
