"""No-fire areas: asked for, acknowledged, renewed until a named person ends them, told to the maps.

What leaves for the maps is a shape, a time and a random reference. Its type has no field for more.
"""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as case_actions
from safeconduct.cases import queries as cases
from safeconduct.envelope import Marker
from safeconduct.escort import queries, rules
from safeconduct.escort.actions.alarms import clear_own, judge_area, raise_own
from safeconduct.escort.actions.opening import opened, plan_content, tell
from safeconduct.escort.models import NoFireArea
from safeconduct.escort.sealed import SHAPE, ring_to_bytes
from safeconduct.passage import queries as passages
from safeconduct.passage.plan import ways_in
from safeconduct.post import actions as post
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist


@transaction.atomic
def request_area(officer: Officer, *, ref: str, now: datetime, limits: rules.Limits) -> NoFireArea:
    """Ask fires for a no-fire area round both ways of the living plan, and round those between them.

    One stands at a time.

    Raises:
        Refused: there is no plan, or the case is neither before nor on a passage.
        Absent: there is no such passage for `officer`.
    """
    passage = passages.passage_for(officer, Purpose.WRITE, ref=ref)
    state = cases.state_of(officer, Purpose.READ, ref=passage.case_ref)
    told = plan_content(officer, ref=ref)
    insist(rules.may_request(state, has_plan=told is not None))
    if told is None:
        raise AssertionError("may_request lets no one through without a plan")
    keys, content = told
    escort = opened(officer, ref=ref, now=now)
    standing = escort.areas.filter(ended_at=None).first()
    if standing is not None:
        return standing
    ways = ways_in(content)
    row = new_ref()
    area = NoFireArea.objects.create(
        ref=row,
        escort=escort,
        shape=keys.seal(
            ring_to_bytes(rules.area_around(ways, margin_m=limits.no_fire_margin_m)),
            field=SHAPE,
            kind="pos",
            compartment=escort.compartment,
            ref=row,
        ),
        valid_from=now,
        valid_until=now + limits.no_fire_validity,
        requested_by=officer.ref,
        requested_at=now,
    )
    audit.record(officer.ref, "no_fire.requested", ref=area.ref, now=now)
    tell(escort, "escort.no_fire")
    return area


@transaction.atomic
def acknowledge_area(officer: Officer, *, area: str, now: datetime) -> NoFireArea:
    """Record that fires have acknowledged the area, now or again; it is evidence for the case.

    Raises:
        Refused: the area has ended.
        Absent: there is no such area for `officer`.
    """
    row = queries.area_for(officer, Purpose.WRITE, ref=area, lock=True)
    if row.ended_at is not None:
        raise Refused(
            Refusal(
                "escort.area_ended", "This area has ended.", "Ask for a new one if he still comes."
            )
        )
    row.acked_by, row.acked_at = officer.ref, now
    row.save(update_fields=["acked_by", "acked_at"])
    state = cases.state_of(officer, Purpose.READ, ref=row.escort.case_ref)
    kinds = ["no_fire_ack"] if state == "READY" else ["no_fire_again"]
    for kind in kinds:
        case_actions.record_evidence(row.escort.case_ref, kind=kind, by=officer, at=now)
    clear_own(row.escort, "NO_FIRE_ACK", by=officer.ref, now=now)
    audit.record(officer.ref, "no_fire.acknowledged", ref=row.ref, now=now)
    tell(row.escort, "escort.no_fire")
    return row


@transaction.atomic
def end_area(officer: Officer, *, area: str, reason: str, now: datetime) -> NoFireArea:
    """End a no-fire area. Only a named person can; while he is still out there, with a reason.

    Raises:
        Refused: no reason is given while he is still on the way.
        Absent: there is no such area for `officer`.
    """
    row = queries.area_for(officer, Purpose.WRITE, ref=area, lock=True)
    if row.ended_at is not None:
        return row
    state = cases.state_of(officer, Purpose.READ, ref=row.escort.case_ref)
    if state in rules.STILL_OUT and not reason.strip():
        raise Refused(
            Refusal(
                "escort.still_out",
                "He is still out there, and the area protects him.",
                "If it must end all the same, write why.",
            )
        )
    row.ended_by, row.ended_at = officer.ref, now
    row.save(update_fields=["ended_by", "ended_at"])
    case_actions.record_evidence(
        row.escort.case_ref, kind="no_fire_ended", by=officer, at=now, note=reason
    )
    for cause in ("NO_FIRE_ACK", "NO_FIRE_LAPSED"):
        clear_own(row.escort, cause, by=officer.ref, now=now)
    audit.record(officer.ref, "no_fire.ended", ref=row.ref, now=now)
    tell(row.escort, "escort.no_fire")
    return row


@transaction.atomic
def renew_areas(worker: WorkerId, *, now: datetime, limits: rules.Limits) -> int:
    """Renew every area whose validity runs out, through ABORTED and MISSING too. No clock ends one.

    Returns:
        How many were renewed. One that had lapsed before it could be renewed alarms fires.
    """
    living = NoFireArea.objects.select_for_update(of=("self",)).filter(ended_at=None)
    renewed = 0
    for area in living.select_related("escort"):
        judge_area(worker, area, state=_state(worker, area), now=now, limits=limits)
        until = rules.renewed(area.valid_until, now=now, limits=limits)
        if until is None:
            continue
        if area.valid_until <= now:
            area.lapsed_at = now
            raise_own(
                area.escort,
                "NO_FIRE_LAPSED",
                measured=round((now - area.valid_until).total_seconds()),
                limit=0,
                by=worker.ref,
                now=now,
            )
        area.valid_until = until
        area.save(update_fields=["valid_until", "lapsed_at"])
        audit.record(worker.ref, "no_fire.renewed", ref=area.ref, now=now)
        tell(area.escort, "escort.no_fire")
        renewed += 1
    return renewed


def _state(worker: WorkerId, area: NoFireArea) -> str:
    return cases.state_of(worker, Purpose.READ, ref=area.escort.case_ref)


@transaction.atomic
def publish_area(
    worker: WorkerId, *, area: str, keys: Keyring, data: Path, round_: int, now: datetime
) -> Marker | None:
    """Send an area to the units' maps if they do not know its latest word; return what left.

    The spool knows each word by its key, so sending it twice sends it once.

    Args:
        keys: of the escort's compartment.
        round_: counts up; a new number says the same word again, for a map server that forgot.

    Raises:
        FileNotFoundError: no map gateway was enrolled.
    """
    row = NoFireArea.objects.select_for_update(of=("self",)).select_related("escort").get(ref=area)
    word = queries.word_of(row)
    if row.published == f"{word}|{round_}":
        return None
    marker = Marker(
        marker=row.marker,
        shape="polygon",
        ring_e7=queries.ring_in(row, keys),
        radius_m=0,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ended=row.ended_at is not None,
    )
    if not post.draw(data, marker, key=f"{row.marker}|{word}|{round_}"):  # struck out
        return None
    if row.published.rpartition("|")[0] != word:
        row.published_at = now
        audit.record(worker.ref, "no_fire.published", ref=row.marker, now=now)
        tell(row.escort, "escort.no_fire")
    row.published = f"{word}|{round_}"
    row.save(update_fields=["published", "published_at"])
    return marker
