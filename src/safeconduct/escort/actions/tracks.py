"""Fixes in: each stored once, sealed, for the passage under way whose machines sent it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries as cases
from safeconduct.envelope import Position
from safeconduct.escort import rules
from safeconduct.escort.actions.opening import opened, tell
from safeconduct.escort.models import Escort, Kit, Stretch, UnitPlace
from safeconduct.escort.sealed import FIXES, fixes_from_bytes, fixes_to_bytes
from safeconduct.passage import queries as passages
from safeconduct.refs import new_ref

_REPEATED = timedelta(hours=1)  # a redelivery comes soon; a number far older is another gateway's
MEMORY = timedelta(minutes=10)  # of the track, for judging


@transaction.atomic
def begin_and_end(worker: WorkerId, *, now: datetime) -> list[Escort]:
    """Begin the watch over passages that have set off, end it over those that arrived or left.

    Returns:
        The escorts under way.
    """
    begun = set(Escort.objects.filter(began_at__isnull=False).values_list("passage", flat=True))
    for ref in passages.under_escort(worker):
        if ref in begun:
            continue
        escort = opened(worker, ref=ref, now=now)
        if escort.began_at is None:
            escort.began_at = now
            escort.news_at = now  # the heartbeat runs from GO
            escort.tracker = _own_tracker(escort)
            escort.save(update_fields=["began_at", "news_at", "tracker"])
            audit.record(worker.ref, "escort.began", ref=ref, now=now)
            tell(escort, "escort.state")
    under_way = []
    for escort in Escort.objects.filter(began_at__isnull=False, ended_at=None):
        state = cases.state_of(worker, Purpose.READ, ref=escort.case_ref)
        if state in rules.STILL_OUT:
            under_way.append(escort)
        else:
            _end(worker, escort, now=now)
    return under_way


def _own_tracker(escort: Escort) -> str:
    """Return the escort's tracker, "" where it tells of another under way: two would be watched as one man."""
    others = Escort.objects.filter(began_at__isnull=False, ended_at=None).exclude(pk=escort.pk)
    return "" if others.filter(tracker=escort.tracker).exists() else escort.tracker


def _end(worker: WorkerId, escort: Escort, *, now: datetime) -> None:
    escort.ended_at = now
    escort.save(update_fields=["ended_at"])
    escort.alerts.filter(cleared_at=None).exclude(cause__startswith="NO_FIRE").update(
        cleared_at=now
    )
    escort.instructions.filter(ended_at=None).update(ended_at=now, ended_by=worker.ref)
    Kit.objects.filter(escort=escort).delete()
    audit.record(worker.ref, "escort.ended", ref=escort.passage, now=now)
    tell(escort, "escort.state")


@transaction.atomic
def record_positions(escort: Escort, fixes: Sequence[Position], *, keys: Keyring) -> list[Position]:
    """Store those fixes of one escort that are new, a stretch for each machine; return them.

    No line in the journal: a fix is no act. Who marked one by hand, is one.

    Args:
        fixes: as they arrived, each with its route's number.
        keys: of the escort's compartment; its worker holds them since GO, so a locked keeper
            stops no fix.
    """

    def of_one(fix: Position) -> tuple[str, str, str]:
        return fix.route, fix.subject, fix.source

    new = []
    for (route, subject, source), some in groupby(sorted(fixes, key=of_one), key=of_one):
        stretch, ref = _unknown(escort, list(some), keys=keys), new_ref()
        if not stretch:
            continue
        new += stretch
        Stretch.objects.create(
            ref=ref,
            escort=escort,
            route=route,
            first=min(fix.arrival for fix in stretch),
            last=max(fix.arrival for fix in stretch),
            subject=subject,
            source=source,
            fixed_from=min(fix.fixed_at for fix in stretch),
            fixed_until=max(fix.fixed_at for fix in stretch),
            fixes=keys.seal(
                fixes_to_bytes(stretch),
                field=FIXES,
                kind="pos",
                compartment=escort.compartment,
                ref=ref,
            ),
        )
    return new


def _unknown(escort: Escort, fixes: Sequence[Position], *, keys: Keyring) -> list[Position]:
    """Return those fixes of one route and subject that are not stored.

    The lane delivers at least once, and a station tells what its gateway tells too, not in the same pieces.
    """
    near = escort.track.filter(
        route=fixes[0].route,
        subject=fixes[0].subject,
        first__lte=max(fix.arrival for fix in fixes),
        last__gte=min(fix.arrival for fix in fixes),
        fixed_until__gte=min(fix.fixed_at for fix in fixes) - _REPEATED,
    )
    known = {(f.arrival, f.fixed_at) for row in near for f in _opened(row, escort, keys)}
    return [fix for fix in fixes if (fix.arrival, fix.fixed_at) not in known]


def stored_track(escort: Escort, *, keys: Keyring, since: datetime | None = None) -> list[Position]:
    """Return the stored fixes since an instant (all without one), oldest first."""
    rows = escort.track.order_by("fixed_until", "pk")
    if since is not None:
        rows = rows.filter(fixed_until__gte=since)
    return [fix for row in rows for fix in _opened(row, escort, keys)]


def told_by_people(escort: Escort, *, keys: Keyring, after: int) -> list[Position]:
    """Return the fixes that people told of this escort since the stretch numbered `after`."""
    rows = escort.track.filter(route=rules.BY_PEOPLE, pk__gt=after).order_by("pk")
    return [fix for row in rows for fix in _opened(row, escort, keys)]


def _opened(row: Stretch, escort: Escort, keys: Keyring) -> list[Position]:
    raw = keys.open_bytes(
        row.fixes, field=FIXES, kind="pos", compartment=escort.compartment, ref=row.ref
    )
    return fixes_from_bytes(raw, route=row.route, subject=row.subject, source=row.source)


@transaction.atomic
def forget(worker: WorkerId, *, now: datetime) -> bool:
    """Delete the escort of one purged case; True if there was one. A standing area keeps its row.

    Its compartment's key is gone already: this takes away the rows that would tell that it was.
    """
    for escort in Escort.objects.filter(ended_at__isnull=False).order_by("pk"):
        if cases.state_of(worker, Purpose.READ, ref=escort.case_ref) != "PURGED":
            continue
        if escort.areas.filter(ended_at=None).exists():
            continue
        for instruction in escort.instructions.all():
            instruction.heard.all().delete()
        for rows in (
            *(escort.instructions, escort.track, escort.pieces, escort.alerts, escort.areas),
            escort.marks,
            UnitPlace.objects.filter(escort=escort),
            escort.assignments,
            escort.exports,
            escort.films,
        ):
            rows.all().delete()
        escort.contacts.all().delete()
        escort.heads.all().delete()
        audit.record(worker.ref, "escort.forgotten", ref=escort.passage, now=now)
        escort.delete()
        return True
    return False
