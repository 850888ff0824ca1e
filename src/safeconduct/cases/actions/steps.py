"""Opening a case and taking it from state to state. Two and three people say yes with a passkey."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_noop as _

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access import queries as people
from safeconduct.access.rules import (
    Act,
    Duty,
    Given,
    Officer,
    Proof,
    Purpose,
    WorkerId,
    ask,
    digest_of,
)
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.sending import free_sending, hold_sending
from safeconduct.cases.actions.taking import audience, journal, owe, take
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case, Proposal, Step
from safeconduct.notices import actions as notices
from safeconduct.post import queries as post
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist, said

# Said yes to on a page of their own, over the digest of the whole plan or paper, never over a word.
ELSEWHERE = frozenset({("READY", "PLANNED"), ("AGREED", "MOVING"), ("SECURED", "RECEIVED")})
TITLE = _("The next step of a case")


@transaction.atomic
def open_case(
    who: Officer | WorkerId,
    *,
    person_ref: str,
    compartment: str,
    now: datetime,
    conversation_ref: str = "",
    state: str = MACHINE.start,
) -> str:
    """Open the case of a person and return its ref; if he has an open one, return that.

    Args:
        person_ref: `post`'s opaque ref, "" for a walk-in whom no channel knows.
        state: ENQUIRY, or WALK_IN for one who came without a known case.
        compartment: the person's, opened at `post`'s admission; "" only for a walk-in registered
            while the keeper is away.
    """
    if person_ref and (there := queries.of_person(person_ref)):
        return there
    walked_in = state == "WALK_IN"
    if isinstance(who, Officer):
        among = queries.RECEIVERS if walked_in else frozenset({Duty.OP, Duty.SUP})
        insist(_may_open(who, among))
    held = bool(person_ref) and post.is_silent(person_ref)  # what he wrote before froze it already
    case = Case.objects.create(
        frozen=held,
        person_ref=person_ref,
        conversation_ref=conversation_ref,
        compartment=compartment,
        state=state,
        ordinary=state,
        entered_at=now,
        opened_at=now,
        opened_by=who.ref,
    )
    Step.objects.create(
        case=case, seq=1, kind="opened", target=state, pair=f">{state}", at=now, by=who.ref
    )
    if held:
        hold_sending(who, case, now=now)
    if walked_in:  # what is owed to him is owed as to one who was an enquiry for a moment
        for debt in MACHINE.transitions[MACHINE.start, state].owed:
            owe(case, debt, by=who.ref, now=now)
    journal(case, who.ref, "case.opened", now=now)
    notices.emit("cases.case", case.ref, to=audience(case))
    return case.ref


def _may_open(officer: Officer, among: frozenset[Duty]) -> Refusal | None:
    if officer.duties & among:
        return None
    return Refusal(
        "case.not_your_duty", "Opening a case is not among your duties.", ask(sorted(among))
    )


@transaction.atomic
def advance(
    who: Officer | WorkerId,
    *,
    ref: str,
    to: str,
    profile: Profile,
    now: datetime,
    subject: str = "",
    digest: bytes = b"",
    why: str = "",
) -> Case:
    """Take the step to `to`, if the rules allow it now.

    Args:
        subject: for a step of two or three people, the ref of what they said yes to; the yeses to
            exactly `digest` are counted here, at use, never carried over.
        why: free text, sealed in the case's compartment.

    Raises:
        Refused: with what is missing and who brings it.
        Absent: there is no such case, or `who` is not let into it.
    """
    case = queries.case_for(who, Purpose.WRITE, ref=ref, lock=True)
    given = people.approvals_of(subject, digest) if subject else ()
    judge = partial(rules.verdict, MACHINE, to=to, who=who, given=given)
    insist_as_seen(case, who, lambda seen: judge(seen, now=now, limits_s=profile.limits_s))
    step = take(
        case,
        to=to,
        by=who.ref,
        now=now,
        people=[each.person for each in given],
        digest=digest,
        why=_sealed(who, case, "cases.Step.why", f"{case.ref}.{case.version + 1}", why),
    )
    journal(case, who.ref, f"case.{step.target}", now=now, digest=digest)
    return case


SECOND_READING = Refusal(
    "case.second_reading",
    "This case waits for a second reading.",
    "Nothing else is needed from you now.",
)


def insist_as_seen(
    case: Case, who: Officer | WorkerId, judge: Callable[[rules.Standing], Refusal | None]
) -> None:
    """Insist on a verdict without betraying suspected force to those who may not know of it.

    They hear of what an ordinary case would lack; if it lacks nothing, it waits, as cases often do.

    Raises:
        Refused: by `judge`, or because the case waits; a stop that is in force bars all else.
    """
    insist_awake(case)
    if queries.stopped_in_spool(case.ref):
        raise Refused(
            Refusal(
                "case.stopping",
                "A stop is in force on this case and is being entered.",
                "Wait until it stands in the journal.",
            )
        )
    standing = queries.standing_of(case)
    hidden = isinstance(who, Officer) and not KNOW_OF_FORCE & who.duties
    if hidden and case.state in rules.VEILED:
        raise Refused(SECOND_READING)
    refused = judge(standing)
    if refused is not None and hidden and standing.frozen:
        insist(judge(replace(standing, frozen=False)))
        raise Refused(SECOND_READING)
    insist(refused)


def insist_not_frozen(who: Officer, *, ref: str) -> None:
    """Insist that nobody doubts who he is, or whether he is free.

    Raises:
        Refused: the case waits for a second reading; why is for two duties to know.
        Absent: see `queries.case_for`.
    """
    if queries.is_frozen(queries.case_for(who, Purpose.WRITE, ref=ref)):
        raise Refused(SECOND_READING)


def insist_awake(case: Case) -> None:
    """Insist that a case does not rest; only a stop is taken on one that does.

    Raises:
        Refused: it is merged with a walk-in, which goes on for it or has ended erased.
    """
    rest = queries.rest_of(case)
    if rest is None:
        return
    if rest.walk_in is None:
        raise Refused(
            Refusal(
                "case.rests_for_good",
                "This case rests for good: he came another way, and that way has ended.",
                "It waits to be erased (DPO). Two people undo the merging if he is another man.",
            )
        )
    raise Refused(
        Refusal(
            "case.rests",
            said(
                "This case rests: he is here, and the walk-in {ref} goes on for him.",
                ref=rest.walk_in.ref,
            ),
            "If they are two men after all, undo the merging on the walk-in's page.",
        )
    )


def _sealed(who: Officer | WorkerId, case: Case, field: str, ref: str, text: str) -> bytes | None:
    if not text.strip() or not case.compartment:
        return None
    ring = keyring.open_fields(who, Purpose.WRITE, [case.compartment], ["body"])
    return ring.seal(text.strip(), field=field, compartment=case.compartment, ref=ref)


def content_of(case: Case, *, verb: str, to: str) -> dict[str, object]:
    """Return what exactly people say yes to; any later step of the case makes it another."""
    return {
        "case": case.ref,
        "verb": verb,
        "from": case.state,
        "to": to,
        "version": case.version,
        "evidence": sorted(case.evidence.values_list("ref", flat=True)),
    }


@transaction.atomic
def propose(
    officer: Officer, *, ref: str, to: str, profile: Profile, now: datetime, why: str = ""
) -> str:
    """Put a step up that takes two people; return the proposal's ref.

    Who puts it up writes nothing of it, so he may say yes too. Plans, GO and the handover are not
    put up here: they are said yes to as a whole, on their own pages.

    Raises:
        Refused: one person is enough, evidence is missing, or it belongs to another page.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist_awake(case)
    way = MACHINE.transitions.get((case.state, to))
    if way is None or way.approvals == 1 or (case.state, to) in ELSEWHERE:
        raise Refused(
            Refusal(
                "case.not_put_up_here",
                "This step is not put up for approval on this page.",
                "Take it directly, or on the page of the passage or the reception.",
            )
        )
    insist(
        rules.missing(MACHINE, queries.standing_of(case), to, now=now, limits_s=profile.limits_s)
    )
    return put_up(officer, case, verb="step", to=to, duties=way.staff, why=why, now=now)


