"""The only way to read danger reports: all of them to price with, and those near a passage to look at.

They lie in one compartment of the programme, which the keeper opens to planners and to the clocks. No
function here returns another's to a page: what is shown is near ground that whoever asks is let into.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from safeconduct.access import keyring
from safeconduct.access.keyring import DANGERS, Keyring
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.passage import queries, reports, rules, verdicts
from safeconduct.passage.models import DangerReport, Passage, Plan, Repricing
from safeconduct.passage.verdicts import URGENT, Verdict
from safeconduct.programme.profile import Profile
from safeconduct.refusal import Refusal, insist
from safeconduct.ways.danger import Danger
from safeconduct.ways.stored import Line

CONTENT, PRICED = "passage.DangerReport.content", "passage.Repricing.content"
AGAIN = timedelta(minutes=1)  # after which what could not be priced, or searched, is tried anew


def standing() -> QuerySet[DangerReport]:
    """Return the rows that stand, oldest first; still sealed."""
    return DangerReport.objects.filter(ended_at=None).order_by("pk")


def known_as() -> str:
    """Return which reports stand, as `reports.known_as` says it."""
    return reports.known_as(standing().values_list("ref", flat=True))


def behind(known: str, *, now: datetime) -> list[Plan]:
    """Return the living plans that were not priced with these reports, most urgent first.

    One that could not be priced is among them again a minute later.
    """
    failed = Q(repricing__verdict=Verdict.UNKNOWN, repricing__at__lte=now - AGAIN)
    return _urgent(_living().filter(~Q(repricing__known_as=known) | failed))


def fronts_due(*, now: datetime) -> list[Plan]:
    """Return the living plans whose ways are to be searched anew, most urgent first.

    One that could not be searched is among them again a minute later.
    """
    failed = Q(repricing__front_failed=True, repricing__front_at__lte=now - AGAIN)
    return _urgent(_living().filter(Q(repricing__front_due=True) | failed))


def price_anew(plan: Plan) -> None:
    """Put a plan up for pricing: he is led another way. In the caller's transaction."""
    Repricing.objects.filter(plan=plan).update(known_as="")


def _living() -> QuerySet[Plan]:
    return Plan.objects.filter(state__in=sorted(rules.LIVING), passage__ended_at=None)


def _urgent(rows: QuerySet[Plan]) -> list[Plan]:
    order = {str(state): n for n, state in enumerate(URGENT)}
    found = rows.select_related("passage", "repricing")
    return sorted(found, key=lambda p: (p.gone_at is None, order[p.state], p.made_at, p.pk))


def may_go_on(plan: Plan) -> Refusal | None:
    """Judge whether a plan may be approved or set off by what is reported now; see `verdicts`."""
    row = Repricing.objects.filter(plan=plan).first()
    if row is None:
        return verdicts.may_go_on(Verdict.SAME, up_to_date=False)
    return verdicts.may_go_on(Verdict(row.verdict), up_to_date=row.known_as == known_as())


def may_turn(keys: Keyring, plan: Plan, *, leg: int, profile: Profile) -> Refusal | None:
    """Judge by what is reported now whether he may turn off from a leg; see `verdicts.may_turn`.

    Args:
        keys: of the passage's compartment.
    """
    row = Repricing.objects.get(plan=plan)
    return verdicts.may_turn(
        priced_in(keys, plan, row)["turns"],
        f"{plan.letter}{leg}",
        verdict=Verdict(row.verdict),
        up_to_date=row.known_as == known_as(),
        most_p_milli=profile.milli("exposed"),
    )


def keys_for(who: Officer | WorkerId, purpose: Purpose) -> Keyring:
    """Return the keys of the reports' compartment.

    Raises:
        Refused: neither a planner nor the clocks.
    """
    if isinstance(who, Officer):
        insist(reports.may_open(who.duties))
    return keyring.open_fields(who, purpose, [DANGERS], ["pos"])


def to_price_with(who: Officer | WorkerId, *, keys: Keyring | None = None) -> list[Danger]:
    """Return every report that stands, opened: what a way costs, and never what a page shows.

    Raises:
        Refused: neither a planner nor the clocks, or a report was changed in the database.
    """
    rows = list(standing().values_list("content", "ref"))
    if not rows:
        return []
    ring = keys or keys_for(who, Purpose.READ)
    texts = ring.open_rows(rows, field=CONTENT, kind="pos", compartment=DANGERS)
    return [
        reports.danger_of({**json.loads(text), "ref": ref})
        for text, (_box, ref) in zip(texts, rows, strict=True)
    ]


def near_passage(
    officer: Officer, keys: Keyring, passage: Passage, *, profile: Profile
) -> list[Danger]:
    """Return the reports near a passage that is planned or under way; of one that ended, none.

    Args:
        keys: of the passage's compartment.

    Raises:
        Refused: not a planner.
    """
    if passage.ended_at is not None:
        return []
    within_m = profile.metres("danger_near")
    return reports.near(to_price_with(officer), ground_of(keys, passage), within_m=within_m)


def ground_of(keys: Keyring, passage: Passage) -> list[Line]:
    """Return where a passage is planned: from start to start, and the ways and places of its plan."""
    request, plan = queries.request_in(keys, passage), queries.living_plan(passage)
    his = (request.his_lat_e7, request.his_lon_e7)
    team = (request.team_lat_e7, request.team_lon_e7)
    ground = [reports.straight(his, team)]
    return ground if plan is None else ground + reports.ground_of(queries.content_of(keys, plan))


def one_near(
    officer: Officer, keys: Keyring, passage: Passage, *, refs: Sequence[str], profile: Profile
) -> list[Danger]:
    """Return the named reports, in the order named, each of them near this passage.

    Raises:
        Absent: one of them stands no more, or lies farther away; the two look the same.
    """
    there = {each.ref: each for each in near_passage(officer, keys, passage, profile=profile)}
    if not refs or not set(refs) <= set(there):
        raise Absent
    return [there[ref] for ref in refs]


def priced_in(keys: Keyring, plan: Plan, row: Repricing) -> dict[str, Any]:
    """Return what a plan's ways cost when they were priced last, opened.

    Args:
        keys: of the passage's compartment.
    """
    where = plan.passage.compartment
    text = keys.open(row.content, field=PRICED, kind="pos", compartment=where, ref=row.ref)
    found: dict[str, Any] = json.loads(text)
    return found


def sealed(keys: Keyring, told: dict[str, Any], *, ref: str) -> bytes:
    """Return a report sealed for its row."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return keys.seal(text, field=CONTENT, kind="pos", compartment=DANGERS, ref=ref)


def long_ended(*, before: datetime) -> QuerySet[DangerReport]:
    """Return reports that ended before a moment; for the clocks, which delete them."""
    return DangerReport.objects.filter(ended_at__lt=before).order_by("pk")
