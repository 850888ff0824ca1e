"""How a passage follows its case: it closes by contact, and ends by everything else.

What he was told has burned in `cases` by then, in the same transaction as the case's own step. A
case under suspicion looks as before; its plan too, and nothing of it can be used.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.client import KeeperAway
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.cases.rules import VEILED
from safeconduct.passage import changing, queries, rules
from safeconduct.passage.actions.standing import end_plan, told
from safeconduct.passage.models import Counter, Passage, Plan
from safeconduct.passage.rules import State
from safeconduct.post import actions as post
from safeconduct.post.rules import Kind, WindowKind
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refused

# While the case stands here, hold and abort texts may still be needed: the window stays open.
STILL_OUT = frozenset({"AGREED", "MOVING", "SIGHTED", "CONTACT", "ABORTED", "MISSING"})
TURNED_BACK = "turn_back_text"
# Why no abort reaches him, however often it is tried: he said stop, closed the way, or his gateway is gone.
_CLOSED = frozenset({"post.stopped", "post.no_way_window", "post.struck_out"})


def follow(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Let one passage follow its case; True if one changed."""
    return any(_follow(who, ref, profile=profile, now=now) for ref in queries.open_passages())


@transaction.atomic
def _follow(who: WorkerId, ref: str, *, profile: Profile, now: datetime) -> bool:
    passage = queries.passage_for(who, Purpose.WRITE, ref=ref, lock=True)
    state = case_queries.state_of(who, Purpose.READ, ref=passage.case_ref)
    if state in VEILED:
        return False
    if _follow_counter(who, passage, state, profile=profile, now=now):
        return True
    plan = queries.living_plan(passage)
    changed = plan is not None and end_with_case(who, plan, state, profile=profile, now=now)
    if not changed and _is_over(plan, state):
        _end(who, passage, now=now)
        return True
    return changed


def _follow_counter(
    who: WorkerId, passage: Passage, state: str, *, profile: Profile, now: datetime
) -> bool:
    """Make the case ready again after his counter-proposal, in the caller's transaction; True if so.

    With that step all that he was told burns.
    """
    waiting = Counter.objects.filter(plan__passage=passage, followed_at=None).first()
    if waiting is None:
        return False
    waiting.followed_at = now
    waiting.save(update_fields=["followed_at"])
    if state in {"PLANNED", "AGREED"}:
        cases.record_evidence(passage.case_ref, kind="plan_lapsed", by=who, at=now)
        cases.advance(who, ref=passage.case_ref, to="READY", profile=profile, now=now)
    return True


@transaction.atomic
def forget(who: WorkerId, *, now: datetime) -> bool:
    """Delete the passages of one purged case: its key is gone, and no row should tell of it."""
    for passage in Passage.objects.filter(ended_at__isnull=False).order_by("pk"):
        if case_queries.state_of(who, Purpose.READ, ref=passage.case_ref) == "PURGED":
            audit.record(who.ref, "passage.forgotten", ref=passage.ref, now=now)
            passage.delete()
            return True
    return False


def end_with_case(
    who: Officer | WorkerId, plan: Plan, case_state: str, *, profile: Profile, now: datetime
) -> bool:
    """End a plan whose case has left it, in the caller's transaction; True if it ended now.

    An aborted one gets the text he agreed to; nobody else is written to. Where the door is closed to it, the
    plan ends all the same, and a commander is called.
    """
    ended = rules.ending(State(plan.state), case_state=case_state, gone=plan.gone_at is not None)
    if ended is None:
        return False
    if case_state == "ABORTED" and plan.agreed_at is not None:
        _turn_back(who, plan, profile=profile, now=now)
    end_plan(plan, ended, now=now)
    told(plan.passage, who.ref, f"passage.{ended.lower()}", now=now, digest=bytes(plan.digest))
    return True


def _turn_back(who: Officer | WorkerId, plan: Plan, *, profile: Profile, now: datetime) -> None:
    text = agreed_word(who, plan, changing.ABORT) or profile.text("abort", plan.language)
    try:
        with transaction.atomic():
            post.send(
                who,
                person_ref=plan.passage.person_ref,
                text=text,
                kind=Kind.ABORT,
                language=plan.language,
                reply_after_stop=profile.limit("reply_after_stop"),
                now=now,
            )
    except Refused as no:
        if no.refusal.code not in _CLOSED:
            raise  # the keeper is away: the clocks try again
        access.page(Duty.DPC, "passage.not_told", now=now)
        return
    if isinstance(who, WorkerId) or who.duties & {Duty.OP, Duty.DPC}:
        cases.record_evidence(plan.passage.case_ref, kind=TURNED_BACK, by=who, at=now)


def agreed_word(who: Officer | WorkerId, plan: Plan, meaning: str) -> str:
    """Return the one word agreed for a stop; "" for none, or where the plan does not open.

    Then the plain text leaves: he agreed to both, and no stop waits for the keeper.
    """
    try:
        content = queries.content_of(queries.keys_of(who, Purpose.WRITE, plan.passage), plan)
    except (KeeperAway, Refused):
        return ""
    return str(content["words"].get(meaning, ""))


def _is_over(plan: Plan | None, case_state: str) -> bool:
    return plan is None and case_state not in STILL_OUT | {"READY", "PLANNED"}


def _end(who: WorkerId, passage: Passage, *, now: datetime) -> None:
    passage.ended_at = now
    passage.save(update_fields=["ended_at"])
    post.close_window(who, person_ref=passage.person_ref, kind=WindowKind.WAY, now=now)
    told(passage, who.ref, "passage.ended", now=now)
