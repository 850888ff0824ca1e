"""The only way to read a passage: who asks and for what comes first, members alone are answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Act, Duty, Given, Officer, Purpose, WorkerId, digest_of
from safeconduct.cases import queries as cases
from safeconduct.passage import changing, rules
from safeconduct.passage.changing import Course
from safeconduct.passage.disclosing import Stage
from safeconduct.passage.models import Counter, Passage, Plan, ReadBack, Repricing
from safeconduct.passage.outlook import Request, request_of
from safeconduct.passage.plan import HOLD_RADIUS_M, HOLD_S, Content, point_of, ways_in
from safeconduct.passage.rules import Fact, RouteUnderEscort, State
from safeconduct.passage.verdicts import CALLS, Verdict
from safeconduct.passage.voice import SaidBack
from safeconduct.programme.profile import Profile
from safeconduct.watch.known import Checkpoint, Hold

REQUEST, CONTENT = "passage.Passage.request", "passage.Plan.content"
WORDS = "passage.ReadBack.words"
COUNTER = "passage.Counter.words"
SENT_BACK = "passage.Plan.sent_back"


def passage_for(
    who: Officer | WorkerId, purpose: Purpose, *, ref: str, lock: bool = False
) -> Passage:
    """Return one passage to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `who`; the two look the same.
    """
    rows = Passage.objects.select_for_update() if lock else Passage.objects.all()
    return _for(who, purpose, rows.filter(ref=ref).first())


def _for(who: Officer | WorkerId, purpose: Purpose, found: Passage | None) -> Passage:
    if found is None:
        raise Absent
    if isinstance(who, WorkerId):
        if purpose not in {who.purpose, Purpose.READ, Purpose.WRITE}:
            raise Absent
    elif not access.member(who, found.compartment):
        raise Absent
    return found


def plan_for(who: Officer | WorkerId, purpose: Purpose, *, ref: str, lock: bool = False) -> Plan:
    """Return one plan to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `who`.
    """
    rows = Plan.objects.select_for_update(of=("self",)) if lock else Plan.objects.all()
    plan = rows.select_related("passage").filter(ref=ref).first()
    _for(who, purpose, plan.passage if plan else None)
    if plan is None:
        raise Absent
    return plan


def living_plan(passage: Passage, *, lock: bool = False) -> Plan | None:
    """Return the plan that lives, or None."""
    rows = passage.plans.filter(state__in=sorted(rules.LIVING)).select_related("passage")
    return (rows.select_for_update(of=("self",)) if lock else rows).first()


def passages_for(officer: Officer, _purpose: Purpose) -> QuerySet[Passage]:
    """Return the passages of the cases `officer` is let into, newest first."""
    mine = access.compartments_of(officer)
    return Passage.objects.filter(compartment__in=mine).order_by("-opened_at", "-pk")


def of_case(case_ref: str) -> str:
    """Return the ref of a case's open passage, "" for none. For rooms, not for screens."""
    found = Passage.objects.filter(case_ref=case_ref, ended_at=None)
    return found.values_list("ref", flat=True).first() or ""


def open_passages() -> list[str]:
    """Return the refs of passages that have not ended, oldest first. For workers."""
    rows = Passage.objects.filter(ended_at=None).order_by("opened_at", "pk")
    return list(rows.values_list("ref", flat=True))


# ---- opening ----


def keys_of(who: Officer | WorkerId, purpose: Purpose, passage: Passage) -> Keyring:
    """Return the keys of a passage's fields in one call; a worker has but its own purpose."""
    if isinstance(who, WorkerId):
        kinds = ["pos"] if who.purpose is Purpose.ESCORT else ["body", "pos"]
        return keyring.open_fields(who, who.purpose, [passage.compartment], kinds)
    return keyring.open_fields(who, purpose, [passage.compartment], ["body", "pos"])


def content_of(keys: Keyring, plan: Plan) -> Content:
    """Return what two people approve, opened."""
    text = keys.open(
        plan.content,
        field=CONTENT,
        kind="pos",
        compartment=plan.passage.compartment,
        ref=plan.ref,
    )
    content: Content = json.loads(text)
    return content


def request_in(keys: Keyring, passage: Passage) -> Request:
    """Return what the planner starts from, opened."""
    text = keys.open(
        passage.request, field=REQUEST, kind="pos", compartment=passage.compartment, ref=passage.ref
    )
    return request_of(json.loads(text))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A read-back as the page shows it."""

    ref: str
    person: str
    duty: Duty
    words: str
    language: str
    at: datetime
    fresh: bool
    void: bool


def read_backs_in(keys: Keyring, plan: Plan, *, now: datetime, limit: timedelta) -> list[Spoken]:
    """Return the read-backs of a plan, opened, newest first."""
    return [
        Spoken(
            row.ref,
            row.person,
            Duty(row.duty),
            keys.open(row.words, field=WORDS, compartment=plan.passage.compartment, ref=row.ref),
            row.language,
            row.at,
            row.void_at is None and now - row.at <= limit,
            row.void_at is not None,
        )
        for row in plan.read_backs.order_by("-at", "-pk")
    ]


@dataclass(frozen=True, slots=True)
class Countered:
    """What he proposed instead, as the planner's page shows it; `spoken` by voice."""

    ref: str
    words: str
    spoken: bool
    at: datetime