def put_up(
    officer: Officer,
    case: Case,
    *,
    verb: str,
    to: str,
    duties: tuple[str, ...],
    now: datetime,
    why: str = "",
    digest: bytes = b"",
) -> str:
    """Write a proposal and the subject that people say yes to."""
    standing = case.proposals.filter(verb=verb, to=to, taken_at=None, void_at=None).first()
    if standing is not None:
        return standing.ref
    ref = new_ref()
    digest = digest or digest_of(content_of(case, verb=verb, to=to))
    Proposal.objects.create(
        ref=ref,
        case=case,
        verb=verb,
        to=to,
        version=case.version,
        digest=digest,
        author=officer.ref,
        made_at=now,
        why=_sealed(officer, case, "cases.Proposal.why", ref, why),
    )
    access.put_subject(
        ref,
        verb=f"cases.{verb}",
        digest=digest,
        author=None,
        now=now,
        title=TITLE,
        url=f"/cases/{case.ref}/",
        duties=[Duty(duty) for duty in duties],
        compartment=case.compartment,
    )
    journal(case, officer.ref, f"case.{verb} proposed", now=now, digest=digest)
    notices.emit("cases.case", case.ref, to=audience(case))
    return ref


def act_of(proposal: Proposal, duty: Duty) -> Act:
    """Return what somebody says yes to under `duty`."""
    return Act(f"cases.{proposal.verb}", proposal.ref, bytes(proposal.digest), duty)


