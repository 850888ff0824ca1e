"""What he is told, text by text, and what he answers. Stopping comes first and waits for nothing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from safeconduct.access import known
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.cases.actions import Stopped
from safeconduct.conversations import queries as conversations
from safeconduct.log import get_logger
from safeconduct.passage import changing, disclosing, queries, rules, voice
from safeconduct.passage.actions.following import agreed_word, end_with_case
from safeconduct.passage.actions.standing import (
    case_state,
    only_for,
    still_free,
    told,
    words_free,
)
from safeconduct.passage.models import Plan, Said
from safeconduct.passage.plan import (
    Content,
    marks_of,
    points_in,
    signs_in,
    texts_of,
)
from safeconduct.passage.rules import State
from safeconduct.passage.words import Text
from safeconduct.pledges.rules import Token
from safeconduct.post import actions as post
from safeconduct.post.rules import BESIDE, MESSAGE_LIFE, Kind, WindowKind
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, Refused, insist

logger = get_logger()
_YES = {"go": queries.go_digest, "switch": queries.switch_digest}
ON_DUTY = (Duty.OP, Duty.DPC, Duty.PIL, Duty.FCO, Duty.RCV)


def say(
    who: Officer | WorkerId,
    plan: Plan,
    content: Content,
    texts: Sequence[Text],
    *,
    kind: Kind,
    profile: Profile,
    life: timedelta = MESSAGE_LIFE,
    now: datetime,
) -> None:
    """Send texts of an approved plan, each covered by the plan and each telling one fact at most.

    A text of the way names the GO too, one of a way he was turned to the yeses to that beside: without them
    the worker that sends lets none leave. Each takes along the proof that it stands in the plan.

    Args:
        life: after which a text that could not leave does not leave any more.

    Raises:
        Refused: the plan's approvals do not live, a text comes before its turn, or the door for words refuses.
    """
    person_ref = plan.passage.person_ref
    legs = [each["part"] for each in queries.course_now(plan, content).texts] if plan.letter else []
    said = set(plan.said.values_list("part", flat=True))
    every = [(each["part"], each["text"]) for each in texts_of(content)]
    proofs = dict(zip(every, marks_of(content, person_ref=person_ref), strict=True))
    for text in texts:
        insist(
            disclosing.may_tell(
                text["part"],
                legs=legs,
                said=said,
                gone=plan.gone_at is not None,
                turned=bool(plan.switched_to),
            )
        )
        words, proof = text["text"], proofs[text["part"], text["text"]]
        tokens = [
            Token("plan", plan.ref, bytes(plan.digest), (words,), text["fact"], proof.told()),
            *(Token(each, plan.ref, _YES[each](plan), ()) for each in sorted(BESIDE[proof.needs])),
        ]
        message = post.send(
            who,
            person_ref=person_ref,
            text=words,
            kind=kind,
            language=content["language"],
            reply_after_stop=profile.limit("reply_after_stop"),
            tokens=tokens,
            life=life,
            now=now,
        )
        Said.objects.create(plan=plan, part=text["part"], message=message, at=now)
        said.add(text["part"])


def say_once(
    who: Officer,
    plan: Plan,
    content: Content,
    texts: Sequence[Text],
    *,
    profile: Profile,
    now: datetime,
) -> None:
    """Send those texts of the way that he was not told yet.

    Raises:
        Refused: see `say`.
    """
    said = set(plan.said.values_list("part", flat=True))
    new = [text for text in texts if text["part"] not in said]
    say(who, plan, content, new, kind=Kind.INSTRUCTION, profile=profile, now=now)


@transaction.atomic
def offer(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Plan:
    """Tell him both places, the time and the sign, each in a text of its own, and ask for a letter.

    What he is told is written down before it leaves, so that it can burn.

    Raises:
        Refused: not an operator, the plan is not open or has lapsed, a place of it is free no more,
            or the door for words refuses.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, Duty.OP)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    content = queries.content_of(keys, plan)
    insist(
        rules.may_offer(
            State(plan.state),
            approved_at=plan.approved_at,
            starts_at=queries.starts_at(content),
            now=now,
            limit=profile.limit("plan_approval"),
        )
    )
    insist(words_free(officer, plan.passage, content["words"]))
    _write_down(officer, plan, content, profile=profile, now=now)
    say(
        officer,
        plan,
        content,
        content["texts"],
        kind=Kind.REPLY,
        profile=profile,
        now=now,
    )
    cases.record_evidence(plan.passage.case_ref, kind="refusing_costs_nothing", by=officer, at=now)
    plan.state, plan.offered_at = State.OFFERED, now
    plan.save(update_fields=["state", "offered_at"])
    told(plan.passage, officer.ref, "passage.offered", now=now, digest=bytes(plan.digest))
    return plan