def counters_in(keys: Keyring, passage: Passage) -> list[Countered]:
    """Return what he proposed instead of plans of this passage, opened, newest first."""
    return [
        Countered(
            row.ref,
            keys.open(row.words, field=COUNTER, compartment=passage.compartment, ref=row.ref),
            not row.message,
            row.at,
        )
        for row in Counter.objects.filter(plan__passage=passage).order_by("-at", "-pk")
    ]


def was_countered(passage: Passage) -> bool:
    """Return whether he proposed something else to a plan of this passage."""
    return Counter.objects.filter(plan__passage=passage).exists()


def said_back_in(plan: Plan) -> list[SaidBack]:
    """Return what he said back of how he is led now, oldest first: after a turn the old way is none of it."""
    said = plan.said_back.filter(at__gte=plan.switched_at or plan.made_at).order_by("at", "pk")
    return [SaidBack(e.part, e.rightly, e.at) for e in said]


def read_backs_of(plan: Plan) -> list[rules.ReadBack]:
    """Return the read-backs as the rules need them, without a word."""
    rows: QuerySet[ReadBack] = plan.read_backs.filter(void_at=None)
    return [rules.ReadBack(row.person, Duty(row.duty), row.at) for row in rows]


# ---- approvals ----


def go_digest(plan: Plan) -> bytes:
    """Return the digest that three people say GO to: this plan, his letter, this round."""
    return digest_of(
        {
            "go": plan.ref,
            "plan": bytes(plan.digest).hex(),
            "to": plan.letter,
            "round": plan.go_round,
        }
    )


def switch_digest(plan: Plan) -> bytes:
    """Return the digest that two people say yes to: this plan, the other place, from which leg, asked when."""
    asked = plan.switch_asked_at
    return digest_of(
        {
            "switch": plan.ref,
            "plan": bytes(plan.digest).hex(),
            "from": plan.letter,
            "leg": plan.switch_leg or 0,
            "asked": asked.isoformat() if asked else "",
        }
    )


def act_for(plan: Plan, verb: str, duty: Duty) -> Act:
    """Return what somebody says yes to under `duty`: the plan, GO, or the other place."""
    of = {rules.GO: go_digest, changing.SWITCH: switch_digest}.get(verb)
    return Act(verb, plan.ref, of(plan) if of else bytes(plan.digest), duty)


def given_to(plan: Plan, verb: str) -> tuple[Given, ...]:
    """Return the living yeses to a plan, to its GO, or to the other place."""
    act = act_for(plan, verb, Duty.DPC)
    return access.approvals_of(plan.ref, act.digest, verb=verb)


def limits_of(profile: Profile) -> rules.Limits:
    """Return the programme's limits for a passage."""
    return rules.Limits(
        approval=profile.limit("plan_approval"),
        read_back=profile.limit("read_back"),
        start_window=profile.limit("start_window"),
    )


# ---- for the escort ----


def letter_now(plan: Plan) -> str:
    """Return the letter of the place he is led to now, "" before he has chosen."""
    return plan.switched_to or plan.letter


def course_now(plan: Plan, content: Content) -> Course:
    """Return the way he is led now."""
    leg = plan.switch_leg if plan.switched_to else None
    return changing.course_of(content, letter=plan.letter, leg=leg, at=plan.switched_at)


def as_driven(plan: Plan, content: Content) -> Content:
    """Return a plan's content with the ways that may still be driven: after a turn, that one alone."""
    leg = plan.switch_leg if plan.switched_to else None
    return changing.as_driven(content, letter=plan.letter, leg=leg, at=plan.switched_at)


def stage_of(plan: Plan, content: Content) -> Stage:
    """Return how far a plan has come, for who may know what of it."""
    letter = letter_now(plan) if plan.gone_at else ""
    legs = course_now(plan, content).texts if letter else ()
    told_all = bool(legs) and legs[-1]["part"] in _said(plan)
    return Stage(approved=plan.approved_at is not None, letter=letter, told_all=told_all)


def course_mark(passage: str) -> str:
    """Return what changes whenever he is led elsewhere or told more of his way, "" before GO.

    For workers, who then ask for the route anew; it names no place.
    """
    plan = (
        Plan.objects.filter(passage__ref=passage, gone_at__isnull=False).order_by("-number").first()
    )
    return f"{letter_now(plan)} {sorted(_said(plan))}" if plan else ""


