"""Saying yes: two approve a plan, three read it back and give GO. The planner never does."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Proof, Purpose
from safeconduct.cases import actions as cases
from safeconduct.passage import dangers, queries, rules, voice
from safeconduct.passage.actions.drafting import GO_TITLE, put_subject
from safeconduct.passage.actions.standing import case_state, end_plan, only_for, told
from safeconduct.passage.actions.telling import say_leg
from safeconduct.passage.models import Plan, ReadBack
from safeconduct.passage.plan import Content, point_of
from safeconduct.passage.rules import APPROVE, GO, State
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

# What others than the planner bring before a step, and that is noted on the passage's page.
EVIDENCE = frozenset({"weather_battery"})
FEWEST_WORDS = 3  # fewer are a nod, not a read-back


@transaction.atomic
def approve(
    officer: Officer, *, ref: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> Plan:
    """Give one of the two approvals a plan needs beside its planner; the second one opens it.

    With the second one the case is planned, if everything else is on record; else nothing counts.

    Raises:
        Refused: by the rules, the keeper, the database, or what the case still lacks.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *({duty} & set(rules.APPROVERS)))
    plan = queries.plan_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    insist(rules.may_approve(State(plan.state), planner=plan.made_by, approver=officer.ref))
    insist(dangers.may_go_on(plan))
    given = access.approve(officer, queries.act_for(plan, APPROVE, duty), proof, now=now)
    plan.state = rules.state_after(given, planner=plan.made_by)
    if plan.state == State.OPEN:
        plan.approved_at = now
        cases.advance(
            officer,
            ref=plan.passage.case_ref,
            to="PLANNED",
            profile=profile,
            now=now,
            subject=plan.ref,
            digest=bytes(plan.digest),
        )
    plan.save(update_fields=["state", "approved_at"])
    told(plan.passage, officer.ref, "passage.approved", now=now, digest=bytes(plan.digest))
    return plan


