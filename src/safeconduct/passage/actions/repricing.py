"""A report changed: every stored way of every open passage is priced anew, and whoever must know is told.

The refs of the reports that stand say what was priced; a worker killed at any line finds the rest by them.
Nothing is stopped here: approval and GO are refused on barred ways, and people are called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.client import KeeperAway
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
from safeconduct.passage.vehicles import driven_by
from safeconduct.passage.verdicts import Verdict, calls
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.ways.danger import Danger, Drive, price
from safeconduct.ways.roads import E7, Roads
from safeconduct.ways.route import Web, snap, ways_between

logger = get_logger()
WORSE_CALL, UNKNOWN_CALL = "passage.way_worse", "passage.not_priced"
# Not one plan's fault: the step ends, and all of it is tried again.
EVERYBODYS = (KeeperAway, OperationalError, InterfaceError)


def begin_pricing(plan: Plan, content: Content, priced: Sequence[Danger], keys: Keyring) -> None:
    """Note what a new plan was priced with, in the caller's transaction."""
    p_milli = {letter: way["p_milli"] for letter, way in content["ways"].items()}
    near = sorted(each["ref"] for each in content["dangers"])
    turns = {at: [each["p_milli"], 0] for at, each in pricing.turns_of(content)}  # mined ones: why
    first = {"near": near, "p_milli": p_milli, "fronts": {}, "turns": turns}
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
    behind = dangers.behind(known, now=now)
    if not behind:
        return False
    keys = _opened(who, behind)
    standing = dangers.to_price_with(who, keys=keys[DANGERS])
    if reports.known_as(each.ref for each in standing) != known:
        return True  # one more came while we looked
    by = pricing.Pricing(standing, now=now)
    run = _Pass(who, keys, by, known, profile.milli("exposed"), now)
    for plan in behind:
        _one(run, plan)
    return True


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the plans: with which keys, under which reports, at which moment."""

    who: WorkerId
    keys: "_Keys"
    by: pricing.Pricing
    known: str
    most_p_milli: int
    now: datetime


class _Keys(dict[str, Keyring]):
    """The keys of every plan's compartment, and of the reports'; asked for one by one where they must be."""

    def __init__(self, who: WorkerId) -> None:
        super().__init__()
        self.who = who

    def __missing__(self, compartment: str) -> Keyring:
        return keyring.open_fields(self.who, Purpose.CLOCKS, [compartment], ["pos"])


def _opened(who: WorkerId, plans: Sequence[Plan]) -> _Keys:
    """Return the keys for a pass, in one call; where the keeper refuses one of them, each alone.

    Raises:
        client.KeeperAway: it does not answer.
    """
    keys, places = _Keys(who), [DANGERS, *sorted({plan.passage.compartment for plan in plans})]
    try:
        whole = keyring.open_fields(who, Purpose.CLOCKS, places, ["pos"])
    except Refused as no:
        logger.warning("passage.keys_apart", code=no.refusal.code)
        return keys
    keys.update(dict.fromkeys(places, whole))
    return keys


def _one(run: _Pass, plan: Plan) -> None:
    """Price one plan; one that cannot be priced stands in nobody's way, and its people are called."""
    try:
        keys = run.keys[plan.passage.compartment]
        content = queries.content_of(keys, plan)
        priced = run.by.of(queries.as_driven(plan, content))
        last = dangers.priced_in(keys, plan, plan.repricing)
        new = pricing.verdict(priced, most_p_milli=run.most_p_milli)
        if new is Verdict(plan.repricing.verdict) and list(priced.near) == last["near"]:
            _still(run, plan, priced)
        else:
            _write(run, plan, content, priced, new)
    except EVERYBODYS:
        raise
    except Exception as fault:  # noqa: BLE001  one plan's fault keeps no other from its price
        logger.warning("passage.not_repriced", ref=plan.ref, error=_named(fault))
        unknown = {"known_as": run.known, "verdict": Verdict.UNKNOWN, "at": run.now}
        was = plan.repricing.verdict == Verdict.UNKNOWN
        _flag(run.who, plan, unknown | {"front_due": False}, again=was, now=run.now)