def _write_down(
    officer: Officer, plan: Plan, content: Content, *, profile: Profile, now: datetime
) -> None:
    places, holds = points_in(content)
    cases.tell(
        officer,
        ref=plan.passage.case_ref,
        places=places,
        radius_m=float(profile.metres("burned_place")),
        points=holds,
        signs=signs_in(content),
        challenge=rules.folded(content["challenge"]["answer"]),
        now=now,
    )


@transaction.atomic
def agree(
    officer: Officer,
    *,
    ref: str,
    message: str,
    accepts: bool,
    profile: Profile,
    now: datetime,
) -> Plan:
    """Record his yes: his own text, with a letter and the word agreed with him before.

    Args:
        message: ref of his text; it must have come since he was told.
        accepts: the operator has read that he takes hold and abort texts on the way.

    Raises:
        Refused: no letter, a wrong word, more than one fact in his text, or not accepted.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, Duty.OP)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    content = queries.content_of(keys, plan)
    insist(words_free(officer, plan.passage, content["words"]))
    text, word_fits = his_text(officer, plan, message)
    letter, _word = rules.answer_of(text)
    insist(
        rules.may_agree(
            State(plan.state),
            letter=letter,
            word_fits=word_fits,
            accepts=accepts,
            facts=rules.facts_in(text, queries.words_of(content, profile=profile)),
        )
    )
    digest = hashlib.sha256(text.encode()).digest()
    for kind in ("his_yes", "accepts_hold_abort"):
        cases.record_evidence(plan.passage.case_ref, kind=kind, by=officer, at=now, digest=digest)
    post.open_window(
        officer,
        person_ref=plan.passage.person_ref,
        kind=WindowKind.WAY,
        opens_at=now,
        now=now,
    )
    cases.advance(officer, ref=plan.passage.case_ref, to="AGREED", profile=profile, now=now)
    plan.state, plan.letter, plan.agreed_at = State.AGREED, letter, now
    plan.save(update_fields=["state", "letter", "agreed_at"])
    told(plan.passage, officer.ref, "passage.agreed", now=now, digest=bytes(plan.digest))
    return plan


def his_text(officer: Officer, plan: Plan, message: str) -> tuple[str, bool]:
    """Return his text and whether it bears the agreed word; only texts since the offer count."""
    case = case_queries.case_for(officer, Purpose.READ, ref=plan.passage.case_ref)
    since = plan.offered_at or plan.made_at
    found = conversations.his_texts_since(
        officer, Purpose.READ, ref=case.conversation_ref, since=since
    )
    for each in found:
        if each.ref == message:
            return each.text, each.all_clear
    raise Refused(
        Refusal(
            "passage.no_answer",
            "He has not answered since he was told.",
            "Wait for his text; silence is not consent.",
        )
    )


# ---- on the way ----


def say_leg(who: Officer | WorkerId, plan: Plan, *, profile: Profile, now: datetime) -> str:
    """Send the next text of the way and return its part; the place comes last of all.

    Raises:
        Refused: everything was told, or the door for words refuses.
    """
    purpose = who.purpose if isinstance(who, WorkerId) else Purpose.WRITE
    content = queries.content_of(queries.keys_of(who, purpose, plan.passage), plan)
    legs: Sequence[Text] = queries.course_now(plan, content).texts
    if plan.told >= len(legs):
        raise Refused(
            Refusal(
                "passage.all_told", "He has been told the whole way.", "Nothing is left to say."
            )
        )
    leg = legs[plan.told]
    say(
        who,
        plan,
        content,
        [leg],
        kind=Kind.INSTRUCTION,
        profile=profile,
        now=now,
    )
    plan.told += 1
    plan.save(update_fields=["told"])
    return leg["part"]


@transaction.atomic
def tell_next(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Plan:
    """Tell him the next leg, once he is on the way.

    Raises:
        Refused: not under way, everything was told, where he is led has burned since, or the door for words
            refuses.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *ON_DUTY)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    _under_way(plan, case_state(officer, plan.passage))
    content = queries.content_of(queries.keys_of(officer, Purpose.WRITE, plan.passage), plan)
    place = content["places"][queries.letter_now(plan)]
    insist(still_free(officer, plan, place, profile=profile))
    insist(voice.misheard(queries.said_back_in(plan)))
    say_leg(officer, plan, profile=profile, now=now)
    told(plan.passage, officer.ref, "passage.leg told", now=now, digest=bytes(plan.digest))
    return plan


