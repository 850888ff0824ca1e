"""One person's yes to whatever is put up on a case."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import ageing
from safeconduct.access import queries as people
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.cases import queries
from safeconduct.cases.actions.correcting import correct
from safeconduct.cases.actions.facts import lift_fact
from safeconduct.cases.actions.merging import MERGE, UNMERGE, merge_or_part
from safeconduct.cases.actions.purging import purge
from safeconduct.cases.actions.steps import approve
from safeconduct.programme.profile import Profile
from safeconduct.refusal import insist


@transaction.atomic
def say_yes(
    officer: Officer, *, proposal: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> str:
    """Say yes to a step, a lifted fact, a correction, a merging or an erasure.

    Returns:
        The case's ref, "" when this yes has erased it.

    Raises:
        Refused: by the rules, the keeper or the database.
        Absent: nothing of that ref waits, or it is not for `officer`.
    """
    found = queries.proposal_for(officer, Purpose.APPROVE, ref=proposal)
    ref = found.case.ref
    first = people.first_yes(found.ref, verb=f"cases.{found.verb}")
    insist(ageing.in_time(first, now=now, old=profile.limit(ageing.OLD)))
    if found.verb == "lift":
        lift_fact(officer, ref=ref, fact=found.to, duty=duty, proof=proof, now=now)
    elif found.verb == "correct":
        correct(officer, proposal=proposal, duty=duty, proof=proof, now=now)
    elif found.verb in {MERGE, UNMERGE}:
        merge_or_part(officer, proposal=proposal, duty=duty, proof=proof, now=now)
    elif found.verb == "purge":
        erased = purge(officer, proposal=proposal, duty=duty, proof=proof, profile=profile, now=now)
        return "" if erased else ref
    else:
        approve(officer, proposal=proposal, duty=duty, proof=proof, profile=profile, now=now)
    return ref
