"""Erasing: two people, the key first of all, then the rows. What stays is in docs/decisions/0037."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from safeconduct.access import actions as access
from safeconduct.access import acts, keyring
from safeconduct.access import queries as people
from safeconduct.access.closing import VOICE
from safeconduct.access.rules import Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.steps import act_of, insist_awake, mark_taken, put_up
from safeconduct.cases.actions.taking import journal, take
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import (
    RESTORE,
    BurnedPlace,
    BurnedSign,
    Case,
    Closure,
    Merge,
)
from safeconduct.cases.roll_tables import RollLine
from safeconduct.conversations.actions import erase as conversations
from safeconduct.pledges import actions as pledges
from safeconduct.post import actions as post
from safeconduct.post import linked
from safeconduct.post import queries as handles
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, insist

_RESTORE = WorkerId(RESTORE, "")


def _refuse(case: Case, *, profile: Profile, now: datetime) -> None:
    if queries.rests_for_good(
        case
    ):  # its end came, and its terms ran, in the walk-in erased before
        return
    insist_awake(case)
    if (case.state, MACHINE.end) not in MACHINE.transitions:
        raise Refused(
            Refusal(
                "case.no_way",
                "A case is not erased from here.",
                "Its way has to end first; see what may happen next.",
            )
        )
    standing = queries.standing_of(case)
    insist(rules.missing(MACHINE, standing, MACHINE.end, now=now, limits_s=profile.limits_s))
    if standing.owed_open:
        raise Refused(
            Refusal(
                "case.owed",
                "Something is still owed to him, and nothing is erased while it is.",
                "See what is due on the page of the case.",
            )
        )


def _beside(case: Case) -> list[str]:
    """Return the other compartments of one man, whose keys go with his case's.

    One in which another case stands keeps its key: it is erased with that case.
    """
    voice = f"{VOICE}:{case.ref}"  # what he told the ombudsman
    if not case.person_ref:
        return [voice]
    his = linked.compartments_of(case.person_ref) - {case.compartment}
    others = Case.objects.filter(compartment__in=his).exclude(state=MACHINE.end)
    return sorted({voice} | his - set(others.values_list("compartment", flat=True)))


def _digest_of(case: Case) -> bytes:
    return acts.destroy_digest(case.compartment, _beside(case))


@transaction.atomic
def propose_purge(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> str:
    """Put the erasure of a case up for two people's yes; return the proposal's ref.

    Raises:
        Refused: too early, something is owed, or evidence is missing.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    _refuse(case, profile=profile, now=now)
    return put_up(
        officer,
        case,
        verb="purge",
        to=MACHINE.end,
        duties=tuple(sorted(rules.purgers(MACHINE, case.state))),
        digest=_digest_of(case),
        now=now,
    )


@transaction.atomic
def purge(
    officer: Officer, *, proposal: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> bool:
    """Say yes to an erasure; the second yes destroys the key and the rows. True when it is done.

    Raises:
        Refused: see `propose_purge`; or the keeper does not accept the yes, or it was said of
            other keys than are his now: a channel was linked or parted since.
        Absent: see `queries.proposal_for`.
    """
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal, lock=True)
    case = queries.case_for(officer, Purpose.WRITE, ref=found.case.ref, lock=True)
    _refuse(case, profile=profile, now=now)
    beside, digest = _beside(case), bytes(found.digest)
    if digest != _digest_of(case):
        raise Refused(
            Refusal(
                "case.linked_since",
                "A channel of his was linked or parted since this erasure was put up.",
                "Put the erasure up again, so that two people say yes to all of his keys.",
            )
        )
    given = access.approve(officer, act_of(found, duty), proof, now=now)
    if rules.may_purge(rules.purgers(MACHINE, case.state), given) is not None:
        return False
    yeses = people.yeses_of(found.ref, digest, verb="cases.purge")
    mark_taken(found, now=now)
    said_yes = [each.person for each in given]
    kind = "correction" if queries.rests_for_good(case) else "step"  # no way of its own leads there
    take(case, to=MACHINE.end, by=officer.ref, now=now, people=said_yes, digest=digest, kind=kind)
    journal(case, officer.ref, "case.purged", now=now, digest=digest)
    compartment = case.compartment
    for each in (*beside, compartment):
        audit.remember("erased", {"compartment": each}, now=now)
    if case.person_ref:
        erase_person(officer, case.person_ref, now=now)
    else:  # a walk-in: what he is owed stands under his case's own ref
        pledges.erase_person(officer, person_ref=case.ref, now=now)
    _erase_rows(case)
    for each in (*beside, compartment):
        access.forget_about(each)
    # Last: whatever refuses before this leaves the key, and whatever fails after it finds the key
    # gone and is given the same certificate again.
    certificate = keyring.destroy(officer, compartment=compartment, yeses=yeses, beside=beside)
    for each in (*beside, compartment):
        access.close_compartment(officer, compartment=each, now=now)
    if certificate is not None:
        told, signature = certificate.told, certificate.signature
        Closure.objects.create(case=case, told=told, signature=signature, at=now)
    return True


@transaction.atomic
def erase_again(compartment: str, *, now: datetime) -> bool:
    """Erase what an old copy brought back of a compartment whose key was destroyed since.

    Two people's yes stood behind its destruction; who they were stands in the entries that the
    restore lost, so nobody is named here. The key is gone, and nothing could be read. The case ends
    PURGED, by a correction: the copy knows it in some earlier state.

    Returns:
        Whether there was anything.
    """
    case = Case.objects.select_for_update().filter(compartment=compartment).first()
    people = set(handles.people_in(compartment)) if compartment else set[str]()
    if case is not None and case.state != MACHINE.end:
        people |= {case.person_ref} - {""}
        take(case, to=MACHINE.end, by=RESTORE, now=now, kind="correction")
        journal(case, RESTORE, "case.purged", now=now)
        if not case.person_ref:
            pledges.erase_person(_RESTORE, person_ref=case.ref, now=now)
        _erase_rows(case)
        access.close_compartment(_RESTORE, compartment=compartment, now=now)
    for person_ref in sorted(people):
        erase_person(_RESTORE, person_ref, now=now)
    access.forget_about(compartment)
    return case is not None or bool(people)


def erase_person(who: Officer | WorkerId, person_ref: str, *, now: datetime) -> None:
    """Delete what a person wrote, was written and was promised, in every room before this one."""
    for erase in (conversations.erase_person, pledges.erase_person, post.erase_person):
        erase(who, person_ref=person_ref, now=now)


def _erase_rows(case: Case) -> None:
    """Delete what stands of him; the ref, the end and the burned list stay, joined to nobody."""
    BurnedPlace.objects.filter(case_ref=case.ref).update(case_ref="")
    BurnedSign.objects.filter(case_ref=case.ref).update(case_ref="")
    case.evidence.all().delete()
    case.signals.all().delete()
    access.forget_named(case.rolls.values_list("ref", flat=True))
    RollLine.objects.filter(roll__case=case).delete()
    case.rolls.all().delete()
    case.owed.all().delete()
    case.proposals.all().delete()
    case.touched.all().delete()
    Merge.objects.filter(Q(earlier=case) | Q(walk_in=case, ended_at__isnull=False)).delete()
    Merge.objects.filter(walk_in=case).update(walk_in=None)  # nobody looks for him: he has come
    case.steps.exclude(target=MACHINE.end).delete()
    case.person_ref = case.conversation_ref = case.compartment = ""
    case.save(update_fields=["person_ref", "conversation_ref", "compartment"])
