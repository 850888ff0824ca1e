"""Stop, freeze, windows. A stop never waits: when the database cannot take it, the spool does."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from safeconduct.access.rules import Officer, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.post import linked, queries
from safeconduct.post.models import (
    Handle,
    Hold,
    Kit,
    Link,
    Message,
    OptOut,
    Retry,
    Window,
)
from safeconduct.post.rules import HoldKind, WindowKind
from safeconduct.refs import new_ref
from safeconduct.spool import stops

Who = Officer | WorkerId
STOP_WAITS = timedelta(seconds=3)  # (P) for whoever holds a row; then it is in force without it


def opt_out(who: Who, *, person_ref: str, now: datetime) -> bool:
    """Close the outgoing door to this person at once, for every channel; change no state.

    The mark is a hash under its own key and outlives every erasure. When the database or the
    journal cannot take it, it goes to the local spool and is in force from there.

    Returns:
        Whether it is written; if not, it is in force and entered later.

    Raises:
        DatabaseError: it is in force, and the transaction around it cannot be kept.
    """
    try:
        with transaction.atomic(), audit.waiting_at_most(STOP_WAITS):
            _opt_out(who.ref, person_ref=person_ref, now=now)
    except (DatabaseError, OSError):
        _spool("optout", who.ref, person_ref=person_ref, now=now)
        if _caller_undone():
            raise
        return False
    return True


def _opt_out(by: str, *, person_ref: str, now: datetime) -> None:
    handle = queries.handle_of(person_ref)
    index = bytes(handle.optout_index)
    _row, new = OptOut.objects.get_or_create(index=index, defaults={"at": now})
    if new:
        audit.remember("optout", {"index": index.hex()}, now=now)
    audit.record(by, "post.stopped", ref=person_ref, now=now)
    notices.emit("post.stopped", person_ref, to=f"member:{handle.compartment}")


def hold(who: Who, *, person_ref: str, kind: HoldKind, now: datetime) -> bool:
    """Let nothing leave to this person until somebody ends the hold; needs one person, no reason.

    A hold in silence is told to nobody here: `conversations` brings it to the supervisor.

    Returns:
        Whether it is written; if not, it is in force and entered later.

    Raises:
        DatabaseError: it is in force, and the transaction around it cannot be kept.
    """
    try:
        with transaction.atomic(), audit.waiting_at_most(STOP_WAITS):
            _hold(who.ref, person_ref=person_ref, kind=kind, now=now)
    except (DatabaseError, OSError):
        _spool("freeze", who.ref, person_ref=person_ref, now=now, what=kind)
        if _caller_undone():
            raise
        return False
    return True


def _hold(by: str, *, person_ref: str, kind: HoldKind, now: datetime) -> None:
    _row, new = Hold.objects.get_or_create(
        person_ref=person_ref, kind=kind, ended_at=None, defaults={"set_at": now, "set_by": by}
    )
    if not new:
        return
    # One verb for every kind: the journal is read by people who may not know of those in silence.
    audit.record(by, "post.held", ref=person_ref, now=now)
    if kind is HoldKind.FREEZE:
        notices.emit("post.held", person_ref)


def _spool(kind: str, by: str, *, person_ref: str, now: datetime, what: str = "") -> None:
    stop = stops.Stop(
        key=new_ref("ST-"), kind=kind, ref=person_ref, what=what, by=by, at=now.isoformat()
    )
    stops.put(Path(settings.DATA), stop)


def _caller_undone() -> bool:
    """Return whether the fault undid the caller's rows too, as a failing disk makes SQLite do.

    He must hear of it: from a block that cannot be kept, Django comes back without a word.
    """
    return connection.in_atomic_block and connection.needs_rollback


def enter_spooled_stops(*, limit: int = 20) -> bool:
    """Enter spooled opt-outs and freezes where they belong; return whether there were any."""
    folder = Path(settings.DATA)
    waiting = [s for s in stops.in_force(folder) if s.kind in {"optout", "freeze"}][:limit]
    for stop in waiting:
        with transaction.atomic():
            if stop.kind == "optout":
                _opt_out(stop.by, person_ref=stop.ref, now=stop.when)
            else:
                _hold(stop.by, person_ref=stop.ref, kind=HoldKind(stop.what), now=stop.when)
        stops.entered(folder, stop.key)
    return bool(waiting)


@transaction.atomic
def end_hold(officer: Officer, *, person_ref: str, kind: HoldKind, now: datetime) -> None:
    """End a hold; what lay under it is judged anew at the door before it leaves."""
    people = linked.people_of(person_ref)
    rows = Hold.objects.filter(person_ref__in=people, kind=kind, ended_at=None)
    if rows.update(ended_at=now, ended_by=officer.ref):
        Retry.objects.filter(message__person_ref__in=people, reason="held", done_at=None).update(
            due_at=now
        )
        audit.record(officer.ref, "post.hold_ended", ref=person_ref, now=now)


@transaction.atomic
def open_window(
    who: Who,
    *,
    person_ref: str,
    kind: WindowKind,
    opens_at: datetime,
    closes_at: datetime | None = None,
    zone: str = "UTC",
    from_minute: int = 0,
    to_minute: int = 0,
    now: datetime,
) -> str:
    """Record when he can be written to, in his own words; a new daily window ends the old ones.

    Args:
        kind: DAILY (minutes of the day in `zone`), ONCE, or WAY: from AGREED until SECURED.
    """
    if kind is not WindowKind.ONCE:
        _close(person_ref, kind, now=now)
    row = Window.objects.create(
        person_ref=person_ref,
        kind=kind,
        opens_at=opens_at,
        closes_at=closes_at,
        zone=zone,
        from_minute=from_minute,
        to_minute=to_minute,
        opened_by=who.ref,
    )
    audit.record(who.ref, f"post.window_{kind}", ref=person_ref, now=now)
    notices.emit("post.window", person_ref)
    return row.ref


@transaction.atomic
def close_window(who: Who, *, person_ref: str, kind: WindowKind, now: datetime) -> None:
    """Close every open window of a kind: he is with us, or he asked for silence."""
    if _close(person_ref, kind, now=now):
        audit.record(who.ref, f"post.window_{kind}_closed", ref=person_ref, now=now)
        notices.emit("post.window", person_ref)


def _close(person_ref: str, kind: WindowKind, *, now: datetime) -> int:
    rows = Window.objects.filter(person_ref=person_ref, kind=kind, closes_at=None)
    Kit.objects.filter(window__in=rows).delete()
    return rows.update(closes_at=now)


@transaction.atomic
def erase_person(who: Who, *, person_ref: str, now: datetime) -> None:
    """Delete numbers, windows, holds and every text of a person; only the opt-outs' hashes stay.

    Handles that follow his go with it: they are his.
    """
    people = linked.people_of(person_ref)
    for table in (Message, Window, Hold, Kit, Handle):
        table.objects.filter(person_ref__in=people).delete()
    Link.objects.filter(Q(leads__in=people) | Q(follows__in=people)).delete()
    audit.record(who.ref, "post.erased", ref=person_ref, now=now)
