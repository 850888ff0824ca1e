"""Opening a passage, proposing a plan and taking one back. The planner's part."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop as _

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.envelope import canonical
from safeconduct.passage import changing, dangers, queries, rules, wayplan
from safeconduct.passage import outlook as looking
from safeconduct.passage import plan as planning
from safeconduct.passage.actions.repricing import begin_pricing
from safeconduct.passage.actions.standing import (
    case_state,
    end_plan,
    only_for,
    told,
    words_free,
)
from safeconduct.passage.choosing import never_met
from safeconduct.passage.looked import looked
from safeconduct.passage.models import Passage, Plan
from safeconduct.passage.outlook import Outlook, Request
from safeconduct.passage.plan import Content, Wish
from safeconduct.passage.rules import State
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist, said
from safeconduct.ways.clearly import TooLong, Untellable
from safeconduct.ways.danger import Danger, Drive
from safeconduct.ways.roads import Roads

MOST_TOLD = 60  # places to which a way is tried in words: a page waits for it
TITLE, GO_TITLE = _("A passage plan"), _("GO for a passage")


@transaction.atomic
def open_passage(officer: Officer, *, case_ref: str, request: Request, now: datetime) -> Passage:
    """Begin the passage of a case that is ready, or begin its planning anew; return it.

    Args:
        request: from where each side starts and how far it may drive.

    Raises:
        Refused: not a planner, or the case is not ready.
        Absent: there is no such case, or it is not for `officer`.
    """
    only_for(officer, Duty.PLN)
    case = case_queries.case_for(officer, Purpose.WRITE, ref=case_ref, lock=True)
    passage = Passage.objects.filter(case_ref=case_ref, ended_at=None).first() or Passage(
        ref=new_ref(),
        case_ref=case_ref,
        person_ref=case.person_ref,
        compartment=case.compartment,
        opened_by=officer.ref,
        opened_at=now,
    )
    if case_state(officer, passage) != "READY":
        raise Refused(
            Refusal(
                "passage.not_ready",
                "A passage is planned for a case that is ready, and this one is not.",
                "Look on the case's page what it waits for.",
            )
        )
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    passage.request = keys.seal(
        canonical(looking.plain(request)),
        field=queries.REQUEST,
        kind="pos",
        compartment=passage.compartment,
        ref=passage.ref,
    )
    passage.save()
    told(passage, officer.ref, "passage.drafted", now=now)
    return passage


def choices(
    officer: Officer, *, ref: str, roads: Roads, profile: Profile, now: datetime
) -> Outlook:
    """Return the meeting places the planner may choose from: none used, none near a burned one.

    Raises:
        Absent: see `queries.passage_for`.
    """
    passage = queries.passage_for(officer, Purpose.READ, ref=ref)
    keys = queries.keys_of(officer, Purpose.READ, passage)
    request, known = queries.request_in(keys, passage), dangers.to_price_with(officer)
    found = looked(roads, request, known, most_p_milli=profile.milli("exposed"), now=now)
    outlook, barred, seen = found.outlook, dict[int, str](), set[int]()
    radius_m = float(profile.metres("burned_place"))
    while fresh := [p for p in outlook.ranking.choices if p.junction not in seen]:
        fresh = sorted(fresh, key=lambda place: place.later_s)[: MOST_TOLD - len(seen)]
        seen |= {place.junction for place in fresh}
        burned = cases.burned_of(officer, [place.point for place in fresh], radius_m=radius_m)
        barred |= {at: "untellable" for at, fits in found.fits(fresh).items() if not fits}
        never = {p.junction: never_met(outlook, p, profile=profile, now=now) for p in fresh}
        barred = {at: why for at, why in never.items() if why} | barred  # the rest says more
        barred |= {p.junction: "burned" for p in fresh if p.point in burned}
        if len(seen) >= MOST_TOLD:
            unseen = (p.junction for p in outlook.places if p.junction not in seen)
            barred = dict.fromkeys(unseen, "not looked at") | barred
        outlook = outlook.without(barred)
    return outlook


@transaction.atomic
def propose(
    officer: Officer, *, ref: str, wish: Wish, roads: Roads, profile: Profile, now: datetime
) -> Plan:
    """Put a plan up for two others to approve; an older one that he was not told is closed.

    Raises:
        Refused: not a planner, the case is not ready, a place is burned, the way is mined, above
            the limit, or cannot be told in its texts.
        Absent: see `queries.passage_for`.
    """
    only_for(officer, Duty.PLN)
    passage = queries.passage_for(officer, Purpose.WRITE, ref=ref, lock=True)
    before = queries.living_plan(passage, lock=True)  # plan before case, as all lock
    state = case_state(officer, passage)
    outlook = choices(officer, ref=ref, roads=roads, profile=profile, now=now)
    offered = {place.junction: place for place in outlook.ranking.choices}
    insist(_known(wish, offered, now=now))
    insist(_own_said(passage, wish))
    insist(changing.may_use(wish.words))
    insist(words_free(officer, passage, wish.words))
    insist(_unspent(officer, passage, wish))
    outlook = outlook.driven(_drive(wish, outlook.request, profile=profile), now=now)
    content = _composed(officer, passage, outlook, wish, profile=profile, now=now)
    ways = content["ways"].values()
    insist(
        rules.may_propose(
            state,
            [offered[n].point for n in wish.junctions],
            mined=any(way["mined"] for way in ways),
            p_milli=max(way["p_milli"] for way in ways),
            most_p_milli=profile.milli("exposed"),
        )
    )
    if before is not None:
        end_plan(before, State.CLOSED, now=now)
    return _put_up(officer, passage, content, outlook.web.priced.dangers, now=now)


def _drive(wish: Wish, request: Request, *, profile: Profile) -> Drive:
    """Return when a way may be driven: from the earliest start to the latest arrival we allow for."""
    window = profile.limit("start_window")
    longest = timedelta(seconds=request.his_limit_s * wayplan.LATE_SHARE + wayplan.LATE_S)
    return wish.starts_at - window, wish.starts_at + window + longest


def _known(wish: Wish, offered: dict[int, Any], *, now: datetime) -> Refusal | None:
    if not set(wish.junctions) <= set(offered):
        return Refusal(
            "passage.place_gone",
            "A chosen place is not among the choices any more.",
            "Load the page again and choose from what it shows.",
        )
    if wish.starts_at <= now:
        return Refusal("passage.too_late", "This time has passed.", "Give a time that lies ahead.")
    if not wish.signs:
        return Refusal("passage.no_sign", "No sign was chosen.", "Choose what he is to show.")
    if not wish.question.strip() or not wish.answer.strip():
        return Refusal(
            "passage.no_challenge",
            "There is no challenge: a question whose answer only he knows.",
            "Write question and answer as agreed with him.",
        )
    return None


def _own_said(passage: Passage, wish: Wish) -> Refusal | None:
    """Refuse a plan that does not say which of its places he named, once he has named any."""
    if wish.own is not None or not queries.was_countered(passage):
        return None
    return Refusal(
        "passage.own_not_said",
        "He proposed something else, and this plan does not say which of its places is his.",
        "Say it: whoever approves is shown the caution that goes with a place of his own.",
    )


def _unspent(officer: Officer, passage: Passage, wish: Wish) -> Refusal | None:
    """Refuse a sign or challenge that he was told before and that has burned since."""
    spent = [("sign", key) for key in wish.signs] + [("challenge", rules.folded(wish.answer))]
    spent += [("sign", planning.word_mark(word)) for word in wish.words.values()]
    for what, value in spent:
        if cases.was_told(officer, ref=passage.case_ref, what=what, value=value):
            return Refusal(
                "passage.burned_sign",
                "A sign, a word or the challenge of this plan was told to him before and has burned.",
                "Choose others; the hunters may know these.",
            )
    return None


def _composed(
    officer: Officer,
    passage: Passage,
    outlook: Outlook,
    wish: Wish,
    *,
    profile: Profile,
    now: datetime,
) -> Content:
    radius_m = float(profile.metres("burned_place"))
    try:
        return planning.compose(
            outlook,
            wish,
            passage=passage.ref,
            case=passage.case_ref,
            number=passage.plans.count() + 1,
            profile=profile,
            now=now,
            barred=lambda points: cases.burned_of(officer, points, radius_m=radius_m),
        )
    except Untellable as no:
        if isinstance(no, TooLong):
            why = said("A way to one of these places does not fit into its texts.")
        else:
            why = said("A way to one of these places has two meanings.")
        raise Refused(
            Refusal(
                "passage.untellable",
                why,
                "Choose another place, or another start; no text is cut and no turning is guessed.",
            )
        ) from None


def _put_up(
    officer: Officer,
    passage: Passage,
    content: Content,
    priced: Sequence[Danger],
    *,
    now: datetime,
) -> Plan:
    row, content = new_ref(), {**content, "salt": secrets.token_hex(16)}
    digest = planning.digest_for(content, person_ref=passage.person_ref)
    keys = queries.keys_of(officer, Purpose.WRITE, passage)
    plan = Plan.objects.create(
        ref=row,
        passage=passage,
        number=content["number"],
        content=keys.seal(
            canonical(content),
            field=queries.CONTENT,
            kind="pos",
            compartment=passage.compartment,
            ref=row,
        ),
        digest=digest,
        language=content["language"],
        made_by=officer.ref,
        made_at=now,
    )
    begin_pricing(plan, content, priced, keys)
    put_subject(plan, rules.APPROVE, duties=rules.APPROVERS, title=TITLE, now=now)
    for kind in ("two_places", "risk_sheet"):
        cases.record_evidence(passage.case_ref, kind=kind, by=officer, at=now, digest=digest)
    told(passage, officer.ref, "passage.proposed", now=now, digest=digest)
    return plan


def put_subject(
    plan: Plan, verb: str, *, duties: Sequence[Duty], title: str, now: datetime
) -> None:
    """Put a plan, or its GO, up for yeses; the planner is its author and gives none."""
    access.put_subject(
        plan.ref,
        verb=verb,
        digest=queries.act_for(plan, verb, duties[0]).digest,
        author=plan.made_by,
        now=now,
        title=title,
        url=f"/passage/{plan.passage.ref}/",
        duties=duties,
        compartment=plan.passage.compartment,
    )


@transaction.atomic
def withdraw(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Passage:
    """Take the living plan back: he proposes something else, or it no longer fits.

    What he was told burns, and the case is ready again, for a new plan.

    Raises:
        Refused: neither planner nor commander, or no plan lives.
        Absent: see `queries.passage_for`.
    """
    only_for(officer, Duty.PLN, Duty.DPC)
    passage = queries.passage_for(officer, Purpose.WRITE, ref=ref, lock=True)
    plan = queries.living_plan(passage, lock=True)
    state = case_state(officer, passage)
    if plan is None or plan.gone_at is not None:
        raise Refused(
            Refusal(
                "passage.no_plan",
                "There is no plan that could be taken back.",
                "Once he is on the way, HOLD or ABORT.",
            )
        )
    was_told = State(plan.state) in rules.TOLD
    end_plan(plan, State.BURNED if was_told else State.CLOSED, now=now)
    if state in {"PLANNED", "AGREED"}:
        cases.record_evidence(passage.case_ref, kind="plan_lapsed", by=officer, at=now)
        cases.advance(officer, ref=passage.case_ref, to="READY", profile=profile, now=now)
    told(passage, officer.ref, "passage.withdrawn", now=now, digest=bytes(plan.digest))
    return passage