def _said(plan: Plan) -> set[str]:
    return set(plan.said.values_list("part", flat=True))


def route_under_escort(
    who: Officer | WorkerId, ref: str, *, profile: Profile, keys: Keyring | None = None
) -> RouteUnderEscort:
    """Return the agreed way of a passage that has been set off, to whoever watches over it.

    Args:
        who: the escort's worker, or an officer let into the case.
        ref: of the passage.
        keys: of places in its compartment, where `who` holds them; else the keeper is asked.

    Raises:
        Absent: not under way, or not for `who`.
    """
    purpose = who.purpose if isinstance(who, WorkerId) else Purpose.READ
    passage = passage_for(who, purpose, ref=ref)
    plan = passage.plans.filter(gone_at__isnull=False).order_by("-number").first()
    state = cases.state_of(who, Purpose.READ, ref=passage.case_ref)
    if plan is None or plan.gone_at is None or state not in rules.ON_THE_WAY:
        raise Absent
    return _route(
        passage, plan, keys or keys_of(who, purpose, passage), since=plan.gone_at, profile=profile
    )


def _route(
    passage: Passage, plan: Plan, keys: Keyring, *, since: datetime, profile: Profile
) -> RouteUnderEscort:
    content, request = content_of(keys, plan), request_in(keys, passage)
    course, told = course_now(plan, content), _said(plan)
    place, line = content["places"][course.letter], tuple(map(point_of, course.line_e7))
    return RouteUnderEscort(
        passage=passage.ref,
        plan=plan.ref,
        case=passage.case_ref,
        compartment=passage.compartment,
        letter=course.letter,
        line=line,
        corridor_m=profile.metres("off_route"),
        holds=tuple(
            Hold(
                point_of([hold["lat_e7"], hold["lon_e7"]]), HOLD_RADIUS_M, timedelta(seconds=HOLD_S)
            )
            for hold in course.holds
            if hold["texts"][0]["part"] in told  # elsewhere a stop is a stop
        ),
        checkpoints=tuple(
            Checkpoint(f"CP{n}", float(along), datetime.fromtimestamp(by, UTC))
            for n, along, by in course.checkpoints
        ),
        meeting_place=point_of([place["lat_e7"], place["lon_e7"]]),
        starts_at=datetime.fromtimestamp(content["starts_at"], UTC),
        start_window=profile.limit("start_window"),
        since=since,
        signs=(content["sign_texts"].get("en") or next(iter(content["sign_texts"].values())),),
        heads=content["heads"],
        told_all=course.texts[-1]["part"] in told,
        drone_m=request.flown_m(line),
        flown=(line, *ways_in(content), *([(request.drone,)] if request.drone else [])),
    )


def way_now(plan: str) -> tuple[bool, int]:
    """Return whether the way of a plan has become worse by reports since, and its figure (thousandths).

    For the escort, which calls whoever answers for it: no place, and no report, is told.
    """
    row = Repricing.objects.filter(plan__ref=plan).first()
    return (row is not None and Verdict(row.verdict) in CALLS, row.p_milli if row else 0)


def under_escort(who: WorkerId) -> list[str]:
    """Return the refs of passages that are under way now, for the escort's worker."""
    rows = Passage.objects.filter(ended_at=None, plans__gone_at__isnull=False).distinct()
    return [
        row.ref
        for row in rows.order_by("opened_at", "pk")
        if cases.state_of(who, Purpose.READ, ref=row.case_ref) in rules.ON_THE_WAY
    ]


def state_shown(plan: Plan | None) -> str:
    """Return the state of a passage's newest plan, DRAFT before there is one."""
    return plan.state if plan else State.DRAFT


def newest(plans: Sequence[Plan]) -> Plan | None:
    """Return the plan with the highest number, or None."""
    return max(plans, key=lambda plan: plan.number, default=None)


def starts_at(content: Content) -> datetime:
    """Return when he is to set out."""
    return datetime.fromtimestamp(content["starts_at"], UTC)


def words_of(content: Content, *, profile: Profile) -> dict[Fact, list[str]]:
    """Return by which words a text would name the plan's places, time and sign."""
    start = starts_at(content)
    clocks = {
        f"{start.astimezone(ZoneInfo(zone)):%H:%M}" for zone in (profile.zone, profile.his_zone)
    }
    return {
        Fact.PLACE: [
            *(name for place in content["places"].values() for name in place["names"].values()),
            *(village for told in content["areas"].values() for village in told),
        ],
        Fact.TIME: sorted(clocks),
        Fact.SIGN: list(content["sign_texts"].values()),
    }
