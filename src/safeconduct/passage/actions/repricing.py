"""A report changed: every stored way of every open passage is priced anew, and whoever must know is told.

The refs of the reports that stand say what was priced; a worker killed at any line finds the rest by them.
Nothing is stopped here: approval and GO are refused on barred ways, and people are called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.keyring import DANGERS, Keyring
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.envelope import canonical
from safeconduct.log import get_logger
from safeconduct.passage import dangers, queries, reports, rules
from safeconduct.passage import repriced as pricing
from safeconduct.passage.actions.standing import told
from safeconduct.passage.models import Plan, Repricing
from safeconduct.passage.plan import Content
from safeconduct.passage.repriced import Repriced
from safeconduct.passage.verdicts import Verdict, calls
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.ways.danger import Danger, Drive, price
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Web, snap, ways_between

logger = get_logger()
WORSE_CALL = "passage.way_worse"


def begin_pricing(plan: Plan, content: Content, priced: Sequence[Danger], keys: Keyring) -> None:
    """Note what a new plan was priced with, in the caller's transaction."""
    p_milli = {letter: way["p_milli"] for letter, way in content["ways"].items()}
    near = sorted(each["ref"] for each in content["dangers"])
    first = {"near": near, "p_milli": p_milli, "fronts": {}}
    row = new_ref()
    Repricing.objects.create(
        ref=row,
        plan=plan,
        known_as=reports.known_as(each.ref for each in priced),
        p_milli=max(p_milli.values()),
        at=plan.made_at,
        content=_sealed(keys, plan, row, first),
    )