@transaction.atomic
def approve(
    officer: Officer,
    *,
    proposal: str,
    duty: Duty,
    proof: Proof,
    profile: Profile,
    now: datetime,
) -> str:
    """Say yes to a proposal; the last yes that is needed takes the step. Returns the case's ref."""
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal, lock=True)
    case = queries.case_for(officer, Purpose.WRITE, ref=found.case.ref, lock=True)
    given = access.approve(officer, act_of(found, duty), proof, now=now)
    if found.verb == "step":
        _take_if_enough(officer, case, found, given, profile=profile, now=now)
    notices.emit("cases.case", case.ref, to=audience(case))
    return case.ref


def _take_if_enough(
    officer: Officer,
    case: Case,
    proposal: Proposal,
    given: tuple[Given, ...],
    *,
    profile: Profile,
    now: datetime,
) -> None:
    insist_awake(case)
    refused = rules.verdict(
        MACHINE,
        queries.standing_of(case),
        proposal.to,
        who=officer,
        given=given,
        now=now,
        limits_s=profile.limits_s,
    )
    if refused is not None and refused.code == "case.approvals":
        return
    insist(refused)
    mark_taken(proposal, now=now)
    digest = bytes(proposal.digest)
    said_yes = [each.person for each in given]
    take(case, to=proposal.to, by=officer.ref, now=now, people=said_yes, digest=digest)
    journal(case, officer.ref, f"case.{case.state}", now=now, digest=digest)
    if case.frozen and proposal.to in {"STANDBY", "VERIFYING"}:  # two people cleared him
        case.frozen = False
        case.save(update_fields=["frozen"])
        free_sending(officer, case, now=now)


def mark_taken(proposal: Proposal, *, now: datetime) -> None:
    """Take a proposal down because it was done."""
    proposal.taken_at = now
    proposal.save(update_fields=["taken_at"])
    access.close_subject(proposal.ref, verb=f"cases.{proposal.verb}", now=now)


@transaction.atomic
def withdraw(officer: Officer, *, proposal: str, now: datetime) -> str:
    """Take a proposal down without doing it; its yeses count no more. Returns the case's ref."""
    found = queries.proposal_for(officer, Purpose.WRITE, ref=proposal, lock=True)
    take_down(found, by=officer.ref, how="withdrawn", now=now)
    return found.case.ref


def take_down(proposal: Proposal, *, by: str, how: str, now: datetime) -> None:
    """Void a proposal in the caller's transaction; what was said yes to counts no more."""
    proposal.void_at = now
    proposal.save(update_fields=["void_at"])
    access.close_subject(proposal.ref, verb=f"cases.{proposal.verb}", now=now)
    journal(proposal.case, by, f"case.{proposal.verb} {how}", now=now)
    notices.emit("cases.case", proposal.case.ref, to=audience(proposal.case))
