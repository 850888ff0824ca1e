"""Leading him to the other place, by one word: one asks, a commander and the receiving lead say yes."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.cases import actions as cases
from safeconduct.passage import changing, dangers, queries, rules
from safeconduct.passage.actions.drafting import put_subject
from safeconduct.passage.actions.standing import case_state, only_for, still_free, told
from safeconduct.passage.actions.telling import ON_DUTY, say
from safeconduct.passage.changing import SWITCH, SWITCHERS
from safeconduct.passage.models import Plan
from safeconduct.passage.plan import Content, word_text
from safeconduct.post.rules import Kind
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, insist

TITLE = _("A passage's turn to the other place")


@transaction.atomic
def ask_switch(officer: Officer, *, ref: str, leg: int, now: datetime) -> Plan:
    """Ask two others to lead him to the other place, from where he waits on one leg.

    Asking anew, or for another leg, voids what was said to the earlier one.

    Raises:
        Refused: not on duty for it, he is not on the way, was turned already, has no word for it, or
            no way from this leg was approved.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *ON_DUTY)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    state = case_state(officer, plan.passage)
    content = queries.content_of(queries.keys_of(officer, Purpose.WRITE, plan.passage), plan)
    insist(_may_turn(plan, content, state, leg))
    plan.switch_leg, plan.switch_asked_at = leg, now
    plan.save(update_fields=["switch_leg", "switch_asked_at"])
    put_subject(plan, SWITCH, duties=SWITCHERS, title=TITLE, now=now)
    told(plan.passage, officer.ref, "passage.switch asked", now=now, digest=bytes(plan.digest))
    return plan


@transaction.atomic
def give_switch(
    officer: Officer, *, ref: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> Plan:
    """Give one of the two yeses; the second one sends him the word, and where he waits.

    From then on the escort follows the new way. The no-fire area was drawn round it from the start.

    Raises:
        Refused: by the rules, the keeper, the database; the plan's approval has run out; or since it was made
            the other place has burned, or the way there was mined or exposed.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *({duty} & set(SWITCHERS)))
    plan = queries.plan_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    state = case_state(officer, plan.passage)
    cases.insist_not_frozen(officer, ref=plan.passage.case_ref)
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    content = queries.content_of(keys, plan)
    leg, asked = plan.switch_leg, plan.switch_asked_at
    if leg is None or asked is None:
        insist(
            Refusal(
                "passage.not_asked", "Nobody has asked for the other place.", "Ask for it first."
            )
        )
        return plan
    insist(_may_turn(plan, content, state, leg))
    insist(changing.asked_too_long_ago(asked, now=now, limit=profile.limit("read_back")))
    insist(rules.not_lapsed(plan.approved_at, now=now, limit=profile.limit("plan_approval")))
    insist(dangers.may_turn(keys, plan, leg=leg, profile=profile))
    insist(_is_free(officer, plan, content, leg, profile=profile))
    given = access.approve(officer, queries.act_for(plan, SWITCH, duty), proof, now=now)
    told(plan.passage, officer.ref, "passage.switch", now=now, digest=bytes(plan.digest))
    if changing.turns(given):
        _turn(officer, plan, content, leg, profile=profile, now=now)
    return plan


def _may_turn(plan: Plan, content: Content, case_state: str, leg: int) -> Refusal | None:
    return changing.may_turn(
        content,
        case_state=case_state,
        gone=plan.gone_at is not None and plan.ended_at is None,
        turned=bool(plan.switched_to),
        letter=plan.letter,
        leg=leg,
    )


def _is_free(
    officer: Officer, plan: Plan, content: Content, leg: int, *, profile: Profile
) -> Refusal | None:
    """Refuse a place, or a point to wait at on the way to it, that has burned since he was told."""
    place = content["places"][changing.other_than(plan.letter)]
    hold = changing.of_leg(content["ways"][plan.letter]["holds"], leg)
    return still_free(officer, plan, place, hold, profile=profile)


def _turn(
    officer: Officer, plan: Plan, content: Content, leg: int, *, profile: Profile, now: datetime
) -> None:
    plan.switched_to, plan.switched_at = changing.other_than(plan.letter), now
    plan.told = 0
    plan.save(update_fields=["switched_to", "switched_at", "told"])
    access.close_subject(plan.ref, verb=SWITCH, now=now)
    dangers.price_anew(plan)
    word = word_text(content, changing.TO_OTHER)
    said = set(plan.said.values_list("part", flat=True))
    hold = changing.of_leg(content["ways"][plan.letter]["holds"], leg)
    waits = [text for text in hold["texts"] if text["part"] not in said]
    # hours later nobody knows any more from where he would turn
    life = profile.limit("read_back")
    say(
        officer, plan, content, [word, *waits],
        kind=Kind.INSTRUCTION, profile=profile, life=life, now=now,
    )  # fmt: skip
    told(plan.passage, officer.ref, "passage.switched", now=now, digest=bytes(plan.digest))
