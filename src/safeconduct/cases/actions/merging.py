"""A walk-in and an earlier case are one man: two people say so, and two people undo it.

Nothing is moved. The walk-in goes on, with all that is owed in custody; the earlier case rests, its
clocks with it, and wakes as it stood when the merging is undone. A stop on either is taken as ever.
When the walk-in is erased the earlier case rests for good, until it is erased too.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.cases import merged, queries, rules
from safeconduct.cases.actions.records import record_evidence
from safeconduct.cases.actions.steps import act_of, mark_taken, put_up
from safeconduct.cases.actions.taking import audience, journal
from safeconduct.cases.models import Case, Merge
from safeconduct.conversations import actions as conversations
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused, insist

SOUGHT = "earlier_case_sought"
MERGE, UNMERGE = "merge", "unmerge"
DUTIES = tuple(sorted(merged.MERGE))


@transaction.atomic
def propose_merge(officer: Officer, *, ref: str, earlier: str, why: str, now: datetime) -> str:
    """Put up that the walk-in `ref` and the case `earlier` are one man; return the proposal's ref.

    Raises:
        Refused: by `merged.may_merge`, no reason, or one of the two is merged already.
        Absent: there is no such case, or `officer` is not let into both.
    """
    case, other = _both(officer, ref, earlier)
    shown = rules.shown_state(other.state, ordinary=other.ordinary, duties=officer.duties)
    insist(merged.may_merge(officer, person_ref=case.person_ref, state=case.state, earlier=shown))
    _insist_on_two_free(case, other)
    _insist_on_reason(why)
    return put_up(officer, case, verb=MERGE, to=other.ref, duties=DUTIES, why=why, now=now)


@transaction.atomic
def propose_unmerge(officer: Officer, *, ref: str, why: str, now: datetime) -> str:
    """Put up that the walk-in `ref` and its earlier case are two men after all.

    Once the walk-in is erased it is put up on the earlier case, which rests for good.

    Raises:
        Refused: not among his duties, no reason, or there is nothing to undo.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    merge = queries.merge_of(case)
    if merge is None or (merge.walk_in or merge.earlier).pk != case.pk:
        raise Refused(
            Refusal("case.not_merged", "There is no merging to undo here.", "Open the walk-in.")
        )
    insist(merged.may_unmerge(officer))
    _insist_on_reason(why)
    return put_up(
        officer, case, verb=UNMERGE, to=merge.earlier.ref, duties=DUTIES, why=why, now=now
    )


def _both(officer: Officer, ref: str, earlier: str) -> tuple[Case, Case]:
    # In one order, whichever is merged into which, as a seizure does: two orders wait for each other.
    list(Case.objects.filter(ref__in=(ref, earlier)).order_by("pk").select_for_update())
    case = queries.case_for(officer, Purpose.WRITE, ref=ref)
    return case, queries.case_for(officer, Purpose.WRITE, ref=earlier)


def _insist_on_reason(why: str) -> None:
    if not why.strip():
        raise Refused(
            Refusal("case.no_reason", "No reason was given.", "Write one line for the journal.")
        )


@transaction.atomic
def merge_or_part(
    officer: Officer, *, proposal: str, duty: Duty, proof: Proof, now: datetime
) -> bool:
    """Say yes to a merging or to its undoing; the second person's yes does it. True when done.

    Raises:
        Refused: by the rules, the keeper or the database.
        Absent: nothing of that ref waits, or `officer` is not let into both cases.
    """
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal)
    case, other = _both(officer, found.case.ref, found.to)
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal, lock=True)
    given = access.approve(officer, act_of(found, duty), proof, now=now)
    people = sorted({each.person for each in given})
    if len(people) < merged.MERGED_BY:
        return False
    mark_taken(found, now=now)
    do = _merge if found.verb == MERGE else _part
    do(officer, case, other, people, now)
    journal(case, officer.ref, f"case.{found.verb}d", now=now, digest=bytes(found.digest))
    for each in (case, other):
        notices.emit("cases.case", each.ref, to=audience(each))
    return True


def _insist_on_two_free(case: Case, other: Case) -> None:
    if case.pk == other.pk or queries.merge_of(case) or queries.merge_of(other):
        raise Refused(
            Refusal(
                "case.merged",
                "One of the two is merged already.",
                "Undo that merging first, if it was wrong.",
            )
        )


def _merge(officer: Officer, case: Case, other: Case, people: list[str], now: datetime) -> None:
    shown = rules.shown_state(other.state, ordinary=other.ordinary, duties=officer.duties)
    insist(merged.may_merge(officer, person_ref=case.person_ref, state=case.state, earlier=shown))
    _insist_on_two_free(case, other)  # another merging may have been put up beside this one
    Merge.objects.create(
        walk_in=case, earlier=other, since=now, people=people, approvals=len(people)
    )
    if other.person_ref:  # his telephone may be in any hands; nothing he writes tells where he is
        conversations.set_context(other.person_ref, "")
    if officer.duties & {Duty.RCP, Duty.OP, Duty.VER}:
        record_evidence(case.ref, kind=SOUGHT, by=officer, at=now)


def _part(_officer: Officer, _case: Case, other: Case, people: list[str], now: datetime) -> None:
    merge = queries.resting().get(earlier=other)
    merge.ended_at, merge.ended_by, merge.end_approvals = now, people, len(people)
    merge.save(update_fields=["ended_at", "ended_by", "end_approvals"])
    if other.person_ref:
        conversations.set_context(other.person_ref, rules.CONTEXT.get(other.ordinary, ""))