def reprice(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Price the ways of every living plan that was not priced with what stands now; True if one was.

    Raises:
        Refused: the reports do not open, or one was changed in the database.
        client.KeeperAway: it does not answer; all is tried again.
    """
    known = dangers.known_as()
    behind = dangers.behind(known)
    if not behind:
        return False
    places = {plan.passage.compartment for plan in behind}
    keys = keyring.open_fields(who, Purpose.CLOCKS, [DANGERS, *sorted(places)], ["pos"])
    standing = dangers.to_price_with(who, keys=keys)
    if reports.known_as(each.ref for each in standing) != known:
        return True  # one more came while we looked
    by = pricing.Pricing(standing, now=now)
    run = _Pass(who, keys, by, known, profile.milli("exposed"), now)
    done = [_one(run, plan) for plan in behind]
    return any(done)


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the plans: with which keys, under which reports, at which moment."""

    who: WorkerId
    keys: Keyring
    by: pricing.Pricing
    known: str
    most_p_milli: int
    now: datetime


def _one(run: _Pass, plan: Plan) -> bool:
    """Price one plan; one that does not open stands in nobody's way, and is tried again."""
    try:
        content = queries.content_of(run.keys, plan)
        priced = run.by.of(content)
        last = dangers.priced_in(run.keys, plan, plan.repricing)
        new = pricing.verdict(priced, most_p_milli=run.most_p_milli)
        if new is Verdict(plan.repricing.verdict) and list(priced.near) == last["near"]:
            _still(run, plan, priced)
        else:
            _write(run, plan, content, priced, new)
    except Refused as no:
        logger.warning("passage.not_repriced", ref=plan.ref, code=no.refusal.code)
        return False
    return True


def _still(run: _Pass, plan: Plan, priced: Repriced) -> None:
    """Note that a plan was priced, and nothing came of it: no line, no notice, most of the time."""
    rows = Repricing.objects.filter(pk=plan.repricing.pk, known_as=plan.repricing.known_as)
    rows.update(known_as=run.known, p_milli=priced.worst_milli, at=run.now)


@transaction.atomic
def _write(run: _Pass, plan: Plan, content: Content, priced: Repriced, new: Verdict) -> None:
    living = Plan.objects.filter(pk=plan.pk, state__in=sorted(rules.LIVING))
    # as all lock: plan before what hangs on it
    if not list(living.select_for_update().values_list("pk")):
        return
    row = Repricing.objects.get(plan=plan)
    last, old = dangers.priced_in(run.keys, plan, row), Verdict(row.verdict)
    row.known_as, row.verdict, row.p_milli, row.at = run.known, new, priced.worst_milli, run.now
    row.front_due = True
    told_now = {"near": list(priced.near), "p_milli": dict(priced.p_milli), "fronts": {}}
    row.content = _sealed(run.keys, plan, row.ref, told_now)
    row.save(update_fields=["known_as", "verdict", "p_milli", "at", "front_due", "content"])
    knew = [each["ref"] for each in content["dangers"]]
    if calls(new, priced.near, old=old, told_of=last["near"], knew=knew):
        access.page(Duty.PLN, WORSE_CALL, now=run.now)
    digest = bytes(plan.digest)
    told(plan.passage, run.who.ref, "passage.repriced", now=run.now, digest=digest)


def _sealed(keys: Keyring, plan: Plan, ref: str, content: Mapping[str, Any]) -> bytes:
    return keys.seal(
        canonical(dict(content)),
        field=dangers.PRICED,
        kind="pos",
        compartment=plan.passage.compartment,
        ref=ref,
    )


# ---- new fronts for those it touched ----


def search_anew(who: WorkerId, *, roads: Roads, now: datetime) -> bool:
    """Search the ways anew of every plan whose ways cost something else now, most urgent first.

    Each is written down as soon as it is found, so that the most urgent waits for none; a killed
    worker leaves the rest due.

    Raises:
        Refused: the reports do not open.
    """
    due = dangers.fronts_due()
    if not due:
        return False
    places = {plan.passage.compartment for plan in due}
    keys = keyring.open_fields(who, Purpose.CLOCKS, [DANGERS, *sorted(places)], ["pos"])
    standing = dangers.to_price_with(who, keys=keys)
    webs = _Webs(roads, standing, now)
    done = [_front(who, plan, keys, webs, now=now) for plan in due]
    return any(done)


@dataclass
class _Webs:
    """The roads under what stands now, made once for each time of driving that matters."""

    roads: Roads
    standing: Sequence[Danger]
    now: datetime
    made: dict[Drive | None, Web] = field(default_factory=dict)

    def web(self, content: Content) -> Web:
        curfews = any(each.hours for each in self.standing)
        drive = pricing.drive_of(content) if curfews else None
        if drive not in self.made:
            priced = price(self.roads, self.standing, at=self.now, drive=drive)
            self.made[drive] = Web(self.roads, priced)
        return self.made[drive]


def _front(who: WorkerId, plan: Plan, keys: Keyring, webs: _Webs, *, now: datetime) -> bool:
    try:
        content = queries.content_of(keys, plan)
        web = webs.web(content)
        fronts = {at: _choices(web, content, at) for at in content["places"]}
        known = reports.known_as(each.ref for each in webs.standing)
        _keep(who, plan, keys, fronts, known, now=now)
    except Refused as no:
        logger.warning("passage.not_searched", ref=plan.ref, code=no.refusal.code)
        return False
    return True


def _choices(web: Web, content: Content, letter: str) -> list[dict[str, Any]]:
    start_e7, place = content["start_e7"], content["places"][letter]
    start, _off_m = snap(web.roads, lat_deg=start_e7[0] / E7, lon_deg=start_e7[1] / E7)
    end, _off_m = snap(web.roads, lat_deg=place["lat_e7"] / E7, lon_deg=place["lon_e7"] / E7)
    found = ways_between(web, start, end)
    return [
        {
            "name": name,
            "time_s": round(way.time_s),
            "p_milli": -int(-way.probability * 1000 // 1),
            "mined": int(way.mined),
        }
        for name, way in found.items()
    ]


@transaction.atomic
def _keep(
    who: WorkerId, plan: Plan, keys: Keyring, fronts: dict[str, Any], known: str, *, now: datetime
) -> None:
    row = Repricing.objects.select_for_update().filter(plan=plan, known_as=known).first()
    if row is None:  # reports changed meanwhile: it is due anew
        return
    row.content = _sealed(
        keys, plan, row.ref, {**dangers.priced_in(keys, plan, row), "fronts": fronts}
    )
    row.front_due, row.front_at = False, now
    row.save(update_fields=["content", "front_due", "front_at"])
    told(plan.passage, who.ref, "passage.searched anew", now=now, digest=bytes(plan.digest))
