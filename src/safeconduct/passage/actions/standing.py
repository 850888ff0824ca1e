"""Where a passage's case stands, and how a plan ends: what every verb of this room asks first."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Purpose, ask
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as burning
from safeconduct.cases import queries as cases
from safeconduct.cases.actions import SECOND_READING
from safeconduct.cases.rules import VEILED
from safeconduct.conversations import queries as conversations
from safeconduct.notices import actions as notices
from safeconduct.passage.changing import SWITCH
from safeconduct.passage.models import Passage, Plan
from safeconduct.passage.plan import point_of
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.post.rules import KNOW_OF_FORCE
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused


def case_state(who: Officer, passage: Passage) -> str:
    """Return the case's state to somebody who acts on its passage.

    Raises:
        Refused: the case waits for a second reading; why is for two duties to know.
        Absent: not let into the case.
    """
    case = cases.case_for(who, Purpose.WRITE, ref=passage.case_ref, lock=True)
    if case.state in VEILED and not who.duties & KNOW_OF_FORCE:
        raise Refused(SECOND_READING)
    return case.state


def only_for(who: Officer, *duties: Duty) -> None:
    """Insist that `who` holds one of `duties`.

    Raises:
        Refused: he does not.
    """
    if not who.duties & set(duties):
        raise Refused(
            Refusal(
                "passage.not_your_duty",
                "This is not among your duties.",
                ask(duties),
            )
        )


def words_free(who: Officer, passage: Passage, words: Mapping[str, str]) -> Refusal | None:
    """Refuse a word of a plan that is, or nearly is, one of the two agreed with him for himself.

    It never says which of the two.
    """
    if not words or not conversations.is_like_agreed(
        who, Purpose.READ, person_ref=passage.person_ref, words=words.values()
    ):
        return None
    return Refusal(
        "passage.word_taken",
        "One of these words is too like a word he has agreed with the operator for himself.",
        "Choose others; what he writes and what he is written must never be confused.",
    )


def still_free(
    officer: Officer, plan: Plan, *at: Mapping[str, Any], profile: Profile
) -> Refusal | None:
    """Refuse to lead him on to, or let him wait at, what has burned since he was told.

    Args:
        at: places of his plan, and points to wait at.
    """
    points = [point_of([each["lat_e7"], each["lon_e7"]]) for each in at]
    radius_m = float(profile.metres("burned_place"))
    if not burning.burned_of(officer, points, radius_m=radius_m, told_to=plan.passage.case_ref):
        return None
    return Refusal(
        "passage.place_burned_on_the_way",
        "A place near where he would be led has burned since he was told.",
        "HOLD or ABORT; nobody is led near a place that may be known.",
    )


def told(passage: Passage, who_ref: str, verb: str, *, now: datetime, digest: bytes = b"") -> None:
    """Write the line in the journal, and tell those let in that something changed."""
    audit.record(who_ref, verb, ref=passage.ref, now=now, digest=digest)
    notices.emit("passage.passage", passage.ref, to=f"member:{passage.compartment}")


def end_plan(plan: Plan, state: State, *, now: datetime) -> None:
    """End a plan: nobody's yes to it counts any more, and no text of it leaves."""
    plan.state, plan.ended_at = state, now
    plan.save(update_fields=["state", "ended_at"])
    for verb in (APPROVE, GO, SWITCH):
        access.close_subject(plan.ref, verb=verb, now=now)