@transaction.atomic
def send_back(officer: Officer, *, ref: str, reason: str, now: datetime) -> Plan:
    """Send a plan back to the planner with a reason; a yes already given counts no more.

    Raises:
        Refused: not an approver, no reason, or the plan is open already.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *rules.APPROVERS)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if State(plan.state) not in {State.DRAFT, State.ONE_OF_TWO}:
        raise Refused(
            Refusal(
                "passage.wrong_state", "This plan is not up for approval.", "Load the page again."
            )
        )
    if not reason.strip():
        raise Refused(
            Refusal("passage.no_reason", "No reason was given.", "Write what should change.")
        )
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    plan.sent_back = keys.seal(
        reason.strip(),
        field=queries.SENT_BACK,
        compartment=plan.passage.compartment,
        ref=plan.ref,
    )
    plan.save(update_fields=["sent_back"])
    end_plan(plan, State.CLOSED, now=now)
    told(plan.passage, officer.ref, "passage.sent back", now=now, digest=bytes(plan.digest))
    return plan


@transaction.atomic
def record(officer: Officer, *, ref: str, kind: str, now: datetime) -> Plan:
    """Put on record what others bring: weather and battery.

    Drone, unit and no-fire area are no such thing: the escort records them, which knows better.

    Raises:
        Refused: no such kind here, or not his to bring.
        Absent: see `queries.plan_for`.
    """
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if kind not in EVIDENCE:
        raise Refused(
            Refusal(
                "passage.unknown_kind",
                "This is not recorded on this page.",
                "No-fire area, drone and unit are put on record on the escort's page.",
            )
        )
    cases.record_by_hand(
        plan.passage.case_ref, kind=kind, by=officer, at=now, digest=bytes(plan.digest)
    )
    told(plan.passage, officer.ref, f"passage.{kind}", now=now)
    return plan


@transaction.atomic
def read_back(
    officer: Officer,
    *,
    ref: str,
    duty: Duty,
    words: str,
    language: str,
    profile: Profile,
    now: datetime,
) -> ReadBack:
    """Write down what somebody on duty says back of the plan, in his own words.

    The receiving lead's first one is the read-back of the signs that a plan needs; each counts
    towards GO for half an hour (programme limit read_back).

    Raises:
        Refused: not his duty, a nod instead of words, another's words, or a plan that has ended.
        Absent: see `queries.plan_for`.
    """
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    only_for(officer, *({duty} & set(rules.GOERS)))
    insist(_own_words(officer, plan, words))
    row = new_ref()
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    said = ReadBack.objects.create(
        ref=row,
        plan=plan,
        person=officer.ref,
        duty=duty,
        words=keys.seal(
            words.strip(), field=queries.WORDS, compartment=plan.passage.compartment, ref=row
        ),
        language=language,
        at=now,
    )
    kinds = [f"read_back_{duty.lower()}"]
    if duty is Duty.RCV and plan.approved_at is None:
        kinds.append("signs_read_back")
    for kind in kinds:
        cases.record_evidence(
            plan.passage.case_ref, kind=kind, by=officer, at=now, digest=bytes(plan.digest)
        )
    renew_go(plan, profile=profile, now=now)
    told(plan.passage, officer.ref, "passage.read back", now=now, digest=bytes(plan.digest))
    return said


def _own_words(officer: Officer, plan: Plan, words: str) -> Refusal | None:
    if State(plan.state) not in rules.LIVING:
        return Refusal("passage.ended", "This plan has ended.", "Read back the one that lives.")
    if len(rules.folded(words).split()) < FEWEST_WORDS:
        return Refusal(
            "passage.not_own_words",
            "A read-back says signs, place and time back in one's own words.",
            "Write what the unit will look for and where.",
        )
    keys = queries.keys_of(officer, Purpose.READ, plan.passage)
    for other in plan.read_backs.exclude(person=officer.ref):
        known = keys.open(
            other.words, field=queries.WORDS, compartment=plan.passage.compartment, ref=other.ref
        )
        if rules.folded(known) == rules.folded(words):
            return Refusal(
                "passage.copied_words",
                "Somebody else has said exactly these words.",
                "Say it in your own.",
            )
    return None


def renew_go(plan: Plan, *, profile: Profile, now: datetime) -> None:
    """Begin GO anew when one was given too long ago: his yes must be as fresh as his read-back."""
    limit = profile.limit("read_back")
    if State(plan.state) is State.AGREED and plan.gone_at is None:
        if rules.stale_yes(queries.given_to(plan, GO), now=now, limit=limit):
            plan.go_round += 1
            plan.save(update_fields=["go_round"])
        put_subject(plan, GO, duties=rules.GOERS, title=GO_TITLE, now=now)


@transaction.atomic
def give_go(
    officer: Officer, *, ref: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> Plan:
    """Give one of the three GOs; the third one sets him off and sends the first text of the way.

    Raises:
        Refused: by the rules, the keeper, the database, or what the case still lacks.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, *({duty} & set(rules.GOERS)))
    plan = queries.plan_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    keys = queries.keys_of(officer, Purpose.WRITE, plan.passage)
    content, limits = queries.content_of(keys, plan), queries.limits_of(profile)
    insist(
        rules.may_give_go(
            State(plan.state),
            read_backs=queries.read_backs_of(plan),
            approved_at=plan.approved_at,
            starts_at=queries.starts_at(content),
            now=now,
            limits=limits,
        )
    )
    insist(_read_back_by(officer, plan, duty, now=now, limits=limits))
    insist(voice.misheard(queries.said_back_in(plan)))
    insist(dangers.may_go_on(plan))
    insist(_place_is_good(officer, plan, content, profile=profile))
    given = access.approve(officer, queries.act_for(plan, GO, duty), proof, now=now)
    if duty is Duty.DPC and plan.approved_at is not None:
        cases.record_evidence(
            plan.passage.case_ref,
            kind="plan_valid",
            by=officer,
            at=now,
            digest=bytes(plan.digest),
            valid_until=plan.approved_at + limits.approval,
        )
    told(plan.passage, officer.ref, "passage.go", now=now, digest=bytes(plan.digest))
    if rules.all_went(given, now=now, limit=limits.read_back):
        _set_off(officer, plan, profile=profile, now=now)
    return plan


def _read_back_by(
    officer: Officer, plan: Plan, duty: Duty, *, now: datetime, limits: rules.Limits
) -> Refusal | None:
    held = rules.fresh(queries.read_backs_of(plan), now=now, limit=limits.read_back)
    if any(each.person == officer.ref and each.duty is duty for each in held):
        return None
    return Refusal(
        "passage.not_read_back",
        "GO is given by whoever read the plan back under the same duty.",
        "Read it back first.",
    )


def _place_is_good(
    officer: Officer, plan: Plan, content: Content, *, profile: Profile
) -> Refusal | None:
    at = content["places"][plan.letter]
    if not cases.is_burned(
        officer,
        point_of([at["lat_e7"], at["lon_e7"]]),
        radius_m=float(profile.metres("burned_place")),
        told_to=plan.passage.case_ref,
    ):
        return None
    return Refusal(
        "passage.place_burned",
        "A place near where he is to be met has burned since he was told.",
        "Take the plan back and make another; nobody is led near a place that may be known.",
    )


def _set_off(officer: Officer, plan: Plan, *, profile: Profile, now: datetime) -> None:
    plan.gone_at = now
    plan.save(update_fields=["gone_at"])
    cases.advance(
        officer,
        ref=plan.passage.case_ref,
        to="MOVING",
        profile=profile,
        now=now,
        subject=plan.ref,
        digest=queries.go_digest(plan),
    )
    access.close_subject(plan.ref, verb=GO, now=now)
    say_leg(officer, plan, profile=profile, now=now)
    told(plan.passage, officer.ref, "passage.set off", now=now, digest=bytes(plan.digest))
