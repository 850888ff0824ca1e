"""Which station in the field has which passage: read by the escort's page and its worker."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from safeconduct import clock
from safeconduct.access.rules import Officer, Purpose
from safeconduct.escort.models import Assignment, Escort
from safeconduct.escort.queries import escort_for
from safeconduct.refs import ref_of
from safeconduct.spool import config, core_end

INTO = config.STATIONS  # gateways.toml, line "into" of every station


def escort_or_none(officer: Officer, purpose: Purpose, *, ref: str) -> Escort | None:
    """Return the escort of a passage to somebody let into its case; None while nothing was done for it.

    Raises:
        Absent: it is not for `officer`.
    """
    if not Escort.objects.filter(passage=ref).exists():
        return None
    return escort_for(officer, purpose, ref=ref)


def stations_in(data: Path) -> list[str]:
    """Return the enrolled stations by name. A gateway of another kind is none: it would be sealed a whole way."""
    try:
        known = config.peers(data, stamp=clock.stamp_of(data))
    except config.ConfigWrong:  # Settings says so
        return []
    named = (peer.name for peer in known if peer.into == INTO)
    return [name for name in named if core_end.is_enrolled(data, name)]


def stations_taken() -> set[str]:
    """Return the stations that hold a passage, whosever it is: a name, and no more."""
    return set(Assignment.objects.filter(ended_at=None).values_list("station", flat=True))


def assignments_of(passages_: Iterable[str]) -> dict[str, Assignment]:
    """Return the living assignments of these passages, by passage. For workers."""
    rows = Assignment.objects.filter(ended_at=None, escort__passage__in=list(passages_))
    return {row.escort.passage: row for row in rows.select_related("escort")}


def escort_at(station: str, ref: str) -> Escort | None:
    """Return the escort that a station knows under a reference; None if it was never given it. For workers."""
    row = Assignment.objects.select_related("escort").filter(ref=ref, station=station).first()
    return row.escort if row else None


def stop_name(escort: Escort, ref: str) -> str:
    """Return what the next stop is called on the units' maps while a station knows a passage as `ref`.

    It follows from a reference that stands nowhere else, so that both ends know it after any restart; each
    stop has another one.
    """
    past = escort.marks.filter(what="stop", ended_at__isnull=False).count()
    return ref_of(hashlib.sha256(f"{ref}|stop|{past}".encode()).digest())


def ordered_at(escort: Escort) -> dict[str, datetime]:
    """Return since when each instruction is in force, by its kind."""
    rows = escort.instructions.filter(ended_at=None).order_by("-at")
    return {str(row.order): row.at for row in rows}