def _under_way(plan: Plan, case_state: str) -> None:
    if plan.gone_at is None or case_state not in rules.ON_THE_WAY:
        raise Refused(
            Refusal(
                "passage.not_on_the_way",
                "He has not set out, or he is on the way no longer.",
                "The way is told only after GO.",
            )
        )


@transaction.atomic
def hold(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Plan:
    """Send him the hold he agreed to: the one word, or the plain text. One person, one press.

    Raises:
        Refused: he has agreed to no such text, or the door for words refuses.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *ON_DUTY)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    post.send(
        officer,
        person_ref=plan.passage.person_ref,
        text=agreed_word(officer, plan, changing.HOLD) or profile.text("hold", plan.language),
        kind=Kind.ABORT,
        language=plan.language,
        reply_after_stop=profile.limit("reply_after_stop"),
        now=now,
    )
    told(plan.passage, officer.ref, "passage.hold", now=now, digest=bytes(plan.digest))
    return plan


@transaction.atomic
def say_where(officer: Officer, *, ref: str, leg: int, profile: Profile, now: datetime) -> Plan:
    """Tell him where he waits on a leg. An act of its own: the hold before it stands without it.

    Raises:
        Refused: he is not under way, that leg has no point to wait at or it has burned since, or see `say`.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *ON_DUTY)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    _under_way(plan, case_state(officer, plan.passage))
    content = queries.content_of(queries.keys_of(officer, Purpose.WRITE, plan.passage), plan)
    here = [each for each in queries.course_now(plan, content).holds if each["leg"] == leg]
    if not here:
        raise Refused(
            Refusal(
                "passage.no_hold_point",
                "This leg has no point to wait at.",
                "HOLD has left without one: he stands where he is.",
            )
        )
    insist(still_free(officer, plan, here[0], profile=profile))
    say_once(officer, plan, content, here[0]["texts"], profile=profile, now=now)
    told(plan.passage, officer.ref, "passage.waits", now=now, digest=bytes(plan.digest))
    return plan


def abort(officer: Officer, *, ref: str, reason: str, profile: Profile, now: datetime) -> Stopped:
    """Stop the passage. One person, nothing asked first; the reason may come later or never.

    The case stops before anything else is tried, and stays stopped when all else fails; then the
    clocks send what he agreed to be sent.

    Raises:
        Refused: the case's rules do not let him stop it.
        Absent: there is no such plan.
        DatabaseError: nothing can be read, and he has not had its page open.
    """
    try:
        plan = queries.plan_for(officer, Purpose.WRITE, ref=ref)
    except DatabaseError:
        case = known.behind(officer, ref)
        if not case:
            raise
        return cases.stop(officer, ref=case, to="ABORTED", now=now, reason=reason)
    stopped = cases.stop(officer, ref=plan.passage.case_ref, to="ABORTED", now=now, reason=reason)
    try:
        with transaction.atomic(), audit.waiting_at_most(post.STOP_WAITS):
            end_with_case(officer, plan, "ABORTED", profile=profile, now=now)
    except Exception as fault:  # noqa: BLE001  the stop stands; the clocks do the rest
        logger.warning("passage.abort_half", ref=plan.ref, error=type(fault).__name__)
    return stopped
