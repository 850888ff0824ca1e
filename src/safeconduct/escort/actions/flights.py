"""The flight log of a passage: pieces in, each stored once and sealed; the whole of it as one .tlog."""

from collections.abc import Sequence

from django.db import transaction

from safeconduct.access.keyring import Keyring
from safeconduct.envelope import FlightLog
from safeconduct.escort.models import Escort, FlightPiece
from safeconduct.escort.sealed import FLIGHT
from safeconduct.mavlink.tlog import joined
from safeconduct.refs import new_ref


@transaction.atomic
def record_flight(escort: Escort, pieces: Sequence[FlightLog], *, keys: Keyring) -> int:
    """Store those pieces of one escort that are new; return how many. A piece is no act: no line.

    Args:
        escort: whose machines sent them.
        pieces: as they arrived, each with its route's number; the lane delivers at least once.
        keys: of the escort's compartment.
    """
    new = 0
    for piece in pieces:
        ref = new_ref()
        sealed = keys.seal(
            piece.log, field=FLIGHT, kind="pos", compartment=escort.compartment, ref=ref
        )
        _row, made = FlightPiece.objects.get_or_create(
            escort=escort,
            route=piece.route,
            arrival=piece.arrival,
            began=piece.began,
            defaults={"ref": ref, "subject": piece.subject, "ended": piece.ended, "log": sealed},
        )
        new += made
    return new


def flight_log(escort: Escort, *, keys: Keyring, subject: str) -> bytes:
    """Return the whole log of one machine as a .tlog. It leaves the house with the record alone (exports.py)."""
    return joined(
        (row.began, keys.open_bytes(
            row.log, field=FLIGHT, kind="pos", compartment=escort.compartment, ref=row.ref
        ))
        for row in escort.pieces.filter(subject=subject)
    )  # fmt: skip