def _named(fault: Exception) -> str:
    return fault.refusal.code if isinstance(fault, Refused) else type(fault).__name__


@transaction.atomic
def _flag(
    who: WorkerId, plan: Plan, told_now: Mapping[str, Any], *, again: bool, now: datetime
) -> None:
    """Note on a plan what could not be worked out for it, and call its planner: once, however often."""
    living = Plan.objects.filter(pk=plan.pk, state__in=sorted(rules.LIVING))
    if not list(living.select_for_update().values_list("pk")):
        return
    Repricing.objects.filter(plan=plan).update(**told_now)
    if not again:
        access.page(Duty.PLN, UNKNOWN_CALL, now=now)
        told(plan.passage, who.ref, "passage.not priced", now=now, digest=bytes(plan.digest))


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
    row, keys = Repricing.objects.get(plan=plan), run.keys[plan.passage.compartment]
    last, old = dangers.priced_in(keys, plan, row), Verdict(row.verdict)
    row.known_as, row.verdict, row.p_milli, row.at = run.known, new, priced.worst_milli, run.now
    row.front_due, row.front_failed = True, False
    told_now = {
        "near": list(priced.near), "p_milli": dict(priced.p_milli), "fronts": {}, "turns": priced.turns,
    }  # fmt: skip
    row.content = _sealed(keys, plan, row.ref, told_now)
    row.save(
        update_fields=[
            "known_as", "verdict", "p_milli", "at", "front_due", "front_failed", "content",
        ]
    )  # fmt: skip
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
    due = dangers.fronts_due(now=now)
    if not due:
        return False
    keys = _opened(who, due)
    webs = _Webs(roads, dangers.to_price_with(who, keys=keys[DANGERS]), now)
    for plan in due:
        _front(who, plan, keys, webs, now=now)
    return True


@dataclass
class _Webs:
    """The roads under what stands now, made once for each vehicle and each time of driving that matters."""

    roads: Roads
    standing: Sequence[Danger]
    now: datetime
    made: dict[tuple[str, Drive | None], Web] = field(default_factory=dict)

    def web(self, content: Content) -> Web:
        curfews = any(each.hours for each in self.standing)
        drive = pricing.drive_of(content) if curfews else None
        mark = (content["vehicle"], drive)
        if mark not in self.made:
            roads = driven_by(self.roads, content["vehicle"])
            priced = price(roads, self.standing, at=self.now, drive=drive)
            self.made[mark] = Web(roads, priced)
        return self.made[mark]


def _front(who: WorkerId, plan: Plan, keys: _Keys, webs: _Webs, *, now: datetime) -> None:
    """Search one plan's ways; one that cannot be searched keeps no other waiting, and says so."""
    try:
        ring = keys[plan.passage.compartment]
        content = queries.as_driven(plan, queries.content_of(ring, plan))
        web = webs.web(content)
        fronts = {at: _choices(web, content, at) for at in content["places"]}
        known = reports.known_as(each.ref for each in webs.standing)
        _keep(who, plan, ring, fronts, known, now=now)
    except EVERYBODYS:
        raise
    except Exception as fault:  # noqa: BLE001  one plan's fault keeps no other from its ways
        logger.warning("passage.not_searched", ref=plan.ref, error=_named(fault))
        failed = {"front_due": False, "front_failed": True, "front_at": now}
        _flag(who, plan, failed, again=plan.repricing.front_failed, now=now)


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
    row.front_due, row.front_failed, row.front_at = False, False, now
    row.save(update_fields=["content", "front_due", "front_failed", "front_at"])
    told(plan.passage, who.ref, "passage.searched anew", now=now, digest=bytes(plan.digest))
